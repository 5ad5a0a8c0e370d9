"""How much memory the work may take; want of it, or of disk for what does not fit in it, told as one clear line."""

import ctypes
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from lumbar.errors import CapacityError, UsageError
from lumbar.file_sizes import file_sizes

_SHARE_OF_MEMORY = 4
_LEAST_BYTES = 1_000_000_000
_AMOUNT = re.compile(r"(\d{1,4}(?:\.\d+)?) ?([KMGT])(I?)B", re.IGNORECASE)
_UNITS = ("", "K", "M", "G", "T")
# What a byte of a file comes to in the session's tables, as measured; of what is compressed, by Parquet files.
_HELD = {".csv": 3.0, ".ndjson": 0.1, ".parquet": 20.0, ".gz": 20.0, ".duckdb": 20.0, ".db": 20.0}
_SHARE_OF_RECORDS = 0.5  # of the memory: what is worked on takes as much again
_MMAP_THRESHOLD = -3  # of mallopt, as malloc.h has it
_BLOCK_BYTES = 200_000  # less than a block of the engine's
_CONTAINER_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def memory_bytes(amount: str) -> int:
    """An amount of memory written as 500MB, 2GB or 1.5GiB, in bytes. Raises UsageError for anything else."""
    found = _AMOUNT.fullmatch(amount)
    if found is None:
        raise UsageError(f"{amount!r} is no amount of memory; write it as 500MB or 2GB")
    number, unit, binary = found.groups()
    return int(float(number) * (1024 if binary else 1000) ** _UNITS.index(unit.upper()))


def default_memory_limit() -> int:
    """What the work takes where nobody says, in bytes: a quarter of the machine's memory, at least 1 GB.

    In a container the machine's memory is what the container may take.
    """
    n_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(min([n_bytes, *_container_limits()]) // _SHARE_OF_MEMORY, _LEAST_BYTES)


def outgrow(source: Path, memory_limit: int) -> bool:
    """Whether the records of a source will fill so many bytes of memory, by the size of its files.

    An estimate, on which speed depends and no result.
    """
    held = sum(n_bytes * _HELD.get(path.suffix.lower(), 0.0) for path, n_bytes in file_sizes(source))
    return held > memory_limit * _SHARE_OF_RECORDS


def give_memory_back_at_once() -> None:
    """From here on a block that the engine frees is the machine's again, at three in a hundred more time.

    The C library of Linux keeps freed blocks for later otherwise: memory past the limit that nobody uses.
    """
    if sys.platform == "linux" and hasattr(library := ctypes.CDLL(None), "mallopt"):
        library.mallopt(_MMAP_THRESHOLD, _BLOCK_BYTES)


def _container_limits() -> list[int]:
    """What the control group this process runs in may take, in bytes; nothing where there is no limit."""
    texts = [path.read_text(encoding="ascii").strip() for path in _CONTAINER_LIMITS if path.is_file()]
    return [int(text) for text in texts if text.isdecimal()]


@contextmanager
def room_for_the_work(spills_to: Path | None = None) -> Iterator[None]:
    """Inside it, want of memory or of disk raises CapacityError; `spills_to` is where the work may spill."""
    try:
        yield
    except Exception as error:
        # A reader may have taken the want for the file's fault: what it met stands behind its error.
        met = next((e for e in (error, error.__context__) if _is_want_of_room(e)), None)
        if met is None:
            raise
        if spills_to is None:
            raise CapacityError("not enough memory for these records; lumbar evaluate spills to disk") from None
        if _is_want_of_disk(met):
            raise CapacityError(
                f"no space at {spills_to} for the work that does not fit in memory: "
                "free space there, raise --memory-limit or lower --threads"
            ) from None
        raise CapacityError("not enough memory: raise --memory-limit or lower --threads") from None


def _is_want_of_room(error: BaseException | None) -> bool:
    """Whether it says that memory, or disk for what does not fit in it, has run out; Arrow passes it on as text."""
    return isinstance(error, MemoryError) or "Out of Memory Error" in str(error) or _is_want_of_disk(error)


def _is_want_of_disk(error: BaseException | None) -> bool:
    text = str(error)
    return "max_temp_directory_size" in text or (isinstance(error, duckdb.Error) and "Could not write" in text)

"""Want of memory, or of disk for what does not fit in it, told as one clear line."""

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from lumbar.errors import CapacityError

_SHARE_OF_MEMORY = 4
_LEAST_BYTES = 1_000_000_000
_MMAP_THRESHOLD = -3  # of mallopt, as malloc.h has it
_BLOCK_BYTES = 200_000  # less than a block of the engine's
_CONTAINER_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def default_memory_limit() -> str:
    """What the work takes where nobody says, as a DuckDB size: a quarter of the machine's memory, at least 1 GB.

    In a container the machine's memory is what the container may take.
    """
    n_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"{max(min([n_bytes, *_container_limits()]) // _SHARE_OF_MEMORY, _LEAST_BYTES)}B"


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
    return "max_temp_directory_size" in text or (isinstance(error, duckdb.IOException) and "Could not write" in text)

"""What came in: the input files with their facts, and the account of every row."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import blake3

from lumbar.errors import InputError, InternalError
from lumbar.readers.dates import ISO
from lumbar.tables.clinical import CLINICAL_TABLES

_CHUNK_BYTES = 256 << 10  # what is looked at more than once stays in the processor's cache
BOM = b"\xef\xbb\xbf"
_ALL_OF_CONCERN = {table.name for table in CLINICAL_TABLES} | {
    "Patient",
    "Procedure",
    "Coverage",
    "Organization",
    "Practitioner",
    "person",
    "death",
    "provider",
    "care_site",
    "concept",
    "procedure_occurrence",
    "payer_plan_period",
}


@dataclass(slots=True)
class InputFile:
    """One input file: its number in this run, its name below the source folder, what it is for, and the account of
    its rows.

    `n_rows` counts rows of a table file or non-blank lines of an NDJSON file; every one of them is
    mapped, rejected or of no concern.
    """

    source: int
    path: Path
    role: str
    n_bytes: int = 0
    blake3: str = ""
    n_rows: int = 0
    n_lines: int = 0
    n_mapped: int = 0
    n_rejected: int = 0
    n_of_no_concern: int = 0
    name: str = ""
    written: tuple[int, int] | None = None  # bytes and time, when it was taken into the account

    def __post_init__(self) -> None:
        self.name = self.name or self.path.name

    def as_json(self) -> dict[str, Any]:
        """The file's entry in run.json."""
        return {
            "file": self.name,
            "read_as": self.role,
            "bytes": self.n_bytes,
            "rows": self.n_rows,
            "mapped": self.n_mapped,
            "rejected": self.n_rejected,
            "of_no_concern": self.n_of_no_concern,
            "blake3": self.blake3,
        }


@dataclass(slots=True)
class Intake:
    """All input files of a run, and what a reader should know about them as a whole."""

    folder: Path
    format: str  # how the records lie, one of the readers' FORMATS
    files: list[InputFile] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    on_file: Callable[[InputFile], None] = lambda file: None
    has_timezone: bool = False  # the site's mapping names one: instants are converted to it
    date_format: str = ISO  # how text in tables writes dates
    delta_versions: dict[str, int] = field(default_factory=dict)  # of the Delta tables read, by folder

    def add(self, path: Path, role: str, name: str = "") -> InputFile:
        """Takes a file into the account; `name` where it does not lie in the source folder itself.

        Raises InputError for what is no file that can be read to its end.
        """
        require_file(path)
        written = _written(path)
        file = InputFile(len(self.files), path, role, n_bytes=written[0], name=name, written=written)
        self.files.append(file)
        return file

    def add_relation(self, name: str, role: str) -> InputFile:
        """Takes a table of a database into the account."""
        relation = InputFile(len(self.files), Path(name), role)
        self.files.append(relation)
        return relation

    def check_unchanged(self) -> None:
        """Raises InputError for a file that is no longer what it was: rows, lines and fingerprint may be of different
        contents.
        """
        for file in self.files:
            if file.written is not None and file.written != _written(file.path):
                raise InputError(f"{file.name}: changed while it was read; wait until it is whole, then run this again")

    def check_account(self) -> None:
        """Raises InternalError when a file's rows are not all mapped, rejected or of no concern.

        In a file all of whose rows concern us, none may be of no concern. Raises InputError as `check_unchanged` does.
        """
        self.check_unchanged()
        for file in self.files:
            least, most = 0, 0 if file.role in _ALL_OF_CONCERN else file.n_rows
            counted = file.n_mapped + file.n_rejected + file.n_of_no_concern
            if file.n_rows != counted or not least <= file.n_of_no_concern <= most:
                raise InternalError(f"{file.name}: rows went missing while reading; please report this")


def _written(path: Path) -> tuple[int, int]:
    try:
        facts = path.stat()
    except OSError as error:
        raise _unreadable(path, error) from None
    return facts.st_size, facts.st_mtime_ns


def require_file(path: Path) -> None:
    """Raises InputError for a link that leads nowhere, a pipe, a socket: what has no end, or nothing, to read."""
    if not path.is_file():
        raise InputError(f"{path.name}: no file but a broken link, or a pipe; put the file there or take it away")


def open_bytes(path: Path) -> IO[bytes]:
    """The file's content, unpacked when it is gzip by name. Raises InputError for a file that may not be read."""
    try:
        return gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb")  # type: ignore[return-value]
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: OSError) -> InputError:
    return InputError(f"{path.name}: cannot be read: {error.strerror or error}")


def fingerprint(path: Path) -> str:
    """The blake3 of the file as it lies there, hexadecimal."""
    digest = blake3.blake3()
    for chunk in _chunks(path):
        digest.update(chunk)
    return digest.hexdigest()


def _chunks(path: Path) -> Iterator[memoryview]:
    """The file's bytes through one buffer: a chunk holds until the next is asked for.

    Raises InputError when they cannot be had: no permission, a disk that fails, a file that is gone.
    """
    buffer = memoryview(bytearray(_CHUNK_BYTES))
    try:
        with path.open("rb", buffering=0) as stream:
            while n := stream.readinto(buffer):
                yield buffer[:n]
    except OSError as error:
        raise _unreadable(path, error) from None


@dataclass(frozen=True, slots=True)
class LineFacts:
    """What is known of a line file beside its rows: its blake3, and how many lines, blank ones too, it has."""

    blake3: str
    n_lines: int


def line_facts(path: Path) -> LineFacts:
    """Fingerprint and lines of a line file in one pass. Raises InputError for gzip that breaks off."""
    if path.suffix.lower() == ".gz":
        return LineFacts(fingerprint(path), _n_lines_of_gzip(path))
    digest, lines = blake3.blake3(), _LineCount()
    for chunk in _chunks(path):
        digest.update(chunk)
        lines.add(chunk)
    return LineFacts(digest.hexdigest(), lines.n)


def _n_lines_of_gzip(path: Path) -> int:
    lines = _LineCount()
    try:
        with gzip.open(path, "rb") as stream:
            while unpacked := stream.read(_CHUNK_BYTES):
                lines.add(memoryview(unpacked))
    except (EOFError, OSError, zlib.error):
        raise InputError(f"{path.name}: the gzip file is broken or cut short; fetch it again") from None
    return lines.n


class _LineCount:
    """Counts lines of bytes that come in chunks; the last need not end with a line break."""

    def __init__(self) -> None:
        self._n_newlines, self._last = 0, 10

    def add(self, chunk: memoryview) -> None:
        import numpy as np

        self._n_newlines += int(np.count_nonzero(np.frombuffer(chunk, np.uint8) == 10))
        self._last = chunk[-1]

    @property
    def n(self) -> int:
        return self._n_newlines + (self._last != 10)

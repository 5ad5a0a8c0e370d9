"""The one form of the archive: a zip without compression, each byte of which follows from names, sizes and contents.

Written here and not by `zipfile`, whose bytes are Python's choice and no promise: a bundle has to be the same in
every version, and its reader must know of each byte what it should be.
"""

import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

CHUNK_BYTES = 1 << 20
MOST_FILES = 10_000

_LOCAL = struct.Struct("<4s5H3L2H")
_LINE = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_LARGE_END = struct.Struct("<4sQ2H2L4Q")
_LARGE_LOCATOR = struct.Struct("<4sLQL")

_LOCAL_MARK, _LINE_MARK, _END_MARK = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_LARGE_END_MARK, _LARGE_LOCATOR_MARK = b"PK\x06\x06", b"PK\x06\x07"
_NOT_HERE = 0xFFFFFFFF  # the number stands in an extra field, eight bytes long
_VERSION, _LARGE_VERSION = 20, 45
_UNIX = 3 << 8
_UTF8_NAMES = 1 << 11
_NO_TIME, _FIRST_DAY = 0, 1 << 5 | 1  # midnight of 1 January 1980, the first a zip can say
_OWNER_ALONE = 0o100600 << 16
_LONGEST_END = _END.size + 0xFFFF
_MOST_DIRECTORY_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class Record:
    """A file in an archive: where its header begins, where its content begins, and how long that is in bytes."""

    name: str
    offset: int
    start: int
    size: int
    stored: bool = True  # neither compressed nor encrypted


@dataclass(frozen=True, slots=True)
class Header:
    """Bytes of the archive's own and where in them the content's CRC-32 stands."""

    content: bytes
    crc_at: int

    def without_crc(self, found: bytes) -> tuple[bytes, bytes]:
        """The bytes and what was found in their place, both with the CRC-32 left out."""
        end = self.crc_at + 4
        return self.content[: self.crc_at] + self.content[end:], found[: self.crc_at] + found[end:]


def layout(sizes: Sequence[tuple[str, int]]) -> list[Record]:
    """Where each file of an archive stands, from names and sizes in the archive's order."""
    records, offset = [], 0
    for name, size in sizes:
        start = offset + len(local_header(name, size, 0).content)
        records.append(Record(name, offset, start, size))
        offset = start + size
    return records


def local_header(name: str, size: int, crc: int) -> Header:
    """What stands before a file's content."""
    encoded, large = name.encode(), size >= _NOT_HERE
    shown = _NOT_HERE if large else size
    extra = struct.pack("<2H2Q", 1, 16, size, size) if large else b""
    fixed = _LOCAL.pack(
        *(_LOCAL_MARK, _LARGE_VERSION if large else _VERSION, _UTF8_NAMES, 0, _NO_TIME, _FIRST_DAY),
        *(crc, shown, shown, len(encoded), len(extra)),
    )
    return Header(fixed + encoded + extra, 14)


def directory_line(record: Record, crc: int) -> Header:
    """A file's line in the directory at the archive's end."""
    encoded, large, far = record.name.encode(), record.size >= _NOT_HERE, record.offset >= _NOT_HERE
    size, offset = _NOT_HERE if large else record.size, _NOT_HERE if far else record.offset
    numbers = [record.size, record.size] * large + [record.offset] * far
    extra = struct.pack(f"<2H{len(numbers)}Q", 1, 8 * len(numbers), *numbers) if numbers else b""
    version = _LARGE_VERSION if numbers else _VERSION
    fixed = _LINE.pack(
        *(_LINE_MARK, _UNIX | version, version, _UTF8_NAMES, 0, _NO_TIME, _FIRST_DAY, crc, size, size),
        *(len(encoded), len(extra), 0, 0, 0, _OWNER_ALONE, offset),
    )
    return Header(fixed + encoded + extra, 16)


def end_record(n_files: int, directory_at: int, directory_bytes: int) -> bytes:
    """What stands after the directory."""
    if directory_at < _NOT_HERE:
        return _END.pack(_END_MARK, 0, 0, n_files, n_files, directory_bytes, directory_at, 0)
    version = _UNIX | _LARGE_VERSION
    counts = (n_files, n_files, directory_bytes, directory_at)
    large = _LARGE_END.pack(_LARGE_END_MARK, _LARGE_END.size - 12, version, _LARGE_VERSION, 0, 0, *counts)
    locator = _LARGE_LOCATOR.pack(_LARGE_LOCATOR_MARK, 0, directory_at + directory_bytes, 1)
    return large + locator + _END.pack(_END_MARK, 0, 0, n_files, n_files, directory_bytes, _NOT_HERE, 0)


def write_archive(stream: BinaryIO, files: Sequence[tuple[str, int, int, Iterator[bytes]]]) -> None:
    """Writes files given as name, size, CRC-32 and content in chunks."""
    records = layout([(name, size) for name, size, _, _ in files])
    for name, size, crc, chunks in files:
        stream.write(local_header(name, size, crc).content)
        stream.writelines(chunks)
    crcs = [crc for _, _, crc, _ in files]
    directory = b"".join(directory_line(record, crc).content for record, crc in zip(records, crcs, strict=True))
    stream.write(directory)
    stream.write(end_record(len(records), end_of(records), len(directory)))


def end_of(records: Sequence[Record]) -> int:
    """Where the content of the last file ends and the directory begins."""
    return records[-1].start + records[-1].size if records else 0


def local_records(stream: BinaryIO) -> list[Record]:
    """The files as their headers tell, one after the other from the beginning, as far as that goes."""
    records: list[Record] = []
    offset = 0
    while len(records) < MOST_FILES:
        fixed = read_at(stream, offset, _LOCAL.size)
        if len(fixed) < _LOCAL.size or fixed[:4] != _LOCAL_MARK:
            break
        *_, flags, method, _, _, _, packed, size, n_name, n_extra = _LOCAL.unpack(fixed)
        rest = read_at(stream, offset + _LOCAL.size, n_name + n_extra)
        if len(rest) < n_name + n_extra:  # cut short inside a name
            break
        if size == _NOT_HERE:
            size, packed = _large_numbers(rest[n_name:], [size, packed])
        start = offset + _LOCAL.size + n_name + n_extra
        name = rest[:n_name].decode("utf-8", "replace")
        records.append(Record(name, offset, start, packed, _is_stored(flags, method, packed, size)))
        offset = start + packed
    return records


def directory_records(stream: BinaryIO) -> list[Record] | None:
    """The files as the directory tells; none when the directory cannot be read."""
    directory = _directory(stream)
    if directory is None:
        return None
    records: list[Record] = []
    at = 0
    while at < len(directory) and len(records) < MOST_FILES:
        fixed = directory[at : at + _LINE.size]
        if len(fixed) < _LINE.size or fixed[:4] != _LINE_MARK:
            return None
        values = _LINE.unpack(fixed)
        flags, method, packed, size, offset = values[3], values[4], values[8], values[9], values[16]
        n_name, n_extra, n_comment = values[10:13]
        name = directory[at + _LINE.size :][:n_name]
        extra = directory[at + _LINE.size + n_name :][:n_extra]
        size, packed, offset = _large_numbers(extra, [size, packed, offset])
        start = _start(stream, offset, name)
        stored = _is_stored(flags, method, packed, size)
        records.append(Record(name.decode("utf-8", "replace"), offset, start, packed, stored))
        at += _LINE.size + n_name + n_extra + n_comment
    # Files that lie on one another would be read again and again.
    return records if sum(record.size for record in records) <= stream.seek(0, os.SEEK_END) else None


def read_at(stream: BinaryIO, offset: int, size: int) -> bytes:
    """The bytes that stand there, fewer where the file ends."""
    end = stream.seek(0, os.SEEK_END)
    stream.seek(min(offset, end))
    return stream.read(max(0, min(size, end - offset)))


def chunks_at(stream: BinaryIO, record: Record) -> Iterator[bytes]:
    """A file's content in chunks, cut short where the archive ends."""
    at, left = record.start, record.size
    while left > 0 and (chunk := read_at(stream, at, min(left, CHUNK_BYTES))):
        yield chunk
        at, left = at + len(chunk), left - len(chunk)


def crc_of(chunk: bytes, crc: int = 0) -> int:
    """The CRC-32 of a content, going on from that of what came before."""
    return zlib.crc32(chunk, crc)


def _directory(stream: BinaryIO) -> bytes | None:
    """The directory's bytes: they end where the end record begins, wherever that says they are."""
    length = stream.seek(0, os.SEEK_END)
    tail = read_at(stream, max(0, length - _LONGEST_END), _LONGEST_END)
    at = tail.rfind(_END_MARK, 0, len(tail) - _END.size + 4)
    if at < 0:
        return None
    end = length - len(tail) + at
    size, directory_at = _END.unpack(tail[at : at + _END.size])[5:7]
    if directory_at == _NOT_HERE:
        end -= _LARGE_END.size + _LARGE_LOCATOR.size
    if size > min(end, _MOST_DIRECTORY_BYTES):
        return None
    return read_at(stream, end - size, size)


def _large_numbers(extra: bytes, numbers: list[int]) -> list[int]:
    """The numbers, each that is not there taken from the extra field, where they stand in the same order."""
    n_there = max(0, (len(extra) - 4) // 8) if extra[:2] == b"\x01\x00" else 0
    there = iter(struct.unpack_from(f"<{n_there}Q", extra, 4) if n_there else ())
    return [next(there, number) if number == _NOT_HERE else number for number in numbers]


def _start(stream: BinaryIO, offset: int, name: bytes) -> int:
    """Where the content begins: after the header as it stands there, or as it should stand there."""
    fixed = read_at(stream, offset, _LOCAL.size)
    n_extra = 0
    if len(fixed) == _LOCAL.size and read_at(stream, offset + _LOCAL.size, len(name)) == name:
        n_extra = _LOCAL.unpack(fixed)[-1]
    return offset + _LOCAL.size + len(name) + n_extra


def _is_stored(flags: int, method: int, packed: int, size: int) -> bool:
    return not flags & 1 and method == 0 and packed == size

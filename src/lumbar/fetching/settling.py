"""A file that has come becomes one that is whole: checked, unpacked, counted, its fingerprint taken."""

import base64
import gzip
import hashlib
import json
import os
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

import blake3

from lumbar.fetching.state import Whole

CHECKED = {"sha-512": "sha512", "sha-256": "sha256", "md5": "md5"}  # as headers call them: as hashlib does
_GZIP = b"\x1f\x8b"  # no NDJSON begins so
_CHUNK_BYTES = 1 << 20


class NotWhole(Exception):
    """The bytes that came are not the file: its text says why. They are worth asking for again."""


def settle(part: Path, settled: Path, digests: Mapping[str, str]) -> Whole:
    """The part, unpacked where it came as gzip, moved to its settled place. It is gone from its own in any case.

    `digests`: the server's checksums of the bytes as sent. Raises NotWhole when it is not what was sent.
    """
    try:
        _check(part, digests)
        with part.open("rb") as stream:
            is_packed = stream.read(len(_GZIP)) == _GZIP
        beside = part.with_suffix(".unpacked") if is_packed else part
        if is_packed:
            _unpack(part, beside)
        whole = _counted(beside)
    except NotWhole:
        part.unlink()
        raise
    beside.replace(settled)
    part.unlink(missing_ok=True)
    return whole


def checksums(headers: Mapping[str, str], is_all: bool) -> dict[str, str]:
    """The checksums an answer's headers give for the whole file as sent, base64 by algorithm.

    `is_all`: the answer is the whole file; else headers that are about this answer alone say nothing of it.
    An ETag is none: it may look like MD5 and be something else.
    """
    found: dict[str, str] = {}
    for name in ("repr-digest", "digest", *(("content-digest",) if is_all else ())):
        for item in headers.get(name, "").split(","):
            algorithm, _, value = item.strip().partition("=")
            if algorithm.lower() in CHECKED:  # RFC 9530 puts the value between colons, RFC 3230 does not
                found[algorithm.lower()] = value.strip(":")
    if is_all and (md5 := headers.get("content-md5")):
        found["md5"] = md5.strip()
    return found


def _check(part: Path, digests: Mapping[str, str]) -> None:
    for algorithm, value in digests.items():
        digest = hashlib.new(CHECKED[algorithm], usedforsecurity=False)
        with part.open("rb") as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                digest.update(chunk)
        if base64.b64encode(digest.digest()).decode() != value:
            raise NotWhole(f"its {algorithm} is not the one the server gave")


def _unpack(part: Path, beside: Path) -> None:
    try:
        with gzip.open(part, "rb") as packed, _opened_new(beside) as stream:
            while chunk := packed.read(_CHUNK_BYTES):
                stream.write(chunk)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        beside.unlink()
        raise NotWhole("its gzip breaks off or is damaged") from None


def _opened_new(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def _counted(path: Path) -> Whole:
    digest, n_bytes, n_lines, last = blake3.blake3(), 0, 0, b"\n"
    for line in _lines(path):
        digest.update(line)
        n_bytes += len(line)
        if line.strip():
            if not n_lines and not line.lstrip(b"\xef\xbb\xbf \t").startswith(b"{"):
                raise NotWhole("it holds something else than NDJSON")
            n_lines += 1
        last = line
    if not last.endswith(b"\n"):
        try:
            json.loads(last)
        except (ValueError, RecursionError):
            raise NotWhole("it ends in the middle of a line") from None
    return Whole(n_bytes, n_lines, digest.hexdigest())


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb", buffering=_CHUNK_BYTES) as stream:
        yield from stream

"""Reads a FHIR Bundle entry by entry, so that a file larger than memory can be recounted."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO

_DECODER = json.JSONDecoder(parse_float=Decimal)
_ENTRIES = re.compile(r',\s*"entry"\s*:\s*\[')
_BETWEEN = re.compile(r"[\s,]*")
_CHUNK = 1 << 20


def entries_of(path: Path) -> Iterator[dict[str, Any]]:
    """The Bundle without its entries, then each entry; decimals exact. Raises ValueError for what is no Bundle."""
    with path.open(encoding="utf-8") as file:
        text = file.read(_CHUNK)
        opening = _ENTRIES.search(text)
        if opening is None:
            raise ValueError("no entries")
        yield _DECODER.decode(text[: opening.start()] + "}")
        yield from _entries(file, text[opening.end() :])


def _entries(file: TextIO, text: str) -> Iterator[dict[str, Any]]:
    """The members of the list that `text` begins; after it the Bundle must end."""
    at, at_end = _after_space(text, 0), False
    while not text.startswith("]", at):
        try:
            entry, end = _DECODER.raw_decode(text, at)
        except ValueError:
            if at_end:
                raise
            more = file.read(_CHUNK)
            text, at_end = text[at:] + more, not more
            at = _after_space(text, 0)
            continue
        yield entry
        at = _after_space(text, end)
    if "".join((text[at:] + file.read()).split()) != "]}":
        raise ValueError("something follows the entries")


def _after_space(text: str, at: int) -> int:
    found = _BETWEEN.match(text, at)
    return found.end() if found else at

"""Dated code lists with provenance, one value set a file, one folder per performance year."""

import hashlib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from lumbar.codelists.rows import dated_rows, holds

COLUMNS = ("system", "code", "valid_from", "valid_to", "source", "source_version", "locator", "confidence", "note")


@dataclass(frozen=True, slots=True)
class Entry:
    """One code of a list; no `valid_from` or `valid_to` means no limit known. Both ends count."""

    system: str
    code: str
    valid_from: date | None
    valid_to: date | None
    source: str
    source_version: str
    locator: str
    confidence: str
    note: str

    def valid_on(self, on: date) -> bool:
        """Whether the code is in force that day."""
        return holds(self.valid_from, self.valid_to, on)


@cache
def code_list(year: int, name: str) -> tuple[Entry, ...]:
    """The entries of one list, sorted by system and code. Raises InternalError when there is no such list."""
    return tuple(Entry(**row) for row in dated_rows(f"{__name__}.py{year}", name))


def code_list_names(year: int) -> tuple[str, ...]:
    """The names of the lists of a year, sorted."""
    folder = files(__name__) / f"py{year}"
    return tuple(sorted(f.name.removesuffix(".csv") for f in folder.iterdir() if f.name.endswith(".csv")))


def code_list_hashes(year: int) -> dict[str, str]:
    """SHA-256 of each list's file, hexadecimal, by name."""
    folder = files(__name__) / f"py{year}"
    return {name: hashlib.sha256((folder / f"{name}.csv").read_bytes()).hexdigest() for name in code_list_names(year)}

"""Terminology by date: every code of a system, the days it was in force, and where that is known from.

One CSV a system beside this file. A code whose standing changed has one row per standing, and its rows
never overlap; a row without `valid_from` or `valid_to` has no limit known. Both ends count.
"""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from lumbar.errors import InternalError

SYSTEMS = ("hcpcs", "icd10cm", "cpt", "nucc", "modifier", "pos", "payer_typology")

COLUMNS = (
    "system",
    "code",
    "label",
    "valid_from",
    "valid_to",
    "billable",
    "successors",
    "belongs_on",
    "source",
    "source_version",
    "locator",
    "confidence",
    "note",
)


@dataclass(frozen=True, slots=True)
class Term:
    """One code in one standing.

    `billable` is false for a header, which only groups codes; `successors` are the codes to use in its
    place; `belongs_on` says which kind of claim line a modifier rides on. `label` is a public title, or
    our own short words where a title is licensed.
    """

    system: str
    code: str
    label: str
    valid_from: date | None
    valid_to: date | None
    billable: bool
    successors: tuple[str, ...]
    belongs_on: str
    source: str
    source_version: str
    locator: str
    confidence: str
    note: str

    def valid_on(self, on: date) -> bool:
        """Whether the row describes the code that day."""
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Excludes1:
    """Two ICD-10-CM codes or categories that exclude each other; each side covers every code beneath it."""

    code: str
    excluded: str
    valid_from: date | None
    valid_to: date | None
    source: str
    source_version: str
    locator: str
    confidence: str
    note: str

    def valid_on(self, on: date) -> bool:
        """Whether the note stands that day."""
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on <= self.valid_to)


@cache
def terms(system: str) -> tuple[Term, ...]:
    """Every row of a system, sorted by code and `valid_from`. Raises InternalError for a system we do not keep."""
    return tuple(
        Term(
            **{
                **row,
                "valid_from": _date(row["valid_from"]),
                "valid_to": _date(row["valid_to"]),
                "billable": row["billable"] == "yes",
                "successors": tuple(row["successors"].split()),
            }  # type: ignore[arg-type]
        )
        for row in _rows(system)
    )


@cache
def _by_code(system: str) -> dict[str, tuple[Term, ...]]:
    found: dict[str, tuple[Term, ...]] = {}
    for term in terms(system):
        found[term.code] = (*found.get(term.code, ()), term)
    return found


def history(system: str, code: str) -> tuple[Term, ...]:
    """Every standing of one code in order of time; empty for a code we do not know."""
    return _by_code(system).get(code, ())


def term_on(system: str, code: str, on: date) -> Term | None:
    """The standing of a code on a day, a header too; none when it was not in force."""
    return next((term for term in history(system, code) if term.valid_on(on)), None)


@cache
def _excludes1() -> tuple[Excludes1, ...]:
    return tuple(
        Excludes1(**{**row, "valid_from": _date(row["valid_from"]), "valid_to": _date(row["valid_to"])})  # type: ignore[arg-type]
        for row in _rows("icd10cm_excludes1")
    )


def exclude_each_other(first: str, second: str, on: date) -> Excludes1 | None:
    """The note by which two ICD-10-CM codes exclude each other on a day, either way round; none when they do not."""
    for note in _excludes1():
        for a, b in ((first, second), (second, first)):
            if a.startswith(note.code) and b.startswith(note.excluded) and note.valid_on(on):
                return note
    return None


def _rows(name: str) -> list[dict[str, str]]:
    resource = files(__name__) / f"{name}.csv"
    if not resource.is_file():
        raise InternalError(f"no terminology {name}")
    return list(csv.DictReader(resource.read_text(encoding="utf-8").splitlines()))


def _date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None

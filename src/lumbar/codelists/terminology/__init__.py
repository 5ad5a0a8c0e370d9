"""Terminology by date: every code of a system, the days it was in force, and where that is known from.

One CSV a system beside this file. A code whose standing changed has one row per standing, and its rows
never overlap; a row without `valid_from` or `valid_to` has no limit known. Both ends count. A day outside the
fiscal years whose files were read (`icd10cm_release.csv`) takes the nearest standing known, and that is `likely`.

CPT titles are licensed: `label` is then our own words, and `note` says `stratum=three_month`, `one_year` or `none`
and `addon=yes` or `no`. What kind an operation is comes from the year's code lists, not from here.
"""

import csv
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from lumbar.codelists.rows import date_of, dated_rows, holds, lines, rows

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


# Where a modifier may ride; none of them is a quality-data line of these measures.
LINES = ("surgical_line", "assistant_line", "anaesthesia_line", "facility_line", "visit_line", "category_ii_line")

CONFIDENCES = ("certain", "likely", "unverified", "unknown")


@dataclass(frozen=True, slots=True)
class Term:
    """One code in one standing.

    `billable` is false for a header, which only groups codes. `successors` are the codes to use in its place: of
    a code that ended, those of the day after; of a header, the billable codes beneath it unless `note` says that
    they are too many. `belongs_on` is the kind of claim line a modifier rides on, one of LINES. `label` is a public
    title, or our own short words where a title is licensed.
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
        return holds(self.valid_from, self.valid_to, on)


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
        return holds(self.valid_from, self.valid_to, on)


@cache
def terms(system: str) -> tuple[Term, ...]:
    """Every row of a system, sorted by code and `valid_from`. Raises InternalError for a system we do not keep."""
    return tuple(_term(row) for rows in _by_code(system).values() for row in rows)


@cache
def _by_code(system: str) -> dict[str, list[list[str]]]:
    """The cells of every row by its code: thousands are read, and few are asked for."""
    found: dict[str, list[list[str]]] = {}
    for row in _cells(system):
        found.setdefault(row[COLUMNS.index("code")], []).append(row)
    return found


def _term(cells: list[str]) -> Term:
    row = dict(zip(COLUMNS, cells, strict=True))
    return Term(
        **{
            **row,
            "valid_from": date_of(row["valid_from"]),
            "valid_to": date_of(row["valid_to"]),
            "billable": row["billable"] == "yes",
            "successors": tuple(row["successors"].split()),
        }  # type: ignore[arg-type]
    )


@cache
def history(system: str, code: str) -> tuple[Term, ...]:
    """Every standing of one code in order of time; empty for a code we do not know."""
    return tuple(_term(row) for row in _by_code(system).get(code, ()))


def term_on(system: str, code: str, on: date) -> Term | None:
    """The standing of a code on a day, a header too; none when it was not in force.

    Of a header's successors only those billable that day are kept. Outside the years read, `certain` becomes `likely`.
    """
    term = next((term for term in history(system, code) if term.valid_on(on)), None)
    if term is None or system != "icd10cm":
        return term
    if not term.billable:
        in_force = tuple(s for s in term.successors if any(h.billable and h.valid_on(on) for h in history(system, s)))
        term = replace(term, successors=in_force)
    return term if _was_read(on, False) or term.confidence != "certain" else replace(term, confidence="likely")


@cache
def excludes1() -> tuple[Excludes1, ...]:
    """Every pair, sorted by code and excluded code."""
    return tuple(Excludes1(**row) for row in dated_rows(__name__, "icd10cm_excludes1"))


@cache
def _excludes1_by_code() -> dict[str, tuple[Excludes1, ...]]:
    found: dict[str, list[Excludes1]] = {}
    for note in excludes1():
        found.setdefault(note.code, []).append(note)
    return {code: tuple(notes) for code, notes in found.items()}


def exclude_each_other(first: str, second: str, on: date) -> Excludes1 | None:
    """The note by which two ICD-10-CM codes exclude each other on a day, either way round; none when they do not.

    A note of a code holds for every code beneath it. Of several, the one that names the two most closely, whichever
    code comes first. Outside the years whose notes were read, `certain` becomes `likely`.
    """
    notes = [
        note
        for a, b in ((first, second), (second, first))
        for size in range(3, len(a) + 1)
        for note in _excludes1_by_code().get(a[:size], ())
        if b.startswith(note.excluded) and note.valid_on(on)
    ]
    if not notes:
        return None
    note = max(notes, key=lambda note: (len(note.code) + len(note.excluded), note.code, note.excluded))
    told = _was_read(on, True) or note.confidence != "certain"
    return note if told else replace(note, confidence="likely")


@cache
def _years_read(with_notes: bool) -> tuple[tuple[date, date], ...]:
    return tuple(
        (date.fromisoformat(row["first_on"]), date.fromisoformat(row["last_on"]))
        for row in rows(__name__, "icd10cm_release")
        if row["with_notes"] == "yes" or not with_notes
    )


def _was_read(on: date, with_notes: bool) -> bool:
    """Whether the file of the day's fiscal year was read, with its Excludes1 notes if asked."""
    return any(first <= on <= last for first, last in _years_read(with_notes))


def _cells(name: str) -> list[list[str]]:
    """The rows without their heading; their columns are COLUMNS in order."""
    return list(csv.reader(lines(__name__, name)))[1:]

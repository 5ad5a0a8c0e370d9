"""A brief as frozen values: sections of sentences and tables, every line of them on its ground."""

import re
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Protocol

from lumbar.measures.model import Cite

CERTAIN, LIKELY, UNVERIFIED, UNKNOWN = "certain", "likely", "unverified", "unknown"
_FOR_PROGRAMS = re.compile(r"\w+=|CMS short descriptor|covers |valid throughout|on no quality-data line|new \d{4}")
CONFIDENCES = (CERTAIN, LIKELY, UNVERIFIED, UNKNOWN)


class Sourced(Protocol):
    """A dated row of a code list, a terminology or the codebook's own tables."""

    @property
    def valid_from(self) -> date | None:
        """The first day it holds; none where no limit is known."""

    @property
    def valid_to(self) -> date | None:
        """The last day it holds; none where no limit is known."""

    @property
    def source(self) -> str:
        """Who says so."""

    @property
    def source_version(self) -> str:
        """Which edition of the source."""

    @property
    def locator(self) -> str:
        """Where in it."""

    @property
    def confidence(self) -> str:
        """certain, likely, unverified or unknown."""

    @property
    def note(self) -> str:
        """What is open."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a line rests on: source, edition, place in it, confidence, and the days it holds (both ends count)."""

    source: str
    version: str
    locator: str
    confidence: str
    valid_from: date | None = None
    valid_to: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence on its ground."""

    text: str
    ground: Ground


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table on its ground; the first cell is its heading."""

    cells: tuple[str, ...]
    ground: Ground


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; a row has as many cells as there are headings."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A subject of the brief. `name` is its anchor."""

    name: str
    title: str
    statements: tuple[Statement, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True)
class Companion:
    """Another quality-data code of the same question, in force on the brief's date."""

    code: str
    role: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Brief:
    """Everything said of one code on one day.

    `standing` is active, ended or not_yet, `ended_on` the last day of one that ended; `rules_year` is the
    performance year whose rules are shown; `answer` is what a reader in a hurry needs, in the order it is read.
    """

    code: str
    title: str
    on: date
    on_is_today: bool
    standing: str
    ended_on: date | None
    role: str
    rules_year: int | None
    rule_set: str
    version: str
    answer: tuple[Row, ...]
    companions: tuple[Companion, ...]
    sections: tuple[Section, ...]

    def grounds(self) -> tuple[Ground, ...]:
        """Every ground once, in the order it is first rested on; a mark's number is its place, from 1."""
        found: dict[Ground, None] = dict.fromkeys(row.ground for row in self.answer)
        for section in self.sections:
            found.update(dict.fromkeys(statement.ground for statement in section.statements))
            for table in section.tables:
                found.update(dict.fromkeys(row.ground for row in table.rows))
        return tuple(found)

    def as_json(self) -> dict[str, Any]:
        """The values as JSON has them: dates as YYYY-MM-DD, tuples as lists."""
        values: dict[str, Any] = _plain(asdict(self))
        return values


def of_row(row: Sourced, *, confidence: str = "") -> Ground:
    """The ground a dated row is; what its note keeps for programs (`key=value`) is left out."""
    said = [part.strip() for part in row.note.split(";")]
    note = "; ".join(part for part in said if part and not _FOR_PROGRAMS.match(part))
    return Ground(
        row.source,
        row.source_version,
        row.locator,
        confidence or row.confidence,
        row.valid_from,
        row.valid_to,
        note,
    )


def of_cite(cite: Cite, year: int, *more: Cite) -> Ground:
    """The ground a rule's citation is, holding in its performance year; as sure as the least sure of them."""
    return Ground(
        cite.document,
        f"rules of {year}",
        cite.section,
        least_sure(cite.confidence, *(other.confidence for other in more)),
        date(year, 1, 1),
        date(year, 12, 31),
        cite.note,
    )


def least_sure(*confidences: str) -> str:
    """The least sure of some confidences."""
    return max(confidences, key=CONFIDENCES.index)


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value

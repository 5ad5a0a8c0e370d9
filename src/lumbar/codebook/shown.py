"""The brief as all three pages show it: lines with short marks, and the sources the marks stand for.

A mark is the number of a source, a letter where the brief uses several places in it, and a word unless the
line is certain: `3`, `3b likely`, `7 not known`. A table whose rows rest on one source says so once.
"""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from lumbar.codebook import wording
from lumbar.codebook.model import CERTAIN, UNKNOWN, Brief, Ground, Section, Table
from lumbar.codebook.standing import ENDED, NOT_YET

MEANING = (
    ("(a number alone)", "certain: read in a primary source"),
    ("likely", "follows from a source, but is not said in so many words"),
    ("unverified", "our best reading; no source we could open confirms it"),
    ("not known", "known to nobody but the steward or the payer; the reason stands with the source"),
)


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands small beside a line: where it is from, and a word unless it is certain."""

    source: str
    word: str

    @property
    def text(self) -> str:
        return f"{self.source} {self.word}".strip()


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence or the cells of a row, and its mark; no mark where the table has one."""

    cells: tuple[str, ...]
    mark: Mark | None


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A table with its one mark, or a mark for each row."""

    caption: str
    mark: Mark | None
    headings: tuple[str, ...]
    rows: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class ShownSection:
    """A section with marks."""

    name: str
    title: str
    statements: tuple[Line, ...]
    tables: tuple[ShownTable, ...]


@dataclass(frozen=True, slots=True)
class ShownSource:
    """A source, its number, and the places in it: letter, place with the days it holds, what is open."""

    number: int
    name: str
    places: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything a page prints, in order."""

    code: str
    title: str
    standing: str
    date_line: str
    made_with: str
    answer: tuple[Line, ...]
    sections: tuple[ShownSection, ...]
    sources: tuple[ShownSource, ...]
    meaning: tuple[tuple[str, str], ...] = MEANING

    def as_plain(self) -> dict[str, Any]:
        """The values as nested dictionaries, for a template in another language."""
        return asdict(self)


def shown(brief: Brief) -> Shown:
    """The brief with its marks and sources."""
    marks = _Marks(brief.grounds())
    chosen = " (today: no other date was given)" if brief.on_is_today else ""
    rules = f", rules of performance year {brief.rules_year} ({brief.rule_set[:12]})" if brief.rules_year else ""
    return Shown(
        code=brief.code,
        title=_title(brief),
        standing=brief.standing,
        date_line=f"As of {wording.day(brief.on)}{chosen}",
        made_with=f"lumbar {brief.version}{rules}",
        answer=tuple(Line(row.cells, marks.of(row.ground)) for row in brief.answer),
        sections=tuple(_section(section, marks) for section in brief.sections),
        sources=marks.sources(),
    )


def _title(brief: Brief) -> str:
    """What the code says, and that it may no longer be used."""
    if brief.standing == ENDED and brief.ended_on:
        return f"{brief.title} (ended on {wording.day(brief.ended_on)})"
    if brief.standing == NOT_YET:
        return f"{brief.title} (not yet in force)"
    return brief.title


class _Marks:
    """Numbers for the sources of some grounds, letters for the places in each."""

    def __init__(self, grounds: tuple[Ground, ...]) -> None:
        self._places: dict[tuple[str, str], dict[tuple[str, str], list[str]]] = {}
        for ground in grounds:
            notes = self._places.setdefault(_source(ground), {}).setdefault(_place(ground), [])
            if ground.note and ground.note not in notes:
                notes.append(ground.note)
        self._numbers = {source: number for number, source in enumerate(self._places, start=1)}

    def of(self, ground: Ground) -> Mark:
        """The mark of one line."""
        places = self._places[_source(ground)]
        letter = _letters(list(places).index(_place(ground))) if len(places) > 1 else ""
        return Mark(f"{self._numbers[_source(ground)]}{letter}", _word(ground.confidence))

    def common(self, table: Table) -> Mark | None:
        """The one mark of a table whose rows rest on one source with one confidence; none otherwise."""
        grounds = {row.ground for row in table.rows}
        if len({(_source(ground), ground.confidence) for ground in grounds}) != 1:
            return None
        first = table.rows[0].ground
        one = len({_place(ground) for ground in grounds}) == 1
        return self.of(first) if one else Mark(str(self._numbers[_source(first)]), _word(first.confidence))

    def sources(self) -> tuple[ShownSource, ...]:
        """Every source in the order of its number."""
        found = []
        for (name, version), places in self._places.items():
            alike: dict[tuple[str, str], list[tuple[str, str]]] = {}
            for at, ((locator, holds), notes) in enumerate(places.items()):
                letter = _letters(at) if len(places) > 1 else ""
                alike.setdefault((holds, "; ".join(notes)), []).append((letter, locator))
            listed = tuple(_said_once(parts, holds, notes) for (holds, notes), parts in alike.items())
            found.append(ShownSource(self._numbers[name, version], f"{name}, {version}", listed))
        return tuple(found)


def _section(section: Section, marks: _Marks) -> ShownSection:
    statements = tuple(Line((said.text,), marks.of(said.ground)) for said in section.statements)
    tables = []
    for table in section.tables:
        common = marks.common(table)
        rows = tuple(Line(row.cells, None if common else marks.of(row.ground)) for row in table.rows)
        tables.append(ShownTable(table.caption, common, table.headings, rows))
    return ShownSection(section.name, section.title, statements, tuple(tables))


def _source(ground: Ground) -> tuple[str, str]:
    return (ground.source, ground.version)


def _place(ground: Ground) -> tuple[str, str]:
    limited = ground.valid_from is not None or ground.valid_to is not None
    holds = _days(ground.valid_from, ground.valid_to) if limited else ""
    return (ground.locator, holds)


def _days(first: date | None, last: date | None) -> str:
    """The days a row holds, whole calendar years by their number."""
    if first and last and (first.month, first.day, last.month, last.day) == (1, 1, 12, 31):
        return f"{first.year}" if first.year == last.year else f"{first.year} to {last.year}"
    return wording.in_force(first, last)


def _said_once(parts: list[tuple[str, str]], holds: str, notes: str) -> tuple[str, str]:
    """Places that hold the same days and leave the same open, in one: `a, c` and `modifier 22, 52; …`."""
    first = parts[0][1]
    word, _, _ = first.partition(" ")
    shared = f"{word} " if all(place.startswith(f"{word} ") for _, place in parts) else ""
    places = ", ".join([first, *(place.removeprefix(shared) for _, place in parts[1:])])
    text = "; ".join(part for part in (f"{places} ({holds})" if holds else places, notes) if part)
    return (", ".join(letter for letter, _ in parts if letter), text)


def _word(confidence: str) -> str:
    return {CERTAIN: "", UNKNOWN: "not known"}.get(confidence, confidence)


def _letters(at: int) -> str:
    """a to z, then aa, ab and so on."""
    first, last = divmod(at, 26)
    return (chr(ord("a") + first - 1) if first else "") + chr(ord("a") + last)

"""What a brief says beyond the measures and the dated terms: sentences, codes it lists, official texts.

One CSV a subject beside this file. Every row has the days it holds, its source, and how sure we are of it.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from lumbar.codelists.rows import dated_rows, holds


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of one section, in our own words; `{names}` in it are filled with the code's own values.

    `only` names the briefs it stands in: `key:value` pairs parted by spaces, values of one key joined by `|`;
    empty is every brief.
    """

    section: str
    only: str
    text: str
    valid_from: date | None
    valid_to: date | None
    source: str
    source_version: str
    locator: str
    confidence: str
    note: str

    def valid_on(self, on: date) -> bool:
        """Whether the sentence holds that day."""
        return holds(self.valid_from, self.valid_to, on)


@dataclass(frozen=True, slots=True)
class Listed:
    """A code of another system that a section lists, and what it has to do with the result; `only` as in Sentence."""

    section: str
    system: str
    code: str
    only: str
    use: str
    valid_from: date | None
    valid_to: date | None
    source: str
    source_version: str
    locator: str
    confidence: str
    note: str

    def valid_on(self, on: date) -> bool:
        """Whether the row holds that day; whether the code does, its term says."""
        return holds(self.valid_from, self.valid_to, on)


@dataclass(frozen=True, slots=True)
class Descriptor:
    """CMS's own long text of a code as a release printed it."""

    code: str
    text: str
    valid_from: date | None
    valid_to: date | None
    source: str
    source_version: str
    locator: str
    confidence: str
    note: str

    def valid_on(self, on: date) -> bool:
        """Whether this was the text that day."""
        return holds(self.valid_from, self.valid_to, on)


@cache
def sentences(section: str) -> tuple[Sentence, ...]:
    """The sentences of a section in the order they are said."""
    return tuple(Sentence(**row) for row in _rows("sentence") if row["section"] == section)


@cache
def listed(section: str) -> tuple[Listed, ...]:
    """The codes a section lists, in their order."""
    return tuple(Listed(**row) for row in _rows("listed_code") if row["section"] == section)


@cache
def descriptors(code: str) -> tuple[Descriptor, ...]:
    """The official texts of one code in order of time."""
    return tuple(Descriptor(**row) for row in _rows("descriptor") if row["code"] == code)


@cache
def _rows(name: str) -> tuple[dict[str, Any], ...]:
    return tuple(dated_rows(__name__, name))

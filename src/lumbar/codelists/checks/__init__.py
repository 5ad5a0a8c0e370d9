"""What a check of coded text needs beyond dated terms: periods, purposes of codes, and words that mean the same.

One CSV a subject beside this file. Every row of the clinical ones names its source and how sure it is;
the two word lists are our own.
"""

from dataclasses import dataclass
from functools import cache

from lumbar.codelists.rows import rows


@dataclass(frozen=True, slots=True)
class GlobalPeriod:
    """The days after an operation that its payment includes, 1 to `days`, both ends counted."""

    days: int
    postoperative_visit: str
    exempt_modifiers: tuple[str, ...]
    source: str
    confidence: str
    note: str


@dataclass(frozen=True, slots=True)
class EvaluationVisit:
    """A code of an evaluation and management visit, payable on its own only outside the global period."""

    code: str
    source: str
    confidence: str


@dataclass(frozen=True, slots=True)
class InstrumentCode:
    """A code for one sort of questionnaire: `measures` are word beginnings of what it is for, `is_not_for` of what
    it is wrongly used for."""

    code: str
    measures: tuple[str, ...]
    is_not_for: tuple[str, ...]
    truth: str
    source: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Manifestation:
    """A diagnosis category without radiculopathy and the codes that say the same with it."""

    code: str
    with_radiculopathy: tuple[str, ...]
    source: str
    confidence: str


@cache
def global_period() -> GlobalPeriod:
    """The global period of the operations measured here."""
    (row,) = rows(__name__, "global_period")
    modifiers = tuple(row["exempt_modifiers"].split())
    return GlobalPeriod(**{**row, "days": int(row["days"]), "exempt_modifiers": modifiers})  # type: ignore[arg-type]


@cache
def evaluation_visits() -> tuple[EvaluationVisit, ...]:
    """The visit codes, sorted."""
    return tuple(EvaluationVisit(**row) for row in rows(__name__, "evaluation_visit"))


@cache
def instrument_codes() -> tuple[InstrumentCode, ...]:
    """The questionnaire codes that are taken for something else, sorted."""
    return tuple(
        InstrumentCode(
            **{**row, "measures": tuple(row["measures"].split()), "is_not_for": tuple(row["is_not_for"].split())}  # type: ignore[arg-type]
        )
        for row in rows(__name__, "instrument_code")
    )


@cache
def manifestations() -> tuple[Manifestation, ...]:
    """The diagnosis categories that have a counterpart with radiculopathy, sorted."""
    return tuple(
        Manifestation(**{**row, "with_radiculopathy": tuple(row["with_radiculopathy"].split())})  # type: ignore[arg-type]
        for row in rows(__name__, "with_radiculopathy")
    )


@cache
def synonyms() -> tuple[tuple[str, str], ...]:
    """Phrase and the word it is read as, longest phrase first; an empty word is a phrase that says nothing."""
    pairs = [(row["phrase"], row["word"]) for row in rows(__name__, "word_synonym")]
    return tuple(sorted(pairs, key=lambda pair: (-len(pair[0].split()), -len(pair[0]), pair[0])))


@cache
def contrasts() -> dict[str, dict[str, str]]:
    """By subject, words and what they say of it: two words that say different things exclude each other in a label."""
    found: dict[str, dict[str, str]] = {}
    for row in rows(__name__, "word_contrast"):
        found.setdefault(row["subject"], {})[row["word"]] = row["value"]
    return found

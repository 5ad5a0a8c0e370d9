"""One row of a result as a clinician reads it: the scores chosen, the measure's verdict, and apart from it how the
change reads (RULES §7, §10)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from lumbar.codelists.clinical_reading import acceptable_at_most

WORSE = "worse"
A_LITTLE_WORSE = "a_little_worse"
UNCHANGED = "unchanged"
A_LITTLE_BETTER = "a_little_better"
BETTER = "better"
NO_BASELINE = "no_baseline"
CHANGES = (WORSE, A_LITTLE_WORSE, UNCHANGED, A_LITTLE_BETTER, BETTER, NO_BASELINE)

MET_BUT_WORSE, BETTER_BUT_NOT_MET = "met_but_worse", "better_but_not_met"

Row = Mapping[str, Any]  # one row of `outcome`


@dataclass(frozen=True, slots=True)
class ClinicalReading:
    """How an answer after surgery reads to a clinician, whatever the measure says.

    `change` is postoperative minus preoperative, in points: plus is worse. `reads` is one of CHANGES, by the
    thresholds of the policy the result was made with. `persists`: the window has closed, the score is above what
    patients call acceptable, and it is not better by the responder threshold. `is_red`: worse by the threshold, or it
    persists. `beside_measure` is met_but_worse, better_but_not_met or empty.
    """

    change: Decimal | None
    reads: str
    persists: bool
    is_red: bool
    beside_measure: str


@dataclass(frozen=True, slots=True)
class Judged:
    """One row of `outcome`: scores in points of the instrument's own scale, the measure's verdict, and the clinical
    reading beside it, none without a postoperative score."""

    instrument: str
    timepoint: str
    measure_id: str
    window_closes: date
    preoperative_score: Decimal | None
    preoperative_on: date | None
    preoperative_score_id: str | None
    postoperative_score: Decimal | None
    postoperative_on: date | None
    postoperative_score_id: str | None
    improvement: Decimal | None
    status: str
    provisional: bool
    code: str | None
    in_measure: bool
    not_in_measure_because: str | None
    flags: tuple[str, ...]
    clinical: ClinicalReading | None


def judged(row: Row, as_of: date) -> Judged:
    """A row of `outcome` with its clinical reading."""
    return Judged(
        instrument=row["instrument"],
        timepoint=row["timepoint"],
        measure_id=row["measure_id"],
        window_closes=row["window_closes"],
        preoperative_score=row["preoperative_score"],
        preoperative_on=row["preoperative_on"],
        preoperative_score_id=row["preoperative_score_id"],
        postoperative_score=row["postoperative_score"],
        postoperative_on=row["postoperative_on"],
        postoperative_score_id=row["postoperative_score_id"],
        improvement=row["improvement"],
        status=row["status"],
        provisional=row["provisional"],
        code=row["code"],
        in_measure=row["in_measure"],
        not_in_measure_because=row["not_in_measure_because"],
        flags=tuple(row["flags"].split()),
        clinical=clinical_reading(row, as_of),
    )


def clinical_reading(row: Row, as_of: date) -> ClinicalReading | None:
    """The clinical reading of a row of `outcome`; none without a postoperative score."""
    after, improvement = row["postoperative_score"], row["improvement"]
    if after is None:
        return None
    flags = row["flags"].split()
    reads = _reads(improvement, flags)
    has_closed = as_of > row["window_closes"]
    persists = has_closed and reads != BETTER and after > acceptable_at_most()[row["instrument"]]
    return ClinicalReading(
        change=None if improvement is None else -improvement,
        reads=reads,
        persists=persists,
        is_red=persists or reads == WORSE,
        beside_measure=next((name for name in (MET_BUT_WORSE, BETTER_BUT_NOT_MET) if name in flags), ""),
    )


def is_deceased(rows: list[Row]) -> bool:
    """Whether the patient is known to be dead on the as-of date: the engine's flag says so on every row."""
    return "deceased" in rows[0]["flags"].split()


def _reads(improvement: Decimal | None, flags: list[str]) -> str:
    """Worse and better are the engine's own flags, so that page and result cannot differ."""
    if improvement is None:
        return NO_BASELINE
    if WORSE in flags:
        return WORSE
    if "responder" in flags:
        return BETTER
    if improvement == 0:
        return UNCHANGED
    return A_LITTLE_BETTER if improvement > 0 else A_LITTLE_WORSE

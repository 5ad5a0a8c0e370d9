"""The thresholds of the clinical reading that stands beside a measure's verdict, each with its source.

One CSV beside this file. `at_most` is a published figure; where it is empty, `setting` names the field of the
policy that holds the points, because a site may choose them.
"""

from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from lumbar.codelists.rows import rows

ACCEPTABLE, RESPONDER, WORSE = "acceptable", "responder", "worse"


@dataclass(frozen=True, slots=True)
class ClinicalThreshold:
    """From where one instrument is read so: points of the instrument's own scale, or the policy's setting of them.

    `acceptable`: a score of `at_most` is one that patients call acceptable. `responder` and `worse`: a change of at
    least as many points as the policy's `setting` says.
    """

    reading: str
    instrument: str
    at_most: Decimal | None
    setting: str
    source: str
    locator: str
    confidence: str
    note: str


@cache
def clinical_thresholds() -> tuple[ClinicalThreshold, ...]:
    """Every threshold, by reading and instrument."""
    return tuple(
        ClinicalThreshold(**{**row, "at_most": Decimal(row["at_most"]) if row["at_most"] else None})  # type: ignore[arg-type]
        for row in rows(__name__, "threshold")
    )


@cache
def acceptable_at_most() -> dict[str, Decimal]:
    """By instrument, the highest score that patients call acceptable, in points."""
    return {t.instrument: t.at_most for t in clinical_thresholds() if t.reading == ACCEPTABLE and t.at_most is not None}

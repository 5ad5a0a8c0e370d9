"""Data completeness: how many operations of the surgical log the result has judged."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lumbar.measures.model import Measure
from lumbar.scoring.surgical_log import Key, LogOperation, Pair, SurgicalLog
from lumbar.tables.results import EXCLUDED, MET, NOT_ASSESSED, NOT_MET

JUDGED, PENDING, LACKING, NOT_ELIGIBLE = "judged", "pending", "lacking", "not_eligible"
_CLOSED = (MET, NOT_MET, NOT_ASSESSED)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Operations of the log that belong in a measure's denominator, by what the result knows of them.

    `judged`: met, not met (not assessed among them) or excluded. `pending`: the window has not closed and no
    score came. `lacking`: not in the result, or with no birth date there. Exclusions stay in the denominator,
    as CMS counts completeness.
    """

    judged: int = 0
    pending: int = 0
    lacking: int = 0

    @property
    def eligible(self) -> int:
        return self.judged + self.pending + self.lacking

    @property
    def share(self) -> Fraction | None:
        """Judged of eligible, 0-1; none when the log has nothing eligible."""
        return Fraction(self.judged, self.eligible) if self.eligible else None

    def reaches(self, wanted: Decimal) -> bool | None:
        """Whether the share is as wanted; none when there is no share, or while open windows may still decide."""
        if self.share is None or self.share >= Fraction(wanted):
            return None if self.share is None else True
        may_become = Fraction(self.judged + self.pending, self.eligible)
        return None if may_become >= Fraction(wanted) else False


@dataclass(frozen=True, slots=True)
class Completeness:
    """The completeness of one measure: overall, and by TIN and NPI where the log names them.

    `n_not_in_log` counts operations of the result that belong in the measure and that the log lacks: each says
    that the log is not the whole log. An operation two surgeons bill stands with both, so that the parts may
    add up to more than the whole.
    """

    overall: Coverage
    by_pair: dict[Pair, Coverage] = field(default_factory=dict)
    n_not_in_log: int = 0


def compare(log: SurgicalLog, outcome: Iterable[Mapping[str, Any]], measure: Measure) -> Completeness:
    """The log against the rows of `outcome`: patient_id, index_date, kind, measure_id, timepoint, status,
    in_measure and not_in_measure_because are looked at."""
    strata = {(stratum.kind, stratum.timepoint) for stratum in measure.strata}
    rows: dict[Key, Mapping[str, Any]] = {
        (row["patient_id"], row["index_date"]): row
        for row in outcome
        if row["measure_id"] == measure.id and (row["kind"], row["timepoint"]) in strata
    }
    overall: Counter[str] = Counter()
    by_pair: dict[Pair, Counter[str]] = {}
    names_pairs = bool({"tin", "surgeon_npi"} & set(log.columns))
    for operation in log.operations:
        place = _place(operation, rows.get((operation.patient_id, operation.performed_on)), measure)
        overall[place] += 1
        for pair in operation.pairs if names_pairs else ():
            by_pair.setdefault(pair, Counter())[place] += 1
    logged = {(operation.patient_id, operation.performed_on) for operation in log.operations}
    n_not_in_log = sum(
        key not in logged and (row["in_measure"] or row["not_in_measure_because"] == EXCLUDED)
        for key, row in rows.items()
    )
    parts = {pair: _coverage(counts) for pair, counts in sorted(by_pair.items())}
    return Completeness(
        overall=_coverage(overall),
        by_pair={pair: part for pair, part in parts.items() if part.eligible},
        n_not_in_log=n_not_in_log,
    )


def _place(operation: LogOperation, row: Mapping[str, Any] | None, measure: Measure) -> str:
    if not _belongs(operation.kind, operation.performed_on, measure):
        return NOT_ELIGIBLE
    if row is None or row["not_in_measure_because"] == "age_unknown":
        return LACKING
    if row["in_measure"]:
        return JUDGED if row["status"] in _CLOSED else PENDING
    return JUDGED if row["not_in_measure_because"] == EXCLUDED else NOT_ELIGIBLE


def _belongs(kind: str, on: date, measure: Measure) -> bool:
    return any(s.kind == kind and s.period.starts_on <= on <= s.period.ends_on for s in measure.strata)


def _coverage(counts: Counter[str]) -> Coverage:
    return Coverage(judged=counts[JUDGED], pending=counts[PENDING], lacking=counts[LACKING])

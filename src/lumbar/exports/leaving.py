"""What of a result leaves in a file: the rows in the measure, of some measures and perhaps one surgeon."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lumbar.errors import InternalError, UsageError
from lumbar.measures.model import Measure, PerformanceYear
from lumbar.tables.results import MET, NOT_ASSESSED, NOT_MET, OPEN, OVERALL, UPCOMING

_KEYS = ["measure_id", "kind", "status", "provisional"]

# One line for the terminal, and whether it warns.
Lines = list[tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class Counts:
    """The rows in the measure of one measure and stratum, `overall` for all strata; each count in operations.

    `eligible` is met + not_met + open + upcoming; `not_assessed` stands inside `not_met`; `n_provisional` are
    judged while their window is open. `improvement_sum` is that of the met, in points, for years of change.
    """

    measure_id: str
    stratum: str
    eligible: int
    met: int
    not_met: int
    not_assessed: int
    open: int
    upcoming: int
    n_provisional: int
    improvement_sum: Decimal


@dataclass(frozen=True, slots=True)
class Leaving:
    """What of a result leaves, and what goes into the file beside it.

    `rules` hold the measures that leave and no other; `rows` are rows of `outcome`, all in the measure, in
    the result's order; `counts` has each measure's strata that CMS takes by themselves, then its overall.
    `on` is the day the file is dated; `identity` a hexadecimal name of this content, for ids that must be
    the same whenever the same is written. `clinical` reads a clinical table, `proofs` the proofs of
    episodes as JSON values.
    """

    rules: PerformanceYear
    run: Mapping[str, Any]
    rows: pa.Table
    counts: tuple[Counts, ...]
    on: date
    npi: str | None
    identity: str
    clinical: Callable[[str], pa.Table]
    proofs: Callable[[Sequence[str]], Iterator[dict[str, Any]]]

    def counts_of(self, measure: Measure) -> tuple[Counts, ...]:
        """The counts a receiver is given by stratum: those taken by themselves, or else the overall one."""
        own = [counts for counts in self.counts if counts.measure_id == measure.id]
        return tuple(c for c in own if c.stratum != OVERALL) or tuple(own)

    def overall_of(self, measure: Measure) -> Counts:
        """The counts of all strata of a measure."""
        (counts,) = (c for c in self.counts if c.measure_id == measure.id and c.stratum == OVERALL)
        return counts


def unfinished(leaving: Leaving) -> list[str]:
    """Why the result may still change: open windows, operations yet to come; empty when it is final."""
    reasons = []
    waiting = pc.is_in(leaving.rows["status"], pa.array([OPEN, UPCOMING]))
    still = leaving.rows.filter(pc.or_(waiting, pc.fill_null(leaving.rows["provisional"], False)))
    if still.num_rows:
        n_operations, until = pc.count_distinct(still["episode_id"]).as_py(), pc.max(still["window_closes"]).as_py()
        reasons.append(
            f"{still.num_rows:,} of {leaving.rows.num_rows:,} results, of {n_operations:,} operations, are open or "
            f"may still change until their windows close, the last on {until}"
        )
    ends_on = max(stratum.period.ends_on for measure in leaving.rules.measures for stratum in measure.strata)
    if date.fromisoformat(leaving.run["as_of"]) <= ends_on:
        reasons.append(f"operations up to {ends_on} count, and the result is as of {leaving.run['as_of']}")
    return reasons


def refuse_unfinished(leaving: Leaving) -> None:
    """Raises UsageError while the result may still change."""
    if reasons := unfinished(leaving):
        raise UsageError(
            f"{'; '.join(reasons)}; evaluate again as of a later day, or write an interim file with --interim"
        )


def limited_rules(rules: PerformanceYear, measure_ids: Sequence[str]) -> PerformanceYear:
    """The rules with some of their measures. Raises UsageError for a measure the result does not have."""
    known = [measure.id for measure in rules.measures]
    for measure_id in measure_ids:
        if measure_id not in known:
            raise UsageError(f"no measure {measure_id!r} in this result; it has {', '.join(known)}")
    return replace(rules, measures=tuple(m for m in rules.measures if not measure_ids or m.id in measure_ids))


def leaving_rows(outcome: pa.Table, rules: PerformanceYear, npi: str | None) -> pa.Table:
    """The rows in the measure, of the rules' measures and, where named, of one surgeon.

    Raises UsageError when no operation of the result is that surgeon's.
    """
    if npi is not None and not pc.any(pc.equal(outcome["surgeon_npi"], npi)).as_py():
        surgeons = pc.count_distinct(outcome["surgeon_npi"]).as_py()
        raise UsageError(f"no operation of this result is by NPI {npi}; it names {surgeons} surgeons")
    wanted = pa.array([measure.id for measure in rules.measures], pa.string())
    keep = pc.and_(pc.fill_null(outcome["in_measure"], False), pc.is_in(outcome["measure_id"], wanted))
    if npi is not None:
        keep = pc.and_(keep, pc.fill_null(pc.equal(outcome["surgeon_npi"], npi), False))
    return outcome.filter(keep)


def counted(rows: pa.Table, rules: PerformanceYear) -> tuple[Counts, ...]:
    """The counts of rows that leave: each stratum CMS takes by itself, also one of nobody, then the overall."""
    groups = rows.group_by(_KEYS).aggregate([([], "count_all"), ("improvement", "sum")]).to_pylist()
    counts: list[Counts] = []
    for measure in rules.measures:
        own = [group for group in groups if group["measure_id"] == measure.id]
        kinds = {stratum.kind for stratum in measure.strata}
        if any(group["kind"] not in kinds for group in own):
            raise InternalError("a row in the measure belongs to none of its strata; please report this")
        for stratum in measure.strata:
            if stratum.submitted_alone:
                of_kind = [group for group in own if group["kind"] == stratum.kind]
                counts.append(_counts(measure.id, stratum.name, of_kind))
        counts.append(_counts(measure.id, OVERALL, own))
    return tuple(counts)


def _counts(measure_id: str, stratum: str, groups: list[dict[str, Any]]) -> Counts:
    def n(*statuses: str) -> int:
        return sum(group["count_all"] for group in groups if group["status"] in statuses)

    return Counts(
        measure_id=measure_id,
        stratum=stratum,
        eligible=n(MET, NOT_MET, NOT_ASSESSED, OPEN, UPCOMING),
        met=n(MET),
        not_met=n(NOT_MET, NOT_ASSESSED),
        not_assessed=n(NOT_ASSESSED),
        open=n(OPEN),
        upcoming=n(UPCOMING),
        n_provisional=sum(group["count_all"] for group in groups if group["provisional"]),
        improvement_sum=sum(
            (group["improvement_sum"] or Decimal(0) for group in groups if group["status"] == MET), Decimal(0)
        ),
    )

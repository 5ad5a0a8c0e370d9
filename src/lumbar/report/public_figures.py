"""The figures a clinic may show outside: of operations whose window has closed, period by period (ADR 0047).

A period once released stays as it is, letter for letter. A later release adds a period of other operations, those
whose window has closed since. So nothing can be learned by subtracting one release from another.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lumbar.errors import UsageError
from lumbar.measures.model import PerformanceYear
from lumbar.measures.policy import recorded_policy
from lumbar.report.public_groups import SURGEON, ReadClinical, operations
from lumbar.statistics.disclosure import Alike, Figures, Suppressed, Told, suppressed, told
from lumbar.statistics.disclosure.limits import LARGEST_SMALL_CELL, LEAST_RESPONSE_TO_COMPARE
from lumbar.tables.results import EXCLUDED, NOT_RECOVERED
from lumbar.version import __version__

CONTENT = "lumbar public figures"
_WINDOWS_CLOSED_UNTIL = "windows_closed_until"
_DIGEST = "blake3"
_LIMITS = (
    f"Only operations whose window has closed are counted. A count of 1 to {LARGEST_SMALL_CELL} is neither shown nor "
    "derivable: small groups stand under all others, and a breakdown that would tell too much is left out. "
    "A released period is never changed."
)


@dataclass(frozen=True, slots=True)
class Release:
    """`figures` as JSON values, to be published; for who publishes: whether a period was added, and what it hides."""

    figures: dict[str, Any]
    is_new: bool
    suppressed: Suppressed


def public_figures(
    outcome: pa.Table,
    clinical: ReadClinical,
    rules: PerformanceYear,
    run: Mapping[str, Any],
    by: Sequence[str],
    previous: Mapping[str, Any] | None = None,
) -> Release:
    """The release of a result: the periods released before, as they are, and a new one where it may be told.

    The new period holds the operations whose window closed after the previous release's and before the as-of date.
    Where some measure's rate may not be told of them they wait, and the next release has them. `by` names
    breakdowns in the order of importance. Raises UsageError for an unknown breakdown, or a previous release of
    another year, other measures or a later day.
    """
    by, measures = tuple(dict.fromkeys(by)), tuple(measure.id for measure in rules.measures)
    policy = recorded_policy(run["policy"])
    periods = _released(previous, rules.year, measures)
    until = date.fromisoformat(run["as_of"]) - timedelta(days=1)
    since = _last_day(periods)
    if since and since > until:
        raise UsageError(f"the previous release has windows closed until {since}; take a result of a later as-of date")
    alike = _counted(outcome, operations(outcome, clinical, by, rules, policy), rules, since, until)
    what = told(alike, len(measures), by, compared=(SURGEON,))
    new = [] if what is None else [_period(what, measures, by, run, since, until)]
    figures = {
        "content": CONTENT,
        "year": rules.year,
        "measures": list(measures),
        "notes": [NOT_RECOVERED, _LIMITS],
        "periods": [*periods, *new],
    }
    figures[_DIGEST] = _digest(figures)
    return Release(figures, bool(new), suppressed(alike, len(measures), by, what))


def _released(previous: Mapping[str, Any] | None, year: int, measures: tuple[str, ...]) -> list[dict[str, Any]]:
    """The periods of the previous release. Raises UsageError when it is none of this year and these measures."""
    if previous is None:
        return []
    periods = previous.get("periods")
    if previous.get("content") != CONTENT or not isinstance(periods, list):
        raise UsageError("the previous release is no public figures of lumbar; name the file released last")
    if previous.get("year") != year or previous.get("measures") != list(measures):
        raise UsageError("the previous release is of another performance year or other measures; name the right file")
    if previous.get(_DIGEST) != _digest(previous):
        raise UsageError("the previous release is not as it was written; name the file released last, unchanged")
    return periods


def _digest(figures: Mapping[str, Any]) -> str:
    """The BLAKE3 fingerprint of figures without it: a release stands on another only as that was written."""
    import blake3

    told = {name: value for name, value in figures.items() if name != _DIGEST}
    return str(blake3.blake3(json.dumps(told, sort_keys=True).encode()).hexdigest())


def _last_day(periods: Sequence[Any]) -> date | None:
    """The day until which windows have closed in the last period; none before the first period."""
    return date.fromisoformat(periods[-1][_WINDOWS_CLOSED_UNTIL]) if periods else None


def _counted(
    outcome: pa.Table, groups: pa.Table, rules: PerformanceYear, since: date | None, until: date
) -> list[Alike]:
    """The operations in some measure, or excluded from it, whose own window closed after `since`, until `until`."""
    closed = pc.field("window_closes") <= until
    if since:
        closed &= pc.field("window_closes") > since
    counts = pc.field("in_measure") | (pc.field("not_in_measure_because") == EXCLUDED)
    rows = outcome.filter(closed & counts)
    table = groups
    for measure in rules.measures:
        own = (pc.field("measure_id") == measure.id) & pc.scalar(False)
        for stratum in measure.strata:
            own |= (
                (pc.field("measure_id") == measure.id)
                & (pc.field("kind") == stratum.kind)
                & (pc.field("timepoint") == stratum.timepoint)
            )
        standings = rows.filter(own).select(["episode_id", "status"]).rename_columns(["episode_id", measure.id])
        table = table.join(standings, "episode_id", join_type="left outer")
    by, measures = groups.column_names[1:], [measure.id for measure in rules.measures]
    counted = table.group_by([*by, *measures]).aggregate([([], "count_all")]).to_pylist()
    alike = [
        Alike(row["count_all"], tuple(row[name] for name in measures), tuple(row[name] for name in by))
        for row in counted
        if any(row[name] is not None for name in measures)
    ]
    return sorted(alike, key=lambda a: ([s or "" for s in a.standings], a.groups))


def _period(
    what: Told, measures: Sequence[str], by: Sequence[str], run: Mapping[str, Any], since: date | None, until: date
) -> dict[str, Any]:
    names = [breakdown.by for breakdown in what.breakdowns]
    return {
        "windows_closed_after": since and since.isoformat(),
        _WINDOWS_CLOSED_UNTIL: until.isoformat(),
        "as_of": run["as_of"],
        "version": __version__,
        "rule_set_hash": run["rule_set_hash"],
        "policy": run["policy"],
        "overall": _by_measure(what.overall, measures),
        "excluded": None if what.excluded is None else dict(zip(measures, what.excluded, strict=True)),
        "breakdowns": [
            {
                "by": breakdown.by,
                "all_others_share": _others_share(what.overall, [r.figures for r in breakdown.rows if r.group is None]),
                "rows": [{"group": row.group, "figures": _by_measure(row.figures, measures)} for row in breakdown.rows],
            }
            for breakdown in what.breakdowns
        ],
        "left_out": [name for name in by if name not in names],
    }


def _others_share(overall: Sequence[Figures], others: Sequence[Sequence[Figures]]) -> float:
    """The share of what is counted that stands under all others: the amount suppressed, of figures shown anyway."""
    return sum(f.closed for row in others for f in row) / sum(f.closed for f in overall)


def _by_measure(figures: Sequence[Figures], measures: Sequence[str]) -> dict[str, dict[str, Any]]:
    return {measure: _figures_json(own) for measure, own in zip(measures, figures, strict=True)}


def _figures_json(figures: Figures) -> dict[str, Any]:
    """Counts in operations, fractions 0-1; null where undefined or not told."""
    (rate_low, rate_high), (bound_low, bound_high) = figures.interval, figures.bounds
    hides_response = figures.not_assessed is None and figures.closed > 0
    return {
        "closed": figures.closed,
        "met": figures.met,
        "not_met": figures.not_met,
        "not_assessed": figures.not_assessed,
        "rate": figures.rate,
        "rate_low": rate_low,
        "rate_high": rate_high,
        "bound_low": bound_low,
        "bound_high": bound_high,
        "response_rate": figures.response,
        "response_at_least": LEAST_RESPONSE_TO_COMPARE if hides_response else None,
    }

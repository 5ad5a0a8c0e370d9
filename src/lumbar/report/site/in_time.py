"""The page of time: every measure month by month, and what the run rules find."""

from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lumbar.measures.model import Measure, Stratum
from lumbar.report import charts, figures, sections, wording
from lumbar.report.process_charts import months_chart
from lumbar.statistics.run_charts import PChart, p_chart
from lumbar.statistics.run_rules import Signal

_RULE = {
    "outside_limits": "a month outside the limits",
    "shift": "a run of months on one side of the centre",
    "trend": "a run of months each higher, or each lower, than the one before",
    "two_of_three": "two of three months in the outer third on one side",
}


def in_time(shown: sections.Shown) -> dict[str, Any]:
    """Per measure and stratum the months of operation whose results are all closed, and those still open, counted.

    Strata have periods of their own: mixed, a month of fusions alone would look like a change.
    """
    counted = _by_month(shown.outcome)
    return {
        "in_time": [
            _months(measure, stratum, counted.get((measure.id, stratum.kind, stratum.timepoint), {}))
            for measure in shown.rules.measures
            for stratum in measure.strata
        ]
    }


def _by_month(outcome: pa.Table) -> dict[tuple[str, str, str], dict[str, figures.Tally]]:
    """The rows in the measure by measure, kind and timepoint, and by month of the operation."""
    rows = outcome.filter(pc.field("in_measure"))
    month = pc.strftime(rows["index_date"], format="%Y-%m")
    keys = ["measure_id", "kind", "timepoint", "status", "provisional"]
    counted: dict[tuple[str, str, str], dict[str, list[figures.Cell]]] = {}
    table = rows.select(keys).append_column("month", month)
    for row in table.group_by([*keys, "month"]).aggregate([([], "count_all")]).to_pylist():
        cell = figures.Cell(row["measure_id"], "", "", None, row["status"], row["provisional"], row["count_all"])
        months = counted.setdefault((row["measure_id"], row["kind"], row["timepoint"]), {})
        months.setdefault(row["month"], []).append(cell)
    return {
        own: {month: figures.tally(cells) for month, cells in sorted(months.items())} for own, months in counted.items()
    }


def _months(measure: Measure, stratum: Stratum, months: dict[str, figures.Tally]) -> dict[str, Any]:
    closed = {m: t for m, t in months.items() if not (t.open or t.upcoming or t.provisional)}
    names = _every_month(list(closed))
    tallies = [closed.get(name, figures.Tally()) for name in names]
    chart = p_chart([(tally.met, tally.closed) for tally in tallies])
    findings = [_finding(signal, names) for signal in chart.signals]
    return {
        "measure": measure,
        "stratum": stratum,
        "label": wording.stratum_label(stratum),
        "rows": list(zip(names, tallies, chart.points, strict=True)),
        "n_open": len(months) - len(closed),
        "centre": chart.centre,
        "findings": findings,
        "svg": _drawn(measure, stratum, chart, names, findings) if names else "",
    }


def _every_month(known: list[str]) -> list[str]:
    """All months from the first to the last known one, as YYYY-MM."""
    if not known:
        return []
    day, last = date.fromisoformat(f"{min(known)}-01"), max(known)
    names: list[str] = []
    while not names or names[-1] < last:
        names.append(f"{day:%Y-%m}")
        day = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return names


def _finding(signal: Signal, names: list[str]) -> str:
    places = [names[place] for place in signal.points]
    when = places[0] if len(places) == 1 else f"{places[0]} to {places[-1]}"
    return f"{when}: {_RULE[signal.rule]}, {signal.direction}"


def _drawn(measure: Measure, stratum: Stratum, chart: PChart, names: list[str], findings: list[str]) -> str:
    name = f"months-{measure.id}-{stratum.name}"
    rates = "; ".join(
        f"{month} {wording.percent(point.rate)}"
        for month, point in zip(names, chart.points, strict=True)
        if point.rate is not None
    )
    return charts.described(
        months_chart(chart, names, name),
        name,
        f"{measure.title}, {wording.stratum_label(stratum)}: rate by month of the operation",
        f"Rate of all: {wording.percent(chart.centre)}. {rates}. "
        f"Found: {'; '.join(findings) if findings else 'nothing'}. The same figures stand in the table below.",
    )

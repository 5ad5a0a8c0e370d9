"""The ledger as a page: per measure a table, and bars from nothing to all with floor, ceiling and forecast."""

from dataclasses import dataclass
from typing import Any

from lumbar.explain.words import day
from lumbar.followup.ledger import Ledger, LedgerRow
from lumbar.followup.ledger_words import (
    BOTH_SCORES,
    METHOD,
    NO_CHOICE_BY_RESULT,
    NOT_RANKED,
    TOO_FEW,
    WHAT_IS_COUNTED,
    is_withheld,
)
from lumbar.measures.model import BothScores, Measure, PerformanceYear
from lumbar.report import wording
from lumbar.report.frame import rendered_page
from lumbar.tables.results import NOT_RECOVERED, OVERALL

WIDTH = 300  # units of a bar from 0 to 100 %: about pixels on a phone
_UNKNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Bar:
    """One row as it is drawn: where each part starts and how wide it is, in units of the picture."""

    label: str
    parts: tuple[tuple[str, float, float], ...]
    forecast: tuple[float, float, float] | None
    said: str


def ledger_page(told: Ledger, rules: PerformanceYear, run: dict[str, Any]) -> str:
    """One HTML page without a script that opens offline; the same arguments give the same text."""
    styles, values = ("report.css", "ledger.css"), ledger_section(told, rules)
    return rendered_page("ledger.html.j2", styles, **values, run=run, as_of=day(told.as_of))


def ledger_section(told: Ledger, rules: PerformanceYear) -> dict[str, Any]:
    """What `_ledger.html.j2` is filled with; drawn with `ledger.css`."""
    return {
        "told": told,
        "ledger_of": [_measure(told, measure) for measure in rules.measures],
        "group": _group_label(told),
        "has_history": any(h.closed for h in told.history),
        "history": [(h, _stratum_label(h.measure_id, h.stratum, rules)) for h in told.history],
        "width": WIDTH,
        "is_withheld": is_withheld,
        "too_few": TOO_FEW,
        "percent_range": wording.percent_range,
        "notes": [WHAT_IS_COUNTED, *_both_scores(rules), f"{NOT_RECOVERED} {NO_CHOICE_BY_RESULT}"],
        "method": METHOD,
        "not_ranked": NOT_RANKED if told.by == "surgeon" else "",
    }


def _both_scores(rules: PerformanceYear) -> list[str]:
    return [BOTH_SCORES] if any(isinstance(measure.target, BothScores) for measure in rules.measures) else []


def _stratum_label(measure_id: str, stratum: str, rules: PerformanceYear) -> str:
    (measure,) = (measure for measure in rules.measures if measure.id == measure_id)
    return wording.rate_label(stratum, measure.strata)


def _group_label(told: Ledger) -> Any:
    """How a group is called: payers by their names, all others as recorded."""
    names = wording.PAYER if told.by == "payer" else {}
    return lambda group: _UNKNOWN if group is None else names.get(group, group)


def _measure(told: Ledger, measure: Measure) -> dict[str, Any]:
    rows = [row for row in told.rows if row.measure_id == measure.id]
    return {
        "measure": measure,
        "instrument": wording.INSTRUMENT[measure.instrument],
        "rows": [(row, wording.rate_label(row.stratum, measure.strata), row.stratum == OVERALL) for row in rows],
        "bars": _bars(told, measure, rows),
    }


def _bars(told: Ledger, measure: Measure, rows: list[LedgerRow]) -> list[Bar]:
    """The strata and overall, or overall of each group; surgeons are never drawn side by side (RULES §10)."""
    if told.by is None:
        return [_bar(wording.rate_label(row.stratum, measure.strata), row) for row in rows if row.all]
    if told.by == "surgeon":
        return []
    name = _group_label(told)
    return [_bar(name(row.group), row) for row in rows if row.stratum == OVERALL and row.all]


def _bar(label: str, row: LedgerRow) -> Bar:
    unit = WIDTH / row.all
    parts, start = [], 0.0
    for name, n in (
        ("locked-met", row.locked_met),
        ("open", row.open),
        ("upcoming", row.upcoming),
        ("locked-not-met", row.locked_not_met),
    ):
        if n:
            parts.append((name, round(start, 2), round(n * unit, 2)))
        start += n * unit
    low, high = row.forecast_interval
    forecast = None
    said = f"{row.all:,} counted, floor {wording.percent(row.floor)}, ceiling {wording.percent(row.ceiling)}"
    if row.forecast is not None and low is not None and high is not None:
        forecast = (round(low * WIDTH, 2), round(row.forecast * WIDTH, 2), round(high * WIDTH, 2))
        said += f", forecast {wording.percent(row.forecast)}, 80 % interval {wording.percent_range(low, high)}"
    return Bar(label, tuple(parts), forecast, said)

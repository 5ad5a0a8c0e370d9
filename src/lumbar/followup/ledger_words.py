"""The ledger as JSON values and as lines of text."""

from collections.abc import Iterator, Sequence
from typing import Any

from lumbar.followup.forecast import CONFIDENCE
from lumbar.followup.ledger import Ledger, LedgerRow
from lumbar.measures.model import BothScores, PerformanceYear
from lumbar.statistics.disclosure.limits import LEAST_CASES_TO_COMPARE
from lumbar.tables.results import NOT_RECOVERED

METHOD = (
    "Closed windows of this result tell how often rows that stood where the waiting rows stand now were met in the "
    "end: without an answer by the same part of the window, or with a provisional score. The interval is that of a "
    "beta-binomial distribution over the rows that wait; with few closed rows it is wide. It supposes that patients go "
    "on answering as they did."
)
WHAT_IS_COUNTED = "Counted are the operations known on the as-of date; those still to come are not."
NO_CHOICE_BY_RESULT = "Nobody is called or asked again because of a result."
BOTH_SCORES = "In this year's measures met is a score before and one after surgery."
NOT_RANKED = (
    "Surgeons stand in the order of their numbers. On few cases or few answers a rate tells nothing of a surgeon."
)
TOO_FEW = f"fewer than {LEAST_CASES_TO_COMPARE}"
_HEADS = ("all", "met", "not met", "open", "upcoming", "floor", "forecast", "80 % interval", "ceiling")
_WIDTHS = (8, 8, 9, 8, 10, 10, 10, 18, 10)


def is_withheld(told: Ledger, row: LedgerRow) -> bool:
    """Whether a reader is told the counts of a row alone: a surgeon's on few cases (RULES §10)."""
    return told.by == "surgeon" and row.all < LEAST_CASES_TO_COMPARE


def ledger_json(told: Ledger) -> dict[str, Any]:
    """The ledger as JSON values: `rows`, and beside them what it was made with and what the forecast rests on.

    Nothing is withheld in them.
    """
    return {
        "year": told.year,
        "as_of": told.as_of.isoformat(),
        "postoperative": told.postoperative,
        "by": told.by,
        "forecast_method": {
            "confidence": CONFIDENCE,
            "method": METHOD,
            "history": [
                {
                    "measure_id": h.measure_id,
                    "stratum": h.stratum,
                    "closed": h.closed,
                    "answered": h.answered,
                    "met": h.met,
                }
                for h in told.history
            ],
        },
        "rows": [_row_json(row, told.by) for row in told.rows],
    }


def _row_json(row: LedgerRow, by: str | None) -> dict[str, Any]:
    low, high = row.forecast_interval
    return {
        "measure_id": row.measure_id,
        "stratum": row.stratum,
        **({by: row.group} if by else {}),
        "all": row.all,
        "locked_met": row.locked_met,
        "locked_not_met": row.locked_not_met,
        "open": row.open,
        "upcoming": row.upcoming,
        "floor": row.floor,
        "ceiling": row.ceiling,
        "forecast": row.forecast,
        "forecast_low": low,
        "forecast_high": high,
    }


def ledger_lines(told: Ledger, rules: PerformanceYear) -> Iterator[str]:
    """The ledger as a table of text with what a reader must know beneath it."""
    yield f"Performance year {told.year}, as of {told.as_of}, postoperative score: {told.postoperative} in its window"
    yield ""
    groups = [_group(row) for row in told.rows] if told.by else []
    wide = max(map(len, [told.by or "", *groups]), default=0) + 2 if told.by else 0
    heads = "".join(f"{head:>{width}}" for head, width in zip(_HEADS, _WIDTHS, strict=True))
    yield f"{'measure':9}{'stratum':22}{told.by or '':{wide}}{heads}"
    for row in told.rows:
        group = f"{_group(row):{wide}}" if told.by else ""
        cells = "".join(f"{cell:>{width}}" for cell, width in zip(_cells(told, row), _WIDTHS, strict=True))
        yield f"{row.measure_id:9}{row.stratum:22}{group}{cells}"
    yield ""
    yield "met, not met: locked, nothing can change them; not met holds the windows that closed without a score."
    yield "Floor: the rate if nothing that is open or upcoming is met; ceiling: if all of it is."
    yield WHAT_IS_COUNTED
    if any(isinstance(measure.target, BothScores) for measure in rules.measures):
        yield BOTH_SCORES
    yield from _history_lines(told)
    if told.by == "surgeon":
        yield NOT_RANKED
    yield f"{NOT_RECOVERED} {NO_CHOICE_BY_RESULT}"


def _history_lines(told: Ledger) -> Iterator[str]:
    yield history_line(told)
    if not any(h.closed for h in told.history):
        return
    for h in told.history:
        yield f"  {h.measure_id:9}{h.stratum:22}{h.closed:>8,} closed, {h.answered:,} answered, {h.met:,} met"


def history_line(told: Ledger) -> str:
    """What the forecast rests on, in a sentence."""
    if any(h.closed for h in told.history):
        return "The forecast rests on these closed rows of this result, earlier years among them:"
    return "No window of this result has closed yet: there is no history to make a forecast from."


def _group(row: LedgerRow) -> str:
    return row.group if row.group is not None else "not known"


def _cells(told: Ledger, row: LedgerRow) -> Sequence[str]:
    counts = [f"{n:,}" for n in (row.all, row.locked_met, row.locked_not_met, row.open, row.upcoming)]
    if is_withheld(told, row):
        return [*counts, "", "", TOO_FEW, ""]
    low, high = row.forecast_interval
    interval = "" if low is None or high is None else f"{low:.1%} to {high:.1%}"
    floor, forecast, ceiling = (_percent(share) for share in (row.floor, row.forecast, row.ceiling))
    return [*counts, floor, forecast, interval, ceiling]


def _percent(share: float | None) -> str:
    return "undefined" if share is None else f"{share:.1%}"

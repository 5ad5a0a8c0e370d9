"""Counts turned into the rows of the result table `rate`; the same for every SQL engine."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lumbar.statistics.intervals import wilson
from lumbar.tables.results import OVERALL

_PER_POINT = 10_000  # change_sum is in ten-thousandths of a point
_COUNTS = ("eligible", "met", "not_met", "not_assessed", "excluded", "open", "upcoming")


def rate_rows(counts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows of `rate` from counts per measure and stratum, an `overall` row after each measure's strata.

    A stratum CMS does not take by itself is counted in `overall` alone.
    Rates are fractions 0-1 and null where nothing is closed or judged (RULES §7).
    """
    rows = []
    for measure_id in dict.fromkeys(row["measure_id"] for row in counts):
        strata = [row for row in counts if row["measure_id"] == measure_id]
        rows += [_rate_row(measure_id, row["stratum"], [row]) for row in strata if row["submitted_alone"]]
        rows.append(_rate_row(measure_id, OVERALL, strata))
    return rows


def _rate_row(measure_id: str, stratum: str, parts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    counted = list(parts)
    n = {name: sum(row[name] for row in counted) for name in _COUNTS}
    judged = n["met"] + n["not_met"]
    row: dict[str, Any] = {"measure_id": measure_id, "stratum": stratum, **n}
    names = ("rate", "rate_low", "rate_high", "bound_low", "bound_high", "response_rate", "mean_change")
    row.update(dict.fromkeys(names))
    if judged:
        row["rate"] = n["met"] / judged
        row["rate_low"], row["rate_high"] = wilson(n["met"], judged)
        row["bound_low"] = n["met"] / judged
        row["bound_high"] = (n["met"] + n["not_assessed"]) / judged
        row["response_rate"] = (judged - n["not_assessed"]) / judged
    change_sums = [part["change_sum"] for part in counted if part["change_sum"] is not None]
    if change_sums:
        row["mean_change"] = int(sum(change_sums)) / (_PER_POINT * n["met"])
    return row

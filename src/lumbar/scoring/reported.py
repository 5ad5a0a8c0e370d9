"""The codes already in the data, counted over a result's rows and listed where they do not hold."""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lumbar.statistics.reported import CONTRADICTED, WITHOUT_EVIDENCE, ReportedCounts, count_standings, standing
from lumbar.tables.results import EXCLUDED

_KEYS = ["status", "code", "reported_code", "reported_agrees", "flags"]


@dataclass(frozen=True, slots=True)
class Reported:
    """Counts of the rows in the measure or excluded from it, and of all rows, at both timepoints.

    An exclusion takes a row out of the measure, yet its code is the one CMS wants for it: it is compared
    with those that count. All rows are the descriptor view: what each code's own text says, whatever counts.
    """

    in_measure: ReportedCounts
    everywhere: ReportedCounts


def counted(outcome: pa.Table) -> pa.Table:
    """The rows in the measure and those that only an exclusion keeps out of it."""
    excluded = pc.fill_null(pc.equal(outcome["not_in_measure_because"], EXCLUDED), False)
    return outcome.filter(pc.or_(pc.fill_null(outcome["in_measure"], False), excluded))


def reported_codes(outcome: pa.Table) -> Reported:
    """How the codes already in the data compare with the computed ones."""
    return Reported(in_measure=_counts(counted(outcome)), everywhere=_counts(outcome))


def not_holding(outcome: pa.Table) -> list[dict[str, Any]]:
    """The rows, of all, whose reported code is contradicted or has no evidence, each with its `standing`.

    Contradicted first, then by episode, instrument and timepoint.
    """
    found = []
    for row in outcome.filter(outcome["reported_code"].is_valid()).to_pylist():
        place = _standing(row)
        if place in (CONTRADICTED, WITHOUT_EVIDENCE):
            found.append({**row, "standing": place})
    return sorted(found, key=lambda r: (r["standing"], r["episode_id"], r["instrument"], r["timepoint"]))


def _counts(rows: pa.Table) -> ReportedCounts:
    grouped = rows.select(_KEYS).group_by(_KEYS).aggregate([([], "count_all")]).to_pylist()
    return count_standings((_standing(row), row["count_all"]) for row in grouped)


def _standing(row: dict[str, Any]) -> str | None:
    alone = "exclusion_reported_only" in (row["flags"] or "").split()
    return standing(row["status"], row["code"], row["reported_code"], row["reported_agrees"], alone)

"""The codes already in the data, counted over a result's rows and listed where they do not hold."""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lumbar.statistics.reported import CONTRADICTED, WITHOUT_EVIDENCE, ReportedCounts, count_standings, standing
from lumbar.tables.results import EXCLUDED

_REPORTED_ALONE = "exclusion_reported_only"
_ROWS_AT_ONCE = 10_000
_KEYS = ["status", "code", "reported_code", "reported_agrees", "flags"]
# The columns the counts of the rows in the measure rest on.
COUNTED_BY = (*_KEYS, "in_measure", "not_in_measure_because")


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


def reported_in_measure(counts: pa.Table) -> ReportedCounts:
    """The same for the rows in the measure alone, from how many (column n) have each combination of COUNTED_BY."""
    return count_standings((_standing(row), row["n"]) for row in counted(counts).to_pylist())


def not_holding(outcome: pa.Table, at_most: int) -> list[dict[str, Any]]:
    """The rows, of all, whose reported code is contradicted or has no evidence, each with its `standing`.

    Those that differ from a code of ours first, then by episode, instrument and timepoint; `at_most` of them.
    """
    agrees = pc.fill_null(outcome["reported_agrees"], False)
    alone = pc.match_substring_regex(outcome["flags"], rf"(^| ){_REPORTED_ALONE}( |$)")
    some = outcome.filter(pc.and_(pc.is_valid(outcome["reported_code"]), pc.or_(pc.invert(agrees), alone)))
    order = ("reported_agrees", "episode_id", "instrument", "timepoint")
    rows = some.sort_by([(name, "ascending") for name in order]).to_batches(max_chunksize=_ROWS_AT_ONCE)
    found: list[dict[str, Any]] = []
    for batch in rows:
        found += [{**row, "standing": _standing(row)} for row in batch.to_pylist()]
        found = [row for row in found if row["standing"] in (CONTRADICTED, WITHOUT_EVIDENCE)][:at_most]
        if len(found) == at_most:
            break
    return found


def _counts(rows: pa.Table) -> ReportedCounts:
    grouped = rows.select(_KEYS).group_by(_KEYS).aggregate([([], "count_all")]).to_pylist()
    return count_standings((_standing(row), row["count_all"]) for row in grouped)


def _standing(row: dict[str, Any]) -> str | None:
    alone = _REPORTED_ALONE in (row["flags"] or "").split()
    return standing(row["status"], row["code"], row["reported_code"], row["reported_agrees"], alone)

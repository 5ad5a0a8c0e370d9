"""The counted rows by where they stand: added up by Arrow, so that millions of rows stay cheap."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lumbar.followup.standing import LOCKED_MET, LOCKED_NOT_MET, standing
from lumbar.measures.model import PerformanceYear
from lumbar.store import arrow_schema
from lumbar.tables.results import MET, NOT_MET
from lumbar.tables.schema import Table

# How much of a window is gone is told in thousandths: 0 before it opens, WHOLE on its last day, NEVER after it.
WHOLE = 1000
NEVER = WHOLE + 1
GROUP = "group"
STRATUM = "stratum"

_DECEASED = "deceased"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Rows alike that a score can still decide.

    `gone` is how much of the window is gone, `verdict` what a provisional score says: met or not; none without one.
    """

    gone: int
    verdict: bool | None
    n: int


@dataclass(frozen=True, slots=True)
class Counted:
    """Counted rows of one stratum and group that stand alike; `waiting` says how far, where nothing is locked."""

    measure_id: str
    stratum: str
    group: str | None
    standing: str
    waiting: Waiting | None
    n: int


def selected(content: pa.Table, table: Table, names: Collection[str]) -> pa.Table:
    """Columns of a table by name, in their declared types: dictionaries decoded, so that groups are of plain values."""
    whole = arrow_schema(table)
    return content.select(list(names)).cast(pa.schema([whole.field(name) for name in names]))


def of_own_stratum(rows: pa.Table, rules: PerformanceYear) -> pa.Table:
    """The rows of a kind judged at its own timepoint, with their stratum in a column more."""
    strata = [(m.id, s.kind, s.timepoint, s.name) for m in rules.measures for s in m.strata]
    keys = ["measure_id", "kind", "timepoint"]
    columns = [pa.array(column, pa.string()) for column in zip(*strata, strict=True)]
    named = pa.table(columns, names=[*keys, STRATUM])
    return rows.join(named, keys, join_type="inner")


def gone(on: Any, opens: Any, closes: Any) -> Any:
    """How much of each window is gone on a day, that day counted: thousandths, from 0 to NEVER; null without a day."""
    days = pc.add(pc.subtract(day_number(on), day_number(opens)), 1)
    length = pc.add(pc.subtract(day_number(closes), day_number(opens)), 1)
    thousandths = pc.divide(pc.multiply(days, WHOLE), length)
    return pc.min_element_wise(pc.max_element_wise(thousandths, 0, skip_nulls=False), NEVER, skip_nulls=False)


def day_number(days: Any) -> Any:
    """Dates as whole days since 1970."""
    return pc.cast(pc.cast(days, pa.int32()), pa.int64())


def counted(rows: pa.Table, as_of: date, postoperative: str) -> list[Counted]:
    """The rows in the measure by stratum, group and standing.

    `rows` are rows of `outcome` with stratum and group; `postoperative` is the policy's choice among several scores.
    """
    inside = rows.filter(pc.field("in_measure"))
    today = pa.scalar(as_of, pa.date32())
    told = inside.select(["measure_id", STRATUM, GROUP, "status", "provisional"])
    told = told.append_column(_DECEASED, pc.match_substring_regex(inside["flags"], f"(^| ){_DECEASED}( |$)"))
    told = told.append_column("gone", gone(today, inside["window_opens"], inside["window_closes"]))
    return [_counted(row, postoperative) for row in counts(told)]


def counts(rows: pa.Table) -> list[dict[str, Any]]:
    """How many rows (`n`) have each combination of values, in the order of the values, so that sums repeat exactly."""
    names = rows.column_names
    added = rows.group_by(names).aggregate([([], "count_all")]).rename_columns([*names, "n"])
    sorted_rows: list[dict[str, Any]] = added.sort_by([(name, "ascending") for name in names]).to_pylist()
    return sorted_rows


def _counted(row: dict[str, Any], postoperative: str) -> Counted:
    flags = _DECEASED if row[_DECEASED] else ""
    stands = standing({"status": row["status"], "provisional": row["provisional"], "flags": flags}, postoperative)
    waiting = None
    if stands not in (LOCKED_MET, LOCKED_NOT_MET):
        verdict = {MET: True, NOT_MET: False}.get(row["status"])
        waiting = Waiting(row["gone"], verdict, row["n"])
    return Counted(row["measure_id"], row[STRATUM], row[GROUP], stands, waiting, row["n"])

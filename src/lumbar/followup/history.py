"""The clinic's own history: what became of the operations whose window has closed, and when their answers came."""

from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from lumbar.followup.counted import GROUP, NEVER, STRATUM, counts, day_number, gone, selected
from lumbar.measures.model import PerformanceYear
from lumbar.tables.clinical import SCORE
from lumbar.tables.results import MET, NOT_ASSESSED, NOT_MET

_DAYS_A_YEAR = 365
_SCORE_COLUMNS = ("score_id", "patient_id", "instrument", "scale", "assessed_on", "recorded_on")


@dataclass(frozen=True, slots=True)
class Past:
    """What became of one closed row.

    `first` is how much of the window was gone (thousandths) when a first score was known, `chosen` when the score
    that counts was; NEVER without one. `met` is the final result.
    """

    first: int
    chosen: int
    met: bool


@dataclass(frozen=True, slots=True)
class ClosedRows:
    """Closed rows of one stratum and group that went alike, whose windows closed `years` whole years ago.

    `answered`: a score counts, though it may have been recorded only after its window had closed.
    """

    measure_id: str
    stratum: str
    group: str | None
    past: Past
    answered: bool
    years: int
    n: int


def closed_rows(rows: pa.Table, scores: pa.Table, rules: PerformanceYear, as_of: date) -> list[ClosedRows]:
    """The closed rows of `rows`, operations before the identification period among them, which no rate counts.

    `rows` are rows of `outcome` with stratum and group; `scores` is the clinical table, looked at for the days alone
    on which scores were known. Excluded patients are no history of those who are counted, nor are minors of the period.
    Of operations outside it ages are not looked at: a row tells only the first reason why it is not counted.
    """
    alike = pc.field("in_measure") | (pc.field("not_in_measure_because") == "outside_identification_period")
    final = pc.is_in(rows["status"], pa.array([MET, NOT_MET, NOT_ASSESSED]))
    closed = rows.filter(pc.and_(final, pc.less(rows["window_closes"], pa.scalar(as_of, pa.date32())))).filter(alike)
    closed = closed.append_column("row", pa.array(range(closed.num_rows), pa.int64()))
    dated = closed.join(_known(closed, scores, rules, as_of), "row")
    told = dated.select(["measure_id", STRATUM, GROUP])
    told = told.append_column("met", pc.equal(dated["status"], MET))
    told = told.append_column("answered", pc.is_valid(dated["postoperative_score_id"]))
    days = pc.subtract(day_number(pa.scalar(as_of, pa.date32())), day_number(dated["window_closes"]))
    told = told.append_column("years", pc.divide(days, _DAYS_A_YEAR))
    for name in ("first", "chosen"):
        when = gone(dated[f"{name}_on"], dated["window_opens"], dated["window_closes"])
        told = told.append_column(name, pc.fill_null(when, NEVER))
    return [
        ClosedRows(
            row["measure_id"],
            row[STRATUM],
            row[GROUP],
            Past(row["first"], row["chosen"], row["met"]),
            row["answered"],
            row["years"],
            row["n"],
        )
        for row in counts(told)
    ]


def _known(closed: pa.Table, scores: pa.Table, rules: PerformanceYear, as_of: date) -> pa.Table:
    """Per assessed row: first_on, chosen_on, the days on which a first score, and the chosen one, were known."""
    usable = selected(scores, SCORE, _SCORE_COLUMNS)
    scales = sorted({scale for measure in rules.measures for scale in measure.scales})
    usable = usable.filter(pc.is_in(usable["scale"], pa.array(scales)))
    usable = usable.append_column("known_on", pc.max_element_wise(usable["assessed_on"], usable["recorded_on"]))
    usable = usable.filter(pc.less_equal(usable["known_on"], pa.scalar(as_of, pa.date32())))
    usable = usable.drop_columns(["scale", "recorded_on"])
    windows = closed.select(
        ["row", "patient_id", "instrument", "window_opens", "window_closes", "postoperative_score_id"]
    ).filter(pc.field("postoperative_score_id").is_valid())
    both = windows.join(usable, ["patient_id", "instrument"], join_type="inner")
    both = both.filter(
        (pc.field("window_opens") <= pc.field("assessed_on")) & (pc.field("assessed_on") <= pc.field("window_closes"))
    )
    is_chosen = pc.equal(both["score_id"], both["postoperative_score_id"])
    chosen_on = pc.if_else(is_chosen, both["known_on"], pa.scalar(None, pa.date32()))
    both = both.select(["row", "known_on"]).append_column("chosen_on", chosen_on)
    days = both.group_by("row").aggregate([("known_on", "min"), ("chosen_on", "max")])
    return days.select(["row", "known_on_min", "chosen_on_max"]).rename_columns(["row", "first_on", "chosen_on"])

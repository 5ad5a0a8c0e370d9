"""The scores around an operation, in the order they were given, each with the window it lies in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lumbar.engine.reference import PatientRecords
from lumbar.engine.reference_dates import window_of
from lumbar.followup.judged import Row
from lumbar.measures.model import PerformanceYear
from lumbar.tables.clinical import INSTRUMENTS
from lumbar.tables.results import TIMEPOINTS

PREOPERATIVE = "preoperative"
BETWEEN = "between"

Windows = dict[str, tuple[date, date]]


@dataclass(frozen=True, slots=True)
class CourseScore:
    """One score, in points of the instrument's own scale; `day` counts from the operation, negative before it.

    `window` is preoperative, three_month, one_year, or between. `chosen_for` names the windows whose score it is.
    """

    instrument: str
    score_id: str
    assessed_on: date
    day: int
    value: Decimal
    scale: str
    side: str | None
    mode: str | None
    respondent: str | None
    recorded_on: date | None
    window: str
    chosen_for: tuple[str, ...]


def windows_of(rows: Sequence[Row], rules: PerformanceYear) -> Windows:
    """The windows of one episode by name, in the order of time, each with its first and last day; both count.

    `rows` are the episode's rows of `outcome`; a timepoint that the year does not judge has no window.
    """
    measure = next(m for m in rules.measures if m.id == rows[0]["measure_id"])
    spans = {row["timepoint"]: (row["window_opens"], row["window_closes"]) for row in rows}
    windows = {PREOPERATIVE: window_of(rows[0]["index_date"], measure.preoperative)}
    return windows | {timepoint: spans[timepoint] for timepoint in TIMEPOINTS if timepoint in spans}


def scores_around(
    rows: Sequence[Row], records: PatientRecords, windows: Windows, as_of: date
) -> tuple[CourseScore, ...]:
    """The scores known on the as-of date, from the first window's first day to the last window's last day.

    By instrument, date and score id. A score recorded after the as-of date is not known.
    """
    index_date = rows[0]["index_date"]
    first, last = windows[PREOPERATIVE][0], max(closes for _, closes in windows.values())
    chosen = _chosen(rows)
    found = [
        CourseScore(
            instrument=score["instrument"],
            score_id=score["score_id"],
            assessed_on=score["assessed_on"],
            day=(score["assessed_on"] - index_date).days,
            value=score["value"],
            scale=score["scale"],
            side=score.get("side"),
            mode=score.get("mode"),
            respondent=score.get("respondent"),
            recorded_on=score.get("recorded_on"),
            window=_window(score["assessed_on"], windows),
            chosen_for=chosen.get((score["instrument"], score["score_id"]), ()),
        )
        for score in records.scores
        if first <= score["assessed_on"] <= min(last, as_of)
        and (score.get("recorded_on") or score["assessed_on"]) <= as_of
    ]
    return tuple(sorted(found, key=lambda s: (INSTRUMENTS.index(s.instrument), s.assessed_on, s.score_id)))


def _chosen(rows: Sequence[Row]) -> dict[tuple[str, str], tuple[str, ...]]:
    """By instrument and score id, the windows the score was chosen for."""
    chosen: dict[tuple[str, str], tuple[str, ...]] = {}
    for row in rows:
        for window, score_id in (
            (PREOPERATIVE, row["preoperative_score_id"]),
            (row["timepoint"], row["postoperative_score_id"]),
        ):
            key = (row["instrument"], score_id)
            if score_id is not None and window not in chosen.get(key, ()):
                chosen[key] = (*chosen.get(key, ()), window)
    return chosen


def _window(day: date, windows: Windows) -> str:
    return next((name for name, (opens, closes) in windows.items() if opens <= day <= closes), BETWEEN)

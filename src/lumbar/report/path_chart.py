"""The pictures of a path: a timeline of windows and scores, and a trend small enough for a table's cell.

Drawn here as plain SVG: shapes and presentation attributes alone, so that a page without a script can hold it. Colours
are marks that the style sheet maps to its palettes; shapes say the same as colours.
"""

from collections.abc import Sequence
from datetime import date
from html import escape
from itertools import pairwise

from lumbar.codelists.checks import global_period
from lumbar.engine.reference_dates import add_months
from lumbar.explain.words import day, points
from lumbar.followup.course import PREOPERATIVE, CourseScore
from lumbar.followup.path import GLOBAL_PERIOD, OPERATION, PatientPath, Step
from lumbar.report import path_words, wording
from lumbar.report.charts import described
from lumbar.tables.clinical import INSTRUMENTS, SCALES
from lumbar.tables.results import ONE_YEAR, THREE_MONTH

# Marks that the style sheet maps, as in charts.py; the red one is path.css's own.
_INK, _QUIET, _HALO, _BEFORE, _AFTER, _TARGET = "#0000b1", "#0000b2", "#0000b3", "#0000b4", "#0000b5", "#0000b6"
_RED = "#0000b7"
_WINDOW_FILL = {PREOPERATIVE: _BEFORE, THREE_MONTH: _AFTER, ONE_YEAR: _AFTER}
_WINDOW_LABEL = {PREOPERATIVE: "before", THREE_MONTH: "3 months", ONE_YEAR: "1 year"}
_HIGHEST = {name: max(s.highest * s.to_instrument for s in SCALES if name in s.instruments) for name in INSTRUMENTS}

_TREND = 52  # pixels, the height of a trend
_TOP, _BAR, _LANE, _PLOT = 34, 8, 104, 50  # pixels down; across, every place is a share of the picture's width


class _Axis:
    """Days across the picture, in percent of its width; a day beyond an end is drawn at that end."""

    def __init__(self, first: date, last: date) -> None:
        self.first, self.last = first, last
        self._first, self._days = first.toordinal(), max(1, (last - first).days)

    def at(self, on: date) -> float:
        return round(100 * min(max(on.toordinal() - self._first, 0), self._days) / self._days, 2)

    def span(self, step: Step) -> str:
        """Place and width of a stretch, as attributes; one of a day is still to be seen."""
        x = self.at(step.opens)
        return f'x="{x}%" width="{max(0.4, round(self.at(step.closes) - x, 2))}%"'


def timeline(one: PatientPath, name: str) -> str:
    """The path as one picture: windows and global period as bars, scores as marks, the operation and the as-of date as
    lines. It is as wide as its place: shapes stretch, letters do not. `name` makes its ids unique on a page."""
    windows = [step for step in one.steps if step.name not in (OPERATION, GLOBAL_PERIOD)]
    axis = _Axis(windows[0].opens, max(step.closes for step in windows))
    lanes_at = _TOP + 62
    height = lanes_at + _LANE * len(INSTRUMENTS) + 24
    bottom = height - 20
    parts = [_windows(windows, axis, bottom), _global_bar(one, axis)]
    parts += [_rule(axis.at(one.index_date), _INK, bottom), _text(axis.at(one.index_date), 12, "operation", bold=True)]
    parts += [_as_of(one, axis, bottom)]
    parts += [_lane(one, instrument, axis, lanes_at + _LANE * at) for at, instrument in enumerate(INSTRUMENTS)]
    parts += [_months(one.index_date, axis, bottom)]
    letters = 'font-size="12" text-anchor="middle"'
    svg = f'<svg class="timeline" width="100%" height="{height}" {letters}>{"".join(parts)}</svg>'
    return described(svg, name, f"Path of the patient: {path_words.title(one)}", description(one))


def description(one: PatientPath) -> str:
    """The timeline in words, for who does not see it; the tables below it say the same in full."""
    stretches = [
        f"{path_words.STEP[s.name]}: {day(s.opens)} to {day(s.closes)}" for s in one.steps if s.name != OPERATION
    ]
    chosen = [
        f"{wording.INSTRUMENT[s.instrument]} {path_words.WINDOW[s.window]}: {points(s.value, s.instrument)}"
        for s in one.scores
        if s.chosen_for
    ]
    return (
        f"Operation on {day(one.index_date)}. {'; '.join(stretches)}. "
        f"Scores that count: {'; '.join(chosen) or 'none'}. As of {day(one.as_of)}."
    )


def trend(scores: Sequence[CourseScore], red: set[str]) -> str:
    """The scores of one instrument over time, the operation a line; the ids in `red` are marked. Hidden from a screen
    reader: the same scores stand beside it as text."""
    if not scores:
        return ""
    index_date = date.fromordinal(scores[0].assessed_on.toordinal() - scores[0].day)
    days = [score.assessed_on for score in scores] + [index_date]
    axis = _Axis(min(days), max(days))
    rule = _rule(axis.at(index_date), _INK, _TREND - 3, top=3)
    marks = _marks(scores, axis, 6, _TREND - 14, red, labelled=False)
    return f'<svg class="chart trend" aria-hidden="true" focusable="false" height="{_TREND}">{rule}{marks}</svg>'


def _windows(windows: Sequence[Step], axis: _Axis, bottom: float) -> str:
    """Each window as a bar with its name, and a band behind the scores."""
    parts = []
    for window in windows:
        span, fill = axis.span(window), _WINDOW_FILL[window.name]
        parts.append(f'<rect {span} y="{_TOP}" height="{bottom - _TOP}" fill="{fill}" fill-opacity="0.12"/>')
        parts.append(f'<rect {span} y="{_TOP}" height="{_BAR}" fill="{fill}"/>')
        middle = (axis.at(window.opens) + axis.at(window.closes)) / 2
        parts.append(_text(round(middle, 2), _TOP + 22, _WINDOW_LABEL[window.name]))
    return "".join(parts)


def _global_bar(one: PatientPath, axis: _Axis) -> str:
    step = next(step for step in one.steps if step.name == GLOBAL_PERIOD)
    y = _TOP + 32
    bar = f'<rect {axis.span(step)} y="{y}" height="{_BAR}" fill="none" stroke="{_INK}" stroke-width="1.5"/>'
    label = f"global period, {global_period().days} days"
    return bar + _text(axis.at(step.closes), y + 8, label, anchor="start", dx=5)


def _rule(x: float, stroke: str, bottom: float, dashes: str = "", top: float = _TOP - 8) -> str:
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<line x1="{x}%" x2="{x}%" y1="{top}" y2="{bottom}" stroke="{stroke}" stroke-width="2"{dashed}/>'


def _as_of(one: PatientPath, axis: _Axis, bottom: float) -> str:
    """The as-of date as a dashed line; a day after the last window is told at the picture's right edge."""
    x = axis.at(one.as_of)
    anchor, dx = ("end", 0) if x > 50 else ("start", 4)
    if one.as_of > axis.last:
        return _text(x, 26, "as of ▸", anchor=anchor, fill=_TARGET)
    return _text(x, 26, "as of", anchor=anchor, dx=dx, fill=_TARGET) + _rule(x, _TARGET, bottom, "5 3")


def _lane(one: PatientPath, instrument: str, axis: _Axis, top: float) -> str:
    """One instrument's scores: its highest possible score at the top of the lane, 0 on its base line."""
    own = [score for score in one.scores if score.instrument == instrument]
    base = top + 38 + _PLOT
    label = f"{wording.INSTRUMENT[instrument]}, 0-{_HIGHEST[instrument]:f}"
    line = f'<line x1="0" x2="100%" y1="{base}" y2="{base}" stroke="{_QUIET}" stroke-opacity="0.5"/>'
    none = "" if own else _text(50, base - 18, "no score yet")
    head = _text(0, top + 11, label, anchor="start", bold=True)
    return line + head + none + _marks(own, axis, top + 38, _PLOT, red_ids(one, instrument), labelled=True)


def red_ids(one: PatientPath, instrument: str) -> set[str]:
    """The postoperative scores whose clinical reading is red."""
    return {
        row.postoperative_score_id
        for row in one.judged
        if row.instrument == instrument and row.clinical and row.clinical.is_red and row.postoperative_score_id
    }


def _marks(
    scores: Sequence[CourseScore], axis: _Axis, top: float, height: float, red: set[str], *, labelled: bool
) -> str:
    """Scores as marks: filled where they count, hollow where not, a triangle where the reading is red; lines join
    those that count."""
    placed = [(score, axis.at(score.assessed_on), _y(score, top, height)) for score in scores]
    joined = [(x, y) for score, x, y in placed if score.chosen_for]
    parts = [
        f'<line x1="{x}%" x2="{to_x}%" y1="{y}" y2="{to_y}" stroke="{_INK}" stroke-width="1.5"/>'
        for (x, y), (to_x, to_y) in pairwise(joined)
    ]
    for score, x, y in placed:
        fill = _BEFORE if score.window == PREOPERATIVE else _AFTER
        if score.score_id in red:
            triangle = f'<path d="M0 -7L7 5H-7Z" fill="{_RED}" stroke="{_HALO}"/>'
            parts.append(f'<svg x="{x}%" y="{y}" overflow="visible">{triangle}</svg>')
        elif score.chosen_for:
            parts.append(f'<circle cx="{x}%" cy="{y}" r="5.5" fill="{fill}" stroke="{_HALO}" stroke-width="1.5"/>')
        else:
            parts.append(f'<circle cx="{x}%" cy="{y}" r="3.5" fill="{_HALO}" stroke="{_QUIET}" stroke-width="1.5"/>')
        if labelled and score.chosen_for:
            parts.append(_text(x, y - 10, points(score.value, score.instrument), bold=True))
    return "".join(parts)


def _y(score: CourseScore, top: float, height: float) -> float:
    return round(top + height * float(1 - score.value / _HIGHEST[score.instrument]), 1)


def _months(index_date: date, axis: _Axis, bottom: float) -> str:
    """Ticks every three months from the operation, as far as the axis goes."""
    months = [(n, on) for n in range(-24, 37, 3) if axis.first <= (on := add_months(index_date, n)) <= axis.last]
    return "".join(
        _text(axis.at(on), bottom + 15, f"{n:+d}".replace("-", "−") if n else "0 months") for n, on in months
    )


def _text(x: float, y: float, text: str, *, anchor: str = "", dx: int = 0, bold: bool = False, fill: str = _INK) -> str:
    """Letters centred on their place, or with their `anchor` there."""
    aside = (f' text-anchor="{anchor}"' if anchor else "") + (f' dx="{dx}"' if dx else "")
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x}%" y="{y}" fill="{fill}" stroke="{_HALO}" stroke-width="3"{aside}{weight}>{escape(text)}</text>'
    )

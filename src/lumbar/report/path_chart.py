"""The pictures of a path: a timeline of windows and scores, and a trend small enough for a table's cell.

Drawn here as plain SVG: shapes and presentation attributes alone, so that a page without a script can hold it. Colours
are marks that the style sheet maps to its palettes; shapes say the same as colours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

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

WIDE, NARROW = 860, 290  # pixels: a desk's screen, and a phone's of 320 less its margins
_EDGE = 10
_TOP, _BAR, _LANE, _PLOT = 34, 14, 104, 50


@dataclass(frozen=True, slots=True)
class _Axis:
    """Days on a line of pixels; a day beyond an end is drawn at that end."""

    first: date
    last: date
    width: int

    def at(self, on: date) -> float:
        share = (min(max(on, self.first), self.last) - self.first).days / max(1, (self.last - self.first).days)
        return round(_EDGE + share * (self.width - 2 * _EDGE), 1)


def timeline(one: PatientPath, width: int, name: str) -> str:
    """The path as one picture: windows and global period as bars, scores as marks, the operation and the as-of date as
    lines. `name` makes its ids unique on a page."""
    windows = [step for step in one.steps if step.name not in (OPERATION, GLOBAL_PERIOD)]
    axis = _Axis(windows[0].opens, max(step.closes for step in windows), width)
    lanes_at = _TOP + 62
    height = lanes_at + _LANE * len(INSTRUMENTS) + 24
    bottom = height - 20
    parts = [_window_bands(windows, axis, bottom), _window_bars(windows, axis), _global_bar(one, axis)]
    parts += [_rule(axis.at(one.index_date), _INK, bottom, ""), _as_of(one, axis, bottom)]
    parts += [_lane(one, instrument, axis, lanes_at + _LANE * at) for at, instrument in enumerate(INSTRUMENTS)]
    parts += [_months(one.index_date, axis, bottom), _operation_label(axis.at(one.index_date), width)]
    svg = f'<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}">{"".join(parts)}</svg>'
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


def trend(scores: Sequence[CourseScore], red: set[str], width: int = 150, height: int = 52) -> str:
    """The scores of one instrument over time, the operation a line; the ids in `red` are marked. Hidden from a screen
    reader: the same scores stand beside it as text."""
    if not scores:
        return ""
    index_date = date.fromordinal(scores[0].assessed_on.toordinal() - scores[0].day)
    days = [score.assessed_on for score in scores] + [index_date]
    axis = _Axis(min(days), max(days), width)
    rule = _rule(axis.at(index_date), _INK, height - 3, "", top=3)
    marks = _marks(scores, axis, 6, height - 14, red, labelled=False)
    return (
        f'<svg class="chart trend" aria-hidden="true" focusable="false" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}">{rule}{marks}</svg>'
    )


def _window_bands(windows: Sequence[Step], axis: _Axis, bottom: float) -> str:
    return "".join(
        f'<rect x="{axis.at(w.opens)}" y="{_TOP}" width="{_span(w, axis)}" height="{bottom - _TOP}" '
        f'fill="{_WINDOW_FILL[w.name]}" fill-opacity="0.12"/>'
        for w in windows
    )


def _window_bars(windows: Sequence[Step], axis: _Axis) -> str:
    return "".join(
        f'<rect x="{axis.at(w.opens)}" y="{_TOP}" width="{_span(w, axis)}" height="{_BAR - 6}" '
        f'fill="{_WINDOW_FILL[w.name]}"/>'
        + _text(axis.at(w.opens) + _span(w, axis) / 2, _TOP + 22, _WINDOW_LABEL[w.name], anchor="middle")
        for w in windows
    )


def _span(step: Step, axis: _Axis) -> float:
    return round(max(1.0, axis.at(step.closes) - axis.at(step.opens)), 1)


def _global_bar(one: PatientPath, axis: _Axis) -> str:
    step = next(step for step in one.steps if step.name == GLOBAL_PERIOD)
    x, y = axis.at(step.opens), _TOP + 32
    bar = (
        f'<rect x="{x}" y="{y}" width="{_span(step, axis)}" height="8" fill="none" stroke="{_INK}" stroke-width="1.5"/>'
    )
    return bar + _text(x + _span(step, axis) + 5, y + 8, f"global period, {global_period().days} days")


def _rule(x: float, stroke: str, bottom: float, dashes: str, top: float = _TOP - 8) -> str:
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<path d="M{x} {top}V{bottom}" fill="none" stroke="{stroke}" stroke-width="2"{dashed}/>'


def _operation_label(x: float, width: int) -> str:
    return _text(min(max(x, 34), width - 34), 12, "operation", anchor="middle", bold=True)


def _as_of(one: PatientPath, axis: _Axis, bottom: float) -> str:
    """The as-of date as a dashed line; a day after the last window is told at the picture's right edge."""
    beyond = one.as_of > axis.last
    x = axis.at(one.as_of)
    label = "as of ▸" if beyond else "as of"
    near_end = x > axis.width / 2
    text = _text(x + (4 if not near_end else 0), 26, label, anchor="end" if near_end else "start", fill=_TARGET)
    return text + ("" if beyond else _rule(x, _TARGET, bottom, "5 3"))


def _lane(one: PatientPath, instrument: str, axis: _Axis, top: float) -> str:
    """One instrument's scores: its highest possible score at the top of the lane, 0 on its base line."""
    own = [score for score in one.scores if score.instrument == instrument]
    base = top + 38 + _PLOT
    label = f"{wording.INSTRUMENT[instrument]}, 0-{_HIGHEST[instrument]:f}"
    line = f'<path d="M{_EDGE} {base}H{axis.width - _EDGE}" fill="none" stroke="{_QUIET}" stroke-opacity="0.5"/>'
    none = "" if own else _text(axis.width / 2, base - 18, "no score yet", anchor="middle")
    head = _text(_EDGE, top + 11, label, bold=True)
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
    """Scores as marks: filled where they count, hollow where not, a triangle where the reading is red; a line joins
    those that count, and the first of them to the next."""
    placed = [(score, axis.at(score.assessed_on), _y(score, top, height)) for score in scores]
    joined = " ".join(f"{x},{y}" for score, x, y in placed if score.chosen_for)
    parts = [f'<polyline points="{joined}" fill="none" stroke="{_INK}" stroke-width="1.5"/>'] if joined else []
    for score, x, y in placed:
        fill = _BEFORE if score.window == PREOPERATIVE else _AFTER
        if score.score_id in red:
            shape = f'<path d="M{x} {y - 7}L{x + 7} {y + 5}H{x - 7}Z" fill="{_RED}" stroke="{_HALO}"/>'
        elif score.chosen_for:
            shape = f'<circle cx="{x}" cy="{y}" r="5.5" fill="{fill}" stroke="{_HALO}" stroke-width="1.5"/>'
        else:
            shape = f'<circle cx="{x}" cy="{y}" r="3.5" fill="{_HALO}" stroke="{_QUIET}" stroke-width="1.5"/>'
        parts.append(shape)
        if labelled and score.chosen_for:
            at = min(max(x, 16), axis.width - 16)
            parts.append(_text(at, y - 10, points(score.value, score.instrument), anchor="middle", bold=True))
    return "".join(parts)


def _y(score: CourseScore, top: float, height: float) -> float:
    return round(top + height * float(1 - score.value / _HIGHEST[score.instrument]), 1)


def _months(index_date: date, axis: _Axis, bottom: float) -> str:
    """Ticks every three months from the operation, as far as the axis goes."""
    shown = [(n, on) for n in range(-24, 37, 3) if axis.first <= (on := add_months(index_date, n)) <= axis.last]
    ticks = []
    for place, (n, on) in enumerate(shown):
        label = f"{n:+d}".replace("-", "−") if n else ("0 months" if axis.width == WIDE else "0")
        anchor = "start" if place == 0 else "end" if place == len(shown) - 1 else "middle"
        ticks.append(_text(axis.at(on), bottom + 15, label, anchor=anchor))
    return "".join(ticks)


def _text(x: float, y: float, text: str, *, anchor: str = "start", bold: bool = False, fill: str = _INK) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{round(x, 1)}" y="{round(y, 1)}" text-anchor="{anchor}" font-size="12" fill="{fill}" '
        f'stroke="{_HALO}" stroke-width="3"{weight}>{escape(text)}</text>'
    )

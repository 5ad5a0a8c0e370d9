"""The charts of the report as SVG text, drawn by Vega without a browser, a script or a network.

Colours are fixed marks that the style sheet maps to the light and the dark palette; hatching, order
and numbers say the same as the colours, so that nothing hangs on telling colours apart.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from functools import wraps
from html import escape
from typing import Any, ParamSpec

from lumbar.measures.model import Measure, Target
from lumbar.report import wording
from lumbar.report.figures import BeforeAfter, Tally
from lumbar.tables.clinical import ODI
from lumbar.tables.results import STATUSES

# Marks, not colours to look at: report.css gives each its light and its dark colour.
STATUS_MARK = {
    "met": "#0000a1",
    "not_met": "#0000a2",
    "not_assessed": "#0000a3",
    "open": "#0000a4",
    "upcoming": "#0000a5",
    "excluded": "#0000a6",
}
INK = "#0000b1"
QUIET = "#0000b2"
HALO = "#0000b3"
_BEFORE = "#0000b4"
_AFTER = "#0000b5"
TARGET_MARK = "#0000b6"
_STANDING_ORDER = ("met", "not_met", "not_assessed", "open", "upcoming", "excluded")
if set(_STANDING_ORDER) != set(STATUSES):
    raise AssertionError("every status has its place in the bars")

P = ParamSpec("P")
Drawing = tuple[Any, str]  # an Altair chart, and the name that makes its ids unique on a page

WIDTH = 330  # pixels of the plot itself, so that a chart is readable on a phone
_LABEL_SHARE = 0.09  # a segment narrower than this share of the bar carries no number
TEXT: dict[str, Any] = {
    "color": INK,
    "stroke": HALO,
    "strokeWidth": 4,
    "fontSize": 12,
}  # a halo keeps lines off the letters


def drawn(build: Callable[P, Drawing]) -> Callable[P, str]:
    """What a function builds, as an SVG element ready to stand in a page.

    Altair would check every part of the chart against Vega's schema when it is made, and the whole again.
    """

    @wraps(build)
    def draw(*args: P.args, **kwargs: P.kwargs) -> str:
        from altair.utils.schemapi import debug_mode

        with debug_mode(False):
            return _svg(*build(*args, **kwargs))

    return draw


def _svg(chart: Any, name: str) -> str:
    """The chart as SVG without a size, script, link or accessible noise of its own."""
    import vl_convert

    themed = chart.configure(background="transparent", font="system-ui, sans-serif").configure_view(stroke=None)
    themed = themed.configure_axis(
        labelColor=INK, titleColor=INK, titleFontWeight="normal", titleFontSize=12, labelFontSize=12,
        gridColor=QUIET, gridOpacity=0.25, tickColor=QUIET, domainColor=QUIET,
    )  # fmt: skip
    text: str = vl_convert.vegalite_to_svg(themed.to_dict(validate=False))
    text = re.sub(r' (?:xmlns|xmlns:xlink|version|class|role|aria-[a-z]+)="[^"]*"', "", text)
    text = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', text)
    text = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", text)
    return text


@drawn
def rate_chart(measure: Measure, tallies: dict[str, Tally]) -> Drawing:
    """Each stratum's rate with its interval (thick) and, thin, how far it reaches if all the missing had met.

    The lower bound is the rate itself; an undefined rate has no mark.
    """
    import altair as alt

    rows, heads = [], []
    for place, (name, t) in enumerate(tallies.items()):
        heads.append({"place": place, "text": f"{wording.rate_label(name, measure.strata)}: {wording.percent(t.rate)}"})
        if t.closed:
            (low, high), (_, most) = t.interval, t.bounds
            rows.append({"place": place, "rate": t.rate, "low": low, "high": high, "most": most})
    axis = alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1], title=None, grid=True)
    y = bands(len(tallies))
    base = alt.Chart(alt.InlineData(values=rows))
    layers = alt.layer(
        base.mark_rule(strokeWidth=1.5, color=QUIET).encode(x="rate:Q", x2="most:Q", y=y),
        base.mark_tick(thickness=1.5, size=12, color=QUIET).encode(x="most:Q", y=y),
        base.mark_bar(size=9, color=STATUS_MARK["met"], opacity=0.45).encode(
            x=alt.X("low:Q", scale=alt.Scale(domain=[0, 1]), axis=axis), x2="high:Q", y=y
        ),
        base.mark_circle(size=85, opacity=1, color=STATUS_MARK["met"]).encode(x="rate:Q", y=y),
        heads_of(heads, dy=-17).encode(y=y),
    )
    return layers.properties(width=WIDTH, height=46 * len(tallies)), f"rate-{measure.id}"


@drawn
def standing_chart(measure: Measure, standings: dict[str, dict[str, int]]) -> Drawing:
    """One stacked bar per stratum: how many episodes stand where."""
    import altair as alt

    segments: list[dict[str, Any]] = []
    heads = []
    longest = max((_total(row) for row in standings.values()), default=0) or 1
    for place, (name, row) in enumerate(standings.items()):
        label = wording.rate_label(name, measure.strata)
        heads.append({"place": place, "text": f"{label}: {wording.count(_total(row))} episodes"})
        start = 0
        for status in _STANDING_ORDER:
            n = row.get(status, 0)
            text = wording.count(n) if n / longest >= _LABEL_SHARE else ""
            bar = {"place": place, "mark": STATUS_MARK[status], "from": start, "to": start + n}
            segments.append({**bar, "middle": start + n / 2, "text": text})
            start += n
    y = bands(len(standings))
    axis = alt.Axis(title="episodes", tickMinStep=1, tickCount=5, grid=False)
    x = alt.X("from:Q", scale=alt.Scale(domain=[0, longest], nice=False), axis=axis)
    base = alt.Chart(alt.InlineData(values=[segment for segment in segments if segment["to"] > segment["from"]]))
    layers = alt.layer(
        base.mark_bar(stroke=HALO, strokeWidth=1.5).encode(x=x, x2="to:Q", y=y, color=alt.Color("mark:N", scale=None)),
        base.mark_text(**TEXT, fontWeight="bold").encode(x="middle:Q", y=y, text="text:N"),
        heads_of(heads, dy=-25).encode(y=y),
    )
    return layers.properties(width=WIDTH, height=70 * len(standings)), f"standing-{measure.id}"


@drawn
def before_after_chart(pair: BeforeAfter) -> Drawing:
    """Two histograms on one scale, before above after, with the target's edge, where there is one, drawn through both.

    A bar stands over its upper end and holds it; the edge lies between the last bar that reaches the
    target and the first that does not.
    """
    import altair as alt

    width, highest = _bin_width(pair.measure), _highest(pair.measure)
    target = _edge(pair.measure)
    half = width / 2
    sides = {"before": (pair.before, _BEFORE), "after": (pair.after, _AFTER)}
    binned = {name: side.bins(width, target, highest) for name, (side, _) in sides.items()}
    tallest = max(n for bins in binned.values() for _, n in bins) or 1
    uppers = [upper for upper, _ in binned["after"]]
    x_scale = alt.Scale(domain=[float(uppers[0] - half), float(uppers[-1] + half)], nice=False)
    step = width if len(uppers) <= 12 else 5 * width
    ticks = [float(upper) for upper in uppers if upper <= highest and upper % step == target % step]
    edges = [{"at": float(target + half), "text": f"◂ target: {target} or less"}] if has_target(pair.measure) else []
    edge = alt.Chart(alt.InlineData(values=edges))
    panels = []
    for name, bins in binned.items():
        rows = [{"from": float(u - half), "to": float(u + half), "n": n, "zero": 0} for u, n in bins]
        title = _score_title(pair.measure) if name == "after" else None
        x_axis = alt.Axis(title=title, values=ticks, labels=name == "after", grid=False, zindex=1)
        y_axis = alt.Axis(title=f"{name} (n)", tickCount=3, tickMinStep=1, format="d")
        bars = alt.Chart(alt.InlineData(values=rows)).mark_rect(color=sides[name][1], stroke=HALO, strokeWidth=1)
        layers = [
            bars.encode(
                x=alt.X("from:Q", scale=x_scale, axis=x_axis),
                x2="to:Q",
                y=alt.Y("zero:Q", scale=alt.Scale(domain=[0, tallest]), axis=y_axis),
                y2="n:Q",
            ),
            edge.mark_rule(color=TARGET_MARK, strokeWidth=2, strokeDash=[5, 3]).encode(x="at:Q"),
        ]
        if name == "before":
            text = edge.mark_text(align="left", dx=-5, dy=-9, color=TARGET_MARK, fontSize=12)
            layers.append(text.encode(x="at:Q", y=alt.value(0), text="text:N"))
        panels.append(alt.layer(*layers).properties(width=WIDTH - 40, height=85))
    return alt.vconcat(*panels, spacing=6), f"scores-{pair.measure.id}-{pair.stratum.name}"


def score_bins(pair: BeforeAfter) -> list[tuple[str, int, int]]:
    """What the histogram draws, as rows: (scores, before, after)."""
    width, highest, target = _bin_width(pair.measure), _highest(pair.measure), _edge(pair.measure)
    before, after = (side.bins(width, target, highest) for side in (pair.before, pair.after))
    rows = []
    for (upper, n_before), (_, n_after) in zip(before, after, strict=True):
        high = wording.number(min(upper, highest))
        if upper < width:
            label = "0" if upper == 0 else f"0 to {high}"
        else:
            label = f"over {wording.number(upper - width)} to {high}"
        rows.append((label, n_before, n_after))
    return rows


def has_target(measure: Measure) -> bool:
    """Whether a score of its own meets the measure, so that a line can be drawn at it."""
    return isinstance(measure.target, Target)


def _edge(measure: Measure) -> Decimal:
    """Where one bin of a histogram must end: at the target, where there is one."""
    return measure.target.at_most if isinstance(measure.target, Target) else Decimal(0)


def _bin_width(measure: Measure) -> Decimal:
    return Decimal(4) if measure.instrument == ODI else Decimal(1)


def _highest(measure: Measure) -> Decimal:
    return Decimal(100) if measure.instrument == ODI else Decimal(10)


def _score_title(measure: Measure) -> str:
    width, target = _bin_width(measure), _edge(measure) or _bin_width(measure)
    at, below = wording.number(target), wording.number(target - width)
    return f"score (the bar at {at} is: over {below} to {at})"


def _total(row: dict[str, int]) -> int:
    return sum(row.get(status, 0) for status in _STANDING_ORDER)


def bands(n: int) -> Any:
    """One band a row, from the top; no axis, the name of a row stands above its band."""
    import altair as alt

    scale = alt.Scale(domain=list(range(n)), paddingInner=0.62, paddingOuter=0.45)
    return alt.Y("place:O", axis=None, scale=scale)


def heads_of(heads: list[dict[str, Any]], dy: int) -> Any:
    """The name of every row (`place`, `text`) above its band."""
    import altair as alt

    text = alt.Chart(alt.InlineData(values=heads)).mark_text(**TEXT, align="left", dy=dy)
    return text.encode(x=alt.value(0), text="text:N")


def described(svg: str, name: str, title: str, description: str) -> str:
    """The chart as one image to a screen reader, with its text alternative."""
    words = f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(description)}</desc>'
    head = f'<svg role="img" focusable="false" aria-labelledby="{name}-title" aria-describedby="{name}-desc"'
    return re.sub(r"<svg([^>]*)>", lambda m: f"{head}{m.group(1)}>{words}", svg, count=1)

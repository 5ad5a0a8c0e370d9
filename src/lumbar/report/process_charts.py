"""Charts of the site: surgeons in a funnel, months between control limits, shares of groups."""

from typing import Any

from lumbar.report.charts import HALO, INK, QUIET, STATUS_MARK, TEXT, WIDTH, Drawing, bands, drawn, heads_of
from lumbar.statistics.funnel import Funnel, limits
from lumbar.statistics.intervals import Share
from lumbar.statistics.run_charts import PChart

_MARK = STATUS_MARK["met"]
_SIGNAL = STATUS_MARK["not_met"]
_HEIGHT = 240
_STEPS = 40  # points of a limit's curve
_MOST_MONTHS_NAMED = 8


@drawn
def funnel_chart(funnel: Funnel, labels: list[str], name: str) -> Drawing:
    """Every rate over its number of cases, the target, and the limits of chance: 95 % dashed, 99.8 % solid."""
    import altair as alt

    target = funnel.target or 0.0
    most = max(unit.n for unit in funnel.units)
    counts = sorted({max(1, round(most * 1.08 * step / _STEPS)) for step in range(1, _STEPS + 1)})
    spread = funnel.dispersion.tau_squared or 0.0
    curves: list[dict[str, Any]] = []
    for n in counts:
        at = limits(target, n, spread)
        ends = ("low_95", at.low_95), ("high_95", at.high_95), ("low_998", at.low_998), ("high_998", at.high_998)
        curves += [{"n": n, "limit": limit, "at": value} for limit, value in ends]
    points = [
        {"n": unit.n, "rate": unit.rate, "label": label} for unit, label in zip(funnel.units, labels, strict=True)
    ]
    x = alt.X("n:Q", scale=alt.Scale(domain=[0, counts[-1]], nice=False), axis=alt.Axis(title="cases", tickCount=5))
    axis = alt.Axis(format="%", title="rate", values=[0, 0.25, 0.5, 0.75, 1])
    line = alt.Chart(alt.InlineData(values=curves)).mark_line(color=QUIET, interpolate="monotone")
    line = line.encode(
        x=x,
        y=alt.Y("at:Q", scale=alt.Scale(domain=[0, 1]), axis=axis),
        detail="limit:N",
        strokeDash=alt.condition("indexof(datum.limit, '95') >= 0", alt.value([5, 4]), alt.value([1, 0])),
    )
    centre = alt.Chart(alt.InlineData(values=[{"at": target}])).mark_rule(color=INK, strokeWidth=1.5).encode(y="at:Q")
    each = alt.Chart(alt.InlineData(values=points))
    layers = [line, centre, each.mark_circle(size=70, opacity=1, color=_MARK, stroke=HALO).encode(x=x, y="rate:Q")]
    if len(points) <= _MOST_MONTHS_NAMED:
        layers.append(each.mark_text(**TEXT, dy=-12).encode(x=x, y="rate:Q", text="label:N"))
    return alt.layer(*layers).properties(width=WIDTH, height=_HEIGHT), name


@drawn
def months_chart(chart: PChart, months: list[str], name: str) -> Drawing:
    """The rate of each month around the rate of all, between its control limits; what a rule found is a square."""
    import altair as alt

    found = {place for signal in chart.signals for place in signal.points}
    rows = [
        {"month": month, "rate": point.rate, "low": point.low, "high": point.high, "found": place in found}
        for place, (month, point) in enumerate(zip(months, chart.points, strict=True))
        if point.rate is not None
    ]
    every = -(-len(months) // _MOST_MONTHS_NAMED)
    x = alt.X(
        "month:O",
        scale=alt.Scale(domain=months),
        axis=alt.Axis(title="month of the operation", values=months[::every], labelAngle=0),
    )
    axis = alt.Axis(format="%", title="rate", values=[0, 0.25, 0.5, 0.75, 1])
    scale = alt.Scale(domain=[0, 1])
    base = alt.Chart(alt.InlineData(values=rows)).encode(x=x)
    centre = alt.Chart(alt.InlineData(values=[{"at": chart.centre}])).mark_rule(color=INK, strokeWidth=1.5)
    step: dict[str, Any] = {"interpolate": "step", "color": QUIET, "strokeWidth": 1.2}
    layers = alt.layer(
        base.mark_line(**step).encode(y=alt.Y("low:Q", scale=scale, axis=axis)),
        base.mark_line(**step).encode(y="high:Q"),
        centre.encode(y="at:Q"),
        base.mark_line(color=_MARK, strokeWidth=1.5).encode(y="rate:Q"),
        base.transform_filter("!datum.found")
        .mark_circle(size=55, opacity=1, color=_MARK, stroke=HALO)
        .encode(y="rate:Q"),
        base.transform_filter("datum.found")
        .mark_square(size=95, opacity=1, color=_SIGNAL, stroke=HALO)
        .encode(y="rate:Q"),
    )
    return layers.properties(width=WIDTH + 250, height=_HEIGHT), name


@drawn
def shares_chart(groups: list[tuple[str, Share]], name: str) -> Drawing:
    """The share of every group with its interval, one below the other."""
    import altair as alt

    rows = [
        {"place": place, "share": share.share, "low": share.low, "high": share.high}
        for place, (_, share) in enumerate(groups)
    ]
    heads = [
        {"place": place, "text": f"{label}: {share.n:,} operations"} for place, (label, share) in enumerate(groups)
    ]
    axis = alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1], title="answered", grid=True)
    y = bands(len(groups))
    base = alt.Chart(alt.InlineData(values=rows))
    layers = alt.layer(
        base.mark_bar(size=8, color=_MARK, opacity=0.45).encode(
            x=alt.X("low:Q", scale=alt.Scale(domain=[0, 1]), axis=axis), x2="high:Q", y=y
        ),
        base.mark_circle(size=80, opacity=1, color=_MARK).encode(x="share:Q", y=y),
        heads_of(heads, dy=-15).encode(y=y),
    )
    return layers.properties(width=WIDTH, height=42 * len(groups)), name

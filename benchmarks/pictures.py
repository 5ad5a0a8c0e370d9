"""The pictures of the results page, drawn from the figures: SVG beside the page."""

from pathlib import Path
from typing import Any

import altair as alt
import vl_convert as vlc

WIDTH, HEIGHT = 620, 220
_BLUE, _GREY = "#1f5fa8", "#8a929c"


def throughput(rows: list[dict[str, Any]], target: Path) -> None:
    """Patients a second of each engine, on a scale of powers of ten. rows: engine, patients, per_second."""
    chart = (
        alt.Chart(alt.Data(values=rows))
        .mark_bar(height=22)
        .encode(
            x=alt.X("per_second:Q", scale=alt.Scale(type="log", domainMin=1), title="patients a second"),
            y=alt.Y("engine:N", sort=None, title=None),
            color=alt.condition(alt.datum.ours, alt.value(_BLUE), alt.value(_GREY)),
        )
    )
    words = chart.mark_text(align="left", dx=4).encode(text="said:N", color=alt.value("#222"))
    _draw(chart + words, 32 * len(rows), target)


def sides(rows: list[dict[str, Any]], field: str, title: str, target: Path) -> None:
    """One figure of each side of each source. rows: source, side, and the field."""
    chart = (
        alt.Chart(alt.Data(values=rows))
        .mark_bar(height=18)
        .encode(
            x=alt.X(f"{field}:Q", title=title),
            y=alt.Y("side:N", sort=None, title=None),
            row=alt.Row("source:N", sort=None, title=None, header=alt.Header(labelAngle=0, labelAlign="left")),
            color=alt.condition(alt.datum.side == "lumbar", alt.value(_BLUE), alt.value(_GREY)),
        )
        .resolve_scale(x="independent")
    )
    _draw(chart, None, target)


def growth(rows: list[dict[str, Any]], target: Path) -> None:
    """Time and memory against the number of operations, all on scales of powers of ten."""
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("episodes:Q", scale=alt.Scale(type="log"), title="operations", axis=alt.Axis(format="~s"))
    )
    panels = [
        base.mark_line(point=True, color=_BLUE)
        .encode(y=alt.Y(f"{field}:Q", scale=alt.Scale(type="log"), title=title))
        .properties(width=WIDTH // 2 - 40, height=HEIGHT)
        for field, title in (("wall_s", "seconds"), ("peak_mb", "highest memory, MB"))
    ]
    _draw(alt.hconcat(*panels), None, target)


def _draw(chart: Any, height: int | None, target: Path) -> None:
    if height is not None:
        chart = chart.properties(width=WIDTH, height=height)
    chart = chart.configure(background="white").configure_axis(labelFontSize=12, titleFontSize=12)
    target.parent.mkdir(exist_ok=True)
    target.write_text(vlc.vegalite_to_svg(chart.to_dict()), encoding="utf-8")

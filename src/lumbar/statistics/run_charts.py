"""Charts of a rate or a figure in time: centre, limits, and the points a published rule finds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from math import fsum, sqrt
from statistics import median

from lumbar.statistics.binomial import binomial
from lumbar.statistics.run_rules import Signal, control_signals, shifts, trends

# Individuals and moving ranges of two: 3 / 1.128 and 1 + 3 × 0.853 / 1.128, as published (Wheeler; NHS England,
# Making Data Count).
XMR = 2.66
MOVING_RANGE = 3.267

# Perla, Provost and Murray, BMJ Quality and Safety 2011; 20: 46-51.
RUN_CHART_SHIFT = 6
RUN_CHART_TREND = 5
# Anhøj and Olesen, PLoS ONE 2014; 9(11): e113825: fewer crossings than this quantile, from ten points on.
FEW_CROSSINGS = 0.05
LEAST_POINTS = 10


@dataclass(frozen=True, slots=True)
class Point:
    """One period of a p-chart: fractions 0-1; all but the counts are none for a period of nobody."""

    met: int
    n: int
    rate: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class PChart:
    """The rate of every period around the rate of all; the centre is none when there is nobody in any."""

    centre: float | None
    points: tuple[Point, ...]
    signals: tuple[Signal, ...]


@dataclass(frozen=True, slots=True)
class XmRChart:
    """Figures one at a time, and how far each lies from the one before; limits are none for fewer than two.

    `moving_ranges` has one entry fewer than there are values; `wide_ranges` are the places of those above
    `high_range`, each the place of the later value.
    """

    centre: float | None
    low: float | None
    high: float | None
    mean_range: float | None
    high_range: float | None
    moving_ranges: tuple[float, ...]
    signals: tuple[Signal, ...]
    wide_ranges: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RunChart:
    """Figures around their median, none of none.

    `n_useful` counts the points off the median, `crossings` how often the line crosses it, and `least_crossings` how
    often it must not to be unlikely: none below ten useful points, too few to say.
    """

    centre: float | None
    signals: tuple[Signal, ...]
    n_useful: int
    longest_run: int
    crossings: int
    least_crossings: int | None

    @property
    def few_crossings(self) -> bool:
        """Whether the line crosses the median less often than chance would have it."""
        return self.least_crossings is not None and self.crossings < self.least_crossings


def p_chart(periods: Sequence[tuple[int, int]]) -> PChart:
    """The p-chart of periods in time, each (met, n), with limits that are wider where n is small.

    Centre p = Σ met / Σ n; limits p ± 3 √(p (1 − p) / n), within 0 and 1 (Montgomery, Introduction to Statistical
    Quality Control). A period of nobody has no point: the rules see its neighbours as following each other.
    Raises ValueError when met is not within 0 and n.
    """
    if any(not 0 <= met <= n for met, n in periods):
        raise ValueError("met must lie within 0 and n")
    all_met, all_n = (sum(column) for column in zip(*periods, strict=True)) if periods else (0, 0)
    if not all_n:
        return PChart(None, tuple(Point(met, n, None, None, None) for met, n in periods), ())
    centre = all_met / all_n
    errors = [sqrt(centre * (1 - centre) / n) if n else 0.0 for _, n in periods]
    points = tuple(
        Point(met, n, met / n, max(0.0, centre - 3 * error), min(1.0, centre + 3 * error))
        if n
        else Point(met, n, None, None, None)
        for (met, n), error in zip(periods, errors, strict=True)
    )
    kept = [place for place, (_, n) in enumerate(periods) if n]
    rates = [periods[place][0] / periods[place][1] for place in kept]
    # In whole numbers: a rate equal to the centre is on it, whatever division makes of both.
    sides = [_sign(periods[place][0] * all_n - all_met * periods[place][1]) for place in kept]
    distances = [
        (rate - centre) / errors[place] if side else 0.0 for rate, place, side in zip(rates, kept, sides, strict=True)
    ]
    found = control_signals(rates, sides, distances)
    return PChart(centre, points, tuple(replace(s, points=tuple(kept[i] for i in s.points)) for s in found))


def xmr_chart(values: Sequence[float]) -> XmRChart:
    """The chart of individual values in time and of their moving ranges.

    Limits: mean ± 2.66 × mean moving range; for a moving range 3.267 × their mean. Values all alike have no spread
    to judge by, and no signal.
    """
    if not values:
        return XmRChart(None, None, None, None, None, (), (), ())
    centre = fsum(values) / len(values)
    ranges = tuple(abs(after - before) for before, after in pairwise(values))
    if not ranges:
        return XmRChart(centre, None, None, None, None, (), (), ())
    mean_range = fsum(ranges) / len(ranges)
    reach, high_range = XMR * mean_range, MOVING_RANGE * mean_range
    signals: tuple[Signal, ...] = ()
    if mean_range:
        distances = [3 * (value - centre) / reach for value in values]
        signals = control_signals(values, [_sign(value - centre) for value in values], distances)
    wide = tuple(place for place, wide in enumerate(ranges, start=1) if wide > high_range)
    return XmRChart(centre, centre - reach, centre + reach, mean_range, high_range, ranges, signals, wide)


def run_chart(values: Sequence[float]) -> RunChart:
    """The chart of values in time around their median, which asks for no distribution.

    Signals: a shift, 6 or more in a row on one side (points on the median neither count nor end it); a trend, 5 or
    more in a row rising or falling (of equal ones in a row the first counts): Perla, Provost and Murray 2011. And few
    crossings: below the 5 % quantile of Binomial(useful points − 1, ½): Anhøj and Olesen 2014.
    """
    if not values:
        return RunChart(None, (), 0, 0, 0, None)
    centre = median(values)
    sides = [_sign(value - centre) for value in values]
    useful = [side for side in sides if side]
    runs = [sum(1 for _ in run) for _, run in groupby(useful)]
    enough = len(useful) >= LEAST_POINTS
    return RunChart(
        centre=centre,
        signals=tuple(sorted([*shifts(sides, RUN_CHART_SHIFT), *trends(values, RUN_CHART_TREND)])),
        n_useful=len(useful),
        longest_run=max(runs, default=0),
        crossings=max(0, len(runs) - 1),
        least_crossings=binomial(len(useful) - 1, 0.5).quantile(FEW_CROSSINGS) if enough else None,
    )


def _sign(number: float) -> int:
    return (number > 0) - (number < 0)

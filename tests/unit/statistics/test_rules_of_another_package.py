"""Charts of individual values and the run rules against capstat-core: Western Electric 1, 2 and 4, Nelson 1 and 3."""

import numpy as np
import pytest
from capstat_core import i_mr_chart, nelson_rules, western_electric_rules
from capstat_core.constants import d2
from capstat_core.control_charts import ControlChart, ControlLimits

from lumbar.statistics.run_charts import p_chart, xmr_chart
from lumbar.statistics.run_rules import OUTSIDE, SHIFT, TREND, TWO_OF_THREE, Signal


def chart_of(points: np.ndarray, centre: float, reach: float) -> ControlChart:
    """Theirs, with the limits given."""
    return ControlChart("x", tuple(points.tolist()), ControlLimits(centre, centre - reach, centre + reach), ())


def theirs(distances: ControlChart, values: ControlChart) -> dict[str, set[int]]:
    """The points each rule finds: on distances in standard errors, and on the values for a trend."""
    names = {1: OUTSIDE, 2: TWO_OF_THREE, 4: SHIFT}
    found = [(names[v.rule], v.window) for v in western_electric_rules(distances, [1, 2, 4])]
    found += [(TREND, v.window) for v in nelson_rules(values, [3])]
    return by_rule(found)


def ours(signals: tuple[Signal, ...]) -> dict[str, set[int]]:
    return by_rule([(signal.rule, signal.points) for signal in signals])


def by_rule(found: list[tuple[str, tuple[int, ...]]]) -> dict[str, set[int]]:
    points: dict[str, set[int]] = {rule: set() for rule in (OUTSIDE, SHIFT, TREND, TWO_OF_THREE)}
    for rule, places in found:
        points[rule] |= set(places)
    return points


def wandering(draw: np.random.Generator) -> np.ndarray:
    """Values that drift now and then, so that every rule has something to find."""
    count = int(draw.integers(3, 60))
    steps = draw.normal(0, draw.choice([0.0, 0.3, 0.6]), count).cumsum()
    spikes = draw.choice([0, 0, 0, 0, 3, -3], count)
    return steps + draw.normal(0, 1, count) + spikes


def test_a_thousand_random_charts_of_values_find_the_points_the_other_package_finds() -> None:
    draw = np.random.default_rng(14)
    seen = dict.fromkeys((OUTSIDE, SHIFT, TREND, TWO_OF_THREE), 0)
    for _ in range(1000):
        values = wandering(draw)
        chart = xmr_chart(values.tolist())
        their_chart = chart_of(values, chart.centre, chart.high - chart.centre)
        assert ours(chart.signals) == theirs(their_chart, their_chart)
        for rule, points in ours(chart.signals).items():
            seen[rule] += bool(points)
    assert min(seen.values()) > 50, seen


def test_a_thousand_random_limits_are_the_other_packages_but_for_the_rounding_of_the_published_constant() -> None:
    """Theirs has 3 / d2 to all digits, 2.6587, where the published charts have 2.66: the mean range is the same."""
    draw = np.random.default_rng(15)
    for _ in range(1000):
        values = wandering(draw)
        chart, pair = xmr_chart(values.tolist()), i_mr_chart(values)
        limits = pair.location.limits
        assert chart.centre == pytest.approx(limits.center, rel=0, abs=1e-9)
        assert chart.mean_range == pytest.approx(pair.dispersion.limits.center, rel=0, abs=1e-9)
        assert chart.high - chart.centre == pytest.approx(2.66 * d2(2) / 3 * (limits.upper - limits.center), abs=1e-9)


def test_a_thousand_random_p_charts_find_the_points_the_other_package_finds() -> None:
    draw = np.random.default_rng(16)
    compared = 0
    for _ in range(1000):
        n = draw.integers(20, 300, draw.integers(3, 40))
        level = np.clip(0.5 + draw.normal(0, draw.choice([0.0, 0.02, 0.05]), len(n)).cumsum(), 0.05, 0.95)
        met = draw.binomial(n, level)
        chart = p_chart([(int(m), int(of)) for m, of in zip(met, n, strict=True)])
        rates, centre = met / n, met.sum() / n.sum()
        steps = np.diff(rates)
        if (steps == 0).any() or (rates == centre).any():
            continue  # ties, which the two count differently: see test_run_rules.py
        distances = (rates - centre) / np.sqrt(centre * (1 - centre) / n)
        assert ours(chart.signals) == theirs(chart_of(distances, 0.0, 3.0), chart_of(rates, 0.5, 0.5))
        compared += 1
    assert compared > 700

"""Charts in time: published examples, numpy, scipy and statsmodels."""

import random

import numpy as np
import pytest
from scipy import stats
from statsmodels.sandbox.stats.runs import Runs

from lumbar.statistics.run_charts import Point, p_chart, run_chart, xmr_chart
from lumbar.statistics.run_rules import Signal

# Montgomery, Introduction to Statistical Quality Control (7th edition), table 7.1: of 50 cans each, so many leak.
CANS = [12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22, 8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6]
# The same, table 6.6: what processing a loan cost, week by week.
LOANS = [310, 288, 297, 298, 307, 303, 294, 297, 308, 306, 294, 299, 297, 299, 314, 295, 293, 306, 301, 304]


def test_the_published_p_chart_of_montgomery() -> None:
    """347 of 1500: 0.2313 ± 3 × √(0.2313 × 0.7687 / 50) = 0.0524 to 0.4102; samples 15 and 23 lie outside."""
    chart = p_chart([(leaking, 50) for leaking in CANS])
    assert chart.centre == pytest.approx(0.2313, abs=0.00005)
    assert chart.points[0].low == pytest.approx(0.0524, abs=0.00005)
    assert chart.points[0].high == pytest.approx(0.4102, abs=0.00005)
    assert [signal.points for signal in chart.signals if signal.rule == "outside_limits"] == [(14,), (22,)]


def test_the_published_chart_of_individual_values_of_montgomery() -> None:
    """Mean 300.5, mean moving range 7.79, limits 279.78 and 321.22, of the ranges 25.45; nothing is found."""
    chart = xmr_chart(LOANS)
    assert chart.centre == pytest.approx(300.5)
    assert chart.mean_range == pytest.approx(7.79, abs=0.005)
    assert (chart.low, chart.high) == pytest.approx((279.78, 321.22), abs=0.015)
    assert chart.high_range == pytest.approx(25.45, abs=0.015)
    assert (chart.signals, chart.wide_ranges) == ((), ())


def test_a_thousand_random_p_charts_have_the_limits_numpy_gives() -> None:
    draw = np.random.default_rng(9)
    for _ in range(1000):
        n = draw.integers(1, draw.choice([5, 60, 4000]), draw.integers(2, 30), endpoint=True)
        met = draw.binomial(n, draw.random())
        chart = p_chart([(int(m), int(of)) for m, of in zip(met, n, strict=True)])
        centre = np.average(met / n, weights=n)
        error = np.sqrt(stats.binom.var(n, np.clip(centre, 0, 1))) / n
        assert chart.centre == pytest.approx(centre, rel=0, abs=1e-9)
        low, high = (np.clip(centre + side * error, 0, 1) for side in (-3, 3))
        assert np.abs(low - [point.low for point in chart.points]).max() <= 1e-9
        assert np.abs(high - [point.high for point in chart.points]).max() <= 1e-9


def test_a_thousand_random_charts_of_values_have_the_limits_numpy_gives() -> None:
    draw = np.random.default_rng(10)
    for _ in range(1000):
        values = draw.normal(draw.uniform(-50, 50), draw.uniform(0.1, 20), draw.integers(2, 40))
        chart = xmr_chart(values.tolist())
        ranges = np.abs(np.diff(values))
        expected = [values.mean() + side * 2.66 * ranges.mean() for side in (-1, 0, 1)]
        assert (chart.low, chart.centre, chart.high) == pytest.approx(expected, rel=0, abs=1e-9)
        assert chart.high_range == pytest.approx(3.267 * ranges.mean(), rel=0, abs=1e-9)
        assert chart.wide_ranges == tuple(np.flatnonzero(ranges > 3.267 * ranges.mean()) + 1)


def test_a_thousand_random_run_charts_cross_as_statsmodels_and_scipy_say() -> None:
    draw = np.random.default_rng(11)
    few = 0
    for _ in range(1000):
        drift = draw.choice([0.0, 0.4])
        values = np.round(draw.normal(0, 1, draw.integers(2, 60)).cumsum() * drift + draw.normal(0, 1), 1)
        values = values + np.round(draw.normal(0, 1, len(values)), 1)
        chart = run_chart(values.tolist())
        assert chart.centre == pytest.approx(np.median(values), rel=0, abs=1e-9)
        off = values[values != np.median(values)]
        assert chart.n_useful == len(off)
        if not len(off):
            continue
        runs = Runs((off > np.median(values)).astype(int))
        assert (chart.crossings, chart.longest_run) == (runs.n_runs - 1, runs.runs.max())
        least = stats.binom.ppf(0.05, len(off) - 1, 0.5) if len(off) >= 10 else None
        assert chart.least_crossings == least
        assert chart.few_crossings == (least is not None and runs.n_runs - 1 < least)
        few += chart.few_crossings
    assert 50 < few < 950


def test_a_thousand_random_run_charts_have_the_shifts_of_statsmodels() -> None:
    """Every run of six or more off the median that statsmodels counts is a shift, and no other."""
    draw = np.random.default_rng(12)
    shifted = 0
    for _ in range(1000):
        values = draw.normal(0, 1, 30) + np.repeat(draw.normal(0, 1, 3), 10)
        runs = Runs((values > np.median(values)).astype(int))
        lengths = [len(s.points) for s in run_chart(values.tolist()).signals if s.rule == "shift"]
        assert sorted(lengths) == sorted(runs.runs[runs.runs >= 6])
        shifted += bool(lengths)
    assert shifted > 300


def test_a_period_of_nobody_has_no_point_and_its_neighbours_follow_each_other() -> None:
    periods = [(1, 10)] * 4 + [(0, 0)] + [(1, 10)] * 4 + [(9, 10)] * 8
    chart = p_chart(periods)
    assert chart.points[4] == Point(0, 0, None, None, None)
    assert Signal((0, 1, 2, 3, 5, 6, 7, 8), "shift", "down") in chart.signals
    assert Signal(tuple(range(9, 17)), "shift", "up") in chart.signals


@pytest.mark.parametrize("periods", [[], [(0, 0)], [(0, 0), (0, 0)]])
def test_nobody_at_all_has_no_centre(periods: list[tuple[int, int]]) -> None:
    chart = p_chart(periods)
    assert (chart.centre, chart.signals) == (None, ())
    assert len(chart.points) == len(periods)


@pytest.mark.parametrize(("met", "centre"), [(0, 0.0), (7, 1.0)])
def test_when_none_or_all_met_there_is_no_spread_and_no_signal(met: int, centre: float) -> None:
    chart = p_chart([(met, 7)] * 12)
    assert chart.centre == centre
    assert (chart.points[0].low, chart.points[0].high) == (centre, centre)
    assert chart.signals == ()


def test_equal_rates_lie_on_the_centre_whatever_division_makes_of_them() -> None:
    assert p_chart([(n // 10, n) for n in range(10, 400, 10)]).signals == ()


def test_limits_are_wider_where_fewer_are_counted() -> None:
    wide, narrow = p_chart([(5, 10), (500, 1000)]).points
    assert wide.low < narrow.low
    assert narrow.high < wide.high


def test_one_value_has_a_centre_and_no_limits_and_no_value_nothing() -> None:
    assert xmr_chart([4.0]).centre == 4.0
    assert xmr_chart([4.0]).low is xmr_chart([4.0]).high_range is None
    assert xmr_chart([]).centre is None


def test_equal_values_have_limits_on_the_centre_and_no_signal() -> None:
    chart = xmr_chart([0.1] * 10)
    assert (chart.low, chart.high, chart.signals, chart.wide_ranges) == (chart.centre, chart.centre, (), ())


def test_the_rules_see_what_the_limits_show() -> None:
    """One high month lifts the mean, so that the twelve before it lie below: both are told."""
    chart = xmr_chart([1.0, 2.0] * 6 + [9.0])
    assert chart.signals == (
        Signal(tuple(range(12)), "shift", "down"),
        Signal((12,), "outside_limits", "up"),
    )
    assert chart.wide_ranges == (12,)


def test_a_point_is_outside_when_its_rate_is_beyond_its_limits() -> None:
    draw = np.random.default_rng(17)
    outside = 0
    for _ in range(500):
        n = draw.integers(1, 200, 20)
        met = draw.binomial(n, draw.choice([0.3, 0.7], 20))
        chart = p_chart([(int(m), int(of)) for m, of in zip(met, n, strict=True)])
        beyond = {(i,) for i, point in enumerate(chart.points) if not point.low <= point.rate <= point.high}
        assert {signal.points for signal in chart.signals if signal.rule == "outside_limits"} == beyond
        outside += len(beyond)
    assert outside > 500


def test_a_run_chart_of_nothing_has_no_centre_and_of_few_points_no_judgement_of_crossings() -> None:
    assert run_chart([]).centre is None
    assert run_chart([3.0] * 20).least_crossings is None
    assert run_chart([1.0, 2.0] * 4).least_crossings is None
    assert not run_chart([1.0] * 4 + [2.0] * 4).few_crossings


def test_a_level_that_changed_once_crosses_too_seldom() -> None:
    """Twelve useful points: 5 % of Binomial(11, ½) is reached at 3; one crossing is fewer."""
    chart = run_chart([1.0] * 6 + [2.0] * 6)
    assert (chart.crossings, chart.least_crossings, chart.few_crossings) == (1, 3, True)
    assert [signal.rule for signal in chart.signals] == ["shift", "shift"]


def test_what_is_no_rate_is_refused() -> None:
    with pytest.raises(ValueError, match="met must"):
        p_chart([(3, 2)])


def test_of_charts_of_chance_alone_about_one_in_seven_shows_a_signal() -> None:
    """24 values each, as the documentation says; among 1,000 charts the share is known to within 3 points."""
    draw = random.Random(13)
    found = sum(bool(xmr_chart([draw.gauss(0, 1) for _ in range(24)]).signals) for _ in range(1000))
    assert found / 1000 == pytest.approx(1 / 7, abs=0.03)

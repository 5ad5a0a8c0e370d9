"""Funnel limits against scipy's binomial, over-dispersion against scipy and statsmodels."""

import random

import numpy as np
import pytest
from scipy import stats
from scipy.stats.mstats import winsorize
from statsmodels.stats.meta_analysis import combine_effects

from lumbar.statistics.funnel import LEAST_UNITS_TO_WIDEN, dispersion, exact_limits, funnel, limits


def line_through_scipys_steps(target: float, n: int, probability: float) -> float:
    """Where the distribution function of scipy, drawn as a line through its upper corners, reaches a probability."""
    numbers = np.arange(-1, n + 1)
    return max(0.0, float(np.interp(probability, stats.binom.cdf(numbers, n, target), numbers))) / n


def test_a_thousand_random_limits_equal_the_line_through_scipys_steps() -> None:
    draw = random.Random(5)
    for _ in range(1000):
        n, target = draw.choice([1, 5, draw.randint(1, 80), draw.randint(1, 3000)]), draw.uniform(0.001, 0.999)
        confidence = draw.choice([0.95, 0.998])
        tail = (1 - confidence) / 2
        expected = line_through_scipys_steps(target, n, tail), 1 - line_through_scipys_steps(1 - target, n, tail)
        assert exact_limits(target, n, confidence) == pytest.approx(expected, rel=0, abs=1e-9)


def test_chance_puts_a_rate_beyond_a_limit_no_more_often_than_it_says() -> None:
    """By scipy's distribution, for a thousand random targets and sizes: below 2.5 % and 0.1 % to each side."""
    draw = random.Random(8)
    for _ in range(1000):
        n, target = draw.randint(1, 200), draw.uniform(0.01, 0.99)
        here = limits(target, n)
        places = [here.place(met / n) for met in range(n + 1)]
        shares = stats.binom.pmf(np.arange(n + 1), n, target)
        for side in ("below", "above"):
            outer = sum(s for s, place in zip(shares, places, strict=True) if place == f"{side}_998")
            both = sum(s for s, place in zip(shares, places, strict=True) if place.startswith(side))
            assert outer < 0.001
            assert both < 0.025


def test_all_met_is_within_the_limits_where_it_is_likely() -> None:
    """0.9 to the power of 7 is 48 %."""
    assert limits(0.9, 7).place(1.0) == "within"
    assert limits(0.1, 7).place(0.0) == "within"


def test_it_does_not_matter_which_outcome_is_counted() -> None:
    assert exact_limits(0.25, 40, 0.95) == pytest.approx([1 - end for end in exact_limits(0.75, 40, 0.95)][::-1])


def test_a_thousand_random_widened_limits_are_the_normal_ones_or_the_exact_where_those_are_wider() -> None:
    draw = random.Random(6)
    for _ in range(1000):
        n, target, tau_squared = draw.randint(1, 900), draw.uniform(0.01, 0.99), draw.choice([1e-6, draw.random() / 20])
        ours = limits(target, n, tau_squared)
        for confidence, low, high in ((0.95, ours.low_95, ours.high_95), (0.998, ours.low_998, ours.high_998)):
            exact = exact_limits(target, n, confidence)
            normal = stats.norm.interval(confidence, target, np.sqrt(target * (1 - target) / n + tau_squared))
            assert low == pytest.approx(max(0, min(exact[0], normal[0])), rel=0, abs=1e-9)
            assert high == pytest.approx(min(1, max(exact[1], normal[1])), rel=0, abs=1e-9)


def test_a_thousand_random_dispersions_equal_scipys_winsorising_and_the_moments_of_statsmodels() -> None:
    """Of 10 m + 1 units the first decile is the one after the m lowest: scipy draws those m in to it.

    DerSimonian and Laird's tau² is (Q − (K − 1)) / c. Statsmodels takes Q about the mean of the effects and we about
    the target, so c is had from its own Q and tau², for effects far enough apart to have one.
    """
    draw, draw_met = random.Random(7), np.random.default_rng(7)
    widened = 0
    for _ in range(1000):
        count, target = 10 * draw.randint(1, 4) + 1, draw.uniform(0.2, 0.8)
        sizes = [draw.randint(5, 400) for _ in range(count)]
        apart = draw.choice([0.0, 0.02, 0.15])
        cases = [(draw_met.binomial(n, min(0.99, max(0.01, draw.gauss(target, apart)))), n) for n in sizes]
        ours = dispersion(cases, target)
        n = np.array(sizes)
        variance = target * (1 - target) / n
        z = (np.array([met for met, _ in cases]) / n - target) / np.sqrt(variance)
        phi = float(np.mean(np.asarray(winsorize(z, (0.1, 0.1))) ** 2))
        assert ours.phi == pytest.approx(phi, rel=0, abs=1e-9)
        theirs = combine_effects(np.arange(count) * 10.0, variance, method_re="dl")
        c = (theirs.q - theirs.df) / theirs.tau2
        assert ours.tau_squared == pytest.approx(max(0.0, (count * phi - (count - 1)) / c), rel=0, abs=1e-9)
        widened += ours.tau_squared > 0
    assert 100 < widened < 900


def test_below_ten_units_the_spread_is_told_and_the_limits_are_not_widened() -> None:
    """One who differs from eight others would else widen the limits around himself."""
    cases = [(14, 20)] * (LEAST_UNITS_TO_WIDEN - 2) + [(2, 40)]
    found = funnel(cases)
    assert found.dispersion.phi > 1
    assert found.dispersion.tau_squared is None
    assert found.units[-1].place == found.units[-1].place_widened == "below_998"


def test_units_that_all_differ_are_widened_and_both_places_are_told() -> None:
    cases = [(20 + 6 * i, 100) for i in range(11)]
    found = funnel(cases)
    assert found.dispersion.tau_squared > 0
    assert (found.units[0].place, found.units[0].place_widened) == ("below_998", "within")
    assert found.units[0].exact == limits(found.target, 100)


def test_units_stay_in_the_order_given() -> None:
    cases = [(5, 10), (9, 10), (0, 10), (30, 40)]
    assert [(unit.met, unit.n) for unit in funnel(cases).units] == cases


def test_a_unit_without_cases_has_no_rate_and_no_limits() -> None:
    nobody, somebody = funnel([(0, 0), (3, 4)]).units
    assert (nobody.rate, nobody.exact, nobody.widened, nobody.place, nobody.place_widened) == (None,) * 5
    assert somebody.rate == 0.75


def test_no_cases_at_all_have_no_target() -> None:
    found = funnel([(0, 0), (0, 0)])
    assert found.target is None
    assert len(found.units) == 2
    assert funnel([]).units == ()


@pytest.mark.parametrize(("met", "target"), [(0, 0.0), (7, 1.0)])
def test_when_none_or_all_met_everybody_is_on_the_target(met: int, target: float) -> None:
    found = funnel([(met, 7)] * 12)
    assert found.target == target
    assert (found.dispersion.phi, found.dispersion.tau_squared) == (None, None)
    assert found.units[0].exact.low_998 == found.units[0].exact.high_998 == target
    assert found.units[0].place == "within"


def test_a_rate_on_a_limit_is_within_it() -> None:
    here = limits(0.5, 40)
    assert here.place(here.high_95) == "within"
    assert here.place(here.high_998) == "above_95"
    assert here.place(1.0) == "above_998"
    assert here.place(here.low_998) == "below_95"
    assert here.place(0.0) == "below_998"


@pytest.mark.parametrize("cases", [[(5, 4)], [(-1, 4)]])
def test_what_is_no_rate_is_refused(cases: list[tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match="met must"):
        funnel(cases)


def test_limits_of_nobody_or_with_a_negative_variance_are_refused() -> None:
    with pytest.raises(ValueError, match="no cases"):
        exact_limits(0.5, 0, 0.95)
    with pytest.raises(ValueError, match="confidence"):
        exact_limits(0.5, 5, 1.0)
    with pytest.raises(ValueError, match="variance"):
        limits(0.5, 5, -0.1)

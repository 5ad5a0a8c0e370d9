"""The binomial distribution against scipy's."""

import random

import numpy as np
import pytest
from scipy import stats

from lumbar.statistics.binomial import binomial


def some(seed: int):
    """A thousand random (n, probability), the ends among them."""
    draw = random.Random(seed)
    for _ in range(1000):
        yield draw.choice([1, 2, 7, draw.randint(1, 60), draw.randint(1, 3000)]), draw.choice([0.5, draw.random()])


def test_a_thousand_random_distributions_equal_those_of_scipy() -> None:
    for n, probability in some(1):
        ours = binomial(n, probability)
        numbers = np.arange(ours.first, ours.first + len(ours.shares))
        assert np.abs(ours.shares - stats.binom.pmf(numbers, n, probability)).max() <= 1e-9
        assert np.abs(ours.reached - stats.binom.cdf(numbers, n, probability)).max() <= 1e-9


def test_a_thousand_random_quantiles_equal_those_of_scipy() -> None:
    draw = random.Random(2)
    for n, probability in some(2):
        wanted = draw.choice([0.001, 0.025, 0.975, 0.999, draw.random()])
        assert binomial(n, probability).quantile(wanted) == stats.binom.ppf(wanted, n, probability)


def test_three_coins_by_hand() -> None:
    """1, 3, 3, 1 of 8. Half is reached at one head: 4 of 8. A quarter lies between none (1/8) and one (4/8): one is
    reached with 2/8 to spare of its 3/8, so 1 - 2/3 = 1/3."""
    coins = binomial(3, 0.5)
    assert coins.shares == (0.125, 0.375, 0.375, 0.125)
    assert (coins.quantile(0.5), coins.smooth_quantile(0.5)) == (1, 1.0)
    assert coins.smooth_quantile(0.25) == pytest.approx(1 / 3)
    assert coins.smooth_quantile(0.01) == 0.0


@pytest.mark.parametrize(("n", "probability", "only"), [(0, 0.3, 0), (9, 0.0, 0), (9, 1.0, 9)])
def test_what_is_certain_has_one_number(n: int, probability: float, only: int) -> None:
    certain = binomial(n, probability)
    assert (certain.quantile(0.001), certain.quantile(0.999)) == (only, only)
    assert certain.smooth_quantile(0.999) == pytest.approx(only, abs=0.001)


@pytest.mark.parametrize(("n", "probability"), [(-1, 0.5), (5, -0.1), (5, 1.1)])
def test_what_is_no_distribution_is_refused(n: int, probability: float) -> None:
    with pytest.raises(ValueError, match=r"negative|within"):
        binomial(n, probability)

"""The Wilson interval against published and hand-worked values, and statsmodels."""

import random

import pytest
from scipy.stats import norm
from statsmodels.stats.proportion import proportion_confint

from lumbar.statistics.intervals import Share, normal_quantile, wilson, wilson_of_share


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_equals_the_published_table(successes: int, n: int, low: float, high: float) -> None:
    """Newcombe, Statistics in Medicine 1998; 17: 857-872, Table I, method 3 (score, no continuity correction)."""
    assert wilson(successes, n) == pytest.approx((low, high), abs=0.00005)


def test_one_of_two_by_hand() -> None:
    """z = 1.959964, z² = 3.841459: centre 0.5, half = z / (1 + z²/2) × √(0.125 + z²/16)
    = 1.959964 / 2.920729 × √0.365091 = 0.671053 × 0.604228 = 0.405469."""
    assert wilson(1, 2) == pytest.approx((0.094531, 0.905469), abs=0.000001)


def test_none_of_ten_reaches_from_exactly_zero_to_z_squared_over_n_plus_z_squared() -> None:
    """3.841459 / 13.841459 = 0.277533"""
    low, high = wilson(0, 10)
    assert low == 0.0
    assert high == pytest.approx(0.277533, abs=0.000001)


def test_all_of_ten_mirrors_none_of_ten() -> None:
    low, high = wilson(10, 10)
    assert high == 1.0
    assert low == pytest.approx(1 - wilson(0, 10)[1], abs=1e-12)


@pytest.mark.parametrize("n", [1, 2, 3, 7, 20, 1000, 999_983])
def test_the_interval_holds_the_share_and_stays_within_0_and_1(n: int) -> None:
    for successes in {0, 1, n // 3, n // 2, n - 1, n}:
        low, high = wilson(successes, n)
        assert 0.0 <= low <= successes / n <= high <= 1.0


def test_more_confidence_is_wider() -> None:
    """At one half it is 0.5 ± z / (2√(n + z²)): at 90 %, z = 1.644854, 1.644854 / (2√12.705545) = 0.230728;
    at 99 %, z = 2.575829, 2.575829 / (2√16.634896) = 0.315774."""
    assert wilson(5, 10, 0.90) == pytest.approx((0.269272, 0.730728), abs=0.000001)
    assert wilson(5, 10, 0.99) == pytest.approx((0.184226, 0.815774), abs=0.000001)


def test_a_share_of_nothing_has_no_interval() -> None:
    with pytest.raises(ValueError, match="share of nothing"):
        wilson(0, 0)


@pytest.mark.parametrize(("successes", "n", "confidence"), [(-1, 5, 0.95), (6, 5, 0.95), (1, 5, 0.0), (1, 5, 1.0)])
def test_what_is_no_share_is_refused(successes: int, n: int, confidence: float) -> None:
    with pytest.raises(ValueError, match="must lie"):
        wilson(successes, n, confidence)


def test_a_thousand_random_intervals_equal_those_of_statsmodels() -> None:
    draw = random.Random(44)
    for _ in range(1000):
        n = draw.choice([1, 2, 10, 200, 20_000, 3_000_000])
        successes, confidence = draw.choice([0, n, draw.randint(0, n)]), draw.uniform(0.5, 0.999)
        expected = proportion_confint(successes, n, 1 - confidence, method="wilson")
        assert wilson(successes, n, confidence) == pytest.approx(expected, rel=0, abs=1e-9)


def test_a_share_of_a_number_that_is_not_whole_equals_that_of_statsmodels() -> None:
    draw = random.Random(45)
    for _ in range(1000):
        share, n = draw.choice([0.0, 1.0, draw.random()]), draw.uniform(0.5, 5000)
        expected = proportion_confint(share * n, n, 0.05, method="wilson")
        assert wilson_of_share(share, n) == pytest.approx(expected, rel=0, abs=1e-9)


def test_the_quantile_is_that_of_the_normal_distribution() -> None:
    for confidence in (0.5, 0.9, 0.95, 0.998, 0.999_999):
        assert normal_quantile(confidence) == pytest.approx(norm.ppf(0.5 + confidence / 2), rel=0, abs=1e-9)


def test_nobody_of_nobody_has_neither_share_nor_interval() -> None:
    nobody = Share(0, 0)
    assert (nobody.share, nobody.low, nobody.high) == (None, None, None)


@pytest.mark.parametrize(("successes", "share"), [(0, 0.0), (20, 1.0), (5, 0.25)])
def test_a_share_carries_its_interval(successes: int, share: float) -> None:
    some = Share(successes, 20)
    assert (some.share, (some.low, some.high)) == (share, wilson(successes, 20))


@pytest.mark.parametrize(("share", "n"), [(-0.1, 5), (1.1, 5), (0.5, 0)])
def test_what_is_no_weighted_share_is_refused(share: float, n: float) -> None:
    with pytest.raises(ValueError, match="must"):
        wilson_of_share(share, n)

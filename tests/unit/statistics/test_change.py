"""Responders and the median improvement against scipy and statsmodels."""

import random
from decimal import Decimal

import pytest
from scipy.stats import quantile_test
from statsmodels.stats.proportion import proportion_confint

from lumbar.statistics.change import change, improved_by, worse_by
from lumbar.statistics.intervals import Share


def test_a_thousand_random_clinics_have_the_shares_and_the_median_of_statsmodels_and_scipy() -> None:
    draw = random.Random(31)
    for _ in range(1000):
        points = [Decimal(draw.randint(-40, 90)) / 10 for _ in range(draw.choice([1, 5, 6, 7, draw.randint(8, 80)]))]
        counts = [(value, points.count(value)) for value in set(points)]
        responder, worse = Decimal(draw.randint(1, 50)) / 10, Decimal(draw.randint(1, 30)) / 10
        found = change(counts, responder, worse)
        for share, n in (
            (found.improved, sum(value >= responder for value in points)),
            (found.worse, sum(-value >= worse for value in points)),
        ):
            expected = (n / len(points), *proportion_confint(n, len(points), method="wilson"))
            assert (share.share, share.low, share.high) == pytest.approx(expected, rel=0, abs=1e-9)
        numbers = [float(value) for value in points]
        interval = quantile_test(numbers, p=0.5).confidence_interval(0.95)
        if len(points) >= 6:
            assert (float(found.median_low), float(found.median_high)) == (interval.low, interval.high)
        else:
            assert found.median_low is found.median_high is None


def test_the_threshold_itself_counts_and_decimals_are_exact() -> None:
    """8.2 - 3.2 is 5.0, in binary floats a little less."""
    improvements = [(Decimal("8.2") - Decimal("3.2"), 2), (Decimal("4.9"), 3), (Decimal("-2.0"), 1)]
    assert improved_by(improvements, Decimal("5.0")) == Share(2, 6)
    assert worse_by(improvements, Decimal("2.0")) == Share(1, 6)
    assert worse_by(improvements, Decimal("2.1")) == Share(0, 6)


def test_the_median_of_an_even_number_lies_between_the_middle_two() -> None:
    found = change([(Decimal(1), 1), (Decimal(2), 1), (Decimal(4), 2)], Decimal(2), Decimal(2))
    assert found.median == Decimal(3)


def test_six_pairs_reach_from_the_lowest_to_the_highest() -> None:
    """Below five of six coins alike is 1/64 = 1.6 %, of five 1/32 = 3.1 %."""
    six = [(Decimal(value), 1) for value in (5, 1, 9, -2, 3, 4)]
    found = change(six, Decimal(2), Decimal(2))
    assert (found.median_low, found.median_high) == (Decimal(-2), Decimal(9))
    assert change(six[:5], Decimal(2), Decimal(2)).median_low is None


def test_nobody_has_no_share_and_no_median() -> None:
    for nobody in ([], [(Decimal(3), 0)]):
        found = change(nobody, Decimal(2), Decimal(2))
        assert (found.improved.share, found.worse.low, found.median, found.median_low) == (None, None, None, None)


@pytest.mark.parametrize(("value", "improved", "worse"), [("9", 1.0, 0.0), ("-9", 0.0, 1.0), ("0", 0.0, 0.0)])
def test_all_and_none_have_an_interval(value: str, improved: float, worse: float) -> None:
    found = change([(Decimal(value), 12)], Decimal(2), Decimal(2))
    assert (found.improved.share, found.worse.share) == (improved, worse)
    assert found.improved.low < found.improved.high


@pytest.mark.parametrize("points", [Decimal(0), Decimal(-2)])
def test_a_threshold_of_no_points_is_refused(points: Decimal) -> None:
    with pytest.raises(ValueError, match="above 0"):
        improved_by([], points)
    with pytest.raises(ValueError, match="above 0"):
        worse_by([], points)

"""The logistic function against scipy's."""

import math
import random

import pytest
from scipy.special import expit

from lumbar.statistics.logistic import chances, decay, logistic


def test_a_hundred_thousand_powers_are_within_two_units_of_the_last_place() -> None:
    draw = random.Random(18)
    for x in [draw.uniform(0, draw.choice([1, 40, 700])) for _ in range(100_000)]:
        assert abs(decay(x) - math.exp(-x)) <= 2 * math.ulp(math.exp(-x))


def test_a_thousand_random_chances_equal_those_of_scipy() -> None:
    draw = random.Random(19)
    for x in [draw.uniform(-60, 60) for _ in range(1000)]:
        assert chances(x) == pytest.approx((float(expit(x)), float(expit(-x))), rel=1e-14, abs=0)
        assert logistic(x) == chances(x)[0]


def test_the_ends_are_defined() -> None:
    assert chances(0.0) == (0.5, 0.5)
    assert chances(1e308) == (1.0, 0.0)
    assert chances(-1e308) == (0.0, 1.0)
    assert decay(0.0) == 1.0

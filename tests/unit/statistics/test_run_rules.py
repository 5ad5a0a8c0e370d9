"""Which points the run rules find, by hand; against another package in test_rules_of_another_package.py."""

import pytest

from lumbar.statistics.run_rules import DOWN, OUTSIDE, SHIFT, TREND, TWO_OF_THREE, UP, Signal, shifts, trends
from lumbar.statistics.run_rules import control_signals as found


def signals(distances: list[float]) -> list[Signal]:
    """Of points given by their distance from the centre line in standard errors."""
    return list(found(distances, [(d > 0) - (d < 0) for d in distances], distances))


def test_a_point_beyond_three_is_outside_and_one_on_it_is_not() -> None:
    assert signals([0.1, 3.1, -0.1, -3.1]) == [Signal((1,), OUTSIDE, UP), Signal((3,), OUTSIDE, DOWN)]
    assert signals([0.1, 3.0, -0.1, -3.0]) == []


def test_eight_in_a_row_on_one_side_are_a_shift_and_seven_are_none() -> None:
    eight = [0.5, 0.4, 0.6, 0.4, 0.5, 0.3, 0.5, 0.2]
    assert signals([-0.1, *eight, -0.2]) == [Signal(tuple(range(1, 9)), SHIFT, UP)]
    assert signals([-0.1, *eight[:7], -0.2]) == []


def test_a_shift_is_told_once_as_long_as_it_lasts() -> None:
    eleven = [-0.5, -0.4, -0.6, -0.4, -0.5, -0.3, -0.5, -0.2, -0.4, -0.1, -0.2]
    assert signals(eleven) == [Signal(tuple(range(11)), SHIFT, DOWN)]


def test_a_point_on_the_centre_neither_counts_nor_ends_a_shift() -> None:
    sides = [1, 1, 1, 0, 1, 1, 1, -1]
    assert shifts(sides, 6) == [Signal((0, 1, 2, 4, 5, 6), SHIFT, UP)]
    assert shifts(sides, 7) == []


def test_six_rising_or_falling_are_a_trend_and_five_are_none() -> None:
    assert signals([-1.5, -1, -0.5, 0.5, 1, 1.5]) == [Signal(tuple(range(6)), TREND, UP)]
    assert signals([1.5, 1, 0.5, -0.5, -1, -1.5, 0]) == [Signal(tuple(range(6)), TREND, DOWN)]
    assert signals([-1, -0.5, 0.5, 1, 1.5]) == []


def test_of_equal_points_in_a_row_one_counts_for_a_trend() -> None:
    assert trends([1, 2, 2, 2, 3, 4], 4) == [Signal((0, 1, 4, 5), TREND, UP)]
    assert trends([1, 2, 2, 2, 3, 4], 5) == []


def test_a_turn_belongs_to_both_trends() -> None:
    assert trends([1, 2, 3, 2, 1], 3) == [Signal((0, 1, 2), TREND, UP), Signal((2, 3, 4), TREND, DOWN)]


def test_two_of_three_far_out_on_one_side_are_a_signal() -> None:
    assert signals([2.1, 0.1, 2.2, -0.1]) == [Signal((0, 2), TWO_OF_THREE, UP)]
    assert signals([-2.1, -2.2, 0.1]) == [Signal((0, 1), TWO_OF_THREE, DOWN)]
    assert signals([2.1, 0.1, -0.1, 2.2]) == []
    assert signals([2.1, -2.2, 0.1]) == []
    assert signals([2.0, 2.0, 2.0]) == []


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 1.0, 1.0]])
def test_few_or_equal_points_have_no_trend(values: list[float]) -> None:
    assert trends(values, 2) == []
    assert shifts([0] * len(values), 1) == []

"""Calibration against statsmodels and numpy."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit

from lumbar.statistics.calibration import Predicted, calibration


def some(draw: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log odds, successes and trials of 40 predictions, neither right on the whole nor in slope."""
    odds = draw.normal(draw.uniform(-1, 1), 1, 40)
    trials = draw.integers(1, 9, 40)
    return odds, draw.binomial(trials, expit(draw.normal(0, 0.5) + draw.uniform(0.4, 1.6) * odds)), trials


def predictions(odds: np.ndarray, successes: np.ndarray, trials: np.ndarray) -> list[Predicted]:
    return [Predicted(float(x), int(s), int(n)) for x, s, n in zip(odds, successes, trials, strict=True)]


def test_a_thousand_random_calibrations_equal_those_of_statsmodels_and_numpy() -> None:
    draw = np.random.default_rng(25)
    for _ in range(1000):
        odds, successes, trials = some(draw)
        ours = calibration(predictions(odds, successes, trials))
        outcomes = np.column_stack([successes, trials - successes])
        binomial = sm.families.Binomial()
        exactly = {"tol": 1e-13, "tol_criterion": "params"}
        shifted = sm.GLM(outcomes, np.ones((40, 1)), family=binomial, offset=odds).fit(**exactly)
        stretched = sm.GLM(outcomes, sm.add_constant(odds), family=binomial).fit(**exactly)
        one_each = np.repeat(expit(odds), trials)
        happened = np.concatenate([np.arange(n) < s for s, n in zip(successes, trials, strict=True)])
        expected = (shifted.params[0], stretched.params[1], np.mean((one_each - happened) ** 2), one_each.sum())
        found = (ours.in_the_large, ours.slope, ours.brier, ours.expected)
        assert found == pytest.approx(expected, rel=0, abs=1e-9)
        assert ours.brier_of_rate == pytest.approx(happened.var(), rel=0, abs=1e-9)
        assert (ours.observed.successes, ours.observed.n) == (happened.sum(), happened.size)


def test_a_thousand_random_groups_are_the_tenths_of_numpy_when_everybody_differs() -> None:
    draw = np.random.default_rng(26)
    for _ in range(1000):
        odds = np.sort(draw.normal(0, 1, 10 * int(draw.integers(1, 6))))
        happened = draw.integers(0, 2, odds.size)
        groups = calibration(predictions(odds, happened, np.ones(odds.size))).groups
        tenths = zip(np.split(expit(odds), 10), np.split(happened, 10), strict=True)
        for group, (chances, outcomes) in zip(groups, tenths, strict=True):
            assert group.expected == pytest.approx(chances.sum(), rel=0, abs=1e-9)
            assert (group.observed.successes, group.observed.n) == (outcomes.sum(), outcomes.size)


def test_equal_predictions_are_never_split_and_groups_of_nobody_are_left_out() -> None:
    found = calibration([Predicted(0.0, 3, 10), Predicted(0.0, 5, 80), Predicted(1.0, 9, 10), Predicted(2.0, 0, 0)])
    assert [(group.observed.successes, group.observed.n) for group in found.groups] == [(8, 90), (9, 10)]


def test_one_prediction_for_all_has_no_slope() -> None:
    found = calibration([Predicted(0.5, 3, 10), Predicted(0.5, 5, 8)])
    assert found.slope is None
    assert found.in_the_large is not None


def test_of_nobody_nothing_is_defined() -> None:
    found = calibration([])
    assert (found.observed.share, found.brier, found.brier_of_rate) == (None, None, None)
    assert (found.in_the_large, found.slope, found.groups) == (None, None, ())


@pytest.mark.parametrize("met", [0, 20])
def test_when_none_or_all_met_there_is_an_error_and_no_slope(met: int) -> None:
    found = calibration([Predicted(0.0, met // 2, 10), Predicted(1.0, met // 2, 10)])
    assert found.brier_of_rate == 0.0
    assert found.brier > 0
    assert (found.in_the_large, found.slope) == (None, None)

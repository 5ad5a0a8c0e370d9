"""Bounds and weighting against numpy and statsmodels."""

import random
from dataclasses import replace
from itertools import count

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import DescrStatsW
from statsmodels.treatment.treatment_effects import TreatmentEffect

from lumbar.statistics.logit import Logit, NoFit
from lumbar.statistics.missing import Answers, Bounds, bounds, weighted_rate

TRAITS = ("language", "age")


def test_a_thousand_random_bounds_equal_the_means_with_the_missing_filled_in() -> None:
    draw = np.random.default_rng(28)
    for _ in range(1000):
        met, not_met, missing = (int(some) for some in draw.integers(0, 60, 3))
        outcome = np.repeat([1.0, 0.0, np.nan], [met, not_met, missing])
        found = bounds(met, not_met, missing)
        if not outcome.size:
            assert found == Bounds(None, None)
            continue
        filled = [np.nan_to_num(outcome, nan=fill).mean() for fill in (0.0, 1.0)]
        assert (found.if_none, found.if_all) == pytest.approx(filled, rel=0, abs=1e-9)


def test_bounds_at_the_ends() -> None:
    assert bounds(0, 0, 0) == Bounds(None, None)
    assert bounds(0, 0, 9) == Bounds(0.0, 1.0)
    assert bounds(0, 9, 0) == Bounds(0.0, 0.0)
    assert bounds(9, 0, 0) == Bounds(1.0, 1.0)
    with pytest.raises(ValueError, match="negative"):
        bounds(1, -1, 0)


def patients(seed: int, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Columns of intercept, language and two ages; who answered; who met, also among those who did not answer."""
    draw = np.random.default_rng(seed)
    language, age = draw.integers(0, 2, n), draw.integers(0, 3, n)
    columns = np.column_stack([np.ones(n), language, age == 1, age == 2]).astype(float)
    answered = draw.random(n) < expit(columns @ [0.6, *draw.normal(0, 0.5, 3)])
    met = draw.random(n) < expit(columns @ [-0.2, *draw.normal(0, 0.7, 3)])
    return columns, answered, met


def told(columns: np.ndarray, answered: np.ndarray, met: np.ndarray) -> list[Answers]:
    return [
        Answers((f"language {int(row[1])}", f"age {int(row[2] + 2 * row[3])}"), 1, int(a), int(a and m))
        for row, a, m in zip(columns, answered, met, strict=True)
    ]


def test_a_thousand_random_rates_and_their_errors_equal_those_of_statsmodels() -> None:
    """The rate is the weighted mean of statsmodels, its error that of the mean under treatment, answering being the
    treatment: both know that the chances are estimated."""
    compared = 0
    for seed in count():
        columns, answered, met = patients(seed, 300)
        ours = weighted_rate(TRAITS, told(columns, answered, met))
        assert isinstance(ours.model, Logit)
        if ours.design.pooled:
            continue  # columns of our own: see test_design.py
        chances = sm.Logit(answered.astype(float), columns).fit(disp=0, tol=1e-14, maxiter=100)
        weights = 1 / chances.predict()[answered]
        mean = DescrStatsW(met[answered].astype(float), weights=weights).mean
        assert ours.rate == pytest.approx(mean, rel=0, abs=1e-9)
        assert ours.largest_weight == pytest.approx(weights.max(), rel=0, abs=1e-9)
        assert ours.answered_rate == pytest.approx(met[answered].mean(), rel=0, abs=1e-9)
        effect = TreatmentEffect(sm.OLS(met.astype(float), columns), answered.astype(int), results_select=chances)
        error = effect.ipw(return_results=True).summary_frame().loc["POM1", "std err"]
        assert ours.standard_error == pytest.approx(error, rel=0, abs=1e-9)
        expected = proportion_confint(mean * ours.n_effective, ours.n_effective, method="wilson")
        assert (ours.low, ours.high) == pytest.approx(expected, rel=0, abs=1e-9)
        assert ours.n_effective == pytest.approx(mean * (1 - mean) / error**2, rel=1e-6)
        compared += 1
        if compared == 1000:
            break


def test_one_trait_by_hand() -> None:
    """Of 40 young 10 answered and 8 met, of 60 old 30 answered and 15 met: every young answer stands for 4 and every
    old for 2: (8 × 4 + 15 × 2) / 100 = 0.62, where the answers alone say 23 of 40 = 0.575.

    Its variance is that of the two rates, 0.4² × 0.16 / 10 + 0.6² × 0.25 / 30 = 0.00556, and of how many are young,
    (0.8 - 0.5)² × 0.24 / 100 = 0.000216: 0.005776 = 0.076². As 0.62 × 0.38 / 0.005776 = 40.8 equal answers.
    """
    found = weighted_rate(("age",), [Answers(("young",), 40, 10, 8), Answers(("old",), 60, 30, 15)])
    assert found.rate == pytest.approx(0.62)
    assert found.answered_rate == 0.575
    assert found.largest_weight == pytest.approx(4)
    assert found.standard_error == pytest.approx(0.076)
    assert found.n_effective == pytest.approx(40.789, abs=0.001)
    assert found.low < 0.62 < found.high


def test_on_the_average_it_recovers_a_rate_that_those_who_answer_do_not_have() -> None:
    """Those who answer more meet more often: the answers say too much, the weighted rate does not, within 0.01."""
    draw = np.random.default_rng(29)
    crude, weighted = [], []
    for _ in range(300):
        easy = draw.random(400) < 0.5
        answered = draw.random(400) < np.where(easy, 0.8, 0.3)
        met = draw.random(400) < np.where(easy, 0.7, 0.3)
        cells = [
            Answers((str(one),), *(int(some[easy == one].sum()) for some in (np.ones(400), answered, answered & met)))
            for one in (True, False)
        ]
        found = weighted_rate(("easy",), cells)
        crude.append(found.answered_rate - 0.5)
        weighted.append(found.rate - 0.5)
    assert np.mean(crude) > 0.07
    assert abs(np.mean(weighted)) < 0.01


def test_on_the_average_the_interval_holds_the_rate_in_nineteen_of_twenty_clinics() -> None:
    draw = np.random.default_rng(30)
    held = 0
    for _ in range(1000):
        easy = draw.random(300) < 0.5
        answered = draw.random(300) < np.where(easy, 0.7, 0.4)
        met = draw.random(300) < np.where(easy, 0.7, 0.3)
        cells = [
            Answers((str(one),), *(int(some[easy == one].sum()) for some in (np.ones(300), answered, answered & met)))
            for one in (True, False)
        ]
        found = weighted_rate(("easy",), cells)
        held += found.low <= 0.5 <= found.high
    assert 0.93 <= held / 1000 <= 0.97


def test_order_and_grouping_do_not_change_a_bit() -> None:
    cells = told(*patients(5, 200))
    first = weighted_rate(TRAITS, cells)
    shuffled = cells.copy()
    random.Random(1).shuffle(shuffled)
    assert weighted_rate(TRAITS, shuffled) == first
    levels = {cell.levels for cell in cells}
    summed = [
        Answers(one, *(sum(getattr(c, name) for c in cells if c.levels == one) for name in ("n", "answered", "met")))
        for one in levels
    ]
    assert weighted_rate(TRAITS, summed) == first


def test_when_everybody_answered_the_rate_is_that_of_the_answers_with_wilsons_interval_almost() -> None:
    """The variance of n answers is p (1 - p) / n, so that n is the effective number too."""
    found = weighted_rate(("age",), [Answers(("young",), 40, 40, 8), Answers(("old",), 60, 60, 15)])
    assert found.model == NoFit("one_outcome")
    assert found.rate == found.answered_rate == 0.23
    assert (found.n_effective, found.largest_weight) == (pytest.approx(100), 1.0)
    assert (found.low, found.high) == pytest.approx(proportion_confint(23, 100, method="wilson"))


def test_when_nobody_answered_or_there_is_nobody_there_is_no_rate() -> None:
    silent = weighted_rate(("age",), [Answers(("young",), 40, 0, 0)])
    assert (silent.answered_rate, silent.rate, silent.low, silent.n_effective) == (None, None, None, None)
    assert silent.model == NoFit("one_outcome")
    assert weighted_rate(("age",), []).model == NoFit("nobody")
    assert weighted_rate(("age",), [Answers(("young",), 0, 0, 0)]).rate is None


@pytest.mark.parametrize(("met", "rate"), [((0, 0), 0.0), ((20, 30), 1.0)])
def test_when_none_or_all_of_the_answers_met_the_interval_has_a_width(met: tuple[int, int], rate: float) -> None:
    """Weights 2 (20 times) and 2 (30 times): (Σ w)² / Σ w² is 50."""
    found = weighted_rate(("age",), [Answers(("young",), 40, 20, met[0]), Answers(("old",), 60, 30, met[1])])
    assert found.rate == pytest.approx(rate)
    assert found.standard_error == pytest.approx(0, abs=1e-9)
    assert found.n_effective == pytest.approx(50)
    assert (found.low, found.high) == pytest.approx(proportion_confint(rate * 50, 50, method="wilson"))


def test_a_group_in_which_nobody_answered_is_pooled_and_named() -> None:
    cells = [Answers(("young",), 40, 20, 10), Answers(("old",), 60, 30, 15), Answers(("very old",), 30, 0, 0)]
    found = weighted_rate(("age",), cells)
    assert found.design.pooled == (("age", "very old"),)
    assert found.rate is not None


@pytest.mark.parametrize("wrong", [{"met": 6}, {"answered": 11}, {"met": -1}])
def test_what_are_no_counts_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="met must"):
        weighted_rate(("age",), [replace(Answers(("young",), 10, 5, 2), **wrong)])

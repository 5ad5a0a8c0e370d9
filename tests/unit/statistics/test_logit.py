"""Logistic regression against statsmodels, and separation against a linear program of scipy."""

import random

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.optimize import linprog

from lumbar.statistics.logit import Group, Logit, NoFit, fit


def grouped(columns: np.ndarray, successes: np.ndarray, trials: np.ndarray) -> list[Group]:
    return [Group(tuple(map(float, row)), int(s), int(n)) for row, s, n in zip(columns, successes, trials, strict=True)]


def random_groups(draw: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Columns of zeros and ones and of scores, successes and trials of 20 to 60 patterns."""
    count = int(draw.integers(20, 61))
    ones = draw.integers(0, 2, (count, draw.integers(1, 4))).astype(float)
    scores = draw.uniform(0, 10, (count, draw.integers(0, 3)))
    columns = np.hstack([ones, scores])
    odds = draw.normal(0, 0.5) + (columns - columns.mean(axis=0)) @ draw.normal(0, 0.3, columns.shape[1])
    trials = draw.integers(0, 8, count)
    return columns, draw.binomial(trials, 1 / (1 + np.exp(-odds))), trials


def glm(columns: np.ndarray, successes: np.ndarray, trials: np.ndarray, offset: np.ndarray | None = None):
    """The same by statsmodels, to the last digits."""
    some = trials > 0
    design = np.column_stack([np.ones(some.sum()), columns[some]])
    outcomes = np.column_stack([successes, trials - successes])[some]
    model = sm.GLM(outcomes, design, family=sm.families.Binomial(), offset=None if offset is None else offset[some])
    return model.fit(tol=1e-13, tol_criterion="params", maxiter=200)


def test_a_thousand_random_regressions_equal_those_of_statsmodels() -> None:
    draw = np.random.default_rng(20)
    compared = 0
    while compared < 1000:
        columns, successes, trials = random_groups(draw)
        ours = fit(grouped(columns, successes, trials))
        if isinstance(ours, NoFit) or ours.left_out:
            continue
        theirs = glm(columns, successes, trials)
        assert np.abs(ours.coefficients - theirs.params).max() <= 1e-9
        assert np.abs(ours.standard_errors - theirs.bse).max() <= 1e-9
        assert np.abs(ours.covariance - theirs.cov_params()).max() <= 1e-9
        predicted = [ours.predict(row) for row in columns[trials > 0]]
        assert np.abs(predicted - theirs.fittedvalues).max() <= 1e-9
        compared += 1


def test_a_thousand_random_regressions_with_an_offset_equal_those_of_statsmodels() -> None:
    draw = np.random.default_rng(21)
    compared = 0
    while compared < 1000:
        columns, successes, trials = random_groups(draw)
        offset = draw.normal(0, 1, len(trials))
        groups = grouped(columns[:, :1], successes, trials)
        ours = fit([Group(g.values, g.successes, g.trials, float(o)) for g, o in zip(groups, offset, strict=True)])
        if isinstance(ours, NoFit) or ours.left_out:
            continue
        theirs = glm(columns[:, :1], successes, trials, offset)
        assert np.abs(ours.coefficients - theirs.params).max() <= 1e-9
        assert np.abs(ours.standard_errors - theirs.bse).max() <= 1e-9
        compared += 1


def separable(columns: np.ndarray, successes: np.ndarray) -> bool:
    """Whether some combination of the columns never points the wrong way, and sometimes the right one.

    A linear program: the greatest sum of y x'b under y x'b ≥ 0 and -1 ≤ b ≤ 1, y = 1 for a success and -1 for none,
    is above 0 only then (Albert and Anderson, Biometrika 1984; Konis 2007).
    """
    signed = np.column_stack([np.ones(len(columns)), columns]) * np.where(successes, 1, -1)[:, None]
    found = linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(signed)), bounds=(-1, 1), method="highs")
    return found.fun < -1e-7


def test_of_a_thousand_small_random_tables_those_are_separated_that_a_linear_program_finds() -> None:
    draw = np.random.default_rng(22)
    counts = {True: 0, False: 0}
    for _ in range(1000):
        count = int(draw.integers(6, 18))
        columns = np.column_stack([draw.integers(0, 2, count), draw.integers(0, 5, count)]).astype(float)
        successes = draw.integers(0, 2, count)
        if successes.min() == successes.max():
            continue
        ours = fit(grouped(columns, successes, np.ones(count)))
        theirs = separable(columns, successes)
        assert (ours == NoFit("separated")) == theirs
        assert theirs or isinstance(ours, Logit)
        counts[theirs] += 1
    assert min(counts.values()) > 150


def test_one_column_of_zeros_and_ones_by_hand() -> None:
    """2 of 5 and 5 of 10: log odds ln(2/3) = -0.405465 and 0; variance of the first 1/2 + 1/3, of the difference
    1/2 + 1/3 + 1/5 + 1/5."""
    found = fit([Group((0.0,), 2, 5), Group((1.0,), 5, 10)])
    assert found.coefficients == pytest.approx((-0.405465, 0.405465), abs=0.000001)
    assert found.standard_errors == pytest.approx(((5 / 6) ** 0.5, (5 / 6 + 2 / 5) ** 0.5))
    assert found.predict((0.0,)) == pytest.approx(0.4)


def test_the_order_of_the_patterns_does_not_change_a_bit() -> None:
    columns, successes, trials = random_groups(np.random.default_rng(24))
    groups = grouped(columns, successes, trials)
    first = fit(groups)
    assert isinstance(first, Logit)
    for seed in range(5):
        random.Random(seed).shuffle(groups)
        assert fit(groups) == first


def test_an_intercept_alone_is_the_rate() -> None:
    found = fit([Group((), 3, 4), Group((), 0, 4)])
    assert found.predict(()) == pytest.approx(3 / 8)


@pytest.mark.parametrize(
    ("groups", "reason"),
    [
        ([], "nobody"),
        ([Group((1.0,), 0, 0)], "nobody"),
        ([Group((0.0,), 0, 3), Group((1.0,), 0, 4)], "one_outcome"),
        ([Group((0.0,), 3, 3), Group((1.0,), 4, 4)], "one_outcome"),
        ([Group((0.0,), 0, 3), Group((1.0,), 4, 4)], "separated"),
        ([Group((0.0,), 2, 3), Group((1.0,), 4, 4)], "separated"),
        ([Group((1.0,), 0, 3), Group((2.0,), 1, 2), Group((3.0,), 4, 4)], "separated"),
    ],
)
def test_where_there_is_no_estimate_the_reason_is_told(groups: list[Group], reason: str) -> None:
    assert fit(groups) == NoFit(reason)


@pytest.mark.parametrize("extra", [lambda x: 2 * x, lambda x: 1 - x, lambda x: 7.0, lambda x: 0.0])
def test_a_column_that_earlier_ones_add_up_to_is_left_out(extra) -> None:
    groups = [Group((0.0,), 2, 5), Group((1.0,), 5, 9), Group((3.0,), 4, 5)]
    alone = fit(groups)
    both = fit([Group((g.values[0], extra(g.values[0])), g.successes, g.trials) for g in groups])
    assert both.left_out == (1,)
    assert both.coefficients == (*alone.coefficients, 0.0)
    assert both.standard_errors == (*alone.standard_errors, None)


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ([Group((1.0,), 3, 2)], "within"),
        ([Group((1.0,), -1, 2)], "within"),
        ([Group((1.0,), 1, 2), Group((), 1, 2)], "same columns"),
    ],
)
def test_what_are_no_counts_is_refused(groups: list[Group], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit(groups)

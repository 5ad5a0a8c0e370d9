"""The forecast by hand, and against the beta-binomial distribution of scipy."""

import pytest
from scipy.stats import betabinom

from lumbar.followup.counted import NEVER, Waiting
from lumbar.followup.forecast import BORROWED, Expected, coarse, expected, learned
from lumbar.followup.history import Past


def answered(at: int, *, met: bool) -> Past:
    return Past(at, at, met)


NO_ANSWER = Past(NEVER, NEVER, met=False)


def test_rows_that_stand_alike_are_beta_binomial():
    """30 closed rows met, 20 not: 40 that have not begun are BetaBinomial(40, 30, 20), mean 24."""
    past = {answered(100, met=True): 30.0, answered(400, met=False): 8.0, NO_ANSWER: 12.0}
    told = expected([Waiting(0, None, 40)], past)
    reference = betabinom(40, 30, 20)
    assert told.mean == pytest.approx(24)
    assert told.mean == pytest.approx(reference.mean())
    assert told.variance == pytest.approx(reference.var(), rel=1e-12)


def test_who_is_silent_late_in_the_window_is_judged_by_those_who_were_silent_as_late():
    """At 300 of 1000, those who answered at 100 say nothing: of the 4 + 12 later ones a quarter was met."""
    past = {answered(100, met=True): 30.0, answered(400, met=True): 4.0, NO_ANSWER: 12.0}
    told = expected([Waiting(300, None, 8)], past)
    reference = betabinom(8, 4, 12)
    assert told.mean == pytest.approx(2)
    assert told.variance == pytest.approx(reference.var(), rel=1e-12)


def test_a_provisional_score_stands_but_for_those_that_were_replaced():
    """Of 20 answered by 300, one was replaced by a score that met it, two by one that did not."""
    past = {
        answered(100, met=True): 17.0,
        Past(100, 700, met=True): 1.0,
        Past(200, 900, met=False): 2.0,
        answered(600, met=True): 9.0,
    }
    met = expected([Waiting(300, True, 10)], past)
    assert met.mean == pytest.approx(10 * (1 - 2 / 20))
    assert met.variance == pytest.approx(betabinom(10, 2, 18).var(), rel=1e-12)
    not_met = expected([Waiting(300, False, 10)], past)
    assert not_met.mean == pytest.approx(10 * 1 / 20)


def test_rows_of_different_days_share_what_is_not_known_of_them():
    """Forty rows on one day or twenty on each of two days that no closed row tells apart: the same number, as sure."""
    past = {answered(500, met=True): 30.0, NO_ANSWER: 20.0}
    one = expected([Waiting(0, None, 40)], past)
    two = expected([Waiting(0, None, 20), Waiting(400, None, 20)], past)
    assert (two.n, two.mean) == (one.n, pytest.approx(one.mean))
    assert two.variance == pytest.approx(one.variance)


def test_nothing_that_waits_adds_nothing():
    assert expected([], {NO_ANSWER: 1.0}) == Expected(0, 0, 0)
    assert Expected().interval == (0, 0)


def test_a_wider_group_lends_a_narrower_one_the_weight_of_a_few_rows():
    wide = learned({answered(100, met=True): 300, NO_ANSWER: 100})
    told = learned({}, wide)
    assert sum(told.values()) == pytest.approx(BORROWED)
    assert told[answered(100, met=True)] / told[NO_ANSWER] == pytest.approx(3, rel=0.02)
    own = learned({NO_ANSWER: 50}, wide)
    assert sum(own.values()) == pytest.approx(50 + BORROWED)
    assert own[NO_ANSWER] > 50


def test_what_many_groups_borrow_is_as_much_and_told_by_twentieths_of_the_window():
    known = {answered(101, met=True): 3.0, answered(149, met=True): 2.0, Past(150, 151, met=False): 1.0, NO_ANSWER: 7.0}
    assert coarse(known) == {answered(150, met=True): 5.0, Past(150, 200, met=False): 1.0, NO_ANSWER: 7.0}


def test_the_less_history_the_wider_the_interval():
    widths = []
    for n in (0, 5, 50, 500):
        past = learned({answered(100, met=True): n // 2 + n % 2, NO_ANSWER: n // 2})
        low, high = expected([Waiting(0, None, 100)], past).interval
        widths.append(high - low)
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > 40
    assert widths[-1] < 16


@pytest.mark.parametrize("n", [1, 2, 5, 30, 400, 2_000_000])
@pytest.mark.parametrize("share", [0.0, 0.001, 0.03, 0.5, 0.97, 1.0])
def test_the_mean_lies_in_the_interval_and_the_interval_within_none_and_all(n, share):
    for weight in (2.0, 40.0, 1_000_000.0):
        past = {answered(100, met=True): weight * share, NO_ANSWER: weight * (1 - share)}
        told = expected([Waiting(0, None, n)], past)
        low, high = told.interval
        assert 0 <= low <= told.mean <= high <= n


def test_the_interval_holds_some_80_percent_of_the_beta_binomial_distribution():
    for n, met, not_met in ((40, 30, 20), (200, 15, 60), (1000, 400, 300)):
        past = {answered(100, met=True): float(met), NO_ANSWER: float(not_met)}
        low, high = expected([Waiting(0, None, n)], past).interval
        reference = betabinom(n, met, not_met)
        inside = sum(reference.pmf(k) for k in range(n + 1) if low <= k <= high)
        assert inside == pytest.approx(0.80, abs=0.03)

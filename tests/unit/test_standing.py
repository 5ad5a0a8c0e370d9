"""Where a counted episode stands: which results can still change (RULES §8)."""

import pytest

from lumbar.followup.standing import LOCKED_MET, LOCKED_NOT_MET, standing
from lumbar.measures.policy import EARLIEST, LATEST, NEAREST
from lumbar.tables.results import OPEN, UPCOMING


def row(status, provisional=False, flags=""):
    return {"status": status, "provisional": provisional, "flags": flags}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("met", LOCKED_MET),
        ("not_met", LOCKED_NOT_MET),
        ("not_assessed", LOCKED_NOT_MET),
        ("open", OPEN),
        ("upcoming", UPCOMING),
    ],
)
def test_a_row_that_is_not_provisional_stands_where_its_status_says(status, expected):
    assert standing(row(status), LATEST) == expected


@pytest.mark.parametrize("policy", [LATEST, NEAREST])
@pytest.mark.parametrize("status", ["met", "not_met"])
def test_a_score_in_an_open_window_may_still_be_followed_by_another(status, policy):
    assert standing(row(status, provisional=True), policy) == OPEN


@pytest.mark.parametrize(("status", "expected"), [("met", LOCKED_MET), ("not_met", LOCKED_NOT_MET)])
def test_the_earliest_score_is_locked_at_once(status, expected):
    assert standing(row(status, provisional=True), EARLIEST) == expected


@pytest.mark.parametrize("status", ["open", "upcoming", "not_assessed"])
def test_who_died_without_a_score_is_locked_not_met(status):
    assert standing(row(status, flags="deceased staged"), LATEST) == LOCKED_NOT_MET


@pytest.mark.parametrize(("status", "expected"), [("met", LOCKED_MET), ("not_met", LOCKED_NOT_MET)])
def test_the_last_score_of_who_died_is_locked(status, expected):
    assert standing(row(status, provisional=True, flags="deceased"), LATEST) == expected

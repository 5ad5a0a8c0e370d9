"""Release after release: what was released stays, and what comes between two releases cannot be told."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest

from disclosure_attack import MET, NOT_MET, SMALL, Attack, cells_of
from lumbar.errors import UsageError
from lumbar.workflow.publishing import released_text
from random_clinics import Clinic, Made, clinic_of

DAYS = [date(2025, 12, 21) + timedelta(days=30 * month) for month in range(12)]


def month_by_month(clinic: Clinic) -> Iterator[dict[str, Any]]:
    """What the clinic publishes on twelve days, thirty days apart, each after the one before."""
    previous = None
    for as_of in DAYS:
        previous = clinic.release(as_of, previous).figures
        yield previous


@pytest.fixture(scope="module")
def histories(clinics: list[Clinic]) -> list[tuple[Clinic, list[dict[str, Any]]]]:
    large = sorted(clinics, key=lambda c: -len(c.operations))[:15]
    return [(clinic, list(month_by_month(clinic))) for clinic in large]


def test_a_released_period_is_never_changed_whatever_comes_later(histories):
    n_grown = 0
    for _, releases in histories:
        for before, after in pairwise(releases):
            assert after["periods"][: len(before["periods"])] == before["periods"]
            n_grown += len(after["periods"]) > len(before["periods"]) > 0
    assert n_grown >= 5


def test_periods_follow_each_other_without_a_day_in_two(histories):
    for _, releases in histories:
        periods = releases[-1]["periods"]
        for before, after in pairwise(periods):
            assert after["windows_closed_after"] == before["windows_closed_until"] < after["windows_closed_until"]


def test_nothing_is_recovered_from_the_last_of_twelve_releases(histories):
    """It holds all the earlier ones. Its periods count different operations, so each is attacked by itself."""
    n_attacked = 0
    for clinic, releases in histories:
        text = released_text(releases[-1])
        for place, period in enumerate(releases[-1]["periods"]):
            since, until = (
                day and date.fromisoformat(day)
                for day in (period["windows_closed_after"], period["windows_closed_until"])
            )
            cells = cells_of(clinic.groups, len(clinic.measures))
            assert Attack(text, clinic.groups, place).recovered(cells, clinic.truth(since, until)) == []
            n_attacked += 1
    assert n_attacked >= 30


def test_no_figure_of_one_release_less_that_of_an_earlier_one_is_1_to_10(histories):
    """Summed over periods, by measure, count and group, also where a group was not named before."""
    for _, releases in histories:
        sums = [_sums(release) for release in releases]
        for earlier, before in enumerate(sums):
            for after in sums[earlier + 1 :]:
                assert not [key for key in after if abs(after[key] - before.get(key, 0)) in SMALL]


def _sums(release: dict[str, Any]) -> dict[Any, int]:
    sums: dict[Any, int] = {}
    for period in release["periods"]:
        parts = [("overall", "", period["overall"])]
        parts += [(b["by"], row["group"], row["figures"]) for b in period["breakdowns"] for row in b["rows"]]
        for by, group, figures in parts:
            for measure, own in figures.items():
                for count in ("closed", "met", "not_met", "not_assessed"):
                    if own[count] is not None:
                        key = (by, group, measure, count)
                        sums[key] = sums.get(key, 0) + own[count]
    return sums


def growing(n_first: int, n_days: int) -> Clinic:
    """Two payers, met and not met in turn; first many windows close on one day, then one a day."""
    made = [
        Made((payer,), (standing,), DAYS[0] - timedelta(days=1) + timedelta(days=max(0, number - n_first)))
        for number in range(n_first + n_days)
        for payer, standing in [(("aetna", "cigna")[number % 2], (MET, NOT_MET)[number // 2 % 2])]
    ]
    return clinic_of(("payer",), ("459",), made)


def test_a_clinic_that_grows_by_one_a_day_adds_a_period_only_once_it_can_be_told():
    """Met and not met alternate, so 11 of each need 22 windows: the 22nd closes on day 22."""
    clinic, start, previous = growing(100, 30), DAYS[0], None
    n_periods = []
    for day in range(31):
        previous = clinic.release(start + timedelta(days=day), previous).figures
        n_periods.append(len(previous["periods"]))
    assert n_periods == [1] * 21 + [2] * 10 or n_periods == [1] * 22 + [2] * 9
    assert previous["periods"][1]["overall"]["459"]["closed"] == n_periods.index(2)


def test_a_correction_of_a_released_period_is_not_told():
    """One met becomes not met after the release: the released figures stay."""
    clinic = growing(100, 0)
    first = clinic.release(DAYS[0]).figures
    corrected = replace(
        clinic, operations=(replace(clinic.operations[0], standings=(NOT_MET,)), *clinic.operations[1:])
    )
    assert corrected.release(DAYS[0]).figures != first
    assert corrected.release(DAYS[3], first).figures == first


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"year": 2025}, "another performance year"),
        ({"measures": ["471"]}, "another performance year or other measures"),
        ({"content": "something"}, "no public figures"),
        ({"periods": None}, "no public figures"),
        ({"periods": [{}]}, "not as it was written"),
        ({"periods": [{"windows_closed_until": "2030-01-01"}]}, "not as it was written"),
        ({"notes": []}, "not as it was written"),
        ({"blake3": "0"}, "not as it was written"),
    ],
)
def test_a_previous_release_that_does_not_fit_is_refused(change, message):
    clinic = growing(100, 0)
    previous = json.loads(released_text(clinic.release(DAYS[0]).figures))
    with pytest.raises(UsageError, match=message):
        clinic.release(DAYS[1], {**previous, **change})


def test_a_release_of_a_later_day_is_no_previous_one():
    clinic = growing(100, 0)
    with pytest.raises(UsageError, match="take a result of a later as-of date"):
        clinic.release(DAYS[0], clinic.release(DAYS[3]).figures)

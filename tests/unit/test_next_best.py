"""The order of calls and what it rests on: chances, days, worth, weights."""

import csv
from dataclasses import replace
from datetime import date, timedelta
from math import isclose

import pytest

from lumbar.codelists.followup import values
from lumbar.errors import UsageError
from lumbar.followup.floor import Floor, floors
from lumbar.followup.next_best import (
    CALL,
    DUE_DATE,
    NEXT_BEST,
    SOON,
    WAIT,
    Due,
    call_from,
    call_rules,
    parsed_weights,
    phase,
    place,
    urgency,
    weight,
    worth,
)
from lumbar.followup.response_model import Answering, answering, call_chance, response_model, shifted
from lumbar.measures import for_year
from lumbar.measures.policy import EARLIEST, LATEST
from lumbar.tables.results import ONE_YEAR, THREE_MONTH
from source_files import SRC

AS_OF = date(2026, 11, 21)
RULES, MODEL = call_rules(), response_model()
ANYBODY = Answering(THREE_MONTH, aged_65=False, groups=())


def due(days_open=40, days_left=30, *, who=ANYBODY, n_pairs=3, n_counted=3, attempts=0, days_since_tried=None):
    tried_on = None if days_since_tried is None else AS_OF - timedelta(days=days_since_tried)
    opens, closes = AS_OF - timedelta(days=days_open), AS_OF + timedelta(days=days_left)
    return Due(who, opens, closes, n_pairs, n_counted, attempts, tried_on)


def order_of(*some, by=NEXT_BEST, rules=RULES):
    return sorted(range(len(some)), key=lambda i: place(some[i], AS_OF, by, MODEL, rules))


def test_the_response_model_is_the_published_one():
    """The nine rows of the facts, by name, each with its basis and how sure we are."""
    assert values("response_model") == {
        "portal": 0.35,
        "reminders": 0.17,
        "reached": 0.40,
        "completes": 0.75,
        "one_year": 0.6,
        "aged_65": 1.3,
        "language": 0.6,
        "race": 0.68,
        "further_attempt": 0.7,
    }


@pytest.mark.parametrize("name", ["response_model", "call_rule", "group_word"])
def test_every_row_says_on_what_it_rests(name):
    with (SRC / "codelists" / "followup" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            assert row["basis"]
            assert row["confidence"] in {"certain", "likely", "unverified", "unknown"}


def test_the_chance_of_a_call_is_worked_out_by_hand():
    """0.40 reached x 0.75 complete = 0.30, odds 3/7. One year: 3/7 x 0.6 = 9/35, a chance of 9/44. A second call: x 0.7."""
    assert isclose(call_chance(MODEL, ANYBODY, 0), 0.30)
    assert isclose(call_chance(MODEL, replace(ANYBODY, timepoint=ONE_YEAR), 0), 9 / 44)
    assert isclose(call_chance(MODEL, ANYBODY, 2), 0.30 * 0.49)
    everything = Answering(ONE_YEAR, aged_65=True, groups=("language", "race"))
    assert isclose(call_chance(MODEL, everything, 0), shifted(0.30, 0.6 * 1.3 * 0.6 * 0.68))
    assert shifted(0.0, 0.6) == 0.0


@pytest.mark.parametrize(
    ("language", "race", "groups"),
    [
        ("en", "White", ()),
        ("en-US", "2106-3", ()),
        ("English", " white ", ()),
        ("es", "White", ("language",)),
        ("es-419", None, ("language",)),
        (None, None, ()),
        ("", "Unknown", ()),
        ("und", "Asked but no answer", ()),
        ("en", "Black or African American", ("race",)),
        ("so", "Other Race", ("language", "race")),
        ("English (US)", "White or Caucasian", ()),
        ("ENGLISH (United States)", "WHITE, not Hispanic", ()),
        ("eng", "W", ()),
        ("en_GB", "8527", ()),
        ("unk", "Unknown or not reported", ()),
        ("ASKU", "asku", ()),
        ("nasku", "NASKU", ()),
        ("not reported", "Not reported", ()),
        ("Declined", "Declined to answer", ()),
        ("prefer not to say", "Prefer not to say", ()),
        ("No matching concept", "No matching concept", ()),
        ("0", "0", ()),
        ("4182511", "8516", ()),
        ("--", "?", ()),
        ("not English", "Non-White", ("language", "race")),
        ("no", "2054-5", ("language", "race")),
    ],
)
def test_a_group_is_known_by_what_is_recorded_and_what_is_not_known_is_none(language, race, groups):
    patient = {"language": language, "race": race, "birth_date": None}
    assert answering(patient, None, THREE_MONTH, AS_OF).groups == groups


def test_the_language_of_the_contact_stands_in_for_the_patients():
    patient = {"language": None, "race": None, "birth_date": None}
    assert answering(patient, "es", THREE_MONTH, AS_OF).groups == ("language",)
    assert answering({**patient, "language": "en"}, "es", THREE_MONTH, AS_OF).groups == ()


@pytest.mark.parametrize(("born", "old"), [(date(1961, 11, 21), True), (date(1961, 11, 22), False), (None, False)])
def test_who_is_65_on_the_as_of_date_is_older(born, old):
    assert answering({"language": None, "race": None, "birth_date": born}, None, THREE_MONTH, AS_OF).aged_65 is old


@pytest.mark.parametrize(
    ("some", "step", "in_days"),
    [
        (due(days_open=16), CALL, 0),
        (due(days_open=15), WAIT, 1),
        (due(days_open=0), WAIT, 16),
        (due(days_open=-1, days_left=99), SOON, 17),
        (due(days_since_tried=7), CALL, 0),
        (due(days_since_tried=6), WAIT, 1),
        (due(days_since_tried=6, days_left=0), CALL, 0),
        (due(days_open=10, days_left=0), CALL, 0),
    ],
)
def test_a_call_waits_for_the_reminders_and_for_a_week_after_the_last_but_not_past_the_close(some, step, in_days):
    """Day 16 is the first day to call; the last day of the window is always one."""
    assert phase(some, AS_OF, RULES) == step
    assert max(call_from(some, RULES), AS_OF) == AS_OF + timedelta(days=in_days)


def test_worth_urgency_and_weight_are_worked_out_by_hand():
    """Three pairs that count: 3 x 1 + 3 x 0.5. 60 days before the close a call is half as urgent as on the last day."""
    assert worth(due(), RULES) == 4.5
    assert worth(due(n_pairs=0), RULES) == 1.5
    assert worth(due(n_pairs=2, n_counted=0), RULES) == 2.0
    assert urgency(due(days_left=0), AS_OF, RULES) == 1.0
    assert urgency(due(days_left=60), AS_OF, RULES) == 0.5
    assert weight(due(who=replace(ANYBODY, groups=("language", "race"))), RULES) == 2.0 * 1.7


def test_who_has_no_preoperative_score_stands_lower_but_is_not_dropped():
    assert order_of(due(n_pairs=0), due(n_pairs=1), due(n_pairs=3)) == [2, 1, 0]


def test_who_is_tried_often_stands_lower_and_who_closes_sooner_higher():
    assert order_of(due(attempts=2, days_since_tried=8), due()) == [1, 0]
    assert order_of(due(days_left=50), due(days_left=5)) == [1, 0]


def test_whom_to_call_now_comes_first_in_either_order():
    some = due(days_open=-3, days_left=95), due(days_open=3, days_left=95), due(n_pairs=0, n_counted=1, days_left=90)
    for by in (NEXT_BEST, DUE_DATE):
        assert order_of(*some, by=by) == [2, 1, 0]


def test_due_date_order_looks_at_the_close_alone():
    some = due(days_left=50), due(days_left=5, n_pairs=0, attempts=3, days_since_tried=9), due(days_left=20)
    assert order_of(*some, by=DUE_DATE) == [1, 2, 0]


def test_a_weight_lifts_its_group_and_a_weight_of_one_lifts_nobody():
    """Chance 0.30 against shifted(0.30, 0.6) = 0.2045: a weight of 2 more than makes up for it."""
    spanish = due(who=replace(ANYBODY, groups=("language",)))
    assert order_of(due(), spanish) == [1, 0]
    assert order_of(due(), spanish, rules=replace(RULES, weights={"language": 1.0, "race": 1.0})) == [0, 1]


def test_weights_are_read_as_written():
    assert parsed_weights(["language=1.5", "race=1"]) == {"language": 1.5, "race": 1.0}
    for wrong in ("language", "language=", "language=0", "language=-1", "age=2", "race=x", "race=inf", "race=1e3"):
        with pytest.raises(UsageError, match="--weight"):
            parsed_weights([wrong])


def test_a_floor_counts_what_is_locked_met_and_what_one_more_would_make_it():
    """25 of 50 locked met is 50 %; one more is 52 %. A provisional met is not locked, but under `earliest` it is."""
    group = {"measure_id": "459", "kind": "fusion", "flags": "", "provisional": False}
    groups = [
        {**group, "status": "met", "n": 25},
        {**group, "status": "met", "provisional": True, "n": 5},
        {**group, "status": "open", "n": 20},
    ]
    found = floors(groups, for_year(2026), LATEST)
    assert found == {("459", "fusion"): Floor(50, 25, is_overall=False)}
    assert (found["459", "fusion"].share, found["459", "fusion"].with_one_more) == (0.5, 0.52)
    assert floors(groups, for_year(2026), EARLIEST) == {("459", "fusion"): Floor(50, 30, is_overall=False)}


def test_where_strata_are_not_submitted_alone_the_floor_is_that_of_the_measure():
    """2023: 10 of 40 fusions and 5 of 60 discectomies locked met are 15 of 100, and another measure is another floor."""
    row = {"flags": "", "provisional": False}
    groups = [
        {**row, "measure_id": "459", "kind": "fusion", "status": "met", "n": 10},
        {**row, "measure_id": "459", "kind": "fusion", "status": "open", "n": 30},
        {**row, "measure_id": "459", "kind": "discectomy", "status": "met", "n": 5},
        {**row, "measure_id": "459", "kind": "discectomy", "status": "open", "n": 55},
        {**row, "measure_id": "471", "kind": "discectomy", "status": "open", "n": 9},
    ]
    assert floors(groups, for_year(2023), LATEST) == {
        ("459", "fusion"): Floor(100, 15, is_overall=True),
        ("459", "discectomy"): Floor(100, 15, is_overall=True),
        ("471", "discectomy"): Floor(9, 0, is_overall=True),
    }

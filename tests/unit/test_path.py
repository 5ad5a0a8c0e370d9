"""The path of a patient: dates worked by hand, days left with both ends counted, and what the data say of care."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from lumbar.codelists.checks import global_period
from lumbar.codelists.clinical_reading import clinical_thresholds
from lumbar.errors import InternalError
from lumbar.followup.path import paths, step
from lumbar.measures import for_year, years
from paths import path_of, paths_of, steps_of
from report_page import POLICY, RULES, Clinic

INDEX = date(2025, 3, 3)


def clinic(index: date = INDEX, code: str = "63030") -> Clinic:
    return Clinic().operated("Anna", index=index, code=code)


@pytest.mark.parametrize(
    ("name", "opens", "closes", "n_days"),
    [
        ("preoperative", date(2024, 12, 3), date(2025, 3, 3), 91),
        ("operation", date(2025, 3, 3), date(2025, 3, 3), 1),
        ("global_period", date(2025, 3, 4), date(2025, 6, 1), 90),
        ("three_month", date(2025, 4, 14), date(2025, 7, 21), 99),
        ("one_year", date(2025, 12, 3), date(2026, 6, 3), 183),
    ],
)
def test_every_stretch_of_an_operation_on_3_march_2025(name, opens, closes, n_days):
    """6 weeks after 3 March is 14 April, 20 weeks is 21 July; 90 days from 4 March end on 1 June."""
    one = steps_of(clinic())[name]
    assert (one.opens, one.closes, one.n_days) == (opens, closes, n_days)


def test_a_day_that_does_not_exist_is_the_last_of_its_month():
    """31 May 2025 + 9 months is 28 February 2026; 31 May 2025 - 3 months is 28 February 2025."""
    steps = steps_of(clinic(date(2025, 5, 31)))
    assert steps["one_year"].opens == date(2026, 2, 28)
    assert steps["preoperative"].opens == date(2025, 2, 28)


@pytest.mark.parametrize(
    ("as_of", "state", "opens_in_days", "days_left"),
    [
        (date(2025, 3, 3), "ahead", 42, 99),
        (date(2025, 4, 13), "ahead", 1, 99),
        (date(2025, 4, 14), "now", 0, 99),
        (date(2025, 4, 15), "now", 0, 98),
        (date(2025, 7, 20), "now", 0, 2),
        (date(2025, 7, 21), "now", 0, 1),
        (date(2025, 7, 22), "past", 0, 0),
    ],
)
def test_days_left_count_the_as_of_date_and_the_last_day(as_of, state, opens_in_days, days_left):
    """The three-month window is 14 April to 21 July 2025, 99 days; on its last day one day is left."""
    one = steps_of(clinic(), as_of)["three_month"]
    assert (one.state, one.opens_in_days, one.days_left) == (state, opens_in_days, days_left)


def test_days_left_are_as_many_as_days_that_can_be_counted_off():
    opens, closes = date(2025, 4, 14), date(2025, 7, 21)
    for shift in range(-5, 110):
        as_of = opens + timedelta(days=shift)
        left = [d for d in range(opens.toordinal(), closes.toordinal() + 1) if as_of.toordinal() <= d]
        assert step("x", opens, closes, as_of).days_left == len(left)


def test_the_three_month_window_straddles_the_global_period():
    """14 April to 1 June are 17 + 31 + 1 = 49 days; 2 June to 21 July are 29 + 21 = 50."""
    (share,) = path_of(clinic()).global_period_shares
    assert (share.window, share.n_days_inside, share.n_days_after) == ("three_month", 49, 50)


def test_the_global_period_is_a_fact_with_a_source():
    period = global_period()
    assert (period.days, period.postoperative_visit) == (90, "99024")
    assert period.source
    assert period.confidence == "likely"


VISITS = [
    ("2025-03-03", "99213", None, None, "outside_the_period"),
    ("2025-03-04", "99213", None, None, "to_look_at"),
    ("2025-06-01", "99214", None, None, "to_look_at"),
    ("2025-06-02", "99214", None, None, "outside_the_period"),
    ("2025-04-14", "99024", None, None, "in_the_payment"),
    ("2025-04-14", "99213", "24", None, "said_unrelated"),
    ("2025-04-14", "99213", "25 24", None, "said_unrelated"),
    ("2025-04-14", "99213", "25", None, "to_look_at"),
    ("2025-04-14", "99213", None, "1245319599", "another_clinician"),
    ("2025-04-14", "99213", None, "1234567893", "to_look_at"),
]


@pytest.mark.parametrize(("on", "code", "modifiers", "npi", "reading"), VISITS)
def test_a_visit_is_read_by_how_it_lies_to_the_global_period(on, code, modifiers, npi, reading):
    """Days 1 to 90 after 3 March 2025 are 4 March to 1 June; they bind the surgeon alone."""
    rows = clinic()
    rows.add(
        "procedure",
        procedure_id="v",
        patient_id="Anna",
        performed_on=date.fromisoformat(on),
        system="cpt",
        code=code,
        modifiers=modifiers,
        surgeon_npi=npi,
    )
    (visit,) = path_of(rows).visits
    assert (visit.reading, visit.day) == (reading, (date.fromisoformat(on) - INDEX).days)


def test_a_visit_after_the_as_of_date_is_not_known():
    rows = clinic()
    visit = {
        "procedure_id": "v",
        "patient_id": "Anna",
        "performed_on": date(2025, 6, 2),
        "system": "cpt",
        "code": "99213",
    }
    rows.add("procedure", **visit)
    assert path_of(rows, date(2025, 6, 1)).visits == ()
    assert len(path_of(rows, date(2025, 6, 2)).visits) == 1


def test_a_procedure_after_the_operation_is_told_and_whether_it_is_an_operation_of_its_own():
    rows = clinic()
    for name, on, code in (("again", date(2025, 9, 1), "22612"), ("shot", date(2025, 8, 1), "62323")):
        rows.add("procedure", procedure_id=name, patient_id="Anna", performed_on=on, system="cpt", code=code)
    one = paths_of(rows)["Anna@2025-03-03"]
    assert [(line.procedure_id, line.starts_episode) for line in one.later_procedures] == [
        ("shot", False),
        ("again", True),
    ]


def test_a_score_is_placed_in_its_window_and_told_whether_it_counts():
    rows = clinic().operated("Anna", "8", "3")
    rows.tables["patient"].pop()
    rows.tables["procedure"].pop()
    for name, on in (("early", date(2025, 1, 2)), ("between", date(2025, 9, 1))):
        rows.add(
            "score",
            score_id=name,
            patient_id="Anna",
            instrument="back_pain",
            scale="nrs",
            value=Decimal(7),
            assessed_on=on,
        )
    placed = {s.score_id: (s.day, s.window, s.chosen_for) for s in path_of(rows).scores}
    assert placed == {
        "early": (-60, "preoperative", ()),
        "Anna-before": (-7, "preoperative", ("preoperative",)),
        "Anna-after": (80, "three_month", ("three_month",)),
        "between": (182, "between", ()),
    }


def test_a_score_recorded_after_the_as_of_date_is_not_known():
    rows = clinic().operated("Anna", "8", "3")
    rows.tables["patient"].pop()
    rows.tables["procedure"].pop()
    rows.tables["score"][-1]["recorded_on"] = date(2025, 9, 1)
    assert [s.score_id for s in path_of(rows, date(2025, 8, 31)).scores] == ["Anna-before"]
    assert [s.score_id for s in path_of(rows, date(2025, 9, 1)).scores] == ["Anna-before", "Anna-after"]


def test_the_row_order_of_records_and_results_changes_nothing():
    rows = Clinic().operated("Anna", "8", "3").operated("Berta", "4", "9", code="22612")
    rows.operated("Anna", "7", "6", index=date(2025, 9, 1))
    rows.tables["patient"].pop()
    turned = Clinic({name: list(reversed(own)) for name, own in rows.tables.items()})
    assert paths_of(turned) == paths_of(rows)


def test_an_episode_that_the_records_do_not_hold_is_an_error():
    from engines import judged, patients

    (records,) = patients(clinic().tables)
    rows = judged(records, RULES, POLICY, date(2026, 11, 21))
    (other,) = patients(clinic(date(2025, 4, 4)).tables)
    with pytest.raises(InternalError):
        list(paths(rows, {"Anna": other}, {}, RULES, POLICY, date(2026, 11, 21)))


@pytest.mark.parametrize("year", years())
def test_all_measures_of_a_year_share_one_preoperative_window(year):
    """The path shows one; a year in which they differed would need one an instrument."""
    assert len({(m.preoperative.opens, m.preoperative.closes) for m in for_year(year).measures}) == 1


def test_every_clinical_threshold_names_its_source_and_its_confidence():
    for threshold in clinical_thresholds():
        assert threshold.source
        assert threshold.locator
        assert threshold.confidence in {"certain", "likely", "unverified", "unknown"}
        assert (threshold.at_most is None) != (threshold.setting == "")
        assert threshold.setting == "" or hasattr(POLICY, threshold.setting)

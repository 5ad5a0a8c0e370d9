"""The documentation audit: what is there, what is missing, and until when it can still be mended."""

from datetime import date
from decimal import Decimal

import pytest

from lumbar.followup.documentation import Element, count_by_state
from paths import path_of
from report_page import AS_OF, Clinic

INDEX = date(2025, 3, 3)  # three months: 14 April to 21 July 2025; one year: 3 December 2025 to 3 June 2026


def element(clinic: Clinic, name: str, instrument=None, timepoint=None, as_of: date = AS_OF) -> Element:
    (one,) = [
        e
        for e in path_of(clinic, as_of).documentation
        if (e.element, e.instrument, e.timepoint) == (name, instrument, timepoint)
    ]
    return one


def after(clinic: Clinic, timepoint: str = "three_month", as_of: date = AS_OF) -> Element:
    return element(clinic, "postoperative_score", "back_pain", timepoint, as_of)


def before(clinic: Clinic, as_of: date = AS_OF) -> Element:
    return element(clinic, "preoperative_score", "back_pain", "preoperative", as_of)


def scored(mode: str | None = "paper", respondent: str | None = "self") -> Clinic:
    clinic = Clinic().operated("Anna", "8", "3", mode=mode)
    for score in clinic.tables["score"]:
        score["respondent"] = respondent
    return clinic


def test_scores_that_count_are_there_and_nothing_of_them_is_to_be_mended():
    for one in (before(scored()), after(scored())):
        assert (one.state, one.mend, one.incomplete) == ("present", "", ())
    assert after(scored()).found == ("Anna-after",)


@pytest.mark.parametrize(
    ("mode", "respondent", "incomplete"),
    [(None, "self", ("mode",)), ("phone", None, ("respondent",)), (None, None, ("mode", "respondent"))],
)
def test_a_postoperative_score_without_mode_or_respondent_can_be_completed_at_any_time(mode, respondent, incomplete):
    one = after(scored(mode, respondent))
    assert (one.state, one.incomplete, one.mend, one.mend_on) == ("incomplete", incomplete, "always", None)


def test_a_baseline_needs_no_mode():
    assert before(scored(None, None)).state == "present"


@pytest.mark.parametrize(
    ("as_of", "state", "mend", "mend_on"),
    [
        (date(2025, 3, 3), "awaited", "by", date(2025, 7, 21)),
        (date(2025, 4, 14), "awaited", "by", date(2025, 7, 21)),
        (date(2025, 7, 21), "awaited", "by", date(2025, 7, 21)),
        (date(2025, 7, 22), "missing", "too_late_since", date(2025, 7, 22)),
        (date(2026, 11, 21), "missing", "too_late_since", date(2025, 7, 22)),
    ],
)
def test_a_score_that_is_not_there_can_be_asked_until_its_window_closes(as_of, state, mend, mend_on):
    """20 weeks after 3 March is 21 July 2025, a day that counts. What was answered by then can be entered later."""
    one = after(Clinic().operated("Anna", "8"), as_of=as_of)
    assert (one.state, one.mend, one.mend_on, one.may_be_entered_late) == (state, mend, mend_on, True)


def test_a_window_that_can_still_be_asked_in_tells_its_first_day():
    one = after(Clinic().operated("Anna", "8"), "one_year", date(2025, 8, 1))
    assert (one.mend_from, one.mend_on) == (date(2025, 12, 3), date(2026, 6, 3))


def test_a_score_entered_late_mends_what_was_missing():
    """Answered on day 80, 22 May 2025; recorded on 1 September, after the window has closed."""
    clinic = scored()
    clinic.tables["score"][-1]["recorded_on"] = date(2025, 9, 1)
    assert after(clinic, as_of=date(2025, 8, 31)).state == "missing"
    assert after(clinic, as_of=date(2025, 9, 1)).state == "present"


@pytest.mark.parametrize(
    ("as_of", "state", "mend_on"), [(INDEX, "awaited", INDEX), (date(2025, 3, 4), "missing", date(2025, 3, 4))]
)
def test_a_baseline_is_too_late_from_the_day_after_the_operation(as_of, state, mend_on):
    one = before(Clinic().operated("Anna"), as_of)
    assert (one.state, one.mend_on, one.may_be_entered_late) == (state, mend_on, True)


def died(on: date | None, as_of: date) -> Element:
    clinic = Clinic().operated("Anna", "8")
    clinic.tables["patient"][0] |= {"deceased_on": on, "deceased": True}
    return after(clinic, as_of=as_of)


def test_nothing_is_asked_of_who_has_died():
    one = died(date(2025, 5, 1), date(2025, 6, 1))
    assert (one.state, one.mend, one.mend_on) == ("missing", "too_late_since", date(2025, 5, 2))


def test_a_death_after_the_window_changes_nothing():
    assert died(date(2025, 9, 1), date(2025, 10, 1)).mend_on == date(2025, 7, 22)


def test_a_death_of_unknown_date_gives_no_day_while_the_window_is_open():
    assert died(None, date(2025, 6, 1)).mend_on is None
    assert died(None, date(2025, 10, 1)).mend_on == date(2025, 7, 22)


def test_a_death_that_is_not_yet_known_awaits_the_score():
    assert died(date(2025, 6, 2), date(2025, 6, 1)).state == "awaited"


def declined(as_of: date) -> Element:
    clinic = Clinic().operated("Anna", "8")
    clinic.add("contact", patient_id="Anna", declined_on=date(2025, 5, 1))
    return after(clinic, as_of=as_of)


def test_nothing_is_asked_of_who_declined_and_an_answer_given_can_be_entered():
    one = declined(date(2025, 5, 1))
    assert (one.state, one.mend, one.mend_from, one.mend_on) == ("missing", "not_to_be_asked", None, None)
    assert one.may_be_entered_late


def test_a_refusal_counts_from_its_day_and_changes_no_window_that_has_closed():
    assert declined(date(2025, 4, 30)).mend == "by"
    one = declined(date(2025, 10, 1))
    assert (one.mend, one.mend_on) == ("too_late_since", date(2025, 7, 22))


def test_a_discectomy_is_expected_at_three_months_and_a_fusion_at_one_year():
    expected = {
        code: [after(Clinic().operated("Anna", "8", code=code), at).is_expected for at in ("three_month", "one_year")]
        for code in ("63030", "22612")
    }
    assert expected == {"63030": [True, False], "22612": [False, True]}


def test_the_operative_record_needs_a_surgeon():
    one = element(Clinic().operated("Anna"), "operative_record")
    assert (one.state, one.found) == ("present", ("Anna-op",))
    one = element(Clinic().operated("Anna", npi=None), "operative_record")
    assert (one.state, one.incomplete, one.mend) == ("incomplete", ("surgeon_npi",), "always")


def test_functional_status_is_the_odi_before_and_after():
    clinic = Clinic().operated("Anna", "44", "20", instrument="odi")
    assert element(clinic, "preoperative_score", "odi", "preoperative").state == "present"
    assert element(clinic, "postoperative_score", "odi", "three_month").incomplete == ("mode", "respondent")
    assert before(clinic).state == "missing"


def test_later_treatment_revision_and_diagnoses_are_told_where_they_are_recorded():
    clinic = Clinic().operated("Anna", "8", "3")
    names = ("later_treatment", "revision", "diagnosis")
    assert [element(clinic, name).state for name in names] == ["none_recorded"] * 3
    clinic.tables["procedure"][0]["modifiers"] = "78"
    clinic.add(
        "procedure", procedure_id="p2", patient_id="Anna", performed_on=date(2025, 6, 1), system="cpt", code="62323"
    )
    clinic.add("condition", condition_id="c", patient_id="Anna", system="icd10cm", code="M51.26")
    clinic.add(
        "condition", condition_id="r", patient_id="Anna", system="icd10cm", code="M46.46", verification="refuted"
    )
    clinic.add(
        "condition", condition_id="l", patient_id="Anna", system="icd10cm", code="M48.061", onset_on=date(2027, 1, 1)
    )
    assert [element(clinic, name).found for name in names] == [("p2",), ("return_to_theatre",), ("M51.26",)]


def test_a_visit_is_no_later_treatment():
    clinic = Clinic().operated("Anna", "8", "3")
    clinic.add(
        "procedure", procedure_id="v", patient_id="Anna", performed_on=date(2025, 6, 1), system="cpt", code="99024"
    )
    assert element(clinic, "later_treatment").state == "none_recorded"


def test_only_what_the_measure_needs_is_counted():
    """A discectomy: the operative record, three baselines, three scores at three months."""
    counted = count_by_state(path_of(scored()).documentation)
    assert counted == {"present": 3, "incomplete": 0, "awaited": 0, "missing": 4, "none_recorded": 0}


def test_several_scores_of_a_window_are_one_element():
    clinic = scored()
    clinic.add(
        "score",
        score_id="again",
        patient_id="Anna",
        instrument="back_pain",
        scale="nrs",
        value=Decimal(4),
        assessed_on=date(2025, 6, 30),
    )
    assert after(clinic).found == ("again",)

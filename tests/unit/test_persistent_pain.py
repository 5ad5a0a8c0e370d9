"""Who is not met or worse: the clinical reading apart from the verdict, and who is listed."""

from datetime import date, timedelta

import pytest

from engines import judged, patients
from lumbar.followup.judged import CHANGES
from lumbar.followup.persistent_pain import persistent_pain
from lumbar.measures import for_year
from paths import pain_of, path_of
from report_page import AS_OF, POLICY, RULES, Clinic

INDEX = date(2025, 3, 3)


def read(before: str | None, after: str, instrument: str = "back_pain", as_of: date = date(2026, 11, 21)):
    """The three-month row of a discectomy's path."""
    (row,) = [
        row
        for row in path_of(Clinic().operated("Anna", before, after, instrument=instrument), as_of).judged
        if (row.instrument, row.timepoint) == (instrument, "three_month")
    ]
    return row


READINGS = [
    # before, after, verdict, how the change reads, persists, red, beside the measure
    ("8", "3", "met", "better", False, False, ""),
    ("8", "6", "not_met", "better", False, False, "better_but_not_met"),
    ("8", "6.1", "not_met", "a_little_better", True, True, "better_but_not_met"),
    ("8", "8", "not_met", "unchanged", True, True, ""),
    ("6", "7", "not_met", "a_little_worse", True, True, ""),
    ("4", "6", "not_met", "worse", True, True, ""),
    ("1", "2.9", "met", "a_little_worse", False, False, "met_but_worse"),
    ("1", "3", "met", "worse", False, True, "met_but_worse"),
    ("3", "3", "met", "unchanged", False, False, ""),
    (None, "3", "met", "no_baseline", False, False, ""),
    (None, "3.1", "not_met", "no_baseline", True, True, ""),
]


@pytest.mark.parametrize(("before", "after", "status", "reads", "persists", "is_red", "beside"), READINGS)
def test_the_clinical_reading_stands_apart_from_the_verdict(before, after, status, reads, persists, is_red, beside):
    """Clearly better from 2.0 points, worse from 2.0, acceptable up to 3: 8 to 6.1 is 1.9 better, and 6.1 is above 3."""
    row = read(before, after)
    clinical = row.clinical
    assert (row.status, clinical.reads, clinical.persists) == (status, reads, persists)
    assert (clinical.is_red, clinical.beside_measure) == (is_red, beside)


@pytest.mark.parametrize(
    ("before", "after", "reads", "persists"),
    [("30", "22", "a_little_better", False), ("30", "22.1", "a_little_better", True), ("30", "40", "worse", True),
     ("30", "39.9", "a_little_worse", True), ("40", "30", "better", False)],
)  # fmt: skip
def test_odi_is_read_by_its_own_thresholds(before, after, reads, persists):
    """Ten points are a clear change, 22 is acceptable."""
    clinical = read(before, after, "odi").clinical
    assert (clinical.reads, clinical.persists) == (reads, persists)


def test_every_reading_is_seen_above():
    assert {reads for _, _, _, reads, _, _, _ in READINGS} == set(CHANGES)


def test_pain_does_not_persist_before_its_window_has_closed():
    """The three-month window closes on 21 July 2025; the score of day 80 is 22 May."""
    assert read("8", "8", as_of=date(2025, 7, 21)).clinical.is_red is False
    assert read("8", "8", as_of=date(2025, 7, 22)).clinical.is_red is True
    assert read("4", "6", as_of=date(2025, 5, 22)).clinical.is_red is True


def listed(clinic: Clinic, as_of: date = date(2026, 11, 21)) -> list[str]:
    return [f"{course.patient_id} {course.instrument}" for course in pain_of(clinic, as_of).courses]


@pytest.mark.parametrize(
    ("before", "after", "is_listed"),
    [("8", "3", False), ("8", "6", True), ("1", "3", True), ("1", "2.9", True), ("3", "3", False), (None, "3", False)],
)
def test_not_met_and_worse_are_listed_and_nothing_else(before, after, is_listed):
    assert listed(Clinic().operated("Anna", before, after)) == ["Anna back_pain"] * is_listed


def test_an_open_window_lists_who_is_worse_and_counts_who_is_not_met_so_far():
    clinic = Clinic().operated("Anna", "8", "6").operated("Berta", "4", "6")
    pain = pain_of(clinic, date(2025, 7, 21))
    assert [course.patient_id for course in pain.courses] == ["Berta"]
    assert pain.n_undecided == 1
    assert pain_of(clinic, date(2025, 7, 22)).n_undecided == 0


@pytest.mark.parametrize("year", [2018, 2019])
def test_in_the_years_of_both_scores_a_missing_baseline_lists_nobody(year):
    """Not met says there that no score stands before surgery; Berta's pain persists, which is to be read."""
    rules = for_year(year)
    index = rules.measures[0].strata[0].period.starts_on
    clinic = Clinic().operated("Anna", None, "1", index=index).operated("Berta", None, "9", index=index)
    for score in clinic.tables["score"]:
        score["scale"] = "vas_cm"
    records = {one.procedures[0]["patient_id"]: one for one in patients(clinic.tables)}
    for days, who in ((400, ["Berta"]), (85, [])):
        as_of = index + timedelta(days=days)
        rows = [row for one in records.values() for row in judged(one, rules, POLICY, as_of)]
        assert {row["status"] for row in rows if row["postoperative_score"] is not None} == {"not_met"}
        asked: list[set[str]] = []
        pain = persistent_pain(rows, lambda ids, asked=asked: asked.append(ids) or records, rules, as_of)
        assert [course.patient_id for course in pain.courses] == who
        assert pain.n_undecided == 0
        assert asked == [set(who)]


def test_excluded_patients_who_are_worse_or_in_pain_are_listed():
    clinic = Clinic().operated("Anna", "4", "6").operated("Berta", "5", "4").operated("Carl", "8", "3")
    for name in ("Anna", "Berta", "Carl"):
        clinic.add("condition", condition_id=name, patient_id=name, system="icd10cm", code="M46.46")
    pain = pain_of(clinic)
    assert [(c.patient_id, c.is_excluded, c.is_red) for c in pain.courses] == [
        ("Anna", True, True),
        ("Berta", True, True),
    ]


def test_who_was_operated_on_again_is_listed_with_both_operations():
    clinic = Clinic().operated("Anna", "4", "9").operated("Anna", "8", "8", index=date(2025, 5, 20))
    clinic.tables["patient"].pop()
    for number, score in enumerate(clinic.tables["score"]):
        score["score_id"] = f"s{number}"
    clinic.tables["procedure"][-1]["procedure_id"] = "second"
    courses = pain_of(clinic).courses
    assert {c.episode_id: c.is_operated_again for c in courses} == {"Anna@2025-03-03": True, "Anna@2025-05-20": False}


def test_who_has_died_is_counted_and_not_listed():
    clinic = Clinic().operated("Anna", "4", "9").operated("Berta", "4", "9")
    clinic.tables["patient"][0]["deceased_on"] = date(2026, 1, 1)
    pain = pain_of(clinic)
    assert [course.patient_id for course in pain.courses] == ["Berta"]
    assert (pain.n_deceased, pain.n_red) == (1, 1)


def test_the_newest_answer_comes_first_never_the_worst():
    clinic = Clinic().operated("Worst", "0", "10").operated("Newest", "8", "6", index=date(2025, 4, 4))
    clinic.operated("Also", "8", "6")
    assert [course.patient_id for course in pain_of(clinic).courses] == ["Newest", "Also", "Worst"]


def test_a_trend_holds_every_score_of_the_instrument_and_no_other():
    clinic = Clinic().operated("Anna", "4", "6").operated("Anna", "40", "20", instrument="odi")
    clinic.tables["patient"].pop()
    clinic.tables["procedure"].pop()
    for number, score in enumerate(clinic.tables["score"]):
        score["score_id"] = f"s{number}"
    (course,) = pain_of(clinic).courses
    assert [(score.day, score.value) for score in course.trend] == [(-7, 4), (80, 6)]


def test_nobody_is_listed_of_nothing():
    pain = pain_of(Clinic().operated("Anna"))
    assert (pain.courses, pain.n_red, pain.n_deceased, pain.n_undecided) == ((), 0, 0, 0)


def test_the_first_of_the_list_are_read_and_all_of_them_counted():
    clinic = Clinic().operated("Anna", "4", "9").operated("Berta", "4", "9").operated("Carla", "8", "3")
    records = {one.procedures[0]["patient_id"]: one for one in patients(clinic.tables)}
    rows = [row for one in records.values() for row in judged(one, RULES, POLICY, AS_OF)]
    whole = persistent_pain(rows, lambda _: records, RULES, AS_OF)
    first = persistent_pain(rows, lambda ids: {i: records[i] for i in ids}, RULES, AS_OF, at_most=1)
    assert whole.n_courses == len(whole.courses) > 1
    assert first.courses == whole.courses[:1]
    assert (first.n_courses, first.n_red, first.n_deceased) == (whole.n_courses, whole.n_red, whole.n_deceased)

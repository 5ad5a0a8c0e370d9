"""Why a row changed: each cause alone, two at once, ties, and random edits whose cause is known."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cohort import AS_OF_DATES, patient
from engines import judged, patients
from lumbar.comparing.causes import CAUSES
from lumbar.comparing.why import Made, Patient
from lumbar.engine.reference import PatientRecords
from lumbar.measures import for_year
from lumbar.measures.policy import Policy
from telling_patients import born, diagnosis, line, report, score

RULES = for_year(2026)
MADE = Made(
    date(2027, 2, 1), Policy(), RULES, rules_are_known=True, rule_set="a", software="one", inputs="f", reading="m"
)
OTHER_FILES = replace(MADE, inputs="g")

# A discectomy on 3 March 2025, 8 before and 6 at three months: not met. The window: 14 April to 21 July 2025.
DISCECTOMY = PatientRecords(
    patient=born(),
    procedures=[line("op1", "2025-03-03", "63030")],
    scores=[score("pre", "back_pain", "8", "2025-02-20"), score("post", "back_pain", "6", "2025-06-02")],
    coverages=[
        {"patient_id": "P1", "payer": "aetna", "payer_name": None, "starts_on": None, "ends_on": None, "member_id": "1"}
    ],
    reported_codes=[report("G2137", "2025-06-02")],
)
BACK = ("P1@2025-03-03", "back_pain", "three_month")
LUMBAR_CANCER = "C41.2"


def rows(records, made=MADE):
    judgements = judged(records, made.rules, made.policy, made.as_of)
    return {(row["episode_id"], row["instrument"], row["timepoint"]): row for row in judgements}


def why(before, after, key=BACK, was=MADE, now=MADE, old=None, new=None):
    first, last = old or rows(before, was).get(key), new or rows(after, now).get(key)
    assert first != last
    return Patient(before, after, was, now).why(key, first, last)


def more(records, name, *added):
    return replace(records, **{name: [*getattr(records, name), *added]})


def less(records, name):
    return replace(records, **{name: getattr(records, name)[:-1]})


def otherwise(records, name, **changed):
    *others, last = getattr(records, name)
    return replace(records, **{name: [*others, {**last, **changed}]})


ALONE = {
    "new_score": more(DISCECTOMY, "scores", score("later", "back_pain", "2", "2025-07-01")),
    "score_withdrawn": less(DISCECTOMY, "scores"),
    "score_corrected": otherwise(DISCECTOMY, "scores", value=Decimal(3)),
    "new_procedure": more(DISCECTOMY, "procedures", line("op0", "2025-03-03", "22612")),
    "procedure_corrected": otherwise(DISCECTOMY, "procedures", surgeon_npi="1234567893"),
    "new_diagnosis": more(DISCECTOMY, "conditions", diagnosis("c1", LUMBAR_CANCER)),
    "new_reported_code": more(DISCECTOMY, "reported_codes", report("G2136", "2025-07-01")),
    "reported_code_withdrawn": less(DISCECTOMY, "reported_codes"),
    "birth_date_changed": replace(DISCECTOMY, patient=born("2015-01-01")),
    "death_changed": replace(DISCECTOMY, patient=born(deceased_on=date(2026, 1, 5))),
    "coverage_changed": otherwise(DISCECTOMY, "coverages", payer="cigna"),
}
BACKWARDS = {
    "new_score": "score_withdrawn",
    "score_withdrawn": "new_score",
    "new_procedure": "procedure_withdrawn",
    "new_diagnosis": "diagnosis_withdrawn",
    "new_reported_code": "reported_code_withdrawn",
    "reported_code_withdrawn": "new_reported_code",
}


@pytest.mark.parametrize("cause", ALONE)
def test_each_change_of_the_records_alone_is_named_forward_and_backward(cause):
    there = why(DISCECTOMY, ALONE[cause])
    assert (there.causes, there.is_proved) == ((cause,), True)
    back = why(ALONE[cause], DISCECTOMY)
    assert (back.causes, back.is_proved) == ((BACKWARDS.get(cause, cause),), True)


def test_a_diagnosis_corrected_is_named():
    before = more(DISCECTOMY, "conditions", diagnosis("c1", "M54.5"))
    after = more(DISCECTOMY, "conditions", diagnosis("c1", LUMBAR_CANCER))
    because = why(before, after)
    assert because.causes == ("diagnosis_corrected",)
    assert [(change.table, change.record_id) for change in because.records] == [("condition", "c1")]


@pytest.mark.parametrize(
    ("was", "now", "statuses"),
    [("2025-04-13", "2025-04-14", ("upcoming", "open")), ("2025-07-21", "2025-07-22", ("open", "not_assessed"))],
)
def test_a_window_that_opened_or_closed_is_the_as_of_date(was, now, statuses):
    """14 April is 42 days after 3 March, 21 July is 140 days after it; both ends count."""
    records = less(DISCECTOMY, "scores")
    states = [replace(MADE, as_of=date.fromisoformat(day)) for day in (was, now)]
    found = [rows(records, state)[BACK]["status"] for state in states]
    assert tuple(found) == statuses
    assert why(records, records, was=states[0], now=states[1]).causes == ("as_of",)


def test_a_score_that_was_there_and_became_known_is_the_as_of_date():
    late = otherwise(DISCECTOMY, "scores", recorded_on=date(2026, 10, 1))
    was, now = replace(MADE, as_of=date(2026, 9, 30)), replace(MADE, as_of=date(2026, 10, 1))
    assert why(late, late, was=was, now=now).causes == ("as_of",)


def test_a_new_score_dated_after_the_earlier_as_of_date_needs_both():
    """Without the score the window would be open still, without the time the score would not be known."""
    was, now = replace(MADE, as_of=date(2025, 5, 1)), replace(MADE, as_of=date(2025, 7, 1))
    because = why(less(DISCECTOMY, "scores"), DISCECTOMY, was=was, now=now)
    assert because.causes == ("new_score", "as_of")
    assert [change.record_id for change in because.records] == ["post"]


def test_what_changed_and_does_not_matter_to_the_row_is_not_named():
    after = more(ALONE["score_corrected"], "scores", score("odi", "odi", "40", "2025-06-02"))
    after = more(after, "conditions", diagnosis("c1", "M54.5"))
    because = why(DISCECTOMY, after, now=replace(MADE, as_of=date(2027, 3, 1)))
    assert because.causes == ("score_corrected",)


def test_records_that_are_the_same_but_for_their_ids_are_one_change():
    renamed = replace(DISCECTOMY, scores=[{**s, "score_id": f"z{s['score_id']}"} for s in DISCECTOMY.scores])
    because = why(DISCECTOMY, renamed)
    assert (because.causes, because.is_proved) == (("record_id_changed",), True)
    assert {(c.before["score_id"], c.record_id) for c in because.records} == {("pre", "zpre"), ("post", "zpost")}
    both = otherwise(renamed, "scores", value=Decimal(3))
    assert why(DISCECTOMY, both).causes == ("new_score", "score_withdrawn", "record_id_changed")


def test_two_causes_at_once_are_both_named():
    """The score is corrected to 2 and a cancer is found: excluded, with the 2 shown."""
    after = more(ALONE["score_corrected"], "conditions", diagnosis("c1", LUMBAR_CANCER))
    assert why(DISCECTOMY, after).causes == ("score_corrected", "new_diagnosis")


def test_where_either_of_two_would_do_both_are_named():
    """Two diagnoses that exclude: undoing one leaves the other."""
    after = more(DISCECTOMY, "conditions", diagnosis("c1", LUMBAR_CANCER), diagnosis("c2", LUMBAR_CANCER))
    because = why(DISCECTOMY, after)
    assert because.causes == ("new_diagnosis",)
    assert [change.record_id for change in because.records] == ["c1", "c2"]


def test_another_policy_is_named():
    two = more(DISCECTOMY, "scores", score("early", "back_pain", "2", "2025-05-01"))
    assert why(two, two, now=replace(MADE, policy=Policy(postoperative="earliest"))).causes == ("policy",)


def test_an_answer_by_proxy_comes_with_the_policy_and_not_as_a_new_score():
    after = more(DISCECTOMY, "scores", score("proxy", "back_pain", "1", "2025-07-01", respondent="proxy"))
    because = why(DISCECTOMY, after, now=replace(MADE, policy=Policy(proxy="count")))
    assert because.causes == ("policy",)
    assert [change.record_id for change in because.records] == ["proxy"]
    counted = replace(MADE, policy=Policy(proxy="count"))
    assert why(DISCECTOMY, after, was=counted, now=counted).causes == ("new_score",)


def test_the_rules_of_another_year_are_the_rule_set():
    other = replace(MADE, rules=for_year(2025), rule_set="b")
    assert why(DISCECTOMY, DISCECTOMY, now=other).causes == ("rule_set",)


def test_a_new_operation_and_one_that_is_gone():
    second = ("P1@2026-02-02", "back_pain", "three_month")
    after = more(DISCECTOMY, "procedures", line("op2", "2026-02-02", "63030"))
    assert why(DISCECTOMY, after, second).causes == ("new_operation",)
    assert why(after, DISCECTOMY, second).causes == ("operation_gone",)


def test_an_operation_whose_date_was_corrected_is_gone_and_there_again():
    after = otherwise(DISCECTOMY, "procedures", performed_on=date(2025, 3, 4))
    assert why(DISCECTOMY, after).causes == ("procedure_corrected",)
    assert why(DISCECTOMY, after, ("P1@2025-03-04", "back_pain", "three_month")).causes == ("procedure_corrected",)


def test_a_patient_not_kept_before_is_a_new_operation():
    """A result keeps no record of a patient without an operation."""
    nobody = PatientRecords(None)
    there, back = why(nobody, DISCECTOMY, now=OTHER_FILES), why(DISCECTOMY, nobody, now=OTHER_FILES)
    assert (there.causes, there.is_proved) == (("new_operation",), True)
    assert (back.causes, back.is_proved) == (("operation_gone",), True)


def test_of_other_files_what_the_earlier_run_could_not_have_known_is_possible_and_not_proved():
    """The files before may have held the operation already: no record of it was kept."""
    nobody, early = PatientRecords(None), replace(MADE, as_of=date(2025, 3, 2))
    there, back = (
        why(nobody, DISCECTOMY, was=early, now=OTHER_FILES),
        why(DISCECTOMY, nobody, was=OTHER_FILES, now=early),
    )
    assert (there.causes, there.is_proved) == (("new_operation", "as_of"), False)
    assert (back.causes, back.is_proved) == (("operation_gone", "as_of"), False)


def test_of_the_same_files_read_alike_an_operation_not_known_before_is_time_or_policy():
    nobody = PatientRecords(None)
    by_time = why(nobody, DISCECTOMY, was=replace(MADE, as_of=date(2025, 3, 2)))
    assert (by_time.causes, by_time.is_proved) == (("as_of",), True)
    unverified = replace(DISCECTOMY, procedures=[line("op1", "2025-03-03", "63056")])
    counted = replace(MADE, policy=Policy(include_unverified_procedures=True))
    by_policy = why(nobody, unverified, now=counted)
    assert (by_policy.causes, by_policy.is_proved) == (("policy",), True)


def test_records_read_otherwise_from_the_same_files_come_with_the_mapping_and_not_as_new():
    otherwise_read = replace(MADE, reading="other")
    because = why(DISCECTOMY, ALONE["new_score"], now=otherwise_read)
    assert (because.causes, because.is_proved) == (("mapping",), True)
    assert [change.record_id for change in because.records] == ["later"]
    assert why(DISCECTOMY, ALONE["new_score"], now=replace(otherwise_read, inputs="g")).causes == ("new_score",)
    assert why(PatientRecords(None), DISCECTOMY, now=otherwise_read).causes == ("mapping",)
    assert why(DISCECTOMY, ALONE["new_score"], now=replace(MADE, software="two")).causes == ("version",)


def test_a_row_that_does_not_follow_from_its_records_is_never_explained_by_a_guess():
    good = rows(DISCECTOMY)[BACK]
    wrong = {**good, "status": "met", "code": "G2136"}
    touched = Patient(DISCECTOMY, DISCECTOMY, MADE, MADE).why(BACK, good, wrong)
    assert (touched.causes, touched.is_proved) == (("unexplained",), False)
    beside = Patient(DISCECTOMY, ALONE["new_score"], MADE, replace(MADE, inputs="g")).why(BACK, good, wrong)
    assert (beside.causes, beside.records, beside.is_proved) == (("unexplained",), (), False)
    assert "fault of ours" in CAUSES["unexplained"]
    upgraded = Patient(DISCECTOMY, DISCECTOMY, MADE, replace(MADE, software="two")).why(BACK, good, wrong)
    assert (upgraded.causes, upgraded.is_proved) == (("version",), False)


def test_a_rule_set_this_version_does_not_have_is_possible_where_the_row_does_not_follow():
    foreign = replace(MADE, rules_are_known=False, rule_set="foreign")
    row = rows(DISCECTOMY)[BACK]
    other = {**row, "status": "met", "code": "G2136"}
    because = Patient(DISCECTOMY, DISCECTOMY, foreign, MADE).why(BACK, other, row)
    assert (because.causes, because.is_proved) == (("rule_set",), False)
    proved = why(DISCECTOMY, ALONE["new_score"], was=foreign)
    assert (proved.causes, proved.is_proved) == (("new_score",), True)


# ---- random edits


def edits_of(records, draw):
    """Some edits, each with its cause and how it is made; made alone or together, in any order."""
    n = draw(st.integers(0, 10_000))
    days = [x["performed_on"] for x in records.procedures]
    day = days[n % len(days)] + timedelta(draw(st.sampled_from([-91, -30, -1, 0, 42, 100, 140, 200, 275, 365, 455])))
    value = Decimal(draw(st.sampled_from(["0", "3", "4", "8", "10"])))
    added = {**dict.fromkeys(records.scores[0]), **score(f"zz{n}", "back_pain", "1", day.isoformat())}
    added |= {"patient_id": records.procedures[0]["patient_id"], "value": value}
    at = n % len(records.scores)
    cancer = {**dict.fromkeys(records.conditions[0] if records.conditions else ()), **diagnosis("zz", LUMBAR_CANCER)}
    return {
        "new_score": lambda r: more(r, "scores", added),
        "score_withdrawn": lambda r: replace(r, scores=[s for s in r.scores if s != records.scores[at - 1]]),
        "score_corrected": lambda r: replace(
            r,
            scores=[{**s, "value": value} if s["score_id"] == records.scores[at]["score_id"] else s for s in r.scores],
        ),
        "new_diagnosis": lambda r: more(r, "conditions", cancer),
        "birth_date_changed": lambda r: replace(r, patient={**r.patient, "birth_date": date(2010, 1, 1)}),
        "death_changed": lambda r: replace(r, patient={**r.patient, "deceased_on": date(2025, 12, 1)}),
    }


@settings(max_examples=300, deadline=None)
@given(st.data(), st.integers(0, 3_000), st.sampled_from(AS_OF_DATES), st.integers(0, 60))
def test_the_causes_named_are_edits_made_and_undone_they_give_the_old_row_back(data, index, as_of, later):
    """Edits are made here by other code than compares: one that is named must have been made, and matter."""
    (records,) = patients(patient(5, index, as_of))
    assume(records.procedures and len(records.scores) > 1 and records.patient is not None)
    possible = edits_of(records, data.draw)
    chosen = data.draw(st.lists(st.sampled_from(sorted(possible)), unique=True, max_size=3))
    was = replace(MADE, as_of=as_of)
    now = replace(OTHER_FILES, as_of=as_of + timedelta(later))

    def state(names):
        changed = records
        for name in chosen:
            if name in names:
                changed = possible[name](changed)
        return rows(changed, now if "as_of" in names else was)

    made = {*chosen, *(["as_of"] if later else [])}
    after = records
    for name in chosen:
        after = possible[name](after)
    before, last = state(set()), state(made)
    compared = Patient(records, after, was, now)
    for key in before.keys() | last.keys():
        old, new = before.get(key), last.get(key)
        if old == new:
            continue
        because = compared.why(key, old, new)
        named = set(because.causes)
        assert because.is_proved
        assert named
        assert named <= made
        assert list(because.causes) == [cause for cause in CAUSES if cause in named]
        if old is not None and new is not None:
            assert state(made - named).get(key) == old
            assert state(named).get(key) == new
            for cause in named:
                fewer = named - {cause}
                assert state(fewer).get(key) != new or state(made - fewer).get(key) != old

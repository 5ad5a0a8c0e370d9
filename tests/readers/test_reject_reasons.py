"""Every reason to reject a row, in both formats, and which of two comes first (RULES §3)."""

import json
from itertools import combinations

import pytest

from lumbar.synth.blemishes import NOT_IN_FHIR, NOT_IN_TABLES
from lumbar.tables.results import REJECT_REASONS
from source_folder import (
    PROCEDURE_RESOURCE,
    SCORE,
    SNOMED,
    Intaken,
    back_pain,
    concept,
    fhir_folder,
    intake,
    tables_folder,
)

# RULES §3, "the first that applies in this order".
ORDER = (
    "unparsable",
    "wrong_resource_type",
    "conflicting_id",
    "unknown_patient",
    "entered_in_error",
    "not_done",
    "proxy_respondent",
    "unknown_instrument",
    "unknown_unit",
    "no_value",
    "no_body_site",
    "imprecise_date",
    "out_of_range",
    "odi_too_few_items",
    "duplicate",
)

# What to change in a good row of score.csv so that the reason applies; a second row where one needs two.
IN_TABLES = {
    "unparsable": {"recorded_on": "2025-02-30"},
    "conflicting_id": {},
    "unknown_patient": {"patient_id": "nobody"},
    "entered_in_error": {"status": "entered-in-error"},
    "proxy_respondent": {"respondent": "proxy"},
    "unknown_instrument": {"instrument": "neck_pain"},
    "unknown_unit": {"scale": "faces"},
    "no_value": {"value": ""},
    "no_body_site": {"instrument": "pain"},
    "imprecise_date": {"assessed_on": "2025-02"},
    "out_of_range": {"value": "11"},
    "duplicate": {},
}
# The same for an Observation.
IN_FHIR = {
    "unparsable": {"issued": "2025-02-30"},
    "wrong_resource_type": {"resourceType": "Condition"},
    "conflicting_id": {},
    "unknown_patient": {"subject": {"reference": "Patient/nobody"}},
    "entered_in_error": {"status": "preliminary"},
    "proxy_respondent": {"performer": [{"reference": "RelatedPerson/kin"}]},
    "unknown_unit": {"valueQuantity": {"value": 7, "code": "[in_i]"}},
    "no_value": {"valueQuantity": None},
    "no_body_site": {"bodySite": None},
    "imprecise_date": {"effectiveDateTime": "2025"},
    "out_of_range": {"valueQuantity": {"value": 11, "code": "{score}"}},
    "duplicate": {},
}


def pairs(changes):
    """Every two reasons that can apply at once: they change different things, or one needs no change."""
    for first, second in combinations([reason for reason in ORDER if reason in changes], 2):
        if not set(changes[first]) & set(changes[second]):
            yield first, second


# A line of another type is not read any further, so none of its values can be unparsable.
TABLE_CASES = [*((reason,) for reason in IN_TABLES), *pairs(IN_TABLES)]
FHIR_CASES = [*((reason,) for reason in IN_FHIR), *pairs(IN_FHIR)]
FHIR_CASES.remove(("unparsable", "wrong_resource_type"))


def spoiled(reasons, good, changes, key, number, difference):
    """The rows that make those reasons apply to a record, with the reason each of them must get, or none."""
    row = dict(good) | {key: f"s{number}"}
    for reason in reasons:
        row.update(changes[reason])
    rows = [(row, reasons[0])]
    if "conflicting_id" in reasons:
        rows.append(({**row, **difference}, reasons[0]))
    if "duplicate" in reasons:
        # The smaller id is the one to keep; where another reason comes first, both have it.
        is_good = set(reasons) <= {"conflicting_id", "duplicate"}
        rows.append(({**row, key: f"r{number}"}, None if is_good else reasons[0]))
    return rows


def placed(cases, spoiled_case, first_line):
    """All rows of all cases, and for each case its lines with the reason each must get."""
    rows, places = [], {}
    for number, reasons in enumerate(cases):
        made = spoiled_case(number, reasons)
        places[reasons] = [(len(rows) + first_line + n, reason) for n, (_, reason) in enumerate(made)]
        rows += [row for row, _ in made]
    return rows, places


@pytest.fixture(scope="module")
def tables(tmp_path_factory) -> tuple[Intaken, dict]:
    """Every reason and every two of them as rows of score.csv, each case with a patient of its own."""

    def case(number, reasons):
        good = {**SCORE, "patient_id": f"p{number}"}
        return spoiled(reasons, good, IN_TABLES, "score_id", number, {"mode": "paper"})

    rows, places = placed(TABLE_CASES, case, first_line=2)
    patients = [{"patient_id": f"p{number}", "birth_date": "1960-01-01"} for number in range(len(TABLE_CASES))]
    return intake(tables_folder(tmp_path_factory.mktemp("tables"), patient=patients, score=rows)), places


@pytest.fixture(scope="module")
def fhir(tmp_path_factory) -> tuple[Intaken, dict]:
    """The same as lines of Observation.ndjson."""

    def case(number, reasons):
        good = back_pain("", subject={"reference": f"Patient/p{number}"})
        return spoiled(reasons, good, IN_FHIR, "id", number, {"method": {"text": "paper"}})

    rows, places = placed(FHIR_CASES, case, first_line=1)
    without_nulls = [{key: value for key, value in row.items() if value is not None} for row in rows]
    patients = [{"resourceType": "Patient", "id": f"p{number}"} for number in range(len(FHIR_CASES))]
    folder = fhir_folder(tmp_path_factory.mktemp("fhir"), Patient=patients, Observation=without_nulls)
    return intake(folder), places


def test_the_declared_reasons_stand_in_the_order_of_the_rule():
    assert tuple(REJECT_REASONS) == ORDER


def test_every_reason_a_format_can_express_has_a_case_here():
    """A procedure that was not done and a questionnaire half filled are cases of their own, below."""
    assert set(IN_TABLES) == set(ORDER) - set(NOT_IN_TABLES)
    assert set(IN_FHIR) == set(ORDER) - set(NOT_IN_FHIR) - {"not_done", "odi_too_few_items"}
    assert len(TABLE_CASES) > 65
    assert len(FHIR_CASES) > 65


def reasons_at(read, lines):
    """Line and reason of the rows in those lines; no reason where a row was mapped."""
    given = dict(read.places())
    return [(line, given.get(line)) for line, _ in lines]


@pytest.mark.parametrize("case", TABLE_CASES, ids="+".join)
def test_the_first_reason_of_the_order_is_given_to_a_table_row(case, tables):
    read, places = tables
    assert reasons_at(read, places[case]) == places[case]


@pytest.mark.parametrize("case", FHIR_CASES, ids="+".join)
def test_the_first_reason_of_the_order_is_given_to_a_resource(case, fhir):
    read, places = fhir
    assert reasons_at(read, places[case]) == places[case]


def test_of_duplicates_the_smallest_id_is_kept(tables):
    read, _ = tables
    mapped = {row["score_id"] for row in read.tables["score"]}
    assert mapped == {f"r{TABLE_CASES.index(c)}" for c in (("duplicate",), ("conflicting_id", "duplicate"))}


# An ODI form half filled has its own pairs: only a questionnaire response can have too few items.
FORM = "https://clinic.example/Questionnaire/odi"
FORM_MAPPING = f"""
[[fhir.questionnaire]]
url = "{FORM}"
odi_link_ids = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]
"""
HALF_FILLED = {
    "unparsable": {"authored": "2025-02-30"},
    "wrong_resource_type": {"resourceType": "Questionnaire"},
    "conflicting_id": {},
    "unknown_patient": {"subject": {"reference": "Group/p1"}},
    "entered_in_error": {"status": "in-progress"},
    "proxy_respondent": {"source": {"reference": "RelatedPerson/kin"}},
    "no_value": {"item": [{"linkId": "1"}]},
    "imprecise_date": {"authored": "2025-02"},
    "odi_too_few_items": {},
    "duplicate": {},
}


@pytest.fixture(scope="module")
def half_filled(tmp_path_factory) -> tuple[Intaken, dict]:
    """Questionnaire responses with 7 of 10 sections answered that have another reason too, or none."""

    def case(number, reasons):
        form = {
            "resourceType": "QuestionnaireResponse",
            "questionnaire": FORM,
            "status": "completed",
            "subject": {"reference": "Patient/p1"},
            "authored": f"2025-01-{number + 1:02d}",
            "item": [{"linkId": str(n), "answer": [{"valueInteger": 2}]} for n in range(1, 8)],
        }
        return spoiled(reasons, form, HALF_FILLED, "id", number, {"language": "en", "authored": "2025-02-01"})

    cases = [
        (r, "odi_too_few_items") if ORDER.index(r) < ORDER.index("odi_too_few_items") else (r,) for r in HALF_FILLED
    ]
    cases[-1] = ("odi_too_few_items", "duplicate")
    rows, places = placed(cases, case, first_line=1)
    folder = fhir_folder(tmp_path_factory.mktemp("forms"), QuestionnaireResponse=rows)
    return intake(folder, FORM_MAPPING), places


def test_a_form_with_too_few_items_is_rejected_for_that_only_when_nothing_comes_before(half_filled):
    read, places = half_filled
    assert len(places) == len(HALF_FILLED)
    for case, lines in places.items():
        assert reasons_at(read, lines) == lines, case


PROCEDURE_CHANGES = {
    "unparsable": {"performedDateTime": "2025-02-30"},
    "wrong_resource_type": {"resourceType": "Observation"},
    "conflicting_id": {},
    "unknown_patient": {"subject": {"reference": "Patient/nobody"}},
    "not_done": {"status": "in-progress"},
    "imprecise_date": {"performedDateTime": "2025"},
    "duplicate": {},
}


@pytest.fixture(scope="module")
def procedures(tmp_path_factory) -> tuple[Intaken, dict]:
    """Procedures with every reason, and every two; a duplicate is the same line once more."""

    def case(number, reasons):
        rows = spoiled(
            tuple(r for r in reasons if r != "duplicate") or ("duplicate",),
            PROCEDURE_RESOURCE,
            PROCEDURE_CHANGES,
            "id",
            number,
            {"location": {"display": "East"}},
        )
        if reasons == ("duplicate",):
            return [(rows[0][0], None), (rows[0][0], "duplicate")]
        return [*rows, rows[0]] if "duplicate" in reasons else rows

    cases = [*((reason,) for reason in PROCEDURE_CHANGES), *pairs(PROCEDURE_CHANGES)]
    cases.remove(("unparsable", "wrong_resource_type"))
    rows, places = placed(cases, case, first_line=1)
    return intake(fhir_folder(tmp_path_factory.mktemp("procedures"), Procedure=rows)), places


def test_the_first_reason_of_the_order_is_given_to_a_procedure(procedures):
    read, places = procedures
    assert len(places) > 20
    for case, lines in places.items():
        assert reasons_at(read, lines) == lines, case


@pytest.mark.parametrize("status", ["preparation", "in-progress", "not-done", "on-hold", "stopped", "unknown", None])
def test_only_a_completed_procedure_is_mapped(status, tmp_path):
    """FHIR asks for a status; a procedure without one is not said to be done."""
    read = intake(fhir_folder(tmp_path, Procedure=[{**PROCEDURE_RESOURCE, "status": status}]))
    assert read.reason("op1") == "not_done"


def test_a_procedure_entered_in_error_is_that_before_it_is_not_done(tmp_path):
    read = intake(fhir_folder(tmp_path, Procedure=[{**PROCEDURE_RESOURCE, "status": "entered-in-error"}]))
    assert read.reason("op1") == "entered_in_error"


@pytest.fixture(scope="module")
def statuses(tmp_path_factory) -> Intaken:
    """One Observation of each status FHIR knows, and one of none."""
    known = ("final", "amended", "corrected", "registered", "preliminary", "cancelled", "entered-in-error", "unknown")
    rows = [back_pain(status, status=status, effectiveDateTime=f"2025-02-{n:02d}") for n, status in enumerate(known, 1)]
    rows.append(back_pain("none", status=None, effectiveDateTime="2025-02-20"))
    return intake(fhir_folder(tmp_path_factory.mktemp("statuses"), Observation=rows))


def test_final_amended_corrected_and_no_status_at_all_are_good_and_every_other_is_in_error(statuses):
    assert {row["score_id"] for row in statuses.tables["score"]} == {"final", "amended", "corrected", "none"}
    assert {row["reason"] for row in statuses.rejected} == {"entered_in_error"}


def test_conflicting_patients_take_their_records_with_them(tmp_path):
    """All rows of the id are rejected, so its procedures and scores are of an unknown patient."""
    patients = [{"patient_id": "p1", "birth_date": "1960-01-01"}, {"patient_id": "p1", "birth_date": "1961-01-01"}]
    read = intake(tables_folder(tmp_path, patient=patients))
    assert read.reasons() == {
        "p1": ["conflicting_id", "conflicting_id"],
        "op1": ["unknown_patient"],
        "s1": ["unknown_patient"],
    }


def test_the_same_patient_twice_word_for_word_is_one(tmp_path):
    read = intake(tables_folder(tmp_path, patient=[{"patient_id": "p1", "birth_date": "1960-01-01"}] * 2))
    assert read.reasons() == {"p1": ["duplicate"]}
    assert len(read.tables["score"]) == 1


OTHER_TABLES = {
    "condition": (
        {"condition_id": "c1", "patient_id": "p1", "system": "icd10cm", "code": "M41.26", "onset_on": "2020-01-01"},
        {
            "unparsable": {"onset_on": "2020-02-30"},
            "unknown_patient": {"patient_id": "nobody"},
            "entered_in_error": {"verification": "entered-in-error"},
            "imprecise_date": {"onset_on": "2020"},
        },
    ),
    "coverage": (
        {"patient_id": "p1", "payer": "Aetna", "starts_on": "2020-01-01"},
        {
            "unparsable": {"starts_on": "2020-02-30"},
            "unknown_patient": {"patient_id": "nobody"},
            "imprecise_date": {"starts_on": "2020"},
        },
    ),
    "contact": (
        {"patient_id": "p1", "name": "A", "declined_on": "2020-01-01"},
        {
            "unparsable": {"declined_on": "2020-02-30"},
            "unknown_patient": {"patient_id": "nobody"},
            "imprecise_date": {"declined_on": "2020"},
        },
    ),
    "reported_code": (
        {"patient_id": "p1", "code": "G2136", "reported_on": "2025-06-01"},
        {
            "unparsable": {"reported_on": "2025-02-30"},
            "unknown_patient": {"patient_id": "nobody"},
            "imprecise_date": {"reported_on": ""},
        },
    ),
}


@pytest.mark.parametrize("table", OTHER_TABLES)
def test_rows_of_the_other_tables_are_rejected_the_same_way(table, tmp_path):
    good, changes = OTHER_TABLES[table]
    lines = [good, good, *({**good, **change} for change in changes.values())]
    if table == "condition":
        lines = [{**row, "condition_id": f"c{max(n, 1)}"} for n, row in enumerate(lines)]
    read = intake(tables_folder(tmp_path, **{table: lines}))
    expected = [(3, "duplicate"), *enumerate(changes, start=4)]
    if table == "contact":  # one row a patient: two that differ conflict
        expected = [(2, "conflicting_id"), (3, "conflicting_id"), (4, "unparsable"), (5, "unknown_patient")]
        assert read.places()[:4] == expected
        assert read.places()[4:] == [(6, "conflicting_id")]
        return
    assert read.places() == expected
    assert {row["table"] for row in read.rejected} == {table}


@pytest.mark.parametrize("word", ["entered-in-error", "Entered_In_Error"])
def test_a_diagnosis_entered_in_error_is_so_with_hyphens_or_underscores(word, tmp_path):
    row = {**OTHER_TABLES["condition"][0], "verification": word}
    assert intake(tables_folder(tmp_path, condition=[row])).reasons() == {"c1": ["entered_in_error"]}


def test_a_verification_in_no_known_word_is_unparsable_and_its_column_is_named(tmp_path):
    """It would say neither that the diagnosis stands nor that it does not."""
    row = {**OTHER_TABLES["condition"][0], "verification": "sure"}
    read = intake(tables_folder(tmp_path, condition=[row]))
    assert [(r["record_id"], r["reason"], r["detail"]) for r in read.rejected] == [("c1", "unparsable", "verification")]
    assert not read.tables["condition"]


@pytest.mark.parametrize("times", [("T07:00", "T12:00"), ("T12:00", "T07:00"), ("", "T12:00"), ("T12:00", "")])
def test_of_copies_of_one_day_the_earliest_is_kept_whatever_its_id(times, tmp_path):
    """The later may be one of the recovery room, which is no baseline; a copy without a time is one."""
    rows = [{**SCORE, "score_id": f"s{n}", "assessed_on": f"2025-03-03{time}"} for n, time in enumerate(times)]
    read = intake(tables_folder(tmp_path, score=rows))
    kept = "s0" if times[0] < times[1] else "s1"
    assert [row["score_id"] for row in read.tables["score"]] == [kept]
    assert list(read.reasons().values()) == [["duplicate"]]


def test_what_is_rejected_never_shows_a_value_of_the_patient(tables, fhir):
    """Record id and line lead to it; the detail only names a column or says what is wrong."""
    details = {row["detail"] for read, _ in (tables, fhir) for row in read.rejected}
    assert details <= {None, "recorded_on", "assessed_on", "not a JSON object"}


def test_a_line_is_unparsable_or_of_another_type_but_never_lost(tmp_path):
    lines = ["{", json.dumps(back_pain("s1")), "[1]", "null", json.dumps({"resourceType": "Patient", "id": "x"}), "{}"]
    read = intake(fhir_folder(tmp_path, Observation=lines))
    assert read.places() == [
        (1, "unparsable"),
        (3, "unparsable"),
        (4, "unparsable"),
        (5, "wrong_resource_type"),
        (6, "wrong_resource_type"),
    ]
    assert len(read.tables["score"]) == 1


def test_pain_at_another_place_is_not_back_pain_even_where_the_site_says_pain_means_back(tmp_path):
    """The mapping speaks of scores without a place; a knee has one."""
    knee = back_pain("knee", bodySite=concept(SNOMED, "72696002"))
    nowhere = back_pain("nowhere", bodySite=None, effectiveDateTime="2025-02-20")
    read = intake(fhir_folder(tmp_path, Observation=[knee, nowhere]), 'pain_without_body_site = "back_pain"')
    assert [row["score_id"] for row in read.tables["score"]] == ["nowhere"]
    assert read.reasons() == {"knee": ["no_body_site"]}

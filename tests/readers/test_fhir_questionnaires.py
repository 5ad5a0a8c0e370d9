"""Answers of questionnaires through the site mapping: score items, and the ten ODI sections."""

from datetime import date
from decimal import Decimal

import pytest

from source_folder import Intaken, fhir_folder, intake

BASE = "https://clinic.example/Questionnaire"
MAPPING = f"""
[[fhir.questionnaire]]
url = "{BASE}/pain"
[[fhir.questionnaire.score]]
link_id = "back"
instrument = "back_pain"
scale = "nrs"
[[fhir.questionnaire.score]]
link_id = "left"
instrument = "leg_pain"
scale = "vas_mm"
side = "left"

[[fhir.questionnaire]]
url = "{BASE}/odi"
odi_link_ids = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]

[[fhir.questionnaire]]
url = "{BASE}/odi-choices"
odi_link_ids = ["q1", "q2", "q3", "q4", "q5", "q6", "q7", "q8", "q9", "q10"]
answer = {{ "LA6111-4" = 0, "a" = 1, "b" = 2, "c" = 3, "d" = 4, "e" = 5 }}

[[fhir.questionnaire]]
url = "{BASE}/both"
odi_link_ids = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]
[[fhir.questionnaire.score]]
link_id = "back"
instrument = "back_pain"
scale = "nrs"
"""


def answered(link_id, *answers):
    """An item; a number is a valueInteger, a text a choice by its code, anything else an answer as it is."""
    ways = {int: lambda a: {"valueInteger": a}, str: lambda a: {"valueCoding": {"code": a}}, dict: lambda a: a}
    return {"linkId": link_id, "answer": [ways[type(answer)](answer) for answer in answers]}


def sections(*points, prefix=""):
    """ODI items by their points; None is a section left out, a tuple two boxes marked."""
    marked = [(n, p if isinstance(p, tuple) else (p,)) for n, p in enumerate(points, 1) if p is not None]
    return [answered(f"{prefix}{n}", *boxes) for n, boxes in marked]


def response(response_id, form, items, **changed):
    resource = {
        "resourceType": "QuestionnaireResponse",
        "id": response_id,
        "questionnaire": f"{BASE}/{form}",
        "status": "completed",
        "subject": {"reference": "Patient/p1"},
        "authored": "2025-02-20T10:00:00-06:00",
        "item": items,
        **changed,
    }
    return {key: value for key, value in resource.items() if value is not None}


NINE = (1, 1, 1, 1, 1, 1, 2, 2, None, None)  # 10 of 8 sections: 100 × 10 / 40
ODI_VALUES = {
    # 100 × 10 / (5 × 9)
    "ten-of-45": (response("", "odi", sections(1, 1, 1, 1, 1, 1, 1, 1, 2, None)), "22.2222"),
    # 100 × 11 / (5 × 8): 27.5
    "eight": (response("", "odi", sections(*NINE[:7], 3, None, None)), "27.5"),
    "all": (response("", "odi", sections(*[2] * 10)), "40"),
    "none-hurts": (response("", "odi", sections(*[0] * 10)), "0"),
    "the-worst": (response("", "odi", sections(*[5] * 10)), "100"),
    # 100 × 25 / 45 = 55.5555…
    "half-up": (response("", "odi", sections(3, 3, 3, 3, 3, 3, 3, 2, 2, None)), "55.5556"),
    # two boxes marked: 4, not 1, in the first section
    "two-boxes": (response("", "odi", sections((1, 4), *[2] * 9)), "44"),
    "two-boxes-turned": (response("", "odi", sections((4, 1), *[2] * 9)), "44"),
    "choices": (response("", "odi-choices", sections("LA6111-4", "e", *["a"] * 8, prefix="q")), "26"),
    "choices-two": (response("", "odi-choices", sections(("a", "e"), *["a"] * 9, prefix="q")), "28"),
    "in-groups": (
        response("", "odi", [{"linkId": "g", "item": [{"linkId": "h", "item": sections(*[3] * 10)}]}]),
        "60",
    ),
    "half-in-a-group": (
        response("", "odi", [*sections(*[1] * 5), {"linkId": "g", "item": sections(*[None] * 5, *[3] * 5)}]),
        "40",
    ),
    "versioned": (response("", "odi|2.1a", sections(*[4] * 10)), "80"),
    "decimals": (response("", "odi", sections(*[{"valueDecimal": 2.0}] * 10)), "40"),
    "texts": (response("", "odi", sections(*[{"valueString": "3"}] * 10)), "60"),
    "amended": (response("", "odi", sections(*[1] * 10), status="amended"), "20"),
    "no-status": (response("", "odi", sections(*[1] * 10), status=None), "20"),
    "source-alone": (
        response("", "odi", sections(*[1] * 10), subject=None, source={"reference": "Patient/p1"}),
        "20",
    ),
    "also-a-comment": (response("", "odi", [*sections(*[1] * 10), answered("note", {"valueString": "x"})]), "20"),
}
ODI_REJECTED = {
    "seven": (response("", "odi", sections(*[2] * 7)), "odi_too_few_items"),
    "seven-and-empty": (
        response("", "odi", [*sections(*[2] * 7), *({"linkId": str(n)} for n in (8, 9, 10))]),
        "odi_too_few_items",
    ),
    "nothing": (response("", "odi", []), "no_value"),
    "no-items": (response("", "odi", None), "no_value"),
    "six-points": (response("", "odi", sections(6, *[1] * 9)), "unparsable"),
    "minus-one": (response("", "odi", sections(-1, *[1] * 9)), "unparsable"),
    "half-points": (response("", "odi", sections({"valueDecimal": 2.5}, *[1] * 9)), "unparsable"),
    "a-word": (response("", "odi", sections({"valueString": "often"}, *[1] * 9)), "unparsable"),
    "unknown-choice": (response("", "odi-choices", sections("z", *["a"] * 9, prefix="q")), "unparsable"),
    "one-good-box-of-two": (response("", "odi", sections((2, 9), *[1] * 9)), "unparsable"),
    "in-progress": (response("", "odi", sections(*[1] * 10), status="in-progress"), "entered_in_error"),
    "stopped": (response("", "odi", sections(*[1] * 10), status="stopped"), "entered_in_error"),
    "in-error": (response("", "odi", sections(*[1] * 10), status="entered-in-error"), "entered_in_error"),
    "by-kin": (
        response("", "odi", sections(*[1] * 10), source={"reference": "RelatedPerson/kin"}),
        "proxy_respondent",
    ),
    "month": (response("", "odi", sections(*[1] * 10), authored="2025-02"), "imprecise_date"),
    "no-date": (response("", "odi", sections(*[1] * 10), authored=None), "imprecise_date"),
    "nobody": (response("", "odi", sections(*[1] * 10), subject={"reference": "Patient/no"}), "unknown_patient"),
}
NO_CONCERN = {
    "another-form": response("", "phq9", sections(*[1] * 10)),
    "no-form": response("", "odi", sections(*[1] * 10), questionnaire=None),
}
PAIN = [
    response("two-scores", "pain", [answered("back", 6), answered("left", {"valueQuantity": {"value": 55}})]),
    response("one-left-out", "pain", [answered("back", 5)], authored="2025-02-21"),
    response("another-item", "pain", [answered("neck", 5)], authored="2025-02-22"),
    response("both", "both", [*sections(*[2] * 10), answered("back", 4)], authored="2025-02-23"),
]


@pytest.fixture(scope="module")
def responses(tmp_path_factory) -> Intaken:
    """Every case above, each with a patient of its own so that none is a duplicate of another."""
    cases = {name: given for name, (given, _) in (ODI_VALUES | ODI_REJECTED).items()} | NO_CONCERN
    lines, patients = [], [{"resourceType": "Patient", "id": "p1"}]
    for number, (name, given) in enumerate(cases.items()):
        whose = {"reference": f"Patient/q{number}"}
        patients.append({"resourceType": "Patient", "id": f"q{number}"})
        is_ours = given.get("subject", given.get("source")) == {"reference": "Patient/p1"}
        place = "subject" if "subject" in given else "source"
        lines.append({**given, "id": name, **({place: whose} if is_ours else {})})
    folder = tmp_path_factory.mktemp("responses")
    return intake(fhir_folder(folder, Patient=patients, QuestionnaireResponse=[*lines, *PAIN]), MAPPING)


@pytest.mark.parametrize("name", ODI_VALUES)
def test_ten_sections_give_one_percentage(name, responses):
    """100 × the sum / (5 × the answered sections); two boxes marked in one section: the higher."""
    row = responses.row("score", name)
    assert (row["instrument"], row["scale"], row["value"]) == ("odi", "percent", Decimal(ODI_VALUES[name][1]))
    assert (row["assessed_on"], row["assessed_time"]) == (date(2025, 2, 20), "10:00:00")


@pytest.mark.parametrize("name", ODI_REJECTED)
def test_a_form_is_rejected_for(name, responses):
    assert responses.reason(name) == ODI_REJECTED[name][1]


def test_items_that_are_scores_are_numbered_in_the_order_of_the_mapping(responses):
    found = {
        row["score_id"]: (row["instrument"], row["side"], row["scale"], row["value"])
        for row in responses.tables["score"]
        if row["patient_id"] == "p1"
    }
    assert found == {
        "two-scores#1": ("back_pain", None, "nrs", Decimal(6)),
        "two-scores#2": ("leg_pain", "left", "vas_mm", Decimal("5.5")),
        "one-left-out#1": ("back_pain", None, "nrs", Decimal(5)),
        "both#1": ("odi", None, "percent", Decimal(40)),
        "both#2": ("back_pain", None, "nrs", Decimal(4)),
    }


def test_an_item_of_a_mapped_form_that_was_left_out_has_no_value(responses):
    reasons = responses.reasons()
    assert {name: reasons[name] for name in reasons if name.startswith(("one-left", "another"))} == {
        "one-left-out#2": ["no_value"],
        "another-item#1": ["no_value"],
        "another-item#2": ["no_value"],
    }


def test_a_form_the_mapping_does_not_know_is_of_no_concern(responses):
    file = responses.files["QuestionnaireResponse.ndjson"]
    assert file.n_of_no_concern == len(NO_CONCERN)
    assert file.n_mapped == len(ODI_VALUES) + 3
    assert file.n_rejected == len(ODI_REJECTED) + 1


def test_without_a_mapping_no_form_is_known(tmp_path):
    file = intake(fhir_folder(tmp_path, QuestionnaireResponse=PAIN)).files["QuestionnaireResponse.ndjson"]
    assert file.n_of_no_concern == file.n_rows == len(PAIN)

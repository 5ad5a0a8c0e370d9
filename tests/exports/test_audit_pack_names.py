"""No name in the source lines of an audit pack: a patient with a mark in every element that can hold one."""

import csv
import json

import pytest

from command_line import lumbar
from lumbar.audit.source_lines import Wanted, source_lines
from lumbar.readers.intake import fingerprint
from marked_patient import IDENTIFIERS, NAME
from source_folder import NPI, PATIENT_RESOURCE, PROCEDURE_RESOURCE, back_pain, fhir_folder, tables_folder

SAID = f"{NAME}, fax 612-555-0188, phone 612-555-0173, q.zweckstein@mail.example, SSN 900-12-3456"
SAID += ", MRN-0073317731, MBR-88213377, ACC-5512-9931, FP-7731-ARCH, zweckstein.jpg"
MARKS = [mark for letter in "AEDFGHIJPQ" for mark in IDENTIFIERS[letter][1] if mark in SAID]
HUMAN = {"use": "official", "text": SAID, "family": SAID, "given": [SAID]}
IDENTIFIER = {"system": "urn:oid:1.2.36", "value": SAID, "assigner": {"display": SAID}}
EXTENSION = [
    {"url": "http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName", "valueString": SAID},
    {"url": "urn:x", "extension": [{"url": "y", "valueHumanName": HUMAN}]},
]
PERSON = {"reference": "Patient/p1", "type": "Patient", "display": SAID, "identifier": IDENTIFIER}
RELATIVE = {"reference": "RelatedPerson/r1", "display": SAID, "identifier": IDENTIFIER}
# What every resource may hold beside what is read of it.
ANYWHERE = {
    "meta": {"lastUpdated": "2025-01-01T00:00:00Z", "source": SAID, "extension": EXTENSION, "tag": [{"display": SAID}]},
    "text": {"status": "generated", "div": f"<div>{SAID}</div>"},
    "contained": [{"resourceType": "Patient", "id": "c", "name": [HUMAN]}],
    "extension": EXTENSION,
    "modifierExtension": EXTENSION,
    "identifier": [IDENTIFIER],
    "_status": {"extension": EXTENSION},
    "note": [{"authorReference": PERSON, "authorString": SAID, "text": SAID}],
}
PATIENT = {
    **PATIENT_RESOURCE,
    **ANYWHERE,
    "gender": "female",
    "_birthDate": {"extension": EXTENSION},
    "name": [HUMAN],
    "telecom": [{"system": "phone", "value": SAID}],
    "address": [{"text": SAID, "line": [SAID]}],
    "contact": [{"name": HUMAN, "telecom": [{"value": SAID}]}],
    "communication": [{"language": {"text": SAID}}],
    "photo": [{"title": SAID}],
    "link": [{"other": {**PERSON, "reference": "Patient/p9"}, "type": "seealso"}],
    "generalPractitioner": [{"display": SAID}],
    "managingOrganization": {"display": SAID},
}
SURGEON = {"reference": "Practitioner/d1", "identifier": {"system": NPI, "value": "1999999984"}}
PROCEDURE = {
    **PROCEDURE_RESOURCE,
    **ANYWHERE,
    "subject": PERSON,
    "performer": [{"actor": {**SURGEON, "display": SAID}}, {"actor": PERSON}],
    "asserter": RELATIVE,
    "location": {"reference": "Location/l1", "identifier": IDENTIFIER, "display": "Spine Hospital"},
}
OBSERVATION = back_pain("s1", subject=PERSON, performer=[PERSON, RELATIVE], **ANYWHERE)
CONDITION = {
    "resourceType": "Condition",
    "id": "c1",
    "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "M51.16"}]},
    **ANYWHERE,
    "subject": PERSON,
    "recorder": PERSON,
}
COVERAGE = {
    "resourceType": "Coverage",
    "id": "v1",
    "status": "active",
    **ANYWHERE,
    "beneficiary": PERSON,
    "subscriber": RELATIVE,
    "subscriberId": "MBR-88213377",
    "policyHolder": RELATIVE,
    "dependent": SAID,
    "payor": [{**PERSON}],
}
FORM = {
    "resourceType": "QuestionnaireResponse",
    "id": "q1",
    "status": "completed",
    **ANYWHERE,
    "subject": PERSON,
    "source": RELATIVE,
    "author": PERSON,
    "authored": "2025-02-24",
    "questionnaire": "urn:form",
    "item": [
        {"linkId": "who", "text": SAID, "answer": [{"valueString": SAID}, {"valueReference": PERSON}]},
        {"linkId": "back", "text": "Back", "answer": [{"valueString": "7"}]},
    ],
}
MAPPING = """
[[fhir.questionnaire]]
url = "urn:form"
[[fhir.questionnaire.score]]
link_id = "back"
instrument = "back_pain"
scale = "nrs"
"""


def lines_of(folder):
    with (folder / "source" / "lines.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("names")
    records = fhir_folder(
        folder / "records",
        Patient=[PATIENT],
        Procedure=[PROCEDURE],
        Observation=[OBSERVATION, back_pain("s2", status="entered-in-error", subject=PERSON, **ANYWHERE)],
        Condition=[CONDITION],
        Coverage=[COVERAGE],
        QuestionnaireResponse=[FORM],
    )
    (folder / "mapping.toml").write_text(MAPPING)
    words = ("--year", 2026, "--as-of", "2026-11-21", "--mapping", folder / "mapping.toml", "--no-report")
    ended = lumbar("evaluate", records, *words, "--out", folder / "result")
    assert ended.code == 0, ended.err
    ended = lumbar("audit-pack", folder / "result", "--sample", 1, "--source", records, "--out", folder / "pack")
    assert ended.code == 0, ended.err
    return folder / "pack"


def test_no_mark_of_any_element_is_in_a_source_line(pack):
    content = (pack / "source" / "lines.csv").read_text()
    assert len(MARKS) > 10
    assert [mark for mark in MARKS if mark in content] == []


def test_what_is_read_of_a_resource_still_stands_in_its_line(pack):
    lines = {(row["table"], row["record_id"]): json.loads(row["original"]) for row in lines_of(pack)}
    assert {table for table, _ in lines} >= {"patient", "procedure", "score", "condition", "coverage"}
    assert lines["patient", "p1"] == {
        **PATIENT_RESOURCE, "gender": "female", "meta": {"lastUpdated": "2025-01-01T00:00:00Z"}
    }  # fmt: skip
    procedure = lines["procedure", "op1"]
    assert procedure["subject"] == {"reference": "Patient/p1"}
    assert procedure["performer"] == [{"actor": SURGEON}, {"actor": {"reference": "Patient/p1"}}]
    assert procedure["location"] == {"reference": "Location/l1", "display": "Spine Hospital"}
    assert procedure["code"] == PROCEDURE_RESOURCE["code"]
    assert lines["score", "s1"]["valueQuantity"] == OBSERVATION["valueQuantity"]
    assert [item["linkId"] for item in lines["score", "q1"]["item"]] == ["who", "back"]
    assert lines["score", "q1"]["item"][1]["answer"] == [{"valueString": "7"}]
    assert lines["coverage", ""]["payor"] == [{"reference": "Patient/p1"}]


def test_a_line_names_what_was_left_out_of_it(pack):
    left_out = {(row["table"], row["record_id"]): row["left_out"].split(", ") for row in lines_of(pack)}
    for name in ("name", "telecom", "link", "extension", "_birthDate", "meta.extension", "communication"):
        assert name in left_out["patient", "p1"]
    for name in ("subject.display", "subject.identifier", "performer.actor.display", "contained", "text", "note"):
        assert name in left_out["procedure", "op1"]
    for name in ("subscriberId", "subscriber", "policyHolder", "beneficiary.display", "payor.display"):
        assert name in left_out["coverage", ""]
    for name in ("item.text", "item.answer.valueString", "item.answer.valueReference", "source.display"):
        assert name in left_out["score", "q1"]


def test_a_row_of_csv_has_its_header_and_one_whose_cells_fit_no_column_is_not_shown(tmp_path):
    records = tables_folder(
        tmp_path / "records",
        patient="Patient_id,birth_date\np1,1960-01-01\np1,1960-01-01,Zweckstein\n",
    )
    words = ("--year", 2026, "--as-of", "2026-11-21", "--out", tmp_path / "result", "--no-report")
    assert lumbar("evaluate", records, *words).code == 0
    out = tmp_path / "pack"
    assert lumbar("audit-pack", tmp_path / "result", "--sample", 1, "--source", records, "--out", out).code == 0
    rows = [row for row in lines_of(out) if row["table"] == "patient"]
    assert [(row["header"], row["original"], row["left_out"]) for row in rows] == [
        ("Patient_id,birth_date", "p1,1960-01-01", ""),
        ("", "", "the whole row: it has not as many cells as the header"),
    ]
    assert rows[1]["became"] == "rejected: unparsable"
    assert "Zweckstein" not in (out / "source" / "lines.csv").read_text()


@pytest.mark.parametrize(
    "reference", [r"Patient\/p1", r"\u0050atient/p1", "https://h.example/Patient/p1", "urn:uuid:p1"]
)
def test_a_line_is_found_however_its_reference_is_written(tmp_path, reference):
    line = f'{{"id" : "s1","resourceType":"Observation","subject":{{"reference":"{reference}"}}}}'
    (tmp_path / "Observation.ndjson").write_text("{}\n" + line + "\n" + line.replace("p1", "p11") + "\n")
    path = tmp_path / "Observation.ndjson"
    inputs = [{"file": path.name, "read_as": "Observation", "blake3": fingerprint(path)}]
    by_id = Wanted(frozenset({"p1"}), {"score": frozenset({"s1"})}, {})
    assert [found.line for found in source_lines(tmp_path, inputs, by_id, str)] == [2]
    by_patient = Wanted(frozenset({"p1"}), {}, {(path.name, 2): "rejected: x"})
    assert [found.line for found in source_lines(tmp_path, inputs, by_patient, str)] == [2]

"""Patients with their contacts, diagnoses, and coverages with their payers."""

from datetime import date

import pytest

from source_folder import Intaken, concept, fhir_folder, intake

ICD = "http://hl7.org/fhir/sid/icd-10-cm"
US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"


def patient(patient_id, **elements):
    return {"resourceType": "Patient", "id": patient_id, **elements}


def us_core(use, text):
    return {"url": f"{US_CORE}{use}", "extension": [{"url": "ombCategory"}, {"url": "text", "valueString": text}]}


def language(code, **elements):
    return {"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": code}]}, **elements}


PATIENTS = {
    "full-date": (patient("", birthDate="1950-02-28"), {"birth_date": date(1950, 2, 28), "deceased": None}),
    "year": (patient("", birthDate="1950"), {"birth_date": None}),
    "month": (patient("", birthDate="1950-02"), {"birth_date": None}),
    "no-date": (patient(""), {"birth_date": None, "sex": None, "language": None, "race": None}),
    "sex": (patient("", gender="female"), {"sex": "female"}),
    "died": (
        patient("", deceasedDateTime="2025-05-01T10:00:00Z"),
        {"deceased_on": date(2025, 5, 1), "deceased": True},
    ),
    "died-some-year": (patient("", deceasedDateTime="2025"), {"deceased_on": None, "deceased": True}),
    "dead": (patient("", deceasedBoolean=True), {"deceased_on": None, "deceased": True}),
    "alive": (patient("", deceasedBoolean=False), {"deceased_on": None, "deceased": False}),
    "language": (patient("", communication=[language("es")]), {"language": "es"}),
    "preferred": (
        patient("", communication=[language("en"), language("es", preferred=True), language("fr")]),
        {"language": "es"},
    ),
    "race": (
        patient("", extension=[{"url": "urn:x"}, us_core("race", "Asian"), us_core("ethnicity", "Not Hispanic")]),
        {"race": "Asian", "ethnicity": "Not Hispanic"},
    ),
}
BAD_PATIENTS = {"no-such-day": patient("", birthDate="1950-02-30"), "slashes": patient("", birthDate="02/28/1950")}
CONTACTS = {
    "all": (
        patient(
            "",
            name=[{"given": ["Ana", "B."], "family": "Cruz"}],
            telecom=[{"system": "email", "value": "a@example.org"}, {"system": "phone", "value": "555-0100"}],
            identifier=[
                {"system": "urn:ssn", "value": "000"},
                {"type": {"coding": [{"code": "MR"}]}, "value": "00042"},
            ],
            communication=[language("es")],
        ),
        ("Ana B. Cruz", "00042", "555-0100", "a@example.org", "es"),
    ),
    "text-name": (patient("", name=[{"text": "Ana Cruz", "family": "Cruz"}]), ("Ana Cruz", None, None, None, None)),
    "sms": (patient("", telecom=[{"system": "sms", "value": "555-0101"}]), (None, None, "555-0101", None, None)),
    "only-a-language": (patient("", communication=[language("es")]), None),
}


@pytest.fixture(scope="module")
def people(tmp_path_factory) -> Intaken:
    cases = PATIENTS | CONTACTS
    lines = [{**given, "id": name} for name, (given, _) in cases.items()]
    lines += [{**given, "id": name} for name, given in BAD_PATIENTS.items()]
    return intake(fhir_folder(tmp_path_factory.mktemp("people"), Patient=lines))


@pytest.mark.parametrize("name", PATIENTS)
def test_a_patient_is_read(name, people):
    row = people.row("patient", name)
    assert {key: row[key] for key in PATIENTS[name][1]} == PATIENTS[name][1]


@pytest.mark.parametrize("name", CONTACTS)
def test_a_patient_is_their_own_contact(name, people):
    found = [tuple(row.values())[1:6] for row in people.tables["contact"] if row["patient_id"] == name]
    assert found == ([CONTACTS[name][1]] if CONTACTS[name][1] else [])


@pytest.mark.parametrize("name", BAD_PATIENTS)
def test_a_birth_date_that_cannot_be_read_is_not_taken_for_unknown(name, people):
    assert people.reason(name) == "unparsable"


def condition(condition_id, **elements):
    base = {
        "resourceType": "Condition",
        "id": condition_id,
        "subject": {"reference": "Patient/p1"},
        "code": concept(ICD, "M41.26"),
    }
    return base | elements


VERIFIED = "http://terminology.hl7.org/CodeSystem/condition-ver-status"


def verified(*codings):
    """A verification status of those codings: (system, code), or the code alone in HL7's own system."""
    pairs = [coding if isinstance(coding, tuple) else (VERIFIED, coding) for coding in codings]
    return {"verificationStatus": {"coding": [{"system": system, "code": code} for system, code in pairs]}}


CONDITIONS = {
    "plain": ({}, {"system": "icd10cm", "code": "M41.26", "onset_on": None, "abated_on": None}),
    "undotted": ({"code": concept(ICD, "m4126")}, {"code": "M41.26"}),
    "spaces": ({"code": concept(f" {ICD} ", " M41.26 "), "onsetDateTime": ""}, {"code": "M41.26", "onset_on": None}),
    "refuted-with-spaces": (verified((f"{VERIFIED} ", " refuted ")), {"verification": "refuted"}),
    "short": ({"code": concept(ICD, "D48")}, {"code": "D48"}),
    "oid": ({"code": concept("urn:oid:2.16.840.1.113883.6.90", "S32.010A")}, {"code": "S32.010A"}),
    "beside-snomed": (
        {"code": {"coding": [{"system": "http://snomed.info/sct", "code": "1"}, {"system": ICD, "code": "C79.51"}]}},
        {"code": "C79.51"},
    ),
    "onset": ({"onsetDateTime": "2025-01-02"}, {"onset_on": date(2025, 1, 2)}),
    "onset-period": ({"onsetPeriod": {"start": "2025-01-02", "end": "2025-02-02"}}, {"onset_on": date(2025, 1, 2)}),
    "abated": ({"abatementDateTime": "2025-01-09T12:00:00Z"}, {"abated_on": date(2025, 1, 9)}),
    "abated-period": (
        {"abatementPeriod": {"start": "2025-01-02", "end": "2025-02-02"}},
        {"abated_on": date(2025, 1, 2)},
    ),
    "abated-some-time": ({"abatementPeriod": {"end": "2025-02-02"}}, {"abated_on": None}),
    "recorded": ({"recordedDate": "2025-03-01T10:00:00Z"}, {"recorded_on": date(2025, 3, 1)}),
    "not-recorded": ({}, {"recorded_on": None}),
    "confirmed": (verified("confirmed"), {"verification": "confirmed"}),
    "refuted": (verified("refuted"), {"verification": "refuted"}),
    "differential": (verified("differential"), {"verification": "differential"}),
    "refuted-in-hl7-words": (verified(("urn:x", "DX-9"), "refuted"), {"verification": "refuted"}),
    "refuted-after-nothing": (verified(("urn:x", None), ("urn:y", "refuted")), {"verification": "refuted"}),
    "refuted-elsewhere": (verified(("urn:x", "refuted"), (VERIFIED, None)), {"verification": "refuted"}),
    "a-status-of-their-own": (verified(("http://snomed.info/sct", "410605003")), {"verification": None}),
    "refuted-after-their-own": (verified(("urn:x", "DX-9"), ("urn:y", "Refuted")), {"verification": "refuted"}),
    "the-same-code-twice": ({"code": concept(ICD, "M41.26", "m4126")}, {"code": "M41.26"}),
    "a-coding-without-code-beside": ({"code": concept(ICD, None, "C79.51")}, {"code": "C79.51"}),
}
# Several codes: one row for each, in the order of their text.
SEVERAL = {
    "two": (concept(ICD, "S32.010A", "M51.26"), {"two#1": "M51.26", "two#2": "S32.010A"}),
    "three": (
        {
            "coding": [
                *concept(ICD, "M51.26", "C79.51")["coding"],
                *concept("urn:oid:2.16.840.1.113883.6.90", "D48")["coding"],
            ]
        },
        {"three#1": "C79.51", "three#2": "D48", "three#3": "M51.26"},
    ),
    "two-written-thrice": (
        concept(ICD, "M51.26", "C79.51", "C7951"),
        {"two-written-thrice#1": "C79.51", "two-written-thrice#2": "M51.26"},
    ),
}
BAD_CONDITIONS = {
    "in-error": (verified("entered-in-error"), "entered_in_error"),
    "verified-in-no-known-word": (verified("sure"), "unparsable"),
    "onset-year": ({"onsetDateTime": "2024"}, "imprecise_date"),
    "onset-never": ({"onsetDateTime": "2024-02-30"}, "unparsable"),
    "empty-code": ({"code": concept(ICD, " ")}, "unparsable"),
    "recorded-some-month": ({"recordedDate": "2025-03"}, "imprecise_date"),
    "recorded-never": ({"recordedDate": "2025-02-30"}, "unparsable"),
    "without-code": ({"code": {"coding": [{"system": ICD}]}}, "unparsable"),
    "of-nobody": ({"subject": {"reference": "Patient/nobody"}}, "unknown_patient"),
}
NO_CONDITIONS = {
    "snomed": {"code": concept("http://snomed.info/sct", "203646004")},
    "text": {"code": {"text": "scoliosis"}},
    "icd-9": {"code": concept("http://hl7.org/fhir/sid/icd-9-cm", "737.30")},
}


@pytest.fixture(scope="module")
def conditions(tmp_path_factory) -> Intaken:
    changes = {name: changed for name, (changed, _) in (CONDITIONS | BAD_CONDITIONS).items()} | NO_CONDITIONS
    lines = [condition(name, **changed) for name, changed in changes.items()]
    lines += [condition(name, code=code) for name, (code, _) in SEVERAL.items()]
    return intake(fhir_folder(tmp_path_factory.mktemp("conditions"), Condition=lines))


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_diagnosis_is_read(name, conditions):
    row = conditions.row("condition", name)
    assert {key: row[key] for key in CONDITIONS[name][1]} == CONDITIONS[name][1]


@pytest.mark.parametrize("name", SEVERAL)
def test_every_code_of_a_diagnosis_is_a_row(name, conditions):
    rows = [row for row in conditions.tables["condition"] if row["condition_id"].split("#")[0] == name]
    assert {row["condition_id"]: row["code"] for row in rows} == SEVERAL[name][1]


def test_a_diagnosis_of_several_codes_counts_as_one_line(tmp_path):
    """The first line's second code is another than the third line's: these two conflict, the line is mapped all the same."""
    lines = [
        condition("c", code=concept(ICD, "C79.51", "M41.26")),
        condition("d", code=concept(ICD, "C79.51", "M41.26"), subject={"reference": "Patient/nobody"}),
        condition("c", code=concept(ICD, "C79.51", "S32.010A")),
    ]
    read = intake(fhir_folder(tmp_path, Condition=lines))
    assert [row["condition_id"] for row in read.tables["condition"]] == ["c#1"]
    assert read.reasons() == {
        "c#1": ["duplicate"],
        "c#2": ["conflicting_id"] * 2,
        "d#1": ["unknown_patient"],
        "d#2": ["unknown_patient"],
    }
    file = read.files["Condition.ndjson"]
    assert (file.n_rows, file.n_mapped, file.n_rejected) == (3, 1, 2)


@pytest.mark.parametrize("name", BAD_CONDITIONS)
def test_a_diagnosis_is_rejected_for(name, conditions):
    assert conditions.reason(name) == BAD_CONDITIONS[name][1]


def test_a_diagnosis_in_no_code_system_of_ours_is_of_no_concern(conditions):
    assert conditions.files["Condition.ndjson"].n_of_no_concern == len(NO_CONDITIONS)


ORGANIZATIONS = [
    {"resourceType": "Organization", "id": "pay", "name": "UHC Medicare Advantage"},
    {"resourceType": "Organization", "id": "nameless"},
    {"resourceType": "Organization", "id": "twice", "name": "Aetna"},
    {"resourceType": "Organization", "id": "twice", "name": "Cigna"},
    {"resourceType": "Organization", "id": "again", "name": "Cigna"},
    {"resourceType": "Organization", "id": "again", "name": "Cigna"},
]
PAYORS = {
    "organization": ([{"reference": "Organization/pay"}], {}, "medicare_advantage", "UHC Medicare Advantage"),
    "absolute": ([{"reference": "https://x.example/fhir/Organization/pay/_history/1"}], {}, "medicare_advantage", None),
    "display": ([{"display": "Aetna PPO"}], {}, "aetna", "Aetna PPO"),
    "organization-before-display": (
        [{"reference": "Organization/pay", "display": "x"}],
        {},
        "medicare_advantage",
        None,
    ),
    "unknown-organization": ([{"reference": "Organization/no", "display": "Cigna"}], {}, "cigna", "Cigna"),
    "nameless": ([{"reference": "Organization/nameless"}], {}, "unknown", None),
    "conflicting": ([{"reference": "Organization/twice"}], {}, "unknown", None),
    "the-same-twice": ([{"reference": "Organization/again"}], {}, "cigna", "Cigna"),
    "patient": ([{"reference": "Patient/p1"}], {}, "self_pay", "self pay"),
    "type": ([], {"type": {"text": "Medicaid"}}, "medicaid", "Medicaid"),
    "type-coding": ([], {"type": {"coding": [{"display": "BCBS PPO"}]}}, "blue_cross_blue_shield", "BCBS PPO"),
    "nothing": ([], {}, "unknown", None),
}


@pytest.fixture(scope="module")
def coverages(tmp_path_factory) -> Intaken:
    lines = []
    for number, (name, (payor, more, _, _)) in enumerate(PAYORS.items()):
        base = {"resourceType": "Coverage", "id": name, "status": "active", "subscriberId": f"00{number}"}
        period = {"start": f"2025-01-{number + 1:02d}", "end": "2025-12-31"}
        whose = {"beneficiary": {"reference": "Patient/p1"}, "payor": payor, "period": period}
        lines.append({**base, **whose, **more})
    lines += [{**lines[0], "status": status} for status in ("entered-in-error", "draft")]
    lines += [{**lines[0], "beneficiary": {"reference": "Patient/nobody"}}, {**lines[0], "period": {"start": "2025"}}]
    folder = tmp_path_factory.mktemp("coverages")
    return intake(fhir_folder(folder, Coverage=lines, Organization=ORGANIZATIONS))


@pytest.mark.parametrize("name", PAYORS)
def test_a_payer_is_named_by_its_organization_else_as_displayed_else_by_the_plan(name, coverages):
    number = list(PAYORS).index(name)
    row = next(row for row in coverages.tables["coverage"] if row["member_id"] == f"00{number}")
    assert row["payer"] == PAYORS[name][2]
    assert (row["starts_on"], row["ends_on"]) == (date(2025, 1, number + 1), date(2025, 12, 31))
    if PAYORS[name][3] is not None:
        assert row["payer_name"] == PAYORS[name][3]


def test_coverages_and_organizations_are_rejected_with_their_line(coverages):
    assert sorted((row["source"], row["line"], row["reason"]) for row in coverages.rejected) == [
        ("Coverage.ndjson", len(PAYORS) + 1, "entered_in_error"),
        ("Coverage.ndjson", len(PAYORS) + 2, "entered_in_error"),
        ("Coverage.ndjson", len(PAYORS) + 3, "unknown_patient"),
        ("Coverage.ndjson", len(PAYORS) + 4, "imprecise_date"),
        ("Organization.ndjson", 3, "conflicting_id"),
        ("Organization.ndjson", 4, "conflicting_id"),
    ]
    assert coverages.files["Organization.ndjson"].n_mapped == 4

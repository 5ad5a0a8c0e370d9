"""What a Procedure can look like: its lines, its surgeon, its date, and whose it is."""

from datetime import date

import pytest

from source_folder import CPT, NPI, PROCEDURE_RESOURCE, SNOMED, Intaken, back_pain, concept, fhir_folder, intake

HCPCS = "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
SURGEON = {"function": concept(SNOMED, "304292004")}
NURSE = {"function": concept(SNOMED, "158965000"), "actor": {"reference": "Practitioner/nurse"}}
UUID = "0f1d2c3b-4a59-4687-8675-64534231a0bc"


def procedure(procedure_id, **changed):
    resource = {**PROCEDURE_RESOURCE, "id": procedure_id, **changed}
    return {key: value for key, value in resource.items() if value is not None}


def codings(*pairs):
    return {"code": {"coding": [{"system": system, "code": code} for system, code in pairs]}}


# Procedure id: (what differs from a CPT 63030 on 3 March 2025, the lines that must come out by their id).
LINES = {
    "plain": ({}, {"plain": ("cpt", "63030", None)}),
    "oid": (codings(("urn:oid:2.16.840.1.113883.6.12", "63030")), {"oid": ("cpt", "63030", None)}),
    "staged": (codings((CPT, "63030:58")), {"staged": ("cpt", "63030", "58")}),
    "two-modifiers": (codings((CPT, "63030:58,62")), {"two-modifiers": ("cpt", "63030", "58 62")}),
    "small-letters": (codings((CPT, "63030:as")), {"small-letters": ("cpt", "63030", "AS")}),
    "two-lines": (
        codings((CPT, "63047"), (CPT, "22612:62")),
        {"two-lines": ("cpt", "63047", None), "two-lines#2": ("cpt", "22612", "62")},
    ),
    "three-lines": (
        codings((CPT, "63047"), (SNOMED, "76107001"), (CPT, "22612"), (CPT, "22614")),
        {
            "three-lines": ("cpt", "63047", None),
            "three-lines#2": ("cpt", "22612", None),
            "three-lines#3": ("cpt", "22614", None),
        },
    ),
    "cpt-first": (codings((SNOMED, "76107001"), (CPT, "63030")), {"cpt-first": ("cpt", "63030", None)}),
    "hcpcs-next": (codings((SNOMED, "76107001"), (HCPCS, "S2350")), {"hcpcs-next": ("hcpcs", "S2350", None)}),
    "snomed": (codings((SNOMED, "76107001")), {"snomed": ("snomed", "76107001", None)}),
    "another-system": (codings(("urn:x", "ABC:1")), {"another-system": ("urn:x", "ABC:1", None)}),
    "leading-zero": (codings((CPT, "0275T"), ("urn:x", "00042")), {"leading-zero": ("cpt", "0275T", None)}),
    "text-only": ({"code": {"text": "laminectomy"}}, {"text-only": (None, None, None)}),
    "no-code": ({"code": None}, {"no-code": (None, None, None)}),
    "spaces": (codings((f" {CPT} ", " 63030 : 58 ")), {"spaces": ("cpt", "63030", "58")}),
    "empty-code": (codings((CPT, " ")), {"empty-code": (None, None, None)}),
    "empty-code-beside": (
        codings((CPT, ""), (SNOMED, "76107001")),
        {"empty-code-beside": ("snomed", "76107001", None)},
    ),
    "coding-without-code": (codings((CPT, None)), {"coding-without-code": (None, None, None)}),
}
SURGEONS = {
    "referenced": ([{"actor": {"reference": "Practitioner/dr"}}], "0012345678"),
    "absolute": ([{"actor": {"reference": "https://ehr.example/fhir/Practitioner/dr"}}], "0012345678"),
    "spaced": ([{"actor": {"reference": " Practitioner/dr "}}], "0012345678"),
    "inline-spaced": ([{"actor": {"identifier": {"system": f" {NPI}", "value": " 1999999992 "}}}], "1999999992"),
    "inline-empty": ([{"actor": {"identifier": {"system": NPI, "value": ""}}}], None),
    "versioned": ([{"actor": {"reference": "Practitioner/dr/_history/3"}}], "0012345678"),
    "urn": ([{"actor": {"reference": f"urn:uuid:{UUID}"}}], "1111111112"),
    "inline": ([{"actor": {"identifier": {"system": NPI, "value": "1999999992"}}}], "1999999992"),
    "inline-of-another-system": ([{"actor": {"identifier": {"system": "urn:x", "value": "77"}}}], None),
    "first": ([{"actor": {"reference": "Practitioner/dr"}}, NURSE], "0012345678"),
    "by-function": ([NURSE, {**SURGEON, "actor": {"reference": "Practitioner/dr"}}], "0012345678"),
    "by-function-inline": ([NURSE, {**SURGEON, "actor": {"identifier": {"system": NPI, "value": "1"}}}], "1"),
    "without-npi": ([{"actor": {"reference": "Practitioner/nurse"}}], None),
    "unknown": ([{"actor": {"reference": "Practitioner/nobody"}}], None),
    "organization": ([{"actor": {"reference": "Organization/dr"}}], None),
    "contained": ([{"actor": {"reference": "#dr"}}], "1222222221"),
    "contained-after-a-nurse": ([NURSE, {**SURGEON, "actor": {"reference": "#dr"}}], "1222222221"),
    "contained-without-npi": ([{"actor": {"reference": "#nurse"}}], None),
    "contained-role": ([{"actor": {"reference": "#role"}}], None),
    "contained-nowhere": ([{"actor": {"reference": "#nobody"}}], None),
    "none": (None, None),
}
PRACTITIONERS = [
    {"resourceType": "Practitioner", "id": "dr", "identifier": [{"system": "urn:x", "value": "9"}]}
    | {"identifier": [{"system": "urn:x", "value": "9"}, {"system": NPI, "value": "0012345678"}]},
    {"resourceType": "Practitioner", "id": "nurse", "identifier": [{"system": "urn:x", "value": "8"}]},
    {"resourceType": "Practitioner", "id": UUID, "identifier": [{"system": "urn:oid:2.16.840.1.113883.4.6"}]}
    | {"identifier": [{"system": "urn:oid:2.16.840.1.113883.4.6", "value": "1111111112"}]},
]
CONTAINED = [
    {"resourceType": "QuestionnaireResponse", "id": "dr", "identifier": {"system": NPI, "value": "1"}},
    {"resourceType": "PractitionerRole", "id": "role", "identifier": [{"system": NPI, "value": "2"}]},
    {"resourceType": "Practitioner", "id": "nurse", "identifier": [{"system": "urn:x", "value": "8"}]},
    {"resourceType": "Practitioner", "id": "dr", "name": [{"family": "Cruz"}]}
    | {"identifier": [{"system": "urn:x", "value": "9"}, {"system": NPI, "value": "1222222221"}]},
]
DATES = {
    "date": ({"performedDateTime": "2025-03-03"}, (date(2025, 3, 3), None)),
    "late": ({"performedDateTime": "2025-03-03T23:30:00-06:00"}, (date(2025, 3, 3), "23:30:00")),
    "spaced": ({"performedDateTime": " 2025-03-03 "}, (date(2025, 3, 3), None)),
    "empty-beside-a-period": (
        {"performedDateTime": "", "performedPeriod": {"start": "2025-03-03"}},
        (date(2025, 3, 3), None),
    ),
    "minutes": ({"performedDateTime": "2025-03-03T07:30Z"}, (date(2025, 3, 3), "07:30:00")),
    "midnight": ({"performedDateTime": "2025-03-03T00:00:00-06:00"}, (date(2025, 3, 3), None)),
    "a-second-past": ({"performedDateTime": "2025-03-03T00:00:01-06:00"}, (date(2025, 3, 3), "00:00:01")),
    "period": (
        {
            "performedDateTime": None,
            "performedPeriod": {"start": "2025-03-03T22:00:00Z", "end": "2025-03-04T01:00:00Z"},
        },
        (date(2025, 3, 3), "22:00:00"),
    ),
}
SUBJECTS = {
    "relative": "Patient/p1",
    "absolute": "https://ehr.example/fhir/Patient/p1",
    "versioned": "Patient/p1/_history/2",
    "spaced": " Patient/p1 ",
    "absolute-versioned": "https://ehr.example/fhir/Patient/p1/_history/2",
    "urn": f"urn:uuid:{UUID}",
}
STRANGERS = {
    "group": "Group/p1",
    "nobody": "Patient/nobody",
    "contained": "#p1",
    "conditional": "Patient?identifier=p1",
    "device": "Device/Patient/x",
    "suffix": "OutPatient/p1",
    "none": None,
    "empty": "",
    "empty-urn": "urn:uuid:",
    "blank": " ",
}


@pytest.fixture(scope="module")
def procedures(tmp_path_factory) -> Intaken:
    """Every case above, by an id that begins with what the case is about."""
    lines = [procedure(f"{name}", **changed) for name, (changed, _) in LINES.items()]
    lines += [procedure(f"surgeon-{name}", performer=given) for name, (given, _) in SURGEONS.items()]
    for line in lines:
        if line["id"].startswith("surgeon-contained"):
            line["contained"] = CONTAINED
    lines += [procedure("contained-text", performer=[{"actor": {"reference": "#dr"}}], contained="[#dr")]
    lines += [procedure(f"date-{name}", **changed) for name, (changed, _) in DATES.items()]
    lines += [procedure(f"of-{name}", subject={"reference": to}) for name, to in (SUBJECTS | STRANGERS).items()]
    lines += [procedure("at-display", location={"reference": "Location/1", "display": "East"})]
    lines += [procedure("at-reference", location={"reference": "Location/west"})]
    patients = [{"resourceType": "Patient", "id": patient_id} for patient_id in ("p1", UUID)]
    folder = tmp_path_factory.mktemp("procedures")
    return intake(fhir_folder(folder, Patient=patients, Procedure=lines, Practitioner=PRACTITIONERS))


@pytest.mark.parametrize("name", LINES)
def test_every_coding_of_the_first_kind_is_a_line(name, procedures):
    found = {
        row["procedure_id"]: (row["system"], row["code"], row["modifiers"])
        for row in procedures.tables["procedure"]
        if row["procedure_id"].split("#")[0] == name
    }
    assert found == LINES[name][1]


@pytest.mark.parametrize("name", SURGEONS)
def test_the_surgeon_is_the_performer_of_that_function_or_the_first(name, procedures):
    assert procedures.row("procedure", f"surgeon-{name}")["surgeon_npi"] == SURGEONS[name][1]


@pytest.mark.parametrize("name", DATES)
def test_a_procedure_is_performed_on_the_local_date_as_written(name, procedures):
    row = procedures.row("procedure", f"date-{name}")
    assert (row["performed_on"], row["performed_time"]) == DATES[name][1]


@pytest.mark.parametrize("name", SUBJECTS)
def test_a_reference_finds_its_patient(name, procedures):
    patient_id = UUID if name == "urn" else "p1"
    assert procedures.row("procedure", f"of-{name}")["patient_id"] == patient_id


@pytest.mark.parametrize("name", STRANGERS)
def test_what_refers_to_no_patient_of_the_export_is_rejected(name, procedures):
    assert procedures.reason(f"of-{name}") == "unknown_patient"


def test_a_facility_is_its_display_or_its_reference(procedures):
    assert procedures.row("procedure", "at-display")["facility"] == "East"
    assert procedures.row("procedure", "at-reference")["facility"] == "west"


def test_nothing_else_was_rejected(procedures):
    assert {row["reason"] for row in procedures.rejected} == {"unknown_patient"}
    assert len(procedures.rejected) == len(STRANGERS)


def test_what_is_contained_without_being_a_list_is_passed_over(procedures):
    assert procedures.row("procedure", "contained-text")["surgeon_npi"] is None


def test_a_procedure_of_several_lines_counts_as_one_row(procedures):
    file = procedures.files["Procedure.ndjson"]
    assert file.n_rows == file.n_mapped + len(STRANGERS)
    assert len(procedures.tables["procedure"]) == file.n_mapped + 3


def test_without_an_id_every_line_of_a_procedure_is_unparsable(tmp_path):
    lines = procedure("x", **codings((CPT, "63047"), (CPT, "22612")))
    del lines["id"]
    read = intake(fhir_folder(tmp_path, Procedure=[procedure("op"), lines, lines]))
    assert [(row["line"], row["record_id"], row["reason"]) for row in read.rejected] == [
        (line, None, "unparsable") for line in (2, 2, 3, 3)
    ]


@pytest.mark.parametrize("kind", ["Procedure", "Condition"])
def test_codings_that_are_no_list_are_unparsable(kind, tmp_path):
    """Not of no concern, and not a procedure without a code: what it is could not be read."""
    coding = {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "M41.26"}
    good = {"resourceType": kind, "status": "completed", "subject": {"reference": "Patient/p1"}}
    good["performedDateTime"] = "2025-03-03"
    bad = [{"coding": coding}, {"coding": "M41.26", "text": "scoliosis"}, {"coding": 7}]
    fine = [{"coding": [coding]}, {"text": "scoliosis"}, {"coding": None}, {"coding": []}, {}, None]
    lines = [{**good, "id": f"c{n}", "code": code} for n, code in enumerate([*bad, *fine])]
    read = intake(fhir_folder(tmp_path, **{kind: lines}))
    assert read.places() == [(1, "unparsable"), (2, "unparsable"), (3, "unparsable")]
    assert {(row["record_id"], row["detail"]) for row in read.rejected} == {
        (f"c{n}", "code.coding is not a list") for n in range(3)
    }
    assert len(read.tables[kind.lower()]) == (6 if kind == "Procedure" else 1)


@pytest.mark.parametrize("kind", ["Patient", "Procedure", "Observation", "Condition", "Organization", "Practitioner"])
def test_an_id_is_trimmed_and_an_empty_one_is_missing(kind, tmp_path):
    subject = {"subject": {"reference": "Patient/p1"}}
    good = {
        "Patient": {"resourceType": "Patient"},
        "Procedure": PROCEDURE_RESOURCE,
        "Observation": back_pain(""),
        "Condition": {"code": concept("http://hl7.org/fhir/sid/icd-10-cm", "M41.26"), **subject},
    }.get(kind, {})
    lines = [{**good, "resourceType": kind, "id": given} for given in (" p1 ", " ", "")]
    read = intake(fhir_folder(tmp_path, **{kind: lines}))
    assert read.places() == [(2, "unparsable"), (3, "unparsable")]
    tables = {"Patient": "patient", "Procedure": "procedure", "Observation": "score", "Condition": "condition"}
    if kind in tables:
        assert read.row(tables[kind], "p1")


@pytest.mark.parametrize(("status", "reason"), [(" completed ", None), ("", "not_done"), (" ", "not_done")])
def test_a_status_is_trimmed_and_an_empty_one_is_none(status, reason, tmp_path):
    assert intake(fhir_folder(tmp_path, Procedure=[procedure("op", status=status)])).reason("op") == reason


def test_instants_are_converted_only_where_the_site_names_its_zone(tmp_path):
    """03:30 UTC on 4 March is 21:30 on the 3rd in Chicago (standard time, six hours)."""
    op = procedure("op", performedDateTime="2025-03-04T03:30:00Z")
    score = back_pain("s", effectiveDateTime="2025-03-04T02:00:00+00:00")
    folder = fhir_folder(tmp_path, Procedure=[op], Observation=[score])
    as_written, in_zone = intake(folder), intake(folder, 'timezone = "America/Chicago"')
    assert as_written.row("procedure", "op")["performed_on"] == date(2025, 3, 4)
    assert in_zone.row("procedure", "op")["performed_on"] == date(2025, 3, 3)
    assert in_zone.row("procedure", "op")["performed_time"] == "21:30:00"
    assert in_zone.row("score", "s")["assessed_on"] == date(2025, 3, 3)
    assert in_zone.row("score", "s")["assessed_time"] == "20:00:00"
    assert [warning.split(" ends in Z")[0] for warning in as_written.warnings_of_what_is_there()] == [
        "every time of day in procedure.performed_on"
    ]
    assert in_zone.warnings_of_what_is_there() == []


def test_one_time_with_another_offset_is_enough_for_no_warning(tmp_path):
    ops = [procedure("a", performedDateTime="2025-03-04T03:30:00Z")]
    ops.append(procedure("b", performedDateTime="2025-03-04T03:30:00-06:00"))
    assert intake(fhir_folder(tmp_path, Procedure=ops)).warnings_of_what_is_there() == []

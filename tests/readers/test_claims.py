"""FHIR claims: Claim and ExplanationOfBenefit, in the forms Medicare's bulk exports and CARIN Blue Button give them."""

from datetime import date

import pyarrow.parquet as pq
import pytest

from lumbar.audit.source_lines import Wanted, source_lines
from lumbar.errors import InputError
from lumbar.store import open_result
from lumbar.synth import write_clinic
from lumbar.workflow import evaluate_to_folder
from source_folder import NPI, PROCEDURE_RESOURCE, concept, fhir_folder, intake

HCPCS = "https://bluebutton.cms.gov/resources/codesystem/hcpcs"
CARIN = "http://hl7.org/fhir/us/carin-bb/CodeSystem"
ROLE = f"{CARIN}/C4BBClaimCareTeamRole"


def item(sequence, *codes, modifiers=(), system=HCPCS, **changed):
    """A line of a claim; a change to None takes the element away."""
    resource = {
        "sequence": sequence,
        "careTeamSequence": [2],
        "productOrService": concept(system, *codes),
        "modifier": [concept(HCPCS, modifier) for modifier in modifiers],
        "servicedPeriod": {"start": "2025-03-03", "end": "2025-03-03"},
        **changed,
    }
    return {key: value for key, value in resource.items() if value is not None}


def member(sequence, npi, role):
    """Medicare's exports say by its type alone that a number is an NPI."""
    identifier = {"type": {"coding": [{"system": f"{CARIN}/C4BBIdentifierType", "code": "npi"}]}, "value": npi}
    return {"sequence": sequence, "provider": {"identifier": identifier}, "role": concept(ROLE, role)}


def benefit(id_="eob-1", *items, **changed):
    """An ExplanationOfBenefit of one operation; a change to None takes the element away."""
    resource = {
        "resourceType": "ExplanationOfBenefit",
        "id": id_,
        "status": "active",
        "use": "claim",
        "patient": {"reference": "Patient/p1"},
        "billablePeriod": {"start": "2025-03-03", "end": "2025-03-05"},
        "insurer": {"identifier": {"value": "CMS"}},
        "careTeam": [member(1, "1111111112", "referring"), member(2, "1234567893", "performing")],
        "diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": concept("http://hl7.org/fhir/sid/icd-10", "M5416")}],
        "insurance": [{"focal": True, "coverage": {"reference": "Coverage/part-b-1"}}],
        "item": list(items) or [item(1, "63030", modifiers=("50", "22"))],
        **changed,
    }
    return {key: value for key, value in resource.items() if value is not None}


def claims(folder, *benefits, **files):
    """A folder of patients and benefits, without Procedure files."""
    fhir_folder(folder, ExplanationOfBenefit=benefits, **files)
    (folder / "Procedure.ndjson").unlink()
    return folder


def procedures(read):
    return {row["procedure_id"]: row for row in read.tables["procedure"]}


def test_a_line_is_a_procedure_with_its_modifiers_and_who_did_it(tmp_path):
    read = intake(claims(tmp_path, benefit()))
    assert read.tables["procedure"] == [
        {
            "procedure_id": "eob-1#1",
            "patient_id": "p1",
            "performed_on": date(2025, 3, 3),
            "performed_time": None,
            "system": "cpt",
            "code": "63030",
            "modifiers": "50 22",
            "surgeon_npi": "1234567893",
            "facility": None,
        }
    ]
    assert read.rejected == []


def test_a_folder_needs_procedures_or_claims(tmp_path):
    fhir_folder(tmp_path)
    (tmp_path / "Procedure.ndjson").unlink()
    named = "no Procedure.*ndjson or Claim.*ndjson or ExplanationOfBenefit.*ndjson"
    with pytest.raises(InputError, match=named):
        intake(tmp_path)


@pytest.mark.parametrize(
    ("code", "system", "told"),
    [
        ("63030", HCPCS, "cpt"),
        ("0202T", HCPCS, "cpt"),
        ("G2137", HCPCS, "hcpcs"),
        ("63030", "http://www.ama-assn.org/go/cpt", "cpt"),
        ("G2137", "http://www.ama-assn.org/go/cpt", "hcpcs"),
        ("63030", "http://www.ama-assn.org/go/cpt/", "cpt"),
        ("63030", None, "cpt"),
        ("M1049", None, "hcpcs"),
        ("S2350", "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", "hcpcs"),
        ("0450", "https://www.nubc.org/CodeSystem/RevenueCodes", "https://www.nubc.org/codesystem/revenuecodes"),
    ],
)
def test_cpt_is_told_from_level_two_by_its_form(code, system, told, tmp_path):
    read = intake(claims(tmp_path, benefit("e", item(1, code, system=system))))
    assert read.row("procedure", "e#1")["system"] == told


def test_the_day_is_the_lines_own(tmp_path):
    items = [
        item(1, "63030", servicedPeriod=None, servicedDate="2025-03-04"),
        item(2, "63030", servicedPeriod={"end": "2025-03-04"}),
        item(3, "63030", servicedPeriod={"start": "2025-03-05T00:00:00+00:00"}),
        item(4, "63030", servicedPeriod={"start": "2025-03-05T09:30:00-06:00"}),
    ]
    read = intake(claims(tmp_path, benefit("e", *items)), 'timezone = "America/Chicago"')
    assert [row["performed_on"].day for row in read.tables["procedure"]] == [4, 5, 5]
    assert [row["performed_time"] is None for row in read.tables["procedure"]] == [True, True, False]
    assert read.places() == [(1, "imprecise_date")]


@pytest.mark.parametrize(
    ("period", "day"),
    [
        ({"start": "2025-03-03", "end": "2025-03-03"}, date(2025, 3, 3)),
        ({"start": "2025-03-03", "end": "2025-03-05"}, None),
        ({"start": "2025-03-03"}, None),
        ({"start": "2025-03", "end": "2025-03"}, None),
        (None, None),
    ],
)
def test_a_line_without_a_day_has_the_claims_only_where_that_is_one_day(period, day, tmp_path):
    undated = benefit("e", item(1, "63030", servicedPeriod=None), billablePeriod=period, created="2025-04-20")
    read = intake(claims(tmp_path, undated))
    assert [row["performed_on"] for row in read.tables["procedure"]] == ([day] if day else [])
    assert all(reason == "imprecise_date" for _, reason in read.places())


def test_a_diagnosis_is_known_from_the_first_dated_line_never_from_when_the_claim_was_made(tmp_path):
    dated = [item(1, "63030"), item(2, "63047", servicedPeriod=None, servicedDate="2025-03-02")]
    made = {"billablePeriod": None, "created": "2025-01-20"}
    read = intake(claims(tmp_path, benefit("e", *dated, **made)))
    assert [row["onset_on"] for row in read.tables["condition"]] == [date(2025, 3, 2)]


@pytest.mark.parametrize(
    ("modifier", "told"),
    [
        ([{"coding": [{"code": "LT"}, {"code": "80"}]}, concept(HCPCS, "22")], "LT 80 22"),
        ([{"text": "80"}], "80"),
        ([{"coding": [], "text": "80"}], "80"),
        ([], None),
    ],
)
def test_every_modifier_is_kept(modifier, told, tmp_path):
    read = intake(claims(tmp_path, benefit("e", item(1, "63030", modifier=modifier))))
    assert read.row("procedure", "e#1")["modifiers"] == told


@pytest.mark.parametrize("modifier", [{"coding": [{"code": "80"}]}, [{"coding": {"code": "80"}}], "80"])
def test_a_line_whose_modifiers_are_no_list_is_unparsable(modifier, tmp_path):
    read = intake(claims(tmp_path, benefit("e", item(1, "63030", modifier=modifier), item(2, "63047"))))
    assert read.places() == [(1, "unparsable")]
    assert list(procedures(read)) == ["e#2"]


@pytest.mark.parametrize(
    ("types", "verification"),
    [
        (["admitting"], "provisional"),
        (["patientreasonforvisit"], "provisional"),
        (["admitting", "principal"], None),
        (["principal"], None),
        ([], None),
    ],
)
def test_a_diagnosis_on_admission_is_provisional(types, verification, tmp_path):
    diagnosis = {"diagnosisCodeableConcept": concept("http://hl7.org/fhir/sid/icd-10-cm/", "C412")}
    told = {"type": [concept("http://terminology.hl7.org/CodeSystem/ex-diagnosistype", code) for code in types]}
    (row,) = intake(claims(tmp_path, benefit(diagnosis=[{**diagnosis, **told}]))).tables["condition"]
    assert row["verification"] == verification


@pytest.mark.parametrize("sequences", [(1, 1), (2, None), (None, None)])
def test_lines_of_one_sequence_or_none_are_told_by_their_place(sequences, tmp_path):
    items = [item(sequence, code) for sequence, code in zip(sequences, ("63030", "63047"), strict=True)]
    read = intake(claims(tmp_path, benefit("e", *items)))
    assert {name: row["code"] for name, row in procedures(read).items()} == {"e#1": "63030", "e#2": "63047"}


def test_parts_of_a_line_and_lines_the_payer_added_are_read(tmp_path):
    def service(sequence, code):
        return {"sequence": sequence, "productOrService": concept(HCPCS, code)}

    parts = [{**service(1, "63047"), "subDetail": [service(3, "63048")]}]
    added = {"productOrService": concept(HCPCS, "22612"), "servicedDate": "2025-03-04"}
    read = intake(claims(tmp_path, benefit("e", item(1, "63030", detail=parts), addItem=[added])))
    assert {name: (row["code"], row["performed_on"].day) for name, row in procedures(read).items()} == {
        "e#1": ("63030", 3),
        "e#1.1": ("63047", 3),
        "e#1.1.3": ("63048", 3),
        "e#added.1": ("22612", 4),
    }


def test_quality_data_codes_on_lines_are_reported_codes_and_other_supplies_are_not(tmp_path):
    """A payer denies the line of a quality-data code: it was reported all the same."""
    denied = [{"category": concept(f"{CARIN}/C4BBAdjudicationDiscriminator", "denialreason")}]
    items = [item(1, "63030"), item(2, "G2137", adjudication=denied), item(3, "m1049"), item(4, "J1100")]
    read = intake(claims(tmp_path, benefit("e", *items)))
    assert [(row["code"], row["reported_on"]) for row in read.tables["reported_code"]] == [
        ("G2137", date(2025, 3, 3)),
        ("M1049", date(2025, 3, 3)),
    ]
    assert len(read.tables["procedure"]) == 4
    file = read.files["ExplanationOfBenefit.ndjson"]
    assert (file.n_rows, file.n_mapped, file.n_rejected) == (1, 1, 0)


def test_diagnoses_get_their_dot_and_are_known_from_the_claims_first_day(tmp_path):
    diagnoses = [
        {"sequence": 1, "diagnosisCodeableConcept": concept("http://hl7.org/fhir/sid/icd-10-cm", "M5416")},
        {"sequence": 2, "diagnosisCodeableConcept": concept("http://hl7.org/fhir/sid/icd-10", "C412")},
        {"sequence": 3, "diagnosisCodeableConcept": concept("http://hl7.org/fhir/sid/icd-9-cm", "7244")},
    ]
    found = intake(claims(tmp_path, benefit(diagnosis=diagnoses))).tables["condition"]
    assert [(row["condition_id"], row["code"], row["onset_on"], row["abated_on"]) for row in found] == [
        ("eob-1#dx1", "M54.16", date(2025, 3, 3), None),
        ("eob-1#dx2", "C41.2", date(2025, 3, 3), None),
    ]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"status": "cancelled"}, "not_done"),
        ({"status": "draft"}, "not_done"),
        ({"status": None}, "not_done"),
        ({"status": "entered-in-error"}, "entered_in_error"),
        ({"use": "preauthorization"}, "not_done"),
        (
            {"related": [{"relationship": concept(f"{CARIN}/C4BBRelatedClaimRelationshipCodes", "replacedby")}]},
            "not_done",
        ),
    ],
)
def test_a_claim_that_does_not_stand_gives_rejected_lines_and_nothing_else(changed, reason, tmp_path):
    read = intake(claims(tmp_path, benefit("e", item(1, "63030"), item(2, "G2137"), **changed)))
    assert read.places() == [(1, reason), (1, reason)]
    assert not any(read.tables[name] for name in ("procedure", "reported_code", "condition", "coverage"))
    file = read.files["ExplanationOfBenefit.ndjson"]
    assert (file.n_rows, file.n_mapped, file.n_rejected) == (1, 0, 1)


def test_a_claim_that_replaced_another_stands(tmp_path):
    prior = concept("http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship", "prior")
    read = intake(claims(tmp_path, benefit(related=[{"relationship": prior}])))
    assert list(procedures(read)) == ["eob-1#1"]


def test_a_claim_that_names_a_prior_one_is_warned_of(tmp_path):
    prior = concept("http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship", "prior")
    read = intake(claims(tmp_path, benefit("old"), benefit("new", related=[{"relationship": prior}])))
    assert any(warning.startswith("1 claims name a prior claim") for warning in read.warnings)


def test_lines_in_unknown_code_systems_are_warned_of_and_only_addresses_named(tmp_path):
    items = [
        item(1, "0450", system="https://codes.example/revenue"),
        item(2, "63030", system="of Jane Doe"),
        item(3, "63030"),
    ]
    (warning,) = [told for told in intake(claims(tmp_path, benefit("e", *items))).warnings if "code systems" in told]
    assert warning.startswith("2 lines of claims")
    assert "https://codes.example/revenue" in warning
    assert "Jane" not in warning


def practitioner(id_, npi):
    return {"resourceType": "Practitioner", "id": id_, "identifier": [{"system": NPI, "value": npi}]}


@pytest.mark.parametrize(
    ("care_team", "named", "npi"),
    [
        ([member(1, "10", "referring"), member(2, "20", "performing")], [1, 2], "20"),
        ([member(1, "10", "performing"), member(2, "20", "operating")], None, "20"),
        ([member(1, "10", "performing"), member(2, "20", "performing")], [2], "20"),
        ([member(1, "10", "performing")], [7], None),
        ([member(1, "10", "referring")], [1], None),
        ([{"sequence": 1, "provider": {"reference": "Practitioner/dr"}}], [1], "30"),
        ([{"sequence": 1, "provider": {"reference": "#dr"}}], [1], "40"),
        ([{"sequence": 1, "provider": {"identifier": {"system": NPI, "value": "50"}}}], [1], "50"),
        ([{"sequence": 1, "provider": {"identifier": {"system": "urn:staff", "value": "60"}}}], [1], None),
        (None, None, None),
    ],
)
def test_the_surgeon_is_the_surest_of_those_the_line_names(care_team, named, npi, tmp_path):
    changed = {"careTeam": care_team, "contained": [practitioner("dr", "40")]}
    read = intake(
        claims(
            tmp_path,
            benefit("e", item(1, "63030", careTeamSequence=named), **changed),
            Practitioner=[practitioner("dr", "30")],
        )
    )
    assert read.row("procedure", "e#1")["surgeon_npi"] == npi


def test_the_claims_own_provider_did_it_where_no_team_is_named(tmp_path):
    read = intake(
        claims(
            tmp_path,
            benefit("e", careTeam=None, provider={"reference": "Practitioner/dr"}),
            benefit("f", careTeam=None, provider={"reference": "Organization/dr"}),
            Practitioner=[practitioner("dr", "30")],
        )
    )
    assert [row["surgeon_npi"] for row in read.tables["procedure"]] == ["30", None]


@pytest.mark.parametrize(
    ("changed", "payer"),
    [
        ({"insurance": None}, "medicare"),
        ({"insurance": [{"coverage": {"display": "Original Medicare"}}]}, "medicare_traditional"),
        ({"insurance": None, "insurer": {"display": "Aetna"}}, "aetna"),
        ({"insurance": None, "insurer": {"reference": "Organization/o"}}, "cigna"),
        ({"insurance": [{"focal": True, "coverage": {"reference": "#c"}}]}, "medicare"),
        ({}, None),
    ],
)
def test_the_payer_is_the_claims_where_it_names_no_coverage(changed, payer, tmp_path):
    organization = {"resourceType": "Organization", "id": "o", "name": "Cigna"}
    found = intake(claims(tmp_path, benefit(**changed), Organization=[organization])).tables["coverage"]
    days = [(date(2025, 3, 3), date(2025, 3, 5))]
    assert [row["payer"] for row in found] == ([] if payer is None else [payer])
    assert [(row["starts_on"], row["ends_on"]) for row in found] == (days if payer else [])


def test_medicares_own_coverage_is_medicare(tmp_path):
    """Its payor has an identifier alone, `Centers for Medicare and Medicaid Services`: that is not Medicaid."""
    coverage = {
        "resourceType": "Coverage",
        "id": "part-b-1",
        "status": "active",
        "beneficiary": {"reference": "Patient/p1"},
        "payor": [{"identifier": {"value": "Centers for Medicare and Medicaid Services"}}],
    }
    (row,) = intake(claims(tmp_path, benefit(), Coverage=[coverage])).tables["coverage"]
    assert row["payer"] == "medicare"


def test_a_claim_and_its_benefit_of_one_id_are_both_read(tmp_path):
    claim = {**benefit("c-1"), "resourceType": "Claim"}
    read = intake(claims(tmp_path, benefit("c-1"), Claim=[claim]))
    assert sorted(procedures(read)) == ["Claim/c-1#1", "c-1#1"]
    assert read.rejected == []


def test_bad_lines_are_told_and_good_ones_beside_them_kept(tmp_path):
    items = [
        item(1, "63030"),
        item(2, "63030", productOrService={"coding": {"system": HCPCS, "code": "63030"}}),
        item(3, "63030", productOrService={"text": "room and board"}),
        item(4, "63030", servicedPeriod={"start": "2025-02"}),
        item(1, "63047"),
    ]
    stranger = benefit("x", patient={"reference": "Patient/nobody"})
    read = intake(
        claims(
            tmp_path,
            benefit("e", *items),
            benefit("no-list", item={"sequence": 1}),
            stranger,
            "{broken",
            PROCEDURE_RESOURCE,
            benefit("no-lines", item=None, diagnosis=None),
            benefit("two-lines", item(1, "63030"), item(2, "63047")),
        )
    )
    assert read.places() == [
        (1, "imprecise_date"),
        (1, "unparsable"),
        (2, "unparsable"),
        (3, "unknown_patient"),
        (3, "unknown_patient"),
        (4, "unparsable"),
        (5, "wrong_resource_type"),
    ]
    file = read.files["ExplanationOfBenefit.ndjson"]
    assert (file.n_rows, file.n_mapped, file.n_rejected, file.n_of_no_concern) == (7, 3, 3, 1)
    assert sorted(procedures(read)) == ["e#1", "e#5", "two-lines#1", "two-lines#2"]


def test_one_broken_line_loses_no_other(tmp_path):
    """Read line by line, what is read at once must come out the same."""
    whole = intake(claims(tmp_path / "whole", benefit("a"), benefit("b")))
    broken = intake(claims(tmp_path / "broken", benefit("a"), "{", benefit("b")))
    assert broken.tables == whole.tables


def test_the_audit_pack_finds_the_claims_lines(tmp_path):
    write_clinic(tmp_path / "eob", 60, 7, "eob", blemishes=False)
    mapping = tmp_path / "eob" / "mapping.toml"
    evaluate_to_folder(
        tmp_path / "eob", tmp_path / "result", year=2026, as_of="2026-11-21", mapping=mapping, report=False
    )
    outcome = open_result(tmp_path / "result").outcome.to_pylist()
    ids = sorted({row["patient_id"] for row in outcome})
    records = {
        table: frozenset(
            pq.read_table(tmp_path / "result" / "clinical" / f"{table}.parquet")[f"{table}_id"].to_pylist()
        )
        for table in ("procedure", "condition")
    }
    run = open_result(tmp_path / "result").run
    found = source_lines(tmp_path / "eob", run["inputs"], Wanted(frozenset(ids), records, {}), lambda file: None)
    claims_found = [line for line in found if line.file == "ExplanationOfBenefit.ndjson"]
    assert {line.table for line in claims_found} == {"procedure", "condition"}
    assert all('"productOrService": {"coding"' in line.original for line in claims_found)

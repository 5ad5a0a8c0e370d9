"""A chart as FHIR R4 resources, in the several shapes that real exports have for the same content."""

import random
import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from lumbar.synth.chart import Chart, Condition, Coverage, Patient, Procedure, Score
from lumbar.synth.draws import central_time_offset, weighted
from lumbar.synth.terminology import Term, term, terms
from lumbar.tables.clinical import BACK_PAIN, LEFT, LEG_PAIN, NRS, ODI, PERCENT, POINTS_50, RIGHT, VAS_CM, VAS_MM

Resource = dict[str, Any]

BASE = "https://ehr.example.org/fhir"
QUESTIONNAIRE = f"{BASE}/Questionnaire/oswestry"
LOCAL_CODES = "https://ehr.example.org/codes"
NPI_SYSTEM = "http://hl7.org/fhir/sid/us-npi"
SYSTEM_URL = {
    "cpt": "http://www.ama-assn.org/go/cpt",
    "hcpcs": "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
    "snomed": "http://snomed.info/sct",
    "loinc": "http://loinc.org",
    "icd10cm": "http://hl7.org/fhir/sid/icd-10-cm",
}
UNIT = {NRS.name: "{score}", VAS_MM.name: "mm", VAS_CM.name: "cm", PERCENT.name: "%", POINTS_50.name: "{score}/50"}
_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
_US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition"
_UCUM = "http://unitsofmeasure.org"


def chart_resources(draw: random.Random, chart: Chart, birth_year_only: bool) -> Iterator[Resource]:
    """Every resource of one chart, the patient first, with some that are of no concern here."""
    subject = reference(draw, chart.patient.patient_id)
    yield _patient(chart.patient, chart.birth_year_only if birth_year_only else None)
    yield _encounter(chart, subject)
    for _, lines in groupby(chart.procedures, key=lambda line: line.procedure_id.split("#")[0]):
        yield procedure(draw, list(lines), reference(draw, chart.patient.patient_id))
    for _, parts in _by_record(chart.scores):
        if parts[0].sections:
            yield questionnaire_response(draw, parts[0], reference(draw, chart.patient.patient_id))
        else:
            yield observation(draw, parts, reference(draw, chart.patient.patient_id))
    for condition in chart.conditions:
        yield _condition(condition, reference(draw, chart.patient.patient_id))
    for number, coverage in enumerate(chart.coverages, start=1):
        yield _coverage(draw, f"cov-{chart.number:06d}-{number}", coverage, subject)
    yield from _of_no_concern(draw, chart, subject)


def reference(draw: random.Random, patient_id: str) -> Resource:
    """A reference to the patient: relative, absolute, or by UUID where the id is one."""
    ways = [f"Patient/{patient_id}", f"Patient/{patient_id}", f"{BASE}/Patient/{patient_id}"]
    with suppress(ValueError):
        ways.append(f"urn:uuid:{uuid.UUID(patient_id)}")
    return {"reference": draw.choice(ways)}


def procedure(draw: random.Random, lines: Sequence[Procedure], subject: Resource) -> Resource:
    """One procedure; several lines are several codings, modifiers behind a colon."""
    line = lines[0]
    codings = [
        {"system": SYSTEM_URL[x.system], "code": x.code + (f":{','.join(x.modifiers)}" if x.modifiers else "")}
        for x in lines
    ]
    if line.system == "cpt" and draw.random() < 0.1:
        also = term("also_coded_as")
        codings.append({"system": SYSTEM_URL[also.system], "code": also.code, "display": also.text})
    resource: Resource = {
        "resourceType": "Procedure",
        "id": line.procedure_id,
        "status": "completed",
        "code": {"coding": codings},
        "subject": subject,
    }
    start = moment(line.performed_on, line.performed_time)
    if draw.random() < 0.4:
        end = moment(line.performed_on, None if line.performed_time is None else "23:30:00")
        resource["performedPeriod"] = {"start": start, "end": end}
    else:
        resource["performedDateTime"] = start
    if line.surgeon_npi is not None:
        resource["performer"] = _performers(draw, line.surgeon_npi)
    if line.facility is not None:
        resource["location"] = {"reference": f"Location/{slug(line.facility)}", "display": line.facility}
    return resource


def observation(draw: random.Random, parts: Sequence[Score], subject: Resource) -> Resource:
    """One observation; parts of a panel are its components, and the panel's body site is theirs."""
    first = parts[0]
    panel = "#" in first.score_id
    resource: Resource = {
        "resourceType": "Observation",
        "id": first.score_id.split("#")[0],
        "status": first.status,
        "category": [{"coding": [{"system": f"{_TERMINOLOGY}/observation-category", "code": "survey"}]}],
        "code": _concept(term("panel_odi")) if panel and len(parts) == 1 else _score_code(first),
        "subject": subject,
    }
    if panel and len(parts) > 1:
        resource["code"] = {"coding": [{"system": LOCAL_CODES, "code": "spine-scores"}], "text": "Spine scores"}
    resource |= _effective(draw, first)
    site = next((_body_site(draw, part) for part in parts if part.instrument != ODI), None)
    if site is not None:
        resource["bodySite"] = site
    if first.recorded_on is not None:
        resource["issued"] = moment(first.recorded_on, "18:05:00")
    if first.respondent == "self":
        resource["performer"] = [_respondent(first)]
    if first.mode is not None:
        coding = {"system": LOCAL_CODES, "code": first.mode}
        resource["method"] = draw.choice(({"coding": [coding]}, {"text": first.mode}))
    if panel:
        resource["component"] = [{"code": _score_code(part), **_value(draw, part)} for part in parts]
    else:
        resource |= _value(draw, first)
    return resource


def questionnaire_response(draw: random.Random, score: Score, subject: Resource) -> Resource:
    """A filled Oswestry questionnaire: items `odi-1` to `odi-10`, answers 0-5; now and then two boxes marked."""
    items = []
    for number, section in enumerate(score.sections, start=1):
        if section is None:
            continue
        answers = [{"valueInteger": section}]
        if section > 0 and draw.random() < 0.02:
            answers.insert(0, {"valueInteger": section - 1})
        items.append({"linkId": f"odi-{number}", "answer": answers})
    resource: Resource = {
        "resourceType": "QuestionnaireResponse",
        "id": score.score_id,
        "questionnaire": draw.choice((QUESTIONNAIRE, f"{QUESTIONNAIRE}|2.1a")),
        "status": "completed",
        "subject": subject,
        "authored": moment(score.assessed_on, score.assessed_time),
        "item": items,
    }
    if score.respondent == "self":
        resource["source"] = _respondent(score)
    return resource


def practitioners(npis: Sequence[str]) -> Iterator[Resource]:
    """A practitioner for each NPI, with a second identifier that is none."""
    for npi in npis:
        identifiers = [
            {"system": f"{LOCAL_CODES}/staff", "value": f"S{npi[-4:]}"},
            {"system": NPI_SYSTEM, "value": npi},
        ]
        yield {"resourceType": "Practitioner", "id": f"dr-{npi}", "identifier": identifiers, "active": True}


def organizations(names: Sequence[str], kind: str) -> Iterator[Resource]:
    """An organization for each name; kind is `pay` for payers, `prov` for providers."""
    for name in names:
        types = [{"coding": [{"system": f"{_TERMINOLOGY}/organization-type", "code": kind}]}]
        yield {
            "resourceType": "Organization",
            "id": f"{kind}-{slug(name)}",
            "active": True,
            "type": types,
            "name": name,
        }


def moment(on: date, time: str | None) -> str:
    """A FHIR dateTime: the date alone, or with a time and the clinic's own UTC offset."""
    return on.isoformat() if time is None else f"{on}T{time}{central_time_offset(on)}"


def slug(name: str) -> str:
    """A name as a FHIR id."""
    return "-".join("".join(c if c.isalnum() else " " for c in name.lower()).split())


def _patient(patient: Patient, year_only: int | None) -> Resource:
    mrn_type = {"coding": [{"system": f"{_TERMINOLOGY}/v2-0203", "code": "MR"}]}
    resource: Resource = {
        "resourceType": "Patient",
        "id": patient.patient_id,
        "identifier": [{"type": mrn_type, "system": f"{LOCAL_CODES}/mrn", "value": patient.mrn}],
        "name": [{"use": "official", "family": patient.family, "given": [patient.given]}],
        "gender": patient.sex,
    }
    birth_date = patient.birth_date if year_only is None else year_only
    if birth_date is not None:
        resource["birthDate"] = str(birth_date)
    if patient.deceased_on is not None:
        resource["deceasedDateTime"] = patient.deceased_on.isoformat()
    elif patient.deceased is not None:
        resource["deceasedBoolean"] = patient.deceased
    if patient.language is not None:
        language = {"coding": [{"system": "urn:ietf:bcp:47", "code": patient.language}]}
        resource["communication"] = [{"language": language, "preferred": True}]
    extensions = [
        _us_core(use, text) for use, text in (("race", patient.race), ("ethnicity", patient.ethnicity)) if text
    ]
    if extensions:
        resource["extension"] = extensions
    telecom = [("phone", patient.phone), ("email", patient.email)]
    resource["telecom"] = [{"system": system, "value": value} for system, value in telecom if value is not None]
    if not resource["telecom"]:
        del resource["telecom"]
    return resource


def _us_core(use: str, text: str) -> Resource:
    category = next(t for t, _ in terms(use) if t.text == text)
    coding = {"system": category.system, "code": category.code, "display": text}
    parts = [{"url": "ombCategory", "valueCoding": coding}, {"url": "text", "valueString": text}]
    return {"url": f"{_US_CORE}/us-core-{use}", "extension": parts}


def _respondent(score: Score) -> Resource:
    """The patient as the one who answered; a bare UUID would not say that it is a patient."""
    return {"reference": f"Patient/{score.patient_id}"}


def _by_record(scores: Sequence[Score]) -> Iterator[tuple[str, list[Score]]]:
    """The scores by the record that holds them, parts of a panel together and in their order."""
    records: dict[str, list[Score]] = {}
    for score in scores:
        records.setdefault(score.score_id.split("#")[0], []).append(score)
    for record_id, parts in records.items():
        yield record_id, sorted(parts, key=lambda part: part.score_id)


def _score_code(score: Score) -> Resource:
    uses = {NRS.name: "score_nrs", VAS_MM.name: "score_vas", VAS_CM.name: "score_vas"}
    return _concept(term(uses.get(score.scale, "score_odi")))


def _concept(found: Term) -> Resource:
    return {"coding": [{"system": SYSTEM_URL[found.system], "code": found.code, "display": found.text}]}


def _body_site(draw: random.Random, score: Score) -> Resource:
    use = "site_back" if score.instrument == BACK_PAIN else "site_leg"
    if score.instrument == LEG_PAIN and score.side is not None:
        use = {LEFT: "site_left", RIGHT: "site_right"}[score.side]
    return _concept(weighted(draw, terms(use)))


def _value(draw: random.Random, score: Score) -> Resource:
    if score.scale == NRS.name and score.value.isdigit() and draw.random() < 0.45:
        return {"valueInteger": int(score.value)}
    value: int | float = int(score.value) if score.value.isdigit() else float(score.value)
    unit = UNIT[score.scale]
    return {"valueQuantity": {"value": value, "unit": unit, "system": _UCUM, "code": unit}}


def _effective(draw: random.Random, score: Score) -> Resource:
    start = moment(score.assessed_on, score.assessed_time)
    way = draw.random()
    if way < 0.08:
        return {"effectivePeriod": {"start": start}}
    if way < 0.16:
        end = moment(score.assessed_on + timedelta(days=1), score.assessed_time)
        return {"effectivePeriod": {"start": start, "end": end}}
    if score.assessed_time is not None and way < 0.4:
        return {"effectiveInstant": start}
    return {"effectiveDateTime": start}


def _performers(draw: random.Random, npi: str) -> list[Resource]:
    actor: Resource = {"reference": f"{draw.choice(('', BASE + '/'))}Practitioner/dr-{npi}"}
    if draw.random() < 0.1:
        actor = {"identifier": {"system": NPI_SYSTEM, "value": npi}}
    if draw.random() < 0.25:
        helper = {"function": {"text": "Scrub nurse"}, "actor": {"display": "theatre staff"}}
        return [helper, {"function": _concept(term("surgeon")), "actor": actor}]
    return [{"actor": actor}]


def _condition(condition: Condition, subject: Resource) -> Resource:
    active = "active" if condition.abated_on is None else "resolved"
    resource: Resource = {
        "resourceType": "Condition",
        "id": condition.condition_id,
        "clinicalStatus": {"coding": [{"system": f"{_TERMINOLOGY}/condition-clinical", "code": active}]},
        "code": {"coding": [{"system": SYSTEM_URL[condition.system], "code": condition.code}]},
        "subject": subject,
    }
    if condition.verification is not None:
        coding = {"system": f"{_TERMINOLOGY}/condition-ver-status", "code": condition.verification}
        resource["verificationStatus"] = {"coding": [coding]}
    if condition.onset_on is not None:
        resource["onsetDateTime"] = condition.onset_on.isoformat()
    if condition.abated_on is not None:
        resource["abatementDateTime"] = condition.abated_on.isoformat()
    return resource


def _coverage(draw: random.Random, coverage_id: str, coverage: Coverage, subject: Resource) -> Resource:
    payer = f"{draw.choice(('', BASE + '/'))}Organization/pay-{slug(coverage.payer)}"
    resource: Resource = {
        "resourceType": "Coverage",
        "id": coverage_id,
        "status": "active",
        "beneficiary": subject,
        "payor": [{"reference": payer}],
    }
    if coverage.member_id is not None:
        resource["subscriberId"] = coverage.member_id
    period = {"start": coverage.starts_on, "end": coverage.ends_on}
    if any(period.values()):
        resource["period"] = {edge: on.isoformat() for edge, on in period.items() if on is not None}
    return resource


def _encounter(chart: Chart, subject: Resource) -> Resource:
    return {
        "resourceType": "Encounter",
        "id": f"enc-{chart.number:06d}",
        "status": "finished",
        "class": {"system": f"{_TERMINOLOGY}/v3-ActCode", "code": "AMB"},
        "subject": subject,
        "period": {"start": chart.procedures[0].performed_on.isoformat()},
    }


def _of_no_concern(draw: random.Random, chart: Chart, subject: Resource) -> Iterator[Resource]:
    """A blood pressure and, often, a weight: real exports are full of them."""
    common = {"resourceType": "Observation", "status": "final", "subject": subject}
    when = {"effectiveDateTime": chart.procedures[0].performed_on.isoformat()}
    pressures = (("systolic", draw.randint(100, 165)), ("diastolic", draw.randint(58, 98)))
    components = [
        {"code": _concept(term(use)), "valueQuantity": {"value": value, "unit": "mm[Hg]", "code": "mm[Hg]"}}
        for use, value in pressures
    ]
    pressure_id = f"bp-{chart.number:06d}"
    yield {**common, "id": pressure_id, "code": _concept(term("blood_pressure")), **when, "component": components}
    if draw.random() < 0.7:
        weight = {"value": round(draw.gauss(83, 17), 1), "unit": "kg", "system": _UCUM, "code": "kg"}
        code = _concept(term("body_weight"))
        yield {**common, "id": f"wt-{chart.number:06d}", "code": code, **when, "valueQuantity": weight}

"""A chart as what a payer knows of it: ExplanationOfBenefits in the form Medicare's bulk exports write them.

A claim cannot say that a diagnosis was refuted, or is over: such diagnoses stand on no claim.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby

from lumbar.synth.as_resources import SYSTEM_URL, Resource, moment
from lumbar.synth.chart import Chart, Condition, Procedure, ReportedCode
from lumbar.synth.surgery import ASSISTANT_NPIS
from lumbar.synth.terminology import term

_BLUE_BUTTON = "https://bluebutton.cms.gov/resources"
_HCPCS = f"{_BLUE_BUTTON}/codesystem/hcpcs"  # CPT codes too
_CARIN = "http://hl7.org/fhir/us/carin-bb/CodeSystem"
_ICD10CM = (SYSTEM_URL["icd10cm"], "http://hl7.org/fhir/sid/icd-10")
_SINCE_LONG = timedelta(days=400)  # before the first operation: when a diagnosis without a first day was claimed
_NOT_CLAIMED = ("refuted", "provisional", "differential")
_SYMBOLIC_CHARGE = 0.01


def chart_benefits(draw: random.Random, chart: Chart) -> Iterator[Resource]:
    """Every claim of one chart as the payer settled it: operations, visits for the diagnoses, quality-data codes."""
    claimed = [c for c in chart.conditions if c.verification not in _NOT_CLAIMED and c.abated_on is None]
    first_on = min(line.performed_on for line in chart.procedures)
    for record_id, lines in groupby(chart.procedures, key=lambda line: line.procedure_id.split("#")[0]):
        yield _operation(draw, chart, record_id, list(lines), claimed[:1])
    for condition in claimed:
        on = condition.onset_on or first_on - _SINCE_LONG
        items = [_item(1, _HCPCS, term("visit").code, (), on, None)]
        yield _benefit(draw, chart, f"visit-{condition.condition_id}", on, items, [condition])
    yield from quality_claims(draw, chart, "ExplanationOfBenefit")


def quality_claims(draw: random.Random, chart: Chart, kind: str) -> Iterator[Resource]:
    """The quality-data codes sent, one claim a day; `kind` is Claim or ExplanationOfBenefit."""
    by_day = sorted(chart.reported_codes, key=lambda line: (line.reported_on, line.code))
    for on, codes in groupby(by_day, key=lambda line: line.reported_on):
        items = [_quality_item(number, line) for number, line in enumerate(codes, start=1)]
        resource = _benefit(draw, chart, f"qdc-{chart.number:06d}-{on:%Y%m%d}", on, items, [])
        yield {**resource, "resourceType": kind}


def _operation(
    draw: random.Random, chart: Chart, record_id: str, lines: Sequence[Procedure], reasons: Sequence[Condition]
) -> Resource:
    first = lines[0]
    items = [
        _item(
            number,
            SYSTEM_URL["snomed"] if line.system == "snomed" else _HCPCS,
            line.code,
            line.modifiers,
            line.performed_on,
            line.performed_time,
        )
        for number, line in enumerate(lines, start=1)
    ]
    resource = _benefit(draw, chart, record_id, first.performed_on, items, reasons)
    if first.surgeon_npi is not None:
        referring = _member(1, ASSISTANT_NPIS[0], "referring")
        resource["careTeam"] = [referring, _member(2, first.surgeon_npi, "performing")]
    if first.facility is not None:
        resource["facility"] = {"display": first.facility}
    return resource


def _benefit(
    draw: random.Random,
    chart: Chart,
    id_: str,
    on: date,
    items: Sequence[Resource],
    conditions: Sequence[Condition],
) -> Resource:
    resource: Resource = {
        "resourceType": "ExplanationOfBenefit",
        "id": id_,
        "status": "active",
        "type": {"coding": [{"system": f"{_BLUE_BUTTON}/codesystem/eob-type", "code": "CARRIER"}]},
        "use": "claim",
        "patient": {"reference": f"Patient/{chart.patient.patient_id}"},
        "billablePeriod": {"start": on.isoformat(), "end": on.isoformat()},
        "created": f"{on + timedelta(days=14)}T00:00:00+00:00",
        "outcome": "complete",
        "item": list(items),
    }
    if conditions:
        resource["diagnosis"] = [
            {
                "sequence": number,
                "diagnosisCodeableConcept": {
                    "coding": [{"system": draw.choice(_ICD10CM), "code": condition.code.replace(".", "")}]
                },
            }
            for number, condition in enumerate(conditions, start=1)
        ]
    if chart.coverages:
        coverage = {"reference": f"Coverage/cov-{chart.number:06d}-1"}
        resource["insurance"] = [{"focal": True, "coverage": coverage}]
    return resource


def _item(number: int, system: str, code: str, modifiers: Sequence[str], on: date, time: str | None) -> Resource:
    """One line. Medicare writes days; the time of day an operation has elsewhere is kept here."""
    resource: Resource = {
        "sequence": number,
        "careTeamSequence": [1, 2],
        "productOrService": {"coding": [{"system": system, "code": code}]},
        "servicedPeriod": {"start": moment(on, time), "end": on.isoformat()},
    }
    if modifiers:
        resource["modifier"] = [
            {"coding": [{"system": _HCPCS, "version": str(place), "code": modifier}]}
            for place, modifier in enumerate(modifiers)
        ]
    return resource


def _quality_item(number: int, line: ReportedCode) -> Resource:
    """A quality-data line: no team, a symbolic charge, denied as every such line is."""
    category = {"coding": [{"system": f"{_CARIN}/C4BBAdjudicationDiscriminator", "code": "denialreason"}]}
    resource = _item(number, _HCPCS, line.code, (), line.reported_on, None)
    del resource["careTeamSequence"]
    net = {"value": _SYMBOLIC_CHARGE, "currency": "USD"}
    return {**resource, "net": net, "adjudication": [{"category": category}]}


def _member(sequence: int, number: str, role: str) -> Resource:
    """One of a care team, by a number that its type alone says is an NPI."""
    type_ = {"coding": [{"system": f"{_CARIN}/C4BBIdentifierType", "code": "npi"}]}
    coding = {"system": f"{_CARIN}/C4BBClaimCareTeamRole", "code": role}
    return {
        "sequence": sequence,
        "provider": {"identifier": {"type": type_, "value": number}},
        "role": {"coding": [coding]},
    }

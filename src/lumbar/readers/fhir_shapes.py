"""The parts of each FHIR resource that are looked at; everything else is passed over while parsing.

A shape is a resource as an example of itself: text for a value, one item for a list.
"""

import json
from typing import Any

_T = "VARCHAR"
_CODING = [{"system": _T, "code": _T}]
_CONCEPT = {"coding": _CODING, "text": _T}
_REFERENCE = {"reference": _T}
_PERIOD = {"start": _T, "end": _T}
_QUANTITY = {"value": _T, "comparator": _T, "unit": _T, "code": _T}
_HEAD = {"resourceType": _T, "id": _T}
_IDENTIFIER = [{"system": _T, "value": _T, "type": _CONCEPT}]
_ANSWER = [
    {
        "valueInteger": _T,
        "valueDecimal": _T,
        "valueString": _T,
        "valueQuantity": _QUANTITY,
        "valueCoding": {"code": _T},
    }
]
_LEAF = {"linkId": _T, "answer": _ANSWER}
_ITEM = [{**_LEAF, "item": [{**_LEAF, "item": [_LEAF]}]}]

_PROVIDER: dict[str, Any] = {**_REFERENCE, "identifier": {"system": _T, "value": _T, "type": {"coding": _CODING}}}
# As it stands: whether the codings, and the modifiers, are a list is seen line by line.
_SERVICE: dict[str, Any] = {"sequence": _T, "productOrService": _T, "modifier": _T}
_SERVED: dict[str, Any] = {"servicedDate": _T, "servicedPeriod": _PERIOD}
# Of claims and of what came of them: the lines with their codes, who did them, the diagnoses, who pays.
_CLAIM: dict[str, Any] = {
    **_HEAD,
    "status": _T,
    "use": _T,
    "patient": _REFERENCE,
    "billablePeriod": _PERIOD,
    "insurer": {**_REFERENCE, "display": _T, "identifier": {"value": _T}},
    "provider": _REFERENCE,
    "facility": {**_REFERENCE, "display": _T},
    "related": [{"relationship": {"coding": _CODING}}],
    "careTeam": [{"sequence": _T, "provider": _PROVIDER, "role": {"coding": _CODING}}],
    "diagnosis": [{"sequence": _T, "diagnosisCodeableConcept": {"coding": _CODING}, "type": [{"coding": _CODING}]}],
    "insurance": [{"focal": _T, "coverage": {**_REFERENCE, "display": _T}}],
    "item": [{**_SERVICE, **_SERVED, "careTeamSequence": [_T], "detail": [{**_SERVICE, "subDetail": [_SERVICE]}]}],
    "addItem": [{**_SERVICE, **_SERVED}],  # lines that the payer added
    "contained": _T,
}

SHAPES: dict[str, dict[str, Any]] = {
    "Organization": {**_HEAD, "name": _T},
    "Practitioner": {**_HEAD, "identifier": _IDENTIFIER},
    "Patient": {
        **_HEAD,
        "birthDate": _T,
        "gender": _T,
        "deceasedDateTime": _T,
        "deceasedBoolean": _T,
        "communication": [{"preferred": _T, "language": _CONCEPT}],
        "extension": [{"url": _T, "extension": [{"url": _T, "valueString": _T}]}],
        "name": [{"text": _T, "given": [_T], "family": _T}],
        "identifier": _IDENTIFIER,
        "telecom": [{"system": _T, "value": _T}],
    },
    "Procedure": {
        **_HEAD,
        "status": _T,
        "code": _CONCEPT,
        "subject": _REFERENCE,
        "performedDateTime": _T,
        "performedPeriod": _PERIOD,
        "performer": [
            {
                "function": {"coding": _CODING},
                "actor": {"reference": _T, "identifier": {"system": _T, "value": _T}},
            }
        ],
        "location": {"reference": _T, "display": _T},
        "contained": _T,  # as it stands: resources of any type, looked into where the surgeon is one of them
    },
    "Condition": {
        **_HEAD,
        "code": _CONCEPT,
        "subject": _REFERENCE,
        "onsetDateTime": _T,
        "onsetPeriod": _PERIOD,
        "abatementDateTime": _T,
        "abatementPeriod": _PERIOD,
        "verificationStatus": {"coding": _CODING},
        "recordedDate": _T,
    },
    "Coverage": {
        **_HEAD,
        "status": _T,
        "beneficiary": _REFERENCE,
        "payor": [{"reference": _T, "display": _T, "identifier": {"value": _T}}],
        "type": {"text": _T, "coding": [{"display": _T}]},
        "period": _PERIOD,
        "subscriberId": _T,
    },
    "Observation": {
        **_HEAD,
        "status": _T,
        "code": _CONCEPT,
        "subject": _REFERENCE,
        "effectiveDateTime": _T,
        "effectivePeriod": _PERIOD,
        "effectiveInstant": _T,
        "issued": _T,
        "valueQuantity": _QUANTITY,
        "valueInteger": _T,
        "valueDecimal": _T,
        "bodySite": _CONCEPT,
        "method": _CONCEPT,
        "performer": [_REFERENCE],
        "component": [{"code": _CONCEPT, "valueQuantity": _QUANTITY, "valueInteger": _T, "valueDecimal": _T}],
    },
    "QuestionnaireResponse": {
        **_HEAD,
        "status": _T,
        "questionnaire": _T,
        "subject": _REFERENCE,
        "source": _REFERENCE,
        "authored": _T,
        "item": _ITEM,
    },
    "Claim": _CLAIM,
    "ExplanationOfBenefit": _CLAIM,
}


def json_shape(kind: str) -> str:
    """The shape of a resource type as `json_transform` wants it, for use inside quotation marks."""
    return json.dumps(SHAPES[kind])


def column_types(kind: str) -> str:
    """The shape of a resource type as the `columns` of `read_ndjson`."""
    return "{" + ", ".join(f"'{name}': '{_type(shape)}'" for name, shape in SHAPES[kind].items()) + "}"


def _type(shape: Any) -> str:
    if isinstance(shape, list):
        return f"{_type(shape[0])}[]"
    if isinstance(shape, dict):
        return "STRUCT(" + ", ".join(f'"{name}" {_type(part)}' for name, part in shape.items()) + ")"
    return str(shape)

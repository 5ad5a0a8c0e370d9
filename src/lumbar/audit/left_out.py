"""What an audit pack shows of a FHIR resource: what is read of it, without what names the patient."""

import re
from collections.abc import Mapping
from typing import Any

from lumbar.readers.fhir_shapes import SHAPES

# Read, but not shown: who a patient is and how to reach them is in no pack, nor is what may hold anything.
_NAMING = {
    "Patient": ("name", "identifier", "telecom", "communication", "extension"),
    "Procedure": ("contained",),
    "Coverage": ("subscriberId",),
    "Claim": ("contained",),
    "ExplanationOfBenefit": ("contained",),
}
_META = {"versionId": "", "lastUpdated": ""}
# Read as text, shown as what it is.
_CODED = {"productOrService": {"coding": [{"system": "", "code": ""}]}}
_SHOWN = {
    kind: {name: part for name, part in shape.items() if name not in _NAMING.get(kind, ())} | {"meta": _META}
    for kind, shape in SHAPES.items()
}
_ANSWER_IN_WORDS = "valueString"
_A_NUMBER = re.compile(r"\s*\d{1,3}([.,]\d+)?\s*")  # what a score in words looks like
_PERSON = ("Patient/", "RelatedPerson/")


def shown_of(resource: Mapping[str, Any], kind: str) -> tuple[dict[str, Any], list[str]]:
    """The resource of that type as a pack shows it, and the paths of what was left out."""
    left_out: dict[str, None] = {}
    shown: dict[str, Any] = _within(resource, _SHOWN[kind], "", left_out)
    return shown, list(left_out)


def _within(value: Any, shape: Any, path: str, left_out: dict[str, None]) -> Any:
    """The part of a value that is within a shape of `fhir_shapes`; None for one of another make."""
    if isinstance(shape, list) and isinstance(value, list):
        return [_within(item, shape[0], path, left_out) for item in value]
    if isinstance(shape, dict) and isinstance(value, dict):
        coded = {name: part for name, part in _CODED.items() if name in shape}
        known = {"reference": ""} if _is_of_a_person(value) else {**shape, **coded}
        left_out.update(dict.fromkeys(f"{path}{name}" for name in value if name not in known))
        return {
            name: _within(part, known[name], f"{path}{name}.", left_out)
            for name, part in value.items()
            if name in known
        }
    if isinstance(shape, str) and not isinstance(value, dict | list) and not _is_said_freely(value, path):
        return value
    left_out[path.removesuffix(".")] = None
    return None


def _is_said_freely(value: object, path: str) -> bool:
    return path.endswith(f"{_ANSWER_IN_WORDS}.") and _A_NUMBER.fullmatch(str(value)) is None


def _is_of_a_person(value: Mapping[str, Any]) -> bool:
    reference = value.get("reference")
    return isinstance(reference, str) and any(kind in reference for kind in _PERSON)

"""The lines of the generated FHIR export, as byte templates with `%b` where a patient's facts go."""

import json
from typing import Any

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
UCUM = "http://unitsofmeasure.org"
CPT = "http://www.ama-assn.org/go/cpt"
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"


def concept(system: str, code: str, display: str) -> dict[str, Any]:
    """A CodeableConcept with one coding and its text."""
    return {"coding": [{"system": system, "code": code, "display": display}], "text": display}


def template(resource: dict[str, Any]) -> bytes:
    """One line with `%b` wherever the resource said `@`; a value `"@#"` loses its quotes."""
    return json.dumps(resource).replace("%", "%%").replace('"@#"', "%b").replace("@", "%b").encode()


def measured(value: object, unit: str) -> dict[str, Any]:
    return {"value": value, "unit": unit, "system": UCUM, "code": unit}


def result(category: str, loinc: str, name: str, body: dict[str, Any]) -> bytes:
    """An Observation of no concern: id, id, patient, encounter, day, time, value, staff."""
    return template(
        {
            "resourceType": "Observation",
            "id": "@",
            "identifier": [{"use": "official", "system": "urn:example:laboratory-and-vitals", "value": "@"}],
            "status": "final",
            "category": [concept(TERMINOLOGY + "observation-category", category, category.replace("-", " ").title())],
            "code": concept(LOINC, loinc, name),
            "subject": {"reference": "Patient/@"},
            "encounter": {"reference": "Encounter/@"},
            "effectiveDateTime": "@@",
            **body,
            "performer": [{"reference": "Practitioner/@"}],
        }
    )


def reference_range(low: float, high: float, unit: str) -> dict[str, Any]:
    """A usual and an alarm range, with an interpretation, as laboratories send them."""
    kind = TERMINOLOGY + "referencerange-meaning"
    return {
        "interpretation": [concept(TERMINOLOGY + "v3-ObservationInterpretation", "N", "Normal")],
        "referenceRange": [
            {
                "low": measured(low, unit),
                "high": measured(high, unit),
                "type": concept(kind, "normal", "Usual range"),
            },
        ],
    }


def vital_sign(loinc: str, name: str, unit: str, low: float, high: float) -> bytes:
    return result(
        "vital-signs", loinc, name, {"valueQuantity": measured("@#", unit), **reference_range(low, high, unit)}
    )


def laboratory(loinc: str, name: str, unit: str, low: float, high: float) -> bytes:
    return result(
        "laboratory", loinc, name, {"valueQuantity": measured("@#", unit), **reference_range(low, high, unit)}
    )


def blood_pressure() -> bytes:
    def part(loinc: str, name: str, low: int, high: int, value: object) -> dict[str, Any]:
        quantity = measured(value, "mm[Hg]")
        return {
            "code": concept(LOINC, loinc, name),
            "valueQuantity": quantity,
            **reference_range(low, high, "mm[Hg]"),
        }

    return result(
        "vital-signs",
        "85354-9",
        "Blood pressure panel",
        {
            "component": [
                part("8480-6", "Systolic blood pressure", 90, 130, "@#"),
                part("8462-4", "Diastolic blood pressure", 60, 85, 78),
            ]
        },
    )


# Each with the values it takes, as they are written.
WHOLE = tuple(b"%d" % n for n in range(55, 150))
TENTHS = tuple(b"%d.%d" % (n, m) for n in range(3, 15) for m in range(10))
BACKGROUND = (
    (blood_pressure(), WHOLE),
    (vital_sign("8867-4", "Heart rate", "/min", 60, 100), WHOLE),
    (vital_sign("2708-6", "Oxygen saturation in Arterial blood", "%", 94, 100), WHOLE),
    (vital_sign("8310-5", "Body temperature", "Cel", 36.1, 37.5), TENTHS),
    (vital_sign("9279-1", "Respiratory rate", "/min", 12, 20), WHOLE),
    (result("vital-signs", "29463-7", "Body weight", {"valueQuantity": measured("@#", "kg")}), WHOLE),
    (result("vital-signs", "39156-5", "Body mass index", {"valueQuantity": measured("@#", "kg/m2")}), TENTHS),
    (result("survey", "9269-2", "Glasgow coma score total", {"valueInteger": "@#"}), WHOLE),
    (result("survey", "38208-5", "Pain severity, reported at rest", {"valueInteger": "@#"}), WHOLE),
    (laboratory("2160-0", "Creatinine [Mass/volume] in Serum or Plasma", "mg/dL", 0.6, 1.3), TENTHS),
    (laboratory("2823-3", "Potassium [Moles/volume] in Serum or Plasma", "mmol/L", 3.5, 5.1), TENTHS),
    (laboratory("2345-7", "Glucose [Mass/volume] in Serum or Plasma", "mg/dL", 70, 140), WHOLE),
    (laboratory("718-7", "Hemoglobin [Mass/volume] in Blood", "g/dL", 12.0, 16.5), TENTHS),
    (laboratory("6690-2", "Leukocytes [#/volume] in Blood", "10*3/uL", 4.0, 11.0), TENTHS),
    (laboratory("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", "%", 4.0, 5.7), TENTHS),
)


def score(loinc: str, value: dict[str, Any], site: str, status: str = "final") -> bytes:
    """A patient-reported score: id, patient, day, time, value."""
    body_site = {"bodySite": {"coding": [{"system": SNOMED, "code": site}]}} if site else {}
    return template(
        {
            "resourceType": "Observation",
            "id": "@",
            "status": status,
            "code": {"coding": [{"system": LOINC, "code": loinc}]},
            "subject": {"reference": "Patient/@"},
            "effectiveDateTime": "@@",
            **value,
            **body_site,
        }
    )


BACK, LOW_BACK, LEG, LEFT_LEG, RIGHT_LEG = "77568009", "37822005", "61685007", "32153003", "62175007"
QUANTITY = {"valueQuantity": measured("@#", "{score}")}
INTEGER = {"valueInteger": "@#"}
MILLIMETRES = {"valueQuantity": measured("@#", "mm")}
NUMERIC, VISUAL, ODI = "72514-3", "38214-3", "97909-6"

BACK_NUMERIC = (score(NUMERIC, QUANTITY, BACK), score(NUMERIC, INTEGER, LOW_BACK))
BACK_VISUAL = score(VISUAL, MILLIMETRES, BACK)
LEG_NUMERIC = (score(NUMERIC, QUANTITY, LEG), score(NUMERIC, INTEGER, LEG))
LEFT_RIGHT = (score(NUMERIC, INTEGER, LEFT_LEG), score(NUMERIC, INTEGER, RIGHT_LEG))
DISABILITY = score(ODI, {"valueQuantity": measured("@#", "%")}, "")

ENTERED_IN_ERROR = score(NUMERIC, INTEGER, BACK, "entered-in-error")
NO_BODY_SITE = score(NUMERIC, INTEGER, "")
INCHES = score(VISUAL, {"valueQuantity": measured("@#", "[in_i]")}, BACK)

PATIENT = template(
    {
        "resourceType": "Patient",
        "id": "@",
        "meta": {"profile": ["http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient"]},
        "identifier": [
            {
                "use": "usual",
                "type": concept(TERMINOLOGY + "v2-0203", "MR", "Medical record number"),
                "system": "urn:example:medical-record-number",
                "value": "@",
                "assigner": {"reference": "Organization/spine-center"},
            }
        ],
        "active": True,
        "name": [{"use": "official", "family": "Example", "given": ["Pat", "@"]}],
        "gender": "@",
        "birthDate": "@",
        "deceasedBoolean": False,
        "extension": [
            {
                "url": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-" + kind,
                "extension": [
                    {
                        "url": "ombCategory",
                        "valueCoding": {"system": "urn:oid:2.16.840.1.113883.6.238", "code": code, "display": text},
                    },
                    {"url": "text", "valueString": text},
                ],
            }
            for kind, code, text in (
                ("race", "2106-3", "White"),
                ("ethnicity", "2186-5", "Not Hispanic or Latino"),
            )
        ],
        "address": [
            {
                "use": "home",
                "type": "both",
                "line": ["1 Sample Road"],
                "city": "Anytown",
                "state": "OH",
                "country": "US",
            }
        ],
        "telecom": [
            {"system": "phone", "value": "555-0100", "use": use, "rank": rank}
            for rank, use in ((1, "mobile"), (2, "home"))
        ],
        "maritalStatus": concept(TERMINOLOGY + "v3-MaritalStatus", "M", "Married"),
        "communication": [
            {"language": concept("urn:ietf:bcp:47", "en-US", "English (United States)"), "preferred": True}
        ],
        "contact": [
            {
                "relationship": [concept(TERMINOLOGY + "v2-0131", "C", "Emergency contact")],
                "name": {"text": "A relative"},
                "telecom": [{"system": "phone", "value": "555-0101", "use": "mobile"}],
            }
        ],
        "generalPractitioner": [{"reference": "Practitioner/@"}],
    }
)


def procedure(system: str, category: str, status: str = "completed") -> bytes:
    """A procedure line: id, id, code, patient, encounter, day, time, staff, day, time."""
    return template(
        {
            "resourceType": "Procedure",
            "id": "@",
            "identifier": [{"system": "urn:example:charge-line", "value": "@"}],
            "status": status,
            "category": concept(SNOMED, "387713003", category),
            "code": {"coding": [{"system": system, "code": "@", "display": "See the charge master"}]},
            "subject": {"reference": "Patient/@"},
            "encounter": {"reference": "Encounter/@"},
            "performedDateTime": "@@",
            "performer": [
                {
                    "function": concept(SNOMED, "304292004", "Surgeon"),
                    "actor": {"reference": "Practitioner/@"},
                }
            ],
            "location": {"display": "Operating theatre or procedure room"},
            "outcome": concept(SNOMED, "385669000", "Successful"),
            "meta": {"lastUpdated": "@@"},
        }
    )


OPERATION = procedure(CPT, "Surgical procedure")
NOT_DONE = procedure(CPT, "Surgical procedure", "not-done")
IMAGING = procedure(CPT, "Diagnostic procedure")
DIAGNOSIS = template(
    {
        "resourceType": "Condition",
        "id": "@",
        "identifier": [{"system": "urn:example:problem", "value": "@"}],
        "clinicalStatus": concept(TERMINOLOGY + "condition-clinical", "active", "Active"),
        "verificationStatus": concept(TERMINOLOGY + "condition-ver-status", "confirmed", "Confirmed"),
        "category": [concept(TERMINOLOGY + "condition-category", "problem-list-item", "Problem List Item")],
        "code": {"coding": [{"system": ICD, "code": "@", "display": "As on the problem list"}]},
        "subject": {"reference": "Patient/@"},
        "onsetDateTime": "@",
        "recorder": {"reference": "Practitioner/@"},
    }
)
COVERAGE = template(
    {
        "resourceType": "Coverage",
        "id": "@",
        "meta": {"profile": ["http://hl7.org/fhir/us/core/StructureDefinition/us-core-coverage"]},
        "status": "active",
        "subscriberId": "@",
        "subscriber": {"reference": "Patient/@"},
        "beneficiary": {"reference": "Patient/@"},
        "relationship": concept(TERMINOLOGY + "subscriber-relationship", "self", "Self"),
        "period": {"start": "2023-01-01", "end": "2027-12-31"},
        "payor": [{"reference": "Organization/payer-@"}],
        "class": [
            {"type": concept(TERMINOLOGY + "coverage-class", "group", "Group"), "value": "G-1", "name": "Group plan"}
        ],
    }
)

"""The words of FHIR R4 and of the guide "Data Exchange for Quality Measures" (DEQM).

Profiles, extensions and code systems. The guide has two lines with other names for the same things: the universal
one, and that of the United States.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Resource = dict[str, Any]

UNIVERSAL = "http://hl7.org/fhir/uv/deqm"
UNITED_STATES = "http://hl7.org/fhir/us/davinci-deqm"

_UNIVERSAL_NAMES = {
    "summary": "deqm-summarymeasurereport",
    "individual": "deqm-individualmeasurereport",
    "data-collection": "deqm-dataexchangemeasurereport",
    "detected_issue": "deqm-gapsincaredetectedissue",
    "scoring": "deqm-measureScoring",
    "group_improvement": "deqm-groupImprovementNotation",
    "update_type": "deqm-submitDataUpdateType",
    "gap_status": "deqm-gapStatus",
    "gap_codes": "deqm-gaps-status",
}
_UNITED_STATES_NAMES = {
    "summary": "summary-measurereport-deqm",
    "individual": "indv-measurereport-deqm",
    "data-collection": "datax-measurereport-deqm",
    "detected_issue": "gaps-detectedissue-deqm",
    "scoring": "extension-measureScoring",
    "group_improvement": "extension-groupImprovementNotation",
    "update_type": "extension-submitDataUpdateType",
    "gap_status": "extension-gapStatus",
    "gap_codes": "gaps-status",
}

_CQM = "http://hl7.org/fhir/uv/cqm/StructureDefinition"
_FROM_R5 = "http://hl7.org/fhir/5.0/StructureDefinition"
POPULATION_BASIS = f"{_CQM}/cqm-populationBasis"
GROUP_SCORING = f"{_CQM}/cqm-scoring"
GROUP_IMPROVEMENT = f"{_CQM}/cqm-improvementNotation"
DEFINED_GROUP_LINK = f"{_FROM_R5}/extension-Measure.group.linkId"
DEFINED_POPULATION_LINK = f"{_FROM_R5}/extension-Measure.group.population.linkId"
GROUP_LINK = f"{_FROM_R5}/extension-MeasureReport.group.linkId"
POPULATION_LINK = f"{_FROM_R5}/extension-MeasureReport.group.population.linkId"
CRITERIA = "http://hl7.org/fhir/StructureDefinition/cqf-criteriaReference"
EVIDENCE = "http://hl7.org/fhir/StructureDefinition/cqf-supportingEvidence"

_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
SCORING_CODES = f"{_TERMINOLOGY}/measure-scoring"
POPULATION_CODES = f"{_TERMINOLOGY}/measure-population"
IMPROVEMENT_CODES = f"{_TERMINOLOGY}/measure-improvement-notation"
MEASURE_TYPES = f"{_TERMINOLOGY}/measure-type"
ACT_CODES = f"{_TERMINOLOGY}/v3-ActCode"
OBSERVATION_CATEGORIES = f"{_TERMINOLOGY}/observation-category"
LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
PROCEDURE_SYSTEMS = {"cpt": "http://www.ama-assn.org/go/cpt", "hcpcs": HCPCS, "snomed": SNOMED}
UNITS = "http://unitsofmeasure.org"
NPI = "http://hl7.org/fhir/sid/us-npi"
TIN = "urn:oid:2.16.840.1.113883.4.4"


@dataclass(frozen=True, slots=True)
class Guide:
    """One line of the DEQM guide under its base address."""

    base: str
    names: Mapping[str, str]

    def definition(self, what: str) -> str:
        """The address of a profile or an extension of the guide."""
        return f"{self.base}/StructureDefinition/{self.names[what]}"

    @property
    def gap_codes(self) -> str:
        """The code system of the gap statuses."""
        return f"{self.base}/CodeSystem/{self.names['gap_codes']}"


def guide_at(base: str) -> Guide:
    """The guide whose profiles stand under this address, with the names of the United States or else the universal."""
    return Guide(base, _UNITED_STATES_NAMES if base == UNITED_STATES else _UNIVERSAL_NAMES)


def coding(system: str, code: str) -> Resource:
    """One code of a code system."""
    return {"system": system, "code": code}


def concept(system: str, code: str) -> Resource:
    """A concept that is one code."""
    return {"coding": [coding(system, code)]}


def extension(url: str, **value: Any) -> Resource:
    """An extension with one value, given by its FHIR name such as `valueString`."""
    return {"url": url, **value}


def number(value: Decimal) -> int | float:
    """A decimal as a JSON number with the same digits: no figure of ours has more than a binary float prints back."""
    return int(value) if value == value.to_integral_value() else float(value)

"""The measure section of a QRDA Category III file: reporting parameters, then one organizer a measure."""

from itertools import groupby

from lumbar.codelists.qrda3 import ELEMENTS, NULL_FLAVOR_SYSTEM, PAYER, SEX, Category, categories
from lumbar.exports.qrda3.header import period
from lumbar.exports.qrda3.narrative import narrative
from lumbar.exports.qrda3.node import ACT_CODE, LOINC, SNOMED, TYPE, Node, coded, completed, node, template_ids
from lumbar.exports.qrda3.populations import NUMER, Population, PopulationSet
from lumbar.exports.qrda3.report import MEASURE_SERIES, Report, population_id
from lumbar.measures.model import Measure

_OBSERVATION = {"classCode": "OBS", "moodCode": "EVN"}
_METHOD = "2.16.840.1.113883.5.84"
_ELEMENT_CODES = {"sex": "76689-9", "race": "72826-1", "ethnicity": "69490-1", "payer": "48768-6"}
# CMS takes these as a translation of a value that is not in HL7's set.
_TRANSLATED = (SEX, PAYER)


def measure_section(report: Report) -> Node:
    """The section with its narrative and its entries."""
    by_measure = groupby(report.sets, key=lambda s: s.measure)
    return node(
        "section",
        None,
        *template_ids("measure_section"),
        coded("code", "55186-1", LOINC, "Measure document"),
        node("title", text="Measure Section"),
        narrative(report),
        *(node("entry", None, _organizer(report, measure, list(sets))) for measure, sets in by_measure),
        node("entry", {"typeCode": "DRIV"}, _reporting_parameters(report)),
    )


def _reporting_parameters(report: Report) -> Node:
    return node(
        "act",
        {"classCode": "ACT", "moodCode": "EVN"},
        *template_ids("reporting_parameters"),
        node("id", {"root": report.own_id("reporting parameters")}),
        coded("code", "252116004", SNOMED, "Observation Parameters"),
        period(report.year),
    )


def _organizer(report: Report, measure: Measure, sets: list[PopulationSet]) -> Node:
    document = node(
        "externalDocument",
        {"classCode": "DOC", "moodCode": "EVN"},
        node("id", {"root": str(report.measure_numbers), "extension": measure.id}),
        coded("code", "57024-2", LOINC, "Health Quality Measure document"),
        node("text", text=f"MIPS {measure.id} ({report.year}): {measure.title}"),
        node("setId", {"root": str(MEASURE_SERIES), "extension": measure.id}),
        node("versionNumber", {"value": str(report.year)}),
    )
    return node(
        "organizer",
        {"classCode": "CLUSTER", "moodCode": "EVN"},
        *template_ids("measure"),
        node("id", {"root": report.own_id(f"measure {measure.id}")}),
        completed(),
        node("reference", {"typeCode": "REFR"}, document),
        *(node("component", None, observation) for one in sets for observation in _observations(report, one)),
    )


def _observations(report: Report, one: PopulationSet) -> list[Node]:
    counts = [_measure_data(report, one, code, population) for code, population in one.populations.items()]
    return [_rate(report, one), *counts]


def _rate(report: Report, one: PopulationSet) -> Node:
    """Which stratum a rate is of is told by the numerator it names."""
    value = {"nullFlavor": "NA"} if one.rate is None else {"value": str(one.rate)}
    return node(
        "observation",
        _OBSERVATION,
        *template_ids("rate"),
        coded("code", "72510-1", LOINC, "Performance Rate"),
        completed(),
        node("value", {TYPE: "REAL", **value}),
        _population_reference(report, one, NUMER),
    )


def _measure_data(report: Report, one: PopulationSet, code: str, population: Population) -> Node:
    categorised = (
        node("entryRelationship", {"typeCode": "COMP"}, _supplement(category, population.by[element][category.code]))
        for element in ELEMENTS
        for category in categories(element)
    )
    return node(
        "observation",
        _OBSERVATION,
        *template_ids("population"),
        coded("code", "ASSERTION", ACT_CODE, "Assertion"),
        completed(),
        node("value", {TYPE: "CD", "code": code, "codeSystem": ACT_CODE}),
        _count(population.n),
        *categorised,
        _population_reference(report, one, code),
    )


def _population_reference(report: Report, one: PopulationSet, code: str) -> Node:
    """No measure document lists these populations, so each reference also says stratum and population in the clear."""
    population = node(
        "externalObservation",
        _OBSERVATION,
        node("id", {"root": population_id(report.year, one.measure.id, one.stratum, code)}),
        coded("code", code, ACT_CODE),
        node("text", text=one.stratum),
    )
    return node("reference", {"typeCode": "REFR"}, population)


def _supplement(category: Category, n: int) -> Node:
    return node(
        "observation",
        _OBSERVATION,
        *template_ids(category.element),
        coded("code", _ELEMENT_CODES[category.element], LOINC),
        completed(),
        _value(category),
        _count(n),
    )


def _value(category: Category) -> Node:
    if category.element in _TRANSLATED:
        translation = coded("translation", category.code, category.system, category.label)
        return node("value", {TYPE: "CD", "nullFlavor": "OTH"}, translation)
    if category.system == NULL_FLAVOR_SYSTEM:
        return node("value", {TYPE: "CD", "nullFlavor": category.code})
    value = coded("value", category.code, category.system, category.label)
    value.set(TYPE, "CD")
    return value


def _count(n: int) -> Node:
    count = node(
        "observation",
        _OBSERVATION,
        *template_ids("count"),
        coded("code", "MSRAGG", ACT_CODE, "rate aggregation"),
        node("value", {TYPE: "INT", "value": str(n)}),
        coded("methodCode", "COUNT", _METHOD, "Count"),
    )
    return node("entryRelationship", {"typeCode": "SUBJ", "inversionInd": "true"}, count)

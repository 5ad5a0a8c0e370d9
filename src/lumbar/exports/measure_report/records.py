"""The records a report rests on: the patient by id alone, the operation, and the scores that were chosen."""

from collections.abc import Iterator
from decimal import Decimal

from lumbar.codelists import code_list
from lumbar.exports.measure_report.charts import Chart, Row
from lumbar.exports.measure_report.frame import Frame
from lumbar.exports.measure_report.guide import (
    LOINC,
    NPI,
    OBSERVATION_CATEGORIES,
    PROCEDURE_SYSTEMS,
    SNOMED,
    UNITS,
    Resource,
    coding,
    concept,
    number,
)
from lumbar.measures.model import PerformanceYear
from lumbar.tables.clinical import BACK_PAIN, LEFT, LEG_PAIN, NRS, ODI, PERCENT, POINTS_50, RIGHT, VAS_CM, VAS_MM
from lumbar.tables.results import DISCECTOMY, FUSION

_KIND = {FUSION: "Lumbar fusion", DISCECTOMY: "Lumbar discectomy or laminectomy"}
_INSTRUMENT = {BACK_PAIN: "Back pain", LEG_PAIN: "Leg pain", ODI: "Oswestry Disability Index"}
# LOINC codes and units of the instrument's own scale; the code names the way of asking, the body site the place.
_CODE = {
    NRS.name: "72514-3",
    VAS_CM.name: "38214-3",
    VAS_MM.name: "38214-3",
    PERCENT.name: "97909-6",
    POINTS_50.name: "97909-6",
}
_UNIT = {NRS.name: "{score}", VAS_CM.name: "cm", VAS_MM.name: "cm", PERCENT.name: "%", POINTS_50.name: "%"}
_SITE = {
    (BACK_PAIN, None): "77568009",
    (LEG_PAIN, None): "61685007",
    (LEG_PAIN, LEFT): "32153003",
    (LEG_PAIN, RIGHT): "62175007",
}


def record_resources(frame: Frame, chart: Chart, rules: PerformanceYear) -> Iterator[Resource]:
    """The patient, each operation, and each chosen score once."""
    yield {
        "resourceType": "Patient",
        "id": frame.id_of("Patient", chart.patient_id),
        "identifier": [{"system": frame.site.patient_system, "value": chart.patient_id}],
    }
    for row in chart.operations():
        yield _procedure(frame, chart, row, rules)
    for score in chosen_scores(chart, chart.rows):
        yield _observation(frame, score)


def chosen_scores(chart: Chart, rows: tuple[Row, ...]) -> list[Row]:
    """The scores chosen for some rows, each once, in order of the rows."""
    ids = [row[name] for row in rows for name in ("preoperative_score_id", "postoperative_score_id")]
    found = (chart.score(score_id) for score_id in dict.fromkeys(ids))
    return [score for score in found if score is not None]


def _procedure(frame: Frame, chart: Chart, row: Row, rules: PerformanceYear) -> Resource:
    """One operation, coded as its lines of that day that are on the year's lists of its kind."""
    entries = {
        (entry.system, entry.code)
        for procedures in rules.procedures
        if procedures.kind == row["kind"]
        for name in (procedures.code_list, procedures.unverified_code_list)
        if name
        for entry in code_list(rules.year, name)
    }
    lines = {(line["system"], line["code"]) for line in chart.procedures if line["performed_on"] == row["index_date"]}
    code: Resource = {"text": _KIND[row["kind"]]}
    if known := sorted(lines & entries):
        code["coding"] = [coding(PROCEDURE_SYSTEMS[system], text) for system, text in known]
    resource: Resource = {
        "resourceType": "Procedure",
        "id": frame.id_of("Procedure", row["episode_id"]),
        "identifier": [{"system": f"{frame.site.patient_system}/episode", "value": row["episode_id"]}],
        "status": "completed",
        "code": code,
        "subject": frame.reference("Patient", chart.patient_id),
    }
    if chart.before_death(row["index_date"]):
        resource["performedDateTime"] = row["index_date"].isoformat()
    if row["surgeon_npi"] is not None:
        resource["performer"] = [{"actor": {"identifier": {"system": NPI, "value": row["surgeon_npi"]}}}]
    return resource


def _observation(frame: Frame, score: Row) -> Resource:
    """One score on the instrument's own scale, 0-10 or 0-100."""
    instrument, scale = score["instrument"], score["scale"]
    resource: Resource = {
        "resourceType": "Observation",
        "id": frame.id_of("Observation", score["score_id"]),
        "identifier": [{"system": f"{frame.site.patient_system}/score", "value": score["score_id"]}],
        "status": score["status"] or "final",
        "category": [concept(OBSERVATION_CATEGORIES, "survey")],
        "code": concept(LOINC, _CODE[scale]) | {"text": _INSTRUMENT[instrument]},
        "subject": frame.reference("Patient", score["patient_id"]),
        "effectiveDateTime": score["assessed_on"].isoformat(),
        "valueQuantity": _quantity(score["value"], _UNIT[scale]),
    }
    if instrument != ODI:
        resource["bodySite"] = concept(SNOMED, _SITE[instrument, score["side"] if instrument == LEG_PAIN else None])
    return resource


def _quantity(value: Decimal, unit: str) -> Resource:
    return {"value": number(value), "unit": unit, "system": UNITS, "code": unit}

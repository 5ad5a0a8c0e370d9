"""A chart as rows of OMOP CDM 5.4.

Ids are whole numbers made of the patient's number and the place of the record among the patient's, in the order of
the records' own ids; those stand in the source values. A patient's pain scores lie all in measurement, where a word of
the clinic's own says which pain, or all in observation, where the qualifier is the body site; so do the Oswestry ones.
"""

import random
from collections.abc import Iterator
from datetime import date

from lumbar.synth.chart import Chart, Condition, Coverage, Procedure, Score
from lumbar.synth.draws import weighted
from lumbar.synth.omop_concepts import VOCABULARY, Concepts
from lumbar.synth.terminology import terms
from lumbar.tables.clinical import BACK_PAIN, LEFT, LEG_PAIN, NRS, ODI, PERCENT, POINTS_50, RIGHT, VAS_CM, VAS_MM

Row = dict[str, str]

# The CDM wants a date where the clinic knows none; the clinic's mapping says what these stand for.
UNKNOWN_START, UNKNOWN_END = "1900-01-01", "9999-12-31"
_NO_CONCEPT = "0"
_IDS_OF_A_PATIENT = 1000
_FIRST_RECORD = 100  # all have three digits, so that numbers are in the same order as text
_WEIGHT = 899 - _FIRST_RECORD  # the place of a body weight among a patient's measurements
_UNIT = {NRS.name: "{score}", VAS_MM.name: "mm", VAS_CM.name: "cm", PERCENT.name: "%", POINTS_50.name: "{score}/50"}
_SITE_USE: dict[tuple[str, str | None], str] = {
    (BACK_PAIN, None): "site_back",
    (LEG_PAIN, None): "site_leg",
    (LEG_PAIN, LEFT): "site_left",
    (LEG_PAIN, RIGHT): "site_right",
}
_OWN_WORD: dict[tuple[str, str | None], str] = {
    (BACK_PAIN, None): "pain-back",
    (LEG_PAIN, None): "pain-leg",
    (LEG_PAIN, LEFT): "pain-leg-left",
    (LEG_PAIN, RIGHT): "pain-leg-right",
}


def chart_rows(
    draw: random.Random, chart: Chart, concepts: Concepts, staff: dict[str, str], places: dict[str, str], unsure: bool
) -> Iterator[tuple[str, Row]]:
    """Every row of one chart with the name of its table.

    `staff` and `places` hold the ids of providers by NPI and of care sites by name; `unsure`: a sloppy site's years
    of birth are kept.
    """
    yield "person", _person(chart, concepts, unsure)
    if chart.patient.deceased:
        yield "death", _death(chart)
    visits = visit_ids(chart)
    for (on, facility), visit_id in visits.items():
        yield "visit_occurrence", _visit(chart, on, visit_id, places.get(facility or "", ""))
    procedure_ids = record_ids(chart, [line.procedure_id for line in chart.procedures])
    for line in chart.procedures:
        number = procedure_ids[line.procedure_id]
        visit_id = visits[line.performed_on, line.facility]
        yield "procedure_occurrence", procedure_row(chart, line, number, concepts, staff, visit_id)
    score_ids = record_ids(chart, [score.score_id for score in chart.scores])
    for score in chart.scores:
        yield score_row(draw, chart, score, score_ids[score.score_id], concepts)
    condition_ids = record_ids(chart, [condition.condition_id for condition in chart.conditions])
    for condition in chart.conditions:
        yield "condition_occurrence", condition_row(chart, condition, condition_ids[condition.condition_id], concepts)
    for place, coverage in enumerate(chart.coverages):
        yield "payer_plan_period", _payer(chart, coverage, _id(chart, place))
    for place, reported in enumerate(chart.reported_codes, start=len(chart.procedures) + len(chart.scores)):
        yield _reported_row(chart, reported.code, reported.reported_on, place, concepts)
    if draw.random() < 0.7:
        yield "measurement", _weight(draw, chart, concepts)


def record_ids(chart: Chart, ids: list[str]) -> dict[str, str]:
    """The number of each record of one table by its own id: numbers are in the order of the ids."""
    return {own: _id(chart, place) for place, own in enumerate(sorted(ids))}


def score_row(draw: random.Random, chart: Chart, score: Score, number: str, concepts: Concepts) -> tuple[str, Row]:
    """One score, with the name of its table."""
    table = _table_of(chart, score.instrument)
    use = {NRS.name: "score_nrs", VAS_MM.name: "score_vas", VAS_CM.name: "score_vas"}.get(score.scale, "score_odi")
    standard_id = concepts.of_use(use)
    row = {
        f"{table}_id": number,
        "person_id": str(chart.number),
        f"{table}_concept_id": standard_id,
        f"{table}_date": score.assessed_on.isoformat(),
        f"{table}_datetime": _moment(score.assessed_on, score.assessed_time),
        f"{table}_type_concept_id": _NO_CONCEPT
        if score.mode is None
        else concepts.of("Clinic", score.mode, score.mode),
        "value_as_number": score.value,
        f"{table}_source_value": score.score_id,
        f"{table}_source_concept_id": standard_id,
    }
    unit = _UNIT[score.scale]
    if draw.random() < 0.5:
        row |= {"unit_concept_id": concepts.of("UCUM", unit, unit, "Unit"), "unit_source_value": "as shown"}
    else:
        row |= {"unit_concept_id": _NO_CONCEPT, "unit_source_value": unit}
    if score.instrument == ODI:
        return table, row
    place = (score.instrument, score.side)
    if table == "observation":
        site = weighted(draw, terms(_SITE_USE[place]))
        row["qualifier_concept_id"] = concepts.of(VOCABULARY[site.system], site.code, site.text)
    else:
        word = _OWN_WORD[place]
        family = "vas" if use == "score_vas" else "nrs"
        row["measurement_source_concept_id"] = concepts.own(f"{word}-{family}", f"{word} {family}", standard_id)
    return table, row


def procedure_row(
    chart: Chart, line: Procedure, number: str, concepts: Concepts, staff: dict[str, str], visit_id: str
) -> Row:
    """One procedure line."""
    concept_id = concepts.of(VOCABULARY[line.system], line.code, domain="Procedure")
    first = line.modifiers[0] if line.modifiers else None
    return {
        "procedure_occurrence_id": number,
        "person_id": str(chart.number),
        "procedure_concept_id": concept_id,
        "procedure_date": line.performed_on.isoformat(),
        "procedure_datetime": _moment(line.performed_on, line.performed_time),
        "procedure_type_concept_id": _NO_CONCEPT,
        "modifier_concept_id": _NO_CONCEPT if first is None else concepts.of("HCPCS", first, f"modifier {first}"),
        "provider_id": staff.get(line.surgeon_npi or "", ""),
        "visit_occurrence_id": visit_id,
        "procedure_source_value": line.procedure_id,
        "procedure_source_concept_id": concept_id,
        "modifier_source_value": ",".join(line.modifiers) if len(line.modifiers) > 1 else "",
    }


def condition_row(chart: Chart, condition: Condition, number: str, concepts: Concepts) -> Row:
    """One diagnosis: its ICD-10-CM concept is that of the source."""
    status = condition.verification
    return {
        "condition_occurrence_id": number,
        "person_id": str(chart.number),
        "condition_concept_id": _NO_CONCEPT,
        "condition_start_date": UNKNOWN_START if condition.onset_on is None else condition.onset_on.isoformat(),
        "condition_end_date": "" if condition.abated_on is None else condition.abated_on.isoformat(),
        "condition_type_concept_id": _NO_CONCEPT,
        "condition_status_concept_id": _NO_CONCEPT
        if status is None
        else concepts.of("Clinic", f"status-{status}", status),
        "condition_source_value": condition.condition_id,
        "condition_source_concept_id": concepts.of(VOCABULARY[condition.system], condition.code, domain="Condition"),
    }


def visit_ids(chart: Chart) -> dict[tuple[date, str | None], str]:
    """The visits of one patient: a day and a place, in order of the lines."""
    days = dict.fromkeys((line.performed_on, line.facility) for line in chart.procedures)
    return {day: _id(chart, place) for place, day in enumerate(days)}


def _id(chart: Chart, place: int) -> str:
    return str(chart.number * _IDS_OF_A_PATIENT + _FIRST_RECORD + place)


def _table_of(chart: Chart, instrument: str) -> str:
    every = 3 if instrument == ODI else 4
    return "observation" if chart.number % every == 0 else "measurement"


def _person(chart: Chart, concepts: Concepts, unsure: bool) -> Row:
    patient, born_on = chart.patient, chart.patient.birth_date
    year_only = chart.birth_year_only if unsure else None
    row = {
        "person_id": str(chart.number),
        "person_source_value": patient.patient_id,
        # The CDM wants a year; without month and day it tells no age.
        "year_of_birth": UNKNOWN_START[:4] if year_only is None else str(year_only),
    }
    if born_on is not None and year_only is None:
        row |= {
            "year_of_birth": str(born_on.year),
            "month_of_birth": str(born_on.month),
            "day_of_birth": str(born_on.day),
        }
    row |= _word("gender", "Gender", patient.sex, concepts, {"male": "MALE", "female": "FEMALE"})
    row |= _word("race", "Race", patient.race, concepts)
    return row | _word("ethnicity", "Ethnicity", patient.ethnicity, concepts)


def _word(what: str, vocabulary: str, word: str | None, concepts: Concepts, names: dict[str, str] | None = None) -> Row:
    """A word of the patient as a concept; one that the vocabulary has no name for is a source value alone."""
    name = word if names is None else names.get(word or "")
    concept_id = _NO_CONCEPT if name is None else concepts.of(vocabulary, name, name, vocabulary)
    return {f"{what}_concept_id": concept_id, f"{what}_source_value": word or ""}


def _death(chart: Chart) -> Row:
    on = chart.patient.deceased_on
    return {
        "person_id": str(chart.number),
        "death_date": UNKNOWN_END if on is None else on.isoformat(),
        "death_type_concept_id": _NO_CONCEPT,
    }


def _visit(chart: Chart, on: date, visit_id: str, care_site_id: str) -> Row:
    return {
        "visit_occurrence_id": visit_id,
        "person_id": str(chart.number),
        "visit_concept_id": _NO_CONCEPT,
        "visit_start_date": on.isoformat(),
        "visit_end_date": on.isoformat(),
        "visit_type_concept_id": _NO_CONCEPT,
        "care_site_id": care_site_id,
    }


def _payer(chart: Chart, coverage: Coverage, number: str) -> Row:
    return {
        "payer_plan_period_id": number,
        "person_id": str(chart.number),
        "payer_plan_period_start_date": UNKNOWN_START if coverage.starts_on is None else coverage.starts_on.isoformat(),
        "payer_plan_period_end_date": UNKNOWN_END if coverage.ends_on is None else coverage.ends_on.isoformat(),
        "payer_concept_id": _NO_CONCEPT,
        "payer_source_value": coverage.payer,
    }


def _reported_row(chart: Chart, code: str, on: date, place: int, concepts: Concepts) -> tuple[str, Row]:
    """A quality-data code, in any of the three tables the vocabularies and sites put such codes into."""
    table = ("observation", "measurement", "procedure_occurrence")[place % 3]
    what = "procedure" if table == "procedure_occurrence" else table
    concept_id = concepts.of("HCPCS", code)
    return table, {
        f"{table}_id": _id(chart, place),
        "person_id": str(chart.number),
        f"{what}_concept_id": concept_id,
        f"{what}_date": on.isoformat(),
        f"{what}_type_concept_id": _NO_CONCEPT,
        f"{what}_source_value": f"qdc-{_id(chart, place)}",
        f"{what}_source_concept_id": concept_id,
    }


def _weight(draw: random.Random, chart: Chart, concepts: Concepts) -> Row:
    """A body weight on the day of surgery: of no concern here."""
    return {
        "measurement_id": _id(chart, _WEIGHT),
        "person_id": str(chart.number),
        "measurement_concept_id": concepts.of_use("body_weight"),
        "measurement_date": chart.procedures[0].performed_on.isoformat(),
        "measurement_type_concept_id": _NO_CONCEPT,
        "value_as_number": f"{draw.gauss(83, 17):.1f}",
        "unit_concept_id": concepts.of("UCUM", "kg", "kg", "Unit"),
        "measurement_source_value": f"wt-{chart.number:06d}",
    }


def _moment(on: date, time: str | None) -> str:
    return "" if time is None else f"{on} {time}"

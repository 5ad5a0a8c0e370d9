"""The MeasureReports: the summary of a measure, and of each patient the individual and the data-exchange report."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from lumbar.exports.leaving import Leaving
from lumbar.exports.measure_report.charts import Chart, Row
from lumbar.exports.measure_report.definitions import INCREASE, scored_by_group
from lumbar.exports.measure_report.evidence import supporting_evidence
from lumbar.exports.measure_report.frame import Frame
from lumbar.exports.measure_report.guide import (
    CRITERIA,
    GROUP_LINK,
    POPULATION_CODES,
    POPULATION_LINK,
    SCORING_CODES,
    Resource,
    concept,
    extension,
    number,
)
from lumbar.exports.measure_report.narrative import narrative
from lumbar.exports.measure_report.populations import (
    CONTINUOUS,
    DENOMINATOR,
    INITIAL_POPULATION,
    MEASURE_POPULATION,
    NUMERATOR,
    PROPORTION,
    Group,
    Tally,
    groups_of,
    tally_of_counts,
    tally_of_rows,
)
from lumbar.exports.measure_report.records import chosen_scores
from lumbar.measures.model import Measure

SUMMARY = "summary"
INDIVIDUAL = "individual"
DATA_COLLECTION = "data-collection"

# What an operation, and what a chosen score, is evaluated for.
_OF_OPERATIONS = (INITIAL_POPULATION, DENOMINATOR)
_OF_SCORES = (NUMERATOR, MEASURE_POPULATION)


def summary_report(frame: Frame, measure: Measure, leaving: Leaving) -> Resource:
    """The counts of a measure over all patients, and what a person reads of them; no patient in it."""
    counts = leaving.counts_of(measure)
    report = _scored(frame, measure, SUMMARY, None, lambda group: tally_of_counts(group, counts))
    return report | {"text": narrative(leaving, measure)}


def individual_report(frame: Frame, measure: Measure, chart: Chart, as_of: date) -> Resource:
    """One patient's operations in a measure, counted, with the proof of each and what was evaluated."""
    rows = tuple(row for row in chart.rows if row["measure_id"] == measure.id)
    report = _scored(frame, measure, INDIVIDUAL, chart, lambda group: tally_of_rows(group, rows))
    for group, written in zip(groups_of(measure), report["group"], strict=True):
        own = [row for row in rows if row["kind"] in group.kinds]
        if group.scoring == CONTINUOUS and any(chart.withholds(row) for row in own):
            written.pop("measureScore", None)
        if own and group.scoring == PROPORTION:
            evidence = supporting_evidence(frame, chart, own, as_of)
            written["population"][group.codes.index(NUMERATOR)]["extension"].append(evidence)
    report["evaluatedResource"] = _evaluated(frame, measure, chart, rows)
    return report


def exchange_report(frame: Frame, measure: Measure, chart: Chart) -> Resource:
    """The data behind one patient's operations in a measure, without any result."""
    rows = tuple(row for row in chart.rows if row["measure_id"] == measure.id)
    report = _report(frame, measure, DATA_COLLECTION, chart)
    report["extension"] = [extension(frame.guide.definition("update_type"), valueCode="snapshot")]
    report["evaluatedResource"] = [
        frame.reference("Procedure", episode_id) for episode_id in dict.fromkeys(row["episode_id"] for row in rows)
    ] + [frame.reference("Observation", score["score_id"]) for score in chosen_scores(chart, rows)]
    return report


def report_id(frame: Frame, measure: Measure, report_type: str, patient_id: str) -> tuple[str, ...]:
    """What a report is: its kind, measure, year, reporter and patient (empty in a summary)."""
    return ("MeasureReport", report_type, measure.id, str(measure.year), frame.npi or "", patient_id)


def _report(frame: Frame, measure: Measure, report_type: str, chart: Chart | None) -> Resource:
    patient_id = "" if chart is None else chart.patient_id
    report: Resource = {
        "resourceType": "MeasureReport",
        "id": frame.id_of(*report_id(frame, measure, report_type, patient_id)),
        "meta": {"profile": [frame.guide.definition(report_type)]},
        "status": "complete",
        "type": report_type,
        "measure": f"{frame.measure_url(measure)}|{measure.year}",
        "date": frame.on.isoformat(),
        "reporter": frame.reported_by,
        "period": frame.period,
    }
    if chart is not None:
        report["subject"] = frame.reference("Patient", patient_id)
    return report


def _scored(
    frame: Frame, measure: Measure, report_type: str, chart: Chart | None, tally: Callable[[Group], Tally]
) -> Resource:
    groups = groups_of(measure)
    by_group = scored_by_group(groups)
    report = _report(frame, measure, report_type, chart)
    if not by_group:
        report |= {"extension": [_scoring(frame, groups[0])], "improvementNotation": INCREASE}
    report["group"] = [_group(frame, group, tally(group), own_scoring=by_group) for group in groups]
    return report


def _group(frame: Frame, group: Group, tally: Tally, *, own_scoring: bool) -> Resource:
    extensions = [extension(GROUP_LINK, valueString=group.link_id)]
    if own_scoring:
        increase = extension(frame.guide.definition("group_improvement"), valueCodeableConcept=INCREASE)
        extensions += [_scoring(frame, group), increase]
    written: Resource = {
        "id": group.link_id,
        "extension": extensions,
        "code": {"text": group.link_id},
        "population": [
            {
                "id": group.criteria(code),
                "extension": [extension(POPULATION_LINK, valueString=group.criteria(code))],
                "code": concept(POPULATION_CODES, code),
                "count": tally.count(code),
            }
            for code in group.codes
        ],
    }
    score = tally.score(group.scoring)
    if score is not None:
        written["measureScore"] = _score(group, score)
    return written


def _score(group: Group, score: Decimal) -> Resource:
    return {"value": number(score)} if group.scoring == PROPORTION else {"value": number(score), "unit": "points"}


def _scoring(frame: Frame, group: Group) -> Resource:
    scoring = concept(SCORING_CODES, group.scoring)
    return extension(frame.guide.definition("scoring"), valueCodeableConcept=scoring)


def _evaluated(frame: Frame, measure: Measure, chart: Chart, rows: tuple[Row, ...]) -> list[Resource]:
    """The patient, the operations and the chosen scores, each with the populations it was evaluated for."""
    evaluated = [frame.reference("Patient", chart.patient_id) | _criteria(measure, rows, _OF_OPERATIONS)]
    for row in rows:
        evaluated.append(frame.reference("Procedure", row["episode_id"]) | _criteria(measure, (row,), _OF_OPERATIONS))
    for score in chosen_scores(chart, rows):
        ids = ("preoperative_score_id", "postoperative_score_id")
        using = tuple(row for row in rows if score["score_id"] in (row[name] for name in ids))
        evaluated.append(frame.reference("Observation", score["score_id"]) | _criteria(measure, using, _OF_SCORES))
    return evaluated


def _criteria(measure: Measure, rows: tuple[Row, ...], codes: tuple[str, ...]) -> Resource:
    kinds = {row["kind"] for row in rows}
    return {
        "extension": [
            extension(CRITERIA, valueString=group.criteria(code))
            for group in groups_of(measure)
            if kinds & group.kinds
            for code in codes
            if code in group.codes
        ]
    }

"""The bad resources of the FHIR format."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

from lumbar.synth.as_resources import UNIT, Resource, observation, procedure, questionnaire_response, reference
from lumbar.synth.asking import SECTIONS, SECTIONS_NEEDED
from lumbar.synth.blemishes import FOREIGN_STATUSES, NOT_IN_FHIR, SPOILED, another_value, blemish_of, out_of_range
from lumbar.synth.chart import Chart, Score
from lumbar.synth.draws import stream
from lumbar.tables.clinical import ODI


def spoiled_resources(chart: Chart, seed: int, good: Sequence[Resource]) -> Iterator[tuple[str, Resource | str]]:
    """The bad resources of one chart, each with the type its file is named for; a text is a whole broken line.

    `good` holds the chart's own resources.
    """
    blemish = blemish_of(chart, seed)
    if blemish is None or blemish[0] in NOT_IN_FHIR:
        return
    reason, score = blemish
    draw = stream("blemish/fhir", seed, chart.number)
    if reason == "duplicate" and draw.random() < 0.3:
        yield "Observation", next(r for r in good if r["id"] == score.score_id)  # the same line twice
        return
    yield from _spoiled_scores(draw, reason, score, reference(draw, chart.patient.patient_id))
    if reason in ("wrong_resource_type", "unknown_patient"):
        diagnosis = next(dict(r) for r in good if r["resourceType"] == "Condition")
        diagnosis["id"] += SPOILED
        if reason == "unknown_patient":
            yield "Condition", {**diagnosis, "subject": _stranger(score)}
        else:
            yield "Observation", diagnosis
    if reason in ("not_done", "unknown_patient", "imprecise_date"):
        line = procedure(draw, chart.procedures[:1], reference(draw, chart.patient.patient_id))
        yield "Procedure", _spoiled_line(draw, reason, score, {**line, "id": f"{line['id']}{SPOILED}"})
    if reason == "conflicting_id" and draw.random() < 0.3:
        yield "Patient", {"resourceType": "Patient", "id": f"twice-{chart.number}", "gender": "female"}
        yield "Patient", {"resourceType": "Patient", "id": f"twice-{chart.number}", "gender": "male"}


def _spoiled_scores(
    draw: random.Random, reason: str, score: Score, subject: Resource
) -> Iterator[tuple[str, Resource | str]]:
    spoiled = replace(score, score_id=f"{score.score_id}{SPOILED}")
    resource = observation(draw, [replace(spoiled, assessed_time=None)], subject)
    if reason == "unparsable":
        text = json.dumps(resource)
        yield "Observation", text[: draw.randint(len(text) // 3, len(text) - 2)]
    elif reason == "conflicting_id":
        yield "Observation", resource
        yield "Observation", observation(draw, [replace(spoiled, value=another_value(score))], subject)
    elif reason == "unknown_patient":
        yield "Observation", {**resource, "subject": _stranger(score)}
    elif reason == "imprecise_date":
        month = score.assessed_on.isoformat()[:7]
        on = draw.choice(({"effectiveDateTime": month}, {"effectiveDateTime": month[:4]}, {}))
        yield "Observation", {**_without(resource, "effective"), **on}
    elif reason == "duplicate":
        yield "Observation", observation(draw, [spoiled], subject)
    elif reason == "odi_too_few_items":
        yield "QuestionnaireResponse", _half_filled(draw, spoiled, subject)
    elif reason not in ("not_done", "wrong_resource_type"):
        yield "Observation", _spoiled_elements(draw, reason, score, resource)


def _spoiled_line(draw: random.Random, reason: str, score: Score, line: Resource) -> Resource:
    if reason == "not_done":
        return {**line, "status": draw.choice(("in-progress", "not-done", "preparation", "stopped"))}
    if reason == "unknown_patient":
        return {**line, "subject": _stranger(score)}
    return {**_without(line, "performed"), "performedDateTime": score.assessed_on.isoformat()[:7]}


def _stranger(score: Score) -> Resource:
    return {"reference": f"Patient/unknown-{score.score_id}"}


def _half_filled(draw: random.Random, spoiled: Score, subject: Resource) -> Resource:
    n_answered = draw.randint(3, SECTIONS_NEEDED - 1)
    sections = tuple(draw.randint(0, 4) if place < n_answered else None for place in range(SECTIONS))
    return questionnaire_response(draw, replace(spoiled, instrument=ODI, sections=sections), subject)


def _spoiled_elements(draw: random.Random, reason: str, score: Score, resource: Resource) -> Resource:
    if reason == "entered_in_error":
        return {**resource, "status": draw.choice(FOREIGN_STATUSES)}
    if reason == "proxy_respondent":
        kin = {"reference": f"RelatedPerson/kin-{score.score_id}", "display": "daughter"}
        return {**resource, "performer": [kin]}
    if reason == "no_body_site":
        return _without(resource, "bodySite")
    if reason == "no_value":
        return {**_without(resource, "value"), "dataAbsentReason": {"text": "asked but declined"}}
    unit, value = UNIT[score.scale], float(out_of_range(score))
    if reason == "unknown_unit":
        unit, value = "[in_i]", 3.0
    quantity = {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
    return {**_without(resource, "value"), "valueQuantity": quantity}


def _without(resource: Resource, prefix: str) -> Resource:
    return {key: value for key, value in resource.items() if not key.startswith(prefix)}

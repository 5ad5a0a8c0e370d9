"""The bad rows of the OMOP format: those that its tables can hold."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from lumbar.synth.as_omop import Row, condition_row, procedure_row, score_row
from lumbar.synth.blemishes import NOT_IN_OMOP, SPOILED, another_value, blemish_of, out_of_range
from lumbar.synth.chart import Chart
from lumbar.synth.draws import stream
from lumbar.synth.omop_concepts import Concepts

_PLACE = 900  # of a patient's numbers, those of bad rows


def spoiled_rows(chart: Chart, seed: int, concepts: Concepts) -> Iterator[tuple[str, Row]]:
    """The bad rows of one chart, each with its table."""
    blemish = blemish_of(chart, seed)
    if blemish is None or blemish[0] in NOT_IN_OMOP:
        return
    reason, score = blemish
    draw = stream("blemish/omop", seed, chart.number)
    number = str(chart.number * 1000 + _PLACE)
    spoiled = replace(score, score_id=f"{score.score_id}{SPOILED}", assessed_time=None)
    table, row = score_row(draw, chart, spoiled, number, concepts)
    if reason == "unparsable":
        yield (
            table,
            {**row, **draw.choice(({"value_as_number": "seven"}, {f"{table}_date": _no_such_day(score.assessed_on)}))},
        )
    elif reason == "conflicting_id":
        yield table, row
        yield table, {**row, "value_as_number": another_value(score)}
    elif reason == "unknown_patient":
        nobody = {"person_id": f"{chart.number}0000000"}
        yield table, {**row, **nobody}
        line = replace(chart.procedures[0], procedure_id=f"{chart.procedures[0].procedure_id}{SPOILED}")
        yield "procedure_occurrence", {**procedure_row(chart, line, number, concepts, {}, ""), **nobody}
        diagnosis = replace(chart.conditions[0], condition_id=f"{chart.conditions[0].condition_id}{SPOILED}")
        yield "condition_occurrence", {**condition_row(chart, diagnosis, number, concepts), **nobody}
    elif reason == "imprecise_date":
        yield table, {**row, f"{table}_date": draw.choice((score.assessed_on.isoformat()[:7], ""))}
    elif reason == "duplicate":
        again = replace(spoiled, assessed_time=score.assessed_time)
        yield score_row(draw, chart, again, number, concepts)
    elif reason == "unknown_unit":
        yield table, {**row, "unit_concept_id": "0", "unit_source_value": draw.choice(("faces", "kg"))}
    elif reason == "no_value":
        yield table, {**row, "value_as_number": ""}
    elif reason == "out_of_range":
        yield table, {**row, "value_as_number": out_of_range(score)}
    else:  # no_body_site: the standard concept alone, and no qualifier
        general = {**row, f"{table}_source_concept_id": row[f"{table}_concept_id"]}
        general.pop("qualifier_concept_id", None)
        yield table, general


def _no_such_day(on: date) -> str:
    return f"{on.year}-02-30"

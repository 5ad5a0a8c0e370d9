"""The bad rows of the tables format."""

import random
from collections.abc import Iterator
from dataclasses import replace

from lumbar.synth.as_rows import Row, score_row
from lumbar.synth.blemishes import FOREIGN_STATUSES, NOT_IN_TABLES, SPOILED, another_value, blemish_of, out_of_range
from lumbar.synth.chart import Chart, Score
from lumbar.synth.draws import stream


def spoiled_rows(chart: Chart, seed: int) -> Iterator[tuple[str, Row | str]]:
    """The bad rows of one chart, each with its table; a text is a whole broken line."""
    blemish = blemish_of(chart, seed)
    if blemish is None or blemish[0] in NOT_IN_TABLES:
        return
    reason, score = blemish
    draw = stream("blemish/tables", seed, chart.number)
    spoiled = replace(score, score_id=f"{score.score_id}{SPOILED}")
    row = score_row(draw, replace(spoiled, assessed_time=None))
    if reason == "unparsable":
        yield "score", _unparsable(draw, row)
    elif reason == "conflicting_id":
        yield "score", row
        yield "score", {**row, "value": another_value(score)}
        if draw.random() < 0.3:
            yield "patient", {"patient_id": f"twice-{chart.number}", "sex": "female"}
            yield "patient", {"patient_id": f"twice-{chart.number}", "sex": "male"}
    elif reason == "unknown_patient":
        stranger = f"unknown-{chart.number}"
        yield "score", {**row, "patient_id": stranger}
        yield "procedure", {**_line(chart), "patient_id": stranger}
        yield "condition", {**_diagnosis(chart), "patient_id": stranger}
    elif reason == "imprecise_date":
        month = row["assessed_on"][:7]
        yield "score", {**row, "assessed_on": draw.choice((month, month[:4], ""))}
        yield "procedure", {**_line(chart), "performed_on": month}
    elif reason == "duplicate":
        # The same row twice, or the same answer under another id.
        again = score if score.assessed_time is None and draw.random() < 0.3 else spoiled
        yield "score", score_row(draw, again)
    else:
        yield "score", {**row, **_spoiled_cells(draw, reason, score)}


def _unparsable(draw: random.Random, row: Row) -> Row | str:
    too_many_cells = ",".join([*row.values(), "left over", "left over"])
    no_such_day = f"{row['assessed_on'][:4]}-02-30"
    return draw.choice(({**row, "value": "seven"}, {**row, "assessed_on": no_such_day}, too_many_cells))


def _spoiled_cells(draw: random.Random, reason: str, score: Score) -> Row:
    return {
        "entered_in_error": {"status": draw.choice(FOREIGN_STATUSES)},
        "proxy_respondent": {"respondent": "proxy"},
        "unknown_instrument": {"instrument": draw.choice(("neck_pain", "arm_pain"))},
        "no_body_site": {"instrument": "pain"},
        "unknown_unit": {"scale": draw.choice(("faces", "percent"))},
        "no_value": {"value": ""},
        "out_of_range": {"value": out_of_range(score)},
    }[reason]


def _line(chart: Chart) -> Row:
    line = chart.procedures[0]
    return {
        "procedure_id": f"{line.procedure_id}{SPOILED}",
        "patient_id": line.patient_id,
        "performed_on": line.performed_on.isoformat(),
        "system": line.system,
        "code": line.code,
    }


def _diagnosis(chart: Chart) -> Row:
    diagnosis = chart.conditions[0]
    return {
        "condition_id": f"{diagnosis.condition_id}{SPOILED}",
        "patient_id": diagnosis.patient_id,
        "system": diagnosis.system,
        "code": diagnosis.code,
    }

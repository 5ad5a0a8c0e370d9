"""Our proof of a result as the extension cqf-supportingEvidence of the numerator: one value an operation.

The value is a tuple, written as nested extensions. For an open window a proof tells dates and no score to reach.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from lumbar.errors import InternalError
from lumbar.exports.measure_report.charts import Chart, Row
from lumbar.exports.measure_report.frame import Frame
from lumbar.exports.measure_report.guide import EVIDENCE, HCPCS, Resource, coding, extension, number
from lumbar.tables.results import NOT_RECOVERED

_NAME = "why-met-or-not"
_DESCRIPTION = f"Why each operation counts as it does: windows, scores, arithmetic, rule and source. {NOT_RECOVERED}"
_BEFORE = "preoperative"


def supporting_evidence(frame: Frame, chart: Chart, rows: Sequence[Row], as_of: date) -> Resource:
    """The extension for rows of one measure and group."""
    return {
        "url": EVIDENCE,
        "extension": [
            extension("name", valueCode=_NAME),
            extension("description", valueString=_DESCRIPTION),
            extension("code", valueCodeableConcept={"text": "Proof of each operation's result"}),
            *({"url": "value", "extension": list(_proof(frame, chart, row, as_of))} for row in rows),
        ],
    }


def row_proof(chart: Chart, row: Row) -> dict[str, Any]:
    """The part of an operation's proof that is about one row. Raises InternalError when they do not agree."""
    (found,) = (
        proof
        for proof in chart.proofs[row["episode_id"]]["rows"]
        if (proof["measure_id"], proof["timepoint"]) == (row["measure_id"], row["timepoint"])
    )
    if (found["status"], found["code"]) != (row["status"], row["code"]):
        raise InternalError("the proof does not arrive at the stored result; please report this")
    return dict(found)


def _proof(frame: Frame, chart: Chart, row: Row, as_of: date) -> Iterator[Resource]:
    proof = row_proof(chart, row)
    yield extension("operation", valueReference=frame.reference("Procedure", row["episode_id"]))
    yield extension("status", valueCode=row["status"].replace("_", "-"))
    yield extension("provisional", valueBoolean=row["provisional"])
    if row["code"] is not None:
        yield extension("qualityDataCode", valueCoding=coding(HCPCS, row["code"]))
    for name, window in (("before", "preoperative_window"), ("after", "postoperative_window")):
        opens, closes = proof[window]
        yield extension(f"window-{name}", valuePeriod={"start": opens, "end": closes})
        score = chart.score(row[f"{window.removesuffix('_window')}_score_id"])
        if score is not None:
            yield extension(f"score-{name}", valueReference=frame.reference("Observation", score["score_id"]))
    if row["improvement"] is not None:
        yield extension("improvement", valueDecimal=number(row["improvement"]))
    for name in ("headline", "arithmetic", "rule", "cite", "counts", "counterfactual"):
        if proof[name]:
            yield extension(name, valueString=proof[name])
    for candidate in proof["candidates"]:
        if candidate["window"] in (_BEFORE, row["timepoint"]) and _may_leave(chart, candidate["score_id"], as_of):
            yield {"url": "considered", "extension": _considered(candidate)}
    for note in proof["notes"]:
        yield extension("note", valueString=note)


def _considered(candidate: dict[str, Any]) -> list[Resource]:
    return [
        extension("assessedOn", valueDate=candidate["assessed_on"]),
        extension("points", valueDecimal=number(Decimal(candidate["value"]))),
        extension("chosen", valueBoolean=candidate["chosen"]),
        extension("because", valueString=candidate["because"]),
    ]


def _may_leave(chart: Chart, score_id: str, as_of: date) -> bool:
    """Whether a score that was looked at may be shown: known on the as-of date, and not dated after a death."""
    score = chart.score(score_id)
    return score is not None and max(score["assessed_on"], score["recorded_on"] or score["assessed_on"]) <= as_of

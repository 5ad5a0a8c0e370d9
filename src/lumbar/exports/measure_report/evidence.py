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
_TOLD = ("headline", "arithmetic", "rule", "cite", "counts", "counterfactual")
# What a proof still tells in words when a chosen score is dated after the death: nothing that gives it away.
_TOLD_OF_WITHHELD = ("headline", "rule", "cite", "counts")
_WITHHELD = "a score dated after the patient's death is not shown"


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


def told_headline(chart: Chart, row: Row) -> str:
    """The result of a row in one line, without a score dated after the death."""
    return str(_row_proof(chart, row)["headline"])


def _row_proof(chart: Chart, row: Row) -> dict[str, Any]:
    """The part of an operation's proof that is about one row. Raises InternalError when they do not agree."""
    (found,) = (
        proof
        for proof in chart.proofs[row["episode_id"]]["rows"]
        if (proof["measure_id"], proof["timepoint"]) == (row["measure_id"], row["timepoint"])
    )
    if (found["status"], found["code"]) != (row["status"], row["code"]):
        raise InternalError("the proof does not arrive at the stored result; please report this")
    if chart.withholds(row):
        stem = found["headline"].partition(":")[0]
        told = {name: found[name] for name in found if name not in _TOLD or name in _TOLD_OF_WITHHELD}
        return told | {"headline": f"{stem}: {_WITHHELD}", "notes": []}
    return dict(found)


def _proof(frame: Frame, chart: Chart, row: Row, as_of: date) -> Iterator[Resource]:
    proof = _row_proof(chart, row)
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
    if row["improvement"] is not None and not chart.withholds(row):
        yield extension("improvement", valueDecimal=number(row["improvement"]))
    for name in _TOLD:
        if proof.get(name):
            yield extension(name, valueString=proof[name])
    in_windows = [c for c in proof["candidates"] if c["window"] in (_BEFORE, row["timepoint"])]
    # Why one was chosen may name the day of another.
    with_reasons = all(chart.score(c["score_id"]) is not None for c in in_windows)
    for candidate in in_windows:
        if _may_leave(chart, candidate["score_id"], as_of):
            yield {"url": "considered", "extension": _considered(candidate, with_reason=with_reasons)}
    for note in proof["notes"]:
        yield extension("note", valueString=note)


def _considered(candidate: dict[str, Any], *, with_reason: bool) -> list[Resource]:
    told = [
        extension("assessedOn", valueDate=candidate["assessed_on"]),
        extension("points", valueDecimal=number(Decimal(candidate["value"]))),
        extension("chosen", valueBoolean=candidate["chosen"]),
    ]
    return [*told, extension("because", valueString=candidate["because"])] if with_reason else told


def _may_leave(chart: Chart, score_id: str, as_of: date) -> bool:
    """Whether a score that was looked at may be shown: known on the as-of date, and not dated after a death."""
    score = chart.score(score_id)
    return score is not None and max(score["assessed_on"], score["recorded_on"] or score["assessed_on"]) <= as_of

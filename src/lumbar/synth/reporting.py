"""The quality-data codes the clinic sent already: most of them right, some not, some for an exclusion alone."""

import random
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from lumbar.measures.model import BothScores, Codes, Measure, Stratum
from lumbar.synth.asking import points
from lumbar.synth.case import Case
from lumbar.synth.chart import ReportedCode, Score
from lumbar.synth.draws import shifted
from lumbar.synth.surgery import Operation

_SHARE_REPORTING = 0.12
_SHARE_WRONG = 0.12


def reported_codes(
    case: Case,
    patient_id: str,
    done: Sequence[Operation],
    scores: Sequence[Score],
    last_on: date,
) -> tuple[ReportedCode, ...]:
    """The lines sent for one patient, none dated after `last_on`.

    The clinic judged by hand: the latest score in each window, and now and then a neighbouring code.
    """
    found: list[ReportedCode] = []
    reports = case.draw.random() < _SHARE_REPORTING
    for operation in done:
        for measure in case.rules.measures:
            stratum = next((s for s in measure.strata if s.kind == operation.kind), None)
            if stratum is None:
                continue
            opens = shifted(operation.operated_on, stratum.postoperative.opens)
            if case.story == "excluded_by_report":
                found.append(ReportedCode(patient_id, stratum.codes.excluded, opens))
            elif reports and operation.starts_episode:
                code, on = _judged_by_hand(case.draw, measure, stratum, operation.operated_on, scores)
                found.append(ReportedCode(patient_id, code, on))
    # One visit can fall in the windows of two operations; it is sent once.
    return tuple(dict.fromkeys(line for line in found if line.reported_on <= last_on))


def _judged_by_hand(
    draw: random.Random, measure: Measure, stratum: Stratum, operated_on: date, scores: Sequence[Score]
) -> tuple[str, date]:
    """The code and its date as the clinic would have sent them for one instrument."""
    opens = shifted(operated_on, stratum.postoperative.opens)
    closes = shifted(operated_on, stratum.postoperative.closes)
    after = [s for s in scores if s.instrument == measure.instrument and opens <= s.assessed_on <= closes]
    if not after:
        return stratum.codes.not_assessed, closes
    earliest = shifted(operated_on, measure.preoperative.opens)
    before = [s for s in scores if s.instrument == measure.instrument and earliest <= s.assessed_on <= operated_on]
    latest = max(after, key=lambda s: s.assessed_on)
    improvement = points(max(before, key=lambda s: s.assessed_on)) - points(latest) if before else Decimal(0)
    target = measure.target
    if isinstance(target, BothScores):
        return _code(draw, stratum.codes, bool(before)), latest.assessed_on
    met = points(latest) <= target.at_most or improvement >= target.improved_by
    return _code(draw, stratum.codes, met), latest.assessed_on


def _code(draw: random.Random, codes: Codes, met: bool) -> str:
    if draw.random() < _SHARE_WRONG:
        met = not met
    return codes.met if met else codes.not_met

"""What a measure asks for, and what would have met it, in a clinician's words: a target, or both scores."""

from datetime import date
from decimal import Decimal

from lumbar.engine.reference import Judgement
from lumbar.explain import words
from lumbar.explain.words import day, points
from lumbar.measures.model import BothScores, Cite, Target
from lumbar.measures.policy import Policy
from lumbar.tables.clinical import SCALES, VAS_MM
from lumbar.tables.results import EXCLUDED, NOT_ASSESSED, OPEN, UPCOMING


def deciding(j: Judgement, *, locked: bool) -> tuple[str, Cite]:
    """The rule that decided and its source; no threshold of a score while the window has not closed."""
    target = j.measure.target
    if j.status == EXCLUDED:
        both = len(j.measure.strata) > 1
        timepoints = "applies at both timepoints" if both else f"of measure {j.measure.id} applies"
        excluding = [v.exclusion.cite for v in j.diagnoses if v.excludes]
        excluding += [v.exclusion.cite for v in j.same_date if v.excludes]
        rule = f"A denominator exclusion {timepoints}, whatever the scores, which are still shown."
        return rule, excluding[0] if excluding else j.stratum.codes.cite
    if j.status == NOT_ASSESSED:
        return "A window that has closed without a score counts as not met in the rate.", j.stratum.codes.cite
    if j.status in (OPEN, UPCOMING):
        return "Judged when there is a score in the window; no code before that.", j.stratum.postoperative.cite
    if not locked:
        return "Judged on the scores known on the as-of date; settled when the window has closed.", target.cite
    if isinstance(target, BothScores):
        rule = (
            "Met when there is a score before and one after surgery; the measure then reports the average improvement "
            f"of those, if at least {target.minimum_share:.0%} of those who count have both."
        )
        return rule, target.cite
    instrument = j.measure.instrument
    rule = (
        f"Met when the score after surgery is {points(target.at_most, instrument)} or less, or the improvement "
        f"{points(target.improved_by, instrument)} or more; one of the two is enough."
    )
    return rule, target.cite


def arithmetic(j: Judgement, *, locked: bool) -> str:
    """The sums of a row; what a target asks is said only when the result is locked."""
    instrument = j.measure.instrument
    before = points(j.preoperative["value"], instrument) if j.preoperative else None
    after = points(j.postoperative["value"], instrument) if j.postoperative else None
    if before is None and after is None:
        return "No score on either side of the procedure."
    if after is None or j.postoperative is None:
        return f"{before} before surgery, no score after it."
    if before is None or j.improvement is None:
        sum_of_both = "No score before surgery, so no improvement to judge."
    else:
        sum_of_both = f"{before} {words.MINUS} {after} = {points(j.improvement, instrument)}"
    if j.status == EXCLUDED:
        return f"{after} after surgery. {sum_of_both.rstrip('.')}; shown, not judged: the episode is excluded."
    if not locked:
        return f"{after} after surgery. {sum_of_both.rstrip('.')}; a later score may change it."
    if isinstance(j.measure.target, BothScores):
        averaged = j.improvement is not None and j.in_measure
        return (
            f"{after} after surgery. {sum_of_both.rstrip('.')}{'; it enters the average change' if averaged else ''}."
        )
    return _against_target(j.measure.target, instrument, j.postoperative["value"], j.improvement, sum_of_both)


def _against_target(
    target: Target, instrument: str, after: Decimal, improvement: Decimal | None, sum_of_both: str
) -> str:
    limit, gain = points(target.at_most, instrument), points(target.improved_by, instrument)
    value = points(after, instrument)
    first = (
        f"{value} after surgery; {limit} or less meets the target."
        if after <= target.at_most
        else f"{value} after surgery is above {limit}."
    )
    if improvement is None:
        return f"{first} {sum_of_both}"
    if improvement >= target.improved_by:
        return f"{first} {sum_of_both}; {gain} or more meets the target."
    return f"{first} {sum_of_both}, less than {gain}."


def would_have_met(j: Judgement, policy: Policy) -> str:
    """What would have met a row that is locked and not met, and since when it is impossible."""
    target, closes = j.measure.target, j.postoperative_window[1]
    name = words.INSTRUMENT[j.measure.instrument]
    article = "An" if name == "ODI" else "A"
    if {scale.family for scale in SCALES if scale.name in j.measure.scales} == {VAS_MM.family}:
        name = f"visual analogue {name}"
    if isinstance(target, BothScores):
        return _both_would_have_met(j, f"{article} {name} score")
    needed = target.at_most
    if j.preoperative:
        needed = max(needed, j.preoperative["value"] - target.improved_by)
    score = f"{article} {name} score of {points(needed, j.measure.instrument)} or less"
    chosen = j.postoperative
    if chosen and (policy.postoperative != "latest" or chosen["assessed_on"] == closes):
        place = f"in place of the {points(chosen['value'], j.measure.instrument)} of {day(chosen['assessed_on'])}"
    else:
        place = f"by {day(closes)}"
    return f"{score} {place} would have met; impossible since {_day_after(closes)}."


def _both_would_have_met(j: Judgement, score: str) -> str:
    operated, closes = j.preoperative_window[1], j.postoperative_window[1]
    if j.preoperative:
        return f"{score} by {day(closes)} would have met; impossible since {_day_after(closes)}."
    if j.postoperative:
        return f"{score} by {day(operated)} would have met; impossible since {_day_after(operated)}."
    return (
        f"{score} by {day(operated)} and another by {day(closes)} would have met; "
        f"impossible since {_day_after(operated)}."
    )


def _day_after(last: date) -> str:
    return day(date.fromordinal(last.toordinal() + 1))

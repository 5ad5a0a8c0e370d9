"""A clinic's year of calls, day by day: windows open and close, patients answer alone, die, refuse, or are called.

The order of calls is the shipped one and always believes the published response model. How patients really
answer is `truth`, which a test varies, with a willingness of each patient that no order knows. One seed gives the
same patients, and the same luck of each call, whatever the order: two orders differ by nothing else.
"""

from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from heapq import nsmallest
from math import exp, sqrt
from random import Random
from statistics import mean, stdev

from lumbar.engine.reference_dates import shift
from lumbar.followup.next_best import DUE_DATE, NEXT_BEST, Due, call_from, call_rules, rank
from lumbar.followup.response_model import Answering, ResponseModel, odds, response_model, shifted
from lumbar.measures import for_year
from lumbar.tables.clinical import INSTRUMENTS
from lumbar.tables.results import DISCECTOMY, FUSION

FIRST_DAY, LAST_DAY = date(2026, 1, 1), date(2026, 12, 31)
STRATUM = {stratum.kind: stratum for stratum in for_year(2026).measures[0].strata}

OPERATIONS_A_YEAR = 400
SHARE_DISCECTOMY = 0.58
SHARE_OTHER_LANGUAGE = 0.14
SHARE_OTHER_RACE = {True: 0.6, False: 0.16}  # by other language
SHARE_AGED_65 = {DISCECTOMY: 0.15, FUSION: 0.42}
SHARE_NO_PREOPERATIVE_VISIT = 0.25
SHARE_ONE_LEFT_OUT = 0.08  # of the instruments, of a patient who answers alone or before surgery
WILLINGNESS_SD = 0.7  # log odds, normal
DEATHS_A_YEAR = 0.015
SHARE_REFUSING = 0.05  # of calls that give no answer
DAYS_TO_ANSWER = 7  # after the invitation, and after the first reminder
FIRST_REMINDER = 7  # days after the window opens


@dataclass(slots=True)
class Patient:
    """One operation in its window. Days a patient answers alone or dies are known to the simulation only."""

    due: Due
    missing: tuple[bool, ...]  # by instrument still missing: has it a preoperative score
    willingness: float
    answers_on: date | None
    leaves_out: tuple[bool, ...]
    dies_on: date | None
    luck: Random
    call_on: date
    responded: bool = False
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Year:
    """What a year of calls gave: calls made, complete pairs, and responses by group of the windows that closed.

    `pairs_by_calls` were completed by a call; `pairs_added` are those of them whose patient would never have answered
    alone; `pairs` are all. A response is any score in the window, `responses` are (answered, windows closed).
    """

    calls: int
    pairs: int
    pairs_by_calls: int
    pairs_added: int
    scores_by_calls: int
    scores_missing: float
    responses: dict[str, tuple[int, int]]

    def gap(self, group: str) -> float:
        """The share answering outside the group minus that inside, fractions."""
        inside, outside = self.responses[group], self.responses[f"not {group}"]
        return outside[0] / outside[1] - inside[0] / inside[1]


def year_of_calls(seed: int, by: str | None, truth: ResponseModel, calls_a_day: int = 2) -> Year:
    """The year with calls on every working day in the order `by`; with none, nobody is called."""
    rules, believed = call_rules(), response_model()
    patients = [_patient(Random(f"{seed}/{number}"), truth) for number in range(_n_patients())]
    patients = [patient for patient in patients if patient.due.closes >= FIRST_DAY and patient.due.opens <= LAST_DAY]
    calls = pairs = by_calls = added = scores = 0
    day = FIRST_DAY
    entering = sorted(patients, key=lambda p: p.due.opens, reverse=True)
    active: list[Patient] = []
    while day <= LAST_DAY:
        while entering and entering[-1].due.opens <= day:
            active.append(entering.pop())
        for patient in active:
            if patient.answers_on is not None and patient.answers_on <= day and not patient.gone:
                pairs += _answer_alone(patient)
            if patient.dies_on is not None and patient.dies_on <= day:
                patient.gone = True
        active = [p for p in active if not p.gone and p.due.closes >= day]
        if by is not None and day.weekday() < 5:
            ready = [p for p in active if p.call_on <= day]
            for patient in nsmallest(calls_a_day, ready, key=lambda p: rank(p.due, day, by, believed, rules)):
                calls += 1
                n_missing = len(patient.missing)
                gained = _call(patient, day, truth)
                scores += n_missing - len(patient.missing)
                by_calls += gained
                added += gained if patient.answers_on is None else 0
        day += timedelta(days=1)
    pairs += by_calls
    closed = [p for p in patients if p.due.closes <= LAST_DAY]
    return Year(
        calls=calls,
        pairs=pairs,
        pairs_by_calls=by_calls,
        pairs_added=added,
        scores_by_calls=scores,
        scores_missing=sum(len(p.missing) for p in closed) / (len(INSTRUMENTS) * len(closed)),
        responses={
            name: _response([p for p in closed if (group in p.due.who.groups) is inside])
            for group in ("language", "race")
            for name, inside in ((group, True), (f"not {group}", False))
        },
    )


def _response(some: list[Patient]) -> tuple[int, int]:
    return sum(p.responded for p in some), len(some)


def _n_patients() -> int:
    return round(OPERATIONS_A_YEAR * _DAYS_OF_SURGERY / 365)


_DAYS_OF_SURGERY = (LAST_DAY - FIRST_DAY).days + 460


def _patient(draw: Random, truth: ResponseModel) -> Patient:
    operated_on = LAST_DAY - timedelta(days=draw.randrange(_DAYS_OF_SURGERY))
    kind = DISCECTOMY if draw.random() < SHARE_DISCECTOMY else FUSION
    window = STRATUM[kind].postoperative
    opens, closes = shift(operated_on, window.opens), shift(operated_on, window.closes)
    other_language = draw.random() < SHARE_OTHER_LANGUAGE
    other_race = draw.random() < SHARE_OTHER_RACE[other_language]
    groups = ("language",) * other_language + ("race",) * other_race
    who = Answering(STRATUM[kind].timepoint, draw.random() < SHARE_AGED_65[kind], groups)
    came = draw.random() >= SHARE_NO_PREOPERATIVE_VISIT
    before = tuple(came and draw.random() >= SHARE_ONE_LEFT_OUT for _ in INSTRUMENTS)
    willingness = exp(draw.gauss(0, WILLINGNESS_SD))
    by = odds(truth, who) * willingness
    answers_after = None
    alone, reminded = draw.random(), draw.random()
    delay = draw.randrange(DAYS_TO_ANSWER)
    if alone < shifted(truth.portal, by):
        answers_after = delay
    elif reminded < shifted(truth.reminders, by):
        answers_after = FIRST_REMINDER + delay
    leaves_out = tuple(draw.random() < SHARE_ONE_LEFT_OUT for _ in INSTRUMENTS)
    dies = draw.random() < DEATHS_A_YEAR * (closes - operated_on).days / 365
    dies_on = operated_on + timedelta(days=draw.randrange((closes - operated_on).days)) if dies else None
    due = Due(who, opens, closes, n_pairs=sum(before), n_counted=len(before))
    return Patient(
        due=due,
        missing=before,
        willingness=willingness,
        answers_on=None if answers_after is None else opens + timedelta(days=answers_after),
        leaves_out=leaves_out,
        dies_on=dies_on,
        luck=Random(draw.random()),
        call_on=call_from(due, call_rules()),
    )


def _answer_alone(patient: Patient) -> int:
    """The patient answers, some instruments left out; the complete pairs this gives."""
    if len(patient.missing) < len(INSTRUMENTS):
        patient.answers_on = None
        return 0
    left = tuple(has for has, out in zip(patient.missing, patient.leaves_out, strict=True) if out)
    gained = sum(patient.missing) - sum(left)
    patient.responded = len(left) < len(INSTRUMENTS)
    _still_missing(patient, left)
    patient.answers_on = None
    return gained


def _call(patient: Patient, day: date, truth: ResponseModel) -> int:
    """One call; the complete pairs it gives."""
    who, attempts = patient.due.who, patient.due.attempts
    chance = shifted(truth.reached * truth.completes, odds(truth, who) * patient.willingness)
    chance *= truth.further_attempt**attempts
    answered, refuses = patient.luck.random() < chance, patient.luck.random() < SHARE_REFUSING
    patient.due = replace(patient.due, attempts=attempts + 1, tried_on=day)
    patient.call_on = call_from(patient.due, call_rules())
    if not answered:
        patient.gone = refuses
        return 0
    gained = sum(patient.missing)
    patient.responded = True
    _still_missing(patient, ())
    return gained


def _still_missing(patient: Patient, left: tuple[bool, ...]) -> None:
    patient.missing = left
    patient.due = replace(patient.due, n_pairs=sum(left), n_counted=len(left))
    patient.gone = not left


SEEDS = range(50)
STUDENT_T = 2.0096  # 95 %, two-sided, 49 degrees of freedom


def varied_models() -> dict[str, ResponseModel]:
    """The published model, each of its parameters 30 % up and down, and all of them up, and down, together."""
    published = response_model()
    names = [field.name for field in fields(published)]
    models = {"as published": published}
    for by, word in ((1.3, "up"), (0.7, "down")):
        models |= {f"{name} {word}": replace(published, **{name: getattr(published, name) * by}) for name in names}
        models[f"all {word}"] = replace(published, **{name: getattr(published, name) * by for name in names})
    return models


@dataclass(frozen=True, slots=True)
class Compared:
    """Next-best call against due date over the seeds, the same patients each: means, and 95 % intervals of the mean.

    `ratio` is of complete pairs by calls, per 100 calls; `ratio_added` of those that would not have come alone;
    `ratio_scores` of scores by calls. `gaps` has, by group, the gap in response under next best, due date and no calls,
    then its interval against due date; fractions.
    """

    per_100: tuple[float, float]
    ratio: tuple[float, float, float]
    ratio_added: float
    ratio_scores: float
    missing: tuple[float, float, float]
    gaps: dict[str, tuple[float, float, float]]
    gap_against_due_date: dict[str, tuple[float, float, float]]
    gap_against_no_calls: dict[str, tuple[float, float, float]]


def compared(truth: ResponseModel, calls_a_day: int = 2) -> Compared:
    """Both orders, and no calls, over SEEDS under one true response model."""
    years = [[year_of_calls(seed, by, truth, calls_a_day) for seed in SEEDS] for by in (NEXT_BEST, DUE_DATE, None)]
    best, due, none = years

    def per_100(some: list[Year], what: str) -> list[float]:
        return [100 * getattr(year, what) / year.calls for year in some]

    def ratio(what: str) -> tuple[float, float, float]:
        return ratio_of_means(per_100(best, what), per_100(due, what))

    groups = ("language", "race")
    gap = {group: [[year.gap(group) for year in some] for some in years] for group in groups}
    return Compared(
        per_100=(mean(per_100(best, "pairs_by_calls")), mean(per_100(due, "pairs_by_calls"))),
        ratio=ratio("pairs_by_calls"),
        ratio_added=ratio("pairs_added")[0],
        ratio_scores=ratio("scores_by_calls")[0],
        missing=tuple(mean(year.scores_missing for year in some) for some in (best, due, none)),
        gaps={group: tuple(mean(some) for some in gap[group]) for group in groups},
        gap_against_due_date={group: mean_difference(gap[group][0], gap[group][1]) for group in groups},
        gap_against_no_calls={group: mean_difference(gap[group][0], gap[group][2]) for group in groups},
    )


def ratio_of_means(above: list[float], below: list[float]) -> tuple[float, float, float]:
    """The ratio of two means of paired values, and its 95 % interval by the delta method."""
    ratio = mean(above) / mean(below)
    rest = [a - ratio * b for a, b in zip(above, below, strict=True)]
    half = STUDENT_T * stdev(rest) / sqrt(len(rest)) / mean(below)
    return ratio, ratio - half, ratio + half


def mean_difference(first: list[float], second: list[float]) -> tuple[float, float, float]:
    """The mean of paired differences, and its 95 % interval."""
    differences = [a - b for a, b in zip(first, second, strict=True)]
    half = STUDENT_T * stdev(differences) / sqrt(len(differences))
    return mean(differences), mean(differences) - half, mean(differences) + half


def row_of_figures(name: str, found: Compared) -> str:
    """One line of the table in the documentation."""
    ratio, low, high = (100 * (value - 1) for value in found.ratio)
    gaps = " | ".join(" / ".join(f"{100 * value:.1f}" for value in found.gaps[group]) for group in ("language", "race"))
    return f"| {name} | {found.per_100[0]:.1f} | {found.per_100[1]:.1f} | +{ratio:.1f} % ({low:.1f} to {high:.1f}) | {gaps} |"

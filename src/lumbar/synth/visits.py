"""When one patient is asked: before, early after, in each window, between them, and at their very edges."""

import random
from datetime import date, timedelta

from lumbar.measures.model import Stratum
from lumbar.synth import calibration, outcome
from lumbar.synth.asking import Visit
from lumbar.synth.case import Case
from lumbar.synth.chart import Patient
from lumbar.synth.draws import between, near, shifted
from lumbar.synth.outcome import Points
from lumbar.synth.surgery import Operation
from lumbar.tables.results import ONE_YEAR, THREE_MONTH


def visits(case: Case, operation: Operation, patient: Patient, last_on: date) -> list[Visit]:
    """The answered visits around one operation, by date, none after `last_on`."""
    draw, story = case.draw, case.story
    before = outcome.baseline(draw, operation.kind)
    patient_response = outcome.response(draw, operation.surgeon.skill)
    later = {
        timepoint: outcome.after(draw, operation.kind, timepoint, before, patient_response)
        for timepoint in (THREE_MONTH, ONE_YEAR)
    }
    if story == "came_back_unwell":
        before, unwell_later = outcome.unwell(draw)
        later = dict.fromkeys(later, unwell_later)
    found = _before(case, operation, before)
    found += _around_surgery(draw, operation, before, later[THREE_MONTH], story)
    for stratum in case.rules.measures[0].strata:
        found += _in_window(case, operation, stratum, later[stratum.timepoint], patient)
    found += _outside_windows(case, operation, before, later)
    return sorted((visit for visit in found if visit.on <= last_on), key=lambda visit: (visit.on, visit.time or ""))


def _before(case: Case, operation: Operation, before: Points) -> list[Visit]:
    draw, story = case.draw, case.story
    opens = shifted(operation.operated_on, case.rules.measures[0].preoperative.opens)
    answers = draw.random()
    if story == "window_edge":
        on = draw.choice((opens, opens - timedelta(days=1), operation.operated_on))
        return [Visit(on, None, before, whole=True)]
    if story == "came_back_unwell" or answers < calibration.SHARE_REGULAR_PREOPERATIVE:
        day_before = operation.operated_on - timedelta(days=1)
        latest = near(draw, opens, day_before, operation.operated_on - timedelta(days=21))
        found = [Visit(latest, clock(draw), before)]
        if draw.random() < 0.15 and opens < latest:
            earlier = {i: outcome.on_scale(i, p * draw.uniform(0.85, 1.15)) for i, p in before.items()}
            found.append(Visit(between(draw, opens, latest - timedelta(days=1)), clock(draw), earlier))
        return found
    if answers < calibration.SHARE_REGULAR_PREOPERATIVE + 0.04:
        return [Visit(opens - timedelta(days=draw.randint(1, 60)), clock(draw), before)]
    return []


def _around_surgery(
    draw: random.Random, operation: Operation, before: Points, later: Points, story: str
) -> list[Visit]:
    found = []
    if draw.random() < 0.04:
        time = None
        if operation.operated_time and draw.random() < 0.6:
            time = f"{int(operation.operated_time[:2]) - 1:02d}:{draw.randrange(60):02d}:00"
        found.append(Visit(operation.operated_on, time, before))
    if story == "recovery_room" and operation.operated_time:
        time = f"{int(operation.operated_time[:2]) + draw.randint(1, 4):02d}:{draw.randrange(60):02d}:00"
        found.append(Visit(operation.operated_on, time, outcome.halfway(draw, before, later)))
    return found


def _in_window(case: Case, operation: Operation, stratum: Stratum, later: Points, patient: Patient) -> list[Visit]:
    draw, story = case.draw, case.story
    day = operation.operated_on
    opens, closes = shifted(day, stratum.postoperative.opens), shifted(day, stratum.postoperative.closes)
    aim = shifted(day, stratum.nearest_to)
    if story == "window_edge":
        edges = (opens, closes, opens - timedelta(days=1), closes + timedelta(days=1))
        return [Visit(draw.choice(edges), None, later, whole=True)]
    age = None if patient.birth_date is None else (day - patient.birth_date).days // 365
    share = outcome.answered_share(
        stratum.timepoint, operation.surgeon.follow_up_odds, age, patient.language, patient.race
    )
    certain = story in ("came_back_unwell", "one_score_two_episodes")
    if draw.random() >= share and not certain:
        return []
    on = near(draw, opens, closes, aim)
    found = [Visit(on, clock(draw), later)]
    if draw.random() < 0.12 and on < closes:
        again = {i: outcome.on_scale(i, p + draw.gauss(0, 0.1) * outcome.HIGHEST[i]) for i, p in later.items()}
        found.append(Visit(between(draw, on + timedelta(days=1), closes), clock(draw), again))
    return found


def _outside_windows(case: Case, operation: Operation, before: Points, later: dict[str, Points]) -> list[Visit]:
    draw = case.draw
    day = operation.operated_on
    early, late = (
        s.postoperative for s in sorted(case.rules.measures[0].strata, key=lambda s: shifted(day, s.nearest_to))
    )
    found = []
    if draw.random() < 0.2:
        on = between(draw, day + timedelta(days=10), shifted(day, early.opens) - timedelta(days=1))
        found.append(Visit(on, clock(draw), outcome.halfway(draw, before, later[THREE_MONTH])))
    if draw.random() < 0.1:
        on = between(draw, shifted(day, early.closes) + timedelta(days=1), shifted(day, late.opens) - timedelta(days=1))
        found.append(Visit(on, clock(draw), later[ONE_YEAR]))
    if draw.random() < 0.04:
        on = shifted(day, late.closes) + timedelta(days=draw.randint(1, 300))
        found.append(Visit(on, clock(draw), later[ONE_YEAR]))
    return found


def clock(draw: random.Random) -> str | None:
    """A time of day in office hours for the share of scores that carry one."""
    time = f"{draw.randint(8, 19):02d}:{draw.randrange(60):02d}:{draw.randrange(60):02d}"
    return time if draw.random() < calibration.SHARE_WITH_TIME else None

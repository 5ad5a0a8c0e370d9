"""What the patients suffer from: the reason for surgery, other illness, and diagnoses that exclude or nearly do."""

import random
from datetime import date, timedelta

from lumbar.codelists import code_list
from lumbar.measures.model import Exclusion, PerformanceYear
from lumbar.synth.case import Case
from lumbar.synth.chart import Condition
from lumbar.synth.draws import weighted
from lumbar.synth.terminology import terms

_STORIES = ("excluding_diagnosis", "refuted_diagnosis", "abated_diagnosis", "old_fracture")


def conditions(case: Case, patient_id: str, operated_on: date) -> tuple[Condition, ...]:
    """The diagnoses of one patient, the reason for surgery first."""
    draw, story, rules = case.draw, case.story, case.rules
    found: list[Condition] = []

    def add(system: str, code: str, onset_on: date | None, abated_on: date | None, verification: str | None) -> None:
        condition_id = f"dx-{case.number:06d}-{len(found) + 1}"
        found.append(Condition(condition_id, patient_id, system, code, onset_on, abated_on, verification))

    reason = weighted(draw, terms("spine_diagnosis"))
    onset_on = operated_on - timedelta(days=draw.randint(40, 900)) if draw.random() < 0.8 else None
    add(reason.system, reason.code, onset_on, None, "confirmed" if draw.random() < 0.8 else None)
    if draw.random() < 0.35:
        other = weighted(draw, terms("other_diagnosis"))
        add(other.system, other.code, None, None, draw.choice(("confirmed", "unconfirmed")))
    if story in _STORIES:
        fracture = story == "old_fracture" or (story == "excluding_diagnosis" and draw.random() < 0.3)
        system, code = _excluding_code(draw, rules, fracture)
        long_before = operated_on - timedelta(days=draw.randint(200, 2000))
        days_of_fracture = _fracture_days(rules)
        if story == "excluding_diagnosis":
            recent = operated_on - timedelta(days=draw.randint(0, days_of_fracture))
            since = recent if fracture else draw.choice((long_before, None))
            add(system, code, since, None, draw.choice(("confirmed", None)))
        elif story == "refuted_diagnosis":
            add(system, code, long_before, None, draw.choice(("refuted", "provisional", "differential")))
        elif story == "abated_diagnosis":
            add(system, code, long_before, operated_on - timedelta(days=draw.randint(1, 150)), "confirmed")
        else:
            add(system, code, operated_on - timedelta(days=days_of_fracture + draw.randint(1, 400)), None, "confirmed")
    return tuple(found)


def _excluding_code(draw: random.Random, rules: PerformanceYear, fracture: bool) -> tuple[str, str]:
    exclusions = [e for e in rules.measures[0].exclusions if (e.onset_within_days is not None) == fracture]
    exclusion: Exclusion = draw.choice(exclusions)
    entry = draw.choice(code_list(rules.year, exclusion.code_list))
    return entry.system, entry.code


def _fracture_days(rules: PerformanceYear) -> int:
    return next(e.onset_within_days for e in rules.measures[0].exclusions if e.onset_within_days is not None)

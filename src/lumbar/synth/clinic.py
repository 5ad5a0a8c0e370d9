"""The synthetic clinic: one chart a patient, each from a stream of its own, so that more patients change no chart."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from lumbar.measures.model import PerformanceYear
from lumbar.synth import calibration, people
from lumbar.synth.asking import Visit, scores
from lumbar.synth.case import Case
from lumbar.synth.chart import Chart, Patient
from lumbar.synth.diagnoses import conditions
from lumbar.synth.draws import stream
from lumbar.synth.reporting import reported_codes
from lumbar.synth.surgery import Operation, lines, operations
from lumbar.synth.visits import visits


def charts(patients: int, seed: int, as_of: date, rules: PerformanceYear) -> Iterator[Chart]:
    """The charts of patients 1 to `patients`; what happens stops at the as-of date."""
    for number in range(1, patients + 1):
        yield chart(number, seed, as_of, rules)


def chart(number: int, seed: int, as_of: date, rules: PerformanceYear) -> Chart:
    """The chart of one patient of one clinic."""
    draw, story = stream("clinic", seed, number), story_of(number, seed)
    case = Case(draw, number, story, rules, as_of)
    done = operations(case)
    first = done[0]
    born_on = people.birth_date(draw, first.kind, first.operated_on, under_18=story == "under_18")
    patient = people.person(draw, number, seed, None if story == "age_unknown" else born_on)
    patient = _ending(case, patient, first.operated_on)
    last_on = min(as_of, patient.deceased_on or as_of)
    written = scores(case, patient.patient_id, _visits(case, done, patient, last_on))
    age = (first.operated_on - born_on).days // 365
    return Chart(
        number=number,
        story=story,
        patient=patient,
        procedures=lines(case, patient.patient_id, done),
        scores=written,
        conditions=conditions(case, patient.patient_id, first.operated_on),
        coverages=people.coverages(draw, patient.patient_id, age, first.operated_on),
        reported_codes=reported_codes(case, patient.patient_id, done, written, last_on),
        birth_year_only=born_on.year if story == "age_unknown" and number % 2 else None,
    )


def story_of(number: int, seed: int) -> str:
    """What is special about a patient: each hundred patients hold every story its own number of times."""
    hundred, place = divmod(number - 1, 100)
    told = [story.name for story in calibration.STORIES for _ in range(story.per_hundred)]
    told += [""] * (100 - len(told))
    stream("stories", seed, hundred).shuffle(told)
    return told[place]


def _ending(case: Case, patient: Patient, operated_on: date) -> Patient:
    """The patient with a death or a refusal on a day after the operation, where the story has one."""
    draw, story, as_of = case.draw, case.story, case.as_of
    if story not in ("deceased", "deceased_undated", "declined"):
        return patient
    on = operated_on + timedelta(days=draw.randint(1, max((as_of - operated_on).days, 1)))
    if story == "declined":
        return replace(patient, declined_on=min(on, as_of))
    return replace(patient, deceased=True, deceased_on=min(on, as_of) if story == "deceased" else None)


def _visits(case: Case, done: Sequence[Operation], patient: Patient, last_on: date) -> list[Visit]:
    """The answered visits of all operations; a returning patient is asked about the last operation from then on."""
    asked: list[Visit] = []
    for operation in done:
        kept = [visit for visit in asked if visit.on < operation.operated_on or case.draw.random() < 0.35]
        asked = kept + visits(case, operation, patient, last_on)
    return sorted(asked, key=lambda visit: (visit.on, visit.time or ""))

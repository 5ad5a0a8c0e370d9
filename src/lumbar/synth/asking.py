"""How the scores come to be written down: visits, who answers, on which scale, by which leg, and how late."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from lumbar.synth import calibration
from lumbar.synth.case import Case
from lumbar.synth.chart import Score
from lumbar.synth.draws import weighted
from lumbar.synth.outcome import Points
from lumbar.tables.clinical import BACK_PAIN, INSTRUMENTS, LEFT, LEG_PAIN, NRS, ODI, PERCENT, POINTS_50, RIGHT, VAS_MM

SECTIONS = 10
MOST_PER_SECTION = 5
SECTIONS_NEEDED = 8


@dataclass(frozen=True, slots=True)
class Visit:
    """One occasion on which the patient answered; `latent` holds unrounded points by instrument.

    `whole` visits leave no instrument out and use no second form.
    """

    on: date
    time: str | None  # HH:MM:SS, local
    latent: Points
    whole: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _Answer:
    """A score before it has an id and a date; two are never equal, so that each has its own place in a panel."""

    instrument: str
    scale: str
    value: str
    side: str | None = None
    sections: tuple[int | None, ...] = ()


def scores(case: Case, patient_id: str, visits: Sequence[Visit]) -> tuple[Score, ...]:
    """Every score of one patient in order of visits; none is recorded after the as-of date."""
    draw = case.draw
    usual_scale = weighted(draw, calibration.SHARE_SCALE)
    written: list[Score] = []
    seen: set[tuple[object, ...]] = set()
    for count, visit in enumerate(visits, start=1):
        scale = usual_scale
        if draw.random() < calibration.SHARE_OTHER_SCALE_AT_A_VISIT:
            scale = weighted(draw, calibration.SHARE_SCALE)
        answers = [a for a in _answers(draw, visit, scale) if not _repeats(a, visit.on, seen)]
        status = weighted(draw, (("final", 95.0), ("amended", 3.0), ("corrected", 2.0)))
        respondent = "self" if draw.random() < 0.5 else None
        mode = weighted(draw, calibration.SHARE_MODE)
        recorded_on = None
        if draw.random() < calibration.SHARE_RECORDED_LATER:
            recorded_on = min(visit.on + timedelta(days=draw.randint(0, 20)), case.as_of)
        in_panel = _in_panel(draw, answers)
        for part, answer in enumerate(answers, start=1):
            plain_id = f"pro-{case.number:06d}-{count:02d}"
            a_form = bool(answer.sections)
            written.append(
                Score(
                    score_id=f"{plain_id}#{in_panel.index(answer) + 1}" if answer in in_panel else f"{plain_id}-{part}",
                    patient_id=patient_id,
                    instrument=answer.instrument,
                    scale=answer.scale,
                    value=answer.value,
                    assessed_on=visit.on,
                    assessed_time=visit.time,
                    side=answer.side,
                    recorded_on=None if a_form else recorded_on,
                    status="final" if a_form else status,
                    respondent=respondent,
                    mode=None if a_form else mode,
                    sections=answer.sections,
                )
            )
    return tuple(written)


def points(score: Score) -> Decimal:
    """A score on its instrument's own scale, four decimals half up."""
    factor = {VAS_MM.name: VAS_MM.to_instrument, POINTS_50.name: POINTS_50.to_instrument}.get(score.scale, Decimal(1))
    return (Decimal(score.value) * factor).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def oswestry_percent(sections: Sequence[int | None]) -> Decimal:
    """The Oswestry percentage of the sections answered, unrounded: 100 x sum / (5 x answered)."""
    answered = [section for section in sections if section is not None]
    return Decimal(100 * sum(answered)) / (MOST_PER_SECTION * len(answered))


def _answers(draw: random.Random, visit: Visit, scale: str) -> Iterator[_Answer]:
    for instrument in INSTRUMENTS:
        if not visit.whole and draw.random() >= calibration.EACH_INSTRUMENT_ANSWERED:
            continue
        latent = visit.latent[instrument]
        if instrument == ODI:
            yield _oswestry(draw, latent)
        elif instrument == LEG_PAIN:
            yield from _legs(draw, latent, scale)
        else:
            yield _pain(draw, BACK_PAIN, latent, scale)
            if not visit.whole and draw.random() < calibration.SHARE_ASKED_TWICE:
                yield _pain(draw, BACK_PAIN, min(latent + 1.2, 10.0), scale)


def _repeats(answer: _Answer, on: date, seen: set[tuple[object, ...]]) -> bool:
    """Whether the same thing was written down that day already: a clinic's duplicates are blemishes, not content."""
    key = (answer.instrument, answer.side, on, Decimal(answer.value), answer.scale)
    if key in seen:
        return True
    seen.add(key)
    return False


def _legs(draw: random.Random, latent: float, scale: str) -> Iterator[_Answer]:
    asked = draw.random()
    side, other = (LEFT, RIGHT) if draw.random() < 0.5 else (RIGHT, LEFT)
    if asked < calibration.SHARE_BOTH_LEGS:
        yield _pain(draw, LEG_PAIN, latent, scale, side)
        yield _pain(draw, LEG_PAIN, latent * draw.uniform(0, 0.7), scale, other)
    elif asked < calibration.SHARE_BOTH_LEGS + calibration.SHARE_ONE_SIDE:
        yield _pain(draw, LEG_PAIN, latent, scale, side)
    else:
        yield _pain(draw, LEG_PAIN, latent, scale)


def _pain(draw: random.Random, instrument: str, latent: float, scale: str, side: str | None = None) -> _Answer:
    if scale == VAS_MM.name:
        value = str(round(latent * 10))
    elif scale == NRS.name and draw.random() >= calibration.SHARE_FRACTIONAL_NRS:
        value = str(int(latent + 0.5))
    else:
        value = f"{latent:.1f}"
    return _Answer(instrument, scale, value, side)


def _oswestry(draw: random.Random, latent: float) -> _Answer:
    n_answered = weighted(draw, ((SECTIONS, 85.0), (SECTIONS - 1, 12.0), (SECTIONS_NEEDED, 3.0)))
    total = round(latent / 100 * MOST_PER_SECTION * n_answered)
    form = draw.random()
    if form < calibration.SHARE_QUESTIONNAIRE:
        sections = _sections(draw, total, n_answered)
        percent = oswestry_percent(sections).quantize(Decimal("0.0001"), ROUND_HALF_UP)
        return _Answer(ODI, PERCENT.name, _plain(percent), sections=sections)
    if form < calibration.SHARE_QUESTIONNAIRE + calibration.SHARE_POINTS_50 and n_answered == SECTIONS:
        return _Answer(ODI, POINTS_50.name, str(total))
    percent = (Decimal(100 * total) / (MOST_PER_SECTION * n_answered)).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return _Answer(ODI, PERCENT.name, _plain(percent))


def _sections(draw: random.Random, total: int, n_answered: int) -> tuple[int | None, ...]:
    """Ten answers of which `n_answered` are given and add up to `total`."""
    given = [0] * n_answered
    for _ in range(total):
        given[draw.choice([i for i, value in enumerate(given) if value < MOST_PER_SECTION])] += 1
    sections: list[int | None] = list(given)
    for _ in range(SECTIONS - n_answered):
        sections.insert(draw.randint(0, len(sections)), None)
    return tuple(sections)


def _in_panel(draw: random.Random, answers: list[_Answer]) -> list[_Answer]:
    """The answers one panel observation holds: the back pain and the Oswestry total, or the total alone."""
    held = [answer for answer in answers if answer.instrument != LEG_PAIN and not answer.sections]
    if draw.random() >= calibration.SHARE_PANEL:
        return []
    return held if draw.random() < 0.6 else [answer for answer in held if answer.instrument == ODI]


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text

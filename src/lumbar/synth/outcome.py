"""How patients fare: pain and disability before, their relief after, in points of each instrument's own scale."""

import random

from lumbar.synth import calibration
from lumbar.tables.clinical import BACK_PAIN, INSTRUMENTS, LEG_PAIN, ODI

Points = dict[str, float]  # by instrument; unrounded
HIGHEST = {BACK_PAIN: 10.0, LEG_PAIN: 10.0, ODI: 100.0}


def baseline(draw: random.Random, kind: str) -> Points:
    """The latent scores before surgery: three normals that share one severity, cut to their scales."""
    severity = draw.gauss(0, 1)
    own = (1 - calibration.SEVERITY_SHARED**2) ** 0.5
    found = {}
    for instrument in INSTRUMENTS:
        spread = calibration.BASELINE[kind, instrument]
        deviation = calibration.SEVERITY_SHARED * severity + own * draw.gauss(0, 1)
        found[instrument] = on_scale(instrument, spread.mean + spread.sd * deviation)
    return found


def response(draw: random.Random, skill: float) -> float:
    """How well this patient does after this operation, in standard deviations; surgeons differ a little."""
    return draw.gauss(skill, 1)


def after(draw: random.Random, kind: str, timepoint: str, before: Points, patient_response: float) -> Points:
    """The latent scores after surgery: the baseline less the share relieved, never more than all of it, plus noise."""
    own = (1 - calibration.RELIEF_SHARED**2) ** 0.5
    found = {}
    for instrument in INSTRUMENTS:
        spread = calibration.RELIEF[kind, timepoint, instrument]
        deviation = calibration.RELIEF_SHARED * patient_response + own * draw.gauss(0, 1)
        relieved = min(max(spread.mean + spread.sd * deviation, -0.4), 1.0)
        noise = abs(draw.gauss(0, calibration.RESIDUAL_NOISE[instrument]))
        found[instrument] = on_scale(instrument, before[instrument] * (1 - relieved) + noise)
    return found


def unwell(draw: random.Random) -> tuple[Points, Points]:
    """A patient almost free of pain before and worse after, yet at the target: before, after."""
    return (
        {BACK_PAIN: 0.6, LEG_PAIN: draw.uniform(6, 9), ODI: draw.uniform(10, 16)},
        {BACK_PAIN: 2.7, LEG_PAIN: draw.uniform(2, 5), ODI: draw.uniform(17, 21)},
    )


def halfway(draw: random.Random, before: Points, later: Points) -> Points:
    """Between two visits: part of the way from `before` to `later`."""
    share = draw.uniform(0.3, 0.9)
    return {i: on_scale(i, before[i] + share * (later[i] - before[i])) for i in INSTRUMENTS}


def on_scale(instrument: str, points: float) -> float:
    """The points cut to the instrument's own scale."""
    return min(max(points, 0.0), HIGHEST[instrument])


def answered_share(
    timepoint: str, follow_up_odds: float, age: int | None, language: str | None, race: str | None
) -> float:
    """How likely a visit's questions are answered: a fraction, from the response model's odds."""
    share = calibration.ANSWERED[timepoint]
    odds = share / (1 - share) * follow_up_odds
    if age is not None and age >= 65:
        odds *= calibration.ODDS_AGE_65
    if language not in (None, "en"):
        odds *= calibration.ODDS_NOT_ENGLISH
    if race not in (None, calibration.WHITE):
        odds *= calibration.ODDS_UNDER_REPRESENTED
    return odds / (1 + odds)

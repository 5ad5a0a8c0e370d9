"""Run rules: which points of a series in time are unlikely to be chance, and by which published rule."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

OUTSIDE = "outside_limits"
SHIFT = "shift"
TREND = "trend"
TWO_OF_THREE = "two_of_three"

UP = "up"
DOWN = "down"


@dataclass(frozen=True, slots=True, order=True)
class Signal:
    """One finding: the places of the points that make it, counted from 0, the rule, and to which side or which way."""

    points: tuple[int, ...]
    rule: str
    direction: str


def shifts(sides: Sequence[int], at_least: int) -> list[Signal]:
    """Runs of points on one side of the centre, each as long as it lasts.

    `sides` is 1 above, -1 below, 0 on the centre: such a point neither counts nor ends a run.
    """
    off_centre = [(place, side) for place, side in enumerate(sides) if side]
    found = []
    for side, run in groupby(off_centre, key=lambda point: point[1]):
        places = tuple(place for place, _ in run)
        if len(places) >= at_least:
            found.append(Signal(places, SHIFT, UP if side > 0 else DOWN))
    return found


def trends(values: Sequence[float], at_least: int) -> list[Signal]:
    """Runs of points each higher, or each lower, than the one before, the first included.

    Of equal points in a row one counts: the first.
    """
    changing = [0, *(after for before, after in pairwise(range(len(values))) if values[after] != values[before])]
    found = []
    steps = [(before, after, values[after] > values[before]) for before, after in pairwise(changing)]
    for rising, run in groupby(steps, key=lambda step: step[2]):
        taken = list(run)
        places = (taken[0][0], *(after for _, after, _ in taken))
        if len(places) >= at_least:
            found.append(Signal(places, TREND, UP if rising else DOWN))
    return found


def control_signals(values: Sequence[float], sides: Sequence[int], distances: Sequence[float]) -> tuple[Signal, ...]:
    """What a control chart finds, in the order of the points.

    `distances` are from the centre line in standard errors, negative below it; `sides` says 0 for a point on it.
    Rules of Provost and Murray, The Health Care Data Guide (2011), chapter 4, as used by the Institute for
    Healthcare Improvement: a point beyond 3; 8 or more in a row on one side; 6 or more in a row rising or falling;
    2 of 3 in a row beyond 2 on the same side (Western Electric 1956, rules 1, 4, 2; Nelson 1984, tests 1, 3, 5).
    """
    outside = [Signal((i,), OUTSIDE, UP if d > 0 else DOWN) for i, d in enumerate(distances) if abs(d) > 3]
    close = list(_two_of_three(distances))
    return tuple(sorted([*outside, *shifts(sides, 8), *trends(values, 6), *close]))


def _two_of_three(distances: Sequence[float]) -> Iterator[Signal]:
    """Every pair of points at most two apart and both far out on the same side, one after the other."""
    for sign, direction in ((1, UP), (-1, DOWN)):
        far = [place for place, distance in enumerate(distances) if sign * distance > 2]
        for before, after in pairwise(far):
            if after - before <= 2:
                yield Signal((before, after), TWO_OF_THREE, direction)

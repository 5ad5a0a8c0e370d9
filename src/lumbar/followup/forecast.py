"""What the waiting rows will add, told from what became of others like them; exact sums, no draws.

A row whose patient has not answered by some day of the window is met in the end as often as the closed rows were whose
patients had not answered by that day of theirs. A provisional score is replaced, and turns out met or not, as often as
the closed rows that had a score by that day. How sure such a share is hangs on the number of closed rows behind it:
they are weights of a Dirichlet distribution, which for rows that stand alike is the beta-binomial distribution, to
which narrower groups add a few rows' weight of the wider ones.

No score is looked at, before the operation or after it: only whether and when it came, and met or not met.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import sqrt

from lumbar.codelists.followup import values
from lumbar.followup.counted import NEVER, WHOLE, Waiting
from lumbar.followup.history import Past
from lumbar.statistics.beta_distribution import beta_quantile

_RULES = values("forecast_rule")
CONFIDENCE, KEPT_A_YEAR, BORROWED = (_RULES[name] for name in ("confidence", "kept_a_year", "borrowed"))
# Nothing known at all: met, not met and never answered alike, answers spread evenly over the window.
_TWENTIETH = WHOLE // 20
_EVENLY = range(_TWENTIETH, WHOLE, 2 * _TWENTIETH)
NOTHING_KNOWN = {
    Past(NEVER, NEVER, met=False): 1 / 3,
    **{Past(at, at, met): 1 / 3 / len(_EVENLY) for at in _EVENLY for met in (True, False)},
}

Weights = Mapping[Past, float]


@dataclass(frozen=True, slots=True)
class Expected:
    """How many of `n` waiting rows will be met: the mean and the variance of that number."""

    n: int = 0
    mean: float = 0.0
    variance: float = 0.0

    def __add__(self, other: "Expected") -> "Expected":
        """Of two strata together, which learn from different operations."""
        return Expected(self.n + other.n, self.mean + other.mean, self.variance + other.variance)

    @property
    def interval(self) -> tuple[float, float]:
        """Between which numbers the rows met will be with CONFIDENCE: within 0 and n, the mean within them.

        Quantiles of a beta distribution over -0.5 to n + 0.5, with the mean and the variance of the number spread over
        its unit: neither end is rounded to a whole number, which would make few rows look surer or less sure.
        """
        if self.n == 0:
            return 0.0, 0.0
        width = self.n + 1
        mean = (self.mean + 0.5) / width
        total = mean * (1 - mean) / ((self.variance + 1 / 12) / width**2) - 1
        tail = (1 - CONFIDENCE) / 2
        low, high = (width * beta_quantile(part, mean * total, (1 - mean) * total) - 0.5 for part in (tail, 1 - tail))
        return min(max(low, 0.0), self.mean), max(min(high, self.n), self.mean)


def learned(own: Weights, wider: Weights = NOTHING_KNOWN) -> dict[Past, float]:
    """The closed rows to judge by, with their weights: a group's own, and BORROWED rows' weight of a wider group's."""
    share = BORROWED / sum(wider.values())
    return _in_order({past: own.get(past, 0.0) + share * wider.get(past, 0.0) for past in own.keys() | wider.keys()})


def coarse(known: Weights) -> dict[Past, float]:
    """The same weights by twentieths of the window: enough to borrow from, and few, however many groups borrow."""
    rounded: dict[Past, float] = {}
    for past, weight in known.items():
        first, chosen = (at if at == NEVER else -(-at // _TWENTIETH) * _TWENTIETH for at in (past.first, past.chosen))
        alike = Past(first, chosen, past.met)
        rounded[alike] = rounded.get(alike, 0.0) + weight
    return _in_order(rounded)


def _in_order(weights: Weights) -> dict[Past, float]:
    """In one order, so that sums repeat exactly."""
    return dict(sorted(weights.items(), key=lambda item: (item[0].first, item[0].chosen, item[0].met)))


def expected(waiting: Sequence[Waiting], past: Weights) -> Expected:
    """How many of the waiting rows will be met, judged by weighted closed rows, of which some were never answered."""
    slots = sorted({rows.gone for rows in waiting})
    n = {verdict: _by_slot(waiting, slots, verdict) for verdict in (None, True, False)}
    # A closed row had no score by the slots before `first`, one that did not last by those from there to `chosen`.
    places = [(bisect_left(slots, p.first), bisect_left(slots, p.chosen), p.met, w) for p, w in past.items()]
    silent, silent_met, held, turned_met, turned_not = ([0.0] * (len(slots) + 1) for _ in range(5))
    for first, chosen, met, weight in places:
        _add(silent, 0, first, weight)
        _add(held, first, len(slots), weight)
        if met:
            _add(silent_met, 0, first, weight)
        _add(turned_met if met else turned_not, first, chosen, weight)
    silent, silent_met, held, turned_met, turned_not = (
        list(accumulate(column))[:-1] for column in (silent, silent_met, held, turned_met, turned_not)
    )
    p_silent = _shares(silent_met, silent)
    p_turned_met, p_turned_not = _shares(turned_met, held), _shares(turned_not, held)

    mean = sum(
        n[None][j] * p_silent[j] + n[True][j] * (1 - p_turned_not[j]) + n[False][j] * p_turned_met[j]
        for j in range(len(slots))
    )
    chance = sum(
        n[None][j] * _spread(p_silent[j], silent[j])
        + n[True][j] * _spread(p_turned_not[j], held[j])
        + n[False][j] * _spread(p_turned_met[j], held[j])
        for j in range(len(slots))
    )
    # What one closed row more, of each way to go, would move the mean by: sums over the slots it speaks of.
    of_silent, of_held = [_moves(weight) for weight in silent], [_moves(weight) for weight in held]
    as_met = _sums(n[None][j] * (1 - p_silent[j]) * of_silent[j] for j in range(len(slots)))
    as_not = _sums(n[None][j] * -p_silent[j] * of_silent[j] for j in range(len(slots)))
    lasting = _sums(
        (n[True][j] * p_turned_not[j] - n[False][j] * p_turned_met[j]) * of_held[j] for j in range(len(slots))
    )
    to_met = _sums(n[False][j] * of_held[j] for j in range(len(slots)))
    to_not = _sums(-n[True][j] * of_held[j] for j in range(len(slots)))
    unsure = 0.0
    for first, chosen, met, weight in places:
        turned = to_met if met else to_not
        moved = (as_met if met else as_not)[first] + lasting[-1] - lasting[first]
        if chosen > first:
            moved += turned[chosen] - turned[first]
        unsure += weight * moved**2
    return Expected(sum(rows.n for rows in waiting), mean, chance + unsure)


def _by_slot(waiting: Sequence[Waiting], slots: Sequence[int], verdict: bool | None) -> list[int]:
    n = dict.fromkeys(slots, 0)
    for rows in waiting:
        if rows.verdict is verdict:
            n[rows.gone] += rows.n
    return list(n.values())


def _add(steps: list[float], start: int, stop: int, weight: float) -> None:
    """The weight on the slots from `start` up to `stop`, as steps to be added up."""
    if start < stop:
        steps[start] += weight
        steps[stop] -= weight


def _shares(part: Sequence[float], whole: Sequence[float]) -> list[float]:
    return [min(max(p / w, 0.0), 1.0) if w > _NO_WEIGHT else 0.0 for p, w in zip(part, whole, strict=True)]


# Sums of weights that are nothing but the rounding of floats.
_NO_WEIGHT = 1e-9


def _spread(share: float, weight: float) -> float:
    """The variance of one row's result, its share known from rows of that weight."""
    return share * (1 - share) * weight / (weight + 1)


def _moves(weight: float) -> float:
    """By how much one row moves a share of that weight, so that a beta distribution's variance comes out exactly."""
    return 1 / sqrt(weight * (weight + 1)) if weight > _NO_WEIGHT else 0.0


def _sums(values: Iterable[float]) -> list[float]:
    """The sums of the values before each place, and of all."""
    return [0.0, *accumulate(values)]

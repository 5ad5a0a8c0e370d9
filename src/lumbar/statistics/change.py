"""Responders, and change in points: how many improved or got worse by what matters, whatever the distribution."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate

from lumbar.statistics.binomial import binomial
from lumbar.statistics.intervals import Share


@dataclass(frozen=True, slots=True)
class Change:
    """Improvements of one instrument: shares of the pairs, and the median in points with its 95 % interval.

    The median is none of nobody; its interval is none below six pairs, too few for any at 95 %.
    """

    improved: Share
    worse: Share
    median: Decimal | None
    median_low: Decimal | None
    median_high: Decimal | None


def improved_by(improvements: Sequence[tuple[Decimal, int]], points: Decimal) -> Share:
    """How many improved by that many points or more; each improvement is given with its number of patients.

    Improvement is preoperative − postoperative: positive is better. Raises ValueError when points is not above 0.
    """
    _refuse(points)
    return Share(sum(n for value, n in improvements if value >= points), sum(n for _, n in improvements))


def worse_by(improvements: Sequence[tuple[Decimal, int]], points: Decimal) -> Share:
    """How many got worse by that many points or more. Raises ValueError when points is not above 0."""
    _refuse(points)
    return Share(sum(n for value, n in improvements if value <= -points), sum(n for _, n in improvements))


def change(improvements: Sequence[tuple[Decimal, int]], responder: Decimal, worse: Decimal) -> Change:
    """Shares improved and worse by their thresholds, in points, and the median improvement with its interval.

    The interval of the median reaches from one observed value to another, those that hold it with at least 95 % by
    the sign test (Conover, Practical Nonparametric Statistics): the k-th value from each end, k − 1 the largest number
    with P(R ≤ k − 1) ≤ 2.5 % under Binomial(n, ½).
    Raises ValueError when a threshold is not above 0.
    """
    ordered = sorted((value, n) for value, n in improvements if n)
    reached = list(accumulate(n for _, n in ordered))
    count = reached[-1] if reached else 0

    def at(place: int) -> Decimal:
        return next(value for (value, _), upto in zip(ordered, reached, strict=True) if upto > place)

    low = high = None
    if count:
        signs = binomial(count, 0.5)
        k = signs.first + sum(share <= 0.025 for share in signs.reached)
        if k:
            low, high = at(k - 1), at(count - k)
    return Change(
        improved=improved_by(improvements, responder),
        worse=worse_by(improvements, worse),
        median=(at((count - 1) // 2) + at(count // 2)) / 2 if count else None,
        median_low=low,
        median_high=high,
    )


def _refuse(points: Decimal) -> None:
    if points <= 0:
        raise ValueError("a threshold is a number of points above 0")

"""Confidence intervals for a share."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist


def normal_quantile(confidence: float) -> float:
    """How many standard errors to each side hold this share of a normal distribution: 1.96 for 0.95.

    Raises ValueError when confidence is not between 0 and 1.
    """
    if not 0 < confidence < 1:
        raise ValueError("confidence must lie between 0 and 1")
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def wilson(successes: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """The Wilson score interval of successes / n, without continuity correction: (low, high), fractions 0-1.

    Raises ValueError when n is not positive, when successes is not within 0..n, or when confidence
    is not between 0 and 1.
    """
    if n <= 0:
        raise ValueError("n must be at least 1: a share of nothing has no interval")
    if not 0 <= successes <= n:
        raise ValueError("successes must lie within 0 and n")
    return wilson_of_share(successes / n, n, confidence)


def wilson_of_share(share: float, n: float, confidence: float = 0.95) -> tuple[float, float]:
    """The Wilson interval of a share that is as precise as one counted among n, which need not be whole.

    For weighted shares, whose n is the number of equal answers that would say as much.
    Raises ValueError when n is not positive, the share not within 0 and 1, or confidence not between them.
    """
    if n <= 0:
        raise ValueError("n must be above 0: a share of nothing has no interval")
    if not 0 <= share <= 1:
        raise ValueError("a share must lie within 0 and 1")
    z = normal_quantile(confidence)
    shrink = 1 + z * z / n
    centre = (share + z * z / (2 * n)) / shrink
    half = z / shrink * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    # At the ends the interval touches 0 or 1 exactly; floats would miss it by a hair.
    low = 0.0 if share == 0 else max(0.0, centre - half)
    high = 1.0 if share == 1 else min(1.0, centre + half)
    return low, high


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, with the 95 % Wilson interval; fractions 0-1, all three none for a share of nothing."""

    successes: int
    n: int

    @property
    def share(self) -> float | None:
        return self.successes / self.n if self.n else None

    @property
    def low(self) -> float | None:
        return wilson(self.successes, self.n)[0] if self.n else None

    @property
    def high(self) -> float | None:
        return wilson(self.successes, self.n)[1] if self.n else None

"""Confidence intervals for a share."""

from math import sqrt
from statistics import NormalDist


def wilson(successes: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """The Wilson score interval of successes / n, without continuity correction: (low, high), fractions 0-1.

    Raises ValueError when n is not positive, when successes is not within 0..n, or when confidence
    is not between 0 and 1.
    """
    if n <= 0:
        raise ValueError("n must be at least 1: a share of nothing has no interval")
    if not 0 <= successes <= n:
        raise ValueError("successes must lie within 0 and n")
    if not 0 < confidence < 1:
        raise ValueError("confidence must lie between 0 and 1")
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share = successes / n
    shrink = 1 + z * z / n
    centre = (share + z * z / (2 * n)) / shrink
    half = z / shrink * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    # At the ends the interval touches 0 or 1 exactly; floats would miss it by a hair.
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == n else min(1.0, centre + half)
    return low, high

"""Funnel plots for proportions: how far a rate may lie from a target by chance alone, by its number of cases.

Spiegelhalter, Funnel plots for comparing institutional performance, Statistics in Medicine 2005; 24: 1185-1202.
A funnel does not rank: what is given stays in the order it was given in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum, sqrt
from statistics import quantiles

from lumbar.statistics.binomial import binomial
from lumbar.statistics.intervals import normal_quantile

INNER = 0.95
OUTER = 0.998

WITHIN = "within"
BELOW_INNER = "below_95"
ABOVE_INNER = "above_95"
BELOW_OUTER = "below_998"
ABOVE_OUTER = "above_998"

# Spiegelhalter (2005), section 5: the tenth of the z-scores at each end is drawn in before the spread is taken.
_TENTHS = 10
# With fewer units a tenth of them is nobody, and one who truly differs would widen the limits around himself.
LEAST_UNITS_TO_WIDEN = 10


@dataclass(frozen=True, slots=True)
class Limits:
    """Control limits around a target for one number of cases: fractions 0-1; a rate on a limit is within it."""

    n: int
    low_95: float
    high_95: float
    low_998: float
    high_998: float

    def place(self, rate: float) -> str:
        """Where a rate lies: `within` both, beyond the inner limits only (`_95`), or beyond the outer (`_998`)."""
        if rate < self.low_998:
            return BELOW_OUTER
        if rate > self.high_998:
            return ABOVE_OUTER
        if rate < self.low_95:
            return BELOW_INNER
        return ABOVE_INNER if rate > self.high_95 else WITHIN


@dataclass(frozen=True, slots=True)
class Dispersion:
    """How much more the rates differ than chance would have it.

    `phi` is the mean squared winsorised z-score (about 0.7 under chance alone: winsorising draws in the ends); none
    for fewer than two rates, or a target of 0 or 1. `tau_squared` is the variance between the true rates that it
    implies, 0 when there is no sign of any; none for fewer than ten rates: too few to tell it from one who differs.
    """

    n_units: int
    phi: float | None
    tau_squared: float | None


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit's rate, the limits by chance alone and those widened by over-dispersion, and its place in each.

    All are none for a unit without cases. Without over-dispersion, or with too few units to tell, both are alike.
    """

    met: int
    n: int
    rate: float | None = None
    exact: Limits | None = None
    place: str | None = None
    widened: Limits | None = None
    place_widened: str | None = None


@dataclass(frozen=True, slots=True)
class Funnel:
    """The target, none when there are no cases at all, the spread, and every unit in the order given."""

    target: float | None
    dispersion: Dispersion
    units: tuple[Unit, ...]


def exact_limits(target: float, n: int, confidence: float) -> tuple[float, float]:
    """The interpolated exact binomial limits around a target for n cases: (low, high), fractions 0-1.

    Low: with p = (1 − confidence) / 2 and r the smallest number with P(R ≤ r) ≥ p under Binomial(n, target), the
    limit is (r − a) / n, a = (P(R ≤ r) − p) / P(R = r), not below 0 (Spiegelhalter 2005, appendix A.1.1). High: 1 less
    the low limit of those who did not meet. By his formula for 1 − p a rate of 100 % would lie above every limit,
    however likely; this way chance puts a rate beyond either limit with less than p (as by the first method of
    Manktelow and Seaton, PLoS ONE 2012; 7(9): e45723), and it does not matter which outcome is counted.
    At a target of 0 or 1 nothing varies, and both limits are the target.
    Raises ValueError when n is not positive, or target or confidence is out of range.
    """
    if n <= 0:
        raise ValueError("n must be at least 1: no cases have no limits")
    if not 0 < confidence < 1:
        raise ValueError("confidence must lie between 0 and 1")
    if target in {0, 1}:
        return float(target), float(target)
    tail = (1 - confidence) / 2
    low, missed = (binomial(n, share).smooth_quantile(tail) / n for share in (target, 1 - target))
    return low, 1 - missed


def limits(target: float, n: int, tau_squared: float = 0.0) -> Limits:
    """The 95 % and 99.8 % limits for n cases, widened by the variance between true rates when there is any.

    Widened is target ± z √(target (1 − target) / n + tau²), within 0 and 1 (Spiegelhalter 2005, equation 11),
    but never narrower than the exact limits: over-dispersion accuses nobody whom chance alone would not.
    Raises ValueError as `exact_limits`, and for a negative variance.
    """
    if tau_squared < 0:
        raise ValueError("a variance is not negative")
    ends = []
    for confidence in (INNER, OUTER):
        low, high = exact_limits(target, n, confidence)
        if tau_squared:
            half = normal_quantile(confidence) * sqrt(target * (1 - target) / n + tau_squared)
            low, high = max(0.0, min(low, target - half)), min(1.0, max(high, target + half))
        ends += [low, high]
    return Limits(n, *ends)


def dispersion(cases: Sequence[tuple[int, int]], target: float) -> Dispersion:
    """The over-dispersion of rates, each (met, n), around a target; those with n = 0 are passed over.

    With z = (met / n − target) / √(target (1 − target) / n), drawn in to the first and ninth decile of all z
    (by linear interpolation between them), K units and weights w = n / (target (1 − target)):
    phi = Σ z² / K; tau² = max(0, (K phi − (K − 1)) / (Σ w − Σ w² / Σ w)): the additive random-effects model,
    by moments (Spiegelhalter 2005, equations 6-10, without the correction of equation 9; DerSimonian and Laird 1986).
    """
    rated = [(met, n) for met, n in cases if n]
    count = len(rated)
    chance = target * (1 - target)
    if count < 2 or not chance:
        return Dispersion(count, None, None)
    z = [(met / n - target) / sqrt(chance / n) for met, n in rated]
    tenths = quantiles(z, n=_TENTHS, method="inclusive")
    low, high = tenths[0], tenths[-1]
    phi = fsum(min(max(score, low), high) ** 2 for score in z) / count
    weights = [n / chance for _, n in rated]
    total = fsum(weights)
    free = total - fsum(w * w for w in weights) / total
    tau_squared = max(0.0, (count * phi - (count - 1)) / free) if count >= LEAST_UNITS_TO_WIDEN else None
    return Dispersion(count, phi, tau_squared)


def funnel(cases: Sequence[tuple[int, int]], target: float | None = None) -> Funnel:
    """Each unit's rate, from (met, n), among the limits around the target: the overall rate when none is given.

    Raises ValueError when met is not within 0 and n, or the target not within 0 and 1.
    """
    if any(not 0 <= met <= n for met, n in cases):
        raise ValueError("met must lie within 0 and n")
    all_cases = sum(n for _, n in cases)
    if target is None and all_cases:
        target = sum(met for met, _ in cases) / all_cases
    if target is None:
        return Funnel(None, Dispersion(0, None, None), tuple(Unit(0, 0) for _ in cases))
    spread = dispersion(cases, target)
    return Funnel(target, spread, tuple(_unit(met, n, target, spread.tau_squared or 0.0) for met, n in cases))


def _unit(met: int, n: int, target: float, tau_squared: float) -> Unit:
    if not n:
        return Unit(met, n)
    rate = met / n
    exact, widened = limits(target, n), limits(target, n, tau_squared)
    return Unit(met, n, rate, exact, exact.place(rate), widened, widened.place(rate))

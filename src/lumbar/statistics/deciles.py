"""Points for a rate by the decile of a benchmark it falls in."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise

N_DECILES = 10
_TENTH = Decimal("0.1")
_MOST_TENTHS = Decimal("0.9")


def decile_points(value: Fraction, opens: Sequence[Decimal], *, inverse: bool = False) -> tuple[int, Decimal]:
    """The decile a value falls in, 0 when it lies before the first, and its points with one decimal.

    `opens` holds the ten values at which deciles 1 to 10 begin, in the unit of `value`; each belongs to its
    decile, which reaches up to but not including the next. Better is higher, or lower when `inverse`, and the
    ten never turn back from better to worse. Deciles that begin at one value are empty but for the last of them.

    Decile d gives d points and, for the way gone through it, (value − opens) / (next opens − opens) rounded half
    up to tenths, 0.9 at most. The tenth gives 10. Before the first the points are 1: nobody has less from here.
    Raises ValueError when there are not ten, or they turn back.
    """
    if len(opens) != N_DECILES:
        raise ValueError("a benchmark has ten deciles")
    sign = -1 if inverse else 1
    starts = [sign * Fraction(start) for start in opens]
    if any(after < before for before, after in pairwise(starts)):
        raise ValueError("deciles must descend" if inverse else "deciles must ascend")
    reached = sign * value
    decile = sum(start <= reached for start in starts)
    if decile == 0:
        return 0, Decimal("1.0")
    if decile == N_DECILES:
        return decile, Decimal("10.0")
    way = (reached - starts[decile - 1]) / (starts[decile] - starts[decile - 1])
    tenths = (Decimal(way.numerator) / Decimal(way.denominator)).quantize(_TENTH, ROUND_HALF_UP)
    return decile, decile + min(tenths, _MOST_TENTHS)

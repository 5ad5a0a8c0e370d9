"""The logistic function by arithmetic that every machine does alike.

`math.exp` is the C library's, and those differ in the last bit: two clinics would get different bytes from one folder.
"""

from math import ldexp

# ln 2 in two parts: the first has trailing zeros enough that whole multiples of it are exact.
_LN2_HIGH = float.fromhex("0x1.62e42fefa0000p-1")
_LN2_LOW = float.fromhex("0x1.cf79abc9e3b3ap-40")
_PER_LN2 = float.fromhex("0x1.71547652b82fep+0")
# 1/2! to 1/14!: on ± ln 2 / 2 what is left out is below half a unit in the last place.
_FACTORS = tuple(1 / n for n in (87178291200, 6227020800, 479001600, 39916800, 3628800, 362880, 40320))
_FACTORS += tuple(1 / n for n in (5040, 720, 120, 24, 6, 2))
# Beyond this the smallest float above 0 is too large.
_NOTHING = 746.0


def decay(x: float) -> float:
    """exp(-x) for x not below 0, within two units in the last place."""
    if x > _NOTHING:
        return 0.0
    halvings = round(x * _PER_LN2)
    rest = (halvings * _LN2_HIGH - x) + halvings * _LN2_LOW
    series = 0.0
    for factor in _FACTORS:
        series = series * rest + factor
    return ldexp(1.0 + (rest + rest * rest * series), -halvings)


def chances(log_odds: float) -> tuple[float, float]:
    """The probabilities of success and of failure for log odds, each precise however small."""
    odds = decay(abs(log_odds))
    likely = 1 / (1 + odds)
    return (likely, odds * likely) if log_odds > 0 else (odds * likely, likely)


def logistic(log_odds: float) -> float:
    """The probability of success for log odds: 1 / (1 + exp(-log odds))."""
    return chances(log_odds)[0]

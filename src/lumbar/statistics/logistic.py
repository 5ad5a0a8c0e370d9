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
# exp of less is 0 in floats, and of more than its opposite not a number we need.
_LARGEST = 700.0


def exp(x: float) -> float:
    """e to the power of x, within about two units in the last place; beyond ± 700 that of the bound."""
    x = min(max(x, -_LARGEST), _LARGEST)
    whole = round(x * _PER_LN2)
    rest = (x - whole * _LN2_HIGH) - whole * _LN2_LOW
    series = 0.0
    for factor in _FACTORS:
        series = series * rest + factor
    return ldexp(1.0 + (rest + rest * rest * series), whole)


def logistic(x: float) -> float:
    """The probability whose log odds are x: 1 / (1 + exp(-x)), precise at both ends."""
    if x < 0:
        odds = exp(x)
        return odds / (1 + odds)
    return 1 / (1 + exp(-x))

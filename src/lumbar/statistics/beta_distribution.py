"""The beta distribution: what lies below a share, and the share below which a given part lies."""

from math import exp, lgamma, log, log1p

_LARGEST_STEPS = 100_000
_SMALLEST = 1e-300
_EXACT = 1e-15


def beta_below(share: float, a: float, b: float) -> float:
    """The part of a beta distribution with shapes `a` and `b` that lies below `share`: 0-1.

    The regularised incomplete beta function by its continued fraction (Numerical Recipes, 6.4), good to about 1e-10.
    Raises ValueError when a shape is not positive, or `share` is not within 0 and 1.
    """
    if a <= 0 or b <= 0:
        raise ValueError("the shapes of a beta distribution are above 0")
    if not 0 <= share <= 1:
        raise ValueError("a share lies within 0 and 1")
    if share in (0, 1):
        return float(share)
    front = exp(_log_front(share, a, b))
    # The fraction converges fast on the side of the mean where the tail is.
    if share < (a + 1) / (a + b + 2):
        return front * _fraction(share, a, b) / a
    return 1 - front * _fraction(1 - share, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    """Lentz's evaluation of the continued fraction."""
    c, d = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1))
    product = d
    for m in range(1, _LARGEST_STEPS):
        before = product
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _not_zero(1 + term * d)
            c = _not_zero(1 + term / c)
            product *= d * c
        if abs(product - before) <= _EXACT * abs(product):
            return product
    raise ArithmeticError("the continued fraction of the beta distribution does not settle")


def _not_zero(value: float) -> float:
    return value if abs(value) > _SMALLEST else _SMALLEST


def beta_quantile(part: float, a: float, b: float) -> float:
    """The share below which `part` of a beta distribution with shapes `a` and `b` lies: 0-1.

    Newton's steps from the mean, halving where one would leave what is known to hold the share.
    Raises ValueError when a shape is not positive, or `part` is not within 0 and 1.
    """
    if not 0 <= part <= 1:
        raise ValueError("a part of a distribution lies within 0 and 1")
    if part in (0, 1):
        return float(part)
    low, high = 0.0, 1.0
    share = a / (a + b)
    while low < share < high:
        off = beta_below(share, a, b) - part
        if off == 0:
            break
        low, high = (share, high) if off < 0 else (low, share)
        density = exp(_log_front(share, a, b)) / (share * (1 - share))
        stepped = share - off / density if density > 0 else low
        following = stepped if low < stepped < high else (low + high) / 2
        if abs(following - share) <= _EXACT * share:
            break
        share = following
    return share


def _log_front(share: float, a: float, b: float) -> float:
    """The logarithm of share^a (1 - share)^b over the beta function."""
    return lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(share) + b * log1p(-share)

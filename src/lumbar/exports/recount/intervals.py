"""The 95 % Wilson interval, reckoned in another way than by the writers."""

from math import sqrt


def wilson(met: int, judged: int) -> tuple[float, float]:
    """The shares whose distance from that of the met is 1.96 standard errors: the roots of a quadratic equation."""
    z2, share = 1.959963984540054**2 / judged, met / judged
    half = sqrt(z2 * (z2 + 4 * share * (1 - share)))
    return (2 * share + z2 - half) / (2 + 2 * z2), (2 * share + z2 + half) / (2 + 2 * z2)

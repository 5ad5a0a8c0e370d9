"""The binomial distribution by multiplication and division alone: the same bits on every machine."""

from bisect import bisect_left
from dataclasses import dataclass
from math import fsum

# Terms below this share of the largest cannot move a float sum of all of them.
_NEGLIGIBLE = 1e-40


@dataclass(frozen=True, slots=True)
class Binomial:
    """How probable each number of successes is: `shares[i]` for `first + i`, `reached[i]` for that many or fewer.

    What lies before or after is below 1e-40 of the most probable number.
    """

    first: int
    shares: tuple[float, ...]
    reached: tuple[float, ...]

    def quantile(self, probability: float) -> int:
        """The smallest number of successes r with P(R ≤ r) ≥ probability."""
        place = bisect_left(self.reached, probability)
        return self.first + min(place, len(self.reached) - 1)

    def smooth_quantile(self, probability: float) -> float:
        """The quantile r with the part of its own probability that was not needed taken off again.

        r − (P(R ≤ r) − probability) / P(R = r): where the step function, drawn as a line through its upper
        corners, reaches the probability. Below 0, when none at all is more probable than asked, it is 0.
        """
        place = self.quantile(probability) - self.first
        unneeded = max(0.0, self.reached[place] - probability) / self.shares[place]
        return max(0.0, self.first + place - unneeded)


def binomial(n: int, probability: float) -> Binomial:
    """The distribution of the successes among n, each with the same probability.

    Raises ValueError when n is negative or the probability not within 0 and 1.
    """
    if n < 0:
        raise ValueError("n must not be negative")
    if not 0 <= probability <= 1:
        raise ValueError("a probability lies within 0 and 1")
    if probability in {0, 1} or n == 0:
        certain = n if probability == 1 else 0
        return Binomial(certain, (1.0,), (1.0,))
    # From the most probable number outwards, each term from its neighbour: no logarithm, no factorial.
    odds = probability / (1 - probability)
    mode = min(n, int((n + 1) * probability))
    up = [1.0]
    for k in range(mode, n):
        up.append(up[-1] * ((n - k) / (k + 1) * odds))
        if up[-1] < _NEGLIGIBLE:
            break
    down = [1.0]
    for k in range(mode, 0, -1):
        down.append(down[-1] / ((n - k + 1) / k * odds))
        if down[-1] < _NEGLIGIBLE:
            break
    terms = [*reversed(down[1:]), *up]
    total = fsum(terms)
    shares = tuple(term / total for term in terms)
    reached = []
    so_far = 0.0
    for share in shares:
        so_far += share
        reached.append(so_far)
    return Binomial(mode - len(down) + 1, shares, tuple(reached))

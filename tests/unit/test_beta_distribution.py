"""The beta distribution against scipy's, and its edges."""

from random import Random

import pytest
from scipy.stats import beta

from lumbar.statistics.beta_distribution import beta_below, beta_quantile


def shapes(n: int) -> list[tuple[float, float]]:
    random = Random(45)
    return [(10 ** random.uniform(-1.5, 4.5), 10 ** random.uniform(-1.5, 4.5)) for _ in range(n)]


def test_what_lies_below_a_share_is_what_scipy_says():
    random = Random(46)
    for a, b in shapes(1000):
        share = random.betavariate(a, b)
        assert beta_below(share, a, b) == pytest.approx(beta.cdf(share, a, b), abs=1e-9)


def test_the_share_below_which_a_part_lies_is_what_scipy_says():
    random = Random(47)
    for a, b in shapes(1000):
        part = random.uniform(0.01, 0.99)
        assert beta_quantile(part, a, b) == pytest.approx(beta.ppf(part, a, b), abs=1e-9)


def test_nothing_lies_below_0_and_all_below_1():
    assert [beta_below(share, 2, 3) for share in (0, 1)] == [0, 1]
    assert [beta_quantile(part, 2, 3) for part in (0, 1)] == [0, 1]


def test_a_flat_distribution_has_its_quantiles_at_the_parts():
    for part in (0.1, 0.5, 0.9):
        assert beta_quantile(part, 1, 1) == pytest.approx(part, abs=1e-12)


@pytest.mark.parametrize(("a", "b", "share"), [(0, 1, 0.5), (1, 0, 0.5), (1, 1, -0.1), (1, 1, 1.1)])
def test_what_is_no_beta_distribution_or_no_share_is_an_error(a, b, share):
    with pytest.raises(ValueError, match=r"shape|share"):
        beta_below(share, a, b)


def test_a_part_outside_0_and_1_is_an_error():
    with pytest.raises(ValueError, match="part"):
        beta_quantile(1.5, 1, 1)

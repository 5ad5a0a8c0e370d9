"""The Cholesky factor of a small symmetric matrix, passing over columns that are sums of earlier ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum, sqrt

# What is left of a column after the earlier ones, as a share of it, below which it is a sum of them.
_NOTHING_LEFT = 1e-10


@dataclass(frozen=True, slots=True)
class Factor:
    """The lower triangular factor of the rows and columns kept, named by their place in the matrix."""

    kept: tuple[int, ...]
    rows: tuple[tuple[float, ...], ...]


def factor(lower: Sequence[Sequence[float]]) -> Factor:
    """The factor L of a positive semidefinite matrix given by its lower triangle: L times its transpose is it.

    A column of which less than a ten-billionth is left after the earlier ones is passed over.
    """
    kept: list[int] = []
    rows: list[tuple[float, ...]] = []
    for a, entries in enumerate(lower):
        row: list[float] = []
        for i, b in enumerate(kept):
            done = (row[k] * rows[i][k] for k in range(i))
            row.append(fsum([entries[b], *(-product for product in done)]) / rows[i][i])
        left = fsum([entries[a], *(-value * value for value in row)])
        if left > _NOTHING_LEFT * entries[a]:
            kept.append(a)
            rows.append((*row, sqrt(left)))
    return Factor(tuple(kept), tuple(rows))


def solve(factored: Factor, right: Sequence[float]) -> list[float]:
    """The x for which the factored matrix times x is `right`, both over what was kept."""
    rows = factored.rows
    size = len(rows)
    forward: list[float] = []
    for i in range(size):
        forward.append(fsum([right[i], *(-rows[i][k] * forward[k] for k in range(i))]) / rows[i][i])
    x = [0.0] * size
    for i in reversed(range(size)):
        x[i] = fsum([forward[i], *(-rows[k][i] * x[k] for k in range(i + 1, size))]) / rows[i][i]
    return x


def inverse(factored: Factor) -> list[list[float]]:
    """The inverse of the factored matrix, symmetric to the bit."""
    size = len(factored.rows)
    columns = [solve(factored, [float(i == k) for i in range(size)]) for k in range(size)]
    return [[columns[min(i, k)][max(i, k)] for k in range(size)] for i in range(size)]

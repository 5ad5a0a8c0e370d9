"""Logistic regression on grouped counts: successes of trials for each pattern of columns."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import fsum, sqrt
from operator import itemgetter, mul

from lumbar.statistics.cholesky import factor, inverse, solve
from lumbar.statistics.logistic import chances, logistic

NOBODY = "nobody"
ONE_OUTCOME = "one_outcome"
SEPARATED = "separated"
NOT_CONVERGED = "not_converged"

# Newton's steps double the digits that are right: after one below this the estimate is as good as floats are, and
# so is the covariance from before it.
_SETTLED = 1e-11
_MOST_STEPS = 100
# Log odds that no settled estimate of counts needs where all, or none, of a pattern succeeded.
_RUNAWAY = 15.0


@dataclass(frozen=True, slots=True)
class Group:
    """Everybody with one pattern of columns, the intercept not among them; `offset` is in log odds."""

    values: tuple[float, ...]
    successes: int
    trials: int
    offset: float = 0.0


@dataclass(frozen=True, slots=True)
class NoFit:
    """Why there is no estimate.

    `nobody`: no trials. `one_outcome`: all succeeded, or none. `separated`: some columns tell successes from failures
    without fail, so that the best coefficient is infinite. `not_converged`: one hundred steps were not enough.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Logit:
    """The estimate of greatest likelihood: coefficients in log odds, the intercept first, and their covariance.

    `left_out` names by place, 0 for the first after the intercept, the columns that earlier ones add up to: their
    coefficient is 0 and they have no variance, as in R's glm; predictions do not depend on which was left out.
    """

    coefficients: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    left_out: tuple[int, ...]

    @property
    def standard_errors(self) -> tuple[float | None, ...]:
        """The standard error of each coefficient; none for a column left out."""
        without = {place + 1 for place in self.left_out}
        return tuple(None if i in without else sqrt(row[i]) for i, row in enumerate(self.covariance))

    def log_odds(self, values: Sequence[float], offset: float = 0.0) -> float:
        """The predicted log odds of a pattern."""
        return fsum([self.coefficients[0], offset, *map(mul, self.coefficients[1:], values)])

    def predict(self, values: Sequence[float], offset: float = 0.0) -> float:
        """The predicted probability of success of a pattern, between 0 and 1."""
        return logistic(self.log_odds(values, offset))


def fit(groups: Sequence[Group]) -> Logit | NoFit:
    """The logistic regression of grouped counts, or why there is none. There is no ridge: nothing is shrunk.

    Newton's method from 0, every step cut so that no pattern's log odds move by more than 1, which makes each
    lessen the deviance (the logistic loss is self-concordant: Bach, Electronic Journal of Statistics 2010; 4: 384-414).
    Sums are exactly rounded, so the result does not depend on the order of the groups.
    Raises ValueError when successes are not within 0 and trials, or patterns differ in length.
    """
    counted = [group for group in groups if group.trials]
    if any(not 0 <= group.successes <= group.trials for group in groups):
        raise ValueError("successes must lie within 0 and trials")
    if len({len(group.values) for group in groups}) > 1:
        raise ValueError("every pattern has the same columns")
    if not counted:
        return NoFit(NOBODY)
    if sum(group.successes for group in counted) in {0, sum(group.trials for group in counted)}:
        return NoFit(ONE_OUTCOME)
    table = _Table(counted)
    # With the weights of the first step, from 0: before any estimate, a column without rest is a sum of others.
    kept = factor(table.information([group.trials / 4 for group in counted])).kept
    return _newton(counted, table if len(kept) == table.width else _Table(counted, kept), kept, table.width)


# Which patterns have both columns, and the product of the two in each.
_Product = tuple[Callable[[Sequence[float]], tuple[float, ...]], list[float]]


class _Table:
    """The columns by the patterns in which they are not 0, so that a table of mostly zeros is summed quickly."""

    def __init__(self, groups: Sequence[Group], kept: Sequence[int] | None = None) -> None:
        columns = [list(column) for column in zip(*((1.0, *group.values) for group in groups), strict=True)]
        self.width = len(columns)
        self.columns = columns if kept is None else [columns[column] for column in kept]
        places = [[i for i, value in enumerate(column) if value] for column in self.columns]
        within = [frozenset(some) for some in places]
        self._products = [[self._product(a, b, places[a], within[b]) for b in range(a + 1)] for a in range(len(places))]

    def _product(self, a: int, b: int, places: Sequence[int], other: frozenset[int]) -> _Product:
        both = [i for i in places if i in other]
        # Two zeros at the end: for fewer than two places an itemgetter gives no tuple.
        return itemgetter(*both, 0, 0), [*(self.columns[a][i] * self.columns[b][i] for i in both), 0.0, 0.0]

    def sums(self, numbers: Sequence[float]) -> list[float]:
        """Per column, its values times the numbers, summed."""
        return [fsum(map(mul, column, numbers)) for column in self.columns]

    def times(self, coefficients: Sequence[float]) -> list[float]:
        """Per pattern, its values times the coefficients, summed."""
        return [fsum(map(mul, row, coefficients)) for row in zip(*self.columns, strict=True)]

    def information(self, weights: Sequence[float]) -> list[list[float]]:
        """The lower triangle of the weighted products of columns."""
        return [[fsum(map(mul, at(weights), products)) for at, products in row] for row in self._products]


def _newton(groups: Sequence[Group], table: _Table, kept: Sequence[int], width: int) -> Logit | NoFit:
    estimate = [0.0] * len(kept)
    odds = [group.offset for group in groups]
    for _ in range(_MOST_STEPS):
        likely = [chances(x) for x in odds]
        weights = [g.trials * p * q for g, (p, q) in zip(groups, likely, strict=True)]
        factored = factor(table.information(weights))
        if len(factored.kept) < len(kept):
            return NoFit(SEPARATED)
        lacking = [g.successes * q - (g.trials - g.successes) * p for g, (p, q) in zip(groups, likely, strict=True)]
        step = solve(factored, table.sums(lacking))
        moved = table.times(step)
        furthest = max(map(abs, moved))
        if furthest < _SETTLED:
            estimate = [old + by for old, by in zip(estimate, step, strict=True)]
            return _spread_out(estimate, inverse(factored), kept, width)
        share = min(1.0, 1 / furthest)
        estimate = [old + share * by for old, by in zip(estimate, step, strict=True)]
        odds = [x + share * by for x, by in zip(odds, moved, strict=True)]
    extreme = any(g.successes in {0, g.trials} and abs(x) > _RUNAWAY for g, x in zip(groups, odds, strict=True))
    return NoFit(SEPARATED if extreme else NOT_CONVERGED)


def _spread_out(
    estimate: Sequence[float], covariance: Sequence[Sequence[float]], kept: Sequence[int], width: int
) -> Logit:
    """The estimate with zeros where columns were left out."""
    place = {column: i for i, column in enumerate(kept)}
    rows = tuple(
        tuple(covariance[place[a]][place[b]] if a in place and b in place else 0.0 for b in range(width))
        for a in range(width)
    )
    coefficients = tuple(estimate[place[column]] if column in place else 0.0 for column in range(width))
    return Logit(coefficients, rows, tuple(column - 1 for column in range(width) if column not in place))

"""The rate among all when some did not answer: what it must lie between, and an estimate from those who did."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import fsum, sqrt
from operator import mul

from lumbar.statistics.design import Design, design
from lumbar.statistics.intervals import wilson_of_share
from lumbar.statistics.logit import Group, Logit, NoFit, fit


@dataclass(frozen=True, slots=True)
class Bounds:
    """The rate among all if none of the missing had met, and if all had: fractions 0-1, none of nobody."""

    if_none: float | None
    if_all: float | None


@dataclass(frozen=True, slots=True)
class Answers:
    """Patients alike in their traits, whose names are given beside them: `met` of `answered` of `n`."""

    levels: tuple[str, ...]
    n: int
    answered: int
    met: int


@dataclass(frozen=True, slots=True)
class Weighted:
    """The rate among all, estimated by weighting every answer with how rare answers of its like are.

    `rate`, its `standard_error` and its 95 % interval are fractions 0-1, none when nobody answered or there is no
    `model` of answering; `n_effective` is how many equal answers would be as precise, `largest_weight` how many
    patients the heaviest answer stands for, itself included. When everybody answered there is nothing to model
    (`one_outcome`), every weight is 1 and the rate that of the answers, `answered_rate`.
    """

    answered_rate: float | None
    model: Logit | NoFit
    design: Design
    rate: float | None = None
    standard_error: float | None = None
    low: float | None = None
    high: float | None = None
    n_effective: float | None = None
    largest_weight: float | None = None


def bounds(met: int, not_met: int, missing: int) -> Bounds:
    """The bounds of the rate among all, with nothing assumed of the missing (Manski, 1989).

    `not_met` are those who answered and did not meet. Raises ValueError when a count is negative.
    """
    if min(met, not_met, missing) < 0:
        raise ValueError("a count is not negative")
    n = met + not_met + missing
    return Bounds(met / n, (met + missing) / n) if n else Bounds(None, None)


def weighted_rate(traits: Sequence[str], answers: Iterable[Answers]) -> Weighted:
    """The rate among all by inverse-probability weighting.

    The chance p of answering comes from a logistic regression on the traits (rare levels pooled, see `design`); each
    answer weighs 1 / p, and the rate is Σ (met / p) / Σ (1 / p) over the answers (Hájek 1971). Weights are not
    trimmed, which would bring the bias back in; stabilising them would change nothing, as it cancels. The standard
    error is the sandwich that knows the chances are estimated (Lunceford and Davidian, Statistics in Medicine 2004;
    23: 2937-2960). The interval is Wilson's for the `n_effective` of the same variance, or where all or none of the
    answers met, which has no variance, for (Σ w)² / Σ w² (Kish 1965).
    It removes what the traits explain of who answers, and nothing else.
    Raises ValueError when met, answered and n do not ascend from 0.
    """
    patterns: dict[tuple[str, ...], tuple[int, int, int]] = {}
    for some in answers:
        if not 0 <= some.met <= some.answered <= some.n:
            raise ValueError("met must lie within 0 and answered, and answered within n")
        had = patterns.get(some.levels, (0, 0, 0))
        patterns[some.levels] = (had[0] + some.n, had[1] + some.answered, had[2] + some.met)
    plan = design(traits, {levels: (answered, n) for levels, (n, answered, _) in patterns.items()})
    cells = [_Cell((1.0, *plan.row(levels)), *counts) for levels, counts in patterns.items() if counts[0]]
    model = fit([Group(cell.row[1:], cell.answered, cell.n) for cell in cells])
    answered = sum(cell.answered for cell in cells)
    crude = Weighted(sum(cell.met for cell in cells) / answered if answered else None, model, plan)
    if isinstance(model, Logit):
        return _weighted(crude, cells, [model.predict(cell.row[1:]) for cell in cells], model.covariance)
    if answered and answered == sum(cell.n for cell in cells):
        return _weighted(crude, cells, [1.0] * len(cells), [[0.0] * len(cells[0].row)] * len(cells[0].row))
    return crude


@dataclass(frozen=True, slots=True)
class _Cell:
    """Patients alike: their columns, the intercept first, and how many there are, answered and met."""

    row: tuple[float, ...]
    n: int
    answered: int
    met: int


def _weighted(
    crude: Weighted, cells: Sequence[_Cell], chances: Sequence[float], covariance: Sequence[Sequence[float]]
) -> Weighted:
    """The weighted rate of cells whose patients answer with these chances, estimated with this covariance."""
    pairs = list(zip(cells, chances, strict=True))
    total = fsum(cell.answered / p for cell, p in pairs)
    rate = min(1.0, fsum(cell.met / p for cell, p in pairs) / total)
    # How the sum of (met - rate) / p over the answers moves with each coefficient, and so with each patient's answer.
    over = [(cell.met - cell.answered * rate) * (1 - p) / p for cell, p in pairs]
    slopes = [fsum(map(mul, column, over)) for column in zip(*(cell.row for cell in cells), strict=True)]
    per_column = [fsum(map(mul, row, slopes)) for row in covariance]
    pulls = [fsum(map(mul, cell.row, per_column)) for cell in cells]
    variance = fsum(
        cell.met * ((1 - rate) / p - (1 - p) * pull) ** 2
        + (cell.answered - cell.met) * (rate / p + (1 - p) * pull) ** 2
        + (cell.n - cell.answered) * (p * pull) ** 2
        for (cell, p), pull in zip(pairs, pulls, strict=True)
    ) / (total * total)
    split = 0 < sum(cell.met for cell in cells) < sum(cell.answered for cell in cells)
    n_effective = (
        rate * (1 - rate) / variance if split else total * total / fsum(cell.answered / p / p for cell, p in pairs)
    )
    low, high = wilson_of_share(rate, n_effective)
    return replace(
        crude,
        rate=rate,
        standard_error=sqrt(variance),
        low=low,
        high=high,
        n_effective=n_effective,
        largest_weight=max(1 / p for cell, p in pairs if cell.answered),
    )

"""Case-mix adjustment: each unit's rate beside what its patients would have had with average results."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import fsum

from lumbar.statistics.calibration import Calibration, Predicted, calibration
from lumbar.statistics.design import Design, design
from lumbar.statistics.intervals import wilson
from lumbar.statistics.logistic import logistic
from lumbar.statistics.logit import Group, Logit, NoFit, fit

TRAITS = ("age", "sex", "kind", "payer", "preoperative score")
SCORE = "points of preoperative score"
_AGE_STARTS = (45, 55, 65, 75)
_AGES = ("under 45", "45-54", "55-64", "65-74", "75 and over")

# What the model sees of a patient, levels in the order of the traits and the score; and (met, n) of each.
_Pattern = tuple[tuple[str, ...], Decimal | None]
_Counts = dict[_Pattern, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Cases:
    """Patients of one unit who are alike: `met` of `n` met the target; one patient is n = 1.

    `age_years` on the day of the operation and `preoperative`, the score in points, are none when not known.
    """

    unit: str
    age_years: int | None
    sex: str
    preoperative: Decimal | None
    kind: str
    payer: str
    met: int
    n: int = 1


@dataclass(frozen=True, slots=True)
class AdjustedUnit:
    """One unit: what was observed, what its case mix lets expect, and the rate adjusted for it.

    `ratio` is observed / expected; `adjusted` the ratio times the overall rate, at most 1, with its 95 % interval;
    fractions 0-1. None without a model.
    """

    unit: str
    observed: int
    n: int
    expected: float | None = None
    ratio: float | None = None
    adjusted: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class CaseMix:
    """The overall rate, none of nobody; the model or why there is none; its columns, its fit and the units by name.

    `columns` are the model's after the intercept, as (trait, level); the last is the score in points, per point.
    """

    rate: float | None
    model: Logit | NoFit
    columns: tuple[tuple[str, str], ...]
    design: Design
    calibration: Calibration | None
    units: tuple[AdjustedUnit, ...]


def adjust(cases: Iterable[Cases]) -> CaseMix:
    """Indirect standardisation by a logistic regression on age, sex, kind, payer and preoperative score.

    The model is fitted to all patients together and knows no unit. Expected is the sum of its predictions; adjusted =
    observed / expected × overall rate. The interval is Wilson's of observed / n times the same factor: it takes the
    expected number as known. Age is in five bands; a missing score counts as the mean one, with a column of its own
    when enough lack it; rare levels are pooled (see `design`).
    An adjusted rate compares a unit with the average, not with another unit: their patients differ.
    Raises ValueError when met is not within 0 and n.
    """
    everybody: _Counts = {}
    by_unit: dict[str, _Counts] = {}
    for some in cases:
        if not 0 <= some.met <= some.n:
            raise ValueError("met must lie within 0 and n")
        pattern = (_levels(some), some.preoperative)
        _add(everybody, pattern, some.met, some.n)
        _add(by_unit.setdefault(some.unit, {}), pattern, some.met, some.n)
    met, n = _total(everybody)
    plan = _plan(everybody)
    rows = _rows(everybody, plan)
    model = fit([Group(rows[pattern], *counts) for pattern, counts in everybody.items()])
    odds = {pattern: model.log_odds(row) for pattern, row in rows.items()} if isinstance(model, Logit) else None
    return CaseMix(
        rate=met / n if n else None,
        model=model,
        columns=(*plan.columns, (TRAITS[-1], SCORE)),
        design=plan,
        calibration=None if odds is None else calibration([Predicted(odds[p], *c) for p, c in everybody.items()]),
        units=tuple(_unit(unit, by_unit[unit], odds, met, n) for unit in sorted(by_unit)),
    )


def _add(counts: _Counts, pattern: _Pattern, met: int, n: int) -> None:
    had_met, had = counts.get(pattern, (0, 0))
    counts[pattern] = (had_met + met, had + n)


def _total(counts: _Counts) -> tuple[int, int]:
    return sum(met for met, _ in counts.values()), sum(n for _, n in counts.values())


def _levels(some: Cases) -> tuple[str, ...]:
    age = "unknown" if some.age_years is None else _AGES[bisect_right(_AGE_STARTS, some.age_years)]
    return (age, some.sex, some.kind, some.payer, "none" if some.preoperative is None else "given")


def _plan(everybody: _Counts) -> Design:
    by_levels: dict[tuple[str, ...], tuple[int, int]] = {}
    for (levels, _), (met, n) in everybody.items():
        had_met, had = by_levels.get(levels, (0, 0))
        by_levels[levels] = (had_met + met, had + n)
    return design(TRAITS, by_levels)


def _rows(everybody: _Counts, plan: Design) -> dict[_Pattern, tuple[float, ...]]:
    """The columns of every pattern; the score is counted from the mean of the known, exactly, whatever the order."""
    by_score: dict[Decimal, int] = {}
    for (_, score), (_, n) in everybody.items():
        if score is not None:
            by_score[score] = by_score.get(score, 0) + n
    mean = sum((Fraction(score) * n for score, n in by_score.items()), Fraction(0)) / max(1, sum(by_score.values()))
    from_mean: dict[Decimal | None, float] = {score: float(Fraction(score) - mean) for score in by_score}
    from_mean[None] = 0.0
    columns = {levels: plan.row(levels) for levels in {levels for levels, _ in everybody}}
    return {(levels, score): (*columns[levels], from_mean[score]) for levels, score in everybody}


def _unit(unit: str, own: _Counts, odds: Mapping[_Pattern, float] | None, met: int, n: int) -> AdjustedUnit:
    observed, cases = _total(own)
    if odds is None or not cases:
        return AdjustedUnit(unit, observed, cases)
    expected = fsum(n_alike * logistic(odds[pattern]) for pattern, (_, n_alike) in own.items())
    factor = cases / expected * (met / n)
    low, high = wilson(observed, cases)
    return AdjustedUnit(
        unit=unit,
        observed=observed,
        n=cases,
        expected=expected,
        ratio=observed / expected,
        adjusted=min(1.0, observed / cases * factor),
        low=min(1.0, low * factor),
        high=min(1.0, high * factor),
    )

"""How well predicted probabilities agree with what happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

from lumbar.statistics.intervals import Share
from lumbar.statistics.logistic import chances, logistic
from lumbar.statistics.logit import Group, Logit, fit

N_GROUPS = 10


@dataclass(frozen=True, slots=True)
class Predicted:
    """Everybody with one prediction, in log odds, and how many of them succeeded."""

    log_odds: float
    successes: int
    trials: int


@dataclass(frozen=True, slots=True)
class RiskGroup:
    """Patients with neighbouring predictions: how many were expected to succeed, and how many did."""

    expected: float
    observed: Share


@dataclass(frozen=True, slots=True)
class Calibration:
    """Predictions against outcomes; none where there is nobody, or no estimate.

    `brier` is the mean squared error, `brier_of_rate` that of predicting the overall rate for everybody: a useful
    model is below it. `in_the_large` is the log odds to add to every prediction, 0 when they are right on the whole;
    `slope` what to multiply their log odds with, 1 when right and below when they are too extreme.
    On the patients a model was fitted to, `in_the_large` is 0 and `slope` 1 whatever the model.
    """

    observed: Share
    expected: float
    brier: float | None
    brier_of_rate: float | None
    in_the_large: float | None
    slope: float | None
    groups: tuple[RiskGroup, ...]


def calibration(predictions: Sequence[Predicted]) -> Calibration:
    """Predictions against outcomes, overall and in ten groups by predicted probability.

    Brier, Monthly Weather Review 1950; 78: 1-3. In the large and slope: Cox, Biometrika 1958; 45: 562-565, by logistic
    regression with the prediction as offset, and as the only column. The groups are those of Hosmer and Lemeshow,
    about equal in size; equal predictions are never split, a group of nobody is left out. Their test is not made: its
    answer depends on how the groups are cut.
    Raises ValueError when successes are not within 0 and trials.
    """
    counted = sorted((p for p in predictions if p.trials), key=lambda p: (p.log_odds, p.successes, p.trials))
    met, n = sum(p.successes for p in counted), sum(p.trials for p in counted)
    likely = [chances(p.log_odds) for p in counted]
    squares = fsum(
        g.successes * q * q + (g.trials - g.successes) * p * p for g, (p, q) in zip(counted, likely, strict=True)
    )
    shifted = fit([Group((), p.successes, p.trials, offset=p.log_odds) for p in counted])
    stretched = fit([Group((p.log_odds,), p.successes, p.trials) for p in counted])
    alike = isinstance(stretched, Logit) and stretched.left_out != ()
    return Calibration(
        observed=Share(met, n),
        expected=_expected(counted),
        brier=squares / n if n else None,
        brier_of_rate=met / n * ((n - met) / n) if n else None,
        in_the_large=shifted.coefficients[0] if isinstance(shifted, Logit) else None,
        slope=stretched.coefficients[1] if isinstance(stretched, Logit) and not alike else None,
        groups=_groups(counted, n),
    )


def _expected(predictions: Sequence[Predicted]) -> float:
    return fsum(p.trials * logistic(p.log_odds) for p in predictions)


def _groups(ordered: Sequence[Predicted], n: int) -> tuple[RiskGroup, ...]:
    """Equal predictions together, in the tenth of all patients that the middle of them falls in."""
    by_prediction: dict[float, list[Predicted]] = {}
    for prediction in ordered:
        by_prediction.setdefault(prediction.log_odds, []).append(prediction)
    tenths: dict[int, list[Predicted]] = {}
    before = 0
    for alike in by_prediction.values():
        here = sum(p.trials for p in alike)
        tenths.setdefault((2 * before + here) * N_GROUPS // (2 * n), []).extend(alike)
        before += here
    return tuple(
        RiskGroup(_expected(group), Share(sum(p.successes for p in group), sum(p.trials for p in group)))
        for group in tenths.values()
    )

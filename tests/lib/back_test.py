"""Forecasts of simulated clinics held against what became of them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from lumbar.followup.ledger import ledger
from simulated_clinics import MEASURE, POLICY, RULES, World, clinic, final_counts, tables_on

# Before the last operations, at the end of them, and well into the windows of one year.
AS_OF_DATES = (date(2025, 9, 30), date(2025, 12, 31), date(2026, 3, 31))
_RULES = replace(RULES, measures=(MEASURE,))


@dataclass
class Held:
    """How often the interval held the end, over how many forecasts, and how wide it was."""

    n: int = 0
    n_inside: int = 0
    n_below: int = 0
    width: float = 0.0
    error: float = 0.0

    @property
    def coverage(self) -> float:
        return self.n_inside / self.n

    def __str__(self) -> str:
        return (
            f"{self.coverage:.1%} of {self.n:,} ({self.n_below / self.n:.1%} ended below), "
            f"mean width {self.width / self.n:.2%}, mean error {self.error / self.n:+.2%}"
        )


def back_test(
    seeds: Iterable[int], world: World, as_of_dates: Sequence[date] = AS_OF_DATES
) -> dict[tuple[str, date], Held]:
    """Every clinic forecast on every day, by stratum (or overall) and day."""
    held: dict[tuple[str, date], Held] = defaultdict(Held)
    for seed in seeds:
        one = clinic(seed, world)
        for as_of in as_of_dates:
            outcome, score = tables_on(one, as_of)
            final = final_counts(one, as_of)
            for row in ledger(outcome, {"score": score}.__getitem__, _RULES, POLICY, as_of).rows:
                met, counted = final[row.stratum]
                assert row.all == counted
                if not counted:
                    continue
                end, (low, high) = met / counted, row.forecast_interval
                assert low is not None
                assert high is not None
                assert row.forecast is not None
                assert row.floor <= low <= row.forecast <= high <= row.ceiling  # type: ignore[operator]
                assert row.floor <= end <= row.ceiling  # type: ignore[operator]
                one_row = held[row.stratum, as_of]
                one_row.n += 1
                one_row.n_inside += low <= end <= high
                one_row.n_below += end < low
                one_row.width += high - low
                one_row.error += end - row.forecast
    return held


def together(held: dict[tuple[str, date], Held], stratum: str) -> Held:
    """A stratum's forecasts of all days."""
    every = [one for (name, _), one in held.items() if name == stratum]
    names = ("n", "n_inside", "n_below", "width", "error")
    return Held(*(sum(getattr(one, name) for one in every) for name in names))

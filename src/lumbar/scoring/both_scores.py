"""Whether enough operations have a score before and after surgery, in the years that ask for both."""

from collections.abc import Mapping
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction
from typing import Any

from lumbar.measures.model import BothScores, Measure

TOO_FEW = "too_few"
TOO_FEW_SO_FAR = "too_few_so_far"


def standing(measure: Measure, row: Mapping[str, Any]) -> str | None:
    """`too_few` when the least share cannot be reached any more, `too_few_so_far` when it is not yet.

    None when enough have both, when nothing is judged or closed, and for a measure with a target. `row` holds
    eligible, met, not_met, open and upcoming of the whole measure.
    """
    target, closed = measure.target, row["met"] + row["not_met"]
    if not isinstance(target, BothScores) or not closed:
        return None
    if Fraction(row["met"], closed) >= Fraction(target.minimum_share):
        return None
    best = Fraction(row["met"] + row["open"] + row["upcoming"], row["eligible"])
    return TOO_FEW if best < Fraction(target.minimum_share) else TOO_FEW_SO_FAR


def words(measure: Measure, row: Mapping[str, Any]) -> str | None:
    """That standing as a sentence with its figures; none when there is nothing to say."""
    found, target = standing(measure, row), measure.target
    if found is None or not isinstance(target, BothScores):
        return None
    share = percent(Fraction(row["met"], row["met"] + row["not_met"]))
    verdict = "cannot be submitted" if found == TOO_FEW else "could not be submitted so far"
    return (
        f"measure {measure.id} of {measure.year} {verdict}: {share} have a score before and after surgery, "
        f"and {target.minimum_share:.0%} must"
    )


def percent(share: Fraction) -> str:
    """Percent with one decimal, never rounded up: 49.96 % is not 50 %."""
    tenths = (Decimal(share.numerator * 100) / Decimal(share.denominator)).quantize(Decimal("0.1"), ROUND_FLOOR)
    return f"{tenths} %"

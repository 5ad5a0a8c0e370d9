"""What figures must be like to be shown outside, or compared: numbers and age groups as data, each with its source.

One CSV file a subject beside this one.
"""

from decimal import Decimal
from functools import cache

from lumbar.codelists.rows import rows
from lumbar.errors import InternalError


@cache
def limit(rule: str) -> Decimal:
    """The value of one rule of `limits.csv`: operations, or a fraction 0-1. Raises InternalError for no such rule."""
    for row in rows(__name__, "limits"):
        if row["rule"] == rule:
            return Decimal(row["value"])
    raise InternalError(f"no disclosure limit is called {rule}")


@cache
def age_groups() -> tuple[tuple[int, str], ...]:
    """(first age in whole years, label) of each age group, by age."""
    return tuple((int(row["from_years"]), row["label"]) for row in rows(__name__, "age_group"))

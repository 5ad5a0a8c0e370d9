"""Random draws that are the same for the same seed on every machine, and the calendar they need."""

import random
from calendar import SUNDAY, monthrange
from collections.abc import Sequence
from datetime import date, timedelta
from typing import TypeVar

from lumbar.measures.model import Offset

T = TypeVar("T")


def stream(*names: object) -> random.Random:
    """A stream of its own for these names: what one patient draws never moves another's."""
    return random.Random("/".join(str(name) for name in names))  # noqa: S311 - no secret, a repeatable draw


def weighted(draw: random.Random, choices: Sequence[tuple[T, float]]) -> T:
    """One of the first elements, in proportion to the second."""
    return draw.choices([value for value, _ in choices], [weight for _, weight in choices])[0]


def between(draw: random.Random, first: date, last: date) -> date:
    """A day from `first` to `last`, both included."""
    return first + timedelta(days=draw.randint(0, (last - first).days))


def near(draw: random.Random, first: date, last: date, middle: date) -> date:
    """A day from `first` to `last`, both included, most likely near `middle`."""
    days = draw.triangular(0, (last - first).days + 0.999, (middle - first).days)
    return first + timedelta(days=int(days))


def shifted(on: date, offset: Offset) -> date:
    """The date that many calendar months and days from `on`; a missing day becomes the month's last."""
    month = on.year * 12 + on.month - 1 + offset.months
    year, month = divmod(month, 12)
    day = min(on.day, monthrange(year, month + 1)[1])
    return date(year, month + 1, day) + timedelta(days=offset.days)


def central_time_offset(on: date) -> str:
    """The UTC offset of US Central time on a date: -05:00 in summer, -06:00 in winter."""
    summer = _sunday(on.year, 3, 2) <= on < _sunday(on.year, 11, 1)
    return "-05:00" if summer else "-06:00"


def npi(base: str) -> str:
    """A National Provider Identifier: nine digits and the Luhn check digit computed with prefix 80840."""
    total = 0
    for position, digit in enumerate(reversed("80840" + base)):
        doubled = int(digit) * (2 if position % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return base + str(-total % 10)


def _sunday(year: int, month: int, which: int) -> date:
    first_weekday, _ = monthrange(year, month)
    return date(year, month, 1 + (SUNDAY - first_weekday) % 7 + 7 * (which - 1))

"""Date arithmetic of the reference: calendar months that clamp, and windows that count both ends."""

from calendar import monthrange
from datetime import date
from functools import lru_cache

from lumbar.measures.model import Offset, Window

_FIRST, _LAST = date.min.toordinal(), date.max.toordinal()


@lru_cache(maxsize=8192)
def add_months(day: date, n: int) -> date:
    """n calendar months later, or earlier when negative; a day that does not exist becomes that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + n, 12)
    if year < date.min.year:
        return date.min
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def shift(day: date, offset: Offset) -> date:
    """That day moved by the offset: months first, once, then days; never past the calendar's ends."""
    moved = add_months(day, offset.months)
    if not offset.days:
        return moved
    return date.fromordinal(min(max(moved.toordinal() + offset.days, _FIRST), _LAST))


def window_of(index_date: date, window: Window) -> tuple[date, date]:
    """The first and the last day of a window; both count."""
    return shift(index_date, window.opens), shift(index_date, window.closes)

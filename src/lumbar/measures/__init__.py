"""Measures as data, one folder per performance year, each complete in itself."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from lumbar.errors import UsageError
from lumbar.measures.model import PerformanceYear


@cache
def years() -> tuple[int, ...]:
    """The performance years with rules, ascending."""
    return tuple(sorted(int(m.name[2:]) for m in iter_modules(__path__) if m.name.startswith("py2")))


def for_year(year: int) -> PerformanceYear:
    """The rules of one performance year. Raises UsageError for a year without rules."""
    if year not in years():
        known = ", ".join(str(y) for y in years())
        raise UsageError(f"no rules for performance year {year}; there are rules for {known}")
    performance_year: PerformanceYear = import_module(f"{__name__}.py{year}").YEAR
    return performance_year

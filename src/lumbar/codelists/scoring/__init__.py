"""What CMS makes of a rate, as data: points by year and practice, and which measures have a benchmark.

Two CSV files beside this one, each row with its source and how sure we are of it. A row without
`last_year` has no end known. Data completeness and case minimum are the measures' own and stand there.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from lumbar.errors import InternalError

SMALL, LARGE, ANY = "small", "large", "any"
PRACTICES = (SMALL, LARGE)


@dataclass(frozen=True, slots=True)
class ScoringRule:
    """A number that holds for some years and one size of practice; what it counts is the rule's name."""

    rule: str
    first_year: int
    last_year: int | None
    practice: str
    value: int
    source: str
    locator: str
    confidence: str
    note: str


@dataclass(frozen=True, slots=True)
class BenchmarkStanding:
    """Whether CMS has published a benchmark for some measures in some years.

    `published` is `no`, or `not_yet` for a year still ahead; `reason` is CMS's own code where it gave one.
    """

    first_year: int
    last_year: int | None
    measures: tuple[str, ...]
    submission_method: str
    published: str
    reason: str
    source: str
    locator: str
    confidence: str
    note: str


@cache
def scoring_rules() -> tuple[ScoringRule, ...]:
    """Every rule of `points.csv`, in its order."""
    return tuple(
        ScoringRule(
            **{
                **row,
                "first_year": int(row["first_year"]),
                "last_year": int(row["last_year"]) if row["last_year"] else None,
                "value": int(row["value"]),
            }  # type: ignore[arg-type]
        )
        for row in _rows("points")
    )


@cache
def benchmark_standings() -> tuple[BenchmarkStanding, ...]:
    """Every row of `benchmark.csv`, in its order."""
    return tuple(
        BenchmarkStanding(
            **{
                **row,
                "first_year": int(row["first_year"]),
                "last_year": int(row["last_year"]) if row["last_year"] else None,
                "measures": tuple(row["measures"].split()),
            }  # type: ignore[arg-type]
        )
        for row in _rows("benchmark")
    )


def scoring_rule(name: str, year: int, practice: str = ANY) -> ScoringRule | None:
    """The rule of that name in a year for a size of practice; none where there is none."""
    for rule in scoring_rules():
        if rule.rule == name and _in_force(rule, year) and rule.practice in (practice, ANY):
            return rule
    return None


def benchmark_standing(measure_id: str, year: int) -> BenchmarkStanding | None:
    """What is known of a measure's benchmark in a year; none for a measure or a year nobody looked up."""
    for row in benchmark_standings():
        if measure_id in row.measures and _in_force(row, year):
            return row
    return None


def _in_force(row: ScoringRule | BenchmarkStanding, year: int) -> bool:
    return row.first_year <= year and (row.last_year is None or year <= row.last_year)


def _rows(name: str) -> list[dict[str, str]]:
    resource = files(__name__) / f"{name}.csv"
    if not resource.is_file():
        raise InternalError(f"no scoring table {name}")
    return list(csv.DictReader(resource.read_text(encoding="utf-8").splitlines()))

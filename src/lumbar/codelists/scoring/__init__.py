"""What CMS makes of a rate, as data: points by year and size of practice.

One CSV file beside this one, each row with its source and how sure we are of it. A row without `last_year`
has no end known. Data completeness, case minimum and the absence of benchmarks are a performance year's own
and stand in its measures.
"""

from dataclasses import dataclass
from functools import cache

from lumbar.codelists.rows import rows

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

    def in_force(self, year: int) -> bool:
        """Whether the rule holds in that performance year."""
        return self.first_year <= year and (self.last_year is None or year <= self.last_year)


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
        for row in rows(__name__, "points")
    )


def scoring_rule(name: str, year: int, practice: str = ANY) -> ScoringRule | None:
    """The rule of that name in a year for a size of practice; none where there is none."""
    for rule in scoring_rules():
        if rule.rule == name and rule.in_force(year) and rule.practice in (practice, ANY):
            return rule
    return None

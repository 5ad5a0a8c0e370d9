"""The groups and populations of a measure, and how operations are counted into them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from lumbar.exports.leaving import Counts
from lumbar.measures.model import BothScores, Measure
from lumbar.tables.results import MET, NOT_ASSESSED, NOT_MET, OVERALL

PROPORTION = "proportion"
CONTINUOUS = "continuous-variable"

INITIAL_POPULATION = "initial-population"
DENOMINATOR = "denominator"
DENOMINATOR_EXCLUSION = "denominator-exclusion"
NUMERATOR = "numerator"
MEASURE_POPULATION = "measure-population"
MEASURE_OBSERVATION = "measure-observation"

# CMS's own name of the second figure of the years of change.
AVERAGE_CHANGE = "averageChange"

# What each population holds, in the words of this project.
MEANING = {
    INITIAL_POPULATION: "Index operations of adults in the identification period of the stratum.",
    DENOMINATOR: "The initial population; excluded operations are left out of it already.",
    DENOMINATOR_EXCLUSION: "None: excluded operations leave in no file.",
    NUMERATOR: "Operations that met the measure.",
    MEASURE_POPULATION: "Operations with a score before and after.",
    MEASURE_OBSERVATION: "The improvement of each, preoperative minus postoperative, in points.",
}
_CODES = {
    PROPORTION: (INITIAL_POPULATION, DENOMINATOR, DENOMINATOR_EXCLUSION, NUMERATOR),
    CONTINUOUS: (INITIAL_POPULATION, MEASURE_POPULATION, MEASURE_OBSERVATION),
}
_DECIMALS = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Group:
    """One rate or mean of a measure: the operations of some kinds, scored one way."""

    link_id: str
    scoring: str
    kinds: frozenset[str]

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of its populations, in order."""
        return _CODES[self.scoring]

    def criteria(self, code: str) -> str:
        """The id of one of its populations, unique in the measure."""
        return f"{self.link_id}-{code}"


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of operations; `judged` are met or not met, `not_assessed` those of them without a score.

    `improvement` is the sum of the met in points.
    """

    eligible: int
    met: int
    judged: int
    not_assessed: int
    improvement: Decimal

    def count(self, code: str) -> int:
        """How many are in a population."""
        if code == DENOMINATOR_EXCLUSION:
            return 0
        return self.met if code in (NUMERATOR, MEASURE_POPULATION, MEASURE_OBSERVATION) else self.eligible

    def score(self, scoring: str) -> Decimal | None:
        """The rate, a fraction, or the mean improvement in points; none when nothing is judged."""
        if scoring == PROPORTION:
            return _divided(Decimal(self.met), self.judged)
        return _divided(self.improvement, self.met)


def groups_of(measure: Measure) -> tuple[Group, ...]:
    """A group for each stratum CMS takes by itself, or else one; in years of change the mean beside the share."""
    kinds = frozenset(stratum.kind for stratum in measure.strata)
    if isinstance(measure.target, BothScores):
        return (Group(OVERALL, PROPORTION, kinds), Group(AVERAGE_CHANGE, CONTINUOUS, kinds))
    alone = tuple(
        Group(stratum.name, PROPORTION, frozenset({stratum.kind}))
        for stratum in measure.strata
        if stratum.submitted_alone
    )
    return alone or (Group(OVERALL, PROPORTION, kinds),)


def tally_of_counts(group: Group, counts: Iterable[Counts]) -> Tally:
    """The tally of a group from the counts that leave, given by stratum or overall."""
    name = OVERALL if group.link_id == AVERAGE_CHANGE else group.link_id
    (own,) = (c for c in counts if c.stratum == name)
    return Tally(own.eligible, own.met, own.met + own.not_met, own.not_assessed, own.improvement_sum)


def tally_of_rows(group: Group, rows: Iterable[Mapping[str, Any]]) -> Tally:
    """The tally of a group from rows of one measure."""
    own = [row for row in rows if row["kind"] in group.kinds]
    met = [row for row in own if row["status"] == MET]
    not_assessed = sum(row["status"] == NOT_ASSESSED for row in own)
    judged = len(met) + not_assessed + sum(row["status"] == NOT_MET for row in own)
    improvement = sum((row["improvement"] or Decimal(0) for row in met), Decimal(0))
    return Tally(len(own), len(met), judged, not_assessed, improvement)


def _divided(total: Decimal, n: int) -> Decimal | None:
    return (total / n).quantize(_DECIMALS, ROUND_HALF_UP) if n else None

"""The floor of a stratum: the share of its counted episodes that is met for good, and what one more would make it.

Where CMS does not take the stratum by itself, the floor is that of the measure's overall rate, as in the ledger.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lumbar.followup.standing import LOCKED_MET, standing
from lumbar.measures.model import PerformanceYear
from lumbar.tables.results import OVERALL

# What `outcome` is grouped by to learn the floors; a group holds these and how many rows it has, `n`.
GROUPED_BY = ("measure_id", "kind", "status", "provisional", "flags")
Stratum = tuple[str, str]  # measure and kind of operation


@dataclass(frozen=True, slots=True)
class Floor:
    """Rows in the measure of one stratum, or of the whole measure: all, and those locked met (RULES §8)."""

    n_all: int
    n_locked_met: int
    is_overall: bool

    @property
    def share(self) -> float:
        """Locked met / all, a fraction."""
        return self.n_locked_met / self.n_all

    @property
    def with_one_more(self) -> float:
        """The floor, a fraction, if one more of those not yet locked is met in the end."""
        return (self.n_locked_met + 1) / self.n_all


def floors(groups: Iterable[Mapping[str, Any]], rules: PerformanceYear, postoperative: str) -> dict[Stratum, Floor]:
    """The floor that each stratum counts in, from groups of rows in the measure.

    `postoperative` is the choice of the policy among several scores.
    """
    alone = {(m.id, s.kind) for m in rules.measures for s in m.strata if s.submitted_alone}
    n_all: Counter[tuple[str, str]] = Counter()
    n_locked_met: Counter[tuple[str, str]] = Counter()
    counted_in: dict[Stratum, tuple[str, str]] = {}
    for group in groups:
        stratum = group["measure_id"], group["kind"]
        for place in (stratum, (group["measure_id"], OVERALL)):
            n_all[place] += group["n"]
            n_locked_met[place] += group["n"] if standing(group, postoperative) == LOCKED_MET else 0
        counted_in[stratum] = stratum if stratum in alone else (group["measure_id"], OVERALL)
    return {
        stratum: Floor(n_all[place], n_locked_met[place], is_overall=place != stratum)
        for stratum, place in counted_in.items()
    }

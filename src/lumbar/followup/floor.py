"""The floor of a stratum: the share of its counted episodes that is met for good, and what one more would make it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lumbar.followup.standing import LOCKED_MET, standing

# What `outcome` is grouped by to learn the floors; a group holds these and how many rows it has, `n`.
GROUPED_BY = ("measure_id", "kind", "status", "provisional", "flags")
Stratum = tuple[str, str]  # measure and kind of operation


@dataclass(frozen=True, slots=True)
class Floor:
    """Rows in the measure of one stratum: all of them, and those locked met (RULES §8)."""

    n_all: int
    n_locked_met: int

    @property
    def share(self) -> float:
        """Locked met / all, a fraction."""
        return self.n_locked_met / self.n_all

    @property
    def with_one_more(self) -> float:
        """The floor, a fraction, if one more of those not yet locked is met in the end."""
        return (self.n_locked_met + 1) / self.n_all


def floors(groups: Iterable[Mapping[str, Any]], postoperative: str) -> dict[Stratum, Floor]:
    """The floor of every stratum, from groups of rows in the measure; `postoperative` is the choice of the policy."""
    counted: dict[Stratum, list[int]] = {}
    for group in groups:
        counts = counted.setdefault((group["measure_id"], group["kind"]), [0, 0])
        counts[0] += group["n"]
        counts[1] += group["n"] if standing(group, postoperative) == LOCKED_MET else 0
    return {stratum: Floor(*counts) for stratum, counts in counted.items()}

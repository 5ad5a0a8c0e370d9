"""Where a counted episode stands on the as-of date: its result is locked, or a score can still decide it."""

from collections.abc import Mapping
from typing import Any

from lumbar.measures.policy import EARLIEST
from lumbar.tables.results import MET, NOT_ASSESSED, NOT_MET, OPEN, UPCOMING

LOCKED_MET = "locked_met"
LOCKED_NOT_MET = "locked_not_met"
STANDINGS = (LOCKED_MET, LOCKED_NOT_MET, OPEN, UPCOMING)

_DECEASED = "deceased"


def standing(row: Mapping[str, Any], postoperative: str) -> str:
    """One of STANDINGS for a row of `outcome` that is in the measure (RULES §8).

    `row` needs status, provisional and flags; `postoperative` is the policy's choice among several scores.
    A score in an open window is locked only when no later one can take its place: under the policy `earliest`,
    or when the patient has died. Who died without a score is locked not met.
    """
    status, is_dead = row["status"], _DECEASED in row["flags"].split()
    if status in (MET, NOT_MET):
        if row["provisional"] and postoperative != EARLIEST and not is_dead:
            return OPEN
        return LOCKED_MET if status == MET else LOCKED_NOT_MET
    if status == NOT_ASSESSED or is_dead:
        return LOCKED_NOT_MET
    return UPCOMING if status == UPCOMING else OPEN

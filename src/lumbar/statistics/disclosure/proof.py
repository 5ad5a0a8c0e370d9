"""Whether several breakdowns may be shown together: what a reader can tell about a crossing nobody showed.

A breakdown's figures depend on the operations only through how many of each *profile* (where an operation stands
in every measure, as far as it is shown) are in each group. Whoever swaps the groups of two operations of one
profile gets the very same figures. So a reader cannot tell the true clinic from any clinic made by such swaps,
breakdown by breakdown, and a crossing of groups may hold as many, or as few, operations as swapping allows.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from lumbar.statistics.disclosure.limits import LARGEST_SMALL_CELL
from lumbar.statistics.disclosure.tally import CLOSED, Standings
from lumbar.tables.results import EXCLUDED

# How many operations of each profile.
Profiles = Counter[Standings]


def is_hidden(breakdowns: Sequence[Mapping[str | None, Profiles]], whole: Profiles) -> bool:
    """Whether every crossing of groups of two or more breakdowns could, for all a reader knows, be 0, or 11 or more.

    A crossing is looked at by measure: all its closed operations, those of each standing, and those it does not
    count. The groups of a breakdown, and each group's complement, count as groups. Each breakdown's groups
    add up to `whole`.
    """
    ways = [_with_complements(groups, whole) for groups in breakdowns]
    return all(
        _crossings_are_hidden(group, ways[place + 1 :], whole) for place, groups in enumerate(ways) for group in groups
    )


def _with_complements(groups: Mapping[str | None, Profiles], whole: Profiles) -> list[Profiles]:
    rest = [whole - group for group in groups.values()] if len(groups) > 2 else []
    return [*groups.values(), *rest]


def _crossings_are_hidden(group: Profiles, others: Sequence[list[Profiles]], whole: Profiles) -> bool:
    """Whether every crossing of the group with groups of the others is hidden.

    Swapped breakdown by breakdown, the operations of a profile that are in all of k groups are at most the least
    of the k counts, and at least their sum less k - 1 times the profile's. Where none need be in a crossing, none
    need be in any finer one, so the search ends there.
    """
    waiting = [(group, group, 0)]
    while waiting:
        fewest, most, place = waiting.pop()
        for later in range(place, len(others)):
            for other in others[later]:
                low = Counter({p: n + other[p] - whole[p] for p, n in fewest.items() if n + other[p] > whole[p]})
                if low:
                    high = most & other
                    if _is_told(low, high):
                        return False
                    waiting.append((low, high, later + 1))
    return True


def _is_told(low: Profiles, high: Profiles) -> bool:
    """Whether a measure's closed operations, those of one standing, or those not counted in it, are told as 1-10."""
    for measure in range(len(next(iter(low)))):
        for standings in (CLOSED, (EXCLUDED, None), *((standing,) for standing in CLOSED)):
            least, most = (
                sum(n for profile, n in some.items() if profile[measure] in standings) for some in (low, high)
            )
            if least > 0 and most <= LARGEST_SMALL_CELL:
                return True
    return False

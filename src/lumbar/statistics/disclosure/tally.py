"""What is counted before anything is hidden: operations alike, and the cells they add up to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lumbar.statistics.disclosure import limits
from lumbar.tables.results import EXCLUDED, MET, NOT_ASSESSED, NOT_MET

# Where a counted operation whose window has closed can stand; not met is here the assessed alone.
CLOSED = (MET, NOT_MET, NOT_ASSESSED)
_ELSEWHERE = "elsewhere"
# Where an operation stands in each measure, in the measures' order; none where the measure does not count it.
Standings = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Alike:
    """`n` operations alike in where they stand in each measure and in the group they are in of each breakdown."""

    n: int
    standings: Standings
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """Closed operations of one group and measure, in operations; the others are beside them, not among them.

    `elsewhere` are closed in another measure and not counted in this one: readers can take one from the other.
    """

    met: int = 0
    assessed_not_met: int = 0
    not_assessed: int = 0
    excluded: int = 0
    elsewhere: int = 0

    @property
    def closed(self) -> int:
        return self.met + self.assessed_not_met + self.not_assessed

    @property
    def is_answered(self) -> bool:
        """Whether the share assessed is one that figures may be compared on; also where nothing is closed."""
        return limits.is_answered(self.closed - self.not_assessed, self.closed)

    @property
    def may_be_compared(self) -> bool:
        """Whether a surgeon may be named: enough cases and enough answers (RULES §10)."""
        return limits.may_be_compared(self.closed - self.not_assessed, self.closed)

    def may_be_told(self, in_full: bool) -> bool:
        """Whether no cell is of 1-10, in full or with the not assessed inside the not met.

        The latter hides the response rate, so it is allowed only where the response is good enough to compare.
        """
        divided = (self.assessed_not_met, self.not_assessed) if in_full else (self.closed - self.met,)
        return not any(map(limits.is_small, (self.met, *divided, self.elsewhere))) and (in_full or self.is_answered)


def is_closed(standings: Standings) -> bool:
    """Whether the window has closed in some measure that counts the operation."""
    return any(standing in CLOSED for standing in standings)


def tallies(some: Iterable[Alike], n_measures: int) -> tuple[Tally, ...]:
    """The operations added up, one tally a measure."""
    counts = [dict.fromkeys((*CLOSED, EXCLUDED, _ELSEWHERE), 0) for _ in range(n_measures)]
    for alike in some:
        for of_measure, standing in zip(counts, alike.standings, strict=True):
            if standing is not None:
                of_measure[standing] += alike.n
            if standing not in CLOSED and is_closed(alike.standings):
                of_measure[_ELSEWHERE] += alike.n
    return tuple(Tally(c[MET], c[NOT_MET], c[NOT_ASSESSED], c[EXCLUDED], c[_ELSEWHERE]) for c in counts)


def grouped(alike: Sequence[Alike], place: int) -> dict[str, list[Alike]]:
    """The operations by their group of the breakdown at `place`, groups in text order."""
    groups: dict[str, list[Alike]] = {}
    for some in sorted(alike, key=lambda a: a.groups[place]):
        groups.setdefault(some.groups[place], []).append(some)
    return groups

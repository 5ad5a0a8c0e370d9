"""What of the counts is told outside: small groups merged, breakdowns that tell too much left out.

Nothing is hidden by a hole. A group with a cell of 1-10 is merged into all the others, so every figure told is a
sum of cells that are each 0 or at least 11. The reasons why nothing can be derived are in ADR 0047.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lumbar.statistics.disclosure.limits import is_small
from lumbar.statistics.disclosure.proof import Profiles, is_hidden
from lumbar.statistics.disclosure.tally import CLOSED, Alike, Tally, grouped, is_closed, tallies
from lumbar.statistics.intervals import wilson
from lumbar.tables.results import NOT_ASSESSED, NOT_MET


@dataclass(frozen=True, slots=True)
class Figures:
    """One group's closed operations in one measure as they are told; every rate is of these counts alone.

    `not_met` includes the not assessed; `not_assessed` is none where it must not be told, and then the share
    assessed is at least the least response to compare, or nothing is closed.
    """

    met: int
    not_met: int
    not_assessed: int | None

    @property
    def closed(self) -> int:
        return self.met + self.not_met

    @property
    def rate(self) -> float | None:
        return self.met / self.closed if self.closed else None

    @property
    def interval(self) -> tuple[float, float] | tuple[None, None]:
        """The 95 % Wilson interval of the rate; none where nothing is closed."""
        return wilson(self.met, self.closed) if self.closed else (None, None)

    @property
    def response(self) -> float | None:
        """The share assessed; none where nothing is closed, or the not assessed are not told."""
        if self.not_assessed is None or not self.closed:
            return None
        return (self.closed - self.not_assessed) / self.closed

    @property
    def bounds(self) -> tuple[float, float] | tuple[None, None]:
        """The rate if none, and if all, of the missing had met; none where the not assessed are not told."""
        if self.not_assessed is None or not self.closed:
            return None, None
        return self.met / self.closed, (self.met + self.not_assessed) / self.closed


@dataclass(frozen=True, slots=True)
class Row:
    """One group's figures, one a measure; no group name is all the others."""

    group: str | None
    figures: tuple[Figures, ...]


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The groups of one breakdown that are told, in text order, all the others last; they add up to the overall."""

    by: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What is told: the overall figures and the excluded by measure (none: not told), and the breakdowns."""

    overall: tuple[Figures, ...]
    excluded: tuple[int, ...] | None
    breakdowns: tuple[Breakdown, ...]


@dataclass(frozen=True, slots=True)
class Suppressed:
    """How much of what was asked for is not told, for who publishes; never to be published itself.

    Cells are met, assessed not met and not assessed, overall and of each group of each breakdown, by measure.
    """

    n_cells: int
    n_cells_told: int
    n_groups: int
    n_groups_named: int
    breakdowns_left_out: tuple[str, ...]

    @property
    def share(self) -> float:
        """The share of cells not told, a fraction 0-1."""
        return 1 - self.n_cells_told / self.n_cells


def told(alike: Sequence[Alike], n_measures: int, by: Sequence[str], compared: Sequence[str] = ()) -> Told | None:
    """What may be told of these operations; none where some measure's overall rate may not.

    `by` names the breakdowns in the order of the operations' groups and of importance: a later one is left out when
    it tells too much beside the earlier. In those of `compared` only a group that may be compared is named.
    """
    overall = tallies(alike, n_measures)
    in_full = tuple(tally.may_be_told(in_full=True) for tally in overall)
    tellable = all(tally.may_be_told(full) for tally, full in zip(overall, in_full, strict=True))
    if not tellable or not any(tally.closed for tally in overall):
        return None
    # Groups are told in full, or, where more cells can be told so, with the not assessed inside the not met.
    ways = [_breakdowns(alike, in_full, way, by, compared) for way in (in_full, (False,) * n_measures)]
    excluded = tuple(tally.excluded for tally in overall)
    return Told(
        overall=_figures(overall, in_full),
        excluded=None if any(map(is_small, excluded)) else excluded,
        breakdowns=max(ways, key=_n_counts),
    )


def suppressed(alike: Sequence[Alike], n_measures: int, by: Sequence[str], what: Told | None) -> Suppressed:
    """How much of the overall figures and of the breakdowns asked for is not told."""
    n_groups = sum(len(grouped(_closed(alike), place)) for place in range(len(by)))
    breakdowns = what.breakdowns if what else ()
    named = [row for breakdown in breakdowns for row in breakdown.rows if row.group is not None]
    figures = [f for some in ([what.overall] if what else []) + [row.figures for row in named] for f in some]
    return Suppressed(
        n_cells=len(CLOSED) * n_measures * (1 + n_groups),
        n_cells_told=sum(len(CLOSED) if f.not_assessed is not None else 1 for f in figures),
        n_groups=n_groups,
        n_groups_named=len(named),
        breakdowns_left_out=tuple(name for name in by if name not in {b.by for b in breakdowns}),
    )


def _breakdowns(
    alike: Sequence[Alike],
    overall_in_full: Sequence[bool],
    in_full: Sequence[bool],
    by: Sequence[str],
    compared: Sequence[str],
) -> tuple[Breakdown, ...]:
    """The breakdowns that may be told beside the overall figures, by measure in full or not."""
    closed = _closed(alike)
    whole = _profiles(closed, in_full)
    # What the overall figures tell beyond the groups' is one more way to divide the operations.
    shown = [
        {standing: _profiles(some, in_full) for standing, some in _by_standing(closed, measure).items()}
        for measure, (overall, own) in enumerate(zip(overall_in_full, in_full, strict=True))
        if overall and not own
    ]
    result = []
    for place, name in enumerate(by):
        groups = _merged(grouped(closed, place), in_full, is_compared=name in compared)
        divided = {group: _profiles(some, in_full) for group, some in groups.items()}
        if len(groups) > 1 and is_hidden([*shown, divided], whole):
            shown.append(divided)
            rows = [Row(group, _figures(tallies(some, len(in_full)), in_full)) for group, some in groups.items()]
            result.append(Breakdown(name, tuple(rows)))
    return tuple(result)


def _merged(
    groups: Mapping[str, list[Alike]], in_full: Sequence[bool], *, is_compared: bool
) -> dict[str | None, list[Alike]]:
    """The groups that may be named, in text order, and all the others as one, by the name none.

    The smallest join the others until these are at least two groups, so that none is named by its absence, and
    may be told themselves; perhaps nothing but the others is left.
    """
    counted = {group: tallies(some, len(in_full)) for group, some in groups.items()}

    def may_be_told(some: tuple[Tally, ...]) -> bool:
        return all(tally.may_be_told(full) for tally, full in zip(some, in_full, strict=True))

    def may_be_named(some: tuple[Tally, ...]) -> bool:
        return may_be_told(some) and (not is_compared or all(tally.may_be_compared for tally in some))

    named = {group for group in groups if may_be_named(counted[group])}
    smallest_first = sorted(named, key=lambda group: (sum(t.closed for t in counted[group]), group), reverse=True)
    others = [group for group in groups if group not in named]

    def together() -> list[Alike]:
        return [alike for group in others for alike in groups[group]]

    while others and smallest_first and (len(others) == 1 or not may_be_told(tallies(together(), len(in_full)))):
        others.append(smallest_first.pop())
    result: dict[str | None, list[Alike]] = {group: groups[group] for group in sorted(smallest_first)}
    return {**result, None: together()} if others else result


def _by_standing(alike: Sequence[Alike], measure: int) -> dict[str | None, list[Alike]]:
    result: dict[str | None, list[Alike]] = {}
    for some in alike:
        result.setdefault(some.standings[measure], []).append(some)
    return result


def _closed(alike: Sequence[Alike]) -> list[Alike]:
    """The operations whose window has closed in some measure that counts them."""
    return [some for some in alike if is_closed(some.standings)]


def _profiles(alike: Sequence[Alike], in_full: Sequence[bool]) -> Profiles:
    """How many operations stand where, as far as a group's figures show it."""
    profiles: Profiles = Counter()
    for some in alike:
        shown = (
            NOT_MET if standing == NOT_ASSESSED and not full else standing
            for standing, full in zip(some.standings, in_full, strict=True)
        )
        profiles[tuple(shown)] += some.n
    return profiles


def _figures(some: Sequence[Tally], in_full: Sequence[bool]) -> tuple[Figures, ...]:
    return tuple(
        Figures(tally.met, tally.closed - tally.met, tally.not_assessed if full else None)
        for tally, full in zip(some, in_full, strict=True)
    )


def _n_counts(breakdowns: Sequence[Breakdown]) -> int:
    """How many counts the rows hold."""
    figures = [f for breakdown in breakdowns for row in breakdown.rows for f in row.figures]
    return sum(2 if f.not_assessed is None else len(CLOSED) for f in figures)

"""An attacker on published figures: whole-number programming over every clinic that would have published them.

The attacker knows the published text, the names of all groups there are, and that every operation stands in one way
in each measure. The unknowns are how many operations stand so and are in such groups: the full cross of all.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, vstack

MET, NOT_MET, NOT_ASSESSED = "met", "not_met", "not_assessed"
STANDINGS = (MET, NOT_MET, NOT_ASSESSED)
SMALL = range(1, 11)

# An operation: where it stands in each measure (not met: the assessed alone), and its group of each breakdown.
Operation = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True)
class Cell:
    """A count nobody published: standings allowed in each measure (none: any), one group a breakdown (none: any)."""

    standings: tuple[str | None, ...]
    groups: tuple[str | None, ...]

    def holds(self, operation: Operation) -> bool:
        """Whether the operation is counted in it."""
        asked = zip((*self.standings, *self.groups), (*operation[0], *operation[1]), strict=True)
        return all(wanted is None or wanted == own for wanted, own in asked)


class Attack:
    """All clinics that would have published one period of the text."""

    def __init__(self, text: str, groups: Mapping[str, Sequence[str]], period: int = 0) -> None:
        released = json.loads(text)
        self.published = released["periods"][period]
        self.measures: list[str] = released["measures"]
        self.by = list(groups)
        self.unknowns: list[Operation] = [
            (standings, own)
            for standings in product(STANDINGS, repeat=len(self.measures))
            for own in product(*groups.values())
        ]
        self._place = {unknown: place for place, unknown in enumerate(self.unknowns)}
        self._groups = groups
        rows = list(self._equations())
        self.matrix = vstack([csr_array(mask.astype(float)[None, :]) for mask, _ in rows]).tocsr()
        self.counts = np.array([count for _, count in rows], dtype=float)

    def _mask(self, standings: Mapping[int, Sequence[str]], by: str | None = None, of: Sequence[str] = ()) -> Any:
        column = self.by.index(by) if by else -1
        return np.array(
            [
                all(s[m] in allowed for m, allowed in standings.items()) and (by is None or g[column] in of)
                for s, g in self.unknowns
            ]
        )

    def _equations(self) -> Iterator[tuple[NDArray[np.bool_], int]]:
        """(which unknowns, what they add up to), one for each count in the text."""
        yield from self._of_row(self.published["overall"], None, ())
        for breakdown in self.published["breakdowns"]:
            if (by := breakdown["by"]) not in self.by:
                continue
            named = [row["group"] for row in breakdown["rows"] if row["group"] is not None]
            for row in breakdown["rows"]:
                of = [g for g in self._groups[by] if g not in named] if row["group"] is None else [row["group"]]
                yield from self._of_row(row["figures"], by, of)

    def _of_row(self, figures: Mapping[str, Any], by: str | None, of: Sequence[str]) -> Iterator[tuple[Any, int]]:
        counted = {
            "closed": STANDINGS,
            "met": (MET,),
            "not_met": (NOT_MET, NOT_ASSESSED),
            "not_assessed": (NOT_ASSESSED,),
        }
        for place, measure in enumerate(self.measures):
            for name, standings in counted.items():
                if figures[measure][name] is not None:
                    yield self._mask({place: standings}, by, of), figures[measure][name]

    def world(self, operations: Counter[Operation]) -> NDArray[np.float64]:
        """A clinic as a value of every unknown."""
        x = np.zeros(len(self.unknowns))
        for operation, n in operations.items():
            x[self._place[operation]] += n
        return x

    def allows(self, world: NDArray[np.float64]) -> bool:
        """Whether the clinic would have published the same."""
        return bool(np.array_equal(self.matrix @ world, self.counts))

    def lowest(self, weights: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """A clinic that would have published this, with the least weighted count; none when not found in time."""
        found = milp(
            weights,
            constraints=LinearConstraint(self.matrix, self.counts, self.counts),
            integrality=np.ones(len(self.unknowns)),
            bounds=Bounds(0, np.inf),
            options={"time_limit": 20.0},
        )
        if found.x is None:
            return None
        world: NDArray[np.float64] = np.round(found.x)
        assert self.allows(world)
        return world

    def recovered(
        self, cells: Sequence[Cell], truth: Counter[Operation], seed: int = 0, worlds: int = 40
    ) -> list[Cell]:
        """The cells of 1-10 whose every possible value lies in 1-10, given all that was published.

        A world that allows the published text and has 0, or 11 or more, in a cell clears it. Worlds are first
        guessed by swapping groups among operations, then solved for, many cells at a time, and at last one cell at
        a time, lowest and highest, which decides.
        """
        rng = np.random.default_rng(seed)
        masks = csr_array(np.array([[cell.holds(unknown) for unknown in self.unknowns] for cell in cells], dtype=float))
        x = self.world(truth)
        assert self.allows(x), "the true clinic must allow what it published"
        waiting = np.flatnonzero(_is_small(masks @ x)) if cells else np.array([], dtype=int)
        for world in self._guessed(truth, worlds, rng):
            if not len(waiting):
                break
            if self.allows(world):
                waiting = waiting[_is_small(masks[waiting] @ world)]
        for _ in range(12):
            if not len(waiting):
                return []
            chosen = waiting[rng.random(len(waiting)) < rng.choice([0.05, 0.3, 1.0])]
            sign = rng.choice([-1.0, 1.0])
            world = self.lowest(sign * (masks[chosen].sum(axis=0) if len(chosen) else np.zeros(len(x))))
            if world is not None:
                waiting = waiting[_is_small(masks[waiting] @ world)]
        told = []
        while len(waiting):
            mask = masks[[waiting[0]]].toarray()[0]
            for sign in (1.0, -1.0):
                world = self.lowest(sign * mask)
                assert world is not None, "the solver must decide"
                if not _is_small(mask @ world):
                    waiting = waiting[_is_small(masks[waiting] @ world)]
                    break
            else:
                told.append(cells[waiting[0]])
                waiting = waiting[1:]
        return told

    def _guessed(self, truth: Counter[Operation], n: int, rng: np.random.Generator) -> Iterator[NDArray[np.float64]]:
        """Clinics like the true one, groups swapped among operations that stand alike in every measure."""
        operations = [operation for operation, n_alike in sorted(truth.items()) for _ in range(n_alike)]
        standings = [s for s, _ in operations]
        columns = [[g[place] for _, g in operations] for place in range(len(self.by))]
        alike: dict[tuple[str, ...], list[int]] = {}
        for place, own in enumerate(standings):
            alike.setdefault(own, []).append(place)
        for _ in range(n):
            swapped = [list(column) for column in columns]
            for column in swapped:
                for places in alike.values():
                    values = [column[place] for place in places]
                    order = rng.permutation(len(places))
                    for place, which in zip(places, order, strict=True):
                        column[place] = values[which]
            yield self.world(Counter(zip(standings, zip(*swapped, strict=True), strict=True)))


def _is_small(counts: Any) -> Any:
    return (counts >= 1) & (counts <= 10)


def cells_of(groups: Mapping[str, Sequence[str]], n_measures: int, *, across: bool = False) -> list[Cell]:
    """Every crossing of groups, by each measure's standings; or `across`, by the standings in two measures."""
    ways: list[tuple[str | None, ...]] = [(None,) * n_measures]
    for place in range(n_measures):
        ways += [tuple(s if m == place else None for m in range(n_measures)) for s in STANDINGS]
    if across:
        ways = [
            tuple({first: a, second: b}.get(m) for m in range(n_measures))
            for first in range(n_measures)
            for second in range(first)
            for a in STANDINGS
            for b in STANDINGS
        ]
    crossings = product(*([None, *own] for own in groups.values()))
    return [Cell(standings, own) for own in crossings for standings in ways]

"""An attacker on published figures: whole-number programming over every clinic that would have published them.

The attacker knows the published text, the names of all groups there are, and that every operation stands in one way
in each measure. The unknowns are how many operations stand so and are in such groups: the full cross of all.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
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
        """The unknowns that stand so in some measures, and are in one of the groups `of` a breakdown."""
        mask = np.ones(len(self.unknowns), bool)
        for measure, allowed in standings.items():
            mask &= np.array([s[measure] in allowed for s, _ in self.unknowns])
        if by is not None:
            column = self.by.index(by)
            mask &= np.array([g[column] in of for _, g in self.unknowns])
        return mask

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

    def lowest(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """A clinic that would have published this, with the least weighted count."""
        found = milp(
            weights,
            constraints=LinearConstraint(self.matrix, self.counts, self.counts),
            integrality=np.ones(len(self.unknowns)),
            bounds=Bounds(0, np.inf),
        )
        assert found.x is not None, "the solver must decide"
        world: NDArray[np.float64] = np.round(found.x)
        assert self.allows(world)
        return world

    def masks(self, cells: Sequence[Cell]) -> csr_array:
        """One row a cell: which unknowns are counted in it."""
        levels = [*([list(STANDINGS)] * len(self.measures)), *map(list, self._groups.values())]
        shape = [len(level) for level in levels]
        codes = np.array(np.unravel_index(np.arange(len(self.unknowns)), shape))
        rows = []
        for cell in cells:
            wanted = [
                (axis, levels[axis].index(own))
                for axis, own in enumerate((*cell.standings, *cell.groups))
                if own is not None
            ]
            rows.append(np.logical_and.reduce([np.ones(len(self.unknowns), bool), *(codes[a] == v for a, v in wanted)]))
        return csr_array(np.array(rows, dtype=float).reshape(len(cells), len(self.unknowns)))

    def recovered(
        self, cells: Sequence[Cell], truth: Counter[Operation], *, worlds: int = 60, enough: int | None = None
    ) -> list[Cell]:
        """The cells of 1-10 whose every possible value lies in 1-10, given all that was published; `enough` stops.

        A clinic that would have published the same and has 0, or 11 or more, in a cell clears it. Such clinics are
        first guessed by swapping groups among operations, then solved for, many cells at a time, and at last one
        cell at a time, lowest and highest, which decides.
        """
        rng = np.random.default_rng(0)
        x = self.world(truth)
        assert self.allows(x), "the true clinic must allow what it published"
        masks = self.masks(cells)
        waiting = np.flatnonzero(_is_small(masks @ x))
        for world in self._guessed(truth, worlds, rng):
            if len(waiting) and self.allows(world):
                waiting = waiting[_is_small(masks[waiting] @ world)]
        for share in (1.0, 0.3, 0.3, 0.05, 0.05):
            for sign in (1.0, -1.0):
                chosen = waiting[rng.random(len(waiting)) < share]
                if len(chosen):
                    world = self.lowest(sign * masks[chosen].sum(axis=0))
                    waiting = waiting[_is_small(masks[waiting] @ world)]
        told: list[Cell] = []
        while len(waiting) and (enough is None or len(told) < enough):
            mask = masks[[waiting[0]]].toarray()[0]
            found = [self.lowest(sign * mask) for sign in (1.0, -1.0)]
            if all(_is_small(mask @ world) for world in found):
                told.append(cells[waiting[0]])
                waiting = waiting[1:]
            for world in found:
                waiting = waiting[_is_small(masks[waiting] @ world)]
        return told

    def _guessed(self, truth: Counter[Operation], n: int, rng: np.random.Generator) -> Iterator[NDArray[np.float64]]:
        """Clinics like the true one, groups swapped among operations that stand alike in every measure."""
        levels = list(self._groups.values())
        operations = [operation for operation, n_alike in sorted(truth.items()) for _ in range(n_alike)]
        ways = list(product(STANDINGS, repeat=len(self.measures)))
        way = np.array([ways.index(standings) for standings, _ in operations])
        columns = [np.array([level.index(g[at]) for _, g in operations]) for at, level in enumerate(levels)]
        # Sorted by way of standing, a random order within each way is a swap of groups among operations alike.
        first = np.argsort(way, kind="stable")
        for _ in range(n):
            swapped = []
            for column in columns:
                own = np.empty_like(column)
                own[first] = column[np.lexsort((rng.random(len(way)), way))]
                swapped.append(own)
            places = np.ravel_multi_index((way, *swapped), (len(ways), *map(len, levels)))
            yield np.bincount(places, minlength=len(self.unknowns)).astype(float)


def _is_small(counts: Any) -> Any:
    return (counts >= 1) & (counts <= 10)


def cells_of(groups: Mapping[str, Sequence[str]], n_measures: int) -> list[Cell]:
    """Every crossing of groups, by the standings in no measure, in one, and in two at a time."""
    ways: list[tuple[str | None, ...]] = [(None,) * n_measures]
    for place in range(n_measures):
        ways += [tuple(s if m == place else None for m in range(n_measures)) for s in STANDINGS]
    for first, second in combinations(range(n_measures), 2):
        for a, b in product(STANDINGS, repeat=2):
            ways.append(tuple({first: a, second: b}.get(m) for m in range(n_measures)))
    crossings = product(*([None, *own] for own in groups.values()))
    return [Cell(standings, own) for own in crossings for standings in ways]

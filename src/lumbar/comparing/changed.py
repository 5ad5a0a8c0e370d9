"""The rows of `outcome` that are not the same in two results, side by side."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lumbar.tables.results import OUTCOME

# What leaves for a registry or a payer: rows that count, under these. A score or an id does not touch what was sent.
SUBMITTED = ("measure_id", "kind", "status", "code", "in_measure")

_ROWS_AT_ONCE = 10_000
_SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class Changed:
    """Rows that differ, by patient, episode, instrument and timepoint, each at the same place of both tables.

    A row that is in one result alone is a row of nulls in the other. `n_compared` rows were looked at.
    """

    before: pa.Table
    after: pa.Table
    n_compared: int

    def __len__(self) -> int:
        return int(self.before.num_rows)

    def column(self, name: str) -> pa.ChunkedArray:
        """A column as it is after, or before for rows that are gone: keys are the same in both."""
        return pc.coalesce(self.after[name], self.before[name])

    def counted(self) -> pa.ChunkedArray:
        """Whether each row counts in its measure, before or after."""
        return pc.or_(pc.fill_null(self.before["in_measure"], False), pc.fill_null(self.after["in_measure"], False))

    def submitted_otherwise(self) -> pa.ChunkedArray:
        """Whether each row counts in its measure, before or after, and differs in what is submitted."""
        differs = reduce(pc.or_, (_differs(self.before[name], self.after[name]) for name in SUBMITTED))
        return pc.and_(self.counted(), differs)

    def pairs(self) -> Iterator[tuple[dict[str, Any] | None, dict[str, Any] | None]]:
        """Each row before and after, none where it is not there."""
        for start in range(0, len(self), _ROWS_AT_ONCE):
            parts = (table.slice(start, _ROWS_AT_ONCE).to_pylist() for table in (self.before, self.after))
            for old, new in zip(*parts, strict=True):
                yield (old if old["episode_id"] is not None else None, new if new["episode_id"] is not None else None)


def changed_rows(before: pa.Table, after: pa.Table) -> Changed:
    """The rows of two outcome tables that came, went, or differ in any column."""
    was, now = _keys(before), _keys(after)
    places = pc.index_in(was, value_set=now)  # of each row before, its place after
    differs = pc.is_null(places)
    for column in OUTCOME.columns:
        differs = pc.or_(differs, _differs(before[column.name], after[column.name].take(places)))
    kept = pc.indices_nonzero(differs)
    came = pc.indices_nonzero(pc.invert(pc.is_in(now, value_set=was)))
    old_places = pa.concat_arrays([_as_place(kept), pa.nulls(len(came), pa.int64())])
    new_places = pa.concat_arrays([_as_place(places.take(kept)), _as_place(came)])
    found = Changed(before.take(old_places), after.take(new_places), before.num_rows + len(came))
    order = pc.sort_indices(
        pa.table({name: found.column(name) for name in ("patient_id", *OUTCOME.key)}),
        sort_keys=[(name, "ascending") for name in ("patient_id", *OUTCOME.key)],
    )
    return Changed(found.before.take(order), found.after.take(order), found.n_compared)


def _keys(table: pa.Table) -> pa.Array:
    """One text a row; an instrument and a timepoint hold no separator, so that no two keys become one."""
    joined = pc.binary_join_element_wise(*(table[name] for name in OUTCOME.key), _SEPARATOR)
    return joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined


def _differs(a: pa.ChunkedArray, b: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.or_(pc.fill_null(pc.not_equal(a, b), False), pc.xor(pc.is_null(a), pc.is_null(b)))


def _as_place(indices: pa.Array) -> pa.Array:
    found = indices.combine_chunks() if isinstance(indices, pa.ChunkedArray) else indices
    return found.cast(pa.int64())

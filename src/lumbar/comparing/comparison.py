"""What the comparison of two results says: how each was made, how many rows changed, which, and why."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from lumbar.as_json import as_json
from lumbar.comparing.causes import CAUSES
from lumbar.comparing.changed import SUBMITTED
from lumbar.comparing.records import RecordChange
from lumbar.comparing.why import Because
from lumbar.engine.reference_episode import Record
from lumbar.tables.results import NOT_RECOVERED, OUTCOME

NOT_THERE = "not there"


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing about how a result was made that differs."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RateChange:
    """The counts and the rate of one measure and stratum, before and after; none where a result has no such row."""

    measure_id: str
    stratum: str
    before: Record | None
    after: Record | None


@dataclass(frozen=True, slots=True)
class Transition:
    """How many rows went from one status to another; `counted` of them count in a measure, before or after.

    A status that is provisional may change until the window has closed.
    """

    before: str
    before_is_provisional: bool
    after: str
    after_is_provisional: bool
    n_rows: int
    n_counted: int


@dataclass(frozen=True, slots=True)
class RowChange:
    """One row that changed. `columns` holds each column that differs, before and after.

    `before` and `after` are statuses, `not there` for a row that is in the other result alone; provisional until
    the window has closed. `is_counted`: it counts in its measure, before or after.
    """

    episode_id: str
    instrument: str
    timepoint: str
    measure_id: str
    before: str
    before_is_provisional: bool
    after: str
    after_is_provisional: bool
    is_counted: bool
    columns: dict[str, tuple[Any, Any]]
    because: Because

    @property
    def is_submitted_otherwise(self) -> bool:
        """Whether it counts and differs in what is submitted: measure, kind, status or code."""
        return self.is_counted and not self.columns.keys().isdisjoint(SUBMITTED)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two results compared.

    `facts` are of each result: folder, operations, year, as-of date, provisional results that count. `rows` are
    those explained, operation by operation: all that changed, or those of the first operations where
    `n_operations_explained` is fewer than `n_operations`. `unknown_rule_sets` names the folders whose rule set
    this version does not have.
    """

    facts: tuple[dict[str, Any], dict[str, Any]]
    settings: tuple[Setting, ...]
    not_compared: tuple[str, ...]
    unknown_rule_sets: tuple[str, ...]
    rates: tuple[RateChange, ...]
    n_compared: int
    n_changed: int
    n_counted: int
    n_submitted_otherwise: int
    n_operations: int
    n_operations_explained: int
    transitions: tuple[Transition, ...]
    rows: tuple[RowChange, ...]

    @property
    def is_same(self) -> bool:
        """Whether no row changed, and both hold the same results."""
        return not self.n_changed and not self.not_compared

    def by_causes(self) -> list[tuple[tuple[str, ...], int, int]]:
        """Each set of causes with its rows, and those of them that count; the most frequent first."""
        n_rows = Counter(row.because.causes for row in self.rows)
        n_counted = Counter(row.because.causes for row in self.rows if row.is_counted)
        order = list(CAUSES)
        return sorted(
            ((found, n, n_counted[found]) for found, n in n_rows.items()),
            key=lambda line: (-line[1], [order.index(cause) for cause in line[0]]),
        )

    def as_json(self) -> dict[str, Any]:
        """The comparison as JSON values: dates as text, points as text so that nothing is rounded."""
        found: dict[str, Any] = {
            "before": self.facts[0],
            "after": self.facts[1],
            "same": self.is_same,
            "settings": [asdict(setting) for setting in self.settings],
            "not_compared": list(self.not_compared),
            "unknown_rule_sets": list(self.unknown_rule_sets),
            "rows_compared": self.n_compared,
            "rows_changed": self.n_changed,
            "rows_changed_that_count": self.n_counted,
            "rows_submitted_otherwise": self.n_submitted_otherwise,
            "operations_changed": self.n_operations,
            "operations_explained": self.n_operations_explained,
            "rates": [asdict(rate) for rate in self.rates],
            "transitions": [asdict(transition) for transition in self.transitions],
            "causes": [{"causes": c, "rows": n, "rows_that_count": counted} for c, n, counted in self.by_causes()],
            "rows": [_row_json(row) for row in self.rows],
            "reading": NOT_RECOVERED,
        }
        values: dict[str, Any] = orjson.loads(as_json(found))
        return values


def row_change(old: Record | None, new: Record | None, because: Because) -> RowChange:
    """A changed row as what is told of it."""
    row = new or old or {}
    was, now = old or {}, new or {}
    both = old is not None and new is not None
    return RowChange(
        episode_id=row["episode_id"],
        instrument=row["instrument"],
        timepoint=row["timepoint"],
        measure_id=row["measure_id"],
        before=was.get("status", NOT_THERE),
        before_is_provisional=was.get("provisional", False),
        after=now.get("status", NOT_THERE),
        after_is_provisional=now.get("provisional", False),
        is_counted=bool(was.get("in_measure") or now.get("in_measure")),
        columns={
            name: (was.get(name), now.get(name))
            for name in OUTCOME.column_names
            if was.get(name) != now.get(name) and (both or name not in (*OUTCOME.key, "patient_id"))
        },
        because=because,
    )


def _row_json(row: RowChange) -> dict[str, Any]:
    return {
        "episode_id": row.episode_id,
        "instrument": row.instrument,
        "timepoint": row.timepoint,
        "measure_id": row.measure_id,
        "status": {"before": row.before, "after": row.after},
        "provisional": {"before": row.before_is_provisional, "after": row.after_is_provisional},
        "counts": row.is_counted,
        "submitted_otherwise": row.is_submitted_otherwise,
        "causes": row.because.causes,
        "proved": row.because.is_proved,
        "columns": {name: {"before": a, "after": b} for name, (a, b) in row.columns.items()},
        "records": [_record_json(change) for change in row.because.records],
    }


def _record_json(change: RecordChange) -> dict[str, Any]:
    before, after = change.before, change.after
    names = [name for name in (after or before or {}) if (before or {}).get(name) != (after or {}).get(name)]
    return {
        "cause": change.cause,
        "table": change.table,
        "record_id": change.record_id,
        "before": before if before is None or after is None else {name: before[name] for name in names},
        "after": after if before is None or after is None else {name: after[name] for name in names},
    }


def explained_operations(rows: tuple[RowChange, ...]) -> Iterator[tuple[str, list[RowChange]]]:
    """The rows operation by operation."""
    by_operation: dict[str, list[RowChange]] = {}
    for row in rows:
        by_operation.setdefault(row.episode_id, []).append(row)
    yield from by_operation.items()

"""The ledger: what every rate has locked, what it can still become, and what it is likely to become (RULES §8)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from lumbar.followup.counted import Counted, Waiting, counted, of_own_stratum, selected
from lumbar.followup.forecast import KEPT_A_YEAR, NOTHING_KNOWN, Expected, coarse, expected, learned
from lumbar.followup.groups import Clinical, grouped
from lumbar.followup.history import ClosedRows, Past, closed_rows
from lumbar.followup.standing import LOCKED_MET, LOCKED_NOT_MET
from lumbar.measures.model import Measure, PerformanceYear
from lumbar.measures.policy import Policy
from lumbar.tables.clinical import SCORE
from lumbar.tables.results import OPEN, OUTCOME, OVERALL, UPCOMING

_COLUMNS = (
    *("patient_id", "index_date", "kind", "surgeon_npi", "payer", "instrument", "measure_id", "timepoint"),
    *("window_opens", "window_closes", "postoperative_score_id", "status", "provisional"),
    *("in_measure", "not_in_measure_because", "flags"),
)


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """The counted rows of one measure, stratum (or `overall`) and group, and what their rate can become.

    `expected` is what the waiting rows will add; none where rows wait and the clinic has no history to tell from.
    """

    measure_id: str
    stratum: str
    group: str | None
    locked_met: int
    locked_not_met: int
    open: int
    upcoming: int
    expected: Expected | None

    @property
    def all(self) -> int:
        """Every row counted."""
        return self.locked_met + self.locked_not_met + self.open + self.upcoming

    @property
    def floor(self) -> float | None:
        """The rate if nothing that waits is met; null of nothing."""
        return self.locked_met / self.all if self.all else None

    @property
    def ceiling(self) -> float | None:
        """The rate if all that waits is met; null of nothing."""
        return (self.all - self.locked_not_met) / self.all if self.all else None

    @property
    def forecast(self) -> float | None:
        """The rate expected when every window has closed; null of nothing, and without history."""
        return (self.locked_met + self.expected.mean) / self.all if self.all and self.expected else None

    @property
    def forecast_interval(self) -> tuple[float, float] | tuple[None, None]:
        """Between which rates it will end with the confidence of the forecast; null as the forecast is."""
        if not self.all or self.expected is None:
            return None, None
        low, high = self.expected.interval
        return (self.locked_met + low) / self.all, (self.locked_met + high) / self.all


@dataclass(frozen=True, slots=True)
class HistoryOfStratum:
    """What the forecast of a stratum rests on: closed rows, those answered, and those met."""

    measure_id: str
    stratum: str
    closed: int
    answered: int
    met: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """Where every counted row stands: rows in the order of measures, groups and strata, `overall` after them.

    `by` is what the rows are broken down by, none when they are not.
    """

    year: int
    as_of: date
    postoperative: str
    by: str | None
    rows: tuple[LedgerRow, ...]
    history: tuple[HistoryOfStratum, ...]


def ledger(
    outcome: pa.Table,
    clinical: Clinical,
    rules: PerformanceYear,
    policy: Policy,
    as_of: date,
    by: str | None = None,
) -> Ledger:
    """The ledger of a result on its as-of date, whole or by one of `groups.DIMENSIONS`.

    `clinical` gives a clinical table by its name. Groups of nobody are left out; text order, the unknown last.
    """
    rows = of_own_stratum(selected(outcome, OUTCOME, _COLUMNS), rules)
    rows = grouped(rows, by, clinical, rules, policy)
    cells = counted(rows, as_of, policy.postoperative)
    past = closed_rows(rows, clinical(SCORE.name), rules, as_of)
    judge = _Judge(past, is_grouped=by is not None)
    groups = sorted({cell.group for cell in cells}, key=lambda group: (group is None, group or "")) if by else [None]
    cells_of: dict[tuple[str, str | None], list[Counted]] = defaultdict(list)
    for cell in cells:
        cells_of[cell.measure_id, cell.group].append(cell)
    return Ledger(
        rules.year,
        as_of,
        policy.postoperative,
        by,
        tuple(
            row
            for measure in rules.measures
            for group in groups
            if by is None or cells_of[measure.id, group]
            for row in _rows(measure, group, cells_of[measure.id, group], judge)
        ),
        tuple(_history(past, measure.id, s.name) for measure in rules.measures for s in measure.strata),
    )


# The clinic (), a measure, a stratum, a group: each is lent to by the one before it.
_Level = tuple[str | None, ...]


class _Judge:
    """The clinic's history, weighted for each stratum and group."""

    def __init__(self, past: Sequence[ClosedRows], is_grouped: bool) -> None:
        self._is_grouped = is_grouped
        self._own: dict[_Level, dict[Past, float]] = defaultdict(lambda: defaultdict(float))
        for rows in past:
            level = self._level(rows.measure_id, rows.stratum, rows.group)
            for length in range(len(level) + 1):
                self._own[level[:length]][rows.past] += rows.n * KEPT_A_YEAR**rows.years
        self._known: dict[_Level, dict[Past, float]] = {}
        self._lent: dict[_Level, dict[Past, float]] = {}

    def _level(self, measure_id: str, stratum: str, group: str | None) -> _Level:
        return (measure_id, stratum, group) if self._is_grouped else (measure_id, stratum)

    def expected(self, measure_id: str, stratum: str, group: str | None, waiting: list[Waiting]) -> Expected | None:
        """What the waiting rows will add; none without a single closed row in the clinic."""
        if not waiting:
            return Expected()
        if () not in self._own:
            return None
        if not self._is_grouped:
            return expected(waiting, self._learned((measure_id, stratum)))
        stratum_level = (measure_id, stratum)
        if stratum_level not in self._lent:
            self._lent[stratum_level] = coarse(self._learned(stratum_level))
        return expected(waiting, learned(self._own.get((*stratum_level, group), {}), self._lent[stratum_level]))

    def _learned(self, level: _Level) -> dict[Past, float]:
        if level not in self._known:
            wider = self._learned(level[:-1]) if level else NOTHING_KNOWN
            self._known[level] = learned(self._own.get(level, {}), wider)
        return self._known[level]


def _rows(measure: Measure, group: str | None, cells: list[Counted], judge: _Judge) -> Iterable[LedgerRow]:
    """A row per stratum that CMS takes by itself, and `overall`, the sum over all."""
    every = [_row(measure.id, s.name, group, [c for c in cells if c.stratum == s.name], judge) for s in measure.strata]
    alone = {stratum.name for stratum in measure.strata if stratum.submitted_alone}
    yield from (row for row in every if row.stratum in alone)
    together = [row.expected for row in every if row.expected is not None]
    yield LedgerRow(
        measure.id,
        OVERALL,
        group,
        locked_met=sum(row.locked_met for row in every),
        locked_not_met=sum(row.locked_not_met for row in every),
        open=sum(row.open for row in every),
        upcoming=sum(row.upcoming for row in every),
        expected=sum(together, Expected()) if len(together) == len(every) else None,
    )


def _row(measure_id: str, stratum: str, group: str | None, cells: list[Counted], judge: _Judge) -> LedgerRow:
    n: Counter[str] = Counter()
    for cell in cells:
        n[cell.standing] += cell.n
    waiting = [cell.waiting for cell in cells if cell.waiting]
    told = judge.expected(measure_id, stratum, group, waiting)
    return LedgerRow(measure_id, stratum, group, n[LOCKED_MET], n[LOCKED_NOT_MET], n[OPEN], n[UPCOMING], told)


def _history(past: Sequence[ClosedRows], measure_id: str, stratum: str) -> HistoryOfStratum:
    own = [rows for rows in past if (rows.measure_id, rows.stratum) == (measure_id, stratum)]
    return HistoryOfStratum(
        measure_id,
        stratum,
        closed=sum(rows.n for rows in own),
        answered=sum(rows.n for rows in own if rows.answered),
        met=sum(rows.n for rows in own if rows.past.met),
    )

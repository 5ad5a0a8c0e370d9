"""The counts behind the report, taken from the outcome table by Arrow so that millions of rows stay cheap."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lumbar.errors import InternalError
from lumbar.measures.model import Measure, PerformanceYear, Stratum
from lumbar.statistics.disclosure.limits import may_be_compared
from lumbar.statistics.intervals import wilson
from lumbar.tables.results import EXCLUDED, MET, NOT_ASSESSED, NOT_MET, OPEN, OVERALL, UPCOMING


@dataclass(frozen=True, slots=True)
class Tally:
    """Rows in the measure by status, and the excluded beside them; every rate carries what belongs beside it."""

    met: int = 0
    judged_not_met: int = 0
    not_assessed: int = 0
    open: int = 0
    upcoming: int = 0
    excluded: int = 0
    provisional: int = 0

    @property
    def not_met(self) -> int:
        """Not met, the not assessed included."""
        return self.judged_not_met + self.not_assessed

    @property
    def closed(self) -> int:
        """Closed or assessed: what the rate is a share of."""
        return self.met + self.not_met

    @property
    def assessed(self) -> int:
        return self.closed - self.not_assessed

    @property
    def eligible(self) -> int:
        return self.closed + self.open + self.upcoming

    @property
    def rate(self) -> float | None:
        return self.met / self.closed if self.closed else None

    @property
    def interval(self) -> tuple[float, float] | tuple[None, None]:
        return wilson(self.met, self.closed) if self.closed else (None, None)

    @property
    def bounds(self) -> tuple[float, float] | tuple[None, None]:
        """The rate if none, and if all, of the missing had met."""
        return (self.met / self.closed, (self.met + self.not_assessed) / self.closed) if self.closed else (None, None)

    @property
    def response(self) -> float | None:
        return self.assessed / self.closed if self.closed else None

    @property
    def may_be_compared(self) -> bool:
        """Whether a surgeon's rate may be shown: enough cases and enough answers (RULES §10)."""
        return may_be_compared(self.assessed, self.closed)


_FIELD = {MET: "met", NOT_MET: "judged_not_met", NOT_ASSESSED: "not_assessed", OPEN: "open", UPCOMING: "upcoming"}


@dataclass(frozen=True, slots=True)
class Cell:
    """Rows of one stratum alike in payer, surgeon and standing.

    `standing` is the status of a row in the measure, and why it is not for any other.
    """

    measure_id: str
    stratum: str
    payer: str
    surgeon_npi: str | None
    standing: str
    provisional: bool
    n: int


def cells(outcome: pa.Table, rules: PerformanceYear) -> list[Cell]:
    """The own-stratum rows of `outcome`, counted by measure, stratum, payer, surgeon and standing."""
    strata = {(m.id, s.kind, s.timepoint): s.name for m in rules.measures for s in m.strata}
    keys = ["measure_id", "kind", "timepoint", "payer", "surgeon_npi"]
    keys += ["status", "in_measure", "not_in_measure_because", "provisional"]
    counted = outcome.select(keys).group_by(keys).aggregate([([], "count_all")]).to_pylist()
    return [
        Cell(
            measure_id=row["measure_id"],
            stratum=strata[key],
            payer=row["payer"],
            surgeon_npi=row["surgeon_npi"],
            standing=row["status"] if row["in_measure"] else row["not_in_measure_because"],
            provisional=bool(row["in_measure"] and row["provisional"]),
            n=row["count_all"],
        )
        for row in counted
        if (key := (row["measure_id"], row["kind"], row["timepoint"])) in strata
    ]


def tally(some: Iterable[Cell]) -> Tally:
    """The cells added up."""
    counts = dict.fromkeys((*_FIELD.values(), "excluded", "provisional"), 0)
    for cell in some:
        if cell.standing in _FIELD:
            counts[_FIELD[cell.standing]] += cell.n
            counts["provisional"] += cell.n if cell.provisional else 0
        elif cell.standing == EXCLUDED:
            counts["excluded"] += cell.n
    return Tally(**counts)


def tallies(some: Iterable[Cell], measure: Measure) -> dict[str, Tally]:
    """One tally per stratum CMS takes by itself, in the measure's order, and `overall` last."""
    own = [cell for cell in some if cell.measure_id == measure.id]
    alone = [stratum.name for stratum in measure.strata if stratum.submitted_alone]
    strata = {name: tally(cell for cell in own if cell.stratum == name) for name in alone}
    return {**strata, OVERALL: tally(own)}


def check_against_rates(some: list[Cell], rate: pa.Table, rules: PerformanceYear) -> None:
    """Nothing when the counts equal the rate table's: a page must not disagree with its data.

    Raises InternalError when they do not.
    """
    counted = {(m.id, name): t for m in rules.measures for name, t in tallies(some, m).items()}
    rows = {(row["measure_id"], row["stratum"]): row for row in rate.to_pylist()}
    for measure_id, stratum in sorted(counted.keys() ^ rows.keys()):
        raise InternalError(f"report: {stratum} of {measure_id} is in only one of rules and rate table")
    for (measure_id, stratum), ours in counted.items():
        row = rows[measure_id, stratum]
        for name in ("eligible", "met", "not_met", "not_assessed", "excluded", "open", "upcoming"):
            if getattr(ours, name) != row[name]:
                raise InternalError(f"report: {name} of measure {measure_id}, {stratum}, differs in outcome and rate")


def standings(some: Iterable[Cell], measure: Measure) -> dict[str, dict[str, int]]:
    """Per stratum of the measure, how many episodes stand where: every status, then every reason not to count."""
    table: dict[str, dict[str, int]] = {stratum.name: {} for stratum in measure.strata}
    for cell in some:
        if cell.measure_id == measure.id:
            row = table[cell.stratum]
            row[cell.standing] = row.get(cell.standing, 0) + cell.n
    return table


def breakdown(
    some: list[Cell], rules: PerformanceYear, of: Callable[[Cell], str | None]
) -> list[tuple[Measure, list[tuple[str | None, dict[str, Tally]]]]]:
    """Per measure, per group in text order (none last), the tallies by stratum and overall; empty groups left out."""
    groups = sorted({of(cell) for cell in some}, key=lambda group: (group is None, group or ""))
    result = []
    for measure in rules.measures:
        rows = []
        for group in groups:
            by_stratum = tallies((cell for cell in some if of(cell) == group), measure)
            if by_stratum[OVERALL].eligible or by_stratum[OVERALL].excluded:
                rows.append((group, by_stratum))
        result.append((measure, rows))
    return result


@dataclass(frozen=True, slots=True)
class Distribution:
    """How many gave each value: (value in points, count), by value."""

    values: tuple[tuple[Decimal, int], ...]

    @property
    def n(self) -> int:
        return sum(n for _, n in self.values)

    @property
    def mean(self) -> float | None:
        """Sum of decimals, divided once."""
        return float(sum((v * n for v, n in self.values), Decimal(0)) / self.n) if self.n else None

    @property
    def median(self) -> float | None:
        """The middle score, in points; null of nobody."""
        if not self.n:
            return None
        reached = list(accumulate(n for _, n in self.values))
        low, high = (
            next(v for (v, _), upto in zip(self.values, reached, strict=True) if upto > place)
            for place in ((self.n - 1) // 2, self.n // 2)
        )
        return float((low + high) / 2)

    def at_most(self, target: Decimal) -> int:
        """How many values are the target or below."""
        return sum(n for v, n in self.values if v <= target)

    def bins(self, width: Decimal, edge: Decimal, highest: Decimal) -> list[tuple[Decimal, int]]:
        """(upper end, count) of equal bins from 0 to `highest`; each holds its upper end, one ends at `edge`."""
        uppers = [edge % width]
        while uppers[-1] < highest:
            uppers.append(uppers[-1] + width)
        counts = dict.fromkeys(uppers, 0)
        for value, n in self.values:
            counts[next(upper for upper in uppers if value <= upper)] += n
        return list(counts.items())


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """The chosen scores of one stratum, in the measure and assessed: pairs, and the flags of the clinical reading."""

    measure: Measure
    stratum: Stratum
    before: Distribution
    after: Distribution
    improvement: Distribution
    n_after_only: int
    flags: dict[str, int]


def before_after(outcome: pa.Table, measure: Measure, stratum: Stratum) -> BeforeAfter:
    """The scores before and after of one stratum; pairs only, so that both sides are the same patients."""
    here = (
        (pc.field("measure_id") == measure.id)
        & (pc.field("kind") == stratum.kind)
        & (pc.field("timepoint") == stratum.timepoint)
        & pc.field("in_measure")
        & pc.field("postoperative_score").is_valid()
    )
    columns = ["preoperative_score", "postoperative_score", "improvement", "flags"]
    rows = outcome.filter(here).select(columns)
    pairs = rows.filter(pc.field("preoperative_score").is_valid())
    return BeforeAfter(
        measure=measure,
        stratum=stratum,
        before=_distribution(pairs, "preoperative_score"),
        after=_distribution(pairs, "postoperative_score"),
        improvement=_distribution(pairs, "improvement"),
        n_after_only=rows.num_rows - pairs.num_rows,
        flags=_split_counts(_counts(rows, "flags")),
    )


def flag_counts(outcome: pa.Table) -> dict[str, tuple[int, int]]:
    """Per flag that occurs: rows in the measure, and rows in all."""
    everywhere = _split_counts(_counts(outcome, "flags"))
    inside = _split_counts(_counts(outcome.filter(pc.field("in_measure")), "flags"))
    return {flag: (inside.get(flag, 0), n) for flag, n in sorted(everywhere.items())}


@dataclass(frozen=True, slots=True)
class Asked:
    """Assessed rows in the measure by how they were asked; `by_voice` is by telephone or to an interviewer."""

    measure: Measure
    by_voice: bool
    n: int
    met: int

    @property
    def share(self) -> float | None:
        return self.met / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float] | tuple[None, None]:
        return wilson(self.met, self.n) if self.n else (None, None)


def asked(outcome: pa.Table, rules: PerformanceYear) -> list[Asked]:
    """Per measure, the assessed rows asked by voice and all others; empty when none was asked by voice."""
    keys = ["measure_id", "status", "flags"]
    judged = outcome.filter(pc.field("in_measure") & pc.field("postoperative_score").is_valid())
    rows = judged.select(keys).group_by(keys).aggregate([([], "count_all")]).to_pylist()
    result = []
    for measure in rules.measures:
        for by_voice in (False, True):
            some = [
                row
                for row in rows
                if row["measure_id"] == measure.id and ("phone_or_interview" in row["flags"].split()) == by_voice
            ]
            met = sum(row["count_all"] for row in some if row["status"] == MET)
            result.append(Asked(measure, by_voice, sum(row["count_all"] for row in some), met))
    return result if any(group.by_voice and group.n for group in result) else []


@dataclass(frozen=True, slots=True)
class Size:
    """How much the result holds."""

    episodes: int
    patients: int
    by_kind: dict[str, int]


def size(outcome: pa.Table) -> Size:
    """Episodes, patients and episodes by kind."""
    keys = ["episode_id", "kind", "patient_id"]
    one_each = outcome.select(keys).group_by(keys).aggregate([])
    return Size(
        episodes=one_each.num_rows,
        patients=pc.count_distinct(one_each["patient_id"]).as_py(),
        by_kind=dict(sorted(_counts(one_each, "kind").items())),
    )


def plain(table: pa.Table) -> pa.Table:
    """The table with dictionary-encoded columns decoded, so that grouping sees plain values."""
    for index, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            table = table.set_column(index, field.name, table[field.name].cast(field.type.value_type))
    return table


def _distribution(rows: pa.Table, column: str) -> Distribution:
    return Distribution(tuple(sorted((Decimal(value), n) for value, n in _counts(rows, column).items())))


def _counts(rows: pa.Table, column: str) -> dict[Any, int]:
    return {row[column]: row["n"] for row in _counts_table(rows, column)}


def _counts_table(rows: pa.Table, column: str) -> list[dict[str, Any]]:
    counted = rows.select([column]).group_by([column]).aggregate([([], "count_all")])
    return [{column: row[column], "n": row["count_all"]} for row in counted.to_pylist()]


def _split_counts(by_text: dict[Any, int]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for text, n in by_text.items():
        for flag in (text or "").split():
            counts[flag] = counts.get(flag, 0) + n
    return counts

"""A stored result to its score: what CMS would make of it, or of one surgeon's part of it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lumbar.exports.leaving import Counts, counted, leaving_rows, limited_rules
from lumbar.measures.model import PerformanceYear
from lumbar.scoring import MeasureScore, SurgicalLog, read_benchmarks, read_log, reported_by, score_measures
from lumbar.scoring.reported import reported_codes
from lumbar.statistics.reported import ReportedCounts
from lumbar.tables.results import OVERALL
from lumbar.workflow.result import Result

# Columns of `outcome` that a surgical log is compared with.
_COMPARED = ["patient_id", "index_date", "kind", "measure_id", "timepoint"]
_COMPARED += ["status", "in_measure", "not_in_measure_because"]


@dataclass(frozen=True, slots=True)
class Scored:
    """Scores by size of practice, in the order of the measures, and what they were made from."""

    rules: PerformanceYear
    as_of: str
    log: SurgicalLog | None
    by_practice: Mapping[str, Sequence[MeasureScore]]
    reported: ReportedCounts


def score_result(
    result: Result,
    practices: Sequence[str],
    *,
    log: Path | None = None,
    benchmarks: Path | None = None,
    measures: Sequence[str] = (),
    tin: str | None = None,
    npi: str | None = None,
) -> Scored:
    """A result scored for practices of the sizes named, `small` or `large`: all of it, or what one NPI did.

    `log` is the surgical log, compared as far as it is of that TIN and NPI; `benchmarks` a file of CMS's form.
    Raises UsageError for a measure or a surgeon the result does not have, InputError for a file that cannot be
    read or applied.
    """
    rules = limited_rules(result.rules, measures)
    benchmark_file = read_benchmarks(benchmarks) if benchmarks else None
    outcome = result.outcome
    counts = counted(leaving_rows(outcome, rules, npi), rules)
    rates = [_rate_row(whole) for whole in counts if whole.stratum == OVERALL]
    own = outcome if npi is None else outcome.filter(pc.equal(outcome["surgeon_npi"], npi))
    rows: list[dict[str, Any]] = []
    whole_log = own_log = None
    if log is not None:
        rows = own.select(_COMPARED).to_pylist()
        whole_log = _read_log(log, result, rules, outcome)
        own_log = reported_by(whole_log, tin, npi)
    return Scored(
        rules=rules,
        as_of=result.run["as_of"],
        log=whole_log,
        by_practice={size: score_measures(rules, rows, rates, size, own_log, benchmark_file) for size in practices},
        reported=reported_codes(own).in_measure,
    )


def _read_log(path: Path, result: Result, rules: PerformanceYear, outcome: pa.Table) -> SurgicalLog:
    operations = outcome.group_by(["patient_id", "index_date", "kind"]).aggregate([]).to_pylist()
    return read_log(
        path,
        rules,
        date.fromisoformat(result.run["as_of"]),
        {(row["patient_id"], row["index_date"]): row["kind"] for row in operations},
        with_unverified=result.run["policy"]["include_unverified_procedures"],
    )


def _rate_row(counts: Counts) -> dict[str, Any]:
    """The counts as a row of `rate`, as far as a score looks at it; the mean change exact."""
    mean_change = Fraction(counts.improvement_sum) / counts.met if counts.met else None
    return {**asdict(counts), "mean_change": mean_change}

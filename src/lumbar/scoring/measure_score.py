"""The points a measure would earn and why: the first of the rules that applies, with its source."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lumbar.codelists.scoring import ScoringRule, scoring_rule
from lumbar.measures.model import Measure, PerformanceYear
from lumbar.scoring import both_scores
from lumbar.scoring.benchmark_file import Benchmark, BenchmarkFile
from lumbar.scoring.completeness import Completeness, compare
from lumbar.scoring.surgical_log import SurgicalLog
from lumbar.tables.results import OVERALL

NON_PROPORTION = "nonProportion"

# Why a measure earns its points, in the order in which the first that applies is taken.
REASONS = {
    "no_cases": "no operation of the result belongs in the measure: there is nothing to submit",
    "cannot_be_submitted": "too few operations have both scores for the measure to be submitted",
    "not_yet_submittable": "so far too few operations have both scores for the measure to be submitted",
    "below_completeness": "the data are not complete enough",
    "below_case_minimum": "there are fewer cases than the case minimum",
    "nothing_judged": "there is a benchmark, but nothing is judged or closed yet to compare with it",
    "benchmark": "by the decile of the benchmark the rate falls in",
    "no_benchmark": "there is no benchmark to compare the rate with",
}


@dataclass(frozen=True, slots=True)
class Points:
    """Points of ten, none where none can be given, with the reason and the rule they rest on."""

    reason: str
    points: Decimal | None
    rule: ScoringRule | None
    decile: int | None = None
    earned_by_decile: Decimal | None = None


@dataclass(frozen=True, slots=True)
class MeasureScore:
    """What CMS would make of one measure.

    `cases` are the operations in the measure, exclusions gone, summed over strata; `closed` those judged or
    closed so far. `completeness` is none without a surgical log, `complete` also when the threshold is unknown.
    `value` is the rate in percent, or the mean change in points for years that are scored by it. `points` holds
    if the data are complete, `points_if_incomplete` if they are not, where that is not known.
    """

    measure: Measure
    cases: int
    closed: int
    case_minimum: int
    completeness: Completeness | None
    completeness_wanted: Decimal | None
    complete: bool | None
    value: Fraction | None
    benchmark: Benchmark | None
    passed_over: tuple[str, ...]
    points: Points
    points_if_incomplete: Points | None

    @property
    def cases_reached(self) -> bool:
        return self.cases >= self.case_minimum

    @property
    def certain_whatever_the_completeness(self) -> bool:
        """Whether the points are the same, complete or not."""
        other = self.points_if_incomplete
        return other is None or other.points == self.points.points


def score_measures(
    rules: PerformanceYear,
    outcome: Iterable[Mapping[str, Any]],
    rate: Iterable[Mapping[str, Any]],
    practice: str,
    log: SurgicalLog | None = None,
    benchmarks: BenchmarkFile | None = None,
) -> list[MeasureScore]:
    """Every measure of the rules, in their order, scored for a `small` or `large` practice.

    `outcome` and `rate` are rows of the result tables. Raises InputError when the benchmark file holds a
    benchmark that cannot be applied.
    """
    rows = list(outcome)
    overall = {row["measure_id"]: row for row in rate if row["stratum"] == OVERALL}
    return [_score(rules, measure, overall[measure.id], rows, practice, log, benchmarks) for measure in rules.measures]


def _score(
    rules: PerformanceYear,
    measure: Measure,
    row: Mapping[str, Any],
    outcome: list[Mapping[str, Any]],
    practice: str,
    log: SurgicalLog | None,
    benchmarks: BenchmarkFile | None,
) -> MeasureScore:
    wanted: Decimal | None = rules.data_completeness
    completeness = compare(log, outcome, measure) if log else None
    complete = completeness.overall.reaches(wanted) if completeness and wanted is not None else None
    benchmark = benchmarks.of(measure.id, rules.year) if benchmarks else None
    value = _value(measure, row)
    if_complete = _points(rules, measure, row, practice, value, benchmark)
    if_incomplete = _incomplete(rules, practice, if_complete)
    return MeasureScore(
        measure=measure,
        cases=row["eligible"],
        closed=row["met"] + row["not_met"],
        case_minimum=rules.case_minimum,
        completeness=completeness,
        completeness_wanted=wanted,
        complete=complete,
        value=value,
        benchmark=benchmark,
        passed_over=tuple(benchmarks.passed_over(measure.id, rules.year)) if benchmarks else (),
        points=if_incomplete if complete is False else if_complete,
        points_if_incomplete=if_incomplete if complete is None and if_incomplete != if_complete else None,
    )


def _value(measure: Measure, row: Mapping[str, Any]) -> Fraction | None:
    """The rate in percent, exact; or the mean change for the years scored by it."""
    if measure.metric_type == NON_PROPORTION:
        return None if row["mean_change"] is None else Fraction(str(row["mean_change"]))
    closed = row["met"] + row["not_met"]
    return Fraction(100 * row["met"], closed) if closed else None


def _points(
    rules: PerformanceYear,
    measure: Measure,
    row: Mapping[str, Any],
    practice: str,
    value: Fraction | None,
    benchmark: Benchmark | None,
) -> Points:
    """The points if the data are complete."""
    if not row["eligible"]:
        return Points("no_cases", None, None)
    too_few = both_scores.standing(measure, row)
    if too_few is not None:
        reason = "cannot_be_submitted" if too_few == both_scores.TOO_FEW else "not_yet_submittable"
        return Points(reason, None, None)
    if row["eligible"] < rules.case_minimum:
        return _by_rule("below_case_minimum", rules.year, practice)
    if benchmark is None:
        return _by_rule("no_benchmark", rules.year, practice)
    if value is None:
        return Points("nothing_judged", None, None)
    decile, earned = benchmark.points(value)
    points = earned
    floor = scoring_rule("lowest_with_benchmark", rules.year)
    cap = scoring_rule("topped_out_cap", rules.year) if benchmark.capped else None
    if floor is not None:
        points = max(points, Decimal(floor.value))
    if cap is not None:
        points = min(points, Decimal(cap.value))
    return Points("benchmark", points, scoring_rule("decile_arithmetic", rules.year), decile, earned)


def _incomplete(rules: PerformanceYear, practice: str, if_complete: Points) -> Points:
    if if_complete.reason in ("no_cases", "cannot_be_submitted", "not_yet_submittable"):
        return if_complete
    return _by_rule("below_completeness", rules.year, practice)


def _by_rule(name: str, year: int, practice: str) -> Points:
    rule = scoring_rule(name, year, practice)
    return Points(name, None if rule is None else Decimal(rule.value), rule)

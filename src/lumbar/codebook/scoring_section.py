"""Benchmarks: none, by year and with CMS's reason; what points follow; case minimum and completeness."""

from dataclasses import replace
from datetime import date

from lumbar.codebook.model import Ground, Row, Section, Statement, Table, of_cite
from lumbar.codebook.subject import Subject
from lumbar.codelists.scoring import LARGE, SMALL, ScoringRule, scoring_rule
from lumbar.measures import for_year, years
from lumbar.measures.model import BothScores, Measure, PerformanceYear

_NONE = "none"
_REASON = "BR-"  # how CMS's codes for the reason of an absence begin


def benchmarks(subject: Subject) -> Section:
    """What a rate is measured against, and what points follow."""
    place = subject.place
    if place is None:
        return Section("benchmarks", "Benchmarks and points", subject.said("benchmarks"))
    year, measure_id = place.year, place.measure.id
    runs = _runs(measure_id)
    without = [run for run in runs if run[0].benchmark == _NONE]
    statements = []
    rules = for_year(year)
    if without and all(run[0].benchmark in (_NONE, runs[-1][0].benchmark) for run in runs):
        first, last = without[0][0].year, without[-1][-1].year
        none = f"CMS has published none for measure {measure_id}, {first} to {last}."
        if rules.benchmark == _NONE:
            statements.append(Statement(f"There is no benchmark: {none}", _of_run(without[-1])))
        else:
            text = f"No benchmark is published yet for {year}: {none}"
            statements.append(Statement(text, of_cite(rules.benchmark_cite, year)))
    statements += _points(year, place.measure)
    summed = ", summed over the strata" if sum(s.submitted_alone for s in place.measure.strata) > 1 else ""
    text = (
        f"Case minimum {rules.case_minimum}{summed}; data completeness "
        f"{rules.data_completeness:.0%} of the operations that count, whatever the payer."
    )
    cite = of_cite(rules.case_minimum_cite, year, rules.data_completeness_cite)
    statements.append(Statement(text, cite))
    entities = scoring_rule("performance_period_benchmark", year)
    said = subject.said("benchmarks", entities=entities.value if entities else "some")
    table = Table(
        f"Benchmark of measure {measure_id}, by performance year",
        ("Years", "Benchmark", "CMS’s reason"),
        tuple(Row((_years(run), run[0].benchmark, _reason(run[0])), _of_run(run)) for run in runs),
    )
    return Section("benchmarks", "Benchmarks and points", (*statements, *said), (table,))


def _runs(measure_id: str) -> list[list[PerformanceYear]]:
    """The years that have the measure, those in a row with the same standing together."""
    runs: list[list[PerformanceYear]] = []
    for rules in map(for_year, years()):
        if any(measure.id == measure_id for measure in rules.measures):
            if runs and (runs[-1][0].benchmark, _reason(runs[-1][0])) == (rules.benchmark, _reason(rules)):
                runs[-1].append(rules)
            else:
                runs.append([rules])
    return runs


def _reason(rules: PerformanceYear) -> str:
    section = rules.benchmark_cite.section
    return section if section.startswith(_REASON) else "none given"


def _of_run(run: list[PerformanceYear]) -> Ground:
    """The ground of a run of years: the citation of its last, holding in all of them."""
    ground = of_cite(run[-1].benchmark_cite, run[-1].year)
    return replace(ground, valid_from=date(run[0].year, 1, 1))


def _years(run: list[PerformanceYear]) -> str:
    first, last = run[0].year, run[-1].year
    return str(first) if first == last else f"{first} to {last}"


def _points(year: int, measure: Measure) -> list[Statement]:
    """What a submission needs, and the points of a measure without a benchmark, for each size of practice."""
    said, target = [], measure.target
    measure_words, whatever = "the measure", ", whatever the rate"
    if isinstance(target, BothScores):
        share = f"{target.minimum_share:.0%}"
        text = f"At least {share} of the operations must have both scores, or the measure cannot be submitted."
        said.append(Statement(text, of_cite(target.cite, year)))
        measure_words, whatever = "a measure that can be submitted", ", whatever the change"
    large, small = (scoring_rule("no_benchmark", year, practice) for practice in (LARGE, SMALL))
    at_most = scoring_rule("small_practice", year)
    if large is None or small is None:
        return said
    size = f" (at most {at_most.value} clinicians)" if at_most else ""
    if large.value == small.value:
        text = f"Without a benchmark {measure_words} earns {large.value} points in {year}{whatever}."
    else:
        text = (
            f"Without a benchmark {measure_words} earns {large.value} points in {year}, or {small.value} for a small "
            f"practice{size}{whatever}."
        )
    return [*said, Statement(text, _ground(large))]


def _ground(rule: ScoringRule) -> Ground:
    first, last = date(rule.first_year, 1, 1), date(rule.last_year, 12, 31) if rule.last_year else None
    version = f"{rule.first_year} to {rule.last_year}" if rule.last_year else f"since {rule.first_year}"
    return Ground(rule.source, version, rule.locator, rule.confidence, first, last, rule.note)

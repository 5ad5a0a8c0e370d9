"""Benchmarks: none, by year and with CMS's reason; what points follow; case minimum and completeness."""

from datetime import date

from lumbar.codebook.model import Ground, Row, Section, Statement, Table, of_cite
from lumbar.codebook.subject import Subject
from lumbar.codelists.scoring import (
    LARGE,
    SMALL,
    BenchmarkStanding,
    ScoringRule,
    benchmark_standings,
    scoring_rule,
)
from lumbar.measures import for_year


def benchmarks(subject: Subject) -> Section:
    """What a rate is measured against, and what points follow."""
    place = subject.place
    if place is None:
        return Section("benchmarks", "Benchmarks and points", subject.said("benchmarks"))
    year, measure_id = place.year, place.measure.id
    rows = [row for row in benchmark_standings() if measure_id in row.measures]
    published = [row for row in rows if row.published == "yes"]
    statements = []
    if rows and not published:
        looked_up = [row for row in rows if row.published == "no"]
        first, last = looked_up[0].first_year, looked_up[-1].last_year
        text = f"There is no benchmark: CMS has published none for measure {measure_id}, {first} to {last}."
        statements.append(Statement(text, _ground(looked_up[-1])))
    statements += _points(year)
    rules = for_year(year)
    text = (
        f"Case minimum {rules.case_minimum}, summed over the strata; data completeness "
        f"{rules.data_completeness:.0%} of the operations that count, whatever the payer."
    )
    cite = of_cite(rules.case_minimum_cite, year, rules.data_completeness_cite)
    statements.append(Statement(text, cite))
    entities = scoring_rule("performance_period_benchmark", year)
    said = subject.said("benchmarks", entities=entities.value if entities else "20")
    table = Table(
        f"Benchmark of measure {measure_id}, by performance year",
        ("Years", "Benchmark", "CMS’s reason"),
        tuple(Row((_years(row), _STANDING[row.published], _reason(row)), _ground(row)) for row in rows),
    )
    return Section("benchmarks", "Benchmarks and points", (*statements, *said), (table,) if rows else ())


_STANDING = {"no": "none", "not_yet": "none yet; the year is not over", "yes": "published"}


def _reason(row: BenchmarkStanding) -> str:
    return f"{row.reason}: {row.note}" if row.reason else (row.note or "none given")


def _points(year: int) -> list[Statement]:
    """Points of a measure without a benchmark, for each size of practice."""
    large, small = (scoring_rule("no_benchmark", year, practice) for practice in (LARGE, SMALL))
    at_most = scoring_rule("small_practice", year)
    if large is None or small is None:
        return []
    size = f" (at most {at_most.value} clinicians)" if at_most else ""
    if large.value == small.value:
        text = f"Without a benchmark the measure earns {large.value} points in {year}, whatever the rate."
    else:
        text = (
            f"Without a benchmark the measure earns {large.value} points in {year}, or {small.value} for a small "
            f"practice{size}, whatever the rate."
        )
    return [Statement(text, _ground(large))]


def _ground(row: BenchmarkStanding | ScoringRule) -> Ground:
    last = date(row.last_year, 12, 31) if row.last_year else None
    version = _years(row)
    return Ground(row.source, version, row.locator, row.confidence, date(row.first_year, 1, 1), last, row.note)


def _years(row: BenchmarkStanding | ScoringRule) -> str:
    if row.last_year == row.first_year:
        return str(row.first_year)
    return f"{row.first_year} to {row.last_year}" if row.last_year else f"since {row.first_year}"

"""DuckDB and the reference agree also under other targets, periods, ages, policies and as-of dates than the year's own."""

from hypothesis import given

from engines import duckdb, reference
from laws import Question, law, questions


@law(max_examples=25)
@given(drawn=questions())
def test_outcome_and_rate_are_equal_under_any_rules(drawn: Question) -> None:
    expected, found = reference(*drawn), duckdb(*drawn)
    assert found.outcome == expected.outcome
    assert found.rate == expected.rate

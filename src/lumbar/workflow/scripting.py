"""From a year and its open choices to one SQL script for another engine."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from lumbar.engine.script import measure_script
from lumbar.workflow.asked import load_policy, parse_as_of, rules_of


def sql_script(
    dialect: str,
    *,
    year: int,
    as_of: date | str,
    policy: str | Path | None = None,
    measures: Sequence[str] = (),
    with_inputs: bool = False,
) -> str:
    """The measures of a year as one script in the dialect's SQL.

    Raises UsageError for a year, date, measure or dialect that is not known, MappingError for the policy file.
    """
    rules = rules_of(year, measures)
    return measure_script(dialect, rules, load_policy(policy), parse_as_of(as_of), measures, with_inputs)

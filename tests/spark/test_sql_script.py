"""The measure as a script run by Spark: DuckDB's `outcome` and counts, in every column."""

import re
from datetime import date

import pytest
from pyspark.sql import SparkSession

from lumbar.engine.script import COUNT_TABLE, OUTCOME_TABLE, measure_script
from lumbar.measures import for_year
from lumbar.measures.policy import Policy
from lumbar.tables.results import OUTCOME
from scripts import CASES, COUNT_COLUMNS, by_duckdb, clinic_around, sorted_counts, sorted_outcome


@pytest.fixture
def session(spark: SparkSession) -> SparkSession:
    """A session that knows nothing of this package, of the Spark all tests share."""
    own = spark.newSession()
    own.conf.set("spark.sql.session.timeZone", "UTC")
    return own


@pytest.mark.parametrize(
    ("year", "policy", "day"), CASES[1:4], ids=lambda value: str(getattr(value, "postoperative", value))
)
def test_the_script_equals_duckdb(session: SparkSession, year: int, policy: Policy, day: date) -> None:
    clinic = clinic_around(year, 150)
    outcome, counts = by_duckdb(clinic, year, policy, day)
    assert len(outcome) > 150
    for name, rows in clinic.items():
        session.createDataFrame(rows).createOrReplaceTempView(name)
    text = re.sub(r"--[^\n]*", "", measure_script("spark", for_year(year), policy, day))
    for statement in filter(str.strip, text.split(";")):
        session.sql(statement)
    found = session.table(OUTCOME_TABLE).toArrow().to_pylist()
    assert set(found[0]) == set(OUTCOME.column_names)
    assert sorted_outcome(found) == outcome
    assert sorted_counts(session.table(COUNT_TABLE).select(*COUNT_COLUMNS).toArrow().to_pylist()) == counts

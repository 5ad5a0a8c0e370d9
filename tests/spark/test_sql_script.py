"""The measure as a script run by Spark: DuckDB's `outcome` and counts, in every column."""

import re
from collections.abc import Iterator
from datetime import date

import pytest
from pyspark.sql import SparkSession

from lumbar.engine.script import COUNT_TABLE, OUTCOME_TABLE, measure_script
from lumbar.measures import for_year
from lumbar.measures.policy import Policy
from lumbar.tables.results import OUTCOME
from scripts import CASES, COUNT_COLUMNS, by_duckdb, clinic_around, sorted_counts, sorted_outcome


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.session.timeZone": "UTC",
        "spark.driver.memory": "1g",
        "spark.sql.warehouse.dir": str(tmp_path_factory.mktemp("warehouse")),
    }
    session = SparkSession.builder.master("local[2]").config(map=settings).getOrCreate()
    yield session
    session.stop()


@pytest.mark.parametrize(
    ("year", "policy", "day"), CASES[1:4], ids=lambda value: str(getattr(value, "postoperative", value))
)
def test_the_script_equals_duckdb(spark: SparkSession, year: int, policy: Policy, day: date) -> None:
    clinic = clinic_around(year, 150)
    outcome, counts = by_duckdb(clinic, year, policy, day)
    assert len(outcome) > 150
    for name, rows in clinic.items():
        spark.createDataFrame(rows).createOrReplaceTempView(name)
    text = re.sub(r"--[^\n]*", "", measure_script("spark", for_year(year), policy, day))
    for statement in filter(str.strip, text.split(";")):
        spark.sql(statement)
    found = spark.table(OUTCOME_TABLE).toArrow().to_pylist()
    assert set(found[0]) == set(OUTCOME.column_names)
    assert sorted_outcome(found) == outcome
    assert sorted_counts(spark.table(COUNT_TABLE).select(*COUNT_COLUMNS).toArrow().to_pylist()) == counts

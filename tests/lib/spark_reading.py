"""What Spark makes of a folder of records, beside what DuckDB makes of it."""

import tempfile
from pathlib import Path

from pyspark.sql import SparkSession

from lumbar.engine.duckdb import open_session
from lumbar.errors import InputError
from lumbar.measures.policy import parse_policy
from lumbar.readers import read as read_by_duckdb
from lumbar.readers.intake import Intake
from lumbar.readers.mapping import parse_mapping
from lumbar.readers.spark import read
from lumbar.store import arrow_schema
from lumbar.tables.clinical import CLINICAL_TABLES

Rows = list[tuple[object, ...]]
REJECTED = ("source", "line", "part", "table", "record_id", "reason", "detail")


def in_order(rows: Rows) -> Rows:
    """Rows in an order of their own, nulls among them."""
    return sorted(rows, key=lambda row: [(value is not None, str(value)) for value in row])


def by_duckdb(folder: Path, mapping: str = "", policy: str = "") -> tuple[dict[str, Rows], Intake]:
    """Every clinical table and `rejected_row`, and the account."""
    with open_session(2) as session:
        intake = read_by_duckdb(session, folder, None, parse_mapping(mapping), parse_policy(policy))
        tables = {table.name: session.execute(f"from {table.name}").fetchall() for table in CLINICAL_TABLES}
        quoted = ", ".join(f'"{name}"' for name in REJECTED)
        tables["rejected_row"] = session.execute(f"select {quoted} from rejected_row").fetchall()
    return {name: in_order(rows) for name, rows in tables.items()}, intake


def by_spark(spark: SparkSession, folder: Path, mapping: str = "", policy: str = "") -> tuple[dict[str, Rows], Intake]:
    """The same on Spark, each table in its declared types."""
    tables = {}
    with tempfile.TemporaryDirectory() as scratch:
        intake = read(spark, folder, None, parse_mapping(mapping), parse_policy(policy), Path(scratch))
        for table in CLINICAL_TABLES:
            rows = spark.table(table.name).toArrow()
            assert rows.schema.names == arrow_schema(table).names
            assert rows.schema.types == arrow_schema(table).types, table.name
            tables[table.name] = rows
        tables["rejected_row"] = spark.table("rejected_row").select(*REJECTED).toArrow()
    return {name: in_order([tuple(row.values()) for row in rows.to_pylist()]) for name, rows in tables.items()}, intake


def account(intake: Intake) -> list[dict[str, object]]:
    """What run.json says of every file."""
    return [file.as_json() for file in intake.files]


def assert_equal(spark: SparkSession, folder: Path, mapping: str = "", policy: str = "") -> dict[str, Rows]:
    """Both read the same rows, reject the same, account and warn alike. Gives the rows."""
    expected, intake = by_duckdb(folder, mapping, policy)
    found, on_spark = by_spark(spark, folder, mapping, policy)
    assert account(on_spark) == account(intake)
    for name, rows in expected.items():
        assert found[name] == rows, name
    assert sorted(on_spark.warnings) == sorted(intake.warnings)
    return found


def errors(spark: SparkSession, folder: Path) -> tuple[str, str]:
    """What each says of a folder that cannot be read as a whole."""
    said = []
    for reading in (lambda: by_duckdb(folder), lambda: by_spark(spark, folder)):
        try:
            reading()
        except InputError as error:
            said.append(str(error))
        else:
            said.append("read")
    return said[0], said[1]

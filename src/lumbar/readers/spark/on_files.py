"""What Spark's tasks find out of input files: fingerprints and line counts, a file a task."""

from collections.abc import Sequence
from functools import partial

import duckdb
from pyspark.sql import SparkSession

from lumbar.errors import InputError
from lumbar.readers.intake import InputFile
from lumbar.readers.spark.in_worker import FACTS_SCHEMA, file_facts
from lumbar.readers.spark.typed_rows import spark_schema


def take_facts(spark: SparkSession, files: Sequence[InputFile], count_lines: bool) -> None:
    """Sets the files' `blake3`, and `n_lines` when asked.

    Workers must see the files under the same path as the driver. Raises InputError for the first file
    that is broken gzip.
    """
    if not files:
        return
    paths = [file.path for file in files]
    numbers = spark.range(len(files), numPartitions=len(files))
    facts = numbers.mapInArrow(partial(file_facts, paths, count_lines), spark_schema(FACTS_SCHEMA)).collect()
    for fact in sorted(facts, key=lambda fact: fact.n):
        if fact.fault is not None:
            raise InputError(fact.fault)
        files[fact.n].blake3 = fact.blake3
        files[fact.n].n_lines = fact.n_lines or 0


def small_session() -> duckdb.DuckDBPyConnection:
    """A DuckDB session of the driver, for what is small: lookups, headers."""
    session = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
    session.execute("set TimeZone = 'UTC'")
    return session

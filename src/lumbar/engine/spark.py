"""The measures evaluated by Spark, on one machine or many.

A session is a SparkSession with the clinical tables as temporary views under their own names. The SQL is the text
that DuckDB runs. Only counts come to the driver: every table is made, ordered and written where its rows are.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f
from pyspark.sql.types import StructField, StructType

from lumbar.engine.rates import rate_rows
from lumbar.engine.relational import NUMBERED, RATE_COUNT, Counts, Relation, relations, steps
from lumbar.measures.model import PerformanceYear
from lumbar.measures.policy import Policy
from lumbar.spark_files import read_rows, write_rows
from lumbar.store import ARROW_TYPES, PARQUET_CODEC, arrow_schema
from lumbar.tables.clinical import CLINICAL_TABLES
from lumbar.tables.results import OUTCOME, RATE, REJECTED
from lumbar.tables.schema import Table, Type

# One part file of `outcome`, and one task of the steps that judge, is of about so many operated lines.
LINES_OF_A_TASK = 50_000

# What the SQL rests on, whatever the cluster's own settings are: errors for bad casts, days without a clock, and
# rows that lie by their episode joined where they lie.
_SETTINGS = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.requireAllClusterKeysForCoPartition": "false",
    "spark.sql.requireAllClusterKeysForDistribution": "false",
}

# Steps that several others read are written down once. What is written is not made again when a machine is lost,
# and a query that begins with files is short: Spark's planning of one text in another grows fast.
_WRITTEN = frozenset({"qualifying_line", NUMBERED, "chosen_score", "shared_score", "exclusion", "reported_row"})

# Steps of which a task holds its own episodes' rows in memory, to look them up.
_LOOKED_UP = frozenset({"chosen_score", "exclusion", "reported_row"})

# `monotonically_increasing_id` counts from 0 in each partition and puts the partition's number above these bits.
_BITS_OF_A_PARTITION = 33


def settle(spark: SparkSession) -> None:
    """Sets what the SQL rests on in the session."""
    for name, value in _SETTINGS.items():
        spark.conf.set(name, value)


def evaluate(
    spark: SparkSession,
    rules: PerformanceYear,
    policy: Policy,
    as_of: date,
    scratch: Path,
    measure_ids: Collection[str] = (),
    on_step: Callable[[str], None] = lambda table: None,
) -> Counts:
    """Every step as a view in the session, from the clinical tables in it; the views rest on files in `scratch`.

    `rules` are the whole year's; `measure_ids` limits the rows of `outcome` and the rates to some of its
    measures. `scratch` is a folder that every node sees; `on_step` hears each table's name before it is made.
    """
    settle(spark)
    for relation in relations(rules, policy, as_of, measure_ids):
        f.broadcast(_small(spark, relation)).createOrReplaceTempView(relation.name)
    n_tasks = 1
    for step in steps():
        if step.table == RATE_COUNT:
            continue  # counted once `outcome` is there
        on_step(step.table)
        rows = spark.sql(step.sql)
        if step.table == NUMBERED:
            n_starting = spark.table("qualifying_line").count()
            n_tasks = max(1, -(-n_starting // LINES_OF_A_TASK))
            rows = _numbered(rows, n_tasks)
        elif step.table == "candidate":
            # Chosen among where they lie, once they lie by their episode.
            rows = rows.repartition("episode_number")
        if step.table in _WRITTEN:
            write_parts(rows, scratch / step.table)
            rows = read_rows(spark, scratch / step.table, rows.schema)
        if step.table == NUMBERED:
            # Once they lie by their number, whatever is joined to them comes to them, and they move no more.
            rows = rows.repartition("episode_number")
        if step.table in _LOOKED_UP:
            rows = rows.hint("shuffle_hash")
        rows.createOrReplaceTempView(step.table)
    n_episodes, n_patients = spark.table(NUMBERED).agg(f.count("*"), f.countDistinct("patient_id")).collect()[0]
    n_lines = spark.table("procedure").where(f.col("performed_on") <= f.lit(as_of)).count()
    return Counts(n_episodes, n_patients, n_lines, n_starting)


def _numbered(episode: DataFrame, n_parts: int) -> DataFrame:
    """The episodes with `episode_number`, in the order of episode_id, counted apart in each range of it.

    A range's rows and their order are settled by its ends, so that a task run again gives the same numbers.
    """
    in_order = episode.repartitionByRange(n_parts, "episode_id").sortWithinPartitions("episode_id")
    return in_order.withColumn("episode_number", f.monotonically_increasing_id())


def outcome_rows(spark: SparkSession) -> DataFrame:
    """The result table `outcome` of an evaluated session: in order, partition after partition, within each."""
    rows = spark.table(OUTCOME.name)
    of_range = f.shiftright("episode_number", _BITS_OF_A_PARTITION).cast("int")
    last = spark.table(NUMBERED).agg(f.max("episode_number")).collect()[0][0] or 0
    lying = rows.repartitionById((last >> _BITS_OF_A_PARTITION) + 1, of_range)
    in_order = lying.sortWithinPartitions("episode_number", "row_position")
    return in_order.select(*OUTCOME.column_names)


def rate_table(spark: SparkSession, written: Path | None = None) -> pa.Table:
    """The result table `rate` of an evaluated session. `written`: where the part files of `outcome` lie, if they do."""
    if written is not None:
        rows = read_rows(spark, written, spark.table(OUTCOME.name).schema)
        rows.createOrReplaceTempView(OUTCOME.name)
    counting = next(step for step in steps() if step.table == RATE_COUNT)
    counts = [row.asDict() for row in spark.sql(counting.sql).collect()]
    return pa.Table.from_pylist(rate_rows(counts), schema=arrow_schema(RATE))


def clinical_rows(spark: SparkSession, table: Table) -> DataFrame:
    """The rows of a clinical table that belong to patients with an episode."""
    with_episode = spark.table(NUMBERED).select("patient_id").distinct()
    return spark.table(table.name).join(with_episode, "patient_id", "left_semi").select(*table.column_names)


def rejected_rows(spark: SparkSession, source_names: Sequence[str]) -> DataFrame:
    """The result table `rejected`: `rejected_row` of the readers with file names, in order as a whole."""
    names = pa.table(
        {"number": pa.array(range(len(source_names)), pa.int32()), "name": pa.array(source_names, "string")}
    )
    rows = spark.table("rejected_row").join(
        f.broadcast(spark.createDataFrame(names)), f.col("source") == f.col("number")
    )
    named = rows.withColumn("source", f.col("name")).select(*REJECTED.column_names)
    return named.orderBy(*(f.col(f"`{name}`").asc_nulls_last() for name in REJECTED.column_names))


def engine_version(spark: SparkSession) -> str:
    """The engine's name, version and kind of cluster, for run.json; no machine is named."""
    kind = re.split(r"[:\[]", spark.sparkContext.master)[0]
    return f"spark {spark.version} ({kind})"


def write_parts(rows: DataFrame, folder: Path) -> None:
    """The rows as Parquet files in a new folder that every node sees, one a partition, by the nodes themselves.

    Every column may be null, as in the declared schema, also where Spark knows that it never is. Raises InternalError
    when not as many rows lie there.
    """
    columns = StructType([StructField(column.name, column.dataType, nullable=True) for column in rows.schema])
    nullable = rows.unionAll(rows.sparkSession.createDataFrame([], columns))
    write_rows(nullable, folder, compression=PARQUET_CODEC)


def _small(spark: SparkSession, relation: Relation) -> DataFrame:
    # Spark adds whole numbers of 32 bits to a day, and no longer ones.
    types = {**ARROW_TYPES, Type.INTEGER: pa.int32()}
    schema = pa.schema([(name, types[type_]) for name, type_ in relation.columns])
    columns: list[list[Any]] = [list(values) for values in zip(*relation.rows, strict=True)] or [[] for _ in schema]
    arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
    return spark.createDataFrame(pa.Table.from_arrays(arrays, schema=schema))


def evaluate_tables(
    spark: SparkSession,
    clinical: Mapping[str, pa.Table],
    rules: PerformanceYear,
    policy: Policy,
    as_of: date,
    scratch: Path,
    measure_ids: Collection[str] = (),
) -> tuple[pa.Table, pa.Table]:
    """`outcome` and `rate` for clinical tables given as Arrow; a table left out counts as empty."""
    for table in CLINICAL_TABLES:
        given = clinical.get(table.name, arrow_schema(table).empty_table())
        spark.createDataFrame(given).createOrReplaceTempView(table.name)
    evaluate(spark, rules, policy, as_of, scratch, measure_ids)
    return outcome_rows(spark).toArrow().cast(arrow_schema(OUTCOME)), rate_table(spark)

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
from lumbar.spark_files import check_order, read_rows, write_rows, written
from lumbar.store import ARROW_TYPES, PARQUET_CODEC, arrow_schema
from lumbar.tables.clinical import CLINICAL_TABLES
from lumbar.tables.results import OUTCOME, RATE, REJECTED
from lumbar.tables.schema import Table, Type

# One part file of `outcome`, and one task of the steps that judge, is of about so many operated lines.
LINES_OF_A_TASK = 50_000
_FEWEST_RANGES = 2  # a single one Spark spreads again where it joins

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
_LOOKED_UP = frozenset({"chosen_score", "shared_score", "exclusion", "reported_row"})

# Steps whose rows are joined by their episode, and so lie by it.
_JOINED_BY_EPISODE = _LOOKED_UP | {NUMBERED}

# `monotonically_increasing_id` counts from 0 in each partition and puts the partition's number above these bits.
_BITS_OF_A_PARTITION = 33

# The patients with an episode, each once.
_OPERATED = "operated_patient"


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
    n_ranges = _FEWEST_RANGES
    for step in steps():
        if step.table == RATE_COUNT:
            continue  # counted once `outcome` is there
        on_step(step.table)
        rows = spark.sql(step.sql)
        if step.table == NUMBERED:
            n_starting = spark.table("qualifying_line").count()
            n_ranges = max(_FEWEST_RANGES, -(-n_starting // LINES_OF_A_TASK))
            rows = _numbered(rows, n_ranges)
        elif step.table == "candidate":
            # Chosen among where they lie, once they lie by their episode.
            rows = _by_episode(rows, n_ranges)
        if step.table in _WRITTEN:
            rows = written(rows, scratch / step.table)
        if step.table == NUMBERED:
            operated = written(rows.select("patient_id").distinct(), scratch / _OPERATED)
            operated.createOrReplaceTempView(_OPERATED)
            n_episodes = rows.count()
        if step.table in _JOINED_BY_EPISODE:
            rows = _by_episode(rows, n_ranges)
        if step.table in _LOOKED_UP:
            rows = rows.hint("shuffle_hash")
        rows.createOrReplaceTempView(step.table)
    n_lines = spark.table("procedure").where(f.col("performed_on") <= f.lit(as_of)).count()
    return Counts(n_episodes, spark.table(_OPERATED).count(), n_lines, n_starting)


def _numbered(episode: DataFrame, n_ranges: int) -> DataFrame:
    """The episodes with `episode_number`: in the order of episode_id within each of so many ranges of it, and by the
    remainder of the number from range to range, so that rows that lie by their episode lie in the order of `outcome`.

    A range's rows and their order are settled by its ends, so that a task run again gives the same numbers. Spark takes
    numbers of 32 bits to put rows by: room for a thousand million episodes.
    """
    in_order = episode.repartitionByRange(n_ranges, "episode_id").sortWithinPartitions("episode_id")
    counted = f.monotonically_increasing_id()
    place = counted.bitwiseAND((1 << _BITS_OF_A_PARTITION) - 1)
    number = place * n_ranges + f.shiftright(counted, _BITS_OF_A_PARTITION)
    return in_order.withColumn("episode_number", number.cast("int"))


def _by_episode(rows: DataFrame, n_ranges: int) -> DataFrame:
    """The rows of an episode in one partition, that of its range. Rows of two tables that lie so are joined there."""
    return rows.repartitionById(n_ranges, "episode_number")


def outcome_rows(spark: SparkSession) -> DataFrame:
    """The result table `outcome` of an evaluated session: in order, partition after partition, within each."""
    in_order = spark.table(OUTCOME.name).sortWithinPartitions("episode_id", "row_position")
    return in_order.select(*OUTCOME.column_names)


def rate_table(spark: SparkSession, folder: Path | None = None) -> pa.Table:
    """The result table `rate` of an evaluated session. `folder`: where the part files of `outcome` lie, if they do."""
    if folder is not None:
        rows = read_rows(spark, folder, spark.table(OUTCOME.name).schema)
        rows.createOrReplaceTempView(OUTCOME.name)
    counting = next(step for step in steps() if step.table == RATE_COUNT)
    counts = [row.asDict() for row in spark.sql(counting.sql).collect()]
    return pa.Table.from_pylist(rate_rows(counts), schema=arrow_schema(RATE))


def clinical_rows(spark: SparkSession, table: Table) -> DataFrame:
    """The rows of a clinical table that belong to patients with an episode."""
    return spark.table(table.name).join(spark.table(_OPERATED), "patient_id", "left_semi").select(*table.column_names)


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


def write_outcome(spark: SparkSession, folder: Path) -> None:
    """`outcome_rows` written as `write_parts` does. Raises InternalError also when the files are not in order."""
    write_parts(outcome_rows(spark), folder)
    check_order(folder, OUTCOME.key[0])


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

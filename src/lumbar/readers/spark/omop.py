"""The OMOP Common Data Model on Spark: files as text from the workers, the static queries on Spark SQL."""

from functools import partial, reduce
from typing import Any

import pyspark.sql.functions as F
from pyspark.sql import DataFrame, SparkSession, Window

from lumbar.errors import InputError
from lumbar.measures.policy import Policy
from lumbar.readers.csv_rows import MISFIT
from lumbar.readers.intake import Intake
from lumbar.readers.mapping import SiteMapping
from lumbar.readers.omop import (
    DIAGNOSES,
    LOOKUPS,
    OF_CONCERN,
    no_score_table,
    odd_diagnoses,
    omop_sql,
    require_rows,
    require_table,
    vocabulary_steps,
    word_tables,
)
from lumbar.readers.omop_database import is_database
from lumbar.readers.omop_files import file_parts
from lumbar.readers.omop_tables import CDM_TABLES, RAW_TABLES
from lumbar.readers.spark.in_worker import Recipe
from lumbar.readers.spark.local_rows import LocalRows
from lumbar.readers.spark.omop_in_worker import UNREADABLE, cdm_schema, check_raw, raw_names, read_cdm
from lumbar.readers.spark.on_files import take_facts
from lumbar.readers.spark.typed_rows import ERROR, spark_schema, typed_schema
from lumbar.readers.spark.written_rows import WrittenRows, take_notes
from lumbar.tables.clinical import CLINICAL_TABLES

_TABLES = {table.name: table for table in CLINICAL_TABLES}
_SPARK_WORDS = {"varchar": "string", "integer": "int"}


def read_omop(spark: SparkSession, intake: Intake, mapping: SiteMapping, policy: Policy, found: LocalRows) -> None:
    """Typed rows of every table into `found`, from the CDM files of `intake.folder`.

    Raises InputError as the reading by DuckDB does, and for a database.
    """
    if is_database(intake.folder):
        raise InputError("Spark reads OMOP from files; leave --engine spark away, or write the tables as Parquet")
    recipe = Recipe(mapping, policy)
    rows_of, misfits = _files_as_text(spark, intake, recipe, found)
    for name, rows in rows_of.items():
        rows.createOrReplaceTempView(f"omop_{name}")
    _show_words(spark, mapping)
    _take_lookups(intake, _show_of_concern(spark, found), found)
    for table in CDM_TABLES:
        if table.raw is None:
            found.lookup_rejected += [
                (source, line, 0, table.name, None, "unparsable", MISFIT)
                for source, line in misfits.get(table.name, [])
            ]
    _check(spark, intake, recipe, misfits, found)


def _files_as_text(
    spark: SparkSession, intake: Intake, recipe: Recipe, found: LocalRows
) -> tuple[dict[str, DataFrame], dict[str, list[tuple[int, int]]]]:
    """The rows of each CDM table, read once; by table, file and line of the rows that do not fit."""
    source = file_parts(intake)
    read: dict[str, WrittenRows] = {}
    for table in CDM_TABLES:
        parts = source(table)
        require_table(intake, table, parts)
        if parts:
            numbers = spark.range(len(parts), numPartitions=len(parts))
            read[table.name] = found.read(numbers, partial(read_cdm, table, parts, recipe), cdm_schema(table))
    intake.warnings += no_score_table(intake)
    take_facts(spark, intake.files, count_lines=False)
    misfits: dict[str, list[tuple[int, int]]] = {}
    notes = take_notes(read, "source", "line")
    for note in sorted(notes, key=lambda note: (note.note != ERROR, note.source, note.line or 0)):
        if note.note == ERROR:
            raise InputError(note.told)
        if note.note == UNREADABLE:
            misfits.setdefault(note.name, []).append((note.source, note.line))
        else:
            intake.files[note.source].n_rows = note.n_rows
    for table in CDM_TABLES:
        require_rows(intake, table)
    rows_of = {
        table.name: read[table.name].rows()
        if table.name in read
        else spark.createDataFrame([], spark_schema(cdm_schema(table)))
        for table in CDM_TABLES
    }
    return {name: rows.drop("note", "told", "n_rows") for name, rows in rows_of.items()}, misfits


def _show_words(spark: SparkSession, mapping: SiteMapping) -> None:
    for name, (columns, rows) in word_tables(mapping).items():
        declared = [column.split() for column in columns.split(", ")]
        schema = ", ".join(f"{column} {_SPARK_WORDS[type_]}" for column, type_ in declared)
        spark.createDataFrame(rows, schema).createOrReplaceTempView(name)


def _show_of_concern(spark: SparkSession, found: LocalRows) -> list[DataFrame]:
    """The rows of concern, the steps and the lookups as views; what became of the rows of lookups."""
    told = []
    for table in CDM_TABLES:
        if table.name in OF_CONCERN:
            rows = spark.sql(f"select * from omop_{table.name} where {OF_CONCERN[table.name]}")
            rows.createOrReplaceTempView(f"omop_{table.name}")
        if table.name == "concept_relationship":
            told += [
                _finish_lookup(spark, "concept", found),
                _judged_lookup(table.name, spark.table(f"omop_{table.name}")),
            ]
            for name, sql in vocabulary_steps().items():
                found.keep(spark.sql(sql)).createOrReplaceTempView(name)
    spark.sql(omop_sql("person_id")).createOrReplaceTempView("omop_person_id")
    told.append(_finish_deaths(spark, found))
    return told + [_finish_lookup(spark, name, found) for name in LOOKUPS if name != "concept"]


def _finish_deaths(spark: SparkSession, found: LocalRows) -> DataFrame:
    """The view `omop_death` with every row, its date null where it is rejected: who has a row is dead."""
    known = spark.table("omop_person_id").select(F.col("person_id").alias("known_id"))
    rows = spark.table("omop_death").join(known, F.col("person_id") == F.col("known_id"), "left")
    is_unreadable = F.col("fault").isNotNull()
    judged = found.keep(
        rows.withColumn(
            "reason",
            F.when(is_unreadable, F.col("fault")).when(F.col("known_id").isNull(), F.lit("unknown_patient")),
        )
        .withColumn("detail", F.when(is_unreadable, F.lit("death_date")))
        .withColumn("id", F.col("person_id"))
    )
    dates = [F.when(F.col("reason").isNull(), F.col(name)).alias(name) for name in ("death_date", "death_datetime")]
    judged.select("source", "line", "person_id", *dates).createOrReplaceTempView("omop_death")
    return _judged_lookup("death", judged)


def _finish_lookup(spark: SparkSession, name: str, found: LocalRows) -> DataFrame:
    """The view `omop_<name>` with one row an id; every row before with the reason to reject it, or null."""
    key, rows = LOOKUPS[name], spark.table(f"omop_{name}")
    columns = next(table.columns for table in CDM_TABLES if table.name == name)
    of_id = Window.partitionBy(key)
    content = F.struct(*(name for name in columns if name != key))
    is_conflicting = ~F.min(content).over(of_id).eqNullSafe(F.max(content).over(of_id))
    judged = (
        rows.withColumn("is_conflicting", is_conflicting)
        .withColumn("detail", F.when(F.col(key).isNull(), F.lit(f"{key} is missing")))
        .withColumn(
            "reason",
            F.when(F.col(key).isNull(), F.lit("unparsable")).when(F.col("is_conflicting"), F.lit("conflicting_id")),
        )
        .withColumn("place", F.row_number().over(of_id.orderBy("source", "line")))
    )
    judged = found.keep(judged)
    judged.where("reason is null and place = 1").select("source", "line", *columns).createOrReplaceTempView(
        f"omop_{name}"
    )
    return _judged_lookup(name, judged.withColumn("id", F.col(key)))


def _judged_lookup(name: str, rows: DataFrame) -> DataFrame:
    """How many rows of each file are mapped, with no line, and the rejected rows."""
    if "reason" not in rows.columns:
        return (
            rows.groupBy("source")
            .agg(F.count("*").alias("n"))
            .selectExpr(
                f"'{name}' as name",
                "source",
                "cast(null as bigint) as line",
                "cast(null as string) as id",
                "cast(null as string) as reason",
                "cast(null as string) as detail",
                "n",
            )
        )
    is_mapped = F.col("reason").isNull()
    return rows.groupBy(
        F.lit(name).alias("name"),
        "source",
        F.when(~is_mapped, F.col("line")).alias("line"),
        F.when(~is_mapped, F.col("id")).alias("id"),
        "reason",
        "detail",
    ).agg(F.count("*").alias("n"))


def _take_lookups(intake: Intake, told: list[DataFrame], found: LocalRows) -> None:
    """The account of the tables that are looked up in, in one job."""
    for row in reduce(DataFrame.unionAll, told).collect():
        if row.reason is None:
            intake.files[row.source].n_mapped = row.n
        else:
            found.lookup_rejected.append((row.source, row.line, 0, row.name, row.id, row.reason, row.detail))


def _check(
    spark: SparkSession, intake: Intake, recipe: Recipe, misfits: dict[str, list[tuple[int, int]]], found: LocalRows
) -> None:
    """The raw rows of every table, checked in the workers; how many dates carry a time of day."""
    read: dict[str, WrittenRows] = {}
    for name in RAW_TABLES:
        table = _TABLES[name]
        raw = spark.sql(omop_sql(name))
        absent = [F.lit(None).cast("string").alias(column) for column in raw_names(name) if column not in raw.columns]
        raw = raw.select("*", *absent).select(*raw_names(name))
        unreadable: list[tuple[Any, ...]] = [
            (source, line, 0, "unparsable", MISFIT)
            for cdm in CDM_TABLES
            if cdm.raw == name
            for source, line in misfits.get(cdm.name, [])
        ]
        if unreadable:
            rows = spark.createDataFrame(unreadable, "source int, line bigint, part int, fault string, detail string")
            raw = raw.unionByName(rows, allowMissingColumns=True)
        read[name] = found.read(raw, partial(check_raw, name, recipe), typed_schema(table))
    for note in take_notes(read, "n_timed", "n_universal"):
        found.add_times(note.name, note.n_timed or 0, note.n_universal or 0)
    for name, rows in read.items():
        found.add(_TABLES[name], rows.rows())
    intake.warnings += odd_diagnoses(intake, *spark.sql(DIAGNOSES).collect()[0])

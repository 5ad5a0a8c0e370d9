"""The account of every input file, and what a reading on Spark warns of, from small aggregates."""

from functools import reduce

import pyspark.sql.functions as F
from pyspark.sql import DataFrame, SparkSession, Window

from lumbar.readers.cautions import (
    CODED_TABLES,
    ENOUGH_SCORES,
    LONGEST_WORD_TOLD,
    MOST_WORDS_TOLD,
    TIMED_COLUMNS,
    WORD_COLUMNS,
    low_values,
    no_score,
    unfamiliar_systems,
    universal_times,
    unknown_words,
)
from lumbar.readers.intake import Intake
from lumbar.readers.mapping import SYSTEM_NAMES
from lumbar.tables.clinical import INSTRUMENTS


def check_account(intake: Intake, judged: list[DataFrame], lookup_rejected: list[tuple[object, ...]]) -> None:
    """Sets every file's mapped, rejected and of no concern. Raises InternalError when rows went missing.

    A line with several records, numbered from 1, counts as mapped when one of them is.
    """
    places = reduce(
        DataFrame.unionAll,
        (rows.select("source", "line", "part", F.col("reason").isNull().alias("is_mapped")) for rows in judged),
    )
    lines = places.where("part > 0").groupBy("source", "line").agg(F.max("is_mapped").alias("is_mapped"))
    counts = (
        places.where("part = 0")
        .select("source", "is_mapped")
        .unionAll(lines.select("source", "is_mapped"))
        .groupBy("source")
        .agg(F.count_if("is_mapped").alias("n_mapped"), F.count_if(~F.col("is_mapped")).alias("n_rejected"))
    )
    of_source = {row.source: row for row in counts.collect()}
    rejected_lines = {(row[0], row[1]) for row in lookup_rejected}
    for file in intake.files:
        n_mapped, n_rejected = 0, sum(source == file.source for source, _ in rejected_lines)
        if file.source in of_source:
            n_mapped += of_source[file.source].n_mapped
            n_rejected += of_source[file.source].n_rejected
        file.n_mapped += n_mapped
        file.n_rejected = n_rejected
        file.n_of_no_concern = file.n_rows - file.n_mapped - file.n_rejected
    intake.check_account()


def warn_of_universal_times(intake: Intake, n_times: dict[str, tuple[int, int]]) -> None:
    """As reading by DuckDB warns: a Parquet file holds typed times."""
    if not all(file.path.suffix == ".parquet" for file in intake.files):
        for table, column in TIMED_COLUMNS:
            intake.warnings += universal_times(table, column, *n_times.get(table.name, (0, 0)))


def warn_of_unknown_words(spark: SparkSession, intake: Intake) -> None:
    """Which words of instrument and scale no mapping knows, from `checked_score`.

    A word is told only when it looks like one of a vocabulary: short, no long number, no patient's id, and
    where there are many such words, met with several patients.
    """
    scores, ids = (
        spark.table("checked_score"),
        spark.table("checked_patient").select(F.lower("patient_id").alias("word")),
    )
    met = reduce(
        DataFrame.unionAll,
        (
            scores.where((F.col("reason") == reason) & ~F.col(column).isin(*meanings))
            .groupBy(F.col(column).alias("word"))
            .agg(F.count("*").alias("n"), F.count_distinct("patient_id").alias("n_patients"))
            .select(F.lit(column).alias("column"), "word", "n", "n_patients")
            for column, reason, meanings in WORD_COLUMNS
        ),
    )
    told = (
        met.withColumn("n_met", F.count("*").over(Window.partitionBy("column")))
        .where(
            F.col("word").rlike(r"^[\p{L}\d][\p{L}\d _/()%-]*\z")
            & (F.length("word") <= LONGEST_WORD_TOLD)
            & ~F.col("word").rlike(r"\d{4}")
            & ((F.col("n_patients") > 1) | (F.col("n_met") <= MOST_WORDS_TOLD))
        )
        .join(ids.where("word is not null"), "word", "left_anti")
        .withColumn("place", F.row_number().over(Window.partitionBy("column").orderBy(F.desc("n"), "word")))
        .where(F.col("place") <= MOST_WORDS_TOLD)
        .orderBy("place")
        .collect()
    )
    for column, _, meanings in WORD_COLUMNS:
        intake.warnings += unknown_words(column, meanings, [row.word for row in told if row.column == column])


def warn_of_unknown_systems(spark: SparkSession, intake: Intake) -> None:
    """Code systems of procedures and diagnoses that no mapping knows."""
    for table in CODED_TABLES:
        strange = spark.table(table.name).where(~F.col("system").isin(*SYSTEM_NAMES))
        found = strange.groupBy("system").agg(F.count("*").alias("n")).collect()
        intake.warnings += unfamiliar_systems(table, [(row.system, row.n) for row in found])


def warn_of_scores(spark: SparkSession, intake: Intake) -> None:
    """Instruments without a score, and scales all of whose values lie low."""
    found = (
        spark.table("score")
        .groupBy("instrument", "scale")
        .agg(F.count("*").alias("n"), F.max("value").alias("highest"))
    ).collect()
    for instrument in INSTRUMENTS:
        if all(row.instrument != instrument for row in found):
            intake.warnings.append(no_score(instrument))
    for scale in sorted({row.scale for row in found}):
        rows = [row for row in found if row.scale == scale]
        if sum(row.n for row in rows) >= ENOUGH_SCORES:
            intake.warnings += low_values(scale, max(row.highest for row in rows))

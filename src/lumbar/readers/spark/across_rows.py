"""What only all records together tell, on Spark: conflicting ids, unknown patients, duplicates, the contacts.

The reasons to reject are an order (RULES §3), so the first of all is the smaller of a row's first local
reason and these.
"""

from functools import reduce

import pyspark.sql.functions as F
from pyspark.sql import Column, DataFrame, Window

from lumbar.readers.spark.typed_rows import contact_columns
from lumbar.tables.clinical import CONTACT, PATIENT, SCORE
from lumbar.tables.results import REJECT_REASONS
from lumbar.tables.schema import Table

_RANKS = {reason: rank for rank, reason in enumerate(REJECT_REASONS)}
_WITH_A_DETAIL = ("unparsable", "wrong_resource_type", "imprecise_date")
_PLACE = ("source", "line", "part")
_SAME_SCORE = ("patient_id", "instrument", "side", "assessed_on", "value", "scale")


def judged_rows(table: Table, rows: DataFrame, patients: DataFrame | None) -> DataFrame:
    """The rows with the first reason of all to reject each, or null: place, verdict, columns of the table.

    `patients` holds the ids of the accepted ones, each once, as `known_id`; none for the patients themselves.
    """
    columns = [*_PLACE, "record_id", "reason", "detail", *table.column_names, *contact_columns(table)]
    found: list[tuple[str, Column]] = []
    if table.key:
        # Different contents of one id have different hashes; rows with a fault are neither looked at nor touched.
        hashed = rows.where("content is not null and record_id is not null").groupBy("record_id")
        conflicting = hashed.agg((F.min("content") < F.max("content")).alias("is_conflicting")).where("is_conflicting")
        rows = rows.join(conflicting, "record_id", "left")
        found.append(("conflicting_id", F.coalesce("is_conflicting", F.lit(False))))
    if patients is not None:
        rows = rows.join(patients, F.col("patient_id") == F.col("known_id"), "left")
        found.append(("unknown_patient", F.col("patient_id").isNotNull() & F.col("known_id").isNull()))
    # Of a row with a fault nothing else is asked: the reader's word stands.
    ranks = [F.when(applies & F.col("content").isNotNull(), _RANKS[reason]) for reason, applies in found]
    return _without_duplicates(table, rows.withColumn("reason", _first_reason(ranks)).select(*columns))


def _first_reason(ranks: list[Column]) -> Column:
    local = reduce(
        lambda found, reason: found.when(F.col("reason") == reason, _RANKS[reason]),
        list(_RANKS)[1:],
        F.when(F.col("reason") == next(iter(_RANKS)), 0),
    )
    first = F.least(local, *ranks) if ranks else local
    names = F.array(*(F.lit(reason) for reason in _RANKS))
    return F.when(first.isNotNull(), F.element_at(names, first + 1))


def _without_duplicates(table: Table, rows: DataFrame) -> DataFrame:
    """Of equal records the smallest id is kept; then the first place they stand at.

    Of scores, the one known first: a copy recorded later must not take away what was known before.
    """
    same = _SAME_SCORE if table is SCORE else table.key or table.column_names
    known_first = [F.coalesce("recorded_on", "assessed_on").asc_nulls_last()] if table is SCORE else []
    is_rejected = F.col("reason").isNotNull()
    # Equal records are one patient's, so rows that lie by patient need not move again. Rejected rows are
    # compared with nobody: each stands alone, or all broken lines would be one task's.
    alone = F.when(is_rejected, F.struct(*_PLACE))
    window = Window.partitionBy(*dict.fromkeys(("patient_id", *same)), alone).orderBy(
        *known_first, *(F.col(name).asc_nulls_last() for name in ("record_id", *_PLACE))
    )
    numbered = rows.withColumn("n_of_same", F.row_number().over(window))
    is_copy = ~is_rejected & (F.col("n_of_same") > 1)
    return (
        numbered.withColumn("detail", F.when(~is_copy, F.col("detail")))
        .withColumn("reason", F.when(is_copy, F.lit("duplicate")).otherwise(F.col("reason")))
        .select(*rows.columns)
    )


def accepted(table: Table, judged: DataFrame) -> DataFrame:
    """The clinical table: the rows that were not rejected."""
    return judged.where("reason is null").select(*table.column_names)


def rejected(table_name: str, judged: DataFrame) -> DataFrame:
    """Rows of `rejected_row`; a detail only where it says what to look at."""
    return judged.where("reason is not null").select(
        *_PLACE,
        F.lit(table_name).alias("table"),
        "record_id",
        "reason",
        F.when(F.col("reason").isin(*_WITH_A_DETAIL), F.col("detail")).alias("detail"),
    )


def with_contacts_of_patients(contacts: DataFrame, judged_patients: DataFrame) -> DataFrame:
    """A FHIR Patient is its own contact; patients with a contact row of their own keep that."""
    reachable = F.coalesce(*(F.col(name) for name in contact_columns(PATIENT))).isNotNull()
    own = (
        judged_patients.where(F.col("reason").isNull() & reachable)
        .withColumn("declined_on", F.lit(None).cast("date"))
        .join(contacts.select("patient_id"), "patient_id", "left_anti")
    )
    return contacts.unionByName(own.select(*CONTACT.column_names))

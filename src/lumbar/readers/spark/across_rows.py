"""What only all records together tell, on Spark: conflicting ids, unknown patients, duplicates, the contacts.

Rows are compared by a hash of what may repeat, and by themselves only where it does. Of all rows no more moves than
their hashes and, for the patients to be looked up, their places with the patient's id.
The reasons to reject are an order (RULES §3), so the first of all is the smaller of a row's first local
reason and these.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import reduce

import pyspark.sql.functions as F
from pyspark.sql import Column, DataFrame, Window

from lumbar.readers.spark.typed_rows import contact_columns
from lumbar.tables.clinical import CLINICAL_TABLES, CONTACT, PATIENT, SCORE
from lumbar.tables.results import REJECT_REASONS
from lumbar.tables.schema import Table

Write = Callable[[str, DataFrame], DataFrame]  # a name, and rows that are read again: the same rows, written down

_RANKS = {reason: rank for rank, reason in enumerate(REJECT_REASONS)}
_WITH_A_DETAIL = ("unparsable", "wrong_resource_type", "imprecise_date")
_PLACE = ("source", "line", "part")
_SAME_SCORE = ("patient_id", "instrument", "side", "assessed_on", "value", "scale")
_WITHOUT_FAULT = "content is not null"  # of a row with a fault nothing else is asked: the reader's word stands
_ID, _SAME = "id", "same"


def verdicts(rows_of: Mapping[str, DataFrame], write: Write) -> DataFrame:
    """Rows that are rejected for what other rows say: `table`, place, and the `rank` of the reason, each row once.

    `rows_of` are the typed rows by table, patients among them.
    """
    tables = [table for table in CLINICAL_TABLES if table.name in rows_of]
    hashes = (hashed for table in tables for hashed in _hashes(table, rows_of[table.name]))
    met = reduce(DataFrame.unionAll, hashes).groupBy("hash").count()
    repeated = write("repeated", met.where("count > 1").select("hash"))
    conflicts = (_conflicts(table, rows_of[table.name], repeated) for table in tables if table.key)
    conflicting = write("conflicting", reduce(DataFrame.unionAll, conflicts))
    patients = rows_of[PATIENT.name].where("reason is null")
    known = _not_conflicting(PATIENT, patients, conflicting).select("patient_id")
    found = [conflicting.select("table", *_PLACE, F.lit(_RANKS["conflicting_id"]).alias("rank"))]
    for table in tables:
        rows = rows_of[table.name]
        if table is not PATIENT:
            found.append(
                _found(
                    table,
                    rows.where(_WITHOUT_FAULT).where("patient_id is not null").join(known, "patient_id", "left_anti"),
                    "unknown_patient",
                )
            )
        found.append(_found(table, _copies(table, rows, repeated, conflicting, known), "duplicate"))
    first = reduce(DataFrame.unionAll, found).groupBy("table", *_PLACE).agg(F.min("rank").alias("rank"))
    return write("verdict", first)


def judged_rows(table: Table, rows: DataFrame, verdict: DataFrame) -> DataFrame:
    """The rows with the first reason of all to reject each, or null: place, verdict, columns of the table."""
    columns = [*_PLACE, "record_id", "reason", "detail", *table.column_names, *contact_columns(table)]
    own = verdict.where(F.col("table") == table.name).select(*_PLACE, "rank")
    return rows.join(own, list(_PLACE), "left").withColumn("reason", _first_reason(F.col("rank"))).select(*columns)


def _same(table: Table) -> tuple[str, ...]:
    """The columns in which records are equal that say the same."""
    return _SAME_SCORE if table is SCORE else table.key or table.column_names


def _hash(table: Table, what: str) -> Column:
    """Of the id, or of what makes records equal; also of the table, for all are counted together."""
    names = table.key if what == _ID else _same(table)
    return F.xxhash64(F.lit(f"{table.name} {what}"), *names).alias("hash")


def _hashes(table: Table, rows: DataFrame) -> Iterator[DataFrame]:
    """Hashes of what may repeat: of the id, and of what makes records equal where that is not the id."""
    for what in [*([_ID] if table.key else []), *([_SAME] if _same(table) != table.key else [])]:
        yield rows.where(_WITHOUT_FAULT).select(_hash(table, what))


def _repeating(table: Table, rows: DataFrame, repeated: DataFrame, what: str) -> DataFrame:
    """The rows whose hash is met more than once."""
    return rows.withColumn("hash", _hash(table, what)).join(repeated, "hash", "left_semi").drop("hash")


def _conflicts(table: Table, rows: DataFrame, repeated: DataFrame) -> DataFrame:
    """The places of rows whose id stands with different contents: these have different hashes."""
    known = (
        rows.where(_WITHOUT_FAULT).where("record_id is not null").select(*_PLACE, *table.key, "record_id", "content")
    )
    of_id = Window.partitionBy("record_id")
    compared = _repeating(table, known, repeated, _ID).withColumn(
        "is_conflicting", F.min("content").over(of_id) < F.max("content").over(of_id)
    )
    return compared.where("is_conflicting").select(F.lit(table.name).alias("table"), *_PLACE)


def _not_conflicting(table: Table, rows: DataFrame, conflicting: DataFrame) -> DataFrame:
    return rows.join(conflicting.where(F.col("table") == table.name), list(_PLACE), "left_anti")


def _copies(table: Table, rows: DataFrame, repeated: DataFrame, conflicting: DataFrame, known: DataFrame) -> DataFrame:
    """Rows that say again what another says. Of equal records the smallest id is kept; then the first place.

    Of scores, the one known first, then the earliest of the day, before it those without a time.
    """
    same = _same(table)
    known_first = [F.coalesce("recorded_on", "assessed_on").asc_nulls_last(), F.col("assessed_time").asc_nulls_first()]
    repeating = _repeating(table, rows.where("reason is null"), repeated, _ID if same == table.key else _SAME)
    compared = _not_conflicting(table, repeating, conflicting)
    if table is not PATIENT:
        compared = compared.join(known, "patient_id", "left_semi")
    in_order = Window.partitionBy(*same).orderBy(
        *(known_first if table is SCORE else ()), *(F.col(name).asc_nulls_last() for name in ("record_id", *_PLACE))
    )
    return compared.withColumn("n_of_same", F.row_number().over(in_order)).where("n_of_same > 1")


def _found(table: Table, rows: DataFrame, reason: str) -> DataFrame:
    return rows.select(F.lit(table.name).alias("table"), *_PLACE, F.lit(_RANKS[reason]).alias("rank"))


def _first_reason(rank: Column) -> Column:
    """The name of the smaller of the local reason's rank and this one; null where there is neither."""
    local = reduce(
        lambda found, reason: found.when(F.col("reason") == reason, _RANKS[reason]),
        list(_RANKS)[1:],
        F.when(F.col("reason") == next(iter(_RANKS)), 0),
    )
    names = F.array(*(F.lit(reason) for reason in _RANKS))
    return F.when(rank.isNull(), F.col("reason")).otherwise(F.element_at(names, F.least(local, rank) + 1))


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

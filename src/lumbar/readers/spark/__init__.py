"""Reading with Spark: the same records, the same reasons, the same account as reading by DuckDB, on many machines.

Bytes become raw rows and raw rows become typed rows inside Spark's Python workers, by the SQL that DuckDB
runs everywhere. What all rows together tell is found by Spark. Workers need this package, and must see
the files under the driver's path.
"""

from collections.abc import Callable
from functools import reduce
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

from lumbar.measures.policy import Policy
from lumbar.readers import choose_format, other_kinds
from lumbar.readers.intake import InputFile, Intake
from lumbar.readers.mapping import SiteMapping
from lumbar.readers.spark.account import (
    check_account,
    warn_of_scores,
    warn_of_universal_times,
    warn_of_unknown_systems,
    warn_of_unknown_words,
)
from lumbar.readers.spark.across_rows import (
    accepted,
    judged_rows,
    rejected,
    verdicts,
    with_contacts_of_patients,
)
from lumbar.readers.spark.fhir import read_fhir
from lumbar.readers.spark.local_rows import LocalRows
from lumbar.readers.spark.omop import read_omop
from lumbar.readers.spark.tables import read_tables
from lumbar.readers.spark.typed_rows import spark_schema, typed_schema
from lumbar.spark_files import on_every_node
from lumbar.tables.clinical import CLINICAL_TABLES, CONTACT, PATIENT

_Reader = Callable[[SparkSession, Intake, SiteMapping, Policy, LocalRows], None]
_READERS: dict[str, _Reader] = {"fhir": read_fhir, "omop": read_omop, "tables": read_tables}
_REJECTED = "source int, line bigint, part int, `table` string, record_id string, reason string, detail string"


def read(
    spark: SparkSession,
    folder: Path,
    format_: str | None,
    mapping: SiteMapping,
    policy: Policy,
    scratch: Path,
    on_file: Callable[[InputFile], None] = lambda file: None,
) -> Intake:
    """The clinical tables and `rejected_row` as temporary views; the account of every input file returned.

    The rows behind them lie in `scratch`, a folder that every node sees. Raises UsageError for an unknown format and
    InputError for a source that cannot be read as a whole.
    """
    folder = on_every_node(folder)
    chosen = choose_format(folder, format_)
    has_timezone = mapping.timezone is not None
    intake = Intake(folder, chosen, on_file=on_file, has_timezone=has_timezone, date_format=mapping.date_format)
    intake.warnings += other_kinds(folder, chosen)
    with LocalRows(scratch) as found:
        _READERS[chosen](spark, intake, mapping, policy, found)
        if not has_timezone:
            warn_of_universal_times(intake, found.n_times)
        spark.sparkContext.setJobDescription("lumbar: compare rows")
        check_account(intake, _show_judged(spark, found), found.lookup_rejected)
    if chosen == "tables":
        warn_of_unknown_words(spark, intake)
        warn_of_unknown_systems(spark, intake)
    warn_of_scores(spark, intake)
    return intake


def _show_judged(spark: SparkSession, found: LocalRows) -> list[DataFrame]:
    """The views, and the judged rows of every table."""
    verdict = verdicts(found.tables, found.write)
    judged: dict[str, DataFrame] = {}
    for table in CLINICAL_TABLES:  # patients come first
        rows = found.tables.get(table.name)
        if rows is None:
            rows = spark.createDataFrame([], spark_schema(typed_schema(table)))
        judged[table.name] = rows = judged_rows(table, rows, verdict)
        rows.createOrReplaceTempView(f"checked_{table.name}")
        shown = accepted(table, rows)
        if table is CONTACT:
            shown = with_contacts_of_patients(shown, judged[PATIENT.name])
        shown.createOrReplaceTempView(table.name)
    parts = [rejected(name, rows) for name, rows in judged.items()]
    parts.append(spark.createDataFrame(found.lookup_rejected, _REJECTED))
    reduce(DataFrame.unionAll, parts).createOrReplaceTempView("rejected_row")
    return list(judged.values())

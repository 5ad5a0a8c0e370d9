"""FHIR bulk exports on Spark: big files in splits, each line read in a worker, numbered when all blocks are counted."""

from collections.abc import Mapping, Sequence
from functools import partial, reduce
from itertools import groupby

import duckdb
import pyarrow as pa
import pyspark.sql.functions as F
from pyspark.sql import DataFrame, Row, SparkSession

from lumbar.errors import InputError
from lumbar.measures.policy import Policy
from lumbar.readers.cautions import unknown_systems
from lumbar.readers.checks import SEVERAL_TABLES
from lumbar.readers.fhir import files_by_type
from lumbar.readers.fhir_lines import LOOKUPS, create_lookups, finish_lookup
from lumbar.readers.fhir_shapes import SHAPES
from lumbar.readers.intake import InputFile, Intake
from lumbar.readers.mapping import SiteMapping
from lumbar.readers.spark.in_worker import Recipe
from lumbar.readers.spark.line_batches import read_lines, schema_of, tables_of
from lumbar.readers.spark.local_rows import LocalRows
from lumbar.readers.spark.on_files import small_session, take_facts
from lumbar.readers.spark.written_rows import WrittenRows, take_notes
from lumbar.spark_files import reader, to_read

_COUNTS = ("n_lines", "n_rows", "n_timed", "n_universal")


def read_fhir(spark: SparkSession, intake: Intake, mapping: SiteMapping, policy: Policy, found: LocalRows) -> None:
    """Typed rows of every table into `found`, from the files of `intake.folder`.

    Raises InputError as the reading by DuckDB does, and for a file name that Spark passes over.
    """
    by_type = files_by_type(intake)
    _refuse_hidden(intake.files)
    take_facts(spark, intake.files, count_lines=True)
    session = small_session()
    create_lookups(session)
    lookups: dict[str, pa.Table] = {}
    for kind, files in by_type.items():
        for file in files:
            intake.on_file(file)
            if kind not in SHAPES:
                file.n_rows = file.n_lines
    looked_up = {
        kind: _lines_read(spark, kind, by_type[kind], Recipe(mapping, policy), found)
        for kind in LOOKUPS
        if by_type.get(kind)
    }
    numbered = _numbered(spark, looked_up, by_type, found)
    for kind, table in LOOKUPS.items():
        if kind in numbered:
            _take_lookup_rows(session, kind, numbered[kind])
        finish_lookup(session, kind, by_type.get(kind, []))
        lookups[table] = session.execute(f"from {table}").to_arrow_table()
    recipe = Recipe(mapping, policy, lookups)
    read = {
        kind: _lines_read(spark, kind, by_type[kind], recipe, found)
        for kind in SHAPES
        if kind not in LOOKUPS and by_type.get(kind)
    }
    rows_of = _numbered(spark, read, by_type, found)
    if not sum(file.n_rows for file in by_type.get("Patient", [])):
        raise InputError(f"{intake.folder}: no patients; the Patient files are empty")
    part_forms_from_observations(rows_of, found)
    _warn_of_unknown_systems(intake, mapping, rows_of)
    for kind, rows in rows_of.items():
        for table_ in tables_of(kind):
            found.add(table_, rows.where(F.col("for_table") == table_.name))
    found.lookup_rejected = session.execute("from lookup_rejected").fetchall()


def _warn_of_unknown_systems(intake: Intake, mapping: SiteMapping, rows_of: Mapping[str, DataFrame]) -> None:
    """Lines of claims in code systems that no mapping knows; a line with a fault has no content."""
    of_claims = [
        rows.select("system", "content", "for_table") for kind, rows in rows_of.items() if kind in SEVERAL_TABLES
    ]
    if not of_claims:
        return
    is_unknown = F.col("content").isNotNull() & ~F.col("system").isin(*{name for _, name in mapping.systems})
    found = (
        reduce(DataFrame.unionAll, of_claims)
        .where((F.col("for_table") == "procedure") & is_unknown)
        .groupBy("system")
        .agg(F.count("*").alias("n"))
    )
    intake.warnings += unknown_systems([(row.system, row.n) for row in found.collect()])


def _refuse_hidden(files: Sequence[InputFile]) -> None:
    for file in files:
        if file.name.startswith(("_", ".")):
            raise InputError(f"{file.name}: Spark passes over names that begin so; rename the file")


def _lines_read(
    spark: SparkSession, kind: str, files: Sequence[InputFile], recipe: Recipe, found: LocalRows
) -> WrittenRows:
    """The typed rows of a type's files, lines counted from their block, and what the tasks tell of blocks."""
    sources = {file.name: file.source for file in files}
    return found.read(_lines(spark, files), partial(read_lines, kind, sources, recipe), schema_of(kind))


def _numbered(
    spark: SparkSession,
    read: Mapping[str, WrittenRows],
    by_type: Mapping[str, Sequence[InputFile]],
    found: LocalRows,
) -> dict[str, DataFrame]:
    """The rows of each type with lines counted from the top of their file: one job tells of all blocks."""
    if not read:
        return {}
    blocks = take_notes(read, "source", "block", *_COUNTS)
    numbered = {}
    for kind, rows in read.items():
        own = sorted((block for block in blocks if block.name == kind), key=lambda block: (block.source, block.block))
        for table in () if kind in LOOKUPS else tables_of(kind):
            for block in own:
                found.add_times(table.name, block.n_timed, block.n_universal)
        offsets = _count_lines(by_type[kind], own)
        records = rows.rows()
        numbered[kind] = _with_lines_before(spark, records, offsets) if offsets else records
    return numbered


def _with_lines_before(spark: SparkSession, records: DataFrame, offsets: list[tuple[int, int, int]]) -> DataFrame:
    before = spark.createDataFrame(offsets, "source int, block bigint, n_before bigint")
    return (
        records.join(F.broadcast(before), ["source", "block"], "left")
        .withColumn("line", F.col("line") + F.coalesce("n_before", F.lit(0)))
        .select(*records.columns)
    )


def _lines(spark: SparkSession, files: Sequence[InputFile]) -> DataFrame:
    """The files' lines as bytes, with the name of their file and where in it their block begins."""
    return (
        reader(spark)
        .option("lineSep", "\n")
        .text([to_read(file.path) for file in files])
        .select(
            F.col("value").cast("binary").alias("value"),
            F.col("_metadata.file_name").alias("file_name"),
            F.col("_metadata.file_block_start").alias("block"),
        )
    )


def _count_lines(files: Sequence[InputFile], blocks: Sequence[Row]) -> list[tuple[int, int, int]]:
    """Sets the files' `n_rows`; for every block but the first of its file, the lines that stand before it.

    Raises InputError when Spark has read another number of lines than the files have.
    """
    offsets = []
    of_file = {source: list(group) for source, group in groupby(blocks, key=lambda block: block.source)}
    for file in files:
        n_before = 0
        for block in of_file.get(file.source, []):
            if n_before:
                offsets.append((file.source, block.block, n_before))
            n_before += block.n_lines
            file.n_rows += block.n_rows
        if n_before != file.n_lines:
            raise InputError(f"{file.name}: Spark reads {n_before} lines of its {file.n_lines}; is it being written?")
    return offsets


def _take_lookup_rows(session: duckdb.DuckDBPyConnection, kind: str, rows: DataFrame) -> None:
    """Rows to look up, few, into the driver's session."""
    session.register("told_row", rows.toArrow())
    session.execute(f"""
        insert into {LOOKUPS[kind]}_row
        select source, line, reason, record_id, told from told_row where part is null
    """)
    session.execute(f"""
        insert into lookup_rejected
        select source, line, part, '{kind.lower()}', record_id, reason, detail from told_row where part is not null
    """)
    session.unregister("told_row")


def part_forms_from_observations(rows_of: dict[str, DataFrame], found: LocalRows) -> None:
    """A form with the id of an Observation has its type put before it: a FHIR id is unique in its type alone.

    The forms are written down again so, for they are looked at several times.
    """
    if not {"Observation", "QuestionnaireResponse"} <= set(rows_of):
        return
    own_id = F.substring_index("score_id", "#", 1)
    observed = rows_of["Observation"].where("score_id is not null").select(own_id.alias("own_id")).distinct()
    forms = rows_of["QuestionnaireResponse"]
    is_shared = F.col("own_id").isNotNull()
    parted = forms.withColumn("form_id", own_id).join(observed, F.col("form_id") == F.col("own_id"), "left")
    for name in ("score_id", "record_id"):
        parted = parted.withColumn(
            name, F.when(is_shared, F.concat(F.lit("QuestionnaireResponse/"), name)).otherwise(F.col(name))
        )
    rows_of["QuestionnaireResponse"] = found.write("forms", parted.select(*forms.columns))

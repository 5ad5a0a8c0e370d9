"""CSV and Parquet tables on Spark: a CSV file is one task, a Parquet file one for some of its row groups.

The worker opens the files itself, with the text that reads them everywhere. What that text is, and whether
a file can be read, the driver finds out from headers and footers.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import SparkSession

from lumbar.errors import InputError
from lumbar.measures.policy import Policy
from lumbar.readers.cautions import TIMED_COLUMNS, count_times
from lumbar.readers.checks import prepare, raw_columns
from lumbar.readers.csv_rows import drop_csv
from lumbar.readers.intake import InputFile, Intake
from lumbar.readers.mapping import SiteMapping
from lumbar.readers.spark.in_worker import Recipe, open_worker
from lumbar.readers.spark.local_rows import LocalRows
from lumbar.readers.spark.on_files import small_session, take_facts
from lumbar.readers.spark.typed_rows import (
    ERROR,
    LINES,
    WARNING,
    notes,
    typed_rows,
    typed_schema,
)
from lumbar.readers.spark.written_rows import WrittenRows, take_notes
from lumbar.readers.table_files import PARQUET, TableFile
from lumbar.readers.tables import find_unreadable_parquet, require_patients, select_csv, select_parquet, show_tables
from lumbar.tables.clinical import CLINICAL_TABLES
from lumbar.tables.schema import Table

_PART_ROWS = 500_000  # of a Parquet file, at least, for one task


@dataclass(frozen=True, slots=True)
class Part:
    """What one task reads: a CSV file, or the rows `first` to `last` of the select of a Parquet file."""

    file: InputFile
    found: TableFile
    select: str | None = None
    first: int = 0
    last: int = 0


def read_tables(spark: SparkSession, intake: Intake, mapping: SiteMapping, policy: Policy, found: LocalRows) -> None:
    """Typed rows of every table into `found`, from the files of `intake.folder`.

    Raises InputError as the reading by DuckDB does.
    """
    session = small_session()
    prepare(session, mapping, policy)
    parts: dict[str, list[Part]] = {table.name: [] for table in CLINICAL_TABLES}

    def plan(session: duckdb.DuckDBPyConnection, table: Table, found: TableFile, intake: Intake) -> str:
        file = intake.add(found.path, table.name, found.name)
        intake.on_file(file)
        if found.format == PARQUET:
            select = select_parquet(session, table, file, found.constants, intake)
            parts[table.name] += [Part(file, found, select, first, last) for first, last in _ends(file)]
            return select
        parts[table.name].append(Part(file, found))
        return _no_text_rows(table)

    show_tables(session, intake, plan)
    take_facts(spark, intake.files, count_lines=False)
    types = {name: _raw_types(session, name) for name, some in parts.items() if some}
    quiet = Intake(intake.folder, intake.format, has_timezone=intake.has_timezone, date_format=intake.date_format)
    recipe = Recipe(mapping, policy)
    read = {
        table.name: found.read(
            spark.range(len(own), numPartitions=len(own)),
            partial(read_parts, table.name, own, types[table.name], recipe, quiet),
            typed_schema(table),
        )
        for table in CLINICAL_TABLES
        if (own := parts[table.name])
    }
    _take_notes(intake, found, read)
    for table in CLINICAL_TABLES:
        if table.name in read:
            found.add(table, read[table.name].rows())
    require_patients(intake)


def _raw_types(session: duckdb.DuckDBPyConnection, name: str) -> dict[str, str]:
    """The type of each raw column of a table over all its files."""
    described = session.execute(f"describe from raw_{name}").fetchall()
    known = raw_columns(next(table for table in CLINICAL_TABLES if table.name == name))
    return {column: str(type_) for column, type_, *_ in described if column in known}


def _ends(file: InputFile) -> list[tuple[int, int]]:
    """First and last row, from 1, of neighbouring row groups that together have rows enough for a task."""
    metadata = pq.read_metadata(file.path)
    ends, first, last = [], 1, 0
    for n in range(metadata.num_row_groups):
        last += metadata.row_group(n).num_rows
        if last - first + 1 >= _PART_ROWS or n == metadata.num_row_groups - 1:
            ends.append((first, last))
            first = last + 1
    return ends


def _no_text_rows(table: Table) -> str:
    """A select without rows that has the columns a CSV file gives: all text."""
    columns = ", ".join(f"null::varchar as {name}" for name in ("fault", "detail", *raw_columns(table)))
    return f"select 0 as source, 0::bigint as line, 0 as part, {columns} where false"


def _take_notes(intake: Intake, found: LocalRows, read: Mapping[str, WrittenRows]) -> None:
    """What the tasks tell of all tables' files. Raises InputError for the first file with an error."""
    told = take_notes(read, "source", "n_timed", "n_universal")
    of_table = {table.name: position for position, table in enumerate(CLINICAL_TABLES)}
    for note in sorted(told, key=lambda note: (of_table[note.name], note.note != ERROR, note.source)):
        if note.note == ERROR:
            raise InputError(note.told)
        if note.note == WARNING:
            intake.warnings.append(note.told)
        else:
            intake.files[note.source].n_rows += note.n_rows
            found.add_times(note.name, note.n_timed, note.n_universal)


def read_parts(
    name: str,
    parts: list[Part],
    types: dict[str, str],
    recipe: Recipe,
    intake: Intake,
    numbers: Iterator[pa.RecordBatch],
) -> Iterator[pa.RecordBatch]:
    """In a worker: the typed rows of the numbered parts of a table, their counts, and what is wrong with a file.

    `types`: the type each raw column has over all files of the table; a column typed in some is text in all.
    """
    table = next(table for table in CLINICAL_TABLES if table.name == name)
    session = open_worker(recipe)
    for batch in numbers:
        for n in batch.column(0).to_pylist():
            part = parts[n]
            try:
                yield from _read_part(session, table, part, types, intake)
            except InputError as error:
                yield from notes(typed_schema(table), [{"note": ERROR, "source": part.file.source, "told": str(error)}])


def _read_part(
    session: duckdb.DuckDBPyConnection, table: Table, part: Part, types: dict[str, str], intake: Intake
) -> Iterator[pa.RecordBatch]:
    file, n_warnings = part.file, len(intake.warnings)
    file.n_rows = 0  # of a Parquet file the driver knows them
    try:
        if part.select:  # looked at three times: decoded once
            of_part = f"where line between {part.first} and {part.last}"
            session.execute(f"create or replace table part_row as from ({part.select}) {of_part}")
        select = "from part_row" if part.select else select_csv(session, table, file, part.found.constants, intake)
        columns = ", ".join(f"cast({name} as {type_}) as {name}" for name, type_ in types.items())
        session.execute(
            f"create or replace view raw_{table.name} as "
            f"select source, line, part, fault, detail, {columns} from ({select})"
        )
        yield from typed_rows(session, table, typed_schema(table))
        times = [count_times(session, table, column) for timed, column in TIMED_COLUMNS if timed is table]
    except duckdb.Error as error:
        if part.select and not isinstance(error, duckdb.OutOfMemoryException):
            find_unreadable_parquet(session, Intake(intake.folder, intake.format, [file]))
        raise
    finally:
        drop_csv(session, file)
    n_timed, n_universal = times[0] if times else (0, 0)
    counts = {"n_rows": file.n_rows, "n_timed": n_timed, "n_universal": n_universal}
    told = [{"source": file.source, "note": WARNING, "told": warning} for warning in intake.warnings[n_warnings:]]
    yield from notes(typed_schema(table), [{"source": file.source, "note": LINES, **counts}, *told])

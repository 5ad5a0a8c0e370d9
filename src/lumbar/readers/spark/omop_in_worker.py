"""CDM tables in a Python worker: files to rows of text, raw rows to typed rows, by the SQL that reads everywhere."""

from collections.abc import Iterator, Sequence

import duckdb
import pyarrow as pa

from lumbar.errors import InputError
from lumbar.readers.cautions import TIMED_COLUMNS, count_times
from lumbar.readers.checks import raw_columns
from lumbar.readers.omop import told_damage
from lumbar.readers.omop_rows import Part, select_text
from lumbar.readers.omop_tables import CdmTable
from lumbar.readers.spark.in_worker import Recipe, open_worker
from lumbar.readers.spark.typed_rows import ERROR, LINES, notes, typed_rows, typed_schema
from lumbar.tables.clinical import CLINICAL_TABLES

UNREADABLE = "unreadable"  # the note of a row that does not fit its header
RAW_PLACE = ("source", "line", "part", "fault", "detail")


def cdm_schema(table: CdmTable) -> pa.Schema:
    """The schema of what `read_cdm` gives: place and text columns of a row, what is wrong with it; or a note."""
    texts = [*(["record_id"] if table.has_record_id else []), *table.columns, "fault", "note", "told"]
    return pa.schema(
        [("source", pa.int32()), ("line", pa.int64()), *((name, pa.string()) for name in texts), ("n_rows", pa.int64())]
    )


def read_cdm(
    table: CdmTable, parts: Sequence[Part], recipe: Recipe, numbers: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """The rows of the numbered files of a CDM table as text, how many they are, and what is wrong with a file."""
    session = open_worker(recipe)
    for batch in numbers:
        for n in batch.column(0).to_pylist():
            try:
                yield from _read_file(session, table, parts[n], recipe)
            except InputError as error:
                told = {"note": ERROR, "source": parts[n].file.source, "told": str(error)}
                yield from notes(cdm_schema(table), [told])


def _read_file(
    session: duckdb.DuckDBPyConnection, table: CdmTable, part: Part, recipe: Recipe
) -> Iterator[pa.RecordBatch]:
    texts, schema = select_text(table, part, recipe.mapping), cdm_schema(table)
    is_bad = "is_bad_date(coalesce(death_date, death_datetime))" if table.name == "death" else "false"
    with told_damage(part):
        for relation in part.relations(session):
            rows = session.execute(
                f"select *, case when {is_bad} then 'unparsable' end as fault, null as note, null as told, "
                f"null as n_rows from (select {texts} from {relation})"
            ).to_arrow_reader()
            yield from (batch.select(schema.names).cast(schema) for batch in rows)
    place = {"source": part.file.source}
    unreadable = [{**place, "line": line, "note": UNREADABLE} for line in part.unreadable]
    yield from notes(schema, [*unreadable, {**place, "note": LINES, "n_rows": part.file.n_rows}])


def check_raw(name: str, recipe: Recipe, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Typed rows of batches of raw rows, and how many dates carry a time of day."""
    table = next(table for table in CLINICAL_TABLES if table.name == name)
    session = open_worker(recipe)
    n_timed = n_universal = 0
    for batch in batches:
        session.register("raw_batch", batch)
        session.execute(f"create or replace view raw_{name} as select {', '.join(raw_names(name))} from raw_batch")
        yield from typed_rows(session, table, typed_schema(table))
        for timed, column in TIMED_COLUMNS:
            if timed is table:
                of_batch = count_times(session, table, column)
                n_timed, n_universal = n_timed + of_batch[0], n_universal + of_batch[1]
    told = {"source": -1, "note": LINES, "n_timed": n_timed, "n_universal": n_universal}
    yield from notes(typed_schema(table), [told])


def raw_names(name: str) -> tuple[str, ...]:
    """All columns of a raw table, place and fault before."""
    return (*RAW_PLACE, *raw_columns(next(table for table in CLINICAL_TABLES if table.name == name)))

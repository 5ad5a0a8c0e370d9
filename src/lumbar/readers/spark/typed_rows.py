"""What comes out of a Python worker: typed rows, each with its place and its first local reason, and notes.

One relation a table, or one for all tables that lines of a type give rows of (`for_table`). A row is a record
when `note` is null; `part` is null in rows of a lookup. A note says of a block how many lines it has, of a file
what is wrong with it, or of a part file that was written its name and rows.
"""

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import duckdb
import pyarrow as pa

from lumbar.readers.checks import RAW_EXTRA, raw_columns
from lumbar.store import ARROW_TYPES
from lumbar.tables.clinical import PATIENT
from lumbar.tables.schema import Table

LINES, WARNING, ERROR, WRITTEN = "lines", "warning", "error", "written"  # what a note is
BATCH_ROWS = 100_000

# `block`: where the split begins in its file; `line`: counted from there. `content`: a hash of the raw
# columns where the reader saw no fault, so that one id with different contents can be found.
PLACE = [("source", pa.int32()), ("block", pa.int64()), ("line", pa.int64()), ("part", pa.int32())]
VERDICT = [("record_id", pa.string()), ("reason", pa.string()), ("detail", pa.string())]
_CONTENT = [("content", pa.int64())]
_NOTES = [
    ("note", pa.string()),
    ("told", pa.string()),
    ("n_lines", pa.int64()),
    ("n_rows", pa.int64()),
    ("n_timed", pa.int64()),
    ("n_universal", pa.int64()),
]
LOOKUP_SCHEMA = pa.schema([*PLACE, *VERDICT, *_NOTES])
_SPARK_TYPES = {
    pa.int32(): "int",
    pa.int64(): "bigint",
    pa.string(): "string",
    pa.date32(): "date",
    pa.bool_(): "boolean",
    pa.decimal128(9, 4): "decimal(9, 4)",
}


def contact_columns(table: Table) -> tuple[str, ...]:
    """What a patient's row holds beside the table's columns: how to reach them."""
    return RAW_EXTRA[table.name] if table is PATIENT else ()


def record_columns(table: Table) -> tuple[str, ...]:
    """The columns of a table's records, without those of notes."""
    place = [name for name, _ in (*PLACE, *VERDICT, *_CONTENT)]
    return (*place, *table.column_names, *contact_columns(table))


def typed_schema(*tables: Table) -> pa.Schema:
    """The Arrow schema of the typed rows of tables read together; a column of one name is of one type in all."""
    declared = {column.name: ARROW_TYPES[column.type] for table in tables for column in table.columns}
    contacts = [(name, pa.string()) for table in tables for name in contact_columns(table)]
    return pa.schema([*PLACE, *VERDICT, *_CONTENT, *_NOTES, ("for_table", pa.string()), *declared.items(), *contacts])


def spark_schema(schema: pa.Schema) -> str:
    """The same schema as Spark writes it."""
    return ", ".join(f"`{field.name}` {_SPARK_TYPES[field.type]}" for field in schema)


def notes(schema: pa.Schema, rows: list[dict[str, Any]]) -> Iterator[pa.RecordBatch]:
    """Notes as rows of the schema."""
    if rows:
        yield from pa.Table.from_pylist(rows, schema=schema).to_batches()


def typed_rows(session: duckdb.DuckDBPyConnection, table: Table, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The rows of `raw_<table>` checked as if no id conflicted and every patient were known.

    The session needs `prepare`, and an empty `conflicting_id`. `block` is 0, and `line` as in the raw rows.
    """
    raw = f"raw_{table.name}"
    if table is not PATIENT:
        session.execute(f"create or replace view patient as select patient_id from {raw} where patient_id is not null")
    contents = ", ".join(f'"{name}"' for name in raw_columns(table))
    more = "".join(f', "{name}"' for name in contact_columns(table))
    columns = ", ".join(f'checked."{name}"' for name in ("record_id", "reason", "detail", *table.column_names))
    session.execute(f"""
        select checked.source, checked.line, checked.part, {columns}, raw_content.* exclude (source, line, part)
        from ({_check(table)}) as checked
        inner join (
            select
                source, line, part{more},
                case when fault is null then cast(hash(row({contents})) >> 1 as bigint) end as content
            from {raw}
        ) as raw_content
            on checked.source = raw_content.source
            and checked.line = raw_content.line
            and checked.part = raw_content.part
    """)
    for batch in session.to_arrow_reader(BATCH_ROWS):
        given = dict(zip(batch.schema.names, batch.columns, strict=True))
        given["block"] = pa.repeat(pa.scalar(0, pa.int64()), batch.num_rows)
        given["for_table"] = pa.repeat(table.name, batch.num_rows)
        columns_ = [
            given[field.name].cast(field.type) if field.name in given else pa.nulls(batch.num_rows, field.type)
            for field in schema
        ]
        yield pa.RecordBatch.from_arrays(columns_, schema=schema)


def _check(table: Table) -> str:
    return (files("lumbar.readers") / "sql" / f"check_{table.name}.sql").read_text(encoding="utf-8")

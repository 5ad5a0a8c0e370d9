"""Lines of FHIR files in a Python worker: Arrow batches of text in, typed rows out, by the one SQL that reads."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lumbar.readers.cautions import TIMED_COLUMNS, count_times
from lumbar.readers.checks import create_raw
from lumbar.readers.fhir_lines import (
    LOOKUPS,
    RAW_TABLES,
    create_lookups,
    fill_lines,
    keep,
    resources_of_lines,
    show_lines_of_concern,
)
from lumbar.readers.spark.in_worker import Recipe, open_worker
from lumbar.readers.spark.typed_rows import LINES, LOOKUP_SCHEMA, notes, typed_rows, typed_schema
from lumbar.tables.clinical import CLINICAL_TABLES
from lumbar.tables.schema import Table

_WHITESPACE = " \t\n\v\f\r"
_TABLES = {table.name: table for table in CLINICAL_TABLES}


@dataclass(frozen=True, slots=True)
class _Run:
    """Neighbouring lines of one block of one file: the rows `start` to `stop` of a batch, after `n_before` others."""

    source: int
    block: int
    n_before: int
    start: int
    stop: int


def tables_of(kind: str) -> tuple[Table, ...]:
    """The clinical tables that lines of a resource type give rows of."""
    return tuple(_TABLES[name] for name in RAW_TABLES[kind])


def schema_of(kind: str) -> pa.Schema:
    """The schema of what `read_lines` gives for a resource type."""
    return LOOKUP_SCHEMA if kind in LOOKUPS else typed_schema(*tables_of(kind))


def read_lines(
    kind: str, sources: Mapping[str, int], recipe: Recipe, batches: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """Typed rows of lines of a resource type, or rows to look up, and how many lines each block has.

    Batches hold `value` (bytes), `file_name` and `block` of lines in their order, as a task of Spark reads
    them; `sources` numbers the files.
    """
    session = open_worker(recipe)
    n_read: dict[tuple[int, int], int] = {}
    counted: dict[tuple[int, int], Counter[str]] = {}
    for batch in batches:
        if not batch.num_rows:
            continue
        runs = _runs(batch, sources, n_read)
        given = _given_lines(batch, runs)
        session.register("given_line", given)
        session.execute(
            "create or replace temp view line as select place as source, try_cast(text as json) as json from given_line"
        )
        fill_lines(session, kind, resources_of_lines(kind))
        # `source` of a line was its place in the batch. Here it is its run, which tells file and block.
        session.execute("""
            create or replace temp view numbered_line as
            select given_line.place, given_line.run as source, given_line.line, file_line.* exclude (source)
            from file_line inner join given_line on file_line.source = given_line.place
        """)
        show_lines_of_concern(session, kind)
        if kind in LOOKUPS:
            create_lookups(session)
            keep(session, kind)
            found, times = _lookup_rows(session, kind), (0, 0)
        else:
            for table in tables_of(kind):
                create_raw(session, table)
            keep(session, kind)
            found, times = _typed_rows(session, kind), _times(session, kind)
        for rows in found:
            yield _at_their_place(rows, runs)
        _count(counted, runs, given, times)
    told = [{"note": LINES, "source": source, "block": block, **n} for (source, block), n in counted.items()]
    yield from notes(schema_of(kind), told)


def _runs(batch: pa.RecordBatch, sources: Mapping[str, int], n_read: dict[tuple[int, int], int]) -> list[_Run]:
    names = batch.column("file_name").dictionary_encode()
    blocks = batch.column("block").to_numpy()
    codes = names.indices.to_numpy()
    starts = [0, *(np.flatnonzero((np.diff(codes) != 0) | (np.diff(blocks) != 0)) + 1).tolist()]
    runs = []
    for start, stop in zip(starts, [*starts[1:], batch.num_rows], strict=True):
        # Spark gives the name as it stands in an address.
        key = sources[unquote(names.dictionary[int(codes[start])].as_py())], int(blocks[start])
        n_before = n_read.get(key, 0)
        n_read[key] = n_before + stop - start
        runs.append(_Run(*key, n_before, start, stop))
    return runs


def _given_lines(batch: pa.RecordBatch, runs: list[_Run]) -> pa.Table:
    """The lines that are not blank: place in the batch, run, line in the block, text; null where it is not UTF-8."""
    text = pc.utf8_trim(_text(batch.column("value")), characters=_WHITESPACE)
    is_blank = pc.fill_null(pc.equal(pc.binary_length(text), 0), False)
    lengths = [run.stop - run.start for run in runs]
    lines = np.concatenate([np.arange(n) + run.n_before + 1 for n, run in zip(lengths, runs, strict=True)])
    return pa.table(
        {
            "place": pa.array(np.arange(batch.num_rows)),
            "run": pa.array(np.repeat(np.arange(len(runs), dtype=np.int32), lengths)),
            "line": pa.array(lines),
            "text": text,
        }
    ).filter(pc.invert(is_blank))


def _text(values: pa.Array) -> pa.Array:
    try:
        return values.cast(pa.string())
    except pa.ArrowInvalid:
        return pa.array([_decoded(value) for value in values.to_pylist()], pa.string())


def _decoded(value: bytes) -> str | None:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _count(
    counted: dict[tuple[int, int], Counter[str]], runs: list[_Run], given: pa.Table, times: tuple[int, int]
) -> None:
    """Adds each run's lines and rows to its block's; the batch's times of day stand with its first block."""
    n_rows = np.bincount(given["run"].to_numpy(), minlength=len(runs))
    for run, n in zip(runs, n_rows, strict=True):
        of_block = counted.setdefault((run.source, run.block), Counter(n_timed=0, n_universal=0))
        of_block.update(n_lines=run.stop - run.start, n_rows=int(n))
    counted[runs[0].source, runs[0].block].update(n_timed=times[0], n_universal=times[1])


def _typed_rows(session: duckdb.DuckDBPyConnection, kind: str) -> Iterator[pa.RecordBatch]:
    schema = schema_of(kind)
    for table in tables_of(kind):
        if session.execute(f"select 1 from raw_{table.name} limit 1").fetchone() is not None:
            yield from typed_rows(session, table, schema)


def _times(session: duckdb.DuckDBPyConnection, kind: str) -> tuple[int, int]:
    """Of the one timed column that a type's rows have."""
    timed = [(table, column) for table, column in TIMED_COLUMNS if table in tables_of(kind)]
    return count_times(session, *timed[0]) if timed else (0, 0)


def _lookup_rows(session: duckdb.DuckDBPyConnection, kind: str) -> Iterator[pa.RecordBatch]:
    """Rows to look up (`part` null, `record_id` the id, `reason` the fault), and the rejected ones."""
    found = session.execute(f"""
        select source, line, null::integer as part, id as record_id, fault as reason, null as detail, told
        from {LOOKUPS[kind]}_row
        union all by name
        select source, line, part, record_id, reason, detail, null as told from lookup_rejected
    """).to_arrow_table()
    rows = {name: found[name] for name in found.column_names}
    absent = {f.name: pa.nulls(found.num_rows, f.type) for f in LOOKUP_SCHEMA if f.name not in rows}
    yield from pa.table({**rows, **absent}).select(LOOKUP_SCHEMA.names).cast(LOOKUP_SCHEMA).to_batches()


def _at_their_place(rows: pa.RecordBatch, runs: list[_Run]) -> pa.RecordBatch:
    """The rows with the file and block of their run."""
    run = rows.column("source")
    source = pa.array([run.source for run in runs], pa.int32()).take(run)
    block = pa.array([run.block for run in runs], pa.int64()).take(run)
    return pa.RecordBatch.from_arrays([source, block, *rows.columns[2:]], schema=rows.schema)

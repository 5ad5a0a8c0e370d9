"""The measures evaluated by DuckDB, in this process.

A session is a DuckDB connection that holds the clinical tables under their own names. `evaluate`
adds every step's table to it, `outcome` last but one.
"""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from lumbar.engine.rates import rate_rows
from lumbar.engine.relational import STEP_TABLES, Relation, relations, steps
from lumbar.measures.model import PerformanceYear
from lumbar.measures.policy import Policy
from lumbar.store import arrow_schema
from lumbar.tables.clinical import CLINICAL_TABLES
from lumbar.tables.results import OUTCOME, RATE
from lumbar.tables.schema import Table

# Spark's names for date arithmetic, so that one text runs on both. The built-in two- and
# three-argument functions of the same names stay untouched elsewhere.
_MACROS = """
create or replace temp macro add_months(day, n) as cast(day + to_months(cast(n as integer)) as date);
create or replace temp macro date_add(day, n) as cast(day + cast(n as integer) as date);
create or replace temp macro datediff(later, earlier) as later - earlier;
"""



def open_session(
    threads: int | None = None, memory: str | None = None, spill_folder: Path | None = None
) -> duckdb.DuckDBPyConnection:
    """A DuckDB session with nothing fetched from outside, UTC, and Spark's date functions.

    `memory` is a DuckDB size such as "2GB"; past it, work spills to `spill_folder`.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
    }
    if threads is not None:
        config["threads"] = threads
    if memory is not None:
        config["memory_limit"] = memory
    if spill_folder is not None:
        config["temp_directory"] = str(spill_folder)
    session = duckdb.connect(config=config)
    session.execute("set TimeZone = 'UTC'")
    session.execute("set enable_progress_bar = false")
    session.execute(_MACROS)
    return session


def create_empty(session: duckdb.DuckDBPyConnection, table: Table, name: str | None = None) -> None:
    """An empty table with the declared columns, under its own name unless another is given."""
    columns = ", ".join(f'"{column.name}" {column.type.sql}' for column in table.columns)
    session.execute(f'create or replace temp table "{name or table.name}" ({columns})')


def evaluate(
    session: duckdb.DuckDBPyConnection,
    rules: PerformanceYear,
    policy: Policy,
    as_of: date,
    on_step: Callable[[str], None] = lambda table: None,
) -> None:
    """Every step's table in the session, from the clinical tables in it.

    `outcome` is sorted by episode_id, instrument, timepoint; `on_step` hears each table's name
    before it is made.
    """
    for relation in relations(rules, policy, as_of):
        _load_relation(session, relation)
    for step in steps():
        on_step(step.table)
        session.execute(f"create or replace temp table {step.table} as {step.sql}")


def outcome_reader(session: duckdb.DuckDBPyConnection, batch_rows: int = 122_880) -> pa.RecordBatchReader:
    """The `outcome` of an evaluated session in its order, as batches of the declared schema."""
    return _reader(session, OUTCOME, f"select * from {OUTCOME.name}", batch_rows)


def rate_table(session: duckdb.DuckDBPyConnection) -> pa.Table:
    """The result table `rate` of an evaluated session."""
    columns = [name for name, *_ in session.execute("describe rate_count").fetchall()]
    counts = [dict(zip(columns, row, strict=True)) for row in session.execute("from rate_count").fetchall()]
    return pa.Table.from_pylist(rate_rows(counts), schema=arrow_schema(RATE))


def clinical_reader(
    session: duckdb.DuckDBPyConnection, table: Table, batch_rows: int = 122_880
) -> pa.RecordBatchReader:
    """The rows of a clinical table that belong to patients with an episode, sorted, as batches."""
    columns = ", ".join(f'"{name}"' for name in table.column_names)
    query = f"""
        select {columns} from {table.name}
        where patient_id in (select patient_id from episode)
        order by all
    """
    return _reader(session, table, query, batch_rows)


def evaluate_tables(
    clinical: Mapping[str, pa.Table],
    rules: PerformanceYear,
    policy: Policy,
    as_of: date,
    threads: int | None = None,
) -> tuple[pa.Table, pa.Table]:
    """`outcome` and `rate` for clinical tables given as Arrow; a table left out counts as empty."""
    with open_session(threads) as session:
        for table in CLINICAL_TABLES:
            create_empty(session, table)
            if table.name in clinical:
                session.register("given", clinical[table.name])
                session.execute(f"insert into {table.name} by name select * from given")
                session.unregister("given")
        evaluate(session, rules, policy, as_of)
        return outcome_reader(session).read_all(), rate_table(session)


def drop_steps(session: duckdb.DuckDBPyConnection) -> None:
    """Frees the tables that no result is read from."""
    for name in STEP_TABLES:
        if name not in {"episode", "outcome", "rate_count"}:
            session.execute(f"drop table if exists {name}")


def _reader(session: duckdb.DuckDBPyConnection, table: Table, query: str, batch_rows: int) -> pa.RecordBatchReader:
    schema = arrow_schema(table)
    found = session.execute(query).to_arrow_reader(batch_rows)
    return pa.RecordBatchReader.from_batches(schema, (batch.cast(schema) for batch in found))


def _load_relation(session: duckdb.DuckDBPyConnection, relation: Relation) -> None:
    columns = ", ".join(f"{name} {type_.sql}" for name, type_ in relation.columns)
    session.execute(f"create or replace temp table {relation.name} ({columns})")
    if relation.rows:
        marks = ", ".join("?" for _ in relation.columns)
        session.executemany(f"insert into {relation.name} values ({marks})", [list(row) for row in relation.rows])

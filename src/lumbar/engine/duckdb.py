"""The measures evaluated by DuckDB, in this process.

A session is a DuckDB connection that holds the clinical tables under their own names. `evaluate` readies it;
`outcome_reader` then takes the patients through the steps, slice by slice.
"""

from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import date
from functools import partial
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa

from lumbar.engine import slices
from lumbar.engine.rates import rate_rows
from lumbar.engine.relational import NUMBERED, Relation, Step, relations, steps
from lumbar.engine.stretches import rows_in_order
from lumbar.measures.model import PerformanceYear
from lumbar.measures.policy import Policy
from lumbar.side_by_side import n_threads, side_by_side
from lumbar.store import ARROW_TYPES, arrow_schema
from lumbar.tables.clinical import CLINICAL_TABLES
from lumbar.tables.results import OUTCOME, RATE, REJECTED
from lumbar.tables.schema import Table

# Spark's names for date arithmetic, so that one text runs on both. The built-in two- and
# three-argument functions of the same names stay untouched elsewhere.
_MACROS = """
create or replace macro add_months(day, n) as cast(day + to_months(cast(n as integer)) as date);
create or replace macro date_add(day, n) as cast(day + cast(n as integer) as date);
create or replace macro datediff(later, earlier) as later - earlier;
"""


# Steps read once, by the next step alone: they are pipelined into it.
_PIPELINED = frozenset({"known_score", "candidate", "judged", "outcome"})

# From 1 on within a slice: the rows of `outcome` are put in order by it.
_NUMBERED_SQL = """
select row_number() over (order by counted.episode_id asc nulls last) as episode_number, counted.* from ({}) as counted
"""


_OUTCOME_SQL = "select {} from {} order by episode_number asc nulls last, row_position asc nulls last"


def open_session(
    threads: int | None = None,
    memory_limit: int | None = None,
    spill_folder: Path | None = None,
    records_file: Path | None = None,
) -> duckdb.DuckDBPyConnection:
    """A DuckDB session with nothing fetched from outside, UTC, and Spark's date functions.

    Past `memory_limit` bytes, work spills to `spill_folder`. With a `records_file`, which is made, the session's tables
    stand there and not in memory: what is read of them and let go is not written again.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
    }
    if threads is not None:
        config["threads"] = threads
    if memory_limit is not None:
        config["memory_limit"] = f"{memory_limit}B"
    if spill_folder is not None:
        config["temp_directory"] = str(spill_folder)
    session = _connected(records_file, config)
    session.execute("set TimeZone = 'UTC'")
    session.execute("set enable_progress_bar = false")
    # A checkpoint would compress tables that are soon dropped, in the middle of the work or at its end.
    session.execute("set checkpoint_threshold = '100TB'")
    session.execute("pragma disable_checkpoint_on_shutdown")
    # To compress what stands in a file takes more time than it saves.
    session.execute("set force_compression = 'uncompressed'")
    session.execute(_MACROS)
    return session


def _connected(
    records_file: Path | None, config: dict[str, str | bool | int | float | list[str]]
) -> duckdb.DuckDBPyConnection:
    """A connection to a new file, or to memory where there is none: some file systems know no locks, which it needs."""
    if records_file is not None:
        with suppress(duckdb.IOException):
            return duckdb.connect(records_file, config=config)
    return duckdb.connect(config=config)


def create_empty(session: duckdb.DuckDBPyConnection, table: Table) -> None:
    """An empty table with the declared columns."""
    columns = ", ".join(f'"{column.name}" {column.type.sql}' for column in table.columns)
    session.execute(f'create or replace table "{table.name}" ({columns})')


def evaluate(
    session: duckdb.DuckDBPyConnection,
    rules: PerformanceYear,
    policy: Policy,
    as_of: date,
    measure_ids: Collection[str] = (),
    on_step: Callable[[str], None] = lambda table: None,
) -> None:
    """The session made ready for `outcome_reader`, from the clinical tables in it: rules loaded, patients in slices.

    `rules` are the whole year's; `measure_ids` limits the rows of `outcome` and the rates to some of its
    measures. `on_step` hears the name of the step before it is made.
    """
    for relation in relations(rules, policy, as_of, measure_ids):
        _load_relation(session, relation)
    slices.forget(session)
    for step in steps():
        if step.table in slices.MADE_BEFORE:
            on_step(step.table)
            session.execute(f"create or replace {_kind(step)} {step.table} as {step.sql}")
    slices.cut(session)


@contextmanager
def outcome_reader(session: duckdb.DuckDBPyConnection) -> Iterator[pa.RecordBatchReader]:
    """The `outcome` of an evaluated session in its order, as batches of the declared schema.

    It is made slice by slice, as many at once as the session has threads, and never stands in memory as a whole.
    Once it has been read to its end, the session holds what `rate_table` and `counts` tell.
    """
    with closing(_judged_slices(session)) as judged, closing(_outcome_batches(session, judged)) as batches:
        yield pa.RecordBatchReader.from_batches(arrow_schema(OUTCOME), batches)


def _judged_slices(session: duckdb.DuckDBPyConnection) -> Generator["_JudgedSlice", None, None]:
    n_slices = slices.n_slices(session)
    makers = [partial(_judged_slice, number, n_slices) for number in range(n_slices)]
    return side_by_side(session, makers, n_threads(session))


def _outcome_batches(
    session: duckdb.DuckDBPyConnection, judged_slices: Iterator["_JudgedSlice"]
) -> Generator[pa.RecordBatch, None, None]:
    rate_counts, episode_counts = [], []
    for judged in judged_slices:
        yield from judged.outcome.to_batches()
        rate_counts.append(judged.rate_count)
        episode_counts.append(judged.episode_count)
    _keep(session, "rate_count", pa.concat_tables(rate_counts))
    _keep(session, "episode_count", pa.concat_tables(episode_counts))


class _JudgedSlice(NamedTuple):
    """The rows of `outcome` of one slice in their order, and what is counted of them."""

    outcome: pa.Table
    rate_count: pa.Table
    episode_count: pa.Table


def _judged_slice(slice_number: int, n_slices: int, cursor: duckdb.DuckDBPyConnection) -> _JudgedSlice:
    """One slice through all the steps; its tables are the cursor's own, and end with it."""
    schema = arrow_schema(OUTCOME)
    *making, counting = (step for step in steps() if step.table not in slices.MADE_BEFORE)
    if n_slices > 1:
        slices.look_at(cursor, slice_number)
    for step in making:
        sql = _NUMBERED_SQL.format(step.sql) if step.table == NUMBERED else step.sql
        cursor.execute(f"create temp {_kind(step)} {step.table} as {sql}")
    columns = ", ".join(schema.names)
    rows = cursor.execute(_OUTCOME_SQL.format(columns, OUTCOME.name)).to_arrow_table()
    episode_count = cursor.execute(
        "select count(*) as n_episodes, count(distinct patient_id) as n_patients from episode"
    ).to_arrow_table()
    cursor.execute(f"drop view {OUTCOME.name}")
    cursor.register(OUTCOME.name, rows)
    rate_count = cursor.execute(counting.sql).to_arrow_table()
    cursor.unregister(OUTCOME.name)
    return _JudgedSlice(rows.cast(schema), rate_count, episode_count)


def _kind(step: Step) -> str:
    return "view" if step.table in _PIPELINED else "table"


def _keep(session: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    session.register("kept_rows", rows)
    session.execute(f"create or replace table {name} as from kept_rows")
    session.unregister("kept_rows")


_RATE_COUNTS = """
select
    measure_id,
    stratum,
    submitted_alone,
    cast(sum(columns(['eligible', 'met', 'not_met', 'not_assessed', 'excluded', 'open', 'upcoming'])) as bigint),
    cast(sum(change_sum) as bigint) as change_sum
from rate_count
group by measure_id, stratum, submitted_alone, position
order by position asc nulls last
"""


def rate_table(session: duckdb.DuckDBPyConnection) -> pa.Table:
    """The result table `rate` of a session whose `outcome` has been read."""
    found = session.execute(_RATE_COUNTS).to_arrow_table().to_pylist()
    return pa.Table.from_pylist(rate_rows(found), schema=arrow_schema(RATE))


def clinical_reader(session: duckdb.DuckDBPyConnection, table: Table) -> pa.RecordBatchReader:
    """The rows of a clinical table that belong to patients with an episode, in the order of the records, as batches.

    The session holds them as `placed_<table>`, with the source, line and part each was read at.
    """
    schema = arrow_schema(table)
    found = rows_in_order(session, table, *slices.of_operated(session))
    batches = (batch for rows in found for batch in rows.cast(schema).to_batches())
    return pa.RecordBatchReader.from_batches(schema, batches)


def evaluate_tables(
    clinical: Mapping[str, pa.Table],
    rules: PerformanceYear,
    policy: Policy,
    as_of: date,
    threads: int | None = None,
    measure_ids: Collection[str] = (),
) -> tuple[pa.Table, pa.Table]:
    """`outcome` and `rate` for clinical tables given as Arrow; a table left out counts as empty."""
    with open_session(threads) as session:
        for table in CLINICAL_TABLES:
            create_empty(session, table)
            if table.name in clinical:
                session.register("given", clinical[table.name])
                session.execute(f"insert into {table.name} by name select * from given")
                session.unregister("given")
        evaluate(session, rules, policy, as_of, measure_ids)
        with outcome_reader(session) as outcome:
            rows = outcome.read_all()
        return rows, rate_table(session)


def rejected_table(session: duckdb.DuckDBPyConnection, source_names: Sequence[str]) -> pa.Table:
    """The result table `rejected`: `rejected_row` of the readers with file names, sorted."""
    session.register("source_name", pa.table({"source": range(len(source_names)), "name": list(source_names)}))
    query = """
        select source_name.name as source, line, "table", record_id, reason, detail
        from rejected_row inner join source_name on rejected_row.source = source_name.source
        order by all
    """
    return session.execute(query).to_arrow_table().cast(arrow_schema(REJECTED))


def counts(session: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """How many episodes, of how many patients, a session whose `outcome` has been read has."""
    n_episodes, n_patients = session.execute("select sum(n_episodes), sum(n_patients) from episode_count").fetchall()[0]
    return int(n_episodes), int(n_patients)


def line_counts(session: duckdb.DuckDBPyConnection, as_of: date) -> tuple[int, int]:
    """How many procedure lines are known on the as-of date, and how many of them start an episode."""
    known = "select count(*) from procedure where performed_on <= ?"
    n_lines = session.execute(known, [as_of]).fetchall()[0][0]
    return int(n_lines), int(session.execute("select count(*) from qualifying_line").fetchall()[0][0])


def engine_version() -> str:
    """The engine's name and version, for run.json."""
    return f"duckdb {duckdb.__version__}"


def _load_relation(session: duckdb.DuckDBPyConnection, relation: Relation) -> None:
    columns = ", ".join(f"{name} {type_.sql}" for name, type_ in relation.columns)
    session.execute(f"create or replace table {relation.name} ({columns})")
    if relation.rows:
        schema = pa.schema([(name, ARROW_TYPES[type_]) for name, type_ in relation.columns])
        columns_of_values = [list(values) for values in zip(*relation.rows, strict=True)]
        arrays = [pa.array(values, field.type) for values, field in zip(columns_of_values, schema, strict=True)]
        session.register("relation_rows", pa.Table.from_arrays(arrays, schema=schema))
        session.execute(f"insert into {relation.name} from relation_rows")
        session.unregister("relation_rows")

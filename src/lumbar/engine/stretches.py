"""A clinical table in the order its records were read, stretch by stretch.

A table of more than one row group stands in the session in the order the threads came. A stretch is found by the places
kept with its row groups and sorted by itself, so that the order costs little and no wide table is sorted as a whole.
"""

from collections.abc import Iterator

import duckdb
import pyarrow as pa

from lumbar.tables.schema import Table

STRETCH_ROWS = 122_880  # about so many stand in memory at once


def rows_in_order(cursor: duckdb.DuckDBPyConnection, table: Table, is_told: str, patients: str) -> Iterator[pa.Table]:
    """The rows of `placed_<table>` by source, line and part, stretch by stretch: those whose patient is `in`, or
    `not in`, a select of patients.
    """
    found = _stretches(cursor, table)
    if len(found) <= 1:
        yield from (_rows_of_stretch(cursor, table, f"patient_id {is_told} ({patients})", one) for one in found)
        return
    # The patients are many; they are looked up once, and not for each stretch. A line is of one patient.
    lines = f"told_{table.name}_line"
    cursor.execute(f"""
        create or replace temp table {lines} as
        select source, line from placed_{table.name} where patient_id in ({patients})
        order by source asc nulls last, line asc nulls last
    """)
    for stretch in found:
        condition = f"(source, line) {is_told} (select (source, line) from {lines} where {stretch})"
        yield _rows_of_stretch(cursor, table, condition, stretch)
    cursor.execute(f"drop table {lines}")


def _stretches(session: duckdb.DuckDBPyConnection, table: Table) -> list[str]:
    """Conditions on the places of `placed_<table>`: each row fulfils one of them, and they are in order."""
    spans = session.execute(f"""
        select source, min(line) as first_line, max(line) as last_line, count(*) as n from placed_{table.name}
        group by source order by source asc nulls last
    """).fetchall()
    found: list[str] = []
    first_source, room = 0, 0  # of the stretch in work, which holds small sources whole
    for source, first, last, n_rows in spans:
        if n_rows > STRETCH_ROWS:
            n_lines = -(-(last - first + 1) * STRETCH_ROWS // n_rows)  # as many as hold so many rows, evenly spread
            begins = range(first, last + 1, n_lines)
            found += [f"source = {source} and line between {n} and {n + n_lines - 1}" for n in begins]
            room = 0
        elif n_rows > room:
            found.append(f"source = {source}")
            first_source, room = source, STRETCH_ROWS - n_rows
        else:
            found[-1] = f"source between {first_source} and {source}"
            room -= n_rows
    return found


def _rows_of_stretch(cursor: duckdb.DuckDBPyConnection, table: Table, condition: str, stretch: str) -> pa.Table:
    """The rows of a stretch that fulfil a condition, by source, line and part."""
    columns = [f'"{name}"' for name in table.column_names]
    rows = cursor.execute(f"""
        select {", ".join(columns)}, source, line, part from placed_{table.name}
        where {stretch} and {condition}
    """).to_arrow_table()
    return rows.sort_by([(name, "ascending") for name in ("source", "line", "part")]).select(list(table.column_names))

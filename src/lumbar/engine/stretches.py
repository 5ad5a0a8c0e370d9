"""A clinical table in the order its records were read, stretch by stretch.

A table of more than one row group stands in the session in the order the threads came. A stretch is found by the places
kept with its row groups and sorted by itself, so that the order costs little and no table is sorted as a whole.
"""

import duckdb
import pyarrow as pa

from lumbar.tables.schema import Table

STRETCH_LINES = 122_880  # of a source; a row is wide, so they are what stands in memory at once


def stretches(session: duckdb.DuckDBPyConnection, table: Table) -> list[str]:
    """Conditions on the places of `placed_<table>`: each row fulfils one of them, and they are in order."""
    spans = session.execute(f"""
        select source, min(line) as first_line, max(line) as last_line from placed_{table.name}
        group by source order by source asc nulls last
    """).fetchall()
    found: list[str] = []
    first_source, room = 0, 0  # of the stretch in work, which holds small sources whole
    for source, first, last in spans:
        n_lines = last - first + 1
        if n_lines > STRETCH_LINES:
            begins = range(first, last + 1, STRETCH_LINES)
            found += [f"source = {source} and line between {n} and {n + STRETCH_LINES - 1}" for n in begins]
            room = 0
        elif n_lines > room:
            found.append(f"source = {source}")
            first_source, room = source, STRETCH_LINES - n_lines
        else:
            found[-1] = f"source between {first_source} and {source}"
            room -= n_lines
    return found


def operated_rows(cursor: duckdb.DuckDBPyConnection, table: Table, stretch: str) -> pa.Table:
    """The rows of a stretch that belong to patients with an episode, by source, line and part."""
    columns = [f'"{name}"' for name in table.column_names]
    rows = cursor.execute(f"""
        select {", ".join(columns)}, source, line, part from placed_{table.name}
        where {stretch} and patient_id in (select operated_patient.patient_id from operated_patient)
    """).to_arrow_table()
    return rows.sort_by([(name, "ascending") for name in ("source", "line", "part")]).select(list(table.column_names))

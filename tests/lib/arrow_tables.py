"""Clinical rows as Arrow tables, typed from the declarations of the waist."""

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from lumbar.tables.clinical import CLINICAL_TABLES
from lumbar.tables.schema import Table, Type

Row = dict[str, Any]
Clinic = Mapping[str, Iterable[Row]]

ARROW_TYPES = {
    Type.TEXT: pa.string(),
    Type.DATE: pa.date32(),
    Type.TIME: pa.string(),
    Type.SCORE: pa.decimal128(9, 4),
    Type.INTEGER: pa.int64(),
    Type.FRACTION: pa.float64(),
    Type.BOOLEAN: pa.bool_(),
}


def arrow_schema(table: Table) -> pa.Schema:
    """The Arrow schema of a declared table, columns in order."""
    return pa.schema([(column.name, ARROW_TYPES[column.type]) for column in table.columns])


def arrow_table(table: Table, rows: Iterable[Row]) -> pa.Table:
    """The rows as one Arrow table; a key a row lacks is null, a key the table lacks is an error."""
    listed = list(rows)
    unknown = {key for row in listed for key in row} - set(table.column_names)
    assert not unknown, f"table {table.name} has no column {sorted(unknown)}"
    return pa.Table.from_pylist(listed, schema=arrow_schema(table))


def arrow_clinic(clinic: Clinic) -> dict[str, pa.Table]:
    """Each table of a clinic, by name, as Arrow; tables the clinic lacks are left out."""
    return {table.name: arrow_table(table, clinic[table.name]) for table in CLINICAL_TABLES if table.name in clinic}

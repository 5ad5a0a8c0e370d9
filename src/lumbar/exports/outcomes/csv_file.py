"""Rows as CSV: UTF-8, one header, lines ended as RFC 4180 has it."""

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from lumbar.tables.schema import Table

_BATCH_ROWS = 10_000


def write_csv(path: Path, rows: pa.Table, table: Table, facts: Mapping[str, str], on: date) -> None:
    """Dates as YYYY-MM-DD, decimals exact, truth as true or false, and nothing for what is not there.

    The facts have no place in CSV.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(table.column_names)
        for batch in rows.to_batches(_BATCH_ROWS):
            writer.writerows(zip(*(_texts(column).to_pylist() for column in batch.columns), strict=True))


def _texts(column: pa.Array) -> pa.Array:
    """The values as text; decimals without zeros that say nothing."""
    texts = pc.cast(column, pa.string())
    return pc.utf8_rtrim(pc.utf8_rtrim(texts, "0"), ".") if pa.types.is_decimal(column.type) else texts

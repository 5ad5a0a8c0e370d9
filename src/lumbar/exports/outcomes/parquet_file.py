"""Rows as Parquet: the declared types, the dictionary at the columns, the facts at the file."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from lumbar.store import ARROW_TYPES, ROW_GROUP_ROWS
from lumbar.tables.schema import Column, Table


def write_parquet(path: Path, rows: pa.Table, table: Table, facts: Mapping[str, str], on: date) -> None:
    """Meaning, unit and words of a column are metadata of its field; a fact is metadata of the file, by its name."""
    fields = [pa.field(column.name, ARROW_TYPES[column.type], metadata=_described(column)) for column in table.columns]
    schema = pa.schema(fields, metadata={f"lumbar.{name}": text for name, text in facts.items()})
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for start in range(0, rows.num_rows, ROW_GROUP_ROWS):
            group = pa.table(rows.slice(start, ROW_GROUP_ROWS).columns, schema).combine_chunks()
            writer.write_table(group, row_group_size=ROW_GROUP_ROWS)


def _described(column: Column) -> dict[str, str]:
    said = {"meaning": column.meaning, "unit": column.unit, "values": " ".join(column.values)}
    return {name: text for name, text in said.items() if text}

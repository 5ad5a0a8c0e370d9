"""An outcome file read by a test: neither by what wrote it nor by what recounts it."""

import csv
import re
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow.parquet as pq
from openpyxl.utils.escape import unescape

FORMS = ("csv", "parquet", "xlsx")


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The rows as values of Python; of CSV all text, and nothing as None."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            return [{name: text or None for name, text in row.items()} for row in csv.DictReader(file)]
    if path.suffix == ".parquet":
        found = duckdb.sql(f"from read_parquet('{path}')")
        return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]
    header, *rows = openpyxl.load_workbook(path)["outcomes"].iter_rows(values_only=True)
    return [dict(zip(header, map(_of_cell, row), strict=True)) for row in rows]


def _of_cell(value: Any) -> Any:
    if isinstance(value, str):
        return unescape(value)
    return value.date() if isinstance(value, datetime) else value


def everything_in(path: Path) -> str:
    """All that can be found in a file: its bytes, and what they hold once unpacked, metadata among it."""
    found = [path.name, path.read_bytes().decode("latin-1")]
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as packed:
            found += [part.filename for part in packed.infolist()]
            found += [packed.read(part).decode("utf-8") for part in packed.infolist()]
    if path.suffix == ".parquet":
        file = pq.ParquetFile(path)
        fields = [(field.name, field.metadata) for field in file.schema_arrow]
        found += [str(file.metadata.to_dict()), str(file.schema_arrow.metadata), str(fields)]
        found += [str(value) for row in rows_of(path) for value in row.values()]
    return "\n".join(found)


def holds(text: str, mark: str) -> bool:
    """Whether the mark stands in the text, in capitals or not; a number only as a number of its own."""
    if mark.isdigit():
        return re.search(rf"(?<![0-9a-zA-Z.]){mark}(?![0-9a-zA-Z])", text) is not None
    return mark.lower() in text.lower()

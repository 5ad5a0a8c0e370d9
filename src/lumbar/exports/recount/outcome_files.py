"""Reads an outcome file back, whatever its form, as rows of typed values; none of it wrote the file."""

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from lumbar.tables.schema import Type

# The column names of a file, and its rows in order.
Content = tuple[list[str], Iterator[Sequence[Any]]]

_BATCH_ROWS = 10_000


def read_rows(path: Path, types: Mapping[str, Type]) -> Iterator[dict[str, Any]]:
    """The rows of a file that has these columns in this order; nothing is None, of a text too.

    Raises ValueError for other columns and for a value that is not of its column's type.
    """
    with path.open("rb") as file:
        start = file.read(4)
    if start == b"PAR1":
        (header, rows), typed = _parquet(path), _instance
    elif start == b"PK\x03\x04":
        (header, rows), typed = _sheet(path), _cell
    else:
        (header, rows), typed = _delimited(path, types), _parsed
    if header != list(types):
        raise ValueError("other columns than those of this privacy level")
    converts = [typed(type_) for type_ in types.values()]
    for row in rows:
        yield {name: convert(value) for name, convert, value in zip(types, converts, row, strict=True)}


def _parquet(path: Path) -> Content:
    from pyarrow import parquet

    file = parquet.ParquetFile(path)
    batches = file.iter_batches(_BATCH_ROWS)
    return file.schema_arrow.names, (tuple(row.values()) for batch in batches for row in batch.to_pylist())


def _sheet(path: Path) -> Content:
    rows = _sheet_rows(path)
    return list(next(rows)), rows


def _sheet_rows(path: Path) -> Iterator[Sequence[Any]]:
    from openpyxl import load_workbook

    try:
        with path.open("rb") as file:
            book = load_workbook(file, read_only=True, data_only=True)
            rows = book[book.sheetnames[0]].iter_rows(values_only=True)
            yield from rows
            book.close()
    except (BadZipFile, zlib.error) as error:
        raise ValueError("no workbook") from error


def _delimited(path: Path, types: Mapping[str, Type]) -> Content:
    import pyarrow as pa
    from pyarrow import csv

    batches = csv.open_csv(
        path,
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(column_types=dict.fromkeys(types, pa.string())),
    )
    return batches.schema.names, (tuple(row.values()) for batch in batches for row in batch.to_pylist())


def _instance(type_: Type) -> Callable[[Any], Any]:
    """How a value of Parquet is taken: as it is."""
    wanted = {Type.TEXT: str, Type.DATE: date, Type.SCORE: Decimal, Type.INTEGER: int, Type.BOOLEAN: bool}[type_]

    def taken(value: Any) -> Any:
        if value is not None and type(value) is not wanted:
            raise ValueError(f"a value that is no {type_}")
        return None if value == "" else value

    return taken


def _cell(type_: Type) -> Callable[[Any], Any]:
    """How the value of a cell is taken: a number as its decimal, a moment as its day, `_x0007_` as its sign."""
    from openpyxl.utils.escape import unescape

    as_is = _instance(type_)

    def taken(value: Any) -> Any:
        if type_ is Type.DATE and isinstance(value, datetime):
            return value.date()
        if type_ is Type.SCORE and type(value) in (int, float):
            return Decimal(repr(value))
        return as_is(unescape(value) if isinstance(value, str) else value)

    return taken


def _parsed(type_: Type) -> Callable[[str], Any]:
    """How the text of a field is taken."""
    parses: dict[Type, Callable[[str], Any]] = {
        Type.TEXT: str,
        Type.DATE: date.fromisoformat,
        Type.SCORE: Decimal,
        Type.INTEGER: int,
        Type.BOOLEAN: {"true": True, "false": False}.__getitem__,
    }
    parse = parses[type_]
    return lambda text: None if text == "" else parse(text)

"""Rows as an Excel workbook: a sheet of rows, and a sheet that says what they are."""

from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from lumbar.beside import FolderBeside
from lumbar.errors import ResultFolderError, UsageError
from lumbar.tables.results import FLAGS
from lumbar.tables.schema import Column, Table, Type

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

MOST_ROWS = 1_048_576 - 1  # of a sheet, below the header
ROWS_SHEET = "outcomes"
ABOUT_SHEET = "about"

_BATCH_ROWS = 10_000
_INK, _PAPER, _LINE, _WARM = "#1F4E5F", "#FFFFFF", "#C9D6DB", "#FCE8C8"
_CELLS = {
    Type.DATE: {"num_format": "yyyy-mm-dd", "align": "center"},
    Type.SCORE: {"num_format": "0.0###"},
    Type.INTEGER: {"num_format": "0"},
    Type.BOOLEAN: {"align": "center"},
    Type.TEXT: {"num_format": "@"},
}
_WIDTHS = {Type.DATE: 12, Type.SCORE: 14, Type.INTEGER: 14, Type.BOOLEAN: 13, Type.TEXT: 15}
_WIDE = {"episode_id": 26, "flags": 44, "payer": 24, "preoperative_score_id": 22, "postoperative_score_id": 22}
_FACT_HEADS, _COLUMN_HEADS, _FLAG_HEADS = ("fact", "said"), ("column", "meaning", "unit", "values"), ("flag", "meaning")
_COLOURED_FLAG = "worse"
_KEYS = ("episode_id", "patient_id", "patient", "operation")


def write_workbook(path: Path, rows: pa.Table, table: Table, facts: Mapping[str, str], on: date) -> None:
    """Ids and codes as text, scores as numbers, days as dates; created on the day the file is dated.

    Raises UsageError for more rows than a sheet holds.
    """
    if rows.num_rows > MOST_ROWS:
        raise UsageError(
            f"{rows.num_rows:,} rows are more than a sheet holds ({MOST_ROWS:,}); name a file that ends in .csv or "
            ".parquet"
        )
    from xlsxwriter import Workbook
    from xlsxwriter.exceptions import XlsxFileError

    # What does not fit in memory is patient data too: it waits beside the file and goes with it.
    with FolderBeside(path) as spill:
        book = Workbook(str(path), {"constant_memory": True, "tmpdir": str(spill), "use_zip64": True})
        book.set_properties({"title": "Outcomes of lumbar surgery", "created": datetime.combine(on, time())})
        _write_rows(book, rows, table)
        _write_about(book, table, facts)
        try:
            book.close()
        except XlsxFileError as error:
            raise ResultFolderError(f"the workbook cannot be written: {error}") from None


def _write_rows(book: "Workbook", rows: pa.Table, table: Table) -> None:
    sheet = book.add_worksheet(ROWS_SHEET)
    header = book.add_format(
        {
            **{"bold": True, "font_color": _PAPER, "bg_color": _INK, "text_wrap": True, "valign": "vcenter"},
            **{"border": 1, "border_color": _LINE, "align": "center"},
        }
    )
    formats = {type_: book.add_format({**look, "valign": "top"}) for type_, look in _CELLS.items()}
    last_row, last_column = max(rows.num_rows, 1), len(table.columns) - 1
    for place, column in enumerate(table.columns):
        sheet.set_column(place, place, _WIDE.get(column.name, _WIDTHS[column.type]), formats[column.type])
    sheet.freeze_panes(1, sum(name in _KEYS for name in table.column_names))
    sheet.autofilter(0, 0, last_row, last_column)
    _mark_worse(sheet, book.add_format({"bg_color": _WARM}), table, last_row)
    sheet.set_landscape()
    sheet.repeat_rows(0)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&L&A&RPage &P of &N")
    sheet.set_row(0, 34)
    for place, column in enumerate(table.columns):
        sheet.write_string(0, place, column.name, header)
    above = 1
    for batch in rows.to_batches(_BATCH_ROWS):
        values = [column.to_pylist() for column in batch.columns]
        for row in range(batch.num_rows):
            for place, column in enumerate(table.columns):
                _write_cell(sheet, above + row, place, values[place][row], column, formats[column.type])
        above += batch.num_rows


def _write_cell(sheet: "Worksheet", row: int, place: int, value: object, column: Column, look: "Format") -> None:
    """One cell of its column's type; nothing for what is not there."""
    if value is None or value == "":
        return
    if column.type is Type.TEXT:
        sheet.write_string(row, place, value, look)
    elif column.type is Type.DATE:
        sheet.write_datetime(row, place, value, look)
    elif column.type is Type.BOOLEAN:
        sheet.write_boolean(row, place, value, look)
    else:
        sheet.write_number(row, place, value, look)


def _mark_worse(sheet: "Worksheet", look: "Format", table: Table, last_row: int) -> None:
    """Colours the flags of who got worse: that patient is looked at whatever the measure says."""
    from xlsxwriter.utility import xl_rowcol_to_cell

    place = table.column_names.index("flags")
    flags = xl_rowcol_to_cell(1, place, col_abs=True)
    criteria = f'=ISNUMBER(SEARCH(" {_COLOURED_FLAG} "," "&{flags}&" "))'
    sheet.conditional_format(1, place, last_row, place, {"type": "formula", "criteria": criteria, "format": look})


def _write_about(book: "Workbook", table: Table, facts: Mapping[str, str]) -> None:
    sheet = book.add_worksheet(ABOUT_SHEET)
    cell = {"valign": "top", "bottom": 1, "bottom_color": _LINE}
    title = book.add_format({"bold": True, "font_size": 14, "font_color": _INK})
    head = book.add_format({"bold": True, "font_color": _PAPER, "bg_color": _INK})
    name, text = book.add_format({**cell, "bold": True}), book.add_format({**cell, "text_wrap": True})
    coloured = book.add_format({**cell, "bold": True, "bg_color": _WARM})
    for place, width in enumerate((26, 70, 14, 60)):
        sheet.set_column(place, place, width)
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.write_string(0, 0, "Outcomes of lumbar surgery", title)
    columns = [(c.name, c.meaning, c.unit, ", ".join(c.values)) for c in table.columns]
    row = 1
    for heads, lines in ((_FACT_HEADS, facts.items()), (_COLUMN_HEADS, columns), (_FLAG_HEADS, FLAGS.items())):
        row += 1
        for place, words in enumerate(heads):
            sheet.write_string(row, place, words, head)
        for what, *said in lines:
            row += 1
            sheet.write_string(row, 0, what, coloured if what == _COLOURED_FLAG else name)
            for place, words in enumerate(said, 1):
                sheet.write_string(row, place, words, text)
        row += 1

"""The rows of a CSV file into the session, block by block: never the whole file in memory."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from lumbar.errors import InputError
from lumbar.readers.intake import InputFile, open_bytes

_CHUNK_BYTES = 1 << 20
# A row must fit into one block. The second size is for files with a row that does not fit the first.
_BLOCK_BYTES = (4 * 1024**2, 256 * 1024**2)


@dataclass(frozen=True, slots=True)
class _Misfit:
    """A row with too few or too many fields: its number, the header being 1, and its inner line breaks."""

    number: int
    is_blank: bool
    n_breaks: int


def load_csv(session: duckdb.DuckDBPyConnection, file: InputFile, header: list[str]) -> None:
    """`csv_<source>`: the rows as text with their 1-based line, in order, without blank ones; `csv_<source>_misfit`:
    the lines of rows that do not fit the header. `file.n_rows` counts both.

    Raises InputError for text that is not UTF-8, broken gzip, a quotation mark left open.
    """
    try:
        last_row_is_broken = _load(session, file, header, _BLOCK_BYTES)
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        if "UTF8" in str(error) or "utf-8" in str(error):
            raise InputError(f"{file.name}: not UTF-8; save it as CSV UTF-8") from None
        if "Empty CSV" not in str(error):
            raise InputError(f"{file.name}: cannot be read as CSV; is a quotation mark left open?") from None
        last_row_is_broken = False
    except (EOFError, OSError):
        raise InputError(f"{file.name}: the gzip file is broken or cut short; fetch it again") from None
    if last_row_is_broken and _has_odd_quotation_marks(file):
        # All rows after the mark would be one value.
        raise InputError(f"{file.name}: a quotation mark is left open; close it or take it away")


def drop_csv(session: duckdb.DuckDBPyConnection, file: InputFile) -> None:
    """Takes away what `load_csv` has loaded, if it has."""
    for name in (f"csv_{file.source}", f"csv_{file.source}_misfit"):
        session.execute(f"drop table if exists {name}")


def _load(session: duckdb.DuckDBPyConnection, file: InputFile, header: list[str], block_bytes: Sequence[int]) -> bool:
    """Loads in blocks of the first size that holds every row; whether the last row has line breaks."""
    name = f"csv_{file.source}"
    columns = ", ".join(f"{column} varchar" for column in header)
    session.execute(f"create or replace table {name} ({columns}, line bigint)")
    session.execute(f"create or replace table {name}_misfit (line bigint)")
    file.n_rows = 0
    lines = _Lines()

    def insert(table: str, rows: pa.Table) -> None:
        if rows.num_rows:
            session.register("csv_block", rows)
            session.execute(f"insert into {table} from csv_block")
            session.unregister("csv_block")
            file.n_rows += rows.num_rows

    try:
        with open_bytes(file.path) as stream, _opened(stream, header, block_bytes[0], lines) as reader:
            for batch in reader:
                rows = pa.Table.from_batches([batch])
                starts, misfits = lines.of(rows)
                insert(name, _without_blank_rows(rows.append_column("line", starts), header))
                insert(f"{name}_misfit", misfits)
            insert(f"{name}_misfit", lines.of(None)[1])
    except pa.ArrowInvalid as error:
        if "straddling object" in str(error) and len(block_bytes) > 1:
            return _load(session, file, header, block_bytes[1:])
        raise
    return lines.last_row_is_broken


def _opened(stream: Any, header: list[str], block_bytes: int, lines: "_Lines") -> pa_csv.CSVStreamingReader:
    def take_note(row: Any) -> str:
        is_blank = not row.text.replace(",", "").replace('"', "").strip()
        lines.misfits.append(_Misfit(row.number, is_blank, row.text.count("\n")))
        return "skip"

    return pa_csv.open_csv(
        stream,
        read_options=pa_csv.ReadOptions(
            use_threads=False, column_names=header, skip_rows=1, encoding="utf8", block_size=block_bytes
        ),
        parse_options=pa_csv.ParseOptions(
            newlines_in_values=True, invalid_row_handler=take_note, ignore_empty_lines=False
        ),
        convert_options=pa_csv.ConvertOptions(
            check_utf8=True, strings_can_be_null=False, column_types={name: pa.string() for name in header}
        ),
    )


class _Lines:
    """The line each row starts at, line breaks inside quoted values counted, while rows come block by block."""

    def __init__(self) -> None:
        self.misfits: deque[_Misfit] = deque()  # met, and not yet placed
        self.last_row_is_broken = False
        self._n_rows, self._n_breaks = 0, 0

    def of(self, rows: pa.Table | None) -> tuple[pa.Array, pa.Table]:
        """The lines of the next rows, and those of the misfits among them; None when no more rows come."""
        import numpy as np

        n_kept = 0 if rows is None else rows.num_rows
        placed: list[_Misfit] = []
        # pyarrow numbers rows from 1, the header being row 1, and counts the rows it was told to skip.
        while self.misfits and (rows is None or self.misfits[0].number - 2 - self._n_rows < n_kept + len(placed)):
            placed.append(self.misfits.popleft())
        skipped = np.array([misfit.number for misfit in placed], np.int64) - 2 - self._n_rows
        is_kept = np.ones(n_kept + len(placed), np.bool_)
        is_kept[skipped] = False
        breaks = np.zeros(len(is_kept), np.int64)
        breaks[skipped] = [misfit.n_breaks for misfit in placed]
        for column in () if rows is None else rows.columns:
            breaks[is_kept] += pc.count_substring(column, "\n").to_numpy().astype(np.int64)
        lines = self._n_rows + self._n_breaks + np.arange(2, len(breaks) + 2) + np.cumsum(breaks) - breaks
        if len(breaks):
            self.last_row_is_broken = bool(breaks[-1])
        self._n_rows += len(breaks)
        self._n_breaks += int(breaks.sum())
        is_told = np.array([not misfit.is_blank for misfit in placed], np.bool_)
        misfit_lines = lines[skipped][is_told] if placed else lines[:0]
        return pa.array(lines[is_kept], pa.int64()), pa.table({"line": pa.array(misfit_lines, pa.int64())})


def _without_blank_rows(rows: pa.Table, header: list[str]) -> pa.Table:
    """The rows without blank lines and lines of commas alone, as spreadsheets leave them."""
    is_blank = pa.chunked_array([pa.array([True] * rows.num_rows, pa.bool_())])
    for name in header:
        is_blank = pc.and_(is_blank, pc.equal(pc.utf8_length(pc.utf8_trim_whitespace(rows[name])), 0))
        if not pc.any(is_blank).as_py():
            return rows
    return rows.filter(pc.invert(is_blank))


def _has_odd_quotation_marks(file: InputFile) -> bool:
    with open_bytes(file.path) as stream:
        return sum(chunk.count(b'"') for chunk in iter(partial(stream.read, _CHUNK_BYTES), b"")) % 2 == 1

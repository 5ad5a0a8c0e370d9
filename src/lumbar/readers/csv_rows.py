"""The rows of a CSV file, separated by commas or by tabs, block by block: never the whole file in memory.

Values separated by commas may stand in quotation marks, with line breaks in them; those separated by tabs, as OMOP's
vocabularies come, hold quotation marks as they are.
"""

import csv
import io
import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from lumbar.errors import InputError
from lumbar.readers.intake import InputFile, open_bytes

COMMA, TAB = ",", "\t"
LINE = "lumbar_line"  # the column that holds the 1-based line a row starts at
MISFIT = "the row has not as many fields as the header"

_WORDS = {COMMA: "commas", TAB: "tabs", ";": "semicolons", "|": "bars"}
_CHUNK_BYTES = 1 << 20
# A row must fit into one block. The second size is for files with a row that does not fit the first.
_BLOCK_BYTES = (4 * 1024**2, 256 * 1024**2)
# What pyarrow says of a row, and of a header, that does not fit.
_UNFIT = ("straddling object", "Could not skip initial")


def csv_header(file: InputFile, delimiters: str = COMMA) -> tuple[list[str], str]:
    """The column names in small letters, and which of the delimiters separates them: the first that is there.

    Raises InputError for a first line that is no header.
    """
    try:
        with io.TextIOWrapper(open_bytes(file.path), encoding="utf-8-sig", newline="") as stream:
            first = stream.readline()
    except UnicodeDecodeError:
        raise InputError(f"{file.name}: not UTF-8; save it as CSV UTF-8") from None
    except (EOFError, OSError, zlib.error):
        raise InputError(f"{file.name}: cannot be read; a broken gzip file? fetch it again") from None
    if not first.strip():
        what = "the first line is blank; a table begins with" if first else "empty; a table has at least"
        raise InputError(f"{file.name}: {what} its header")
    delimiter = next((delimiter for delimiter in delimiters if delimiter in first), COMMA)
    if delimiter == COMMA and first.count('"') % 2:
        raise InputError(f"{file.name}: a quotation mark is left open in the header; close it or take it away")
    try:
        header = [name.strip().lower() for name in next(csv.reader([first], delimiter=delimiter))]
    except csv.Error:
        raise InputError(f"{file.name}: the first line cannot be read as a header") from None
    strange = [word for mark, word in _WORDS.items() if mark in first and mark not in delimiters]
    if len(header) == 1 and strange:
        known = " or ".join(_WORDS[mark] for mark in sorted(delimiters, reverse=True))
        raise InputError(f"{file.name}: the columns are separated by {strange[0]}; use {known}")
    return header, delimiter


def csv_blocks(file: InputFile, header: list[str], delimiter: str = COMMA) -> Iterator[tuple[pa.Table, pa.Array]]:
    """The rows as text with LINE as last column, in order, without blank ones; beside each block the lines of the
    rows among them that do not fit the header. `file.n_rows` counts both, and is known after the last block.

    Raises InputError for text that is not UTF-8, broken gzip, a quotation mark left open.
    """
    file.n_rows = 0
    try:
        for rows, misfits in _blocks(file, header, delimiter):
            file.n_rows += len(rows) + len(misfits)
            yield rows, misfits
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        if "UTF8" in str(error) or "utf-8" in str(error):
            raise InputError(f"{file.name}: not UTF-8; save it as CSV UTF-8") from None
        if str(error).startswith(_UNFIT[1]):
            return  # a header without a line break, and nothing more
        raise InputError(f"{file.name}: cannot be read as CSV; is a quotation mark left open?") from None
    except (EOFError, OSError, zlib.error):
        raise InputError(f"{file.name}: the gzip file is broken or cut short; fetch it again") from None


def load_csv(session: duckdb.DuckDBPyConnection, file: InputFile, header: list[str]) -> None:
    """`csv_<source>`: the rows, separated by commas, with LINE; `csv_<source>_misfit`: the LINE of those that do not
    fit the header. Raises InputError as `csv_blocks` does.
    """
    name = f"csv_{file.source}"
    columns = ", ".join(f"{column} varchar" for column in header)
    session.execute(f"create or replace table {name} ({columns}, {LINE} bigint)")
    session.execute(f"create or replace table {name}_misfit ({LINE} bigint)")
    for rows, misfits in csv_blocks(file, header):
        for table, block in ((name, rows), (f"{name}_misfit", pa.table({LINE: misfits}))):
            if block.num_rows:
                session.register("csv_block", block)
                session.execute(f"insert into {table} from csv_block")
                session.unregister("csv_block")


def drop_csv(session: duckdb.DuckDBPyConnection, file: InputFile) -> None:
    """Takes away what `load_csv` has loaded, if it has."""
    for name in (f"csv_{file.source}", f"csv_{file.source}_misfit"):
        session.execute(f"drop table if exists {name}")


def _blocks(file: InputFile, header: list[str], delimiter: str) -> Iterator[tuple[pa.Table, pa.Array]]:
    """As `csv_blocks`. Where a row does not fit into a block all are read again, and those given before passed over."""
    n_given = 0
    for block_bytes in _BLOCK_BYTES:
        lines = _Lines(delimiter)
        try:
            with open_bytes(file.path) as stream, _opened(stream, header, block_bytes, lines) as reader:
                for batch in chain(reader, [None]):
                    found = pa.Table.from_batches([] if batch is None else [batch], reader.schema)
                    rows, misfits = lines.of(found, is_end=batch is None)
                    if lines.swallowing is not None:
                        raise InputError(
                            f"{file.name}: a quotation mark is left open in line {lines.swallowing}, and the rows up "
                            "to the next would be lost; close it or take it away"
                        )
                    if n_given:
                        rows = rows.filter(pc.greater(rows[LINE], n_given))
                        misfits = misfits.filter(pc.greater(misfits, n_given))
                    yield _without_blank_rows(rows), misfits
            break
        except pa.ArrowInvalid as error:
            if not str(error).startswith(_UNFIT) or block_bytes == _BLOCK_BYTES[-1]:
                raise
            n_given = lines.last
    if lines.n_breaks and _has_odd_quotation_marks(file):
        # All rows up to the next mark would be one value.
        raise InputError(f"{file.name}: a quotation mark is left open; close it or take it away")


def _opened(stream: Any, header: list[str], block_bytes: int, lines: "_Lines") -> pa_csv.CSVStreamingReader:
    """The rows as text; those that do not fit the header are told to `lines`."""
    is_quoted = lines.delimiter == COMMA
    return pa_csv.open_csv(
        stream,
        read_options=pa_csv.ReadOptions(
            use_threads=False, column_names=header, skip_rows=1, encoding="utf8", block_size=block_bytes
        ),
        parse_options=pa_csv.ParseOptions(
            delimiter=lines.delimiter,
            quote_char='"' if is_quoted else False,
            newlines_in_values=is_quoted,
            invalid_row_handler=lines.take_note,
            ignore_empty_lines=False,
        ),
        convert_options=pa_csv.ConvertOptions(
            check_utf8=True, strings_can_be_null=False, column_types={name: pa.string() for name in header}
        ),
    )


@dataclass(frozen=True, slots=True)
class _Misfit:
    """A row with too few or too many fields: its number, the header being 1, its inner line breaks, and whether it
    swallows others.
    """

    number: int
    is_blank: bool
    n_breaks: int
    swallows: bool


class _Lines:
    """The line each row starts at, line breaks inside quoted values counted, while rows come block by block."""

    def __init__(self, delimiter: str) -> None:
        self.delimiter = delimiter
        self.last = 1  # the line of the last row placed
        self._misfits: deque[_Misfit] = deque()  # met, and not yet placed
        self.n_breaks = 0  # inside the rows placed
        self.swallowing: int | None = None  # the line of the first row that holds others between quotation marks
        self._n_rows = 0

    def take_note(self, row: Any) -> str:
        """Called by pyarrow for a row with too few or too many fields, perhaps some blocks ahead."""
        is_blank = not row.text.replace(self.delimiter, "").replace('"', "").strip()
        n_breaks = row.text.count("\n")
        swallows = n_breaks > 0 and _swallows(row.text, row.expected_columns)
        self._misfits.append(_Misfit(row.number, is_blank, n_breaks, swallows))
        return "skip"

    def of(self, rows: pa.Table, is_end: bool) -> tuple[pa.Table, pa.Array]:
        """The next rows with LINE, and the lines of the misfits among them; at the end, of all that are left."""
        import numpy as np

        n_kept = rows.num_rows
        placed: list[_Misfit] = []
        # pyarrow numbers rows from 1, the header being row 1, and counts the rows it was told to skip.
        while self._misfits and (is_end or self._misfits[0].number - 2 - self._n_rows < n_kept + len(placed)):
            placed.append(self._misfits.popleft())
        skipped = np.array([misfit.number for misfit in placed], np.int64) - 2 - self._n_rows
        is_kept = np.ones(n_kept + len(placed), np.bool_)
        is_kept[skipped] = False
        breaks = np.zeros(len(is_kept), np.int64)
        breaks[skipped] = [misfit.n_breaks for misfit in placed]
        swallows = np.zeros(len(is_kept), np.bool_)
        swallows[skipped] = [misfit.swallows for misfit in placed]
        if self.delimiter == COMMA:
            breaks[is_kept], swallows[is_kept] = _broken(rows)
        lines = self._n_rows + self.n_breaks + np.arange(2, len(breaks) + 2) + np.cumsum(breaks) - breaks
        if len(breaks):
            self.last = int(lines[-1])
        if swallows.any():
            self.swallowing = int(lines[swallows][0])
        self._n_rows += len(breaks)
        self.n_breaks += int(breaks.sum())
        is_told = np.array([not misfit.is_blank for misfit in placed], np.bool_)
        misfit_lines = lines[skipped][is_told] if placed else lines[:0]
        return rows.append_column(LINE, pa.array(lines[is_kept], pa.int64())), pa.array(misfit_lines, pa.int64())


def _broken(rows: pa.Table) -> tuple[Any, Any]:
    """How many line breaks stand inside the values of each row, and whether those swallow other rows."""
    import numpy as np

    breaks = np.zeros(rows.num_rows, np.int64)
    for column in rows.columns:
        breaks += pc.count_substring(column, "\n").to_numpy()
    swallows = np.zeros(rows.num_rows, np.bool_)
    if (is_broken := breaks > 0).any():
        found = zip(*(column.to_pylist() for column in rows.filter(pa.array(is_broken)).columns), strict=True)
        swallows[is_broken] = [_swallows(COMMA.join(values), rows.num_columns) for values in found]
    return breaks, swallows


def _swallows(row: str, n_columns: int) -> bool:
    """Whether a row of several lines is several rows: its first and last line have the commas of one, or one between.

    Of two columns the lines between are not asked: a text may well have one comma.
    """
    n_commas = n_columns - 1
    is_row = [line.count(COMMA) == n_commas > 0 for line in row.split("\n")]
    return (is_row[0] and is_row[-1]) or (n_commas > 1 and any(is_row[1:-1]))


def _without_blank_rows(rows: pa.Table) -> pa.Table:
    """The rows, LINE last, without blank lines and lines of delimiters alone, as spreadsheets leave them."""
    is_blank = pc.is_valid(rows[LINE])
    for column in rows.columns[:-1]:
        is_blank = pc.and_(is_blank, pc.equal(pc.utf8_length(pc.utf8_trim_whitespace(column)), 0))
        if not pc.any(is_blank).as_py():
            return rows
    return rows.filter(pc.invert(is_blank))


def _has_odd_quotation_marks(file: InputFile) -> bool:
    with open_bytes(file.path) as stream:
        return sum(chunk.count(b'"') for chunk in iter(partial(stream.read, _CHUNK_BYTES), b"")) % 2 == 1

"""Reader of a folder of CSV and Parquet tables, `<table>*.csv[.gz]` and `<table>*.parquet`."""

import csv
import difflib
import io
import re
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from lumbar.errors import InputError
from lumbar.readers.checks import raw_columns
from lumbar.readers.intake import InputFile, Intake, fingerprint, open_bytes
from lumbar.tables.clinical import CLINICAL_TABLES
from lumbar.tables.schema import Table, Type

_CSV = re.compile(r"\.csv(\.gz)?$")
_DATE_SAMPLE_ROWS = 1000


def read_tables(session: duckdb.DuckDBPyConnection, intake: Intake) -> None:
    """Raw tables in the session from the files of `intake.folder`.

    Raises InputError for a missing required table, an empty file, a header with unknown, missing or
    repeated columns, a wrong delimiter, text that is not UTF-8, dates in another format, broken gzip.
    """
    for table in CLINICAL_TABLES:
        paths = sorted(p for p in intake.folder.iterdir() if p.is_file() and _is_for(table, p))
        if not paths and table.required:
            raise InputError(
                f"{intake.folder}: no {table.name}*.csv or {table.name}*.parquet; "
                "`lumbar template DIR` writes the headers"
            )
        selects = [_select(session, table, intake.add(path, table.name), intake) for path in paths]
        if selects:
            session.execute(f"create or replace temp view raw_{table.name} as {' union all by name '.join(selects)}")
    if not sum(file.n_rows for file in intake.files if file.role == "patient"):
        raise InputError(f"{intake.folder}: no patients; the patient table has a header and no rows")
    _warn_of_strangers(intake)


def _is_for(table: Table, path: Path) -> bool:
    return path.name.startswith(table.name) and (_CSV.search(path.name) is not None or path.suffix == ".parquet")


def _warn_of_strangers(intake: Intake) -> None:
    read = {file.path for file in intake.files}
    for path in sorted(intake.folder.iterdir()):
        if path.is_file() and path not in read and (_CSV.search(path.name) or path.suffix == ".parquet"):
            intake.warnings.append(f"{path.name} was not read: no table is called so")


def _select(session: duckdb.DuckDBPyConnection, table: Table, file: InputFile, intake: Intake) -> str:
    """A select of the file's rows as raw rows."""
    intake.on_file(file)
    file.blake3 = fingerprint(file.path)
    if file.path.suffix == ".parquet":
        return _select_parquet(table, file)
    return _select_csv(session, table, file)


def _check_header(table: Table, file: InputFile, header: list[str]) -> None:
    known = [column.name for column in table.user_columns]
    for name in header:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {close[0]}?" if close else f"; {table.name} has: {', '.join(known)}"
            raise InputError(f"{file.name}: unknown column {name!r}{hint}")
    for name in known:
        if header.count(name) > 1:
            raise InputError(f"{file.name}: the column {name} stands there twice")
    for column in table.user_columns:
        if column.required and column.name not in header:
            raise InputError(f"{file.name}: the column {column.name} is missing")


def _select_parquet(table: Table, file: InputFile) -> str:
    try:
        facts = pq.ParquetFile(file.path)
    except (pa.ArrowException, OSError):
        raise InputError(f"{file.name}: not a Parquet file, or cut short") from None
    types = {name.strip().lower(): (name, facts.schema_arrow.field(name).type) for name in facts.schema_arrow.names}
    _check_header(table, file, [name.strip().lower() for name in facts.schema_arrow.names])
    file.n_rows = facts.metadata.num_rows
    columns = [_parquet_text(*types[name], name) for name in raw_columns(table) if name in types]
    path = str(file.path).replace("'", "''")
    return (
        f"select {file.source} as source, file_row_number + 1 as line, 0 as part, "
        f"null::varchar as fault, null::varchar as detail, {', '.join([*columns, *_absent(table, set(types))])} "
        f"from read_parquet('{path}', file_row_number = true)"
    )


def _parquet_text(stored_name: str, stored_type: pa.DataType, name: str) -> str:
    column = '"' + stored_name.replace('"', '""') + '"'
    if pa.types.is_timestamp(stored_type):
        # A typed timestamp cannot say "no time of day": midnight is read as a date alone.
        return (
            f"case when cast({column} as time) = time '00:00:00' then cast(cast({column} as date) as varchar) "
            f"else cast({column} as varchar) end as {name}"
        )
    if pa.types.is_string(stored_type) or pa.types.is_large_string(stored_type) or pa.types.is_dictionary(stored_type):
        return f"nullif(trim(cast({column} as varchar)), '') as {name}"
    return f"cast({column} as varchar) as {name}"


def _absent(table: Table, present: set[str]) -> list[str]:
    return [f"null::varchar as {name}" for name in raw_columns(table) if name not in present]


def _select_csv(session: duckdb.DuckDBPyConnection, table: Table, file: InputFile) -> str:
    header = _csv_header(file)
    _check_header(table, file, header)
    rows, unreadable = _csv_rows(file, header)
    file.n_rows = rows.num_rows + len(unreadable)
    _check_date_format(session, table, file, rows, header)
    name = f"csv_{file.source}"
    session.register(name, rows)
    columns = [f"nullif(trim({c}), '') as {c}" for c in raw_columns(table) if c in header]
    select = (
        f"select {file.source} as source, line, 0 as part, null::varchar as fault, null::varchar as detail, "
        f"{', '.join([*columns, *_absent(table, set(header))])} from {name}"
    )
    if unreadable:
        session.register(f"{name}_unreadable", pa.table({"line": pa.array(unreadable, pa.int64())}))
        nulls = ", ".join(_absent(table, set()))
        select += (
            f" union all by name select {file.source} as source, line, 0 as part, 'unparsable' as fault, "
            f"'the row has not as many fields as the header' as detail, {nulls} from {name}_unreadable"
        )
    return select


def _csv_header(file: InputFile) -> list[str]:
    try:
        with io.TextIOWrapper(open_bytes(file.path), encoding="utf-8-sig", newline="") as stream:
            first = stream.readline()
    except UnicodeDecodeError:
        raise InputError(f"{file.name}: not UTF-8; save it as CSV UTF-8") from None
    except (EOFError, OSError):
        raise InputError(f"{file.name}: cannot be read; a broken gzip file? fetch it again") from None
    if not first.strip():
        raise InputError(f"{file.name}: empty; a table has at least its header")
    header = [name.strip().lower() for name in next(csv.reader([first]))]
    if len(header) == 1:
        for delimiter, word in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
            if delimiter in first:
                raise InputError(f"{file.name}: the columns are separated by {word}; use commas")
    return header


def _csv_rows(file: InputFile, header: list[str]) -> tuple[pa.Table, list[int]]:
    """The rows as text with their 1-based line, and the lines of rows that do not fit the header."""
    misfits: list[tuple[int, bool]] = []  # row number among all after the header, and whether it is blank

    def take_note(row: Any) -> str:
        misfits.append((row.number, not row.text.strip()))
        return "skip"

    try:
        with open_bytes(file.path) as stream:
            rows = pa_csv.read_csv(
                stream,
                read_options=pa_csv.ReadOptions(use_threads=False, column_names=header, skip_rows=1, encoding="utf8"),
                parse_options=pa_csv.ParseOptions(
                    newlines_in_values=True, invalid_row_handler=take_note, ignore_empty_lines=False
                ),
                convert_options=pa_csv.ConvertOptions(
                    check_utf8=True,
                    strings_can_be_null=False,
                    column_types={name: pa.string() for name in header},
                ),
            )
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        if "UTF8" in str(error) or "utf-8" in str(error):
            raise InputError(f"{file.name}: not UTF-8; save it as CSV UTF-8") from None
        if "Empty CSV" in str(error):
            rows = pa.table({name: pa.array([], pa.string()) for name in header})
        else:
            raise InputError(f"{file.name}: cannot be read as CSV; is a quotation mark left open?") from None
    except (EOFError, OSError):
        raise InputError(f"{file.name}: the gzip file is broken or cut short; fetch it again") from None
    lines, misfit_lines = _line_numbers(rows, header, [number for number, _ in misfits])
    blank = {number for number, is_blank in misfits if is_blank}
    unreadable = [line for (number, _), line in zip(misfits, misfit_lines, strict=True) if number not in blank]
    rows = rows.append_column("line", pa.array(lines, pa.int64()))
    return _without_blank_rows(rows, header), unreadable


def _without_blank_rows(rows: pa.Table, header: list[str]) -> pa.Table:
    """The rows without blank lines and lines of commas alone, as spreadsheets leave them."""
    import pyarrow.compute as pc

    is_blank = pa.chunked_array([pa.array([True] * rows.num_rows, pa.bool_())])
    for name in header:
        is_blank = pc.and_(is_blank, pc.equal(pc.utf8_length(pc.utf8_trim_whitespace(rows[name])), 0))
        if not pc.any(is_blank).as_py():
            return rows
    return rows.filter(pc.invert(is_blank))


def _line_numbers(rows: pa.Table, header: list[str], misfits: list[int]) -> tuple[Any, list[int]]:
    """The line each row starts at, line breaks inside quoted values counted; and those of the misfits."""
    import numpy as np
    import pyarrow.compute as pc

    n_breaks = np.zeros(rows.num_rows, np.int64)
    for name in header:
        n_breaks += pc.count_substring(rows[name], "\n").to_numpy().astype(np.int64)
    # pyarrow numbers rows from 1, the header being row 1, and counts the rows it was told to skip.
    missing = np.array(sorted(misfits), np.int64)
    number = np.arange(rows.num_rows + len(missing), dtype=np.int64) + 2
    kept = number[~np.isin(number, missing)]
    before = np.concatenate(([0], np.cumsum(n_breaks)))
    lines = kept + before[:-1]
    return lines, [int(m + before[int(np.searchsorted(kept, m))]) for m in misfits]


def _check_date_format(
    session: duckdb.DuckDBPyConnection, table: Table, file: InputFile, rows: pa.Table, header: list[str]
) -> None:
    session.register("sample", rows.slice(0, _DATE_SAMPLE_ROWS))
    for column in table.user_columns:
        if column.type is Type.DATE and column.name in header:
            n_given, n_bad = session.execute(
                f"select count(x), count(*) filter (is_bad_date(x)) "
                f"from (select nullif(trim({column.name}), '') as x from sample)"
            ).fetchall()[0]
            if n_given and n_given == n_bad:
                raise InputError(f"{file.name}: {column.name} holds no date we can read; write dates as YYYY-MM-DD")
    session.unregister("sample")

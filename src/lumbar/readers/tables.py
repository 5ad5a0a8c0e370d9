"""Reader of CSV and Parquet tables: files, folders of files, Delta tables (`table_files.py` says which)."""

import difflib
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import unquote
from zoneinfo import available_timezones

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from lumbar.errors import InputError
from lumbar.readers.checks import create_raw, raw_columns
from lumbar.readers.csv_rows import LINE, MISFIT, csv_header, load_csv
from lumbar.readers.dates import ISO, in_iso_order
from lumbar.readers.file_names import only, only_in_sql
from lumbar.readers.intake import InputFile, Intake, fingerprint
from lumbar.readers.table_files import PARQUET, TableFile, TableFiles, is_of_a_table, table_files
from lumbar.tables.clinical import CLINICAL_TABLES
from lumbar.tables.schema import Table, Type

_DATE_SAMPLE_ROWS = 1000
_SHORT_DIGITS = 18
_SHORT_DECIMALS = 8
_UNIVERSAL = ("UTC", "Etc/UTC", "Z", "+00:00")

Constants = Mapping[str, str | None]  # what a file's folder says of all its rows, by column


Select = Callable[[duckdb.DuckDBPyConnection, Table, TableFile, Intake], str]


def read_tables(session: duckdb.DuckDBPyConnection, intake: Intake) -> None:
    """Raw tables in the session from the files of `intake.folder`.

    Raises InputError for a missing required table, an empty file, a header with unknown, missing or
    repeated columns, a wrong delimiter, text that is not UTF-8, dates in another format, broken gzip, a
    Delta table that cannot be read as its files.
    """
    show_tables(session, intake, _select)
    require_patients(intake)


def show_tables(session: duckdb.DuckDBPyConnection, intake: Intake, select: Select) -> None:
    """Every raw table as a view of the selects of its files, in order; without files, of no rows."""
    for table in CLINICAL_TABLES:
        create_raw(session, table)
        session.execute(f"alter table raw_{table.name} rename to raw_{table.name}_none")
        session.execute(f"create or replace view raw_{table.name} as from raw_{table.name}_none")
    for table in CLINICAL_TABLES:
        found = table_files(intake.folder, table)
        if not found.is_there and table.required:
            raise InputError(
                f"{intake.folder}: no {table.name}*.csv or {table.name}*.parquet; "
                "`lumbar template DIR` writes the headers"
            )
        intake.delta_versions |= found.delta_versions
        _warn_of_unknown_partitions(table, found, intake)
        selects = [select(session, table, file, intake) for file in found.files]
        if selects:
            session.execute(f"create or replace view raw_{table.name} as {' union all by name '.join(selects)}")
    _warn_of_strangers(intake)


def require_patients(intake: Intake) -> None:
    """Raises InputError when the patient table has no row."""
    if not sum(file.n_rows for file in intake.files if file.role == "patient"):
        raise InputError(f"{intake.folder}: no patients; the patient table has a header and no rows")


def _warn_of_strangers(intake: Intake) -> None:
    read = {Path(file.name).parts[0] for file in intake.files} | set(intake.delta_versions)
    for path in sorted(intake.folder.iterdir()):
        if path.name not in read and is_of_a_table(path):
            intake.warnings.append(f"{path.name} was not read: no table is called so")


def _warn_of_unknown_partitions(table: Table, found: TableFiles, intake: Intake) -> None:
    known = {column.name for column in table.user_columns}
    named = {part.partition("=")[0] for file in found.files for part in file.name.split("/")[1:-1] if "=" in part}
    for name in sorted({unquote(name).lower() for name in named} - known):
        intake.warnings.append(
            f"{table.name}: the folders are named by {name}, which is no column of it; not looked at"
        )


def _select(session: duckdb.DuckDBPyConnection, table: Table, found: TableFile, intake: Intake) -> str:
    """A select of the file's rows as raw rows."""
    file = intake.add(found.path, table.name, found.name)
    intake.on_file(file)
    file.blake3 = fingerprint(file.path)
    if found.format == PARQUET:
        return select_parquet(session, table, file, found.constants, intake)
    return select_csv(session, table, file, found.constants, intake)


def _check_header(table: Table, file: InputFile, header: list[str], constants: Constants) -> None:
    known = [column.name for column in table.user_columns]
    if not set(known) & set(header):
        # Perhaps the first row of a table without a header: what it says is not repeated.
        raise InputError(f"{file.name}: its header names no column of {table.name}; it has: {', '.join(known)}")
    if unknown := [name for name in dict.fromkeys(header) if name not in known]:
        raise InputError(f"{file.name}: {_unknown_columns(table, unknown, known)}")
    for name in known:
        if header.count(name) > 1:
            raise InputError(f"{file.name}: the column {name} stands there twice")
    for column in table.user_columns:
        if column.required and column.name not in header and column.name not in constants:
            raise InputError(f"{file.name}: the column {column.name} is missing")


def _unknown_columns(table: Table, unknown: list[str], known: list[str]) -> str:
    """All of them in one line, each with the column it may stand for."""
    close = {name: difflib.get_close_matches(name, known, n=1) for name in unknown}
    all_known = "" if all(close.values()) else f"; {table.name} has: {', '.join(known)}"
    if len(unknown) == 1:
        hint = f"; did you mean {close[unknown[0]][0]}?" if close[unknown[0]] else all_known
        return f"unknown column {unknown[0]!r}{hint}"
    named = [f"{name!r} (did you mean {close[name][0]}?)" if close[name] else repr(name) for name in unknown]
    return f"unknown columns {', '.join(named)}{all_known}"


def select_parquet(
    session: duckdb.DuckDBPyConnection, table: Table, file: InputFile, constants: Constants, intake: Intake
) -> str:
    """A select of a Parquet file's rows as raw rows, and how many they are. Raises InputError, as reading does."""
    try:
        facts = pq.ParquetFile(file.path)
    except (pa.ArrowException, OSError):
        raise InputError(f"{file.name}: not a Parquet file, or cut short") from None
    _check_header(table, file, [name.strip().lower() for name in facts.schema_arrow.names], constants)
    types = {name.strip().lower(): (name, facts.schema_arrow.field(name).type) for name in facts.schema_arrow.names}
    declared = {column.name: column.type for column in table.columns}
    file.n_rows = facts.metadata.num_rows
    for name, (_, stored_type) in types.items():
        if pa.types.is_timestamp(stored_type) and stored_type.tz in _UNIVERSAL and not intake.has_timezone:
            intake.warnings.append(
                f"{file.name}: {name} holds instants in universal time; "
                "if that is not the clinic's clock, name its timezone in the mapping"
            )
    columns = [
        _parquet_column(*types[name], name, declared.get(name), intake) for name in raw_columns(table) if name in types
    ]
    path = only_in_sql(file.path)
    texts = [name for name, (_, stored_type) in types.items() if _is_text(stored_type)]
    sample = f"(from read_parquet({path}, hive_partitioning = false) limit {_DATE_SAMPLE_ROWS})"
    _check_date_format(session, table, file, sample, {name: types[name][0] for name in texts}, intake)
    return (
        f"select {file.source} as source, file_row_number + 1 as line, 0 as part, "
        f"null::varchar as fault, null::varchar as detail, "
        f"{', '.join([*columns, *_absent(table, set(types), constants, intake.date_format)])} "
        f"from read_parquet({path}, file_row_number = true, hive_partitioning = false)"
    )


def _parquet_column(
    stored_name: str, stored_type: pa.DataType, name: str, declared: Type | None, intake: Intake
) -> str:
    """A stored column as a raw one: a typed date or decimal stays one where it is declared so, all else is text."""
    if declared is Type.DATE and pa.types.is_date(stored_type):
        return f"cast({_quoted(stored_name)} as date) as {name}"
    if declared is Type.SCORE and _is_short_decimal(stored_type):
        return f"{_quoted(stored_name)} as {name}"
    text = _parquet_text(stored_name, stored_type, intake.has_timezone)
    if declared is Type.DATE and _is_text(stored_type):
        text = in_iso_order(text, intake.date_format)
    return f"{text} as {name}"


def _is_short_decimal(stored_type: pa.DataType) -> bool:
    """Whether a score can be read from it as it is; longer ones are read as text, cut and not rounded."""
    if not pa.types.is_decimal(stored_type):
        return False
    return bool(stored_type.precision <= _SHORT_DIGITS and 0 <= stored_type.scale <= _SHORT_DECIMALS)


def _parquet_text(stored_name: str, stored_type: pa.DataType, convert_instants: bool) -> str:
    column = _quoted(stored_name)
    if pa.types.is_timestamp(stored_type):
        if stored_type.tz is not None:
            if convert_instants:
                return f"strftime(timezone('UTC', cast({column} as timestamptz)), '%Y-%m-%dT%H:%M:%SZ')"
            column = _clock_time(column, stored_type.tz)
        # A typed timestamp cannot say "no time of day": midnight is read as a date alone.
        return (
            f"case when cast({column} as time) = time '00:00:00' then cast(cast({column} as date) as varchar) "
            f"else cast({column} as varchar) end"
        )
    if _is_text(stored_type):
        return f"text_of(cast({column} as varchar))"
    if pa.types.is_binary(stored_type) or pa.types.is_large_binary(stored_type):
        return f"text_of(decode({column}))"
    return f"cast({column} as varchar)"


def _clock_time(column: str, zone: str) -> str:
    """A typed instant as the clock of its own zone showed it; universal time where the zone is unknown."""
    universal = f"timezone('UTC', cast({column} as timestamptz))"
    if offset := re.fullmatch(r"([+-])(\d{2}):?(\d{2})", zone):
        return f"({universal} {offset[1]} interval '{offset[2]} hours {offset[3]} minutes')"
    return f"timezone('{zone}', cast({column} as timestamptz))" if zone in available_timezones() else universal


def _is_text(stored_type: pa.DataType) -> bool:
    kinds = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_dictionary)
    return any(is_kind(stored_type) for is_kind in kinds)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def find_unreadable_parquet(session: duckdb.DuckDBPyConnection, intake: Intake) -> None:
    """Raises InputError for the first Parquet file whose content cannot be read to its end."""
    for file in intake.files:
        if file.path.suffix == ".parquet":
            try:
                session.execute(
                    "select count(hash(columns(*))) from read_parquet(?, hive_partitioning = false)", [only(file.path)]
                )
            except duckdb.Error:
                raise InputError(f"{file.name}: damaged, or holds text that is not UTF-8; write it again") from None


def _absent(table: Table, present: set[str], constants: Constants, date_format: str) -> list[str]:
    """The columns a file does not hold: constants of its folder, else null."""
    dates = {column.name for column in table.user_columns if column.type is Type.DATE}
    selected = []
    for name in raw_columns(table):
        if name not in present:
            value = constants.get(name)
            text = "null::varchar" if value is None else f"text_of({_literal(value)})"
            selected.append(f"{in_iso_order(text, date_format) if value and name in dates else text} as {name}")
    return selected


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def select_csv(
    session: duckdb.DuckDBPyConnection, table: Table, file: InputFile, constants: Constants, intake: Intake
) -> str:
    """A select of a CSV file's rows, read into memory, as raw rows. Raises InputError, as reading does."""
    header, _ = csv_header(file)
    _check_header(table, file, header, constants)
    load_csv(session, file, header)
    name = f"csv_{file.source}"
    sample = f"(from {name} limit {_DATE_SAMPLE_ROWS})"
    _check_date_format(session, table, file, sample, {column: column for column in header}, intake)
    dates = {column.name for column in table.user_columns if column.type is Type.DATE}
    texts = {c: f"text_of({c})" for c in raw_columns(table) if c in header}
    columns = [f"{in_iso_order(text, intake.date_format) if c in dates else text} as {c}" for c, text in texts.items()]
    select = (
        f"select {file.source} as source, {LINE} as line, 0 as part, null::varchar as fault, null::varchar as detail, "
        f"{', '.join([*columns, *_absent(table, set(header), constants, intake.date_format)])} from {name}"
    )
    nulls = ", ".join(_absent(table, set(), {}, intake.date_format))
    return (
        f"{select} union all by name select {file.source} as source, {LINE} as line, 0 as part, 'unparsable' as fault, "
        f"'{MISFIT}' as detail, {nulls} from {name}_misfit"
    )


def _check_date_format(
    session: duckdb.DuckDBPyConnection,
    table: Table,
    file: InputFile,
    sample: str,
    stored: dict[str, str],
    intake: Intake,
) -> None:
    """Raises InputError for a date column all of whose first values are written in some other way.

    A value that only cannot be a date (30 February, a word) is a bad row's, not the file's. Months past
    December that would be days are warned of: the others may have been read with day and month exchanged.
    """
    for column in table.user_columns:
        if column.type is Type.DATE and column.name in stored:
            text = in_iso_order(f"text_of({_quoted(stored[column.name])})", intake.date_format)
            n_given, n_foreign, n_exchanged = session.execute(
                "select count(x), count(*) filter (is_date_of_another_format(x)), "
                r"count(*) filter (regexp_matches(x, '^\d{4}-(1[3-9]|[23]\d)-(0\d|1[0-2])')) "
                f"from (select {text} as x from {sample})"
            ).fetchall()[0]
            said = f'the mapping says date_format = "{intake.date_format}"'
            if n_given and n_given == n_foreign:
                hint = "write dates as YYYY-MM-DD, or name their format in the mapping: date_format"
                hint = hint if intake.date_format == ISO else said
                raise InputError(f"{file.name}: {column.name} holds no date we can read; {hint}")
            if n_exchanged and intake.date_format != ISO:
                intake.warnings.append(
                    f"{file.name}: {column.name} has months past December; {said}: are day and month exchanged?"
                )

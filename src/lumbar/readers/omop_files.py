"""OMOP tables as files: `<table>*.csv` or `.tsv`, also `.gz`, and `<table>*.parquet`, names in any letters.

A folder so named, with or without an ending, holds files of that table, at any depth, or is a Delta table.
Files separated by tabs, as vocabularies come, have no quotation marks; those separated by commas may.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.csv as pa_csv

from lumbar.errors import InputError
from lumbar.readers.intake import Intake, fingerprint, open_bytes
from lumbar.readers.omop_rows import LINE, Part, Source, check_columns, with_constants
from lumbar.readers.omop_tables import CDM_TABLES, OTHER_CDM_TABLES, CdmTable
from lumbar.readers.table_files import CSV, PARQUET, TableFile, files_of_folder

_FILE = re.compile(r"\.(csv|tsv)(\.gz)?$|\.parquet$")
_FOLDER = re.compile(r"(\.(csv|tsv|parquet|delta))?$")
_BLOCK_BYTES = 8 << 20  # a row must fit into one
_BATCH = "omop_batch"


def cdm_table_of(path: Path) -> str | None:
    """The CDM table that a file or folder is named after: `person.csv`, `PERSON_1.parquet`, `person/`; else none."""
    small = path.name.lower()
    found = (_FOLDER if path.is_dir() else _FILE).search(small)
    if found is None:
        return None
    known = [table.name for table in CDM_TABLES] + list(OTHER_CDM_TABLES)
    stem = small[: found.start()]
    fits = [table for table in known if re.fullmatch(rf"{table}([._-].*)?", stem)]
    return max(fits, key=len, default=None)


def _format_of(path: Path) -> str | None:
    if _FILE.search(path.name.lower()) is None:
        return None
    return PARQUET if path.suffix.lower() == ".parquet" else CSV


def files_source(intake: Intake) -> Source:
    """The parts of each CDM table among the files of `intake.folder`, fingerprinted."""
    source = file_parts(intake)

    def parts(table: CdmTable) -> list[Part]:
        found = source(table)
        for part in found:
            part.file.blake3 = fingerprint(part.file.path)
        return found

    return parts


def file_parts(intake: Intake) -> Source:
    """The parts of each CDM table among the files of `intake.folder`.

    Raises InputError for a folder of a table that cannot be read as its files.
    """
    by_table: dict[str, list[TableFile]] = {}
    read = {table.name for table in CDM_TABLES}
    for path in sorted(intake.folder.iterdir()):
        table, told = cdm_table_of(path), _format_of(path)
        if table in read and path.is_dir():
            files, version = files_of_folder(intake.folder, path, _format_of)
            by_table.setdefault(str(table), []).extend(files)
            if version is not None:
                intake.delta_versions[path.name] = version
        elif table in read and told is not None:
            by_table.setdefault(str(table), []).append(TableFile(path, path.name, told))
        elif table is None and _holds_tables(path):
            intake.warnings.append(f"{path.name} was not read: no table of the CDM is called so")

    def parts(table: CdmTable) -> list[Part]:
        return [_part(table, found, intake) for found in by_table.get(table.name, [])]

    return parts


def _holds_tables(path: Path) -> bool:
    inside = path.rglob("*") if path.is_dir() else [path]
    return not path.name.startswith(("_", ".")) and any(_format_of(file) for file in inside)


def _part(table: CdmTable, found: TableFile, intake: Intake) -> Part:
    path = found.path
    file = intake.add(path, table.name, found.name)
    intake.on_file(file)
    if found.format == PARQUET:
        return _parquet_part(table, Part(file, {}, lambda session: iter(()), constants=found.constants))
    header, delimiter = _header(path)
    check_columns(table, file.name, with_constants(header, found.constants))
    part = Part(file, {name: (name, "VARCHAR") for name in header}, lambda session: iter(()), found.constants)
    part.relations = partial(_csv_rows, part, header, delimiter)
    return part


def _parquet_part(table: CdmTable, part: Part) -> Part:
    path, told = part.file.path, part.file.name
    try:
        with duckdb.connect() as reader:
            described = reader.execute(
                "describe from read_parquet(?, hive_partitioning = false)", [str(path)]
            ).fetchall()
            rows = reader.execute("select sum(num_rows) from parquet_file_metadata(?)", [str(path)]).fetchall()
    except duckdb.Error:
        raise InputError(f"{told}: not a Parquet file, or cut short") from None
    check_columns(table, told, with_constants([name.lower() for name, *_ in described], part.constants))
    part.types = {name.lower(): (name, type_) for name, type_, *_ in described}
    part.file.n_rows = int(rows[0][0] or 0)
    part.relations = partial(_parquet_rows, path, "file_row_number" in part.types)
    return part


def _parquet_rows(path: Path, is_name_taken: bool, session: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """`is_name_taken`: the file has a column that is called as DuckDB calls the rows' numbers."""
    quoted = str(path).replace("'", "''")
    number, option = (
        ("row_number() over ()", "") if is_name_taken else ("file_row_number + 1", ", file_row_number = true")
    )
    yield f"(select {number} as {LINE}, * from read_parquet('{quoted}', hive_partitioning = false{option}))"


def _header(path: Path) -> tuple[list[str], str]:
    """The column names in small letters, and what separates them."""
    try:
        with io.TextIOWrapper(open_bytes(path), encoding="utf-8-sig", newline="") as stream:
            first = stream.readline()
    except UnicodeDecodeError:
        raise InputError(f"{path.name}: not UTF-8; save it as CSV UTF-8") from None
    except (EOFError, OSError):
        raise InputError(f"{path.name}: cannot be read; a broken gzip file? fetch it again") from None
    if not first.strip():
        raise InputError(f"{path.name}: empty; a table has at least its header")
    delimiter = "\t" if "\t" in first else ","
    try:
        return [name.strip().lower() for name in next(csv.reader([first], delimiter=delimiter))], delimiter
    except csv.Error:
        raise InputError(f"{path.name}: the first line cannot be read as a header") from None


@dataclass(slots=True)
class _Lines:
    """Tells the lines of rows that come batch by batch, those that do not fit the header left out.

    pyarrow numbers rows from 1, the header being row 1, and counts those it was told to skip.
    """

    next_number: int = 2
    n_breaks: int = 0  # line breaks inside the rows before
    misfits: dict[int, tuple[int, bool]] = field(default_factory=dict)  # number: inner line breaks, whether blank
    misfit_lines: list[int] = field(default_factory=list)
    is_any_broken: bool = False  # whether a row that does not fit goes over several lines

    def take_note(self, row: Any) -> str:
        """Called by pyarrow for a row with too few or too many fields."""
        is_blank = not re.sub(r'[,"\t]', "", row.text).strip()
        self.misfits[row.number] = (row.text.count("\n"), is_blank)
        self.is_any_broken |= "\n" in row.text
        return "skip"

    def of(self, breaks: Any) -> Any:
        """The lines of the next rows, which have so many line breaks inside; arrays of whole numbers."""
        import numpy as np

        if not self.misfits and not breaks.any():
            first = self.next_number + self.n_breaks
            self.next_number += len(breaks)
            return np.arange(first, first + len(breaks))
        lines = []
        for n in breaks.tolist():
            self.pass_misfits()
            lines.append(self.next_number + self.n_breaks)
            self.next_number += 1
            self.n_breaks += n
        return np.array(lines, np.int64)

    def pass_misfits(self) -> None:
        """Steps over the rows that do not fit and stand next."""
        while self.next_number in self.misfits:
            n, is_blank = self.misfits.pop(self.next_number)
            if not is_blank:
                self.misfit_lines.append(self.next_number + self.n_breaks)
            self.next_number += 1
            self.n_breaks += n


def _csv_rows(part: Part, header: list[str], delimiter: str, session: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Registers the rows, a batch at a time."""
    name, lines, is_last_broken = part.file.name, _Lines(), False
    try:
        with open_bytes(part.file.path) as stream:
            for batch in _batches(stream, header, delimiter, lines):
                breaks = _breaks(batch, delimiter)
                is_last_broken = bool(breaks[-1:].any())
                told = pa.array(lines.of(breaks), pa.int64())
                rows = _without_blank_rows(pa.Table.from_batches([batch]).append_column(LINE, told))
                session.register(_BATCH, rows)
                part.file.n_rows += rows.num_rows
                yield _BATCH
    except pa.ArrowInvalid as error:
        if "UTF8" in str(error) or "utf-8" in str(error):
            raise InputError(f"{name}: not UTF-8; save it as CSV UTF-8") from None
        if "Empty CSV" not in str(error):
            raise InputError(f"{name}: cannot be read as CSV; is a quotation mark left open?") from None
    except (EOFError, OSError):
        raise InputError(f"{name}: the gzip file is broken or cut short; fetch it again") from None
    lines.pass_misfits()
    if (is_last_broken or lines.is_any_broken) and _has_odd_quotation_marks(part.file.path):
        # All rows after the mark would be one value.
        raise InputError(f"{name}: a quotation mark is left open; close it or take it away")
    part.unreadable = lines.misfit_lines
    part.file.n_rows += len(part.unreadable)


def _has_odd_quotation_marks(path: Path) -> bool:
    with open_bytes(path) as stream:
        return sum(chunk.count(b'"') for chunk in iter(partial(stream.read, _BLOCK_BYTES), b"")) % 2 == 1


def _batches(stream: Any, header: list[str], delimiter: str, lines: _Lines) -> Iterator[pa.RecordBatch]:
    """The rows as text; misfits are told to `lines`."""
    yield from pa_csv.open_csv(
        stream,
        read_options=pa_csv.ReadOptions(
            use_threads=False, column_names=header, skip_rows=1, encoding="utf8", block_size=_BLOCK_BYTES
        ),
        parse_options=pa_csv.ParseOptions(
            delimiter=delimiter,
            quote_char=False if delimiter == "\t" else '"',
            newlines_in_values=delimiter != "\t",
            invalid_row_handler=lines.take_note,
            ignore_empty_lines=False,
        ),
        convert_options=pa_csv.ConvertOptions(
            check_utf8=True, strings_can_be_null=False, column_types={name: pa.string() for name in header}
        ),
    )


def _without_blank_rows(rows: pa.Table) -> pa.Table:
    """The rows without blank lines and lines of commas alone, as spreadsheets leave them."""
    import pyarrow.compute as pc

    is_blank = pc.is_valid(rows[LINE])
    for name in rows.column_names[:-1]:
        is_blank = pc.and_(is_blank, pc.equal(pc.utf8_length(pc.utf8_trim_whitespace(rows[name])), 0))
        if not pc.any(is_blank).as_py():
            return rows
    return rows.filter(pc.invert(is_blank))


def _breaks(batch: pa.RecordBatch, delimiter: str) -> Any:
    """How many line breaks each row has inside quoted values, an array of whole numbers."""
    import numpy as np
    import pyarrow.compute as pc

    found = np.zeros(batch.num_rows, np.int64)
    if delimiter != "\t":
        for column in batch.columns:
            found += pc.count_substring(column, "\n").to_numpy(zero_copy_only=False).astype(np.int64)
    return found

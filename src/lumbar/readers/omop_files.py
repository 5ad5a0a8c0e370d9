"""OMOP tables as files: `<table>*.csv` or `.tsv`, also `.gz`, and `<table>*.parquet`, names in any letters.

A folder so named, with or without an ending, holds files of that table, at any depth, or is a Delta table.
Their columns are separated by commas, or by tabs as vocabularies come.
"""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import duckdb

from lumbar.errors import InputError
from lumbar.readers.csv_rows import COMMA, LINE, TAB, csv_blocks, csv_header
from lumbar.readers.file_names import only, only_in_sql
from lumbar.readers.intake import Intake, fingerprint
from lumbar.readers.omop_rows import Part, Source, check_columns, with_constants
from lumbar.readers.omop_tables import CDM_TABLES, OTHER_CDM_TABLES, CdmTable
from lumbar.readers.table_files import CSV, PARQUET, TableFile, files_of_folder

_FILE = re.compile(r"\.(csv|tsv)(\.gz)?$|\.parquet$")
_FOLDER = re.compile(r"(\.(csv|tsv|parquet|delta))?$")
_BLOCK = "omop_block"


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
    header, delimiter = csv_header(file, TAB + COMMA)
    check_columns(table, file.name, with_constants(header, found.constants))
    types = {name: (name, "VARCHAR") for name in header if name and header.count(name) == 1}
    part = Part(file, types, lambda session: iter(()), found.constants)
    part.relations = partial(_csv_rows, part, header, delimiter)
    return part


def _parquet_part(table: CdmTable, part: Part) -> Part:
    path, told = part.file.path, part.file.name
    try:
        with duckdb.connect() as reader:
            described = reader.execute(
                "describe from read_parquet(?, hive_partitioning = false)", [only(path)]
            ).fetchall()
            rows = reader.execute("select sum(num_rows) from parquet_file_metadata(?)", [only(path)]).fetchall()
    except duckdb.Error:
        raise InputError(f"{told}: not a Parquet file, or cut short") from None
    check_columns(table, told, with_constants([name.lower() for name, *_ in described], part.constants))
    part.types = {name.lower(): (name, type_) for name, type_, *_ in described}
    part.file.n_rows = int(rows[0][0] or 0)
    part.relations = partial(_parquet_rows, path, "file_row_number" in part.types)
    return part


def _parquet_rows(path: Path, is_name_taken: bool, session: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """`is_name_taken`: the file has a column that is called as DuckDB calls the rows' numbers."""
    number, option = (
        ("row_number() over ()", "") if is_name_taken else ("file_row_number + 1", ", file_row_number = true")
    )
    yield f"(select {number} as {LINE}, * from read_parquet({only_in_sql(path)}, hive_partitioning = false{option}))"


def _csv_rows(part: Part, header: list[str], delimiter: str, session: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Registers the rows, a block at a time."""
    part.unreadable = []
    places = [header.index(name) for name in part.types]
    for rows, misfits in csv_blocks(part.file, header, delimiter):
        part.unreadable += misfits.to_pylist()
        if rows.num_rows:
            session.register(_BLOCK, rows.select([*places, len(header)]))
            yield _BLOCK

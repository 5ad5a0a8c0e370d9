"""Which files make up a clinical table: files beside each other, a folder of them, or a Delta table.

A table is `<table>*.csv[.gz]` and `<table>*.parquet` in the source; or a folder named for it, `<table>`,
`<table>.parquet`, `<table>.csv` or `<table>.delta`, with such files in it at any depth. In folders named
`column=value` the column has that value in every row (Hive's way to partition). A folder with a `_delta_log`
is a Delta table: the log alone says which files count.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from lumbar.errors import InputError
from lumbar.tables.schema import Table

CSV = "csv"
PARQUET = "parquet"
DELTA_LOG = "_delta_log"
_FORMAT = re.compile(r"\.(?:(csv)(?:\.gz)?|(parquet))$")
_FOLDER_ENDINGS = ("", ".parquet", ".csv", ".delta")
_NULL = "__HIVE_DEFAULT_PARTITION__"


@dataclass(frozen=True, slots=True)
class TableFile:
    """One file of a table.

    `name` is its path below the source folder, with slashes. `constants`: columns in lower case, with the text
    that each has in every row unless the file holds the column itself; none is null.
    """

    path: Path
    name: str
    format: str  # CSV or PARQUET
    constants: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TableFiles:
    """The files of one table in a source, in the order of their names; Delta tables read, by folder, with version."""

    is_there: bool
    files: tuple[TableFile, ...]
    delta_versions: Mapping[str, int]


def table_files(folder: Path, table: Table) -> TableFiles:
    """The files of a table, whatever of them are there.

    Raises InputError for a Delta table that cannot be read as its files: without the extra `delta`, with
    deletion vectors or mapped columns, with features the library does not know, or with files missing.
    """
    found: list[TableFile] = []
    versions: dict[str, int] = {}
    is_there = False
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            if not _is_folder_for(table, path):
                continue
            is_there = True
            if (path / DELTA_LOG).is_dir():
                files, versions[path.name] = _delta_files(folder, path)
                found += files
            else:
                found += _files_below(folder, path, {})
        elif path.name.startswith(table.name) and (told := _format_of(path)) is not None:
            is_there = True
            found.append(TableFile(path, path.name, told))
    return TableFiles(is_there, tuple(found), versions)


def is_of_a_table(path: Path) -> bool:
    """Whether a file or folder of the source looks like one of a table, by its ending or what lies in it."""
    if path.is_dir():
        return (path / DELTA_LOG).is_dir() or next(_files_below(path, path, {}), None) is not None
    return _format_of(path) is not None


def _is_folder_for(table: Table, path: Path) -> bool:
    return path.name in {f"{table.name}{ending}" for ending in _FOLDER_ENDINGS}


def _format_of(path: Path) -> str | None:
    found = _FORMAT.search(path.name)
    return found[1] or found[2] if found else None


def _files_below(source: Path, folder: Path, constants: Mapping[str, str | None]) -> Iterator[TableFile]:
    """Every table file below a folder, but for what is hidden or set aside (`_SUCCESS`, `.part-0.parquet.crc`)."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith(("_", ".")):
            continue
        if path.is_dir():
            column, is_partition, value = path.name.partition("=")
            inner = {unquote(column).lower(): None if value == _NULL else unquote(value)} if is_partition else {}
            yield from _files_below(source, path, {**constants, **inner})
        elif (told := _format_of(path)) is not None:
            yield TableFile(path, path.relative_to(source).as_posix(), told, constants)


def _delta_files(source: Path, folder: Path) -> tuple[list[TableFile], int]:
    """The files of the newest version of a Delta table, and the version.

    A column of the table that a file lacks, because it came later, is null there.
    """
    try:
        from deltalake import DeltaTable
        from deltalake.exceptions import DeltaError
    except ImportError:
        raise InputError(f'{folder.name} is a Delta table; to read it: pip install "lumbar[delta]"') from None
    import pyarrow as pa

    try:
        delta = DeltaTable(folder)
        schema = delta.schema().fields
        actions = pa.table(delta.get_add_actions()).to_pylist()
        has_deletion_vectors = pa.table(delta.deletion_vectors()).num_rows > 0
        mapping = delta.metadata().configuration.get("delta.columnMapping.mode", "none")
    except (DeltaError, OSError):
        raise InputError(
            f"{folder.name}: the Delta table cannot be read: its log is damaged, or it uses features that are "
            "not known here; write it again as plain Parquet"
        ) from None
    if has_deletion_vectors:
        raise InputError(
            f"{folder.name}: rows of the Delta table are deleted by deletion vectors; rewrite its files first: "
            "REORG TABLE … APPLY (PURGE)"
        )
    if mapping != "none":
        raise InputError(
            f"{folder.name}: the Delta table maps its column names ({mapping}); write it again without "
            "delta.columnMapping.mode, or as plain Parquet"
        )
    absent = dict.fromkeys(column.name.lower() for column in schema)
    files = []
    for action in sorted(actions, key=lambda action: str(action["path"])):
        path = folder / unquote(action["path"])
        is_elsewhere = "://" in action["path"] or ".." in path.parts
        if is_elsewhere or not path.is_file():
            raise InputError(f"{folder.name}: a file that the Delta table's log names is not in it; copy it whole")
        partition = {name.lower(): _text(value) for name, value in (action.get("partition") or {}).items()}
        name = path.relative_to(source).as_posix()
        files.append(TableFile(path, name, PARQUET, {**absent, **partition}))
    return files, delta.version()


def _text(value: object) -> str | None:
    return None if value is None else str(value)

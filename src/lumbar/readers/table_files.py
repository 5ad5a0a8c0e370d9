"""Which files make up a clinical table: files beside each other, a folder of them, or a Delta table.

A table is `<table>*.csv[.gz]` and `<table>*.parquet` in the source; or a folder named for it, `<table>`,
`<table>.parquet`, `<table>.csv` or `<table>.delta`, with such files in it at any depth. In folders named
`column=value` the column has that value in every row (Hive's way to partition). A folder with a `_delta_log`
is a Delta table: the log alone says which files count. What another log keeps (Iceberg, Hudi, a Delta table
further below) is refused, for its files hold deleted rows too.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from lumbar.errors import InputError
from lumbar.tables.clinical import CLINICAL_TABLES
from lumbar.tables.schema import Table

CSV = "csv"
PARQUET = "parquet"
DELTA_LOG = "_delta_log"
_FORMAT = re.compile(r"\.(?:(csv)(?:\.gz)?|(parquet))$")
_FOLDER_ENDINGS = ("", ".parquet", ".csv", ".delta")
_NULL = "__HIVE_DEFAULT_PARTITION__"
_PERSONAL = re.compile(r"(\w+_id|mrn|ssn|name|phone|email|birth_date|patient|person)", re.IGNORECASE)

# The format of a file, by its name; none where it is no file of a table.
FormatOf = Callable[[Path], str | None]


@dataclass(frozen=True, slots=True)
class TableFile:
    """One file of a table.

    `name` is its path below the source folder, with slashes, without the values of identifying partition columns:
    it is told to people. `constants`: columns in lower case, with the text
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
            if _is_folder_for(table, path):
                files, version = files_of_folder(folder, path, _format_of)
                if version is not None:
                    versions[path.name] = version
                is_there = is_there or bool(files) or version is not None
                found += files
        elif path.name.startswith(table.name) and (told := _format_of(path)) is not None:
            is_there = True
            found.append(TableFile(path, path.name, told))
    return TableFiles(is_there, tuple(found), versions)


def files_of_folder(source: Path, folder: Path, format_of: FormatOf) -> tuple[list[TableFile], int | None]:
    """The files of a table that is a folder of the source; the version where it is a Delta table.

    Raises InputError as `table_files` does, and for what only another kind of log can tell the rows of.
    """
    if (folder / DELTA_LOG).is_dir():
        return _delta_files(source, folder)
    return list(_files_below(source, folder, {}, format_of)), None


def clinical_table_of(path: Path) -> str | None:
    """The clinical table that a file or folder of the source is read as; none where it is none's."""
    if path.is_dir():
        return next((table.name for table in CLINICAL_TABLES if _is_folder_for(table, path)), None)
    is_table = _format_of(path) is not None
    return next((table.name for table in CLINICAL_TABLES if is_table and path.name.startswith(table.name)), None)


def is_of_a_table(path: Path) -> bool:
    """Whether a file or folder of the source looks like one of a table, by its ending or what lies in it."""
    if path.is_dir():
        return any(_format_of(inner) for inner in path.rglob("*"))
    return _format_of(path) is not None


def _is_folder_for(table: Table, path: Path) -> bool:
    return path.name in {f"{table.name}{ending}" for ending in _FOLDER_ENDINGS}


def _format_of(path: Path) -> str | None:
    found = _FORMAT.search(path.name)
    return found[1] or found[2] if found else None


def _files_below(
    source: Path, folder: Path, constants: Mapping[str, str | None], format_of: FormatOf
) -> Iterator[TableFile]:
    """Every table file below a folder, but for what is hidden or set aside (`_SUCCESS`, `.part-0.parquet.crc`)."""
    if kind := _kept_by_a_log(folder):
        raise InputError(
            f"{_told_name(source, folder)}: not plain Parquet but {kind}, whose files hold deleted rows too; "
            "export the current snapshot as Parquet or CSV"
        )
    for path in sorted(folder.iterdir()):
        if path.name.startswith(("_", ".")):
            continue
        if path.is_dir():
            column, is_partition, value = path.name.partition("=")
            inner = {unquote(column).lower(): None if value == _NULL else unquote(value)} if is_partition else {}
            yield from _files_below(source, path, {**constants, **inner}, format_of)
        elif (told := format_of(path)) is not None:
            yield TableFile(path, _told_name(source, path), told, constants)


def _kept_by_a_log(folder: Path) -> str | None:
    """What kind of table the folder is that cannot be read as its files; none where it is a plain folder."""
    if (folder / DELTA_LOG).is_dir():
        return "a Delta table that is not the table's folder itself"
    if (folder / ".hoodie").is_dir():
        return "a Hudi table"
    is_iceberg = next((folder / "metadata").glob("*.metadata.json*"), None) is not None
    return "an Iceberg table" if is_iceberg else None


def _told_name(source: Path, path: Path) -> str:
    """The path below the source, without what identifies a patient."""
    parts = path.relative_to(source).parts
    pairs = [(part, *part.partition("=")[:2]) for part in parts]
    return "/".join(
        f"{column}=…" if is_pair and _PERSONAL.fullmatch(column) else part for part, column, is_pair in pairs
    )


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
        is_elsewhere = "://" in action["path"] or ".." in path.parts or not path.is_relative_to(folder)
        if is_elsewhere or not path.is_file():
            raise InputError(f"{folder.name}: a file that the Delta table's log names is not in it; copy it whole")
        partition = {name.lower(): _text(value) for name, value in (action.get("partition") or {}).items()}
        files.append(TableFile(path, _told_name(source, path), PARQUET, {**absent, **partition}))
    return files, delta.version()


def _text(value: object) -> str | None:
    return None if value is None else str(value)

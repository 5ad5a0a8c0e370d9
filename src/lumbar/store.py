"""The only reader and writer of a result folder: Parquet by pyarrow, written aside, renamed into place."""

import json
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from lumbar.beside import FolderBeside
from lumbar.errors import ResultFolderError
from lumbar.placing import check_target, put_in_place, refuse_link, replace_file
from lumbar.tables.clinical import CLINICAL_TABLES
from lumbar.tables.results import OUTCOME, RATE, REJECTED, RESULT_TABLES
from lumbar.tables.run_facts import parse_run
from lumbar.tables.schema import Table, Type

RUN_FILE = "run.json"
REPORT_FILE = "report.html"
_CLINICAL_FOLDER = "clinical"
_RELEASED_FOLDER = "released"
# What a result folder holds; anything else in it is somebody's own.
_PARTS = {RUN_FILE, REPORT_FILE, _CLINICAL_FOLDER, _RELEASED_FOLDER, *(f"{t.name}.parquet" for t in RESULT_TABLES)}
ROW_GROUP_ROWS = 122_880
PARQUET_CODEC = "zstd"
_BETWEEN_REMOVALS_S = (0.1, 0.5, 2, 5)
_REPEATED_IDS = ("patient_id", "episode_id", "measure_id")

# The Arrow type of each declared type.
ARROW_TYPES = {
    Type.TEXT: pa.string(),
    Type.DATE: pa.date32(),
    Type.TIME: pa.string(),
    Type.SCORE: pa.decimal128(9, 4),
    Type.INTEGER: pa.int64(),
    Type.FRACTION: pa.float64(),
    Type.BOOLEAN: pa.bool_(),
}
_TABLES = {table.name: table for table in (*RESULT_TABLES, *CLINICAL_TABLES)}


def arrow_schema(table: Table) -> pa.Schema:
    """The Arrow schema of a declared table; every column nullable, so that empty tables stay simple."""
    return pa.schema([(column.name, ARROW_TYPES[column.type]) for column in table.columns])


class ResultWriter:
    """Writes one result folder: nothing under its name until everything is written.

    Used with `with`; an exception inside leaves the target as it was. Raises ResultFolderError when the
    folder exists and `overwrite` is false, or exists and is no result folder, or there is no space.
    The folder is patient data: mode 0700.
    """

    def __init__(self, folder: Path, overwrite: bool = False) -> None:
        self.folder = folder
        self.overwrite = overwrite
        self._beside = FolderBeside(folder)
        check_result_target(folder, overwrite)

    def __enter__(self) -> "ResultWriter":
        parents = (self.folder.parent, *self.folder.parent.parents)
        self._made = [parent for parent in parents if not parent.exists()]
        # Work that does not fit in memory spills here, beside the result and gone with it.
        self.scratch = self._beside.path / ".spill"
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            self._aside = self._beside.__enter__()
        except BaseException as error:
            self._remove_made_parents()
            if isinstance(error, OSError):
                raise ResultFolderError(f"cannot write to {self.folder.parent}: {error.strerror}") from None
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                _remove_scratch(self.scratch)
                put_in_place(self._aside, self.folder)
        except OSError as failure:
            error = failure
        finally:
            self._beside.__exit__(kind, error, trace)
            self._remove_made_parents()
        if isinstance(error, OSError):
            raise ResultFolderError(f"cannot write {self.folder}: {error.strerror or error}") from None

    def _remove_made_parents(self) -> None:
        """Leaves no folder behind that was not there before; one that is no longer empty stays."""
        for parent in self._made:
            with suppress(OSError):
                parent.rmdir()

    def result(self, table: Table, batches: pa.RecordBatchReader | pa.Table) -> None:
        """Writes a result table; batches in their final order."""
        write_parquet(self._aside / f"{table.name}.parquet", table, batches)

    def clinical(self, table: Table, batches: pa.RecordBatchReader | pa.Table) -> None:
        """Writes a clinical table of the patients with an episode."""
        (self._aside / _CLINICAL_FOLDER).mkdir(exist_ok=True)
        write_parquet(self._aside / _CLINICAL_FOLDER / f"{table.name}.parquet", table, batches)

    @contextmanager
    def parts(self, table: Table) -> Iterator[Path]:
        """Where others write a table as a folder of part files; they are then named in their order, and nothing else
        of the folder is kept.
        """
        is_clinical = table in CLINICAL_TABLES
        folder = self._aside / (_CLINICAL_FOLDER if is_clinical else "") / f"{table.name}.parquet"
        folder.parent.mkdir(exist_ok=True)
        yield folder
        parts = sorted(folder.glob("part-*.parquet"))
        for path in set(folder.iterdir()) - set(parts):
            path.unlink()
        for number, path in enumerate(parts):
            path.rename(folder / f"part-{number:05}.parquet")

    def run(self, facts: dict[str, Any]) -> None:
        """Writes run.json."""
        self.text(RUN_FILE, json.dumps(facts, indent=2, ensure_ascii=False) + "\n")

    def written(self) -> "StoredResult":
        """What has been written so far, for the report that goes with it."""
        return open_result(self._aside)

    def text(self, name: str, content: str) -> None:
        """Writes a text file such as the report."""
        (self._aside / name).write_text(content, encoding="utf-8")


def _remove_scratch(scratch: Path) -> None:
    """Takes away what was needed on the way. A network's file system may show a removed file for some seconds.

    Raises ResultFolderError when it stays: it holds records, and must not lie in a result.
    """
    for wait_s in (*_BETWEEN_REMOVALS_S, None):
        try:
            if scratch.exists():
                shutil.rmtree(scratch)
            return
        except OSError as error:
            if wait_s is None:
                why = error.strerror or error
                raise ResultFolderError(f"cannot remove {scratch} ({why}); it holds records: remove it") from None
            time.sleep(wait_s)


def check_result_target(folder: Path, overwrite: bool) -> None:
    """Raises ResultFolderError when no result may be written to `folder`."""
    check_target(folder, overwrite, RUN_FILE, "result folder")
    if folder.exists():
        _refuse_what_is_no_part(folder)


def check_apart(source: Path, out: Path) -> None:
    """Raises ResultFolderError when the records lie in the folder that is to be replaced."""
    if source.resolve().is_relative_to(out.resolve()):
        raise ResultFolderError(f"{out} is or holds the records; name another folder")


def _refuse_what_is_no_part(folder: Path) -> None:
    own = sorted(path.name for path in folder.iterdir() if path.name not in _PARTS and not path.name.startswith("."))
    if own:
        raise ResultFolderError(f"{folder} holds {own[0]}, which is no part of a result: move it away first")


def write_parquet(path: Path, table: Table, batches: pa.RecordBatchReader | pa.Table) -> None:
    """One Parquet file of the declared schema; row groups of a fixed size, so that equal rows give equal bytes."""
    schema = arrow_schema(table)
    reader = batches.to_reader() if isinstance(batches, pa.Table) else batches
    # The id of a record hardly repeats: a dictionary of such ids would cost time and gain nothing.
    ids = [column.name for column in table.columns if column.name.endswith("_id") and column.name not in _REPEATED_IDS]
    with pq.ParquetWriter(
        path,
        schema,
        compression=PARQUET_CODEC,
        compression_level=1,
        use_dictionary=[name for name in schema.names if name not in ids],
        column_encoding=dict.fromkeys(ids, "DELTA_BYTE_ARRAY"),
    ) as writer:
        for group in _regrouped(reader, schema):
            writer.write_table(group, row_group_size=ROW_GROUP_ROWS)


def _regrouped(reader: pa.RecordBatchReader, schema: pa.Schema) -> Any:
    waiting: list[pa.RecordBatch] = []
    n_waiting = 0
    for arrived in reader:
        batch = arrived
        while n_waiting + batch.num_rows >= ROW_GROUP_ROWS:
            taken = ROW_GROUP_ROWS - n_waiting
            yield pa.Table.from_batches([*waiting, batch.slice(0, taken)], schema).combine_chunks()
            batch, waiting, n_waiting = batch.slice(taken), [], 0
        if batch.num_rows:
            waiting.append(batch)
            n_waiting += batch.num_rows
    if waiting:
        yield pa.Table.from_batches(waiting, schema).combine_chunks()


class StoredResult:
    """A result folder opened for reading; tables are read when asked for."""

    def __init__(self, folder: Path, run: dict[str, Any]) -> None:
        self.folder = folder
        self.run = run

    @property
    def outcome(self) -> pa.Table:
        """The result table `outcome`."""
        return self._table(OUTCOME)

    @property
    def rate(self) -> pa.Table:
        """The result table `rate`."""
        return self._table(RATE)

    @property
    def rejected(self) -> pa.Table:
        """The result table `rejected`."""
        return self._table(REJECTED)

    def clinical(self, name: str, patient_id: str | None = None) -> pa.Table:
        """A clinical table of the patients with an episode, or of one patient only."""
        path = self.folder / _CLINICAL_FOLDER / f"{name}.parquet"
        keep = None if patient_id is None else pc.field("patient_id") == patient_id
        return self._read(path, _TABLES[name], keep)

    def outcome_of(self, episode_id: str) -> list[dict[str, Any]]:
        """The rows of one episode, empty when there is none."""
        rows: list[dict[str, Any]] = self._read(
            self.folder / f"{OUTCOME.name}.parquet", OUTCOME, pc.field("episode_id") == episode_id
        ).to_pylist()
        return rows

    def outcome_counts(self, *columns: str) -> pa.Table:
        """How many rows of `outcome` (column n) have each combination of values; read part by part."""
        path = self.folder / f"{OUTCOME.name}.parquet"
        names, files = list(columns), part_files(path)
        if not files:
            raise ResultFolderError(f"{self.folder} lacks {path.name}; evaluate again")
        try:
            parts = [
                pa.Table.from_batches([batch]).group_by(names).aggregate([([], "count_all")])
                for file in files
                for batch in pq.ParquetFile(file).iter_batches(ROW_GROUP_ROWS, columns=names)
            ]
        except (pa.ArrowException, OSError):
            raise ResultFolderError(f"{path} cannot be read as the table {OUTCOME.name}; evaluate again") from None
        fields = [arrow_schema(OUTCOME).field(name) for name in names]
        empty = pa.schema([*fields, pa.field("count_all", pa.int64())]).empty_table()
        grouped = pa.concat_tables([empty, *(part.select(empty.schema.names) for part in parts)])
        return grouped.group_by(names).aggregate([("count_all", "sum")]).rename_columns([*names, "n"])

    def files(self) -> list[str]:
        """The files of a whole result by their paths in the folder, the report where there is one.

        Raises ResultFolderError when one is missing.
        """
        clinical = [f"{_CLINICAL_FOLDER}/{table.name}.parquet" for table in CLINICAL_TABLES]
        names = [RUN_FILE, *(f"{table.name}.parquet" for table in RESULT_TABLES), *clinical]
        found = []
        for name in names:
            files = part_files(self.folder / name)
            if not files:
                raise ResultFolderError(f"{self.folder} lacks {name}; evaluate again")
            found += [path.relative_to(self.folder).as_posix() for path in files]
        return [*found, REPORT_FILE] if (self.folder / REPORT_FILE).is_file() else found

    def record_release(self, sha256: str, facts: dict[str, Any]) -> None:
        """Notes how the file of this hash was released from the result. Raises ResultFolderError when it cannot."""
        try:
            (self.folder / _RELEASED_FOLDER).mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise ResultFolderError(f"cannot write to {self.folder}: {error.strerror}") from None
        replace_file(self.folder / _RELEASED_FOLDER / f"{sha256}.json", json.dumps(facts, indent=2) + "\n")

    def release_of(self, sha256: str) -> dict[str, Any] | None:
        """How the file of this hash was released from the result; none when it was not."""
        path = self.folder / _RELEASED_FOLDER / f"{sha256}.json"
        if not path.is_file():
            return None
        try:
            facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise ResultFolderError(f"{path} cannot be read; export the file again") from None
        return facts

    def _table(self, table: Table) -> pa.Table:
        return self._read(self.folder / f"{table.name}.parquet", table, None)

    def _read(self, path: Path, table: Table, keep: Any) -> pa.Table:
        files = part_files(path)
        if not files:
            raise ResultFolderError(f"{self.folder} lacks {path.name}; evaluate again")
        try:
            found = ds.dataset([str(file) for file in files], format="parquet").to_table(
                columns=list(table.column_names), filter=keep
            )
            return found.cast(arrow_schema(table))
        except (pa.ArrowException, OSError):
            raise ResultFolderError(f"{path} cannot be read as the table {table.name}; evaluate again") from None


def part_files(path: Path) -> list[Path]:
    """The files of a table in their order: the file itself, or the part files of a folder; none when it is neither."""
    return sorted(path.glob("part-*.parquet")) if path.is_dir() else [path] if path.is_file() else []


def open_result(folder: Path) -> StoredResult:
    """The result in a folder. Raises ResultFolderError when it is none."""
    path = folder / RUN_FILE
    if not folder.is_dir():
        why = "it is a file" if folder.exists() else "there is no such folder"
        raise ResultFolderError(f"{folder} is no result folder: {why}")
    if not path.is_file():
        raise ResultFolderError(f"{folder} is no result folder: it has no {RUN_FILE}; make one with lumbar evaluate")
    try:
        return StoredResult(folder, parse_run(path.read_bytes()))
    except OSError as error:
        raise ResultFolderError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise ResultFolderError(f"{path}: {error}; evaluate again") from None


def refuse_to_replace(path: Path, run: Mapping[str, Any], kept: Iterable[Path]) -> None:
    """Raises ResultFolderError where a file would take the place of a result's, of its records, or of one `kept`."""
    target = path.resolve()
    for folder in target.parents[:2]:
        if (folder / RUN_FILE).is_file():
            raise ResultFolderError(f"{path} would lie in the result folder {folder}; choose another --out")
    if target.exists() and target.name in {file["file"] for file in run.get("inputs", ())}:
        raise ResultFolderError(f"{path} is called as a file of the records, and is there; choose another --out")
    if any(target == other.resolve() for other in kept):
        raise ResultFolderError(f"{path} is given to be read; choose another --out")


def purge(folder: Path) -> None:
    """Removes a result folder. Raises ResultFolderError when it is none, a link to one, or holds other things."""
    refuse_link(folder)
    open_result(folder)
    _refuse_what_is_no_part(folder)
    if not part_files(folder / f"{OUTCOME.name}.parquet"):
        raise ResultFolderError(f"{folder} is no result folder: it has no {OUTCOME.name}.parquet; it is left alone")
    shutil.rmtree(folder)

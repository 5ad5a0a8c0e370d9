"""Rows that Spark's tasks write into Parquet files of their own, to be read from there as often as they are asked for.

What is written is not made again when a machine is lost, and never passes through Spark's own rows on its way.
A task may run twice, and one that was given up may still be at work: each run writes a hidden file of its own and
tells its name. Only the files that the finished tasks tell of get a name by which they are read.
"""

import errno
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial, reduce
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pyspark.sql.functions as F
from pyspark.sql import DataFrame, Row, SparkSession

from lumbar.beside import hidden_name
from lumbar.errors import CapacityError, EngineError, InternalError
from lumbar.readers.spark.typed_rows import WRITTEN, notes, spark_schema
from lumbar.spark_files import check_rows, on_every_node, read_rows

Read = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
_MERGED = "spark.sql.unionOutputPartitioning"


@dataclass(frozen=True, slots=True)
class WrittenRows:
    """Rows of a schema in part files of `folder`, there once `take_notes` has asked for what the tasks tell.

    A row that tells something has a `note`; in the files `note` is null.
    """

    told: DataFrame
    folder: Path
    schema: pa.Schema

    def rows(self) -> DataFrame:
        """The rows themselves."""
        return read_rows(self.told.sparkSession, self.folder, spark_schema(self.schema))


def written_rows(given: DataFrame, read: Read, schema: pa.Schema, folder: Path) -> WrittenRows:
    """What `read` makes of the batches of `given` in the workers, written into `folder`, which every node sees."""
    folder.mkdir(parents=True)
    told = given.mapInArrow(partial(write_rows, read, on_every_node(folder)), spark_schema(schema))
    return WrittenRows(told, folder, schema)


def take_notes(read: Mapping[str, WrittenRows], *columns: str) -> list[Row]:
    """The notes of all the tasks in one job: these columns and `name`, that of their rows in `read`.

    What the tasks have written can then be read. Raises InternalError when it is not all there.
    """
    with each_part_a_task(next(iter(read.values())).told.sparkSession):
        told = notes_of_all(read, *columns).collect()
    for name, rows in read.items():
        put_in_place(rows.folder, [note for note in told if note.name == name and note.note == WRITTEN])
    return [note for note in told if note.note != WRITTEN]


def notes_of_all(read: Mapping[str, WrittenRows], *columns: str) -> DataFrame:
    """The notes one below the other; asked for inside `each_part_a_task`."""
    asked = dict.fromkeys(("note", "told", "n_rows", *columns))
    told = (rows.told.select(F.lit(name).alias("name"), *asked) for name, rows in read.items())
    return reduce(DataFrame.unionAll, told)


@contextmanager
def each_part_a_task(spark: SparkSession) -> Iterator[None]:
    """Inside it frames of one part each keep their parts when they are united; else Spark makes one task of all."""
    before = spark.conf.get(_MERGED, "true")
    spark.conf.set(_MERGED, "false")
    try:
        yield
    finally:
        spark.conf.set(_MERGED, before)


def put_in_place(folder: Path, parts: list[Row]) -> None:
    """The files that finished tasks tell of under names that are read. Raises InternalError when rows are not there."""
    for number, part in enumerate(parts):
        try:
            (folder / part.told).rename(folder / f"part-{number:05}.parquet")
        except OSError:
            raise InternalError(f"{folder}: what a worker wrote there is gone; please report this") from None
    check_rows(folder, sum(part.n_rows for part in parts))


def write_rows(read: Read, folder: Path, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """In a worker: passes on what is noted of a task's batches, writes what is not, and notes file and rows at the end.

    Raises EngineError when the worker cannot write there, CapacityError when there is no room; no file is left then.
    """
    path, writer, n_rows = hidden_name(folder / "part"), None, 0
    try:
        for batch in read(batches):
            if not batch.num_rows:
                continue
            if batch.column("note")[0].is_valid:
                yield batch
                continue
            with _clear_when_it_fails(folder):
                writer = writer or pq.ParquetWriter(path, batch.schema)
                writer.write_batch(batch)
            n_rows += batch.num_rows
        if writer is not None:
            with _clear_when_it_fails(folder):
                writer.close()
            yield from notes(writer.schema, [{"note": WRITTEN, "told": path.name, "n_rows": n_rows}])
    except BaseException:
        with suppress(OSError):
            if writer is not None:
                writer.close()
        with suppress(OSError):
            path.unlink(missing_ok=True)
        raise


@contextmanager
def _clear_when_it_fails(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise CapacityError(f"no space at {folder} for what the workers write: free space there") from None
        why = os.strerror(error.errno) if error.errno else type(error).__name__  # Arrow's own text is long
        raise EngineError(
            f"a worker cannot write to {folder} ({why}): name an --out that every node sees and can write to"
        ) from None

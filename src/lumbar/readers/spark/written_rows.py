"""Rows that Spark's tasks write into Parquet files of their own, to be read from there as often as they are asked for.

What is written is not made again when a machine is lost, and never passes through Spark's own rows on its way.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark import TaskContext
from pyspark.sql import DataFrame, SparkSession

from lumbar.beside import hidden_name
from lumbar.readers.spark.typed_rows import spark_schema

Read = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]


@dataclass(frozen=True, slots=True)
class WrittenRows:
    """Rows of a schema in part files of `folder`, there once `told` has been asked for what the tasks tell.

    A row that tells something has a `note`; in the files `note` is null.
    """

    told: DataFrame
    folder: Path
    schema: pa.Schema

    def rows(self) -> DataFrame:
        """The rows themselves."""
        return _read(self.told.sparkSession, self.folder, spark_schema(self.schema))


def written_rows(given: DataFrame, read: Read, schema: pa.Schema, folder: Path) -> WrittenRows:
    """What `read` makes of the batches of `given` in the workers, written into `folder`, which every node sees."""
    folder.mkdir(parents=True)
    told = given.mapInArrow(partial(write_rows, read, folder.resolve()), spark_schema(schema))
    return WrittenRows(told, folder, schema)


def write_rows(read: Read, folder: Path, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """In a worker: passes on what is noted of a task's batches, and writes what is not.

    The file appears when all of it is written; a task that runs again puts an equal one in its place.
    """
    part = folder / f"part-{TaskContext.get().partitionId():05}.parquet"
    beside, writer = hidden_name(part), None
    try:
        for batch in read(batches):
            if not batch.num_rows:
                continue
            if batch.column("note")[0].is_valid:
                yield batch
                continue
            if writer is None:
                writer = pq.ParquetWriter(beside, batch.schema)
            writer.write_batch(batch)
        if writer is not None:
            writer.close()
            beside.replace(part)
    finally:
        if writer is not None:
            writer.close()
        beside.unlink(missing_ok=True)


def written(rows: DataFrame, folder: Path) -> DataFrame:
    """The same rows, computed once and written into `folder`, which every node sees, by the nodes themselves."""
    rows.write.parquet(folder.resolve().as_uri())
    return _read(rows.sparkSession, folder, rows.schema)


def _read(spark: SparkSession, folder: Path, schema: object) -> DataFrame:
    return spark.read.schema(schema).parquet(folder.resolve().as_uri())

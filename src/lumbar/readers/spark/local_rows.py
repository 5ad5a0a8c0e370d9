"""What is known of the records before any two of them are compared: typed rows, each with its first local reason."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
from pyspark import StorageLevel
from pyspark.sql import DataFrame

from lumbar.readers.spark.typed_rows import record_columns
from lumbar.readers.spark.written_rows import Read, WrittenRows, written_rows
from lumbar.spark_files import written
from lumbar.tables.schema import Table


@dataclass(slots=True)
class LocalRows:
    """Typed rows by table (`typed_rows.py` says their columns; `line` counts from the top of the file).

    `scratch`: a folder that every node sees, for what is written down on the way. `n_times`: by table, how many
    dates carry a time of day, and how many of these end in Z. Used with `with`: at its end, also by an error, what
    was kept in memory is given back; what was written stays.
    """

    scratch: Path
    tables: dict[str, DataFrame] = field(default_factory=dict)
    n_times: dict[str, tuple[int, int]] = field(default_factory=dict)
    lookup_rejected: list[tuple[Any, ...]] = field(default_factory=list)
    _kept: list[DataFrame] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for rows in self._kept:
            rows.unpersist()

    def add(self, table: Table, rows: DataFrame) -> None:
        """More rows of a table."""
        records = rows.select(*record_columns(table))
        known = self.tables.get(table.name)
        self.tables[table.name] = records if known is None else known.unionAll(records)

    def read(self, given: DataFrame, read: Read, schema: pa.Schema) -> WrittenRows:
        """What the workers make of the batches of `given`, written by them."""
        return written_rows(given, read, schema, self._folder("read"))

    def write(self, name: str, rows: DataFrame) -> DataFrame:
        """The same rows, computed once and written down."""
        return written(rows, self._folder(name))

    def keep(self, rows: DataFrame) -> DataFrame:
        """The same rows, computed once and kept in memory until the end."""
        self._kept.append(rows.persist(StorageLevel.MEMORY_AND_DISK))
        return _without_plan(self._kept[-1])

    def _folder(self, name: str) -> Path:
        return self.scratch / f"{name}-{next(self._numbers)}"

    def add_times(self, table: str, n_timed: int, n_universal: int) -> None:
        """Counts dates with a time of day."""
        before = self.n_times.get(table, (0, 0))
        self.n_times[table] = before[0] + n_timed, before[1] + n_universal


def _without_plan(rows: DataFrame) -> DataFrame:
    """The rows of a persisted frame as a frame that does not say how they came about.

    Spark plans a query over kept rows with the plans of all they were made from, one in the other, and its time
    for that grows far faster than the plans. The rows keep their lineage: what a lost machine held is made again.
    """
    spark, made = rows.sparkSession, rows._jdf.queryExecution().toRdd()
    return DataFrame(spark._jsparkSession.internalCreateDataFrame(made, rows._jdf.schema(), False), spark)

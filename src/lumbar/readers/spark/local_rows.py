"""What is known of the records before any two of them are compared: typed rows, each with its first local reason."""

from dataclasses import dataclass, field
from typing import Any, Self

from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession

from lumbar.readers.spark.typed_rows import record_columns, spark_schema, typed_schema
from lumbar.tables.schema import Table


@dataclass(slots=True)
class LocalRows:
    """Typed rows by table (`typed_rows.py` says their columns; `line` counts from the top of the file).

    `n_times`: by table, how many dates carry a time of day, and how many of these end in Z. Used with `with`:
    at its end, also by an error, what was kept is given back.
    """

    tables: dict[str, DataFrame] = field(default_factory=dict)
    n_times: dict[str, tuple[int, int]] = field(default_factory=dict)
    lookup_rejected: list[tuple[Any, ...]] = field(default_factory=list)
    _kept: list[DataFrame] = field(default_factory=list)

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

    def keep(self, rows: DataFrame) -> DataFrame:
        """The same rows, computed once: reading them again would read the input again."""
        self._kept.append(rows.persist(StorageLevel.MEMORY_AND_DISK))
        return without_plan(self._kept[-1])

    def add_times(self, table: str, n_timed: int, n_universal: int) -> None:
        """Counts dates with a time of day."""
        before = self.n_times.get(table, (0, 0))
        self.n_times[table] = before[0] + n_timed, before[1] + n_universal

    def of(self, spark: SparkSession, table: Table) -> DataFrame:
        """The rows of a table; none where no file has any."""
        if table.name in self.tables:
            return self.tables[table.name]
        return spark.createDataFrame([], spark_schema(typed_schema(table)))


def without_plan(rows: DataFrame) -> DataFrame:
    """The rows of a persisted frame as a frame that does not say how they came about.

    Spark plans a query over kept rows with the plans of all they were made from, one in the other, and its time
    for that grows far faster than the plans. The rows keep their lineage: what a lost machine held is made again.
    """
    spark, made = rows.sparkSession, rows._jdf.queryExecution().toRdd()
    return DataFrame(spark._jsparkSession.internalCreateDataFrame(made, rows._jdf.schema(), False), spark)

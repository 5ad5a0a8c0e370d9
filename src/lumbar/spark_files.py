"""Files that every node of a Spark cluster sees: how Spark is told of them, and rows written there and read again."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import DataFrame, DataFrameReader, Observation, SparkSession
from pyspark.sql import functions as f

from lumbar.errors import InternalError
from lumbar.store import part_files

# In a name that is read these stand for other letters, unless a backslash stands before them.
_GLOB_MARKS = str.maketrans({mark: f"\\{mark}" for mark in "{}[]*?\\"})
# Whatever the cluster's own settings are: a file that is damaged or gone is an error, and not fewer rows.
_ALL_OR_ERROR = {"ignoreCorruptFiles": "false", "ignoreMissingFiles": "false"}
_FOOTERS_AT_ONCE = 16


def on_every_node(path: Path) -> Path:
    """The path by which every node knows it: absolute, its links kept, for they may lead elsewhere on another node.

    Spark takes `..` away by the letters, which is another place behind a link: such a path is followed here.
    """
    return path.resolve() if ".." in path.parts else path.absolute()


def to_write(path: Path) -> str:
    """What Spark is told to write to: the letters as they are, for it decodes no escapes of addresses."""
    return f"file://{on_every_node(path)}"


def to_read(path: Path) -> str:
    """What Spark is told to read, so that this file or folder alone is meant."""
    return to_write(path).translate(_GLOB_MARKS)


def reader(spark: SparkSession) -> DataFrameReader:
    """A reader by which no file is passed over."""
    return spark.read.options(**_ALL_OR_ERROR)


def read_rows(spark: SparkSession, folder: Path, schema: Any) -> DataFrame:
    """The rows of the Parquet files in a folder, of a schema as Spark takes it."""
    return reader(spark).schema(schema).parquet(to_read(folder))


def write_rows(rows: DataFrame, folder: Path, **options: str) -> None:
    """The rows as Parquet files in a new folder, one a partition, written by the nodes themselves.

    Raises InternalError when not as many rows lie there.
    """
    written = Observation()
    rows.observe(written, f.count(f.lit(1)).alias("n")).write.options(**options).parquet(to_write(folder))
    check_rows(folder, written.get["n"])


def written(rows: DataFrame, folder: Path) -> DataFrame:
    """The same rows, computed once and written into a new folder: from there they are read."""
    write_rows(rows, folder)
    return read_rows(rows.sparkSession, folder, rows.schema)


def check_rows(folder: Path, n_rows: int) -> None:
    """Raises InternalError when the part files in a folder do not have so many rows by their footers."""
    try:
        with ThreadPoolExecutor(_FOOTERS_AT_ONCE) as pool:
            n_found = sum(pool.map(lambda path: pq.read_metadata(path).num_rows, part_files(folder)))
    except (pa.ArrowException, OSError):
        raise InternalError(f"{folder}: a part file is damaged or gone; please report this") from None
    if n_found != n_rows:
        raise InternalError(f"{folder}: of {n_rows} rows written {n_found} are there; please report this")


def check_order(folder: Path, column: str) -> None:
    """Raises InternalError when a part file holds a text of the column that comes before one of the file ahead of it.

    Within a file the order is that of its rows; texts are compared by their bytes, as Parquet and Spark do.
    """
    with ThreadPoolExecutor(_FOOTERS_AT_ONCE) as pool:
        ends = [each for each in pool.map(lambda path: _first_and_last(path, column), part_files(folder)) if each]
    if any(following[0] < ahead[1] for ahead, following in pairwise(ends)):
        raise InternalError(f"{folder}: part files are not in order; please report this")


def _first_and_last(path: Path, column: str) -> tuple[bytes, bytes] | None:
    """The least and the greatest text of a column by the footer, which tells none where there are no rows."""
    footer = pq.read_metadata(path)
    place = footer.schema.to_arrow_schema().get_field_index(column)
    told = [footer.row_group(number).column(place).statistics for number in range(footer.num_row_groups)]
    if not told or not all(each is not None and each.has_min_max for each in told):
        return None
    return min(each.min.encode() for each in told), max(each.max.encode() for each in told)

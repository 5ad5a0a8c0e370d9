"""A Spark session opened and closed, and its failures told in one line."""

import errno
import os
import re
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumbar import errors
from lumbar.errors import CapacityError, EngineError
from lumbar.file_sizes import file_sizes

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_DEFAULTS = {
    "spark.app.name": "lumbar",
    # The pages Spark serves show plans, and plans may show values: nobody is served unless the user asks for it.
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # Spark writes every plan out for its pages; those of many cached tables are long.
    "spark.sql.ui.explainMode": "simple",
    "spark.sql.debug.maxToStringFields": "1",
}
_LOCAL = "local[*]"
# On one machine most of the work of a small run is making ready for work: Java compiles quickly and no better. In every
# run a query is planned once and not after each of its stages, and Java compiles also the long methods that Spark
# writes. What the user sets counts.
LOCAL_DEFAULTS = {
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-DontCompileHugeMethods",
    "spark.driver.memory": "2g",
    "spark.sql.adaptive.enabled": "false",
}
_LARGE_DEFAULTS = {
    "spark.driver.extraJavaOptions": "-XX:+UseParallelGC -XX:-DontCompileHugeMethods",
    "spark.driver.memory": "6g",
    "spark.sql.adaptive.enabled": "false",
}
_LARGE_BYTES = 10_000_000  # of a source
_SHUFFLE_PARTS = "spark.sql.shuffle.partitions"
_SPREAD = "spark.lumbar.spread"  # set where nobody has said into how many parts a shuffle goes
_ROWS_OF_A_PART = 500_000
# How an error of this package stands at the end of a worker's traceback.
_OURS = re.compile(r"^lumbar\.errors\.(?P<name>\w+): (?P<told>.+)$", re.MULTILINE)
# Set where spark-submit has started Java, and knows the master.
_SUBMITTED = "PYSPARK_GATEWAY_PORT"


@contextmanager
def open_session(settings: Mapping[str, str], source: Path) -> Iterator["SparkSession"]:
    """A Spark session with these settings, stopped at the end; under spark-submit with those given to it too.

    `source`: the records, for whose size one machine is made ready.

    Raises EngineError when Spark or Java is not there, or the cluster cannot be reached.
    """
    try:
        from pyspark import SparkConf
    except ImportError:
        raise EngineError('Spark is not installed; install it with: pip install "lumbar[spark]"') from None
    # Nothing of pandas is used but what Spark itself asks for.
    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
    is_submitted = _SUBMITTED in os.environ
    if not is_submitted and _java() is None:
        raise EngineError("Spark needs Java 17 or later and none was found; install one, or set JAVA_HOME")
    conf = SparkConf(loadDefaults=is_submitted)
    for key, value in _DEFAULTS.items():
        conf.setIfMissing(key, value)
    for key, value in settings.items():
        conf.set(key, value)
    if not is_submitted:
        conf.setIfMissing("spark.master", _LOCAL)
    master = str(conf.get("spark.master"))
    if master.startswith("local"):
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    is_started_here = master.startswith("local") and not is_submitted
    if is_started_here:
        for key, value in (_LARGE_DEFAULTS if is_large(source) else LOCAL_DEFAULTS).items():
            conf.setIfMissing(key, value)
    try:
        session = _started(conf, is_submitted)
    except Exception as error:
        if not _is_of_spark(error):
            raise
        raise EngineError(f"Spark could not be started with spark.master {master}: look at its settings") from None
    if is_started_here and not conf.contains(_SHUFFLE_PARTS):
        session.conf.set(_SPREAD, "true")
        spread(session, 0)
    try:
        yield session
    finally:
        session.stop()


def is_large(source: Path) -> bool:
    """Whether records have so many bytes that judging them outweighs Spark's making ready."""
    return any(n_bytes >= _LARGE_BYTES for n_bytes in accumulate(size for _, size in file_sizes(source)))


def spread(session: "SparkSession", n_rows: int) -> None:
    """On one machine, shuffles of so many rows go into a part for each core, or into more where these are long."""
    if session.conf.get(_SPREAD, "false") == "true":
        n_parts = max(session.sparkContext.defaultParallelism, -(-n_rows // _ROWS_OF_A_PART))
        session.conf.set(_SHUFFLE_PARTS, n_parts)


def _started(conf: Any, is_submitted: bool) -> "SparkSession":
    from pyspark import SparkContext
    from pyspark.java_gateway import launch_gateway
    from pyspark.sql import SparkSession

    if not is_submitted and SparkContext._gateway is None:
        # What Java and Spark say while starting is for those who look for a fault.
        loud = bool(os.environ.get("LUMBAR_DEBUG"))
        launch_gateway_options = {} if loud else {"stderr": subprocess.DEVNULL}
        context = SparkContext(conf=conf, gateway=launch_gateway(conf, launch_gateway_options))
    else:
        context = SparkContext(conf=conf)
    context.setLogLevel("ERROR")
    return SparkSession(context)


@contextmanager
def spark_failures() -> Iterator[None]:
    """Inside it, a failure of Spark raises EngineError: its kind and no more, for Spark's own text may hold values.

    An error of this package that a worker has met is raised in its own words, which hold none; a full disk as
    CapacityError.
    """
    try:
        yield
    except Exception as error:
        if not _is_of_spark(error):
            raise
        if ours := _OURS.search(str(error)):
            raise getattr(errors, ours["name"])(ours["told"]) from None
        if os.strerror(errno.ENOSPC) in str(error):
            raise CapacityError(
                "no space for what Spark writes, beside the result or in its spark.local.dir: free space there"
            ) from None
        raise EngineError(
            f"Spark failed ({_kind(error)}): see its logs for where, or set LUMBAR_DEBUG=1; nothing was written"
        ) from None


def _kind(error: Any) -> str:
    """Spark's name for the failure, such as CAST_INVALID_INPUT, else the Java class; neither holds a value."""
    java = getattr(error, "java_exception", None)
    condition = error.getCondition() if hasattr(error, "getCondition") else None
    return str(condition or (java.getClass().getSimpleName() if java is not None else type(error).__name__))


def _is_of_spark(error: Exception) -> bool:
    """Whether it is a failure of Spark, to be told in one line; none is where faults are looked for."""
    return type(error).__module__.partition(".")[0] in {"pyspark", "py4j"} and not os.environ.get("LUMBAR_DEBUG")


def _java() -> str | None:
    home = os.environ.get("JAVA_HOME")
    return shutil.which("java", path=str(Path(home) / "bin")) if home else shutil.which("java")

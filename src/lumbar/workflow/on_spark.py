"""Read → check → evaluate → write with Spark: the rows stay where they are, only counts come to this process."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from lumbar.errors import UsageError
from lumbar.readers import choose_format
from lumbar.store import REPORT_FILE, ResultWriter, StoredResult, check_apart, open_result
from lumbar.tables.clinical import CLINICAL_TABLES
from lumbar.tables.results import OUTCOME, RATE, REJECTED
from lumbar.tables.schema import Table
from lumbar.workflow.asked import Asked
from lumbar.workflow.fetched import fetch_warnings
from lumbar.workflow.progress import OnProgress, silent
from lumbar.workflow.result import Result

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def spark_settings(written: Sequence[str]) -> dict[str, str]:
    """Spark's settings, each written KEY=VALUE. Raises UsageError for one that is not."""
    settings = {}
    for text in written:
        key, sign, value = text.partition("=")
        if not sign or not key.startswith("spark.") or not value:
            raise UsageError(f"--spark-conf {text!r} is no setting; write it as spark.executor.memory=4g")
        settings[key] = value
    return settings


def evaluate_to_folder_on_spark(
    source: Path,
    out: Path,
    *,
    year: int,
    as_of: date | str,
    format: str | None = None,
    mapping: Path | None = None,
    policy: Path | None = None,
    measures: Sequence[str] = (),
    settings: Mapping[str, str] | None = None,
    overwrite: bool = False,
    report: bool = True,
    on_progress: OnProgress = silent,
) -> StoredResult:
    """The result folder of a source, written by Spark's executors: nothing under its name until all of it is written.

    `settings` are Spark's, `spark.master` among them; local[*] where nothing names one. On a cluster `source` and
    `out` lie where every node sees them by the same path. Raises what `evaluate_to_folder` raises, and EngineError
    when Spark is not installed, cannot be started or fails; the target is then as it was.
    """
    from lumbar.engine.spark_session import open_session, spark_failures, spread

    check_apart(source, out)
    asked = Asked(year, as_of, mapping, policy, measures)
    choose_format(source, format)  # a source that cannot be read is told before Spark starts
    with ResultWriter(out, overwrite) as writer, open_session(settings or {}, source) as spark, spark_failures():
        from lumbar.engine import spark as engine
        from lumbar.readers.spark import read

        def begin(stage: str, item: str) -> None:
            """Says what is begun: to who asked, and in Spark's own pages and event log."""
            spark.sparkContext.setJobDescription(f"lumbar: {stage} {item}")
            on_progress(stage, item)

        spark.sparkContext.setJobDescription("lumbar: read")
        intake = read(
            spark,
            source,
            format,
            asked.mapping,
            asked.policy,
            writer.scratch / "records",
            on_file=lambda file: on_progress("read", file.name),
        )
        spread(spark, sum(file.n_mapped for file in intake.files))
        intake.warnings[:0] = fetch_warnings(source)
        counts = engine.evaluate(
            spark,
            asked.rules,
            asked.policy,
            asked.as_of,
            writer.scratch,
            asked.measure_ids,
            on_step=lambda table: begin("evaluate", table),
        )

        def write(table: Table, rows: "DataFrame") -> None:
            begin("write", table.name)
            with writer.parts(table) as folder:
                engine.write_parts(rows, folder)

        begin("write", OUTCOME.name)
        with writer.parts(OUTCOME) as outcome:
            engine.write_outcome(spark, outcome)
        begin("evaluate", RATE.name)
        rate = engine.rate_table(spark, outcome)
        writer.result(RATE, rate)
        write(REJECTED, engine.rejected_rows(spark, [file.name for file in intake.files]))
        for table in CLINICAL_TABLES:
            write(table, engine.clinical_rows(spark, table))
        writer.run(asked.run_facts(intake, rate, counts, engine.engine_version(spark)))
        if report:
            on_progress("report", REPORT_FILE)
            writer.text(REPORT_FILE, Result(writer.written()).report())
    return open_result(out)

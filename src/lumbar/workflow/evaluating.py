"""Read → check → evaluate → write: from a source to a result, in memory or in a folder."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from lumbar.engine import duckdb as engine
from lumbar.engine.relational import Counts
from lumbar.measures.policy import Policy
from lumbar.readers import read
from lumbar.readers.cautions import omop_hint
from lumbar.readers.intake import Intake
from lumbar.readers.mapping import SiteMapping
from lumbar.readers.room import (
    default_memory_limit,
    give_memory_back_at_once,
    memory_bytes,
    outgrow,
    room_for_the_work,
)
from lumbar.side_by_side import meanwhile
from lumbar.store import REPORT_FILE, ResultWriter, StoredResult, check_apart, open_result
from lumbar.tables.clinical import CLINICAL_TABLES
from lumbar.tables.results import OUTCOME, RATE, REJECTED
from lumbar.workflow.asked import Asked, load_mapping, load_policy
from lumbar.workflow.fetched import fetch_warnings
from lumbar.workflow.progress import OnProgress, silent
from lumbar.workflow.result import InMemory, Result

_BYTES_FOR_BOTH = 500_000_000  # of memory, for outcome and clinical rows of any width to be made at once


def evaluate(
    source: str | Path,
    *,
    year: int,
    as_of: date | str,
    format: str | None = None,
    mapping: str | Path | None = None,
    policy: str | Path | None = None,
    measures: Sequence[str] = (),
    threads: int | None = None,
) -> Result:
    """Every operation's result from a folder of records, in memory.

    `format` is "fhir", "omop" or "tables", guessed when left out; `mapping` and `policy` are TOML files;
    `measures` limits to some of the year's. Raises UsageError, InputError, MappingError or CapacityError.
    """
    with room_for_the_work(), engine.open_session(threads) as session:
        asked = Asked(year, as_of, mapping, policy, measures)
        intake = _judge(session, Path(source), format, asked, silent)
        clinical = {table.name: engine.clinical_reader(session, table).read_all() for table in CLINICAL_TABLES}
        with engine.outcome_reader(session) as batches:
            outcome = batches.read_all()
        rejected = engine.rejected_table(session, [file.name for file in intake.files])
        rate = engine.rate_table(session)
        return Result(InMemory(outcome, rate, rejected, _run_facts(session, asked, intake, rate), clinical))


def evaluate_to_folder(
    source: Path,
    out: Path,
    *,
    year: int,
    as_of: date | str,
    format: str | None = None,
    mapping: Path | None = None,
    policy: Path | None = None,
    measures: Sequence[str] = (),
    threads: int | None = None,
    memory_limit: str | None = None,
    overwrite: bool = False,
    report: bool = True,
    note: str | None = None,
    on_progress: OnProgress = silent,
) -> StoredResult:
    """The result folder of a source, streamed to disk: nothing under its name until all of it is written.

    `note` stands first among the warnings of the run, and so on the report.
    Raises UsageError, InputError, MappingError, CapacityError or ResultFolderError; the target is then as it was.
    """
    check_apart(source, out)
    limit = default_memory_limit() if memory_limit is None else memory_bytes(memory_limit)
    if memory_limit is not None:
        give_memory_back_at_once()
    with (
        ResultWriter(out, overwrite) as writer,
        room_for_the_work(out.parent),
        _session_for(source, threads, limit, writer.scratch) as session,
    ):
        asked = Asked(year, as_of, mapping, policy, measures)
        intake = _judge(session, source, format, asked, on_progress)
        if note is not None:
            intake.warnings.insert(0, note)
        _write_rows(session, writer, limit, on_progress)
        rate = engine.rate_table(session)
        writer.result(RATE, rate)
        writer.result(REJECTED, engine.rejected_table(session, [file.name for file in intake.files]))
        writer.run(_run_facts(session, asked, intake, rate))
        if report:
            on_progress("report", REPORT_FILE)
            writer.text(REPORT_FILE, Result(writer.written()).report())
    return open_result(out)


def _session_for(source: Path, threads: int | None, memory_limit: int, scratch: Path) -> Any:
    """A session whose records stand in memory, or in a file of `scratch` where they outgrow the limit."""
    if outgrow(source, memory_limit):
        scratch.mkdir()
        return engine.open_session(threads, memory_limit, scratch, scratch / "records.duckdb")
    return engine.open_session(threads, memory_limit, scratch)


def _write_rows(session: Any, writer: ResultWriter, memory_limit: int, on_progress: OnProgress) -> None:
    """`outcome` and the clinical tables: side by side, or one after the other where memory is too short for both."""
    on_progress("write", OUTCOME.name)
    if memory_limit < _BYTES_FOR_BOTH:
        _write_outcome(writer, session)
        on_progress("write", "clinical records")
        _write_clinical(writer, session)
        return
    with meanwhile(session, partial(_write_clinical, writer)) as clinical:
        _write_outcome(writer, session)
        on_progress("write", "clinical records")
        clinical.result()


def _write_outcome(writer: ResultWriter, session: Any) -> None:
    with engine.outcome_reader(session) as outcome:
        writer.result(OUTCOME, outcome)


def _write_clinical(writer: ResultWriter, session: Any) -> None:
    for table in CLINICAL_TABLES:
        writer.clinical(table, engine.clinical_reader(session, table))


def check(
    source: Path,
    *,
    format: str | None = None,
    mapping: Path | None = None,
    policy: Path | None = None,
    on_progress: OnProgress = silent,
) -> tuple[Intake, pa.Table]:
    """What would be read, and the rejected rows. Raises InputError, MappingError or CapacityError."""
    with room_for_the_work(), engine.open_session() as session:
        intake = _read(session, source, format, load_mapping(mapping), load_policy(policy), on_progress)
        if intake.format == "omop":
            intake.warnings += omop_hint(intake.warnings)
        return intake, engine.rejected_table(session, [file.name for file in intake.files])


def _read(
    session: Any, source: Path, format_: str | None, mapping: SiteMapping, policy: Policy, on_progress: OnProgress
) -> Intake:
    """The source read into the session; what was noted when it was fetched stands first among the warnings."""
    intake = read(session, source, format_, mapping, policy, on_file=lambda file: on_progress("read", file.name))
    intake.warnings[:0] = fetch_warnings(source)
    return intake


def _judge(session: Any, source: Path, format_: str | None, asked: Asked, on_progress: OnProgress) -> Intake:
    """Reads the source into the session and evaluates it there."""
    intake = _read(session, source, format_, asked.mapping, asked.policy, on_progress)
    engine.evaluate(
        session,
        asked.rules,
        asked.policy,
        asked.as_of,
        asked.measure_ids,
        on_step=lambda table: on_progress("evaluate", table),
    )
    return intake


def _run_facts(session: Any, asked: Asked, intake: Intake, rate: pa.Table) -> dict[str, Any]:
    counts = Counts(*engine.counts(session), *engine.line_counts(session, asked.as_of))
    return asked.run_facts(intake, rate, counts, engine.engine_version())

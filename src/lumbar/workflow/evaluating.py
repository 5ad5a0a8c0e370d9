"""Read → check → evaluate → write: from a source to a result, in memory or in a folder."""

import platform
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from lumbar.codelists import code_list_hashes
from lumbar.engine import duckdb as engine
from lumbar.errors import MappingError, UsageError
from lumbar.measures import for_year
from lumbar.measures.lock import lock_hash
from lumbar.measures.model import PerformanceYear
from lumbar.measures.policy import Policy, parse_policy
from lumbar.readers import read
from lumbar.readers.intake import Intake
from lumbar.readers.mapping import SiteMapping, parse_mapping
from lumbar.readers.room import default_memory_limit, room_for_the_work
from lumbar.scoring import both_scores
from lumbar.store import REPORT_FILE, ResultWriter, StoredResult, open_result
from lumbar.tables.clinical import CLINICAL_TABLES
from lumbar.tables.results import OUTCOME, OVERALL, RATE, REJECTED
from lumbar.version import __version__
from lumbar.workflow.packages import installed_packages
from lumbar.workflow.progress import OnProgress, silent
from lumbar.workflow.result import InMemory, Result


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

    `format` is "fhir" or "tables", guessed when left out; `mapping` and `policy` are TOML files;
    `measures` limits to some of the year's. Raises UsageError, InputError, MappingError or CapacityError.
    """
    with room_for_the_work(), engine.open_session(threads) as session:
        job = _Job(session, Path(source), year, as_of, format, mapping, policy, measures)
        intake = job.judge(silent)
        clinical = {table.name: engine.clinical_reader(session, table).read_all() for table in CLINICAL_TABLES}
        outcome = engine.outcome_reader(session).read_all()
        rejected = engine.rejected_table(session, [file.name for file in intake.files])
        rate = engine.rate_table(session)
        return Result(InMemory(outcome, rate, rejected, job.run_facts(intake, rate), clinical))


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
    if memory_limit is not None and not re.fullmatch(r"\d+(\.\d+)? ?[KMGT]i?B", memory_limit, re.IGNORECASE):
        raise UsageError(f"{memory_limit!r} is no amount of memory; write it as 500MB or 2GB")
    with (
        ResultWriter(out, overwrite) as writer,
        room_for_the_work(out.parent),
        engine.open_session(threads, memory_limit or default_memory_limit(), writer.scratch) as session,
    ):
        job = _Job(session, source, year, as_of, format, mapping, policy, measures)
        intake = job.judge(on_progress)
        if note is not None:
            intake.warnings.insert(0, note)
        on_progress("write", OUTCOME.name)
        writer.result(OUTCOME, engine.outcome_reader(session))
        rate = engine.rate_table(session)
        writer.result(RATE, rate)
        writer.result(REJECTED, engine.rejected_table(session, [file.name for file in intake.files]))
        for table in CLINICAL_TABLES:
            on_progress("write", table.name)
            writer.clinical(table, engine.clinical_reader(session, table))
        writer.run(job.run_facts(intake, rate))
        if report:
            on_progress("report", REPORT_FILE)
            writer.text(REPORT_FILE, Result(writer.written()).report())
    return open_result(out)


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
        intake = read(
            session,
            source,
            format,
            load_mapping(mapping),
            load_policy(policy),
            on_file=lambda file: on_progress("read", file.name),
        )
        return intake, engine.rejected_table(session, [file.name for file in intake.files])


class _Job:
    """One evaluation: its arguments checked, its session filled and judged."""

    def __init__(
        self,
        session: Any,
        source: Path,
        year: int,
        as_of: date | str,
        format_: str | None,
        mapping: str | Path | None,
        policy: str | Path | None,
        measures: Sequence[str],
    ) -> None:
        self.session, self.source, self.format = session, source, format_
        self.rules = _rules(year, measures)
        self.measure_ids = [measure.id for measure in self.rules.measures if not measures or measure.id in measures]
        self.as_of = parse_as_of(as_of)
        self.mapping_text = None if mapping is None else _text_of(mapping, "mapping")
        self.mapping = parse_mapping(self.mapping_text or "")
        self.policy = load_policy(policy)

    def judge(self, on_progress: OnProgress) -> Intake:
        """Reads the source into the session and evaluates it there."""
        intake = read(
            self.session,
            self.source,
            self.format,
            self.mapping,
            self.policy,
            on_file=lambda file: on_progress("read", file.name),
        )
        engine.evaluate(
            self.session,
            self.rules,
            self.policy,
            self.as_of,
            self.measure_ids,
            on_step=lambda table: on_progress("evaluate", table),
        )
        return intake

    def run_facts(self, intake: Intake, rate: pa.Table) -> dict[str, Any]:
        """The content of run.json."""
        n_episodes, n_patients = engine.counts(self.session)
        n_lines, n_starting = engine.line_counts(self.session, self.as_of)
        if not n_episodes:
            intake.warnings.append(
                f"no operation was found: none of the {n_lines} procedure lines up to the as-of date has a code that "
                "starts one; look at the code system, the codes and the as-of date"
            )
        overall = {row["measure_id"]: row for row in rate.to_pylist() if row["stratum"] == OVERALL}
        too_few = [both_scores.words(m, overall[m.id]) for m in self.rules.measures if m.id in overall]
        intake.warnings += [warning for warning in too_few if warning is not None]
        return {
            "package": "lumbar",
            "version": __version__,
            "rule_set": f"py{self.rules.year}",
            "rule_set_hash": lock_hash(self.rules),
            "code_lists": code_list_hashes(self.rules.year),
            "year": self.rules.year,
            "as_of": self.as_of.isoformat(),
            "measures": self.measure_ids,
            "policy": self.policy.as_json(),
            "format": intake.format,
            "mapping": self.mapping_text,
            "timezone": self.mapping.timezone,
            "date_format": self.mapping.date_format,
            "engine": engine.engine_version(),
            "python": platform.python_version(),
            "packages": installed_packages(),
            "n_patients": n_patients,
            "n_episodes": n_episodes,
            "n_procedure_lines": n_lines,
            "n_procedure_lines_that_start_an_episode": n_starting,
            "inputs": [file.as_json() for file in intake.files],
            "warnings": intake.warnings,
        }


def parse_as_of(as_of: date | str) -> date:
    """The as-of date. Raises UsageError when the text is none."""
    if isinstance(as_of, date):
        return as_of
    try:
        return date.fromisoformat(as_of)
    except ValueError:
        raise UsageError(f"{as_of!r} is no date; write the as-of date as YYYY-MM-DD") from None


def load_mapping(path: str | Path | None) -> SiteMapping:
    """The site mapping in a TOML file, or the default. Raises MappingError."""
    return parse_mapping(_text_of(path, "mapping"))


def load_policy(path: str | Path | None) -> Policy:
    """The policy in a TOML file, or the default. Raises MappingError."""
    return parse_policy(_text_of(path, "policy"))


def _text_of(path: str | Path | None, what: str) -> str:
    if path is None:
        return ""
    if not Path(path).is_file():
        raise MappingError(f"{what}: {path}: no such file")
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise MappingError(f"{what}: {path} cannot be read as UTF-8 text") from None


def _rules(year: int, measures: Sequence[str]) -> PerformanceYear:
    """The whole year's rules, once the year and the measures asked for are known to exist."""
    if isinstance(year, bool) or not isinstance(year, int):
        raise UsageError("the performance year is a whole number, such as 2026")
    if isinstance(measures, str):
        raise UsageError('measures is a list of texts, such as ["459"]')
    rules = for_year(year)
    known = [measure.id for measure in rules.measures]
    for measure_id in measures:
        if measure_id not in known:
            raise UsageError(f"no measure {measure_id!r} in {year}; there are {', '.join(known)}")
    return rules

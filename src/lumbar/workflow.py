"""Read → check → evaluate → write: the only file that knows the path."""

import platform
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from lumbar.codelists import code_list_hashes
from lumbar.engine import duckdb as engine
from lumbar.engine.reference import PatientRecords
from lumbar.errors import InternalError, MappingError, UnknownEpisodeError, UsageError
from lumbar.explain import Proof, proof_json, prove
from lumbar.measures import for_year
from lumbar.measures.lock import lock_hash
from lumbar.measures.model import PerformanceYear
from lumbar.measures.policy import Policy, parse_policy
from lumbar.readers import read
from lumbar.readers.intake import Intake
from lumbar.readers.mapping import SiteMapping, parse_mapping
from lumbar.readers.room import room_for_the_work
from lumbar.scoring import both_scores
from lumbar.store import REPORT_FILE, ResultWriter, StoredResult, open_result
from lumbar.tables.clinical import (
    CLINICAL_TABLES,
    CONDITION,
    COVERAGE,
    PATIENT,
    PROCEDURE,
    REPORTED_CODE,
    SCORE,
)
from lumbar.tables.results import OUTCOME, OVERALL, RATE, REJECTED
from lumbar.version import __version__

OnProgress = Callable[[str, str], None]  # stage and what is being worked on


def _silent(stage: str, item: str) -> None:
    """Progress nobody watches."""


class _Tables(Protocol):
    """Where a result's tables come from: memory or a folder."""

    @property
    def outcome(self) -> pa.Table: ...
    @property
    def rate(self) -> pa.Table: ...
    @property
    def rejected(self) -> pa.Table: ...
    @property
    def run(self) -> dict[str, Any]: ...
    def clinical(self, name: str, patient_id: str | None = None) -> pa.Table: ...


class _InMemory:
    """A result's tables held in memory."""

    def __init__(
        self, outcome: pa.Table, rate: pa.Table, rejected: pa.Table, run: dict[str, Any], clinical: dict[str, pa.Table]
    ) -> None:
        self.outcome, self.rate, self.rejected, self.run = outcome, rate, rejected, run
        self._clinical = clinical

    def clinical(self, name: str, patient_id: str | None = None) -> pa.Table:
        import pyarrow.compute as pc

        table = self._clinical[name]
        return table if patient_id is None else table.filter(pc.equal(table["patient_id"], patient_id))


class Result:
    """Every operation's result: `outcome`, `rate` and `rejected` as Arrow tables, `run` as facts, and the proofs."""

    def __init__(self, tables: _Tables) -> None:
        self._tables = tables

    def __repr__(self) -> str:
        run = self.run
        return f"<Result: {run['n_episodes']} operations, performance year {run['year']}, as of {run['as_of']}>"

    @property
    def outcome(self) -> pa.Table:
        """One row per episode, instrument and timepoint; columns in the data dictionary."""
        return self._tables.outcome

    @property
    def rate(self) -> pa.Table:
        """One row per measure and stratum, and one `overall` per measure; fractions 0-1."""
        return self._tables.rate

    @property
    def rejected(self) -> pa.Table:
        """One row per rejected record, with file, line and reason."""
        return self._tables.rejected

    @property
    def run(self) -> dict[str, Any]:
        """What the result was made with and from: versions, rule set, policy, input files and their rows."""
        return self._tables.run

    @property
    def rules(self) -> PerformanceYear:
        """The rules of the run's year and measures. Raises UsageError when this version has other rules."""
        rules = self._year()
        return replace(rules, measures=tuple(m for m in rules.measures if m.id in self.run["measures"]))

    def _year(self) -> PerformanceYear:
        """The whole year's rules: a row is judged and proved by them whichever measures were asked for."""
        rules = for_year(self.run["year"])
        if lock_hash(rules) != self.run["rule_set_hash"]:
            raise UsageError("the result was made with another rule set than this version's; evaluate again")
        return rules

    def explain(self, episode_id: str) -> Proof:
        """The proof of one episode; `print` shows it in a clinician's words.

        Raises UnknownEpisodeError when there is none of that id, InternalError when the proof does not
        arrive at the stored result.
        """
        patient_id = episode_id.rpartition("@")[0]
        if not patient_id:
            raise UnknownEpisodeError(self._which_episode(episode_id))
        year, measure_ids = self._year(), self.run["measures"]
        proof = prove(self._records(patient_id), year, self._policy(), self._as_of(), episode_id, measure_ids)
        stored = {
            (row["instrument"], row["timepoint"]): (row["status"], row["code"], row["in_measure"])
            for row in self._rows_of(episode_id)
        }
        if stored != {(r.instrument, r.timepoint): (r.status, r.code, r.in_measure) for r in proof.rows}:
            raise InternalError("the proof does not arrive at the stored result; please report this")
        return proof

    def proofs(self, episode_ids: Sequence[str]) -> Iterator[dict[str, Any]]:
        """The proofs of many episodes as JSON values, in the order given."""
        grouped = self._grouped_records({episode_id.rpartition("@")[0] for episode_id in episode_ids})
        year, policy, as_of, measure_ids = self._year(), self._policy(), self._as_of(), self.run["measures"]
        for episode_id in episode_ids:
            records = grouped[episode_id.rpartition("@")[0]]
            yield proof_json(prove(records, year, policy, as_of, episode_id, measure_ids))

    def report(self) -> str:
        """The report as one HTML page that opens offline."""
        from lumbar.report.episodes import listed_episodes
        from lumbar.report.page import report_html

        proofs = self.proofs(listed_episodes(self.outcome))
        return report_html(self.outcome, self.rate, self.rejected, self.run, proofs, self.rules)

    def save(self, folder: str | Path, *, overwrite: bool = False, report: bool = True) -> None:
        """Writes the result folder, complete or not at all. Raises ResultFolderError when it exists."""
        with ResultWriter(Path(folder), overwrite) as writer:
            for table, content in ((OUTCOME, self.outcome), (RATE, self.rate), (REJECTED, self.rejected)):
                writer.result(table, content)
            for table in CLINICAL_TABLES:
                writer.clinical(table, self._tables.clinical(table.name))
            writer.run(self.run)
            if report:
                writer.text(REPORT_FILE, self.report())

    def _which_episode(self, patient_id: str) -> str:
        """What to ask instead, when only a patient was named."""
        rows = self.outcome.select(["patient_id", "episode_id"]).to_pylist()
        known = sorted({row["episode_id"] for row in rows if row["patient_id"] == patient_id})
        hint = f"; this patient has {', '.join(known)}" if known else ""
        return f"an episode id is <patient_id>@<YYYY-MM-DD>, with the date of the procedure{hint}"

    def _rows_of(self, episode_id: str) -> list[dict[str, Any]]:
        import pyarrow.compute as pc

        if isinstance(self._tables, StoredResult):
            return self._tables.outcome_of(episode_id)
        rows: list[dict[str, Any]] = self.outcome.filter(pc.equal(self.outcome["episode_id"], episode_id)).to_pylist()
        return rows

    def _records(self, patient_id: str) -> PatientRecords:
        rows = {
            table.name: self._tables.clinical(table.name, patient_id).to_pylist()
            for table in (PATIENT, PROCEDURE, SCORE, CONDITION, COVERAGE, REPORTED_CODE)
        }
        return _patient_records(rows)

    def _grouped_records(self, patient_ids: set[str]) -> dict[str, PatientRecords]:
        import pyarrow.compute as pc

        wanted = pa.array(sorted(patient_ids), pa.string())
        grouped: dict[str, dict[str, list[dict[str, Any]]]] = {p: {} for p in patient_ids}
        for table in (PATIENT, PROCEDURE, SCORE, CONDITION, COVERAGE, REPORTED_CODE):
            content = self._tables.clinical(table.name)
            for row in content.filter(pc.is_in(content["patient_id"], wanted)).to_pylist():
                grouped[row["patient_id"]].setdefault(table.name, []).append(row)
        return {patient_id: _patient_records(rows) for patient_id, rows in grouped.items()}

    def _policy(self) -> Policy:
        given = self.run["policy"]
        return parse_policy("".join(f"{key} = {_toml(value)}\n" for key, value in given.items()))

    def _as_of(self) -> date:
        return date.fromisoformat(self.run["as_of"])


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
        intake = job.judge(_silent)
        clinical = {table.name: engine.clinical_reader(session, table).read_all() for table in CLINICAL_TABLES}
        outcome = engine.outcome_reader(session).read_all()
        rejected = engine.rejected_table(session, [file.name for file in intake.files])
        rate = engine.rate_table(session)
        return Result(_InMemory(outcome, rate, rejected, job.run_facts(intake, rate), clinical))


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
    memory: str | None = None,
    overwrite: bool = False,
    report: bool = True,
    note: str | None = None,
    on_progress: OnProgress = _silent,
) -> StoredResult:
    """The result folder of a source, streamed to disk: nothing under its name until all of it is written.

    `note` stands first among the warnings of the run, and so on the report.
    Raises UsageError, InputError, MappingError, CapacityError or ResultFolderError; the target is then as it was.
    """
    if memory is not None and not re.fullmatch(r"\d+(\.\d+)? ?[KMGT]i?B", memory, re.IGNORECASE):
        raise UsageError(f"{memory!r} is no amount of memory; write it as 500MB or 2GB")
    with (
        ResultWriter(out, overwrite) as writer,
        room_for_the_work(out.parent),
        engine.open_session(threads, memory, writer.scratch) as session,
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
    on_progress: OnProgress = _silent,
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


def stored(folder: str | Path) -> Result:
    """The result in a folder. Raises ResultFolderError when it is none."""
    return Result(open_result(Path(folder)))


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
        self.mapping = load_mapping(mapping)
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
            "timezone": self.mapping.timezone,
            "date_format": self.mapping.date_format,
            "engine": engine.engine_version(),
            "python": platform.python_version(),
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


def _patient_records(rows: dict[str, list[dict[str, Any]]]) -> PatientRecords:
    patients = rows.get(PATIENT.name, [])
    return PatientRecords(
        patient=patients[0] if patients else None,
        procedures=rows.get(PROCEDURE.name, []),
        scores=rows.get(SCORE.name, []),
        conditions=rows.get(CONDITION.name, []),
        coverages=rows.get(COVERAGE.name, []),
        reported_codes=rows.get(REPORTED_CODE.name, []),
    )


def _toml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f'"{value}"'

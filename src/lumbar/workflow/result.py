"""A result as a caller holds it: its tables, what made it, and the proof of each operation."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa

from lumbar.engine.reference import PatientRecords
from lumbar.errors import InternalError, ResultFolderError, UnknownEpisodeError, UsageError
from lumbar.evidence.choices import check_choices
from lumbar.evidence.contents import has_rules_of
from lumbar.explain import Proof, proof_json, prove
from lumbar.measures import for_year
from lumbar.measures.model import PerformanceYear
from lumbar.measures.policy import Policy, recorded_policy
from lumbar.store import REPORT_FILE, RUN_FILE, ResultWriter, StoredResult, open_result
from lumbar.tables.clinical import (
    CLINICAL_TABLES,
    CONDITION,
    COVERAGE,
    JUDGED_TABLES,
    PATIENT,
    PROCEDURE,
    REPORTED_CODE,
    SCORE,
)
from lumbar.tables.results import OUTCOME, RATE, REJECTED

if TYPE_CHECKING:
    import pyarrow.compute as pc


class Tables(Protocol):
    """Where a result's tables come from: memory or a folder."""

    @property
    def outcome(self) -> pa.Table: ...
    @property
    def rate(self) -> pa.Table: ...
    @property
    def rejected(self) -> pa.Table: ...
    @property
    def run(self) -> dict[str, Any]: ...
    def clinical(self, name: str, patient_id: str | None = None) -> pa.Table:
        """A clinical table, or one patient's rows of it."""
        ...


class InMemory:
    """A result's tables held in memory."""

    def __init__(
        self, outcome: pa.Table, rate: pa.Table, rejected: pa.Table, run: dict[str, Any], clinical: dict[str, pa.Table]
    ) -> None:
        self.outcome, self.rate, self.rejected, self.run = outcome, rate, rejected, run
        self._clinical = clinical

    def clinical(self, name: str, patient_id: str | None = None) -> pa.Table:
        """A clinical table, or one patient's rows of it."""
        import pyarrow.compute as pc

        table = self._clinical[name]
        return table if patient_id is None else table.filter(pc.equal(table["patient_id"], patient_id))


class Result:
    """Every operation's result: `outcome`, `rate` and `rejected` as Arrow tables, `run` as facts, and the proofs."""

    def __init__(self, tables: Tables) -> None:
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

    def clinical(self, name: str, patient_id: str | None = None) -> pa.Table:
        """A clinical table of the patients with an operation, or one patient's rows of it; columns in the data
        dictionary."""
        return self._tables.clinical(name, patient_id)

    @property
    def rules(self) -> PerformanceYear:
        """The rules of the run's year and measures. Raises UsageError when this version has other rules."""
        rules = self._year()
        return replace(rules, measures=tuple(m for m in rules.measures if m.id in self.run["measures"]))

    def _year(self) -> PerformanceYear:
        """The whole year's rules: a row is judged and proved by them whichever measures were asked for."""
        rules = for_year(self.run["year"])
        if not has_rules_of(self.run):
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
        _check_arrival(proof, self.rows_of(episode_id))
        return proof

    def proofs(self, episode_ids: Sequence[str]) -> Iterator[dict[str, Any]]:
        """The proofs of many episodes as JSON values, in the order given."""
        grouped = records_of(self, episode_ids)
        year, policy, as_of, measure_ids = self._year(), self._policy(), self._as_of(), self.run["measures"]
        for episode_id in episode_ids:
            records = grouped[episode_id.rpartition("@")[0]]
            yield proof_json(prove(records, year, policy, as_of, episode_id, measure_ids))

    def proved(
        self, episode_ids: Sequence[str], records: Mapping[str, PatientRecords] | None = None
    ) -> Iterator[Proof]:
        """The proofs of many episodes, in the order given, each checked against the stored rows.

        `records` are those of their patients by patient id, where they have been read. Raises UnknownEpisodeError or
        InternalError, as `explain` does.
        """
        rows: dict[str, list[dict[str, Any]]] = {}
        stored_rows = self.outcome.filter(_is_one_of("episode_id", episode_ids)).select(_ARRIVAL)
        for row in stored_rows.to_pylist():
            rows.setdefault(row["episode_id"], []).append(row)
        grouped = records_of(self, episode_ids) if records is None else records
        year, policy, as_of, measure_ids = self._year(), self._policy(), self._as_of(), self.run["measures"]
        for episode_id in episode_ids:
            own = grouped[episode_id.rpartition("@")[0]]
            proof = prove(own, year, policy, as_of, episode_id, measure_ids)
            _check_arrival(proof, rows.get(episode_id, []))
            yield proof

    def report(self) -> str:
        """The report as one HTML page that opens offline.

        Raises InternalError when a proof does not arrive at the stored rows.
        """
        from lumbar.report.episodes import listed_episodes
        from lumbar.report.page import report_html

        proofs = self.proved(listed_episodes(self.outcome))
        return report_html(self.outcome, self.rate, self.rejected, self.run, proofs, self.rules)

    def save(self, folder: str | Path, *, overwrite: bool = False, report: bool = True) -> None:
        """Writes the result folder, complete or not at all.

        Raises ResultFolderError when it exists, InternalError as `report` does.
        """
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

    def rows_of(self, episode_id: str) -> list[dict[str, Any]]:
        """The rows of `outcome` of one episode; none when there is none of that id."""
        import pyarrow.compute as pc

        if isinstance(self._tables, StoredResult):
            return self._tables.outcome_of(episode_id)
        rows: list[dict[str, Any]] = self.outcome.filter(pc.equal(self.outcome["episode_id"], episode_id)).to_pylist()
        return rows

    def _records(self, patient_id: str) -> PatientRecords:
        rows = {table.name: self._tables.clinical(table.name, patient_id).to_pylist() for table in JUDGED_TABLES}
        return _patient_records(rows)

    def _policy(self) -> Policy:
        return policy_of(self.run)

    def _as_of(self) -> date:
        return date.fromisoformat(self.run["as_of"])


def stored(folder: str | Path) -> Result:
    """The result in a folder. Raises ResultFolderError when it is none, or made by choices that there are not."""
    result = open_result(Path(folder))
    try:
        if has_rules_of(result.run):
            check_choices(result.run)
    except ValueError as error:
        raise ResultFolderError(f"{Path(folder) / RUN_FILE}: {error}; evaluate again") from None
    return Result(result)


_ARRIVAL = ["episode_id", "instrument", "timepoint", "status", "code", "in_measure"]


def _check_arrival(proof: Proof, rows: Sequence[dict[str, Any]]) -> None:
    """Raises InternalError when the proof does not arrive at the stored rows."""
    stored = {(row["instrument"], row["timepoint"]): (row["status"], row["code"], row["in_measure"]) for row in rows}
    if stored != {(r.instrument, r.timepoint): (r.status, r.code, r.in_measure) for r in proof.rows}:
        raise InternalError("the proof does not arrive at the stored result; please report this")


def _is_one_of(column: str, values: Iterable[str]) -> "pc.Expression":
    import pyarrow.compute as pc

    return pc.field(column).isin(pa.array(sorted(set(values)), pa.string()))


def policy_of(run: Mapping[str, Any]) -> Policy:
    """The policy a result was made with. Raises MappingError for one that this version does not know."""
    return recorded_policy(run["policy"])


def part_of(result: Result, episode_ids: Sequence[str]) -> Result:
    """Some of the episodes with their patients' records, in memory; for their proofs and paths alone.

    Rates, rejected rows and run.json are those of the whole result.
    """
    of_patients = _is_one_of("patient_id", [episode_id.rpartition("@")[0] for episode_id in episode_ids])
    outcome = result.outcome.filter(_is_one_of("episode_id", episode_ids))
    clinical = {table.name: result.clinical(table.name).filter(of_patients) for table in CLINICAL_TABLES}
    return Result(InMemory(outcome, result.rate, result.rejected, result.run, clinical))


def records_of(result: Result, episode_ids: Iterable[str]) -> dict[str, PatientRecords]:
    """The records of the patients of some episodes, by patient id."""
    return records_by_patient(result.clinical, {episode_id.rpartition("@")[0] for episode_id in episode_ids})


def records_by_patient(clinical: Callable[[str], pa.Table], patient_ids: set[str]) -> dict[str, PatientRecords]:
    """The records of each patient asked for, out of the clinical tables by name; empty for one who is not there."""
    wanted = _is_one_of("patient_id", patient_ids)
    grouped: dict[str, dict[str, list[dict[str, Any]]]] = {p: {} for p in patient_ids}
    for table in JUDGED_TABLES:
        content = clinical(table.name)
        for row in content.filter(wanted).to_pylist():
            grouped[row["patient_id"]].setdefault(table.name, []).append(row)
    return {patient_id: _patient_records(rows) for patient_id, rows in grouped.items()}


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

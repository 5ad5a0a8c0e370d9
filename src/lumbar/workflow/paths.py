"""A result → the paths of its patients, and who is not well after an operation."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from lumbar.engine.reference import PatientRecords
from lumbar.errors import UnknownEpisodeError
from lumbar.followup.path import PatientPath, paths, patient_paths
from lumbar.followup.persistent_pain import PersistentPain, persistent_pain
from lumbar.followup.reachable import kept_off
from lumbar.tables.clinical import CONTACT
from lumbar.workflow.result import Result, policy_of, records_by_patient

if TYPE_CHECKING:
    import pyarrow as pa


def path_of(result: Result, episode_id: str) -> PatientPath:
    """The path of one episode. Raises UnknownEpisodeError when there is none of that id."""
    rows = result.rows_of(episode_id)
    if not rows:
        raise UnknownEpisodeError(
            "no episode of that id in the result; an id is <patient_id>@<YYYY-MM-DD>, with the date of the procedure"
        )
    patient_id = rows[0]["patient_id"]
    clinical = partial(result.clinical, patient_id=patient_id)
    records = records_by_patient(clinical, {patient_id})
    off = _kept_off(result, clinical).get(patient_id)
    (path,) = patient_paths(rows, records[patient_id], off, result.rules, policy_of(result.run), as_of(result))
    return path


def paths_of(result: Result, records: Mapping[str, PatientRecords] | None = None) -> Iterator[PatientPath]:
    """The paths of every episode, by patient and episode id.

    `records` are the patients' by patient id, where they have been read.
    """
    rows = result.outcome.to_pylist()
    if records is None:
        records = records_by_patient(result.clinical, {row["patient_id"] for row in rows})
    off = _kept_off(result, result.clinical)
    yield from paths(rows, records, off, result.rules, policy_of(result.run), as_of(result))


def persistent_pain_of(result: Result, at_most: int | None = None) -> PersistentPain:
    """Who is not met or worse, for a clinician to read, or the first of them, with the scores around each operation."""
    import pyarrow.compute as pc

    on, outcome = as_of(result), result.outcome
    answered = outcome.filter(pc.field("postoperative_score").is_valid())["episode_id"]
    rows = outcome.filter(pc.is_in(outcome["episode_id"], answered.combine_chunks())).to_pylist()
    return persistent_pain(rows, partial(records_by_patient, result.clinical), result.rules, on, at_most)


def _kept_off(result: Result, clinical: "Callable[[str], pa.Table]") -> dict[str, str]:
    """Who is not to be contacted and why, by patient id, but for the dead: the rows of `outcome` tell of them."""
    import pyarrow.compute as pc

    refusals = clinical(CONTACT.name).filter(pc.field("declined_on").is_valid()).to_pylist()
    rejected = result.rejected.filter(pc.field("table") == CONTACT.name).to_pylist()
    return kept_off((), refusals, rejected, as_of(result))


def as_of(result: Result) -> date:
    """The day the result was computed for."""
    return date.fromisoformat(result.run["as_of"])

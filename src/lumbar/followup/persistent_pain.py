"""Who is not well after an operation, for a clinician to read: apart from the measure's verdict (RULES §7, §10).

A reading list, never a list of whom to ask again. While a window is open its answer is no result yet: it is listed only
when it is worse by the threshold, which is shown whatever the measure says. Who has died is counted, not listed.
"""

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from lumbar.engine.reference import PatientRecords
from lumbar.followup.course import CourseScore, scores_around, windows_of
from lumbar.followup.judged import (
    A_LITTLE_WORSE,
    WORSE,
    Judged,
    Row,
    clinical_reading,
    is_deceased,
    judged,
)
from lumbar.measures.model import PerformanceYear, Target
from lumbar.tables.clinical import INSTRUMENTS
from lumbar.tables.results import EXCLUDED, NOT_MET, TIMEPOINTS


@dataclass(frozen=True, slots=True)
class PainCourse:
    """One instrument of one episode: what was judged at each timepoint that has a score, and every score around the
    operation as its trend. `newest_on` is the date of the last postoperative score."""

    episode_id: str
    patient_id: str
    index_date: date
    kind: str
    surgeon_npi: str | None
    instrument: str
    newest_on: date
    is_red: bool
    is_excluded: bool
    is_operated_again: bool
    judged: tuple[Judged, ...]
    trend: tuple[CourseScore, ...]


@dataclass(frozen=True, slots=True)
class PersistentPain:
    """The courses to read, newest answer first, and how many are left out.

    `n_courses` and `n_red` are of all courses to read, of which `courses` may hold the first. `n_deceased` are of
    patients who have died; `n_undecided` are not met so far, in windows that are still open. Not met counts where the
    measure has a target; elsewhere it says that the score before surgery is missing.
    """

    as_of: date
    n_courses: int
    n_red: int
    n_deceased: int
    n_undecided: int
    courses: tuple[PainCourse, ...]


def persistent_pain(
    rows: Iterable[Row],
    records_of: Callable[[set[str]], Mapping[str, PatientRecords]],
    rules: PerformanceYear,
    as_of: date,
    at_most: int | None = None,
) -> PersistentPain:
    """The courses to read among rows of `outcome`, or the first `at_most` of them.

    `records_of` gives the records of some patients, by patient id; those of the courses are asked for. Newest answer
    first, then by episode and instrument, never by how bad an answer is.
    """
    found, n_deceased, n_undecided = [], 0, 0
    targeted = _targeted(rules)
    for episode in by_episode(rows):
        for instrument in INSTRUMENTS:
            own = [row for row in episode if row["instrument"] == instrument]
            is_listed = any(_is_to_be_read(row, targeted, as_of) for row in own)
            if is_listed and is_deceased(own):
                n_deceased += 1
            elif is_listed:
                found.append((episode, own))
            elif any(_misses_target(row, targeted) for row in own):
                n_undecided += 1
    found.sort(key=lambda course: _newest_on(course[1]), reverse=True)
    shown = found[:at_most]
    records = records_of({own[0]["patient_id"] for _, own in shown})
    trends: dict[str, tuple[CourseScore, ...]] = {}
    for episode, own in shown:
        if own[0]["episode_id"] not in trends:
            of_patient = records[own[0]["patient_id"]]
            trends[own[0]["episode_id"]] = scores_around(episode, of_patient, windows_of(episode, rules), as_of)
    return PersistentPain(
        as_of=as_of,
        n_courses=len(found),
        n_red=sum(_is_red(own, as_of) for _, own in found),
        n_deceased=n_deceased,
        n_undecided=n_undecided,
        courses=tuple(_course(own, trends[own[0]["episode_id"]], as_of) for _, own in shown),
    )


def _is_to_be_read(row: Row, targeted: Set[str], as_of: date) -> bool:
    """Whether a row of `outcome` puts its course on the list.

    Worse by the threshold does, always. Once its window has closed, or its patient has died, so does not met, worse by
    any amount, or pain that persists.
    """
    reading = clinical_reading(row, as_of)
    if reading is None:
        return False
    if reading.reads == WORSE:
        return True
    if as_of <= row["window_closes"] and not is_deceased([row]):
        return False
    return _misses_target(row, targeted) or reading.reads == A_LITTLE_WORSE or reading.persists


def _targeted(rules: PerformanceYear) -> frozenset[str]:
    """The measures that a score after surgery can miss; in 2018 and 2019 none can."""
    return frozenset(measure.id for measure in rules.measures if isinstance(measure.target, Target))


def _misses_target(row: Row, targeted: Set[str]) -> bool:
    return row["status"] == NOT_MET and row["measure_id"] in targeted


def by_episode(rows: Iterable[Row]) -> list[list[Row]]:
    """The rows of each episode, episodes by id, rows by instrument and timepoint."""
    ordered = sorted(
        rows,
        key=lambda r: (r["episode_id"], INSTRUMENTS.index(r["instrument"]), TIMEPOINTS.index(r["timepoint"])),
    )
    return [list(episode) for _, episode in groupby(ordered, key=lambda r: r["episode_id"])]


def _newest_on(own: list[Row]) -> date:
    newest_on: date = max(row["postoperative_on"] for row in own if row["postoperative_on"] is not None)
    return newest_on


def _is_red(own: list[Row], as_of: date) -> bool:
    readings = [clinical_reading(row, as_of) for row in own]
    return any(reading.is_red for reading in readings if reading is not None)


def _course(own: list[Row], trend: tuple[CourseScore, ...], as_of: date) -> PainCourse:
    first = own[0]
    return PainCourse(
        episode_id=first["episode_id"],
        patient_id=first["patient_id"],
        index_date=first["index_date"],
        kind=first["kind"],
        surgeon_npi=first["surgeon_npi"],
        instrument=first["instrument"],
        newest_on=_newest_on(own),
        is_red=_is_red(own, as_of),
        is_excluded=any(row["status"] == EXCLUDED for row in own),
        is_operated_again=any("operated_again" in row["flags"].split() for row in own),
        judged=tuple(judged(row, as_of) for row in own if row["postoperative_score"] is not None),
        trend=tuple(score for score in trend if score.instrument == first["instrument"]),
    )

"""The worklist: every operation with a score still to be had, what is asked of whom, until when, and why it matters.

Listed is who has no score yet in a window that is open or opens soon. Nobody is listed, ordered or left out because
of a result: of a score only is looked at whether it is there (RULES §8). The floors alone count results.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from lumbar.errors import ResultFolderError
from lumbar.followup.attempts import PHONE, Attempt, Span, Tried
from lumbar.followup.floor import Floor, Stratum
from lumbar.followup.next_best import CallRules, Due, call_from, phase, place, weight
from lumbar.followup.reachable import Contact
from lumbar.followup.response_model import ResponseModel, answering, call_chance
from lumbar.measures.model import PerformanceYear, Target
from lumbar.tables.clinical import INSTRUMENTS

# The columns of `outcome` a worklist is made of: none tells how a patient fares.
LISTED_COLUMNS = (
    *("episode_id", "patient_id", "index_date", "kind", "surgeon_npi", "payer", "instrument", "measure_id"),
    *("timepoint", "window_opens", "window_closes", "preoperative_score_id", "in_measure"),
)


@dataclass(frozen=True, slots=True)
class Missing:
    """One score due. `floor` is that of its stratum or measure, none where it does not count in the measure.

    `completes_a_pair`: a preoperative score is there; where it is not, it is too late to get one. `can_be_met` is
    false where the measure asks for both scores and the first is not there.
    """

    instrument: str
    measure_id: str
    completes_a_pair: bool
    can_be_met: bool
    floor: Floor | None


@dataclass(frozen=True, slots=True)
class Line:
    """One operation and one of its windows: one call asks all that is `missing`.

    `days_left` are the days of the window that are left, the as-of date and the last day counted, as on the path.
    `n_lines_of_patient` counts all lines of the patient on the list, this one among them.

    `next_step` is call, wait or soon; `call_on` the first day to call; both ends of the window count. `chance` is that
    of one call, 0-1; `expected_pairs` and `expected_counted` are the scores one call is expected to give that complete
    a pair, and that count in the measure; `weight` what the gain is multiplied by for the patient's groups.
    """

    episode_id: str
    patient_id: str
    index_date: date
    kind: str
    surgeon_npi: str | None
    payer: str
    contact: Contact
    language: str | None
    missing: tuple[Missing, ...]
    due: Due
    attempts: tuple[Attempt, ...]
    days_left: int
    next_step: str
    call_on: date
    chance: float
    expected_pairs: float
    expected_counted: float
    weight: float
    n_lines_of_patient: int


@dataclass(frozen=True, slots=True)
class Worklist:
    """The lines in their order, and what the order was made with; `n_kept_off` counts lines left out, by reason.

    `n_contacts_not_read` counts rejected rows of `contact` that name nobody.
    """

    as_of: date
    order: str
    days_soon: int
    everybody: bool
    rules: CallRules
    model: ResponseModel
    lines: tuple[Line, ...]
    n_kept_off: Mapping[str, int]
    n_contacts_not_read: int
    tried: Tried | None


@dataclass(frozen=True, slots=True)
class People:
    """Rows of `patient` by id, how to reach them, the language of their contact, and whom not to contact and why."""

    patients: Mapping[str, Mapping[str, Any]]
    contacts: Mapping[str, Contact]
    languages: Mapping[str, str | None]
    kept_off: Mapping[str, str]


def windows_of(rows: Iterable[Mapping[str, Any]]) -> dict[str, set[Span]]:
    """The windows, first and last day, of each operation in rows of `outcome`."""
    windows: dict[str, set[Span]] = {}
    for row in rows:
        windows.setdefault(row["episode_id"], set()).add((row["window_opens"], row["window_closes"]))
    return windows


def list_lines(
    rows: Iterable[Mapping[str, Any]],
    people: People,
    floors: Mapping[Stratum, Floor],
    tried: Tried | None,
    year: PerformanceYear,
    model: ResponseModel,
    rules: CallRules,
    as_of: date,
    order: str,
) -> tuple[tuple[Line, ...], dict[str, int]]:
    """The lines in the order asked for, and how many are kept off by reason.

    `rows` are rows of `outcome`, their LISTED_COLUMNS, without a postoperative score, of windows not yet closed.
    Raises ResultFolderError for a patient the result does not have: nobody would know of a death.
    """
    counts_alone = {measure.id: isinstance(measure.target, Target) for measure in year.measures}
    grouped: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        grouped.setdefault((row["episode_id"], row["timepoint"]), []).append(row)
    n_lines = Counter(some[0]["patient_id"] for some in grouped.values())
    called_on = _last_calls(grouped.values(), tried)
    lines: list[Line] = []
    n_kept_off: dict[str, int] = {}
    for some in grouped.values():
        patient_id = some[0]["patient_id"]
        if patient_id not in people.patients:
            raise ResultFolderError("the result lacks patients of its own operations; evaluate again")
        if (reason := people.kept_off.get(patient_id)) is not None:
            n_kept_off[reason] = n_kept_off.get(reason, 0) + 1
            continue
        about = _attempts(some[0], tried), called_on.get(patient_id), n_lines[patient_id]
        lines.append(_line(some, people, floors, counts_alone, *about, model, rules, as_of))
    lines.sort(key=lambda line: (place(line.due, as_of, order, model, rules), line.episode_id, line.due.who.timepoint))
    return tuple(lines), dict(sorted(n_kept_off.items()))


def _attempts(row: Mapping[str, Any], tried: Tried | None) -> tuple[Attempt, ...]:
    """The contacts tried about the operation and the window of a row, in order of time."""
    span = (row["window_opens"], row["window_closes"])
    return tried.attempts.get((row["episode_id"], span), ()) if tried else ()


def _last_calls(groups: Iterable[Sequence[Mapping[str, Any]]], tried: Tried | None) -> dict[str, date]:
    """The day of the last call to each patient, whichever of their operations and windows it was about."""
    last: dict[str, date] = {}
    for row, *_ in groups:
        calls = [attempt.tried_on for attempt in _attempts(row, tried) if attempt.how == PHONE]
        if calls:
            last[row["patient_id"]] = max([*calls, last.get(row["patient_id"], date.min)])
    return last


def _line(
    rows: Sequence[Mapping[str, Any]],
    people: People,
    floors: Mapping[Stratum, Floor],
    counts_alone: Mapping[str, bool],
    attempts: tuple[Attempt, ...],
    called_on: date | None,
    n_lines: int,
    model: ResponseModel,
    rules: CallRules,
    as_of: date,
) -> Line:
    row = rows[0]
    patient = people.patients[row["patient_id"]]
    contact_language = people.languages.get(row["patient_id"])
    missing = tuple(
        Missing(
            instrument=one["instrument"],
            measure_id=one["measure_id"],
            completes_a_pair=one["preoperative_score_id"] is not None,
            can_be_met=one["preoperative_score_id"] is not None or counts_alone[one["measure_id"]],
            floor=floors[one["measure_id"], one["kind"]] if one["in_measure"] else None,
        )
        for one in sorted(rows, key=lambda one: INSTRUMENTS.index(one["instrument"]))
    )
    due = Due(
        who=answering(patient, contact_language, row["timepoint"], as_of),
        opens=row["window_opens"],
        closes=row["window_closes"],
        n_pairs=sum(one.completes_a_pair for one in missing),
        n_counted=sum(one.floor is not None and one.can_be_met for one in missing),
        attempts=sum(attempt.how == PHONE for attempt in attempts),
        tried_on=called_on,
    )
    chance = call_chance(model, due.who, due.attempts)
    return Line(
        episode_id=row["episode_id"],
        patient_id=row["patient_id"],
        index_date=row["index_date"],
        kind=row["kind"],
        surgeon_npi=row["surgeon_npi"],
        payer=row["payer"],
        contact=people.contacts.get(row["patient_id"], Contact()),
        language=patient["language"] or contact_language,
        missing=missing,
        due=due,
        attempts=attempts,
        days_left=(due.closes - max(as_of, due.opens)).days + 1,
        next_step=phase(due, as_of, rules),
        call_on=max(call_from(due, rules), as_of),
        chance=chance,
        expected_pairs=chance * due.n_pairs,
        expected_counted=chance * due.n_counted,
        weight=weight(due, rules),
        n_lines_of_patient=n_lines,
    )

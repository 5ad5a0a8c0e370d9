"""The path of a patient: one operation from its baseline to one year, and the days left (RULES §2, §3, §9)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import groupby

from lumbar.codelists.checks import evaluation_visits, global_period
from lumbar.engine.reference import PatientRecords
from lumbar.engine.reference_episode import Episode, Record, episodes_of
from lumbar.errors import InternalError
from lumbar.followup.course import PREOPERATIVE, CourseScore, Windows, scores_around, windows_of
from lumbar.followup.documentation import Element, documentation
from lumbar.followup.judged import Judged, Row, is_deceased, judged
from lumbar.followup.persistent_pain import by_episode
from lumbar.measures.model import PerformanceYear
from lumbar.measures.policy import Policy

OPERATION = "operation"
GLOBAL_PERIOD = "global_period"

AHEAD, NOW, PAST = "ahead", "now", "past"

IN_THE_PAYMENT = "in_the_payment"
SAID_UNRELATED = "said_unrelated"
ANOTHER_CLINICIAN = "another_clinician"
TO_LOOK_AT = "to_look_at"
OUTSIDE_THE_PERIOD = "outside_the_period"
VISIT_READINGS = (IN_THE_PAYMENT, SAID_UNRELATED, ANOTHER_CLINICIAN, TO_LOOK_AT, OUTSIDE_THE_PERIOD)


@dataclass(frozen=True, slots=True)
class Step:
    """One stretch of the path, from its first to its last day; both count.

    `n_days` is its length. `days_left` are its days that are left, the as-of date and the last day counted: all of
    them while it is ahead, 1 on its last day, 0 once it is past. `opens_in_days` is 0 from its first day on.
    """

    name: str
    opens: date
    closes: date
    n_days: int
    state: str
    opens_in_days: int
    days_left: int


@dataclass(frozen=True, slots=True)
class GlobalPeriodShare:
    """How the global period and a window lie: days of the window inside it, and days after it."""

    window: str
    n_days_inside: int
    n_days_after: int


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit in the data; `day` counts from the operation, negative before it. `reading` is one of VISIT_READINGS."""

    visit_on: date
    day: int
    code: str
    modifiers: str
    surgeon_npi: str | None
    reading: str


@dataclass(frozen=True, slots=True)
class LaterProcedure:
    """A procedure line after the operation that is no visit; `starts_episode` where it is an index procedure."""

    procedure_id: str
    performed_on: date
    day: int
    system: str | None
    code: str | None
    modifiers: str
    starts_episode: bool


@dataclass(frozen=True, slots=True)
class PatientPath:
    """One episode from its baseline to one year, as it stands on the as-of date.

    `steps` are the preoperative window, the operation, the global period and the postoperative windows, by first day.
    `kept_off` is why the patient is not to be contacted, one of KEPT_OFF_REASONS; none who may be.
    """

    episode_id: str
    patient_id: str
    index_date: date
    kind: str
    surgeon_npi: str | None
    as_of: date
    is_deceased: bool
    deceased_on: date | None
    kept_off: str | None
    steps: tuple[Step, ...]
    global_period_shares: tuple[GlobalPeriodShare, ...]
    visits: tuple[Visit, ...]
    later_procedures: tuple[LaterProcedure, ...]
    judged: tuple[Judged, ...]
    scores: tuple[CourseScore, ...]
    documentation: tuple[Element, ...]


def step(name: str, opens: date, closes: date, as_of: date) -> Step:
    """A stretch of days as it stands on the as-of date; both ends count."""
    days_left = max(0, (closes - max(as_of, opens)).days + 1)
    state = AHEAD if as_of < opens else NOW if as_of <= closes else PAST
    return Step(name, opens, closes, (closes - opens).days + 1, state, max(0, (opens - as_of).days), days_left)


def patient_paths(
    rows: Sequence[Row],
    records: PatientRecords,
    kept_off: str | None,
    rules: PerformanceYear,
    policy: Policy,
    as_of: date,
) -> Iterator[PatientPath]:
    """The paths of one patient's episodes, by episode id; `rows` are whole episodes of theirs out of `outcome`.

    `kept_off` is why the patient is not to be contacted; none who may be, and a death need not be told.

    Raises InternalError when the records do not hold an episode of the rows.
    """
    episodes = {episode.episode_id: episode for episode in episodes_of(records, rules, policy, as_of)}
    for own in by_episode(rows):
        episode = episodes.get(own[0]["episode_id"])
        if episode is None:
            raise InternalError("the records do not hold an episode of the result; please report this")
        yield _path(own, records, kept_off, episode, list(episodes.values()), rules, as_of)


def paths(
    rows: Iterable[Row],
    records: Mapping[str, PatientRecords],
    kept_off: Mapping[str, str],
    rules: PerformanceYear,
    policy: Policy,
    as_of: date,
) -> Iterator[PatientPath]:
    """The paths of many episodes, by patient and episode id; `records` by patient id must hold every patient.

    `kept_off` is why a patient is not to be contacted, by patient id, as `reachable.kept_off` tells it.
    """
    ordered = sorted(rows, key=lambda row: (row["patient_id"], row["episode_id"]))
    for patient_id, own in groupby(ordered, key=lambda row: row["patient_id"]):
        yield from patient_paths(list(own), records[patient_id], kept_off.get(patient_id), rules, policy, as_of)


def _path(
    rows: list[Row],
    records: PatientRecords,
    kept_off: str | None,
    episode: Episode,
    episodes: Sequence[Episode],
    rules: PerformanceYear,
    as_of: date,
) -> PatientPath:
    windows = windows_of(rows, rules)
    scores = scores_around(rows, records, windows, as_of)
    lines = sorted(
        (x for x in records.procedures if x["performed_on"] <= as_of),
        key=lambda x: (x["performed_on"], str(x["procedure_id"])),
    )
    later = [line for line in lines if line["performed_on"] > episode.index_date and not _is_visit(line)]
    has_died = is_deceased(rows)
    return PatientPath(
        episode_id=episode.episode_id,
        patient_id=episode.patient_id,
        index_date=episode.index_date,
        kind=episode.kind,
        surgeon_npi=episode.surgeon_npi,
        as_of=as_of,
        is_deceased=has_died,
        deceased_on=records.patient.get("deceased_on") if has_died and records.patient else None,
        kept_off="deceased" if has_died else kept_off,
        steps=_steps(episode.index_date, windows, as_of),
        global_period_shares=_shares(episode.index_date, windows),
        visits=tuple(_visit(line, episode) for line in lines if _is_visit(line) and _is_around(line, windows)),
        later_procedures=_later_procedures(later, episode, episodes),
        judged=tuple(judged(row, as_of) for row in rows),
        scores=scores,
        documentation=documentation(rows, scores, windows, episode, later, records, rules, as_of, not kept_off),
    )


def _global_days(index_date: date) -> tuple[date, date]:
    """The first and the last day of the global period: the day after the operation is day 1."""
    return index_date + timedelta(days=1), index_date + timedelta(days=global_period().days)


def _steps(index_date: date, windows: Windows, as_of: date) -> tuple[Step, ...]:
    stretches = {
        PREOPERATIVE: windows[PREOPERATIVE],
        OPERATION: (index_date, index_date),
        GLOBAL_PERIOD: _global_days(index_date),
        **windows,
    }
    return tuple(step(name, opens, closes, as_of) for name, (opens, closes) in stretches.items())


def _shares(index_date: date, windows: Windows) -> tuple[GlobalPeriodShare, ...]:
    """The postoperative windows that the global period reaches into."""
    last_on = _global_days(index_date)[1]
    found = []
    for name, (opens, closes) in windows.items():
        if name != PREOPERATIVE and opens <= last_on:
            inside = (min(last_on, closes) - opens).days + 1
            found.append(GlobalPeriodShare(name, inside, (closes - opens).days + 1 - inside))
    return tuple(found)


def _is_visit(line: Record) -> bool:
    return line.get("code") == global_period().postoperative_visit or line.get("code") in _visit_codes()


@cache
def _visit_codes() -> frozenset[str]:
    return frozenset(visit.code for visit in evaluation_visits())


def _is_around(line: Record, windows: Windows) -> bool:
    return bool(windows[PREOPERATIVE][0] <= line["performed_on"] <= max(closes for _, closes in windows.values()))


def _visit(line: Record, episode: Episode) -> Visit:
    return Visit(
        visit_on=line["performed_on"],
        day=(line["performed_on"] - episode.index_date).days,
        code=line["code"],
        modifiers=line.get("modifiers") or "",
        surgeon_npi=line.get("surgeon_npi"),
        reading=_visit_reading(line, episode),
    )


def _visit_reading(line: Record, episode: Episode) -> str:
    """How a visit lies to the global period, which binds the surgeon of the operation alone."""
    period = global_period()
    first, last = _global_days(episode.index_date)
    if not first <= line["performed_on"] <= last:
        return OUTSIDE_THE_PERIOD
    if line["code"] == period.postoperative_visit:
        return IN_THE_PAYMENT
    npi = line.get("surgeon_npi")
    if npi and episode.surgeon_npi and npi != episode.surgeon_npi:
        return ANOTHER_CLINICIAN
    modifiers = (line.get("modifiers") or "").upper().split()
    return SAID_UNRELATED if set(modifiers) & set(period.exempt_modifiers) else TO_LOOK_AT


def _later_procedures(
    later: Sequence[Record], episode: Episode, episodes: Sequence[Episode]
) -> tuple[LaterProcedure, ...]:
    starting = {verdict.line["procedure_id"] for other in episodes for verdict in other.lines if verdict.starts}
    return tuple(
        LaterProcedure(
            procedure_id=line["procedure_id"],
            performed_on=line["performed_on"],
            day=(line["performed_on"] - episode.index_date).days,
            system=line.get("system"),
            code=line.get("code"),
            modifiers=line.get("modifiers") or "",
            starts_episode=line["procedure_id"] in starting,
        )
        for line in later
    )

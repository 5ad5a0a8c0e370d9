"""The documentation audit of an episode: what is there, what is missing, and until when it can still be mended.

A score counts from the day it is recorded, with the day it was given (RULES §3). So an answer given within its window
can be entered at any later time, and only the asking ends with the window. What is left empty on a record, and records
of care, can be completed at any time; a score is changed only with a reason and an author, and the old one stays
(RULES §10).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from lumbar.engine.reference import PatientRecords
from lumbar.engine.reference_episode import Episode, Record
from lumbar.engine.reference_exclusions import NOT_A_DIAGNOSIS
from lumbar.followup.course import PREOPERATIVE, CourseScore, Windows
from lumbar.followup.judged import Row, is_deceased
from lumbar.measures.model import PerformanceYear

PREOPERATIVE_SCORE = "preoperative_score"
OPERATIVE_RECORD = "operative_record"
POSTOPERATIVE_SCORE = "postoperative_score"
LATER_TREATMENT = "later_treatment"
REVISION = "revision"
DIAGNOSIS = "diagnosis"
ELEMENTS = (OPERATIVE_RECORD, PREOPERATIVE_SCORE, POSTOPERATIVE_SCORE, LATER_TREATMENT, REVISION, DIAGNOSIS)

PRESENT = "present"
INCOMPLETE = "incomplete"
AWAITED = "awaited"
MISSING = "missing"
NONE_RECORDED = "none_recorded"
STATES = (PRESENT, INCOMPLETE, AWAITED, MISSING, NONE_RECORDED)

BY = "by"
TOO_LATE_SINCE = "too_late_since"
ALWAYS = "always"
NOT_TO_BE_ASKED = "not_to_be_asked"
MENDS = (BY, TOO_LATE_SINCE, ALWAYS, NOT_TO_BE_ASKED)

REVISION_FLAGS = ("operated_again", "return_to_theatre", "staged")
# What a postoperative score is documented with besides its value, date and scale, which no score is without.
_DETAILS = ("mode", "respondent")


@dataclass(frozen=True, slots=True)
class Element:
    """One element of the documentation; `timepoint` is preoperative, three_month or one_year where it is a score's.

    `is_expected`: the measure needs it of this kind of operation; the rest is shown where it is recorded. `found` are
    the ids of the records, the diagnosis codes, or the flags that document it; `incomplete` names what they leave
    empty. `mend` is empty where nothing is to be mended, else one of MENDS: by its last day, too late since its first
    day, at any time, or not to be asked for, while the window of who is not to be contacted is not over. `mend_on` is
    that day, none where the date of death is not known; `mend_from` is the first day of a window.
    `may_be_entered_late`: an answer given in its window can still be entered, with the day it was given.
    """

    element: str
    instrument: str | None
    timepoint: str | None
    is_expected: bool
    state: str
    found: tuple[str, ...] = ()
    incomplete: tuple[str, ...] = ()
    mend: str = ""
    mend_from: date | None = None
    mend_on: date | None = None
    may_be_entered_late: bool = False


@dataclass(frozen=True, slots=True)
class Death:
    """That a patient is known to have died; `on` is none where the date is not known."""

    on: date | None


def documentation(
    rows: list[Row],
    scores: Sequence[CourseScore],
    windows: Windows,
    episode: Episode,
    later: Sequence[Record],
    records: PatientRecords,
    rules: PerformanceYear,
    as_of: date,
    may_be_contacted: bool,
) -> tuple[Element, ...]:
    """Every element of one episode's documentation, in the order of ELEMENTS, then by instrument and timepoint.

    `rows` are the episode's rows of `outcome`, `scores` those around it, `later` the procedure lines after it that are
    no visits. Who is not to be contacted is asked for nothing.
    """
    own = {(m.instrument, s.timepoint) for m in rules.measures for s in m.strata if s.kind == episode.kind}
    chosen = {(score.instrument, window): score for score in scores for window in score.chosen_for}
    death = _death(rows, records)
    asked = dict.fromkeys((row["instrument"], PREOPERATIVE) for row in rows)
    before = [
        _score(PREOPERATIVE_SCORE, key, True, chosen.get(key), windows, as_of, death, may_be_contacted) for key in asked
    ]
    after = [
        _score(POSTOPERATIVE_SCORE, key, key in own, chosen.get(key), windows, as_of, death, may_be_contacted)
        for key in ((row["instrument"], row["timepoint"]) for row in rows)
    ]
    starting = {verdict.line["procedure_id"] for verdict in episode.lines if verdict.starts}
    flags = {flag for row in rows for flag in row["flags"].split()}
    return (
        _operative_record(episode, sorted(starting)),
        *before,
        *after,
        _where_recorded(LATER_TREATMENT, [line["procedure_id"] for line in later]),
        _where_recorded(REVISION, [flag for flag in REVISION_FLAGS if flag in flags]),
        _where_recorded(DIAGNOSIS, _diagnoses(records, as_of)),
    )


def count_by_state(elements: Sequence[Element]) -> Mapping[str, int]:
    """How many of the expected elements are in each state."""
    expected = [element.state for element in elements if element.is_expected]
    return {state: expected.count(state) for state in STATES}


def _operative_record(episode: Episode, lines: list[str]) -> Element:
    if episode.surgeon_npi:
        return Element(OPERATIVE_RECORD, None, None, True, PRESENT, tuple(lines))
    return Element(OPERATIVE_RECORD, None, None, True, INCOMPLETE, tuple(lines), ("surgeon_npi",), mend=ALWAYS)


def _score(
    element: str,
    key: tuple[str, str],
    is_expected: bool,
    score: CourseScore | None,
    windows: Windows,
    as_of: date,
    death: Death | None,
    may_be_contacted: bool,
) -> Element:
    """The element of one chosen score, or of its absence."""
    instrument, window = key
    if score is not None:
        empty = tuple(name for name in _DETAILS if element == POSTOPERATIVE_SCORE and getattr(score, name) is None)
        state, mend = (INCOMPLETE, ALWAYS) if empty else (PRESENT, "")
        return Element(element, instrument, window, is_expected, state, (score.score_id,), empty, mend=mend)
    first_on, last_on = windows[window]
    if as_of <= last_on and death is None and not may_be_contacted:
        return Element(
            element, instrument, window, is_expected, MISSING, mend=NOT_TO_BE_ASKED, may_be_entered_late=True
        )
    may_be_asked = as_of <= last_on and death is None
    return Element(
        element,
        instrument,
        window,
        is_expected,
        state=AWAITED if may_be_asked else MISSING,
        mend=BY if may_be_asked else TOO_LATE_SINCE,
        mend_from=first_on if may_be_asked else None,
        mend_on=last_on if may_be_asked else _first_day_too_late(last_on, death, as_of),
        may_be_entered_late=True,
    )


def _first_day_too_late(last_on: date, death: Death | None, as_of: date) -> date | None:
    """The day after the window, or after an earlier death; none for a death of unknown date in an open window."""
    if death is not None and death.on is not None:
        return min(last_on, death.on) + timedelta(days=1)
    return last_on + timedelta(days=1) if as_of > last_on else None


def _where_recorded(element: str, found: Sequence[str]) -> Element:
    if found:
        return Element(element, None, None, False, PRESENT, tuple(found))
    return Element(element, None, None, False, NONE_RECORDED, mend=ALWAYS)


def _diagnoses(records: PatientRecords, as_of: date) -> list[str]:
    """The codes of the diagnoses known on the as-of date, each once; what was refuted or is in doubt is none."""
    return sorted(
        {
            condition["code"]
            for condition in records.conditions
            if condition.get("verification") not in NOT_A_DIAGNOSIS
            and max(condition.get("recorded_on") or as_of, condition.get("onset_on") or as_of) <= as_of
        }
    )


def _death(rows: list[Row], records: PatientRecords) -> Death | None:
    """None for a patient not known to be dead on the as-of date: the engine's flag says who is."""
    if not is_deceased(rows):
        return None
    return Death(records.patient.get("deceased_on") if records.patient else None)

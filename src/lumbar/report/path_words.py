"""The words of a patient's path: steps, days left, what is documented, visits, and how a change reads."""

from datetime import date

from lumbar.codelists.checks import global_period
from lumbar.explain.words import INSTRUMENT, KIND, day, n_days, points
from lumbar.followup import documentation, judged, path
from lumbar.followup.course import BETWEEN, PREOPERATIVE
from lumbar.followup.documentation import Element
from lumbar.followup.judged import ClinicalReading, Judged
from lumbar.followup.path import GlobalPeriodShare, PatientPath, Step, Visit
from lumbar.report import wording
from lumbar.tables.clinical import SCALES
from lumbar.tables.results import EXCLUDED, FLAGS, MET, NOT_MET, ONE_YEAR, THREE_MONTH

STEP = {
    PREOPERATIVE: "Preoperative window",
    path.OPERATION: "Operation",
    path.GLOBAL_PERIOD: "Global period",
    THREE_MONTH: "Three-month window",
    ONE_YEAR: "One-year window",
}
WINDOW = {
    PREOPERATIVE: "before surgery",
    THREE_MONTH: "at three months",
    ONE_YEAR: "at one year",
    BETWEEN: "between the windows",
}
STATE = {
    documentation.PRESENT: "there",
    documentation.INCOMPLETE: "incomplete",
    documentation.AWAITED: "awaited",
    documentation.MISSING: "missing",
    documentation.NONE_RECORDED: "none recorded",
}
STATE_SIGN = {
    documentation.PRESENT: "✓",
    documentation.INCOMPLETE: "◐",
    documentation.AWAITED: "○",
    documentation.MISSING: "✗",
    documentation.NONE_RECORDED: "–",
}
SCALE = {scale.name: scale.meaning for scale in SCALES}
MODE = {"paper": "on paper", "electronic": "electronically", "phone": "by telephone", "interview": "in an interview"}
RESPONDENT = {
    "self": "by the patient",
    "self_with_help": "by the patient with help",
    "proxy": "by somebody else",
    "interviewer": "to an interviewer",
}
MODE_EMPTY, RESPONDENT_EMPTY = "mode not recorded", "respondent not recorded"

CONTACT = {
    "declined": "The patient asked not to be contacted: contact nobody.",
    "refusal_unclear": "A row of contact was rejected, and a refusal may stand in it: contact nobody, mend the row.",
}
ANY_TIME = "if there was one, it can be entered at any time"

NOT_A_CALL_LIST = (
    "For a clinician to read. It is no list of whom to ask again: patients are asked because a window is open, never "
    "because of what they answered."
)


def title(one: PatientPath) -> str:
    """The operation in a line: `discectomy or laminectomy on 3 March 2025`."""
    return f"{KIND[one.kind]} on {day(one.index_date)}"


def contact(one: PatientPath) -> str:
    """That the patient is not to be contacted, and why; empty where they may be."""
    if one.is_deceased:
        died = f" on {day(one.deceased_on)}" if one.deceased_on else ""
        return f"The patient has died{died}: contact nobody."
    return CONTACT[one.kept_off] if one.kept_off else ""


def standing(step: Step, as_of: date) -> str:
    """Where a stretch stands: how long until it opens, how many of its days are left, or how long ago it ended."""
    if step.state == path.AHEAD:
        return f"opens in {n_days(step.opens_in_days)}; all {n_days(step.n_days)} left"
    if step.name == path.OPERATION:
        return "on the as-of date" if step.state == path.NOW else f"{n_days((as_of - step.opens).days)} ago"
    if step.state == path.NOW:
        return f"open; {n_days(step.days_left)} left of {step.n_days}, the as-of date counted"
    return f"ended {n_days((as_of - step.closes).days)} ago"


def global_period_words(index_date: date, shares: tuple[GlobalPeriodShare, ...]) -> tuple[str, ...]:
    """What the global period means for visits, and how the windows lie to it."""
    period = global_period()
    said = [
        f"On days 1 to {period.days} after the operation, both counted, the surgeon's visits for it are part of its "
        f"payment and are reported as {period.postoperative_visit}; a visit for another problem carries modifier "
        f"{', '.join(period.exempt_modifiers)}. ({period.source}: {period.confidence}; {period.note}.)"
    ]
    for share in shares:
        after = f" and {n_days(share.n_days_after)} after it" if share.n_days_after else ""
        said.append(
            f"The {STEP[share.window].lower()} has {n_days(share.n_days_inside)} in the global period{after}; a score "
            "counts on any of them."
        )
    return tuple(said)


def verdict(one: Judged) -> str:
    """The measure's verdict on a row, with what is open about it."""
    if one.provisional:
        stem = {MET: "met so far", NOT_MET: "not met so far"}[one.status]
        return f"{stem}; provisional until the window has closed on {day(one.window_closes)}"
    return wording.STATUS[one.status]


def decided(one: Judged) -> str:
    """The measure's verdict once it is one: nothing is said of an answer that a later one may replace."""
    return f"not decided until {day(one.window_closes)}" if one.provisional else verdict(one)


def counts(one: Judged) -> str:
    """Whether a row counts in its measure, and why it does not."""
    if one.status == EXCLUDED:
        return "does not count"
    if one.not_in_measure_because is None:
        return f"counts in measure {one.measure_id}"
    return f"does not count: {wording.NOT_IN_MEASURE[one.not_in_measure_because]}"


def reading(clinical: ClinicalReading, instrument: str) -> tuple[str, ...]:
    """The clinical reading of a change in phrases, without a threshold of the measure."""
    by = "" if clinical.change is None else f"{points(abs(clinical.change), instrument)} points"
    said = [
        {
            judged.WORSE: f"worse by {by}: look at this patient, whatever the measure says",
            judged.A_LITTLE_WORSE: f"a little worse, by {by}",
            judged.UNCHANGED: "unchanged",
            judged.A_LITTLE_BETTER: f"a little better, by {by}",
            judged.BETTER: f"clearly better, by {by}",
            judged.NO_BASELINE: "no score before surgery to compare with",
        }[clinical.reads]
    ]
    if clinical.persists:
        said.append("above what patients call acceptable")
    return tuple(said)


def beside(one: Judged) -> str:
    """Where verdict and reading point in different directions, in words; empty where they do not."""
    if one.clinical is None or not one.clinical.beside_measure:
        return ""
    words = wording.words(one.clinical.beside_measure)
    return f"{words}, so far" if one.provisional else words


def element(one: Element) -> str:
    """What an element of the documentation is: `Back pain at three months`."""
    if one.element == documentation.OPERATIVE_RECORD:
        return "Operative record: the procedure lines and the surgeon"
    if one.timepoint is not None and one.instrument is not None:
        name = "functional status (ODI)" if one.instrument == "odi" else INSTRUMENT[one.instrument]
        return f"{name[0].upper()}{name[1:]} {WINDOW[one.timepoint]}"
    return {
        documentation.LATER_TREATMENT: "Treatment after the operation",
        documentation.REVISION: "Revision, return to theatre or staged operation",
        documentation.DIAGNOSIS: "Diagnoses",
    }[one.element]


def lacks(one: Element) -> str:
    """What is empty on a record that is there."""
    said = {
        "mode": "how it was asked is not recorded",
        "respondent": "who answered is not recorded, and is taken for the patient",
        "surgeon_npi": "the surgeon's NPI is not recorded",
    }
    return "; ".join(said[name] for name in one.incomplete)


def found(one: Element) -> str:
    """What documents an element: ids, diagnosis codes, or flags in words."""
    return ", ".join(FLAGS.get(name, name) for name in one.found)


def mend(one: Element, as_of: date) -> str:
    """Until when what is missing can be mended; empty where nothing is missing."""
    if one.mend == documentation.ALWAYS:
        return "can be completed at any time, with a reason and an author" if one.incomplete else ANY_TIME
    if one.mend == documentation.BY and one.mend_from is not None and one.mend_on is not None:
        if as_of < one.mend_from:
            return f"can be asked from {day(one.mend_from)} to {day(one.mend_on)}, both counted{_entered_late(one)}"
        return f"can be asked until {day(one.mend_on)}, that day counted{_entered_late(one)}"
    if one.mend == documentation.NOT_TO_BE_ASKED:
        return f"not to be asked{_entered_late(one)}"
    if one.mend == documentation.TOO_LATE_SINCE:
        since = f"too late to ask since {day(one.mend_on)}" if one.mend_on else "too late to ask: the patient has died"
        return f"{since}{_entered_late(one)}"
    return ""


def still_mended(one: Element, as_of: date) -> str:
    """What a record lacks, and until when what is missing can be mended."""
    return "; ".join(said for said in (lacks(one), mend(one, as_of)) if said)


def _entered_late(one: Element) -> str:
    return "; an answer given in time can be entered at any time" if one.may_be_entered_late else ""


def visit(one: Visit) -> str:
    """How a visit lies to the global period."""
    period = global_period()
    return {
        path.IN_THE_PAYMENT: "part of the operation's payment",
        path.SAID_UNRELATED: "said to be for another problem",
        path.ANOTHER_CLINICIAN: "another clinician's: the global period is the surgeon's",
        path.TO_LOOK_AT: f"in the global period: for the same problem it is {period.postoperative_visit}",
        path.OUTSIDE_THE_PERIOD: "outside the global period",
    }[one.reading]


def asked(mode: str | None, respondent: str | None) -> str:
    """How a score was asked, and who answered."""
    how = MODE_EMPTY if mode is None else MODE.get(mode, mode)
    who = RESPONDENT_EMPTY if respondent is None else RESPONDENT.get(respondent, respondent)
    return f"{how}, {who}"


# The phrases of a step, a row, an element, a visit or a score, as templates name them.
BY_NAME = {
    said.__name__: said
    for said in (standing, verdict, decided, counts, reading, beside, element, still_mended, found, visit, asked)
}

"""The words of a worklist, the same on paper, on the terminal and in a file."""

from datetime import date

from lumbar.followup.attempts import TRIED_OF_NO_CONCERN, TRIED_REJECT_REASONS
from lumbar.followup.next_best import CALL, DUE_DATE, SOON, WAIT
from lumbar.followup.response_model import GROUPS
from lumbar.followup.worklist import Line, Worklist
from lumbar.tables.clinical import BACK_PAIN, LEG_PAIN, ODI
from lumbar.tables.results import DISCECTOMY, FUSION, NOT_RECOVERED, ONE_YEAR, THREE_MONTH

INSTRUMENT = {BACK_PAIN: "back pain", LEG_PAIN: "leg pain", ODI: "ODI"}
KIND = {DISCECTOMY: "discectomy or laminectomy", FUSION: "fusion"}
WINDOW = {THREE_MONTH: "three months", ONE_YEAR: "one year"}
NEXT_STEP = {CALL: "call now", WAIT: "wait until", SOON: "opens soon; call from"}
_WHOM = {
    "deceased": "patients who have died",
    "declined": "patients who asked not to be contacted",
    "refusal_unclear": "patients whose refusal may stand in a rejected row of contact; mend the row",
}
NOBODY = "Nobody has a score due in a window that is open or opens soon."
NOT_FOR_RESULTS = "Nobody is on this list, or is asked again, because of a result."


def title(worklist: Worklist) -> str:
    """What the list is and of which day."""
    return f"Worklist as of {worklist.as_of}: {counted(len(worklist.lines), 'line')}"


def notes(worklist: Worklist) -> list[str]:
    """What belongs with every list: its order and weights, whom it leaves out, what it does not mean."""
    found = [order_words(worklist), *kept_off_words(worklist), *tried_words(worklist)]
    if not worklist.everybody:
        found.append("Only scores that count in the measure are listed; --everybody lists all that are due.")
    return [*found, NOT_FOR_RESULTS, NOT_RECOVERED]


def order_words(worklist: Worklist) -> str:
    """How the list is ordered, with the weights."""
    if worklist.order == DUE_DATE:
        return "Order: the date the window closes; first who can be called now."
    weights = ", ".join(f"{GROUPS[group]} times {factor:g}" for group, factor in worklist.rules.weights.items())
    return (
        "Order: next best call, by the complete pairs and counted scores one call is expected to gain, how soon the "
        f"window closes, and a weight for groups that answer less: {weights}; --weight changes it. First who can be "
        "called now."
    )


def kept_off_words(worklist: Worklist) -> list[str]:
    """Whom the list leaves out, counted, and the rows that may be anybody's."""
    found = [f"Left out: {counted(n, 'line')} of {_WHOM[reason]}" for reason, n in worklist.n_kept_off.items()]
    if worklist.n_contacts_not_read:
        found.append(
            f"{counted(worklist.n_contacts_not_read, 'row')} of contact could not be read and may hold a refusal: "
            "who has no row of contact that was read is left out"
        )
    return found


def tried_words(worklist: Worklist) -> list[str]:
    """The account of the file of contacts tried; empty without one."""
    tried = worklist.tried
    if tried is None:
        return []
    rejected, apart = dict(tried.rejected), dict(tried.of_no_concern)
    places = {reason: [line for line, why in tried.first_rejected if why == reason] for reason in rejected}
    return [
        f"Contacts tried: {counted(tried.n_rows, 'row')} = {tried.n_used} used + {sum(rejected.values())} rejected + "
        f"{sum(apart.values())} of no concern",
        *(
            f"  {n} rejected, {reason}: {TRIED_REJECT_REASONS[reason]}; line {', '.join(map(str, places[reason][:5]))}"
            for reason, n in rejected.items()
        ),
        *(f"  {n} of no concern, {reason}: {TRIED_OF_NO_CONCERN[reason]}" for reason, n in apart.items()),
    ]


def due_words(line: Line) -> str:
    """What to ask, and which preoperative score is gone: `back pain, ODI; no preoperative ODI, too late to mend`."""
    lost = [INSTRUMENT[one.instrument] for one in line.missing if not one.completes_a_pair]
    asked = ", ".join(INSTRUMENT[one.instrument] for one in line.missing)
    return f"{asked}; no preoperative score of {' and '.join(lost)}, too late to mend" if lost else asked


def why_words(line: Line) -> str:
    """Why the scores matter: `one of 41 in this stratum; if met, would lift the floor of ODI from 52.0 % to 54.4 %`."""
    lifts: dict[str, list[str]] = {}
    never_met, uncounted = [], []
    for one in line.missing:
        name = INSTRUMENT[one.instrument]
        if one.floor is None:
            uncounted.append(name)
        elif not one.can_be_met:
            never_met.append(name)
        else:
            place = f"{one.floor.n_all:,} in this {'measure' if one.floor.is_overall else 'stratum'}"
            low, high = percent(one.floor.share), percent(one.floor.with_one_more)
            lifts.setdefault(place, []).append(f"{name} from {low} to {high}")
    said = [f"one of {place}; if met, would lift the floor of {', of '.join(some)}" for place, some in lifts.items()]
    if never_met:
        said.append(f"{', '.join(never_met)}: cannot be met without a preoperative score, due all the same")
    if uncounted:
        said.append(f"{', '.join(uncounted)}: not counted in the measure, due all the same")
    return "; ".join(said)


def step_words(line: Line) -> str:
    """What to do next: `call now`, `wait until 2026-12-02`."""
    words = NEXT_STEP[line.next_step]
    return words if line.next_step == CALL else f"{words} {line.call_on}"


def lines_words(line: Line) -> str:
    """That the patient has other lines; empty where this is the only one."""
    n = line.n_lines_of_patient
    return f"one of {n} lines of this patient: ask all in one call" if n > 1 else ""


def attempts_words(line: Line) -> str:
    """The contacts tried, in order; empty when none is known."""
    return ", ".join(f"{attempt.how} {attempt.tried_on}" for attempt in line.attempts)


def gain_words(line: Line) -> str:
    """What one call is expected to gain, with its chance and the weight."""
    weighed = f", weight {line.weight:g}" if line.weight != 1 else ""
    return f"chance {percent(line.chance, 0)}, {line.expected_pairs:.2f} pairs a call{weighed}"


def days_words(line: Line) -> str:
    """The days of the window that are left, as on the path of the patient: the as-of date and the last day counted."""
    if line.next_step == SOON:
        return f"{counted(line.days_left, 'day')}, not open yet"
    return "last day" if line.days_left == 1 else f"{counted(line.days_left, 'day')} left, today counted"


def percent(fraction: float, decimals: int = 1) -> str:
    """A fraction as percent."""
    return f"{fraction * 100:.{decimals}f} %"


def counted(n: int, what: str) -> str:
    """So many of something: `1 line`, `2 lines`."""
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"


def iso(on: date | None) -> str:
    """A date as YYYY-MM-DD; empty when there is none."""
    return "" if on is None else on.isoformat()


def text_lines(worklist: Worklist) -> list[str]:
    """The list for a terminal: four lines an entry, then what belongs with the list."""
    found = [title(worklist), ""]
    for number, line in enumerate(worklist.lines, 1):
        contact = [_cell(part) for part in (line.contact.phone, line.contact.email, line.contact.mrn) if part]
        surgeon = f", NPI {_cell(line.surgeon_npi)}" if line.surgeon_npi else ""
        others = f"; {lines_words(line)}" if lines_words(line) else ""
        found += [
            f"{number:>4}  {_cell(line.contact.name or line.patient_id)}  {', '.join(contact)}".rstrip(),
            f"      {_cell(line.episode_id)}, {KIND[line.kind]}{surgeon}; {WINDOW[line.due.who.timepoint]}: "
            f"{line.due.opens} to {line.due.closes}, {days_words(line)}; {step_words(line)}{others}",
            f"      due: {due_words(line)}",
            f"      {why_words(line)}",
            f"      {gain_words(line)}; tried: {attempts_words(line) or 'not known'}",
        ]
    return [*found, *([NOBODY] if not worklist.lines else []), "", *notes(worklist)]


def _cell(text: str) -> str:
    """On one line: runs of white space, line breaks among them, are one space."""
    return " ".join(text.split())

"""Where a code stands on a day: in force or not, in which measure, stratum and role, and what took its place."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from lumbar.codebook.model import CERTAIN, least_sure
from lumbar.codelists.terminology import Term, history, term_on, terms
from lumbar.errors import UsageError
from lumbar.measures import for_year, years
from lumbar.measures.lock import lock_hash
from lumbar.measures.model import Codes, Measure, Stratum
from lumbar.tables.results import EXCLUDED, MET, NOT_ASSESSED, NOT_MET

HCPCS = "hcpcs"
ACTIVE, ENDED, NOT_YET = "active", "ended", "not_yet"
ROLES = (MET, NOT_MET, NOT_ASSESSED, EXCLUDED)
COMPONENT, AVERAGE_CHANGE = "exclusion_component", "average_change"
_LIKE_ENOUGH = 0.6


@dataclass(frozen=True, slots=True)
class Place:
    """One role of a code in one stratum of one measure and year."""

    year: int
    measure: Measure
    stratum: Stratum
    role: str


@cache
def rule_set(year: int) -> str:
    """The hash of a performance year's rules, hexadecimal."""
    return lock_hash(for_year(year))


@cache
def family() -> tuple[str, ...]:
    """Every code of the family, sorted."""
    return tuple(sorted({term.code for term in terms(HCPCS)}))


def known_code(text: str) -> str:
    """The family's code a text names, small letters and blanks forgiven. Raises UsageError with near codes."""
    code = "".join(text.split()).upper()
    if code in family():
        return code
    near = _near(code)
    hint = f"near it: {', '.join(near)}" if near else "`lumbar code --list` names them all"
    raise UsageError(f"no brief for {text!r}: it is no quality-data code of the lumbar outcome measures; {hint}")


def _near(code: str) -> list[str]:
    """At most three codes of the family like another, first those with its signs in another order."""
    from difflib import SequenceMatcher

    like = {known: SequenceMatcher(None, code, known).ratio() for known in family()}
    ranked = sorted(like, key=lambda known: (sorted(known) != sorted(code), -like[known], known))
    return [known for known in ranked if like[known] >= _LIKE_ENOUGH][:3]


def code_of(codes: Codes, role: str) -> str:
    """The code of a role in a stratum."""
    by_role = {MET: codes.met, NOT_MET: codes.not_met, NOT_ASSESSED: codes.not_assessed, EXCLUDED: codes.excluded}
    return by_role[role]


def places(code: str) -> tuple[Place, ...]:
    """Every place of a code, by year; none for a code no measure takes."""
    return tuple(
        Place(year, measure, stratum, role)
        for year in years()
        for measure in for_year(year).measures
        for stratum in measure.strata
        for role in ROLES
        if code_of(stratum.codes, role) == code
    )


def standing(code: str, on: date) -> str:
    """Whether the code is in force that day, or has ended, or is not there yet."""
    if term_on(HCPCS, code, on):
        return ACTIVE
    first = history(HCPCS, code)[0].valid_from
    return NOT_YET if first is not None and on < first else ENDED


def term_of(code: str, on: date) -> Term:
    """The code's row that day, or else the nearest in time."""
    rows = history(HCPCS, code)
    earlier = [row for row in rows if row.valid_to is not None and row.valid_to < on]
    return term_on(HCPCS, code, on) or (earlier[-1] if earlier else rows[0])


def in_force_around(code: str, on: date) -> tuple[date | None, date | None]:
    """The first and last day of the code's time in force at or nearest a day; new words do not part it."""
    rows = list(history(HCPCS, code))
    at = rows.index(term_of(code, on))
    first = last = at
    while first > 0 and _follows(rows[first - 1], rows[first]):
        first -= 1
    while last < len(rows) - 1 and _follows(rows[last], rows[last + 1]):
        last += 1
    return rows[first].valid_from, rows[last].valid_to


def _follows(before: Term, after: Term) -> bool:
    return before.valid_to is not None and after.valid_from == before.valid_to + timedelta(days=1)


def place_confidence(term: Term, stratum: Stratum) -> str:
    """How sure it is that a code has its role in a stratum: the rules' word, or what the code's own row says."""
    own = recorded(term).get(f"{stratum.kind}_confidence", CERTAIN)
    return least_sure(stratum.codes.cite.confidence, own)


def shown_places(code: str, on: date) -> tuple[Place, ...]:
    """The places in the year whose rules are shown: that of the day, else the nearest the code has a place in."""
    found = places(code) or average_change_places(code)
    if not found:
        return ()
    year = min({place.year for place in found}, key=lambda year: (abs(year - on.year), -year))
    return tuple(place for place in found if place.year == year)


def recorded(term: Term) -> dict[str, str]:
    """What the note of a family code's row records, by key: measure, timepoint, role."""
    return dict(part.strip().partition("=")[::2] for part in term.note.split(";") if "=" in part)


def average_change_places(code: str) -> tuple[Place, ...]:
    """Where a code that marks a patient for the average stands: beside the four codes of its measure's stratum."""
    stated = recorded(history(HCPCS, code)[-1])
    return tuple(
        Place(year, measure, stratum, AVERAGE_CHANGE)
        for year in years()
        if stated["role"] == AVERAGE_CHANGE and _in_force_during(code, year)
        for measure in for_year(year).measures
        for stratum in measure.strata
        if measure.id == stated["measure"] and stratum.timepoint == stated["timepoint"]
    )


def _in_force_during(code: str, year: int) -> bool:
    return term_on(HCPCS, code, date(year, 12, 31)) is not None


def successors_on(code: str, on: date) -> tuple[Term, ...]:
    """The codes in force that day which took the place of one that ended; each step of a chain is followed."""
    found: dict[str, Term] = {}
    to_follow = [code]
    while to_follow:
        for name in history(HCPCS, to_follow.pop())[-1].successors:
            term = term_on(HCPCS, name, on)
            if term is not None:
                found[name] = term
            elif name not in found and history(HCPCS, name):
                to_follow.append(name)
    return tuple(found[name] for name in sorted(found))

"""The words of a brief: dates, distances, points, and the names of roles, kinds and instruments."""

from datetime import date
from decimal import Decimal

from lumbar.measures.model import Offset, Stratum
from lumbar.tables.clinical import BACK_PAIN, LEG_PAIN, ODI
from lumbar.tables.results import DISCECTOMY, EXCLUDED, FUSION, MET, NOT_ASSESSED, NOT_MET, ONE_YEAR, THREE_MONTH

INSTRUMENT = {BACK_PAIN: "back pain", LEG_PAIN: "leg pain", ODI: "ODI"}
KIND = {DISCECTOMY: "discectomy or laminectomy", FUSION: "fusion"}
TIMEPOINT = {THREE_MONTH: "three months", ONE_YEAR: "one year"}
ROLE = {
    MET: "met",
    NOT_MET: "not met",
    NOT_ASSESSED: "not assessed",
    EXCLUDED: "excluded",
    "exclusion_component": "part of an exclusion",
    "average_change": "counted in the average change",
}
COUNTS = {
    MET: "for the rate: numerator and denominator",
    NOT_MET: "against the rate: denominator only",
    NOT_ASSESSED: "against the rate, as not met: denominator only",
    EXCLUDED: "neither way: it leaves the denominator",
    "average_change": "its improvement enters the average",
}
EFFECT = {
    "not_the_surgeon": "not the surgeon’s line: starts no episode",
    "no_episode": "starts no episode",
    "flag": "starts an episode, flagged",
}


def day(on: date) -> str:
    """A date as `3 March 2025`."""
    return f"{on.day} {on:%B} {on.year}"


def span(first: date, last: date) -> str:
    """Two dates as `14 April to 21 July 2025`."""
    start = f"{first.day} {first:%B}" if first.year == last.year else day(first)
    return f"{start} to {day(last)}"


def in_force(first: date | None, last: date | None) -> str:
    """The days a row holds: `since 1 January 2020`, `to 31 December 2019`, `1 January 2018 to …`."""
    if first and last:
        return f"{day(first)} to {day(last)}"
    if first:
        return f"since {day(first)}"
    return f"to {day(last)}" if last else "no limit known"


def points(value: Decimal, instrument: str) -> str:
    """Points as the instrument is spoken of: 8.0 for pain, 52 for ODI."""
    return f"{value:.1f}" if instrument != ODI else f"{value:f}".removesuffix(".0")


def offset(distance: Offset) -> str:
    """A distance from the operation: `3 months before`, `day 42`, `9 months after`."""
    if distance.months and not distance.days:
        n = abs(distance.months)
        return f"{n} month{'' if n == 1 else 's'} {'before' if distance.months < 0 else 'after'}"
    return "the day of the operation" if not distance.days else f"day {distance.days}"


def stratum(of: Stratum) -> str:
    """A stratum in words: `discectomy or laminectomy at three months`."""
    return f"{KIND[of.kind]} at {TIMEPOINT[of.timepoint]}"


def listing(words: list[str], last: str = "and") -> str:
    """Words as `a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"

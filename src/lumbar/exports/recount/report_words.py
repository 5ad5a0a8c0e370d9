"""What the words in a Bundle must say: the headline of a row, its sums, and the text of a summary."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any

from lumbar.explain.words import day, points
from lumbar.exports.recount.expected import Expected
from lumbar.exports.recount.intervals import wilson
from lumbar.measures import for_year
from lumbar.tables.results import MET, NOT_ASSESSED, NOT_RECOVERED, OPEN, UPCOMING

Row = Mapping[str, Any]

_DIV = re.compile(r'<div xmlns="http://www\.w3\.org/1999/xhtml">(<p>[^<]*</p>)+</div>')
_PARAGRAPH = re.compile(r"<p>([^<]*)</p>")
_INTERIM = "Interim: "
_FIGURE = re.compile(r"\d{4}-\d\d-\d\d|\d[\d,]*")


def headline(row: Row, *, withheld: bool) -> str:
    """The result of a row in one line; `withheld` when a chosen score is dated after the death."""
    opens, closes = day(row["window_opens"]), day(row["window_closes"])
    if row["status"] == UPCOMING:
        return f"Upcoming: the window opens on {opens} and closes on {closes}"
    if row["status"] == OPEN:
        return f"Open: the window closes on {closes}, no score yet"
    if row["status"] == NOT_ASSESSED:
        return f"Not assessed: the window closed on {closes} without a score; counts as not met"
    stem = ("Met" if row["status"] == MET else "Not met") + (" so far" if row["provisional"] else "")
    if withheld:
        return f"{stem}: a score dated after the patient's death is not shown"
    told = f"{stem}: {points(row['postoperative_score'], row['instrument'])} after surgery"
    improvement = row["improvement"]
    if improvement is not None:
        way = "improved" if improvement >= 0 else "worse"
        told += f", {way} by {points(abs(improvement), row['instrument'])}"
    return f"{told}; provisional until the window has closed on {closes}" if row["provisional"] else told


def sums_differ(row: Row, arithmetic: str | None, *, withheld: bool) -> bool:
    """Whether the arithmetic leaves out a score or the improvement of a row, or tells what is withheld."""
    if withheld or arithmetic is None:
        return not withheld or arithmetic is not None
    figures = (row["preoperative_score"], row["postoperative_score"], row["improvement"])
    return any(f is not None and points(f, row["instrument"]) not in arithmetic for f in figures)


def text_differs(div: str, measure_id: str, expected: Expected, groups: Sequence[str]) -> bool:
    """Whether the text of a summary is another than the result's; `groups` are the sentences of its groups."""
    if not _DIV.fullmatch(div):
        return True
    told = [unescape(text) for text in _PARAGRAPH.findall(div)]
    wanted = _interim(measure_id, expected)
    if told[1 : 1 + len(groups)] != list(groups) or told[-1] != NOT_RECOVERED:
        return True
    about, interim = told[0], told[1 + len(groups) : -1]
    if not about.endswith(f" {measure_id} of {expected.year}, as of {expected.as_of}."):
        return True
    if not wanted:
        return bool(interim)
    return len(interim) != 1 or not interim[0].startswith(_INTERIM) or _FIGURE.findall(interim[0]) != wanted


def group_sentence(name: str, counts: Mapping[str, int], score: Any, *, mean: bool) -> str:
    """What the text says of one group; `score` is the one written beside it."""
    shown = "undefined" if score is None else f"{Decimal(score).normalize():f}"
    if mean:
        return f"{name}: {counts['met']} operations with both scores; mean improvement in points {shown}."
    return (
        f"{name}: {counts['eligible']} operations in the denominator, {counts['met']} met, "
        f"{counts['not_met']} not met, {counts['not_assessed']} of these not assessed, "
        f"{counts['open'] + counts['upcoming']} open or upcoming; score {shown}.{_rate(counts)}"
    )


def _rate(counts: Mapping[str, int]) -> str:
    """The sentence on a rate: its interval, the response rate and the upper bound, from the counts of the result."""
    met, judged = counts["met"], counts["met"] + counts["not_met"]
    if judged == 0:
        return ""
    responded, at_most = judged - counts["not_assessed"], met + counts["not_assessed"]
    rate, response, bound = (f"{100 * n / judged:.1f} %" for n in (met, responded, at_most))
    low, high = (f"{100 * end:.1f}" for end in wilson(met, judged))
    return (
        f" That is {rate}, {met:,} of {judged:,} met (95 % interval {low} to {high} %); "
        f"{response} responded, and had all the others met it were {bound}."
    )


def _interim(measure_id: str, expected: Expected) -> list[str]:
    """The figures of what is unfinished in a measure, in the order in which they are told."""
    return [*_waiting(measure_id, expected), *_still_to_come(measure_id, expected)]


def _waiting(measure_id: str, expected: Expected) -> Iterator[str]:
    own = [row for row in expected.rows if row["measure_id"] == measure_id]
    still = [row for row in own if row["status"] in (OPEN, UPCOMING) or row["provisional"]]
    if still:
        yield f"{len(still):,}"
        yield f"{len(own):,}"
        yield f"{len({row['episode_id'] for row in still}):,}"
        yield str(max(row["window_closes"] for row in still))


def _still_to_come(measure_id: str, expected: Expected) -> Iterator[str]:
    (measure,) = (m for m in for_year(expected.year).measures if m.id == measure_id)
    ends_on: date = max(stratum.period.ends_on for stratum in measure.strata)
    if expected.as_of <= ends_on:
        yield str(ends_on)
        yield str(expected.as_of)

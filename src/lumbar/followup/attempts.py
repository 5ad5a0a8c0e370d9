"""Contacts tried: a CSV that the office keeps, so that nobody is called again too soon or too often.

UTF-8 with a header and the columns episode_id, tried_on (YYYY-MM-DD) and how (phone, text, email, letter or visit),
in any order and no other. Every row is used, rejected with a reason, or of no concern.
"""

import csv
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from io import StringIO
from pathlib import Path

from lumbar.errors import InputError, InternalError

COLUMNS = ("episode_id", "tried_on", "how")
PHONE = "phone"
WAYS = (PHONE, "text", "email", "letter", "visit")

TRIED_REJECT_REASONS = {
    "unparsable": "a row of another length than the header, or without an episode",
    "imprecise_date": "no date, or none written YYYY-MM-DD",
    "unknown_way": f"how is none of {', '.join(WAYS)}",
    "duplicate": "the same row again",
}
TRIED_OF_NO_CONCERN = {
    "not_in_this_result": "an operation that the result does not have",
    "after_as_of_date": "dated after the as-of date of the result",
    "not_listed": "of an operation that is not on the list, or outside its window",
}

Span = tuple[date, date]


@dataclass(frozen=True, slots=True, order=True)
class Attempt:
    """One contact tried, whatever came of it."""

    tried_on: date
    how: str


@dataclass(frozen=True, slots=True)
class Tried:
    """The attempts by episode and window, in order of time, and the account: rows = used + rejected + of no concern."""

    attempts: Mapping[tuple[str, Span], tuple[Attempt, ...]]
    n_rows: int
    n_used: int
    rejected: Mapping[str, int]
    of_no_concern: Mapping[str, int]
    first_rejected: tuple[tuple[int, str], ...]


def read_tried(path: Path, windows: Mapping[str, Collection[Span]], episode_ids: Collection[str], as_of: date) -> Tried:
    """The attempts in a file.

    `windows` are the listed windows, first and last day, by episode id; `episode_ids` those of the whole result.
    Raises InputError when the file is missing, is no CSV in UTF-8, or has other columns.
    """
    lines = _lines(path)
    used: dict[tuple[str, Span], list[Attempt]] = {}
    rejected, of_no_concern = dict.fromkeys(TRIED_REJECT_REASONS, 0), dict.fromkeys(TRIED_OF_NO_CONCERN, 0)
    first_rejected: list[tuple[int, str]] = []
    seen: set[tuple[str, Attempt]] = set()
    n_rows = n_used = 0
    for number, row in lines[1:]:
        if not any(cell.strip() for cell in row):
            continue
        n_rows += 1
        read = _read(dict(zip(lines[0][1], row, strict=False)) if len(row) == len(COLUMNS) else {}, seen)
        if isinstance(read, str):
            rejected[read] += 1
            first_rejected.append((number, read))
            continue
        episode_id, attempt = read
        span = next((s for s in windows.get(episode_id, ()) if s[0] <= attempt.tried_on <= s[1]), None)
        if episode_id not in episode_ids:
            of_no_concern["not_in_this_result"] += 1
        elif attempt.tried_on > as_of:
            of_no_concern["after_as_of_date"] += 1
        elif span is None:
            of_no_concern["not_listed"] += 1
        else:
            used.setdefault((episode_id, span), []).append(attempt)
            n_used += 1
    if n_rows != n_used + sum(rejected.values()) + sum(of_no_concern.values()):
        raise InternalError("contacts tried: rows are not used + rejected + of no concern; please report this")
    return Tried(
        attempts={key: tuple(sorted(some)) for key, some in used.items()},
        n_rows=n_rows,
        n_used=n_used,
        rejected={reason: n for reason, n in rejected.items() if n},
        of_no_concern={reason: n for reason, n in of_no_concern.items() if n},
        first_rejected=tuple(first_rejected),
    )


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    """The header, its names in lower case, and the rows, each with the number of its line."""
    if not path.is_file():
        raise InputError(f"contacts tried: {path}: no such file")
    try:
        reader = csv.reader(StringIO(path.read_text(encoding="utf-8-sig"), newline=""), strict=True)
        lines = [(reader.line_num, cells) for cells in reader]
    except (OSError, UnicodeDecodeError, csv.Error):
        raise InputError(f"contacts tried: {path} cannot be read as a CSV file in UTF-8") from None
    header = [name.strip().lower() for name in lines[0][1]] if lines else []
    if sorted(header) != sorted(COLUMNS):
        raise InputError(f"contacts tried: {path} needs the columns {', '.join(COLUMNS)} and no other")
    return [(1, header), *lines[1:]]


def _read(row: Mapping[str, str], seen: set[tuple[str, Attempt]]) -> tuple[str, Attempt] | str:
    """The attempt and its episode, or the first reason why the row is rejected."""
    episode_id, how = row.get("episode_id", "").strip(), row.get("how", "").strip().lower()
    if not episode_id:
        return "unparsable"
    tried_on = _day(row["tried_on"].strip())
    if tried_on is None:
        return "imprecise_date"
    if how not in WAYS:
        return "unknown_way"
    read = (episode_id, Attempt(tried_on, how))
    if read in seen:
        return "duplicate"
    seen.add(read)
    return read


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else None
    except ValueError:
        return None

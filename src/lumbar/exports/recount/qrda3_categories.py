"""The categories of people in a QRDA Category III file, looked up in the lists and by none of the writer's code."""

import re
from collections import Counter
from functools import cache

from lumbar.codelists.rows import rows
from lumbar.exports.recount.expected import Expected

ELEMENTS = ("sex", "race", "ethnicity", "payer")

_LISTS = "lumbar.codelists.qrda3"
_UNKNOWN = "UNK"
_NULL_FLAVORS = "2.16.840.1.113883.5.1008"

# What a tally is by: measure, kind, status, then the category of each element.
Tally = Counter[tuple[str, ...]]


@cache
def labels(element: str) -> dict[str, str]:
    """What a reader is shown for each category of an element, by the category's code."""
    return {row["code"]: row["label"] for row in rows(_LISTS, "category") if row["element"] == element}


def tallied(expected: Expected) -> Tally:
    """The rows in the measure, counted one by one, each with its patient's categories."""
    people = {row["patient_id"]: row for row in expected.clinical("patient")}
    tally: Tally = Counter()
    for row in expected.rows:
        recorded = {**people.get(row["patient_id"], {}), "payer": row["payer"]}
        codes = (category(element, recorded.get(element) or "") for element in ELEMENTS)
        tally[row["measure_id"], row["kind"], row["status"], *codes] += 1
    return tally


@cache
def category(element: str, recorded: str) -> str:
    """The category of what is recorded: of the whole, or else of its parts, each of which must be known."""
    words = _words(element)
    if _plain(recorded) in words:
        return words[_plain(recorded)]
    parts = [_plain(part) for part in re.split("[;|/,+&]", recorded) if part.strip()]
    if not parts or any(part not in words for part in parts):
        return _UNKNOWN
    codes = {words[part] for part in parts}
    telling = codes - _null_flavors(element) or codes
    if len(telling) > 1:
        return words.get("more than one", _UNKNOWN)
    return min(telling)


def _plain(text: str) -> str:
    return " ".join("".join(sign if sign.isalnum() else " " for sign in text.casefold()).split())


@cache
def _words(element: str) -> dict[str, str]:
    return {row["words"]: row["code"] for row in rows(_LISTS, "recorded_words") if row["element"] == element}


def _null_flavors(element: str) -> set[str]:
    listed = rows(_LISTS, "category")
    return {row["code"] for row in listed if row["element"] == element and row["system"] == _NULL_FLAVORS}

"""The vocabulary of a QRDA Category III file: template identifiers, categories of people, and the words records use.

One CSV a subject beside this file. Every row names its source and how sure we are of it.
"""

import re
from dataclasses import dataclass
from functools import cache

from lumbar.codelists.rows import rows

SEX, RACE, ETHNICITY, PAYER = "sex", "race", "ethnicity", "payer"
ELEMENTS = (SEX, RACE, ETHNICITY, PAYER)

UNKNOWN = "UNK"
NULL_FLAVOR_SYSTEM = "2.16.840.1.113883.5.1008"
_SEVERAL = "more than one"
_BETWEEN_WORDS = re.compile(r"[;|/,+&]")


@dataclass(frozen=True, slots=True)
class Template:
    """One template that a part of the file claims; no `extension` is a template without versions."""

    part: str
    root: str
    extension: str
    source: str
    source_version: str
    locator: str
    confidence: str
    note: str


@dataclass(frozen=True, slots=True)
class Category:
    """One category of an element: its code, the code's system (an OID), and what a reader is shown."""

    element: str
    code: str
    system: str
    label: str
    source: str
    source_version: str
    locator: str
    confidence: str
    note: str


@cache
def templates(part: str) -> tuple[Template, ...]:
    """The templates of a part of the file, in the order they are written."""
    return tuple(Template(**row) for row in rows(__name__, "template") if row["part"] == part)


@cache
def categories(element: str) -> tuple[Category, ...]:
    """The categories of an element, in the order they are shown; everybody is in exactly one."""
    return tuple(Category(**row) for row in rows(__name__, "category") if row["element"] == element)


def category_of(element: str, recorded: str | None) -> str | None:
    """The code of the category of what is recorded, or none where we do not know the words.

    Nothing recorded is unknown. Of several words joined by a sign, those that say nothing do not count; when the
    others disagree, the category is that of "more than one", or else unknown.
    """
    if recorded is None or not recorded.strip():
        return UNKNOWN
    words = _recorded_words(element)
    whole = words.get(normalised(recorded))
    if whole is not None:
        return whole
    found = [words.get(normalised(part)) for part in _BETWEEN_WORDS.split(recorded) if part.strip()]
    known = {code for code in found if code is not None}
    if not known or len(known) < len(set(found)):
        return None
    said = {code for code in known if not _is_null(element, code)} or known
    return said.pop() if len(said) == 1 else words.get(_SEVERAL, UNKNOWN)


def normalised(words: str) -> str:
    """Words as the list has them: small letters and digits, one space between."""
    return " ".join(re.findall(r"[^\W_]+", words.casefold()))


def _is_null(element: str, code: str) -> bool:
    return any(c.code == code and c.system == NULL_FLAVOR_SYSTEM for c in categories(element))


@cache
def _recorded_words(element: str) -> dict[str, str]:
    return {row["words"]: row["code"] for row in rows(__name__, "recorded_words") if row["element"] == element}

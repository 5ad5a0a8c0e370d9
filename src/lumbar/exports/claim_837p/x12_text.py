"""Text as X12 takes it: the basic character set in capitals, names in parts, segments of elements."""

import re
import unicodedata
from dataclasses import dataclass

ELEMENT, COMPONENT, REPETITION, TERMINATOR = "*", ":", "^", "~"

# X12's basic character set without the signs this file separates with.
_NOT_BASIC = re.compile(r"[^A-Z0-9!\"&'()+,\-./;?= ]")
# Letters that do not come apart into a plain letter and a mark.
_PLAIN = str.maketrans(
    {"Æ": "AE", "Ð": "D", "Đ": "D", "Ħ": "H", "ı": "I", "Ł": "L", "Ø": "O", "Œ": "OE", "Þ": "TH", "’": "'", "‘": "'"}
)
_SUFFIXES = ("JR", "SR", "II", "III", "IV")


def basic(text: str | None, longest: int) -> str:
    """The text in capitals of the basic set, at most `longest` characters; marks on letters are dropped, other signs
    become spaces. Empty when it holds a letter the set has not: a name is never misspelt in silence."""
    parts = unicodedata.normalize("NFKD", (text or "").upper().translate(_PLAIN))
    plain = "".join(sign for sign in parts if not unicodedata.combining(sign))
    if any(unicodedata.category(sign)[0] in "LN" and not sign.isascii() for sign in plain):
        return ""
    return " ".join(_NOT_BASIC.sub(" ", plain).split())[:longest].strip()


@dataclass(frozen=True, slots=True)
class Name:
    """A person's name in the parts a claim wants, in the basic character set; only `last` is always there."""

    last: str
    first: str = ""
    middle: str = ""
    suffix: str = ""

    @property
    def elements(self) -> tuple[str, ...]:
        return (self.last, self.first, self.middle, "", self.suffix)


def named(last: str, first: str = "", middle: str = "", suffix: str = "") -> Name:
    """A name from its parts as written."""
    return Name(basic(last, 60), basic(first, 35), basic(middle, 25), basic(suffix, 10))


def split_name(written: str | None) -> Name | None:
    """A name written in one piece: `Family, Given Middle`, or else `Given Middle Family`; none when it says nothing.

    Without a comma the last word is taken for the family name, after JR, SR, II, III or IV is set aside.
    """
    whole = basic(written, 200)
    family, comma, given = whole.partition(",")
    words = [word for word in (given if comma else whole).split() if word.strip(".,")]
    suffix = words.pop().strip(".,") if words and words[-1].strip(".,") in _SUFFIXES else ""
    last = family.strip() if comma else (words.pop() if words else "")
    return named(last, words[0] if words else "", " ".join(words[1:]), suffix) if last else None


def segment(*elements: str) -> str:
    """One segment without its terminator; empty elements at the end are left out."""
    return ELEMENT.join(elements).rstrip(ELEMENT)


def composite(*components: str) -> str:
    """One element of several components."""
    return COMPONENT.join(components)

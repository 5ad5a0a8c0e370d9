"""Identifiers of who reports: National Provider Identifier and taxpayer number, checked before anything is written."""

import re

from lumbar.errors import UsageError

_NPI_PREFIX = "80840"  # card issuer of the health industry in the United States, part of the check digit's sum


def checked_npi(text: str) -> str:
    """The NPI, ten digits. Raises UsageError when its check digit (ISO 7812, Luhn) is wrong."""
    if not re.fullmatch(r"[12][0-9]{9}", text):
        raise UsageError("the NPI has ten digits and begins with 1 or 2")
    if _luhn_sum(_NPI_PREFIX + text) % 10:
        raise UsageError("the check digit of the NPI is wrong; look at it again")
    return text


def checked_tin(text: str) -> str:
    """The taxpayer identification number, nine digits, also when given as 12-3456789. Raises UsageError."""
    if not re.fullmatch(r"[0-9]{2}-?[0-9]{7}", text):
        raise UsageError("the TIN has nine digits, as 123456789 or 12-3456789")
    if not re.search("[1-9]", text):
        raise UsageError("no TIN has nine zeros; name the practice's own")
    return text.replace("-", "")


def _luhn_sum(digits: str) -> int:
    doubled = (int(d) * (1 + place % 2) for place, d in enumerate(reversed(digits)))
    return sum(d - 9 if d > 9 else d for d in doubled)

"""Reads the codes out of an Excludes1 note of the ICD-10-CM tabular."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

TOKEN = r"[A-Z]\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?"
RANGE = re.compile(rf"({TOKEN})(?:\.?-)({TOKEN})")
SINGLE = re.compile(TOKEN)
FIFTH = re.compile(r"with fifth character (\w)")
SUFFIX = re.compile(r"with (\.\w+)")


def excluded_prefixes(note: str, codes: Sequence[str]) -> tuple[str, ...]:
    """The codes a note names, sorted; each stands for itself and all beneath it, as `M51.2-` and `M51.-` do.

    `codes` are all codes of the release, sorted. A range becomes the codes between its ends that are as long as its
    first end. "M51.- with fifth character 6" and "E08-E13 with .44" become the codes of that ending. A note without
    a code ("see Injury") gives none.
    """
    # The name of a section in brackets at the end tells where the note stands, not what it excludes.
    words = re.sub(r"\[[^]]*\]$", "", note)
    found: set[str] = set(SINGLE.findall(RANGE.sub(" ", words)))
    for first, last in RANGE.findall(words):
        between = codes[bisect_left(codes, first) : bisect_right(codes, last)]
        found |= {code for code in between if len(code) == len(first)}
    if fifth := FIFTH.search(words):
        found = {code for prefix in found for code in beneath(prefix, codes) if len(code) == 6 and code[5] == fifth[1]}
    if suffix := SUFFIX.search(words):
        found = {code for prefix in found for code in beneath(prefix, codes) if code == f"{prefix[:3]}{suffix[1]}"}
    return tuple(sorted(found))


def beneath(prefix: str, codes: Sequence[str]) -> Sequence[str]:
    """The codes that begin with a prefix, itself among them; `codes` are sorted."""
    return codes[bisect_left(codes, prefix) : bisect_right(codes, prefix + "~")]

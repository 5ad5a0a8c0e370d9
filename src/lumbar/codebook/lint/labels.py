"""A label as a set of words that mean something, and whether it contradicts the code it is given to."""

import re
from functools import cache

from lumbar.codelists.checks import contrasts, synonyms

_SPELLINGS = (("aesth", "esth"), ("paed", "ped"), ("haem", "hem"), ("oedema", "edema"), ("behaviour", "behavior"))
_WITHOUT = re.compile(r"\b(?:without|no|w/o)\s+([^,;.()]*)")
_WITH = re.compile(r"\bwith\s+([^,;.()]*)")


@cache
def content_words(label: str) -> frozenset[str]:
    """The words of a label that carry its meaning, synonyms and spellings made one, empty words left out."""
    tokens = re.findall(r"[a-z0-9]+", _spelled(label))
    text = f" {' '.join(tokens)} "
    kept = set()
    here = sorted({phrase for token in set(tokens) for phrase in _phrases().get(token, ())})
    for _, phrase, word in here:
        while f" {phrase} " in text:
            text = text.replace(f" {phrase} ", "  ")
            kept.add(word)
    return frozenset(kept - {""} | {_singular(word) for word in text.split() if len(word) > 1})


def contradicts(stated: str, label: str) -> bool:
    """Whether two labels cannot name the same thing: another region or side, or with what the other is without."""
    ours, theirs = _spelled(stated), _spelled(label)
    for words in contrasts().values():
        here, there = (
            {value for word, value in words.items() if re.search(rf"\b{word}\b", text)} for text in (ours, theirs)
        )
        if here and there and not here & there:
            return True
    return _lacks(ours, theirs) or _lacks(theirs, ours)


def without_places(words: frozenset[str]) -> frozenset[str]:
    """The words without those of region and side, unless there are no others: a place alone names nothing."""
    places = {word for by_word in contrasts().values() for word in by_word}
    return words - places or words


def names_another(stated: str, own: frozenset[str], others: dict[str, frozenset[str]]) -> str | None:
    """The code whose label this is, when it shares nothing with its own code's; none when that is not certain.

    `own` are the content words of the true label, `others` those of the other codes, places left out. A label is
    another's when it says all that the other says, or at least half of it and nothing else.
    """
    words = without_places(content_words(stated))
    if not words or not own or words & own:
        return None
    named = [
        code
        for code, theirs in others.items()
        if theirs and (theirs <= words or (words <= theirs and 2 * len(words) >= len(theirs)))
    ]
    return min(named, key=lambda code: (len(words ^ others[code]), code), default=None)


def _lacks(one: str, other: str) -> bool:
    """Whether one says with what the other says without."""
    without = {word for part in _WITHOUT.findall(one) for word in content_words(part)}
    has_without = bool(_WITHOUT.search(other))
    return any(word in without for part in _WITH.findall(other) for word in content_words(part)) and not has_without


@cache
def _phrases() -> dict[str, list[tuple[int, str, str]]]:
    """Phrases by their first word, each with its place in order (the longest come first) and what it is read as."""
    found: dict[str, list[tuple[int, str, str]]] = {}
    for place, (phrase, word) in enumerate(synonyms()):
        words = re.findall(r"[a-z0-9]+", phrase)
        found.setdefault(words[0], []).append((place, " ".join(words), word))
    return found


def _spelled(text: str) -> str:
    text = text.lower().replace("centre", "center")
    for british, american in _SPELLINGS:
        text = text.replace(british, american)
    return text


def _singular(word: str) -> str:
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3 else word

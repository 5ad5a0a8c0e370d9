"""A rule set flattened to sorted `path = value` lines, so that a change reads as a diff."""

import hashlib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from lumbar.measures.model import PerformanceYear


def lock_lines(year: PerformanceYear) -> list[str]:
    """Every leaf of the year's rules as `path = value`, sorted by path."""
    return sorted(_leaves(f"py{year.year}", year))


def lock_text(year: PerformanceYear) -> str:
    """The lines of `lock_lines`, one a line, with a final newline."""
    return "".join(f"{line}\n" for line in lock_lines(year))


def lock_hash(year: PerformanceYear) -> str:
    """SHA-256 of the lock text, hexadecimal: the identity of a rule set."""
    return hashlib.sha256(lock_text(year).encode()).hexdigest()


def _leaves(path: str, value: object) -> Iterator[str]:
    if is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _leaves(f"{path}.{field.name}", getattr(value, field.name))
    elif isinstance(value, tuple) and any(is_dataclass(item) for item in value):
        for index, item in enumerate(value):
            yield from _leaves(f"{path}[{getattr(item, 'id', index)}]", item)
    else:
        yield f"{path} = {value}"

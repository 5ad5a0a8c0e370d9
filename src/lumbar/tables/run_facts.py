"""run.json: the facts of a run, each of the form it has, or why it is none."""

import json
import re
from collections.abc import Callable
from datetime import date
from typing import Any

# What of each file of the records is counted.
_COUNTED = ("rows", "mapped", "rejected", "of_no_concern")
_HASH = re.compile(r"[0-9a-f]{64}")


def parse_run(content: bytes) -> dict[str, Any]:
    """The facts of a run. Raises ValueError that says which of them is not as it can be."""
    try:
        run = json.loads(content, object_pairs_hook=_each_once)
        json.dumps(run, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise ValueError("is no JSON in UTF-8, or says something twice") from None
    if not isinstance(run, dict):
        raise ValueError("is not of the form of a run.json")
    for name, has_form in _FORMS.items():
        if name not in run or not has_form(run[name]):
            raise ValueError(f"has no usable {name}")
    return run


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice")
    return found


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_text_or_none(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _is_hash(value: Any) -> bool:
    return isinstance(value, str) and _HASH.fullmatch(value) is not None


def _is_day(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _is_choice(value: Any) -> bool:
    return isinstance(value, str | bool)


def _is_input(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and _is_text(value.get("file"))
        and _is_hash(value.get("blake3"))
        and all(_is_count(value.get(name)) for name in _COUNTED)
    )


def _some(has_form: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(has_form, value))


def _named(has_form: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, dict) and all(map(has_form, value.values()))


_FORMS: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("package", "version", "rule_set", "format", "engine", "python"), _is_text),
    **dict.fromkeys(("mapping", "timezone", "date_format"), _is_text_or_none),
    **dict.fromkeys(("year", "n_patients", "n_episodes"), _is_count),
    **dict.fromkeys(("n_procedure_lines", "n_procedure_lines_that_start_an_episode"), _is_count),
    "rule_set_hash": _is_hash,
    "code_lists": _named(_is_hash),
    "as_of": _is_day,
    "measures": _some(_is_text),
    "policy": _named(_is_choice),
    "packages": _named(_is_text),
    "inputs": _some(_is_input),
    "warnings": _some(_is_text),
}

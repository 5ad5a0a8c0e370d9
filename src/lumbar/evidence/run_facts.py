"""run.json read out of a bundle: its facts, each of the form it has, or why it is none."""

import json
import re
from collections.abc import Callable
from datetime import date
from typing import Any

from lumbar.errors import MappingError
from lumbar.measures import for_year
from lumbar.measures.policy import recorded_policy
from lumbar.readers import FORMATS
from lumbar.readers.mapping import parse_mapping

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
            raise ValueError(f"{name} is not there, or not as it can be")
    return run


def check_choices(run: dict[str, Any]) -> None:
    """Raises ValueError for choices that cannot be made with this version's rules, which are the run's."""
    known = [measure.id for measure in for_year(run["year"]).measures]
    if not run["measures"] or run["measures"] != [each for each in known if each in run["measures"]]:
        raise ValueError(f"measures are not some of the year's: {', '.join(known)}")
    if run["format"] not in FORMATS:
        raise ValueError(f"format is none of {', '.join(FORMATS)}")
    try:
        mapping = parse_mapping(run["mapping"] or "")
        policy = recorded_policy(run["policy"]).as_json()
    except MappingError as error:
        raise ValueError(f"holds settings that cannot be read: {error}") from None
    if policy != run["policy"]:
        raise ValueError("policy does not name each choice")
    if (mapping.timezone, mapping.date_format) != (run["timezone"], run["date_format"]):
        raise ValueError("timezone or date_format is not that of the mapping")


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
    return isinstance(value, dict) and _is_text(value.get("file")) and _is_hash(value.get("blake3"))


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

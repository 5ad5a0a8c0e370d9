"""The settings of a site that a file needs and no record holds, read from TOML and checked key by key."""

import tomllib
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, TypeVar

from lumbar.errors import MappingError

T = TypeVar("T")

# One table of the file for each kind of file that needs settings; each kind declares its keys.
TABLES = ("measure_report", "qrda3", "claim")


def read_settings(path: Path, table: str, form: type[T]) -> T:
    """One table of a settings file as a value of `form`, a dataclass whose fields are the keys, all text.

    Raises MappingError for a file that cannot be read, an unknown table or key, a key without a default that
    is left out, and a value that is no text.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MappingError(f"settings: {path}: no such file") from None
    except (OSError, UnicodeDecodeError):
        raise MappingError(f"settings: {path} cannot be read as UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise MappingError(f"settings: {path} is no TOML: {error}") from None
    for name in content:
        if name not in TABLES:
            raise MappingError(f"settings: {path}: unknown table [{name}]; there are {', '.join(TABLES)}")
    given = content.get(table)
    if not isinstance(given, dict):
        raise MappingError(f"settings: {path}: the table [{table}] is missing")
    return _checked(path, table, given, form)


def _checked(path: Path, table: str, given: dict[str, Any], form: type[T]) -> T:
    known = {field.name: field for field in fields(form)}  # type: ignore[arg-type]
    for key, value in given.items():
        if key not in known:
            raise MappingError(f"settings: {path}: [{table}] has no key {key!r}; it has {', '.join(known)}")
        if not isinstance(value, str):
            raise MappingError(f"settings: {path}: [{table}] {key} is written as text, in quotes")
    missing = [name for name, field in known.items() if field.default is MISSING and name not in given]
    if missing:
        raise MappingError(f"settings: {path}: [{table}] lacks {', '.join(missing)}")
    return form(**given)

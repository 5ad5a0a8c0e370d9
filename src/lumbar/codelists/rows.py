"""The rows of a CSV file that stands in a package, and the days a row holds."""

import csv
from datetime import date
from importlib.resources import files
from typing import Any

from lumbar.errors import InternalError


def lines(package: str, name: str) -> list[str]:
    """The lines of `<name>.csv` in the package. Raises InternalError when there is no such file."""
    resource = files(package) / f"{name}.csv"
    if not resource.is_file():
        raise InternalError(f"no table {name} in {package}")
    return resource.read_text(encoding="utf-8").splitlines()


def rows(package: str, name: str) -> list[dict[str, str]]:
    """Every row of the file as text by column."""
    return list(csv.DictReader(lines(package, name)))


def dated_rows(package: str, name: str) -> list[dict[str, Any]]:
    """Every row of the file with `valid_from` and `valid_to` as dates, none where no limit is known."""
    return [{**row, **{end: date_of(row[end]) for end in ("valid_from", "valid_to")}} for row in rows(package, name)]


def date_of(text: str) -> date | None:
    """The date a cell holds; none of an empty one."""
    return date.fromisoformat(text) if text else None


def holds(first: date | None, last: date | None, on: date) -> bool:
    """Whether a day lies between two others, both ends counted; no end is no limit."""
    return (first is None or first <= on) and (last is None or on <= last)

"""What the billing system knows and no record holds: subscribers and surgeons, each a CSV file of a fixed heading."""

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from lumbar.errors import InputError, UsageError
from lumbar.exports.claim_837p.x12_text import Name, basic, named
from lumbar.exports.identifiers import checked_npi

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SubscriberLine:
    """One patient in the file of subscribers, in X12's characters; what is empty comes from the records."""

    name: Name | None
    address: str
    city: str
    state: str
    zip: str
    member_id: str
    payer_name: str
    payer_id: str


# Heading of each file: the columns it may have, the first of them the key; all but the named are optional.
SUBSCRIBER_COLUMNS = (
    *("patient_id", "last_name", "first_name", "middle_name", "address", "city", "state", "zip"),
    *("member_id", "payer_name", "payer_id"),
)
SURGEON_COLUMNS = ("npi", "last_name", "first_name")


def read_subscribers(path: Path) -> dict[str, SubscriberLine]:
    """The lines by patient. Raises InputError for a file, heading or value that cannot be; no value is repeated."""
    return _read(path, "subscribers", SUBSCRIBER_COLUMNS, _subscriber)


def read_surgeons(path: Path) -> dict[str, Name]:
    """The names by NPI. Raises InputError for a file, heading or value that cannot be."""
    return _read(path, "surgeons", SURGEON_COLUMNS, _surgeon)


def _subscriber(row: dict[str, str]) -> SubscriberLine:
    last = basic(row["last_name"], 60)
    state, code = row["state"].upper(), row["zip"].replace("-", "")
    if row["last_name"] and not last:
        raise ValueError("last_name has a letter that X12 has not; spell it in plain letters")
    if state and not re.fullmatch(r"[A-Z]{2}", state):
        raise ValueError("state is written as two letters")
    if code and not re.fullmatch(r"[0-9]{5}([0-9]{4})?", code):
        raise ValueError("zip has five or nine digits")
    return SubscriberLine(
        name=named(last, row["first_name"], row["middle_name"]) if last else None,
        address=basic(row["address"], 55),
        city=basic(row["city"], 30),
        state=state,
        zip=code,
        member_id=basic(row["member_id"], 80),
        payer_name=basic(row["payer_name"], 60),
        payer_id=basic(row["payer_id"], 80),
    )


def _surgeon(row: dict[str, str]) -> Name:
    checked_npi(row["npi"])
    name = named(row["last_name"], row["first_name"])
    if not name.last:
        raise ValueError("last_name is empty, or has a letter that X12 has not")
    return name


def _read(path: Path, what: str, columns: tuple[str, ...], read: Callable[[dict[str, str]], T]) -> dict[str, T]:
    """What `read` makes of each line, by the first of the columns."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            heading, *lines = list(csv.reader(file)) or [[]]
    except FileNotFoundError:
        raise InputError(f"{what}: {path}: no such file") from None
    except (OSError, UnicodeDecodeError, csv.Error):
        raise InputError(f"{what}: {path} cannot be read as CSV in UTF-8") from None
    names = [name.strip() for name in heading]
    strange = [name for name in names if name not in columns]
    if strange or columns[0] not in names or len(set(names)) < len(names):
        about = f"needs {columns[0]}, and each column once"
        if strange:  # told by its place: of a file without a heading it is what a patient is called
            about = f"has an unknown column, its column {names.index(strange[0]) + 1}; perhaps it lacks its heading"
        raise InputError(f"{what}: {path} {about}; its columns are {', '.join(columns)}")
    found: dict[str, T] = {}
    for number, line in enumerate(lines, 2):
        if not line:
            continue
        row = dict.fromkeys(columns, "") | dict(zip(names, (cell.strip() for cell in line), strict=False))
        key = row[columns[0]]
        try:
            if len(line) != len(names) or not key or key in found:
                raise ValueError(f"a line has as many cells as the heading, and its own {columns[0]}")
            found[key] = read(row)
        except (ValueError, UsageError) as error:
            raise InputError(f"{what}: {path}, line {number}: {error}") from None
    return found

"""Recounts professional claims with the list of what was left out: together they are the rows that have a code."""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from lumbar.exports.recount.expected import Expected
from lumbar.exports.recount.x12_claims import Line, Reading, read

Row = Mapping[str, Any]
# What makes a line: code, date of service, who rendered it.
Key = tuple[str, str, str]

_LEFT_OUT = ".left-out.csv"
_CHARGES = (Decimal("0.00"), Decimal("0.01"))
# Reasons that only stand in a production file, and those that say something a row of the result tells too.
_OF_PRODUCTION = ("surgeon_not_named", "subscriber_incomplete")
_OF_DEATH = ("after_death", "death_date_unknown")
_NOT_OF_THE_RESULT = ("code_not_in_force", "no_diagnosis", *_OF_PRODUCTION)


@dataclass(frozen=True, slots=True)
class _Listed:
    """The rows of the result that the list names, by their place in `outcome`, with their reasons."""

    reasons: Mapping[int, str]
    strange: tuple[str, ...]


def differences(path: Path, expected: Expected) -> list[str]:
    """What of the file and its list is not what the result says; empty when all is."""
    file = read(path.read_text(encoding="ascii"))
    coded = [row for row in expected.rows if row["code"]]
    listed = _listed(Path(f"{path}{_LEFT_OUT}"), coded)
    standing = [row for row in coded if row["row"] not in listed.reasons]
    return [
        *file.faults,
        *listed.strange,
        *(found for row in coded if (found := _wrong_reason(row, listed.reasons.get(row["row"], ""), file.usage))),
        *_by_code(standing, file.lines),
        *_by_line(standing, file.lines),
        *_by_claim(standing, file.lines),
        *_dated(file, expected),
        *_charged(file.lines),
    ]


def _listed(path: Path, coded: Sequence[Row]) -> _Listed:
    places = {_name(row): row["row"] for row in coded}
    reasons: dict[int, str] = {}
    strange = []
    with path.open(encoding="utf-8", newline="") as file:
        for number, entry in enumerate(csv.DictReader(file), 1):
            place = places.get(_name(entry))
            if place is None or place in reasons:
                strange.append(
                    f"entry {number} of the list of what was left out is no row with a code, or stands twice"
                )
            else:
                reasons[place] = entry["reason"]
    return _Listed(reasons, tuple(strange))


def _name(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(row[name] for name in ("episode_id", "measure_id", "instrument", "timepoint", "code"))


def _wrong_reason(row: Row, reason: str, usage: str) -> str:
    """What the row itself says against how it was treated; empty when nothing does."""
    wanted = ""
    if row["provisional"]:
        wanted = "provisional"
    elif row["reported_agrees"]:
        wanted = "already_reported"
    elif reason not in _OF_DEATH and reason != "code_not_in_force":
        wanted = "no_surgeon" if not row["surgeon_npi"] else "" if _is_npi(row["surgeon_npi"]) else "wrong_npi"
    if wanted:
        fits = reason == wanted
    elif reason in _OF_DEATH:
        fits = "deceased" in row["flags"].split()
    elif reason in _OF_PRODUCTION:
        fits = usage == "P"
    else:
        fits = not reason or reason in _NOT_OF_THE_RESULT
    told = reason or "a line of the file"
    return "" if fits else f"row {row['row']} of outcome: {told}, and it is {wanted or 'not so in the result'}"


def _by_code(standing: Sequence[Row], lines: Sequence[Line]) -> Iterator[str]:
    """Lines by measure, stratum and code: those of the file, those of the result."""
    about = {row["code"]: (row["measure_id"], row["kind"]) for row in standing}
    in_result = Counter(row["code"] for row in standing)
    in_file = Counter(line.code for line in lines)
    for code in sorted({*in_result, *in_file}):
        measure, stratum = about.get(code, ("none", "no stratum"))
        if in_file[code] != in_result[code]:
            yield (
                f"measure {measure}, {stratum}, {code}: "
                f"{in_file[code]} lines in the file, {in_result[code]} in the result"
            )


def _by_line(standing: Sequence[Row], lines: Sequence[Line]) -> Iterator[str]:
    """Each line is a row's, with its code, its date and its surgeon, and each row has one."""
    unclaimed = Counter(line.key for line in lines)
    for row in standing:
        key = _key(row)
        if unclaimed[key]:
            unclaimed[key] -= 1
        else:
            yield f"row {row['row']} of outcome: no line with its code, date of service and surgeon"
    for line in reversed(lines):
        if unclaimed[line.key] > 0:
            unclaimed[line.key] -= 1
            yield f"claim {line.claim}, line {line.number}: no row of the result with its code, date and surgeon"


def _by_claim(standing: Sequence[Row], lines: Sequence[Line]) -> Iterator[str]:
    """A claim is one operation on one date of service: the lines that stand together are the rows that belong so."""
    of_result: dict[tuple[str, str], list[Key]] = {}
    for row in standing:
        of_result.setdefault((row["episode_id"], _served_on(row)), []).append(_key(row))
    of_file: dict[int, list[Key]] = {}
    for line in lines:
        of_file.setdefault(line.claim, []).append(line.key)
    wanted = Counter(tuple(sorted(keys)) for keys in of_result.values())
    for claim, keys in of_file.items():
        together = tuple(sorted(keys))
        wanted[together] -= 1
        if wanted[together] < 0:
            yield f"claim {claim}: its lines are not those of one operation and one date of service"


def _key(row: Row) -> Key:
    return row["code"], _served_on(row), row["surgeon_npi"] or ""


def _served_on(row: Row) -> str:
    on = row["window_closes"] if row["status"] == "not_assessed" else row["postoperative_on"]
    return f"{on:%Y%m%d}"


def _dated(file: Reading, expected: Expected) -> Iterator[str]:
    for name, written in file.days.items():
        if written != f"{expected.on:%Y%m%d}"[-len(written) :]:
            yield f"{name}: dated {written} in the file, {expected.on} is the day of the file"


def _charged(lines: Iterable[Line]) -> Iterator[str]:
    charges = {line.charge for line in lines}
    if len(charges) > 1 or not charges <= set(_CHARGES):
        yield f"lines are charged {', '.join(map(str, sorted(charges)))}: all 0.00 or all 0.01 is what may be"


def _is_npi(text: str) -> bool:
    """Whether the check digit is right: Luhn's sum of the ten digits behind 80840 is a multiple of ten."""
    if not re.fullmatch(r"[12][0-9]{9}", text):
        return False
    doubled = "".join(str(int(digit) * 2) for digit in text[8::-2])
    return (24 + sum(map(int, doubled)) + sum(map(int, text[9::-2]))) % 10 == 0

"""Recounts professional claims with the list of what was left out: together they are the rows that have a code."""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from lumbar.codelists import Entry, code_list
from lumbar.exports.recount.claim_patients import Patients, patients_of, same_level
from lumbar.exports.recount.expected import Expected
from lumbar.exports.recount.x12_claims import Line, Reading, read
from lumbar.measures import for_year

Row = Mapping[str, Any]
# What makes a line: code, date of service, who rendered it.
Key = tuple[str, str, str]

_LEFT_OUT = ".left-out.csv"
_CHARGES = (Decimal("0.00"), Decimal("0.01"))
# Reasons that only stand in a production file: what the billing system gave is not known here.
_OF_PRODUCTION = ("surgeon_not_named", "subscriber_incomplete")


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
    patients = patients_of(expected)
    codes = code_list(expected.year, for_year(expected.year).quality_data_code_list)
    entries = {entry.code: entry for entry in codes}
    return [
        *file.faults,
        *listed.strange,
        *(
            f"row {row['row']} of outcome: {wrong}"
            for row in coded
            if (wrong := _wrong_reason(_reason(row, patients, entries), listed.reasons.get(row["row"], ""), file.usage))
        ),
        *_by_code(standing, file.lines),
        *_by_line(standing, file.lines),
        *_by_claim(_claimed(coded, listed), file, patients),
        *_billed(file),
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


def _reason(row: Row, patients: Patients, entries: Mapping[str, Entry]) -> str:
    """Why the row is no line of any file, from the result and the records; empty when it may be one."""
    on, patient, npi = _served_on(row), patients.by_id[row["patient_id"]], row["surgeon_npi"] or ""
    died_on = patient.deceased_on
    is_so = (
        ("provisional", row["provisional"]),
        ("already_reported", row["reported_agrees"]),
        ("after_death", died_on is not None and on > died_on),
        ("death_date_unknown", patient.deceased and died_on is None and row["status"] == "not_assessed"),
        ("code_not_in_force", not entries[row["code"]].valid_on(on)),
        ("no_surgeon", not npi),
        ("wrong_npi", not _is_npi(npi)),
        ("no_diagnosis", not patients.diagnoses(row, on)),
    )
    return next((reason for reason, so in is_so if so), "")


def _wrong_reason(wanted: str, reason: str, usage: str) -> str:
    """How a row was treated otherwise than it should have been; empty when it was not."""
    if reason == wanted or (not wanted and usage == "P" and reason in _OF_PRODUCTION):
        return ""
    return f"{reason or 'a line of the file'}, and it is {wanted or 'not so in the result'}"


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


def _claimed(coded: Sequence[Row], listed: _Listed) -> list[list[Row]]:
    """The rows that are lines, by operation and date of service, in the result's order."""
    together: dict[tuple[str, date], list[Row]] = {}
    for row in coded:
        rows = together.setdefault((row["episode_id"], _served_on(row)), [])
        if row["row"] not in listed.reasons:
            rows.append(row)
    return [rows for rows in together.values() if rows]


def _by_claim(operations: Sequence[Sequence[Row]], file: Reading, patients: Patients) -> Iterator[str]:
    """Claims stand in the result's order: each has the lines of its operation and date of service, and is about its
    patient."""
    of_claim: dict[int, list[Key]] = {}
    for line in file.lines:
        of_claim.setdefault(line.claim, []).append(line.key)
    for number, (rows, claim) in enumerate(zip(operations, file.claims, strict=False), 1):
        if sorted(of_claim.get(number, ())) != sorted(_key(row) for row in rows):
            yield f"claim {number}: its lines are not those of the operation and date of service that come next"
            return  # those behind it stand beside other operations
        for wrong in patients.differing(claim, rows[0], _served_on(rows[0]), is_test=file.usage == "T"):
            yield f"claim {number}, row {rows[0]['row']} of outcome: {wrong}"
    if not same_level([(claim, rows[0]) for claim, rows in zip(file.claims, operations, strict=False)]):
        yield "claims of two patients stand under one subscriber"


def _key(row: Row) -> Key:
    return row["code"], f"{_served_on(row):%Y%m%d}", row["surgeon_npi"] or ""


def _served_on(row: Row) -> date:
    on: date = row["window_closes"] if row["status"] == "not_assessed" else row["postoperative_on"]
    return on


def _billed(file: Reading) -> Iterator[str]:
    if not all(map(_is_npi, file.billing_npis)):
        yield "who bills (NM1*85): the check digit of the NPI is wrong"


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

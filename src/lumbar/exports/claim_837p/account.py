"""The lines that do not go into the file: each listed with its reason, so that nothing is lost in silence."""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lumbar.exports.leaving import Lines

# Why a row with a code is no line of a claim; the first that applies.
PROVISIONAL = "provisional"
ALREADY_REPORTED = "already_reported"
AFTER_DEATH = "after_death"
DEATH_DATE_UNKNOWN = "death_date_unknown"
CODE_NOT_IN_FORCE = "code_not_in_force"
NO_SURGEON = "no_surgeon"
WRONG_NPI = "wrong_npi"
NO_DIAGNOSIS = "no_diagnosis"
SURGEON_NOT_NAMED = "surgeon_not_named"
SUBSCRIBER_INCOMPLETE = "subscriber_incomplete"

REASONS = {
    PROVISIONAL: "judged while the window is open: the code may change",
    ALREADY_REPORTED: "the same code is already in the data",
    AFTER_DEATH: "the line would be dated after the patient's death",
    DEATH_DATE_UNKNOWN: "the patient died on a day not known, perhaps before the date of the line",
    CODE_NOT_IN_FORCE: "the code was not in force on the date of the line",
    NO_SURGEON: "no surgeon is known",
    WRONG_NPI: "the surgeon's NPI is wrong",
    NO_DIAGNOSIS: "no diagnosis that a claim can carry",
    SURGEON_NOT_NAMED: "the surgeon's name is not held: give --surgeons",
    SUBSCRIBER_INCOMPLETE: "the subscriber is not complete: give --subscribers",
}
COLUMNS = ("episode_id", "measure_id", "instrument", "timepoint", "code", "reason", "missing")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One row of the result that is no line of the file; `missing` names fields of the subscriber, no values."""

    patient_id: str
    episode_id: str
    measure_id: str
    instrument: str
    timepoint: str
    code: str
    reason: str
    missing: tuple[str, ...] = ()


def write_left_out(path: Path, left_out: Sequence[LeftOut]) -> None:
    """The list as CSV, one row a line left out, operations in the result's order; a heading alone when nothing was."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows([*(getattr(row, name) for name in COLUMNS[:-1]), " ".join(row.missing)] for row in left_out)


def left_out_lines(left_out: Sequence[LeftOut]) -> Lines:
    """Lines and patients left out by reason, for the terminal: counts and no ids."""
    return [(f"Left out: {told}", True) for told in told_by_reason(left_out)]


def told_by_reason(left_out: Sequence[LeftOut]) -> Iterator[str]:
    """How many lines of how many patients were left out for each reason, and what of a subscriber is missing."""
    for reason, meaning in REASONS.items():
        rows = [row for row in left_out if row.reason == reason]
        if not rows:
            continue
        n_patients = len({row.patient_id for row in rows})
        missing = Counter(field for row in rows for field in row.missing)
        of_which = f" ({', '.join(f'{field} {n:,}' for field, n in sorted(missing.items()))})" if missing else ""
        yield f"{n_of(len(rows), 'line')} of {n_of(n_patients, 'patient')}: {meaning}{of_which}"


def n_of(n: int, thing: str) -> str:
    """A count with its word: 1 line, 1,200 lines."""
    return f"{n:,} {thing}" if n == 1 else f"{n:,} {thing}s"

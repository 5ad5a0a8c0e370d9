"""The files of an audit pack, each from the values it shows."""

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from lumbar.audit.source_lines import SourceLine
from lumbar.explain import Proof
from lumbar.tables.results import NOT_RECOVERED, OUTCOME
from lumbar.tables.schema import Table

MARK = "audit-pack.json"
SUMS = "SHA256SUMS"

_README = """\
AUDIT PACK
==========

{n_cases} operations of a result of lumbar, performance year {year}, as of {as_of}.
How they were chosen: {chosen}

{reading}

This folder is patient data. Keep it as you keep the charts.

audit-pack.pdf       to read and to sign: a cover with the list of cases, then each case with its proof
cases.csv            the cases: number, operation, and the file of its proof
outcome.csv          the rows of the result of these operations
proofs/NNN.txt       the proof of case NNN in words, as `lumbar explain` prints it
proofs/NNN.json      the same proof as values
records/*.csv        every accepted record of these patients that the result keeps, one file a table; scores on
                     the scale of their instrument (pain 0-10, ODI 0-100)
{source}run.json             how the result was made: version, rule set, policy, input files with their blake3
audit-pack.json      what this pack is, as values
SHA256SUMS           the SHA-256 of every other file; to check: sha256sum -c SHA256SUMS

Names, telephone numbers and addresses are in no file made from the result.
Columns are explained in the data dictionary of lumbar (clinical tables, result tables).
"""
_WITH_SOURCE = """\
source/lines.csv     the lines of the input files these records came from, with file and line, under the header of
                     their file; every file was checked against its fingerprint in run.json. Of a FHIR resource
                     stands there what lumbar reads, without what names the patient; the rest is named in
                     left_out. Rejected lines of these patients are there too, with the reason
"""


@dataclass(frozen=True, slots=True)
class Case:
    """One operation of the sample: its number from 1, its proof, the rows of its result, its patient's records."""

    number: int
    proof: Proof
    rows: tuple[dict[str, Any], ...]
    records: Mapping[str, Sequence[dict[str, Any]]]

    @property
    def name(self) -> str:
        """The name of its files."""
        return f"{self.number:03}"


@dataclass(frozen=True, slots=True)
class Pack:
    """What an audit pack is made of.

    `chosen` says in words how the cases were chosen; `lines` are none when no source was given; `on` is the
    day the pack is dated.
    """

    run: Mapping[str, Any]
    cases: tuple[Case, ...]
    chosen: str
    on: date
    lines: tuple[SourceLine, ...] | None


def readme(pack: Pack) -> str:
    """What is what in the folder."""
    return _README.format(
        n_cases=f"{len(pack.cases):,}",
        year=pack.run["year"],
        as_of=pack.run["as_of"],
        chosen=pack.chosen,
        reading=NOT_RECOVERED,
        source="" if pack.lines is None else _WITH_SOURCE,
    )


def facts(pack: Pack) -> dict[str, Any]:
    """The pack as JSON values."""
    run = pack.run
    return {
        "kind": "lumbar audit pack",
        "on": pack.on.isoformat(),
        "chosen": pack.chosen,
        "result": {name: run[name] for name in ("version", "year", "as_of", "rule_set_hash", "n_episodes")},
        "source_lines": None if pack.lines is None else len(pack.lines),
        "cases": [{"case": case.number, "episode_id": case.proof.episode_id} for case in pack.cases],
    }


def cases_csv(pack: Pack) -> str:
    """One row a case."""
    names = ("case", "episode_id", "index_date", "kind", "proof")
    rows = (
        (case.number, case.proof.episode_id, case.proof.index_date, case.proof.kind, f"proofs/{case.name}.txt")
        for case in pack.cases
    )
    return csv_text(names, (dict(zip(names, row, strict=True)) for row in rows))


def outcome_csv(pack: Pack) -> str:
    """The result's rows of the cases."""
    names = ("case", *OUTCOME.column_names)
    return csv_text(names, ({"case": case.number, **row} for case in pack.cases for row in case.rows))


def records_csv(pack: Pack, table: Table) -> str:
    """The records of the cases' patients, each once, by patient and then by the table's columns."""
    by_patient = {case.proof.patient_id: case.records.get(table.name, ()) for case in pack.cases}
    rows = [row for patient_id in sorted(by_patient) for row in sorted(by_patient[patient_id], key=_by_columns)]
    return csv_text(table.column_names, rows)


def _by_columns(row: Mapping[str, Any]) -> list[str]:
    return [_text(value) for value in row.values()]


def source_csv(lines: Iterable[SourceLine]) -> str:
    """The source lines."""
    return csv_text([field.name for field in fields(SourceLine)], map(asdict, lines))


def csv_text(names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as CSV: dates as YYYY-MM-DD, points with their decimals, true and false, nothing for none."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        writer.writerow([_text(row[name]) for name in names])
    return text.getvalue()


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def sums(folder: Path) -> str:
    """The SHA-256 of every file below the folder, by path, as `sha256sum -c` reads it."""
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return "".join(f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in files)

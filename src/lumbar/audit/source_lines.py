"""The original lines of the input files that a sample's records came from, found again and named by file and line."""

import csv
import io
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lumbar.audit.left_out import shown_of
from lumbar.errors import InputError, InternalError
from lumbar.readers.intake import BOM, fingerprint, open_bytes
from lumbar.tables.clinical import CONDITION, COVERAGE, JUDGED_TABLES, PATIENT, PROCEDURE, SCORE

_TABLES = {table.name: table for table in JUDGED_TABLES}
# The tables whose records, by their ids, a resource of a type became.
_TABLES_OF_RESOURCE = {
    "Patient": (PATIENT,),
    "Procedure": (PROCEDURE,),
    "Observation": (SCORE,),
    "QuestionnaireResponse": (SCORE,),
    "Condition": (CONDITION,),
    "Coverage": (COVERAGE,),
    "Claim": (PROCEDURE, CONDITION),
    "ExplanationOfBenefit": (PROCEDURE, CONDITION),
}
_OMOP = {"person", "procedure_occurrence"}
_SUBJECTS = ("subject", "beneficiary", "source", "patient")
# Every id a line may hold; a line with a backslash may write one in another way and is taken apart in any case.
_ID = re.compile(rb'"id"\s*:\s*"?([^",}]*)|Patient/([^"/]+)|urn:uuid:([^"]+)')
_MISFIT = "the whole row: it has not as many cells as the header"
MAPPED = "mapped"


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One line of an input file: CSV as it stands there under its header, a Parquet row or a resource as JSON.

    `line` is counted as in the table `rejected`. `became` is mapped, or rejected with its reason. `left_out`
    names what may name the patient, or is not read, and was taken out.
    """

    patient_id: str
    table: str
    record_id: str | None
    file: str
    line: int
    became: str
    left_out: str
    header: str
    original: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose lines are looked for: patients, the ids of their records by table, and the rejected rows by place."""

    patient_ids: frozenset[str]
    record_ids: Mapping[str, frozenset[str]]
    rejected: Mapping[tuple[str, int], str]


def source_lines(
    folder: Path, inputs: Sequence[Mapping[str, Any]], wanted: Wanted, on_file: Callable[[str], None]
) -> list[SourceLine]:
    """The lines of the files a result was made from, by file and line.

    `inputs` are those of run.json. Raises InputError for a file that is missing or is not the one that was
    read, InternalError when a record of the sample has no line.
    """
    if any(facts["read_as"] in _OMOP for facts in inputs):
        raise InputError("the original lines of OMOP tables cannot be shown: an audit pack is made from tables or FHIR")
    found: list[SourceLine] = []
    for facts in inputs:
        if facts["read_as"] in _TABLES or facts["read_as"] in _TABLES_OF_RESOURCE:
            on_file(facts["file"])
            try:
                found += _lines_of(_checked(folder, facts), facts["file"], facts["read_as"], wanted)
            except (OSError, EOFError, UnicodeDecodeError, csv.Error, zlib.error, pa.ArrowException):
                raise InputError(f"{facts['file']} cannot be read line by line; nothing is written") from None
    there = {(line.table, line.record_id) for line in found}
    lost = sum(
        (table, record_id) not in there and (table, line_id(record_id)) not in there
        for table, record_ids in wanted.record_ids.items()
        for record_id in record_ids
    )
    if lost:
        raise InternalError(f"{lost:,} records of the sample have no line in the source; please report this")
    return sorted(found, key=lambda line: (line.file, line.line, line.record_id or ""))


def _checked(folder: Path, facts: Mapping[str, Any]) -> Path:
    """The file, once it is known to be the one that was read."""
    path = folder / str(facts["file"])
    if not path.is_file():
        raise InputError(f"{facts['file']} is not in {folder}; the result was made from it")
    if fingerprint(path) != facts["blake3"]:
        raise InputError(f"{facts['file']} in {folder} is not the file the result was made from: another fingerprint")
    return path


def _lines_of(path: Path, name: str, role: str, wanted: Wanted) -> Iterator[SourceLine]:
    """`name`: of the file below the source folder, as run.json and `rejected` tell it."""
    if role in _TABLES_OF_RESOURCE:
        return _resource_lines(path, role, wanted)
    return (_parquet_rows if path.suffix == ".parquet" else _csv_lines)(path, name, role, wanted)


def _csv_lines(path: Path, name: str, table: str, wanted: Wanted) -> Iterator[SourceLine]:
    with io.TextIOWrapper(open_bytes(path), encoding="utf-8-sig", newline="") as stream:
        rows = _rows_as_written(stream)
        _, header, names = next(rows)
        names = [name.strip().lower() for name in names]
        for line, text, cells in rows:
            for found in _told(name, line, table, dict(zip(names, cells, strict=False)), wanted):
                # What stands in a row that does not fit the header cannot be told from a name.
                if len(cells) == len(names):
                    yield replace(found, header=header.rstrip("\r\n"), original=text.rstrip("\r\n"))
                else:
                    yield replace(found, left_out=_MISFIT)


def _rows_as_written(stream: io.TextIOWrapper) -> Iterator[tuple[int, str, list[str]]]:
    """Each row: the line it begins at, its text, its cells. A quoted cell may hold line breaks."""
    taken: list[str] = []

    def told() -> Iterator[str]:
        for text in stream:
            taken.append(text)
            yield text

    line = 1
    for cells in csv.reader(told()):
        text = "".join(taken)
        taken.clear()
        yield line, text, cells
        line += text.count("\n")


def _parquet_rows(path: Path, name: str, table: str, wanted: Wanted) -> Iterator[SourceLine]:
    file, start = pq.ParquetFile(path), 0
    column = next(stored for stored in file.schema_arrow.names if stored.strip().lower() == "patient_id")
    ids = pa.array(sorted(wanted.patient_ids), pa.string())
    for group in range(file.num_row_groups):
        told = file.read_row_group(group, columns=[column]).column(0).cast(pa.string())
        places = pc.indices_nonzero(pc.is_in(pc.utf8_trim_whitespace(told), value_set=ids)).to_pylist()
        if places:
            rows = file.read_row_group(group).take(places).to_pylist()
            for place, row in zip(places, rows, strict=True):
                named = {stored.strip().lower(): "" if value is None else str(value) for stored, value in row.items()}
                original = json.dumps(row, ensure_ascii=False, default=str)
                for found in _told(name, start + place + 1, table, named, wanted):
                    yield replace(found, original=original)
        start += len(told)


def _told(name: str, line: int, table: str, row: Mapping[str, str], wanted: Wanted) -> Iterator[SourceLine]:
    """Where a row of a table stands, when it is about a patient of the sample."""
    patient_id = row.get("patient_id", "").strip()
    if patient_id in wanted.patient_ids:
        key = _TABLES[table].key
        record_id = row.get(key[0], "").strip() if key else None
        became = wanted.rejected.get((name, line), MAPPED)
        yield SourceLine(patient_id, table, record_id, name, line, became, "", "", "")


def _resource_lines(path: Path, role: str, wanted: Wanted) -> Iterator[SourceLine]:
    """The resources that became records of the sample, those of its patients that were rejected, and coverages."""
    tables = _TABLES_OF_RESOURCE[role]
    kept = {table: frozenset(map(line_id, wanted.record_ids.get(table.name, ()))) for table in tables}
    ids = frozenset(text.encode() for text in wanted.patient_ids.union(*kept.values()))
    with open_bytes(path) as stream:
        for line, content in enumerate(stream, start=1):
            if not _may_concern(content, ids):
                continue
            resource = _resource(content.removeprefix(BOM).decode("utf-8", "replace"))
            patient_id = _patient_of(resource, role) or ""
            became = wanted.rejected.get((path.name, line), MAPPED)
            record_id = str(resource.get("id", "")) or None
            concerned = [table for table in tables if record_id in kept[table] or table is COVERAGE]
            if became != MAPPED:
                concerned = concerned or [tables[0]]
            if patient_id in wanted.patient_ids and concerned:
                shown, left_out = shown_of(resource, role)
                text = json.dumps(shown, ensure_ascii=False)
                for table in concerned:
                    told_id = None if table is COVERAGE else record_id
                    place = (patient_id, table.name, told_id, path.name, line, became)
                    yield SourceLine(*place, ", ".join(left_out), "", text)


def _may_concern(content: bytes, ids: frozenset[bytes]) -> bool:
    """Whether a line may hold one of the ids: most are about others, and are not taken apart."""
    return b"\\" in content or any(found[found.lastindex or 0].strip() in ids for found in _ID.finditer(content))


def _resource(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):  # a rejected line: nothing in it can be told
        return {}
    return found if isinstance(found, dict) else {}


def _patient_of(resource: Mapping[str, Any], role: str) -> str | None:
    """The id of the patient a resource is about."""
    if role == "Patient":
        return str(resource.get("id", "")).strip()
    for name in _SUBJECTS:
        subject = resource.get(name)
        reference = subject.get("reference") if isinstance(subject, dict) else None
        if isinstance(reference, str):
            found = re.search(r"(?:^|/)Patient/([^/]+)|^urn:uuid:(.+)$", reference.strip())
            if found:
                return found[1] or found[2]
    return None


def line_id(record_id: str) -> str:
    """The id in the source of what became a record: a resource may give several, told apart by what follows `#`."""
    return record_id.removeprefix("QuestionnaireResponse/").removeprefix("Claim/").split("#")[0]

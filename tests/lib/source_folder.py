"""Folders of records for the reader tests, and what the readers make of them, every row accounted for."""

import csv
import gzip
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lumbar.engine.duckdb import open_session, rejected_table
from lumbar.measures.policy import Policy, parse_policy
from lumbar.readers import read
from lumbar.readers.intake import InputFile
from lumbar.readers.mapping import parse_mapping
from lumbar.readers.omop_tables import CDM_TABLES
from lumbar.tables.clinical import CLINICAL_TABLES

Row = dict[str, Any]

# Files of which a reader may pass over whole rows, because of what they are.
MAY_BE_OF_NO_CONCERN = (
    "Observation",
    "Condition",
    "QuestionnaireResponse",
    "Claim",
    "ExplanationOfBenefit",
    "concept_relationship",
    "visit_occurrence",
    "measurement",
    "observation",
    "condition_occurrence",
)

PATIENTS = [{"patient_id": "p1", "birth_date": "1960-01-01"}]
PROCEDURES = [
    {"procedure_id": "op1", "patient_id": "p1", "performed_on": "2025-03-03", "system": "cpt", "code": "63030"}
]
SCORE = {
    "score_id": "s1",
    "patient_id": "p1",
    "instrument": "back_pain",
    "scale": "nrs",
    "value": "7",
    "assessed_on": "2025-02-24",
}


@dataclass(frozen=True)
class Intaken:
    """What was read: each clinical table's rows, the rejected rows, the files by name, the warnings."""

    tables: dict[str, list[Row]]
    rejected: list[Row]
    files: dict[str, InputFile]
    warnings: list[str]

    def row(self, table: str, key: str) -> Row:
        """The one row of that id, by the table's first column."""
        found = [row for row in self.tables[table] if next(iter(row.values())) == key]
        assert len(found) == 1, f"{table}: {len(found)} rows of {key}"
        return found[0]

    def reasons(self) -> dict[str | None, list[str]]:
        """Reject reasons by record id, sorted."""
        found: dict[str | None, list[str]] = {}
        for row in self.rejected:
            found.setdefault(row["record_id"], []).append(row["reason"])
        return {key: sorted(reasons) for key, reasons in found.items()}

    def reason(self, record_id: str) -> str | None:
        """Why the one record of that id was rejected; none when it was mapped."""
        reasons = self.reasons().get(record_id, [])
        assert len(reasons) <= 1, reasons
        return reasons[0] if reasons else None

    def warnings_of_what_is_there(self) -> list[str]:
        """The warnings but those of an instrument without a single score."""
        return [warning for warning in self.warnings if "score was read" not in warning]

    def lines(self, reason: str | None = None) -> list[tuple[str, int]]:
        """File and line of every rejected record, of one reason only when named."""
        return sorted((row["source"], row["line"]) for row in self.rejected if reason in (None, row["reason"]))

    def places(self) -> list[tuple[int, str]]:
        """Line and reason of every rejected record, sorted."""
        return sorted((row["line"], row["reason"]) for row in self.rejected)


def intake(
    folder: Path, mapping: str = "", policy: Policy | str = "", format_: str | None = None, threads: int | None = None
) -> Intaken:
    """The folder read as `lumbar check` reads it; the account of every file is checked against a count of our own."""
    chosen = policy if isinstance(policy, Policy) else parse_policy(policy)
    with open_session(threads) as session:
        found = read(session, folder, format_, parse_mapping(mapping), chosen)
        tables = {
            table.name: session.execute(f"select * from {table.name} order by all").to_arrow_table().to_pylist()
            for table in CLINICAL_TABLES
        }
        rejected = rejected_table(session, [file.name for file in found.files]).to_pylist()
    read_ = Intaken(tables, rejected, {file.name: file for file in found.files}, found.warnings)
    check_account(read_)
    return read_


def check_account(read_: Intaken) -> None:
    """Rows = mapped + rejected + of no concern for every file, the rows counted here once more by other means."""
    rejected_lines = Counter((row["source"], row["line"]) for row in read_.rejected)
    for name, file in read_.files.items():
        counted = (file.n_rows, file.n_mapped, file.n_rejected, file.n_of_no_concern)
        # A table of a database has no file of its own to count in.
        assert not file.path.exists() or file.n_rows == count_rows(file.path, file.role), (name, counted)
        assert file.n_rows == file.n_mapped + file.n_rejected + file.n_of_no_concern, (name, counted)
        assert min(counted) >= 0, (name, counted)
        clinical = {table.name for table in CLINICAL_TABLES}
        is_read = file.role in clinical or file.role in RESOURCES or file.role in {t.name for t in CDM_TABLES}
        if is_read and file.role not in MAY_BE_OF_NO_CONCERN:
            assert file.n_of_no_concern == 0, (name, counted)
        with_a_reject = {line for source, line in rejected_lines if source == name}
        assert file.n_rejected <= len(with_a_reject) <= file.n_rows, (name, counted)
    for table in CLINICAL_TABLES:
        files = [file for file in read_.files.values() if file.role == table.name]
        if files:
            assert sum(file.n_mapped for file in files) == len(read_.tables[table.name]), table.name


RESOURCES = (
    "Patient",
    "Procedure",
    "Observation",
    "QuestionnaireResponse",
    "Condition",
    "Coverage",
    "Organization",
    "Practitioner",
    "Claim",
    "ExplanationOfBenefit",
)


def count_rows(path: Path, role: str) -> int:
    """The rows of a table file, or the lines of an NDJSON file, that hold anything; all lines of a type not read."""
    if path.suffix == ".parquet":
        return int(pq.read_metadata(path).num_rows)
    content = path.read_bytes()
    if path.suffix.lower() == ".gz":
        content = gzip.decompress(content)
    content = content.removeprefix(b"\xef\xbb\xbf")
    if ".csv" in path.name.lower():
        is_tabbed = b"\t" in content.split(b"\n")[0]
        quoting = csv.QUOTE_NONE if is_tabbed else csv.QUOTE_MINIMAL
        text = StringIO(content.decode(), newline="")
        rows = csv.reader(text, delimiter="\t" if is_tabbed else ",", quoting=quoting)
        next(rows)
        limit = csv.field_size_limit(len(content) + 1)
        try:
            return sum(any(cell.strip() for cell in row) for row in rows)
        finally:
            csv.field_size_limit(limit)
    lines = content.split(b"\n")
    return sum(bool(line.strip()) for line in lines) if role in RESOURCES else len(lines) - (not lines[-1])


def csv_text(rows: Sequence[Mapping[str, str]], columns: Iterable[str] = ()) -> str:
    """The rows as CSV with a header: the columns given, or all that any row has."""
    names = list(columns) or list(dict.fromkeys(name for row in rows for name in row))
    text = StringIO()
    writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def tables_folder(folder: Path, **tables: Sequence[Mapping[str, str]] | str | bytes) -> Path:
    """A folder of CSV tables, one patient and one operation unless given; text and bytes are written as they are."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {"patient": PATIENTS, "procedure": PROCEDURES, "score": [SCORE], **tables}
    for name, rows in content.items():
        if isinstance(rows, bytes):
            (folder / f"{name}.csv").write_bytes(rows)
        else:
            text = rows if isinstance(rows, str) else csv_text(rows)
            (folder / f"{name}.csv").write_bytes(text.encode())
    return folder


def parquet_file(path: Path, columns: Mapping[str, pa.Array | Sequence[Any]]) -> None:
    """A Parquet file of the columns given."""
    pq.write_table(pa.table(dict(columns)), path)


PATIENT_RESOURCE = {"resourceType": "Patient", "id": "p1", "birthDate": "1960-01-01"}
PROCEDURE_RESOURCE = {
    "resourceType": "Procedure",
    "id": "op1",
    "status": "completed",
    "subject": {"reference": "Patient/p1"},
    "performedDateTime": "2025-03-03",
    "code": {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "63030"}]},
}
LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
CPT = "http://www.ama-assn.org/go/cpt"
NPI = "http://hl7.org/fhir/sid/us-npi"


def concept(system: str, *codes: str) -> Row:
    """A CodeableConcept of codes of one system."""
    return {"coding": [{"system": system, "code": code} for code in codes]}


def back_pain(score_id: str, **changed: Any) -> Row:
    """An Observation of back pain, 7 on the numeric rating; a change to None takes the element away."""
    resource = {
        "resourceType": "Observation",
        "id": score_id,
        "status": "final",
        "code": concept(LOINC, "72514-3"),
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2025-02-24",
        "valueQuantity": {"value": 7, "code": "{score}"},
        "bodySite": concept(SNOMED, "77568009"),
        **changed,
    }
    return {key: value for key, value in resource.items() if value is not None}


def ndjson(lines: Iterable[Row | str]) -> str:
    """One resource a line; text stands as it is."""
    return "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines)


def fhir_folder(folder: Path, **files: Sequence[Row | str] | bytes) -> Path:
    """A bulk-export folder, one patient and one operation unless given.

    A file `Observation` is written as Observation.ndjson; `Observation_1` as Observation.1.ndjson, and
    `Observation_gz` packed as Observation.ndjson.gz.
    """
    folder.mkdir(parents=True, exist_ok=True)
    content = {"Patient": [PATIENT_RESOURCE], "Procedure": [PROCEDURE_RESOURCE], **files}
    for name, lines in content.items():
        body = lines if isinstance(lines, bytes) else ndjson(lines).encode()
        kind, _, more = name.partition("_")
        if more == "gz":
            (folder / f"{kind}.ndjson.gz").write_bytes(gzip.compress(body, mtime=0))
        else:
            (folder / f"{kind}{'.' if more else ''}{more}.ndjson").write_bytes(body)
    return folder

"""A small OMOP CDM for the reader tests, and the same tables as Parquet, in DuckDB and in PostgreSQL's words."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from lumbar.synth.omop_columns import COLUMNS
from source_folder import csv_text

Row = Mapping[str, str]

# The ids are made up: nothing may rest on one.
BACK_NRS, LEG_NRS, CPT, BACK, MM, PAIN_ONLY = "501", "502", "503", "504", "505", "506"
CONCEPTS = [
    {"concept_id": CPT, "concept_name": "a discectomy", "vocabulary_id": "CPT4", "concept_code": "63030"},
    {"concept_id": PAIN_ONLY, "concept_name": "pain rating", "vocabulary_id": "LOINC", "concept_code": "72514-3"},
    {"concept_id": BACK, "concept_name": "back", "vocabulary_id": "SNOMED", "concept_code": "77568009"},
    {"concept_id": MM, "concept_name": "millimetre", "vocabulary_id": "UCUM", "concept_code": "mm"},
]
PERSONS = [{"person_id": "1", "year_of_birth": "1960", "month_of_birth": "1", "day_of_birth": "5"}]
PROCEDURES = [
    {
        "procedure_occurrence_id": "11",
        "person_id": "1",
        "procedure_concept_id": CPT,
        "procedure_date": "2025-03-03",
    }
]
# A pain score of the back: an observation with a body site for a qualifier.
OBSERVATION = {
    "observation_id": "21",
    "person_id": "1",
    "observation_concept_id": PAIN_ONLY,
    "observation_date": "2025-02-24",
    "value_as_number": "7",
    "qualifier_concept_id": BACK,
}
MEASUREMENT = {
    "measurement_id": "31",
    "person_id": "1",
    "measurement_concept_id": PAIN_ONLY,
    "measurement_date": "2025-02-24",
    "value_as_number": "7",
}
# The words of a site whose measurements say by a word of its own which pain they are.
WORDS = """
[[omop.score]]
source_value = "NRS BACK"
instrument = "back_pain"
unit = { "" = "nrs", "mm" = "vas_mm" }
"""


def concept(concept_id: str, vocabulary: str, code: str, name: str = "a concept") -> Row:
    """A row of the concept table."""
    return {"concept_id": concept_id, "concept_name": name, "vocabulary_id": vocabulary, "concept_code": code}


def maps_to(source: str, target: str) -> Row:
    """A row of concept_relationship."""
    return {"concept_id_1": source, "concept_id_2": target, "relationship_id": "Maps to"}


def omop_folder(folder: Path, **tables: Sequence[Row] | str | bytes | None) -> Path:
    """A folder of CDM tables: one person, one operation and one score unless given; None leaves a table out."""
    folder.mkdir(parents=True, exist_ok=True)
    given = {
        "concept": CONCEPTS,
        "person": PERSONS,
        "procedure_occurrence": PROCEDURES,
        "observation": [OBSERVATION],
        **tables,
    }
    for name, rows in given.items():
        if rows is None:
            continue
        if isinstance(rows, bytes):
            (folder / f"{name}.csv").write_bytes(rows)
        else:
            text = rows if isinstance(rows, str) else csv_text(rows, COLUMNS[name])
            (folder / f"{name}.csv").write_text(text, encoding="utf-8", newline="")
    return folder


def column_type(name: str) -> str:
    """The type OMOP's own table definitions give a column, in words DuckDB and PostgreSQL share."""
    if name.endswith("_date"):
        return "date"
    if name.endswith("_datetime"):
        return "timestamp"
    if name in ("domain_id", "vocabulary_id", "concept_class_id", "relationship_id"):
        return "varchar"
    if name.endswith(("_id", "_id_1", "_id_2", "_of_birth", "quantity")):
        return "integer"
    return "numeric(12, 4)" if name in ("value_as_number", "range_low", "range_high") else "varchar"


def definition(table: str) -> str:
    """The columns of a CDM table with their types."""
    return ", ".join(f"{name} {column_type(name)}" for name in COLUMNS[table])


def rows_of(folder: Path, table: str) -> list[list[str | None]]:
    """The rows of a CDM table of the synthetic clinic as text; a date of the vocabularies as a date."""
    with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t" if table.startswith("concept") else ","))
    return [
        [
            f"{cell[:4]}-{cell[4:6]}-{cell[6:]}" if name.startswith("valid_") else cell or None
            for name, cell in zip(rows[0], row, strict=True)
        ]
        for row in rows[1:]
    ]


def duckdb_file(folder: Path, path: Path, schema: str = "main", vocabulary_schema: str | None = None) -> Path:
    """The tables of the synthetic clinic as a DuckDB database, rows in another order than in the files."""
    with duckdb.connect(str(path)) as made:
        for table in COLUMNS:
            where = vocabulary_schema if vocabulary_schema and table.startswith("concept") else schema
            made.execute(f"create schema if not exists {where}")
            made.execute(f"create table {where}.{table} ({definition(table)})")
            text = pa.table(list(zip(*rows_of(folder, table)[::-1], strict=True)), list(COLUMNS[table]))
            made.register("text", text)
            made.execute(f"insert into {where}.{table} from text")
    return path


def parquet_folder(database: Path, folder: Path) -> Path:
    """The tables of a DuckDB database as Parquet files, names in capitals, scores as doubles."""
    folder.mkdir()
    with duckdb.connect(str(database), read_only=True) as made:
        for table in COLUMNS:
            columns = ", ".join(
                f"cast({name} as double) as {name.upper()}"
                if column_type(name) in ("integer", "numeric(12, 4)")
                else name
                for name in COLUMNS[table]
            )
            made.execute(f"copy (select {columns} from {table}) to '{folder / table.upper()}.parquet' (format parquet)")
    return folder

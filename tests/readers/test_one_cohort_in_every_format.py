"""One clinic as CSV, as Parquet, as FHIR and as OMOP gives the same clinical tables."""

import csv
import gzip
from collections import Counter
from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lumbar.tables.clinical import CLINICAL_TABLES, PATIENT, SCORE
from lumbar.tables.schema import Type
from omop_source import duckdb_file, parquet_folder
from source_folder import intake

TIMED = ("performed_on", "assessed_on")
# OMOP has no column for these; what is not said there is null.
NOT_IN_OMOP = {
    "patient": {"language"},
    "score": {"recorded_on", "status", "respondent"},
    "coverage": {"member_id"},
}


def rows_of(folder, table):
    with (folder / f"{table.name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def as_typed(column, values, score_type):
    """A column as a database would export it; a local time of day becomes a timestamp without a zone."""
    given = [value or None for value in values]
    if column.name in TIMED:
        return pa.array([v and datetime.fromisoformat(v).replace(tzinfo=None) for v in given], pa.timestamp("us"))
    if column.type is Type.DATE:
        return pa.array([v and date.fromisoformat(v) for v in given], pa.date32())
    if column.type is Type.BOOLEAN:
        return pa.array([v and v == "true" for v in given], pa.bool_())
    if column.type is Type.SCORE and score_type == pa.float64():
        return pa.array([v and float(v) for v in given], score_type)
    if column.type is Type.SCORE:
        return pa.array([v and Decimal(v) for v in given], score_type)
    return pa.array(given, pa.string())


@pytest.fixture(scope="module")
def parquet_folders(clinic_folder, tmp_path_factory):
    """The CSV clinic as Parquet: `typed`, the scores half decimal and half double, and `text`."""
    made = tmp_path_factory.mktemp("parquet")
    for kind in ("typed", "text"):
        (made / kind).mkdir()
    for table in CLINICAL_TABLES:
        rows = rows_of(clinic_folder / "tables", table)
        names = [column.name for column in table.user_columns]
        text = pa.table({name: pa.array([row[name] for row in rows], pa.string()) for name in names})
        pq.write_table(text, made / "text" / f"{table.name}.parquet")
        for part, score_type in enumerate((pa.decimal128(9, 4), pa.float64())):
            taken = rows[part::2]
            columns = {c.name: as_typed(c, [row[c.name] for row in taken], score_type) for c in table.user_columns}
            pq.write_table(pa.table(columns), made / "typed" / f"{table.name}-{part}.parquet", compression="zstd")
    return made


def test_the_clinic_is_worth_comparing(csv_clinic):
    """Times of day, sides, panels, two-day periods and every table are in it."""
    tables = csv_clinic.tables
    assert all(len(tables[table.name]) > 50 for table in CLINICAL_TABLES)
    scores = tables["score"]
    assert {score["scale"] for score in scores} == {"nrs", "vas_mm", "vas_cm", "percent", "points_50"}
    assert {score["side"] for score in scores} == {None, "left", "right"}
    assert sum(score["assessed_time"] is not None for score in scores) > 50
    assert sum("#" in score["score_id"] for score in scores) > 20
    assert any(procedure["modifiers"] for procedure in tables["procedure"])
    assert csv_clinic.rejected == []


@pytest.mark.parametrize("kind", ["typed", "text"])
def test_parquet_gives_the_tables_csv_gives(kind, parquet_folders, csv_clinic):
    read = intake(parquet_folders / kind)
    assert read.rejected == []
    for table in CLINICAL_TABLES:
        assert read.tables[table.name] == csv_clinic.tables[table.name], table.name


def test_fhir_gives_the_tables_csv_gives(clinic_folder, fhir_mapping, csv_clinic):
    """But for the wish not to be called, which a FHIR export does not carry, and the claims of quality-data codes,
    whose lines are procedures too."""
    read = intake(clinic_folder / "fhir", fhir_mapping)
    assert read.rejected == []
    for table in CLINICAL_TABLES:
        expected, found = csv_clinic.tables[table.name], read.tables[table.name]
        if table.name == "procedure":
            found = [row for row in found if not row["procedure_id"].startswith("Claim/")]
            assert len(read.tables["procedure"]) - len(found) == len(read.tables["reported_code"]) > 50
        if table.name == "contact":
            assert sum(row["declined_on"] is not None for row in expected) > 0
            expected = [{**row, "declined_on": None} for row in expected]
        assert found == expected, table.name


def carried_by_omop(table, rows):
    """The rows as OMOP can carry them: that somebody is alive is not said there."""
    lost = NOT_IN_OMOP.get(table.name, set())
    found = [{name: None if name in lost else value for name, value in row.items()} for row in rows]
    if table is PATIENT:
        found = [{**row, "deceased": row["deceased"] or None} for row in found]
    return sorted(found, key=lambda row: [(value is None, str(value)) for value in row.values()])


def test_omop_gives_the_tables_csv_gives(csv_clinic, omop_clinic):
    """But for contacts, and for the columns OMOP has not."""
    assert omop_clinic.rejected == []
    assert omop_clinic.warnings == []
    for table in CLINICAL_TABLES:
        if table.name == "contact":
            assert omop_clinic.tables[table.name] == []
            continue
        expected = carried_by_omop(table, csv_clinic.tables[table.name])
        assert carried_by_omop(table, omop_clinic.tables[table.name]) == expected, table.name
    lost = {
        name: {row[name] for row in csv_clinic.tables[table]} for table in NOT_IN_OMOP for name in NOT_IN_OMOP[table]
    }
    assert all(len(values) > 1 for values in lost.values()), "what OMOP loses is in the clinic"


@pytest.mark.parametrize("kind", ["duckdb", "parquet", "schemas"])
def test_omop_in_a_database_or_as_parquet_gives_what_its_csv_gives(
    kind, clinic_folder, omop_mapping, omop_database, omop_clinic, tmp_path
):
    place, mapping = omop_database, omop_mapping
    if kind == "parquet":
        place = parquet_folder(omop_database, tmp_path / "parquet")
    if kind == "schemas":
        place = duckdb_file(clinic_folder / "omop", tmp_path / "two.db", "cdm", "vocab")
        mapping = omop_mapping.replace("[omop]", '[omop]\nschema = "cdm"\nvocabulary_schema = "vocab"')
    read = intake(place, mapping)
    assert read.rejected == []
    assert read.tables == omop_clinic.tables
    account = {file.role: (file.n_rows, file.n_mapped, file.n_of_no_concern) for file in read.files.values()}
    assert account == {
        file.role: (file.n_rows, file.n_mapped, file.n_of_no_concern) for file in omop_clinic.files.values()
    }


def test_of_omop_only_body_weights_are_of_no_concern(omop_clinic):
    passed_over = {name: file.n_of_no_concern for name, file in omop_clinic.files.items() if file.n_of_no_concern}
    assert list(passed_over) == ["measurement.csv"]
    assert passed_over["measurement.csv"] > 50


def test_only_what_is_no_score_and_no_icd_10_diagnosis_is_of_no_concern(clinic_folder, fhir_mapping):
    files = intake(clinic_folder / "fhir", fhir_mapping).files
    blood_pressures_and_weights = {
        name: sum(
            '"id":"bp-' in line or '"id":"wt-' in line
            for line in (clinic_folder / "fhir" / name).read_text().splitlines()
        )
        for name in ("Observation.000.ndjson", "Observation.001.ndjson")
    }
    passed_over = {name: file.n_of_no_concern for name, file in files.items() if file.n_of_no_concern}
    assert passed_over == {**blood_pressures_and_weights, "Encounter.ndjson": number_of_encounters(clinic_folder)}
    assert min(blood_pressures_and_weights.values()) > 50


def number_of_encounters(clinic_folder):
    return len((clinic_folder / "fhir" / "Encounter.ndjson").read_text().splitlines())


def test_several_files_a_table_packed_or_not_and_in_any_order_of_columns_are_one_table(
    clinic_folder, csv_clinic, tmp_path
):
    for table in CLINICAL_TABLES:
        rows = rows_of(clinic_folder / "tables", table)
        names = [column.name for column in table.user_columns]
        for part in range(3):
            shuffled = names[part:] + names[:part]
            lines = [",".join(f'"{row[name]}"' for name in shuffled) for row in rows[part::3]]
            text = "\r\n".join([",".join(shuffled).upper(), *lines]).encode()
            if part == 2:
                (tmp_path / f"{table.name}_{part}.csv.gz").write_bytes(gzip.compress(text))
            else:
                (tmp_path / f"{table.name}_{part}.csv").write_bytes(text)
    read = intake(tmp_path)
    assert read.tables == csv_clinic.tables
    assert Counter(file.role for file in read.files.values()) == dict.fromkeys(
        (table.name for table in CLINICAL_TABLES), 3
    )


def test_the_order_of_rows_changes_no_table(clinic_folder, csv_clinic, tmp_path):
    for table in CLINICAL_TABLES:
        header, *lines = (clinic_folder / "tables" / f"{table.name}.csv").read_text().splitlines()
        (tmp_path / f"{table.name}.csv").write_text("\n".join([header, *reversed(lines)]))
    assert intake(tmp_path).tables == csv_clinic.tables


def test_a_source_needs_only_patients_procedures_and_scores(clinic_folder, csv_clinic, tmp_path):
    for name in ("patient", "procedure", "score"):
        (tmp_path / f"{name}.csv").write_bytes((clinic_folder / "tables" / f"{name}.csv").read_bytes())
    read = intake(tmp_path)
    assert {name: bool(rows) for name, rows in read.tables.items()} == {
        table.name: table.required for table in CLINICAL_TABLES
    }
    assert read.tables[SCORE.name] == csv_clinic.tables[SCORE.name]
    assert read.tables[PATIENT.name] == csv_clinic.tables[PATIENT.name]

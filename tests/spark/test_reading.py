"""Spark reads what DuckDB reads: the same rows, reasons, lines, counts and warnings."""

import datetime as dt
import gzip
import json
import shutil
from decimal import Decimal

import duckdb
import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from lumbar.synth import write_clinic
from lumbar.tables.results import REJECT_REASONS
from omop_source import concept, omop_folder
from source_files import ROOT
from source_folder import PATIENTS, PROCEDURES, SCORE, back_pain, fhir_folder, parquet_file, tables_folder
from spark_reading import assert_equal, errors

N_PATIENTS = 2000
FOREIGN = ROOT.parent / "shared" / "data" / "foreign-fhir"


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    """A synthetic clinic with bad rows of every kind, as `tables` and as `fhir`."""
    folder = tmp_path_factory.mktemp("clinic")
    for format_ in ("tables", "fhir"):
        write_clinic(folder / format_, N_PATIENTS, 5, format_)
    return folder


@pytest.fixture
def small_blocks(spark):
    """Files in splits of a few lines."""
    before = {name: spark.conf.get(name) for name in ("spark.sql.files.maxPartitionBytes",)}
    spark.conf.set("spark.sql.files.maxPartitionBytes", "2k")
    yield
    for name, value in before.items():
        spark.conf.set(name, value)


def test_clinics_with_every_reason_to_reject_are_read_alike(spark, clinic):
    rejected = assert_equal(spark, clinic / "tables")["rejected_row"]
    rejected += assert_equal(spark, clinic / "fhir", (clinic / "fhir" / "mapping.toml").read_text())["rejected_row"]
    assert {row[5] for row in rejected} == set(REJECT_REASONS)


def test_a_foreign_export_is_read_alike(spark):
    if not FOREIGN.is_dir():
        pytest.skip("the foreign export does not lie beside the project")
    assert_equal(spark, FOREIGN)


MESSY = [
    json.dumps(back_pain("s1")),
    "",
    "{",
    "  " + json.dumps(back_pain("s2", effectiveDateTime="2025-02-25")) + "  \r",
    "\t \r",
    '{"resourceType":"Patient","id":"x"}',
    json.dumps(back_pain("s1", status="preliminary")),
    json.dumps({"resourceType": "Observation", "id": "bp", "code": {"text": "blood pressure"}}),
    "[1]",
]


def messy_lines(n: int) -> bytes:
    """Lines with blank, broken and foreign ones among them, and some that are not UTF-8."""
    lines = [line.encode() for line in MESSY]
    lines += [
        json.dumps(back_pain(f"t{i}", effectiveDateTime=f"2024-0{i % 9 + 1}-1{i % 7}")).encode() for i in range(n)
    ]
    lines[20:20] = [b'{"resourceType":"Observation","id":"\xff"}', b""]
    return b"\xef\xbb\xbf" + b"\n".join(lines)


def test_lines_in_small_splits_keep_their_numbers(spark, small_blocks, tmp_path):
    folder = fhir_folder(tmp_path / "a [1] b%20", Observation=messy_lines(200), Observation_2=messy_lines(50))
    patients = [{"resourceType": "Patient", "id": f"p{i}", "birthDate": "1960-01-01"} for i in range(300)]
    fhir_folder(folder, Patient=[*patients, "", *patients[:3], {**patients[7], "gender": "male"}])
    rows = assert_equal(spark, folder)
    assert any(row[1] > 200 for row in rows["rejected_row"])


def test_packed_files_are_read_alike(spark, small_blocks, tmp_path):
    folder = fhir_folder(tmp_path, Observation_gz=messy_lines(100), Observation_1=messy_lines(3))
    assert_equal(spark, folder)


def test_a_type_told_by_the_lines_and_a_type_not_read_are_read_alike(spark, tmp_path):
    folder = fhir_folder(tmp_path, Claim=["{}", "{}"], Observation=[back_pain("s1")])
    shutil.move(folder / "Patient.ndjson", folder / "1.Patient.ndjson")
    (folder / "things.ndjson").write_bytes(b"")
    (folder / "export.ndjson.gz").write_bytes(gzip.compress(json.dumps(back_pain("s9")).encode()))
    assert_equal(spark, folder)


def test_a_payers_claims_are_read_alike(spark, tmp_path):
    write_clinic(tmp_path / "eob", 200, 5, "eob")
    rows = assert_equal(spark, tmp_path / "eob", (tmp_path / "eob" / "mapping.toml").read_text())
    assert rows["procedure"]
    assert rows["condition"]


DAYS = [dt.date(2025, 2, 20), dt.date(2025, 2, 21), None]


def parquet_tables(folder):
    """Scores in two files typed differently, one of them in a folder that names a column, beside CSV."""
    tables_folder(folder)
    (folder / "score.csv").unlink()
    columns = {
        "score_id": ["a", "b", "c"],
        "patient_id": ["p1", "p1", "nobody"],
        "instrument": pa.array(["back_pain", "odi", "faces"]).dictionary_encode(),
        "value": pa.array([Decimal("7.25"), Decimal("30.00"), Decimal("1.00")], pa.decimal128(6, 2)),
    }
    parquet_file(
        folder / "score_1.parquet",
        {**columns, "scale": ["nrs", "percent", "nrs"], "assessed_on": pa.array(DAYS, pa.date32())},
    )
    stamps = [dt.datetime(2025, 2, day, hour, tzinfo=dt.UTC) for day, hour in ((20, 9), (21, 0), (22, 1))]
    inner = folder / "score" / "scale=nrs"
    inner.mkdir(parents=True)
    parquet_file(
        inner / "part-0.parquet",
        {**columns, "value": [3.5, 4.0, 11.0], "assessed_on": pa.array(stamps, pa.timestamp("us", tz="UTC"))},
    )
    return folder


def test_parquet_files_of_several_types_are_read_alike(spark, tmp_path):
    rows = assert_equal(spark, parquet_tables(tmp_path / "tables"))
    assert {row[5] for row in rows["rejected_row"]} >= {"conflicting_id"}


def test_a_delta_table_is_read_alike(spark, tmp_path):
    folder = tables_folder(tmp_path / "tables")
    (folder / "score.csv").unlink()
    for score_id in ("s1", "s2"):
        write_deltalake(folder / "score", pa.Table.from_pylist([{**SCORE, "score_id": score_id}]), mode="append")
    DeltaTable(folder / "score").delete("score_id = 's1'")
    rows = assert_equal(spark, folder)
    assert len(rows["score"]) == 1


def test_rows_of_csv_keep_their_lines_and_their_words(spark, tmp_path):
    scores = (
        "score_id,patient_id,instrument,scale,value,assessed_on,mode\n"
        's1,p1,back_pain,nrs,7,2025-02-24T10:00:00Z,"on\npaper"\n'
        "s2,p1,hurt,nrs,7,2025-02-24,\n"
        ",,,,,,\n"
        "s3,p1,back_pain\n"
        "s4,p1,back_pain,smiles,7,2025-02-24,\n"
        "s1,p1,back_pain,nrs,7,2025-02-24,\n"
    )
    rows = assert_equal(spark, tables_folder(tmp_path, score=scores))
    assert {row[1] for row in rows["rejected_row"]} == {2, 4, 6, 7, 8}


def test_reject_reasons_that_meet_are_ranked_alike(spark, tmp_path):
    """Each score has two reasons to be rejected, one of them told by other rows."""
    twice = [
        {**SCORE, "score_id": "a", "recorded_on": "2025-02-30"},
        {**SCORE, "score_id": "a", "value": "3"},
        {**SCORE, "score_id": "b", "status": "draft"},
        {**SCORE, "score_id": "b", "patient_id": "nobody"},
        {**SCORE, "score_id": "c", "patient_id": "nobody", "value": ""},
        {**SCORE, "score_id": "d", "recorded_on": "2025-03-01"},
        {**SCORE, "score_id": "e"},
        {**SCORE, "score_id": "f", "patient_id": ""},
        {**SCORE, "score_id": "", "patient_id": "nobody"},
    ]
    patients = [*PATIENTS, {"patient_id": "p2", "birth_date": "1950-01-01"}, {"patient_id": "p2", "birth_date": "1951"}]
    rows = assert_equal(spark, tables_folder(tmp_path, score=twice, patient=patients, procedure=PROCEDURES * 2))
    assert {row[5] for row in rows["rejected_row"]} >= {"unparsable", "conflicting_id", "unknown_patient", "duplicate"}


def test_what_cannot_be_read_is_told_in_the_same_words(spark, tmp_path):
    broken = gzip.compress(b"score_id,patient_id\n" * 5000)[:-20]
    cut = fhir_folder(tmp_path / "cut")
    (cut / "Observation.ndjson.gz").write_bytes(gzip.compress(messy_lines(500))[:-30])
    folders = [
        cut,
        tables_folder(tmp_path / "open", score='score_id,patient_id\ns1,"p1\n'),
        tables_folder(tmp_path / "strange", score="score_id,colour\n"),
        tables_folder(tmp_path / "latin", score="score_id,patient_id,value\n\xe9".encode("latin-1")),
        tables_folder(tmp_path / "nobody", patient="patient_id,birth_date\n"),
        tables_folder(tmp_path / "damaged"),
        fhir_folder(tmp_path / "empty", Patient=[]),
    ]
    (tmp_path / "damaged" / "score.csv.gz").write_bytes(broken)
    for folder in folders:
        by_duckdb, by_spark = errors(spark, folder)
        assert by_duckdb != "read", folder.name
        assert by_spark == by_duckdb


def test_a_name_that_spark_passes_over_is_refused(spark, tmp_path):
    folder = fhir_folder(tmp_path)
    shutil.copy(folder / "Patient.ndjson", folder / "_Patient.ndjson")
    assert errors(spark, folder)[1] == "_Patient.ndjson: Spark passes over names that begin so; rename the file"


def test_nothing_is_kept_when_it_is_released(spark, tmp_path):
    assert_equal(spark, fhir_folder(tmp_path, Observation=[back_pain("s1")]))
    assert not spark.sparkContext._jsc.getPersistentRDDs()


def test_a_clinic_in_the_common_data_model_is_read_alike(spark, tmp_path):
    write_clinic(tmp_path / "omop", N_PATIENTS // 4, 5, "omop")
    rows = assert_equal(spark, tmp_path / "omop", (tmp_path / "omop" / "mapping.toml").read_text())
    assert rows["score"]
    assert len({row[5] for row in rows["rejected_row"]}) > 5


def test_odd_files_of_the_common_data_model_are_read_alike(spark, tmp_path):
    """Rows that do not fit, ids of two contents, deaths of nobody and on no day, a Parquet file."""
    folder = omop_folder(
        tmp_path,
        concept=[
            concept("503", "CPT4", "63030"),
            concept("503", "CPT4", "63030"),
            concept("7", "A", "1"),
            concept("7", "A", "2"),
        ],
        death=[{"person_id": "1", "death_date": "soon"}, {"person_id": "99", "death_date": "2025-01-01"}],
        provider=[{"provider_id": "", "npi": "1"}, {"provider_id": "4", "npi": ""}, {"provider_id": "4", "npi": "1"}],
    )
    with (folder / "person.csv").open("a") as persons:
        persons.write("9\n")
    with (folder / "provider.csv").open("a") as providers:
        providers.write("9\n")
    parquet_file(folder / "person_2.parquet", {"person_id": [77.0, 78.0], "year_of_birth": [1960, None]})
    rows = assert_equal(spark, folder)
    assert {row[3] for row in rows["rejected_row"]} >= {"patient", "death", "provider", "concept"}


def test_a_database_is_refused(spark, tmp_path):
    duckdb.connect(str(tmp_path / "cdm.duckdb")).close()
    assert "Spark reads OMOP from files" in errors(spark, tmp_path / "cdm.duckdb")[1]

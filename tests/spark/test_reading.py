"""Spark reads what DuckDB reads: the same rows, reasons, lines, counts and warnings."""

import gzip
import json
import shutil

import pytest

from lumbar.synth import write_clinic
from lumbar.tables.results import REJECT_REASONS
from source_files import ROOT
from source_folder import back_pain, fhir_folder
from spark_reading import assert_equal

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


def test_a_clinic_of_csv_tables_is_read_alike(spark, clinic):
    rows = assert_equal(spark, clinic / "tables")
    assert len({row[5] for row in rows["rejected_row"]}) > 10


def test_a_clinic_of_fhir_files_is_read_alike(spark, clinic):
    rows = assert_equal(spark, clinic / "fhir", (clinic / "fhir" / "mapping.toml").read_text())
    assert len({row[5] for row in rows["rejected_row"]}) > 10


def test_the_bad_rows_of_both_clinics_have_every_reason(spark, clinic):
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

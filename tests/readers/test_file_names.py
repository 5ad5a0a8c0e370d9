"""Of files with alike names each is read, and no other: marks of patterns are letters of a name like any other."""

import gzip
import shutil

import pytest

from lumbar.errors import InputError
from omop_source import omop_folder
from source_folder import back_pain, fhir_folder, intake, ndjson, parquet_file, tables_folder

BOM = b"\xef\xbb\xbf"
PAIRS = [
    ("Observation.1.ndjson", "Observation.[1].ndjson"),
    ("Observation.2.ndjson", "Observation.*.ndjson"),
    ("Observation.3.ndjson", "Observation.?.ndjson"),
    ("Observation.4.ndjson", "Observation.[[]4[]].ndjson"),
    ("Observation.5'.ndjson", "Observation.'[5].ndjson"),
    ("Observation.ndjson", "Observation.ndjson.gz"),
]


def one_score(number, lead=b""):
    score = back_pain(f"s{number}", effectiveDateTime=f"2025-02-{number:02d}")
    return lead + ndjson([score]).encode()


@pytest.mark.parametrize("lead", [b"", BOM], ids=["plain", "BOM"])
@pytest.mark.parametrize("pair", PAIRS, ids=[second for _, second in PAIRS])
def test_of_two_fhir_files_of_alike_names_each_is_read(pair, lead, tmp_path):
    folder = fhir_folder(tmp_path / "records")
    for number, name in enumerate(pair, start=1):
        body = one_score(number, lead)
        (folder / name).write_bytes(gzip.compress(body) if name.endswith(".gz") else body)
    read = intake(folder)
    assert sorted(row["score_id"] for row in read.tables["score"]) == ["s1", "s2"]


@pytest.mark.parametrize("packed", [False, True])
def test_a_folder_whose_name_looks_like_a_pattern_is_read_and_not_its_neighbour(packed, tmp_path):
    for number, name in enumerate(("records[1]", "records1"), start=1):
        folder = fhir_folder(tmp_path / name)
        body = one_score(number)
        (folder / ("Observation.ndjson" + (".gz" if packed else ""))).write_bytes(
            gzip.compress(body) if packed else body
        )
    assert [row["score_id"] for row in intake(tmp_path / "records[1]").tables["score"]] == ["s1"]


def test_parquet_files_and_folders_that_look_like_patterns_are_read_and_not_their_neighbours(tmp_path):
    for place, folder_name in enumerate(("records[1]", "records1")):
        folder = tables_folder(tmp_path / folder_name)
        (folder / "patient.csv").unlink()
        parquet_file(folder / "patient_1.parquet", {"patient_id": ["p1"], "birth_date": ["1960-01-01"]})
        parquet_file(folder / "patient_[1].parquet", {"patient_id": [f"q{place}"], "birth_date": ["1960-01-01"]})
    assert {row["patient_id"] for row in intake(tmp_path / "records[1]").tables["patient"]} == {"p1", "q0"}


def test_files_of_the_common_data_model_that_look_like_patterns_are_read_each(tmp_path):
    folder = omop_folder(tmp_path / "records[1]")
    (folder / "person.csv").unlink()
    parquet_file(folder / "person_1.parquet", {"person_id": ["1"], "year_of_birth": ["1960"]})
    parquet_file(folder / "person_[1].parquet", {"person_id": ["2"], "year_of_birth": ["1961"]})
    shutil.copytree(folder, tmp_path / "records1")
    assert {row["patient_id"] for row in intake(folder).tables["patient"]} == {"1", "2"}


def test_a_mark_behind_a_backslash_is_a_letter(tmp_path):
    folder = tables_folder(tmp_path / "records")
    (folder / "patient.csv").unlink()
    parquet_file(folder / "patient_a\\*b.parquet", {"patient_id": ["p1"], "birth_date": ["1960-01-01"]})
    parquet_file(folder / "patient_a\\xb.parquet", {"patient_id": ["p2"], "birth_date": ["1961-01-01"]})
    assert {row["patient_id"] for row in intake(folder).tables["patient"]} == {"p1", "p2"}


def test_a_mark_apart_from_a_backslash_is_refused_in_one_line(tmp_path):
    folder = tables_folder(tmp_path / "records")
    (folder / "patient.csv").unlink()
    parquet_file(folder / "patient_a*b\\c.parquet", {"patient_id": ["p1"], "birth_date": ["1960-01-01"]})
    with pytest.raises(InputError, match=r"patient_a\*b\\c\.parquet: a backslash and one of .* rename it"):
        intake(folder)

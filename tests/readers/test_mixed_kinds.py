"""Records of several kinds in one folder: which they are and how to choose is told, and none is passed over silently."""

import re

import pytest

from lumbar.errors import InputError
from omop_source import omop_folder
from source_folder import fhir_folder, intake, tables_folder

KINDS = {"fhir": fhir_folder, "omop": omop_folder, "tables": tables_folder}
A_FILE = {"fhir": "Patient.ndjson", "omop": "person.csv", "tables": "patient.csv"}


@pytest.mark.parametrize(
    "kinds", [("fhir", "omop"), ("fhir", "tables"), ("omop", "tables"), ("fhir", "omop", "tables")]
)
def test_kinds_files_and_the_way_to_choose_are_told(kinds, tmp_path):
    for kind in kinds:
        KINDS[kind](tmp_path)
    with pytest.raises(InputError) as met:
        intake(tmp_path)
    for kind in kinds:
        assert f"{kind}: " in str(met.value)
        assert A_FILE[kind] in str(met.value)
    assert "\n" not in str(met.value)
    assert "--from" in str(met.value)
    for kind in re.findall("--from ([a-z]+)", str(met.value)):
        assert A_FILE[kind] in intake(tmp_path, format_=kind).files


def test_the_patients_of_one_kind_and_the_scores_of_another_are_told(tmp_path):
    (fhir_folder(tmp_path) / "Patient.ndjson").unlink()
    tables_folder(tmp_path)
    for name in ("procedure.csv", "score.csv"):
        (tmp_path / name).unlink()
    with pytest.raises(InputError, match=r"several kinds \(fhir: .*\.ndjson.*; tables: patient\.csv\)"):
        intake(tmp_path)


def test_a_table_beside_a_fhir_export_is_told_to_be_left_alone(tmp_path):
    tables_folder(fhir_folder(tmp_path))
    for name in ("patient.csv", "procedure.csv"):
        (tmp_path / name).unlink()
    (told,) = (line for line in intake(tmp_path).warnings if "not read" in line)
    assert told == "score.csv (tables): not read, for the folder is read as fhir; to read them instead: --from tables"

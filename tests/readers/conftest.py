"""Folders read once and asked often."""

import pytest

from lumbar.synth import write_clinic
from omop_source import duckdb_file
from source_folder import Intaken, intake

N_PATIENTS = 150
SEED = 11


@pytest.fixture(scope="session")
def clinic_folder(tmp_path_factory):
    """One synthetic clinic without bad rows, as `tables` (CSV), as `fhir` and as `omop`."""
    folder = tmp_path_factory.mktemp("clinic")
    for format_ in ("tables", "fhir", "omop"):
        write_clinic(folder / format_, N_PATIENTS, SEED, format_, blemishes=False)
    return folder


@pytest.fixture(scope="session")
def csv_clinic(clinic_folder) -> Intaken:
    return intake(clinic_folder / "tables")


@pytest.fixture(scope="session")
def fhir_mapping(clinic_folder) -> str:
    return (clinic_folder / "fhir" / "mapping.toml").read_text()


@pytest.fixture(scope="session")
def omop_mapping(clinic_folder) -> str:
    return (clinic_folder / "omop" / "mapping.toml").read_text()


@pytest.fixture(scope="session")
def omop_clinic(clinic_folder, omop_mapping) -> Intaken:
    return intake(clinic_folder / "omop", omop_mapping)


@pytest.fixture(scope="session")
def omop_database(clinic_folder, tmp_path_factory):
    """The OMOP clinic as a DuckDB file."""
    return duckdb_file(clinic_folder / "omop", tmp_path_factory.mktemp("omop") / "clinic.duckdb")

"""Folders read once and asked often."""

import pytest

from lumbar.synth import write_clinic
from source_folder import Intaken, intake

N_PATIENTS = 150
SEED = 11


@pytest.fixture(scope="session")
def clinic_folder(tmp_path_factory):
    """One synthetic clinic without bad rows, as `tables` (CSV) and as `fhir`."""
    folder = tmp_path_factory.mktemp("clinic")
    for format_ in ("tables", "fhir"):
        write_clinic(folder / format_, N_PATIENTS, SEED, format_, blemishes=False)
    return folder


@pytest.fixture(scope="session")
def csv_clinic(clinic_folder) -> Intaken:
    return intake(clinic_folder / "tables")


@pytest.fixture(scope="session")
def fhir_mapping(clinic_folder) -> str:
    return (clinic_folder / "fhir" / "mapping.toml").read_text()

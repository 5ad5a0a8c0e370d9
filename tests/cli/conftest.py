"""A small clinic and its result, made once."""

import shutil

import pytest

from command_line import YEAR, lumbar
from lumbar.synth import write_clinic


@pytest.fixture(scope="session")
def clinic(tmp_path_factory):
    """The records of 60 synthetic patients as tables, bad rows among them; never written to."""
    folder = tmp_path_factory.mktemp("cli") / "records"
    write_clinic(folder, 60, 5, "tables")
    return folder


@pytest.fixture(scope="session")
def evaluated(clinic, tmp_path_factory):
    """The result folder of the clinic; never written to."""
    folder = tmp_path_factory.mktemp("cli") / "result"
    assert lumbar("evaluate", clinic, *YEAR, "--out", folder).code == 0
    return folder


@pytest.fixture
def result(evaluated, tmp_path):
    """A copy of the result that a test may change."""
    return shutil.copytree(evaluated, tmp_path / "result")

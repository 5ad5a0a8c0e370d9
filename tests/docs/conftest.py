"""Where the examples of the documentation run."""

import os
import sys
from pathlib import Path

import pytest

from lumbar.synth import template


@pytest.fixture
def clinic(tmp_path, monkeypatch):
    """An empty folder to work in, the program on the path as `lumbar`; nothing outside it is touched."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


@pytest.fixture
def clinic_with_tables(clinic):
    """The same with what `lumbar template my-tables` writes."""
    template(clinic / "my-tables")
    return clinic

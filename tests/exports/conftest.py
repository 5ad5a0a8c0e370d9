"""Clinics of 1,500 synthetic patients and their results, made once; never written to."""

import subprocess

import pytest

from command_line import lumbar
from lumbar.synth import write_clinic

N_PATIENTS = 1500


@pytest.fixture(scope="session")
def records(tmp_path_factory):
    """The records of 1,500 synthetic patients as tables, bad rows among them."""
    folder = tmp_path_factory.mktemp("exports") / "records"
    write_clinic(folder, N_PATIENTS, 11, "tables")
    return folder


@pytest.fixture(scope="session")
def closed(records, tmp_path_factory):
    """The result folder of 2026 once every window that counts has closed."""
    return evaluated(records, tmp_path_factory, "2027-02-01")


@pytest.fixture(scope="session")
def with_open_windows(records, tmp_path_factory):
    """The result folder of 2026 while windows that count are open."""
    return evaluated(records, tmp_path_factory, "2026-11-21")


def evaluated(records, tmp_path_factory, as_of):
    folder = tmp_path_factory.mktemp("exports") / f"result-{as_of}"
    ended = lumbar("evaluate", records, "--year", 2026, "--as-of", as_of, "--out", folder, "--no-report")
    assert ended.code == 0, ended.err
    return folder


@pytest.fixture(scope="session")
def signing_key(tmp_path_factory):
    """A private key made by OpenSSH, its public half beside it as `key.pub`."""
    path = tmp_path_factory.mktemp("keys") / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "site", "-f", path], check=True)
    return path


@pytest.fixture(scope="session")
def released(closed, tmp_path_factory):
    """A submission released from the closed result."""
    path = tmp_path_factory.mktemp("released") / "submission.json"
    ended = lumbar("export", "qpp", closed, "--tin", "000456789", "--group", "--out", path)
    assert ended.code == 0, ended.err
    return path


@pytest.fixture(scope="session")
def bundled(closed, released, signing_key, tmp_path_factory):
    """The bundle of the closed result and its submission; never written to."""
    path = tmp_path_factory.mktemp("bundle") / "evidence.zip"
    ended = lumbar("bundle", closed, "--out", path, "--export", released, "--key", signing_key)
    assert ended.code == 0, ended.err
    return path

"""How large the records are, for which Spark on one machine is made ready: an estimate that never fails."""

import os

import pytest

from lumbar.engine.spark_session import is_large

LARGE = 10_000_000  # bytes


def of_size(path, n_bytes):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.truncate(n_bytes)
    return path


@pytest.mark.parametrize(("n_bytes", "expected"), [(LARGE - 1, False), (LARGE, True)])
def test_a_file_is_as_large_as_it_is(n_bytes, expected, tmp_path):
    assert is_large(of_size(tmp_path / "a.csv", n_bytes)) == expected


def test_files_of_all_folders_count_together(tmp_path):
    of_size(tmp_path / "a.csv", LARGE // 2)
    assert not is_large(tmp_path)
    of_size(tmp_path / "score" / "year=2025" / "b.csv", LARGE // 2)
    assert is_large(tmp_path)


def test_what_cannot_be_looked_at_does_not_count(tmp_path, monkeypatch):
    """A link to nowhere, and a folder that cannot be listed."""
    (tmp_path / "gone.csv").symlink_to(tmp_path / "nowhere")
    of_size(tmp_path / "closed" / "a.csv", LARGE)
    scandir = os.scandir

    def refuse(path):
        if os.fspath(path).endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert not is_large(tmp_path)
    assert not is_large(tmp_path / "nowhere")
    of_size(tmp_path / "open" / "b.csv", LARGE)
    assert is_large(tmp_path)

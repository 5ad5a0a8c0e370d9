"""Interrupted at any of its steps, what is written aside leaves nothing, and what was there before is there still."""

import os
from pathlib import Path

import pytest

from lumbar.errors import InputError, ResultFolderError
from lumbar.placing import aside, folder_aside
from lumbar.store import ResultWriter
from lumbar.synth.folder import new_folder


def write_result(path):
    with ResultWriter(path / "new" / "result") as writer:
        writer.run({"year": 2025})


def replace_result(path):
    with ResultWriter(path / "result", overwrite=True) as writer:
        writer.run({"year": 2025})


def replace_folder(path):
    with folder_aside(path / "packet", True, "mark", "packet") as beside:
        (beside / "mark").write_text("new")


def write_clinic(path):
    with new_folder(path / "clinic") as beside:
        (beside / "patient.csv").write_text("new")


def write_file(path):
    with aside(path / "file.csv") as beside:
        beside.write_text("new")


@pytest.fixture
def packet(tmp_path):
    (tmp_path / "packet").mkdir()
    (tmp_path / "packet" / "mark").write_text("old")
    (tmp_path / "result").mkdir()
    (tmp_path / "result" / "run.json").write_text("old")
    return tmp_path / "packet"


def listing(folder):
    return {path.relative_to(folder): path.is_dir() or path.read_text() for path in folder.rglob("*")}


def interrupt_after(monkeypatch, name, calls):
    """The call of that number of os.<name> does its work, and then the interrupt comes."""
    left, work = [calls], getattr(os, name)

    def call(*arguments, **options):
        done = work(*arguments, **options)
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt
        return done

    monkeypatch.setattr(os, name, call)
    return left


STEPS = [
    (write_result, "mkdir", 1),
    (write_result, "mkdir", 2),
    (write_clinic, "mkdir", 1),
    (write_file, "open", 1),
    (replace_folder, "mkdir", 1),
    (replace_folder, "rename", 1),
    (replace_result, "rename", 1),
]


@pytest.mark.parametrize(("write", "name", "calls"), STEPS)
def test_interrupted_it_leaves_what_was_there_before(write, name, calls, packet, tmp_path, monkeypatch):
    before = listing(tmp_path)
    left = interrupt_after(monkeypatch, name, calls)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path)
    assert left[0] <= 0
    assert listing(tmp_path) == before


def test_interrupted_when_the_new_folder_is_in_place_it_keeps_the_new_one(packet, tmp_path, monkeypatch):
    interrupt_after(monkeypatch, "rename", 2)
    with pytest.raises(KeyboardInterrupt):
        replace_folder(tmp_path)
    assert {name.name for name in listing(tmp_path)} == {"packet", "mark", "result", "run.json"}
    assert (packet / "mark").read_text() == "new"


@pytest.mark.parametrize("write", [write_result, replace_folder, write_clinic, write_file])
def test_undisturbed_it_leaves_only_what_it_was_asked_for(write, tmp_path):
    write(tmp_path)
    assert listing(tmp_path)
    assert not [path for path in tmp_path.rglob("*") if path.name.startswith(".")]


def test_an_old_result_that_cannot_be_brought_back_is_not_removed(packet, tmp_path, monkeypatch):
    rename, calls = os.rename, []

    def fail(*names):
        calls.append(names)
        if len(calls) > 1:
            raise OSError(5, "no more")
        rename(*names)

    monkeypatch.setattr(os, "rename", fail)
    with pytest.raises(ResultFolderError, match="no more") as caught:
        replace_result(tmp_path)
    (kept,) = tmp_path.glob(".result-*")
    assert (kept / "run.json").read_text() == "old"
    assert str(caught.value).endswith(f"what was there lies in {kept}")


@pytest.mark.parametrize(
    "write", [ResultWriter, lambda path: ResultWriter(Path()), lambda path: new_folder(path).__enter__()]
)
@pytest.mark.parametrize("inside", [".", "below/there"])
def test_the_folder_somebody_is_in_is_not_replaced(write, inside, tmp_path, monkeypatch):
    (tmp_path / inside).mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(tmp_path / inside)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises((ResultFolderError, InputError), match=r"name another folder|not empty"):
        write(tmp_path)
    assert sorted(tmp_path.rglob("*")) == before

"""A result is whole or not there: killed, interrupted, out of space, or nowhere to write."""

import contextlib
import os
import resource
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from command_line import COMMAND, YEAR, assert_one_clear_line, listing, lumbar, plain_environment, shell
from lumbar import workflow
from lumbar.cli import console, ending  # loaded here, before anybody's rights are taken away
from lumbar.synth import write_clinic
from source_folder import tables_folder


def stopped_while_writing(clinic, folder, how, at=".result-*/outcome.parquet"):
    """Starts an evaluation, waits until its result is half there, and ends it by a signal."""
    words = [COMMAND, "evaluate", clinic, *YEAR, "--out", folder / "result"]
    started = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=plain_environment())
    deadline = time.monotonic() + 60
    while not list(folder.glob(at)):
        assert started.poll() is None, started.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.002)
    started.send_signal(how)
    _, err = started.communicate(timeout=60)
    return started.returncode, err.decode()


def test_killed_midway_it_leaves_no_folder_under_the_final_name(clinic, tmp_path):
    code, _ = stopped_while_writing(clinic, tmp_path, signal.SIGKILL)
    assert code == -signal.SIGKILL
    assert not (tmp_path / "result").exists()
    assert all(path.name.startswith(".result-") for path in tmp_path.iterdir())
    assert lumbar("evaluate", clinic, *YEAR, "--out", tmp_path / "result", "--no-report").code == 0


def test_killed_midway_it_leaves_the_old_result_readable(clinic, result, tmp_path):
    before = listing(result)
    words = ["evaluate", clinic, *YEAR, "--out", result, "--overwrite"]
    started = subprocess.Popen([COMMAND, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not list(tmp_path.glob(".result-*/rate.parquet")):
        assert started.poll() is None
        time.sleep(0.002)
    started.kill()
    started.wait()
    assert listing(result) == before


MOMENTS = pytest.mark.parametrize("at", [".result-*", ".result-*/outcome.parquet", ".result-*/run.json"])


@MOMENTS
def test_interrupted_by_its_user_it_cleans_up_and_says_no_more(at, clinic, tmp_path):
    """Wherever it is, also inside DuckDB, which makes an error of its own of an interrupt."""
    assert stopped_while_writing(clinic, tmp_path, signal.SIGINT, at) == (130, "")
    assert list(tmp_path.iterdir()) == []


@MOMENTS
def test_ended_by_sigterm_it_cleans_up_and_says_so_in_one_line(at, clinic, tmp_path):
    """While it reads, while it writes the tables, while it draws the report: 128 + 15 is 143."""
    code, err = stopped_while_writing(clinic, tmp_path, signal.SIGTERM, at)
    assert (code, err) == (143, "lumbar: ended by SIGTERM; nothing half-written is left\n")
    assert list(tmp_path.iterdir()) == []


def test_a_sigterm_whose_exception_was_lost_ends_the_work_at_its_next_step(monkeypatch):
    """An import from C swallows what the handler raised: the next step asked for raises it again."""
    monkeypatch.setattr(ending.Ended, "asked", False)
    handler = signal.getsignal(signal.SIGTERM)
    try:
        with contextlib.suppress(ending.Ended):
            ending.end()
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, handler)
    with console.progress() as on_progress, pytest.raises(ending.Ended):
        on_progress("read", "score.csv")


def test_an_interrupt_whose_exception_was_lost_ends_the_work_at_its_next_step(monkeypatch):
    monkeypatch.setattr(ending.Ended, "interrupted", False)
    with contextlib.suppress(KeyboardInterrupt):
        ending.interrupt()
    with console.progress() as on_progress, pytest.raises(KeyboardInterrupt):
        on_progress("read", "score.csv")


MEMORY = "lumbar: not enough memory: raise --memory-limit or lower --threads\n"


@pytest.mark.parametrize("format_", ["tables", "fhir"])
@pytest.mark.parametrize("memory", ["1KB", "1MB", "6MB"])
def test_without_memory_it_is_one_line_and_nothing_is_left(memory, format_, tmp_path):
    records = tmp_path / "records"
    write_clinic(records, 60, 5, format_)
    before = listing(tmp_path)
    ended = lumbar("evaluate", records, *YEAR, "--out", tmp_path / "new" / "result", "--memory-limit", memory)
    assert_one_clear_line(ended)
    assert ended.err == MEMORY
    assert listing(tmp_path) == before


def test_without_space_for_what_does_not_fit_in_memory_it_is_one_line_and_nothing_is_left(tmp_path):
    """2,000 patients take more than 64 MB; no file may grow past 100 kB, so that nothing can spill."""

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    write_clinic(tmp_path / "records", 2000, 7, "tables")
    before = listing(tmp_path)
    words = ("evaluate", tmp_path / "records", *YEAR, "--memory-limit", "64MB", "--threads", "2", "--out")
    ended = shell(*words, tmp_path / "new" / "result", before=limit)
    assert_one_clear_line(ended)
    assert f"no space at {tmp_path / 'new'} for the work that does not fit in memory: free space there" in ended.err
    assert listing(tmp_path) == before


@pytest.mark.parametrize("n_bytes", [1_000, 20_000_000], ids=["at its start", "in the middle"])
def test_without_space_for_the_file_of_the_records_it_is_one_line_and_nothing_is_left(n_bytes, tmp_path):
    """Records of 120 MB outgrow 200 MB of memory, and stand in a file that has no room."""
    write_clinic(tmp_path / "records", 200, 7, "tables")
    lines = tmp_path / "records" / "procedure.csv"
    header, *rows = lines.read_text(encoding="utf-8").splitlines()
    wide = "0" * (120_000_000 // len(rows))
    widened = (f"{row.rpartition(',')[0]},{wide}" for row in rows)
    lines.write_text("\n".join([header, *widened]), encoding="utf-8")

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, n_bytes))

    before = listing(tmp_path)
    words = ("evaluate", tmp_path / "records", *YEAR, "--memory-limit", "200MB", "--threads", "2", "--out")
    ended = shell(*words, tmp_path / "new" / "result", before=limit)
    assert_one_clear_line(ended)
    assert f"no space at {tmp_path / 'new'} for the work that does not fit in memory: free space there" in ended.err
    assert listing(tmp_path) == before


@pytest.mark.parametrize("n_bytes", [1_000, 100_000], ids=["at the tables", "at the report"])
def test_without_space_it_is_one_line_and_nothing_is_left(n_bytes, clinic, tmp_path):
    """A limit on the size of a file stands for a full disk: writing fails in the middle of one."""

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, n_bytes))

    ended = shell("evaluate", clinic, *YEAR, "--out", tmp_path / "new" / "result", before=limit)
    assert_one_clear_line(ended)
    assert f"cannot write {tmp_path / 'new' / 'result'}" in ended.err
    assert listing(tmp_path) == {}


@contextlib.contextmanager
def without_rights():
    """Root may write anywhere; for this while we are nobody."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def locked():
    """A folder everybody may look into and nobody may write to."""
    folder = Path(tempfile.mkdtemp(prefix="lumbar-locked-"))
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_where_nobody_may_write_it_is_one_line(clinic, locked):
    assert workflow.evaluate_to_folder
    for out in (locked / "result", locked / "new" / "deep" / "result"):
        with without_rights():
            ended = lumbar("evaluate", clinic, *YEAR, "--out", out)
        assert_one_clear_line(ended)
        assert ended.err.endswith(": Permission denied\n")
    assert list(locked.iterdir()) == []


def test_a_parent_that_is_a_file_is_one_line(clinic, tmp_path):
    (tmp_path / "file").write_text("x")
    ended = lumbar("evaluate", clinic, *YEAR, "--out", tmp_path / "file" / "result")
    assert_one_clear_line(ended)
    assert listing(tmp_path) == {"file": b"x"}


def test_records_in_a_result_are_not_replaced_by_the_next_one(tmp_path):
    records, result = tables_folder(tmp_path / "records"), tmp_path / "result"
    assert lumbar("evaluate", records, *YEAR, "--out", result).code == 0
    records.rename(result / "records")
    before = listing(result)
    ended = lumbar("evaluate", result / "records", *YEAR, "--out", result, "--overwrite")
    assert ended == (2, "", f"lumbar: {result} is or holds the records; name another folder\n")
    assert listing(result) == before

"""The command as a process of its own: killed in the middle, stopped by a person, ended by the system, it goes on."""

import json
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from bulk_server import CLIENT_ID, Fault, assert_every_file_is_there_once, serving
from command_line import lumbar

PROGRAM = [sys.executable, "-c", "from lumbar.cli import main; main()", "fetch-fhir"]


@pytest.fixture
def at_work(bulk):
    """The server on the real clock: it holds a download in the middle, is busy twice, and its tokens soon end."""
    bulk.clock = time.time
    bulk.uses_of_a_token = 7
    bulk.faults["/fhir/$export"] = [Fault(429, {"Retry-After": "1"})]
    bulk.faults["/files/Observation-0"] = [Fault(cut_at=10_000, holds=True), Fault(429, {"Retry-After": "1"})]
    with serving(bulk):
        yield bulk


def command(bulk, key_file, out):
    return [*PROGRAM, f"{bulk.base}/fhir", "--client-id", CLIENT_ID, "--key", str(key_file), "--out", str(out)]


def begun(bulk, key_file, out):
    """The command at work, held in the middle of a download whose first bytes are on the disk."""
    process = subprocess.Popen(
        command(bulk, key_file, out), stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    )
    part, patients = (out / ".fetch" / name for name in ("Observation.1.ndjson.part", "Patient.1.ndjson.json"))
    for _ in range(600):
        is_begun = bulk.held.is_set() and part.is_file() and part.stat().st_size
        if is_begun and patients.is_file() and json.loads(patients.read_bytes())["whole"]:
            return process
        time.sleep(0.05)
    process.kill()
    raise AssertionError(f"nothing came: {process.communicate()}, {bulk.paths()}")


def ended(bulk, key_file, out):
    """The same command run to its end."""
    bulk.released.set()
    return subprocess.run(
        command(bulk, key_file, out), capture_output=True, encoding="utf-8", check=False, stdin=subprocess.DEVNULL
    )


def test_killed_in_the_middle_and_run_again_it_ends_with_every_file_once(at_work, key_file, clinic, tmp_path):
    """A 429 with Retry-After before and after, and tokens that end after seven requests, are survived as well."""
    out = tmp_path / "out"
    process = begun(at_work, key_file, out)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert not list(out.glob("*.ndjson")), "nothing is published before all is there"
    half = lumbar("check", out)
    assert half.code == 2
    assert "its fetch is not finished; run the same lumbar fetch-fhir again" in half.err

    done = ended(at_work, key_file, out)
    assert done.returncode == 0, done.stderr
    assert_every_file_is_there_once(out, at_work)
    assert len(at_work.tokens) >= 3
    assert at_work.given["/fhir/$export", 202] == 1, "the second run takes up the same export"
    assert at_work.given["/fhir/$export", 429] == at_work.given["/files/Observation-0", 429] == 1
    *_, resumed = at_work.of("/files/Observation-0")
    assert resumed.headers["range"].startswith("bytes=")
    assert resumed.headers["range"] != "bytes=0-"
    assert at_work.given["/files/Patient-0", 200] == 1, "what was whole is not fetched again"
    assert at_work.given["/files/Observation-0", 200] == at_work.given["/files/Observation-0", 206] == 1
    assert not any(token in done.stdout + done.stderr for token in at_work.tokens)

    shutil.copy(clinic / "mapping.toml", tmp_path)
    read = lumbar("check", out, "--mapping", tmp_path / "mapping.toml", "--format", "json")
    straight = lumbar("check", clinic, "--mapping", tmp_path / "mapping.toml", "--format", "json")
    assert account(read) == account(straight)


def account(ended):
    """The rows of each kind of file, mapped and rejected, from `lumbar check`."""
    assert ended.code in (0, 1), ended.err
    rows = Counter()
    for file in json.loads(ended.out)["inputs"]:
        for count in ("rows", "mapped", "rejected", "of_no_concern"):
            rows[file["read_as"], count] += file[count]
    return rows


@pytest.mark.parametrize(
    ("sent", "code", "said"),
    [
        (signal.SIGINT, 2, "stopped"),
        (signal.SIGTERM, 143, "ended by SIGTERM"),
    ],
)
def test_stopped_it_says_that_it_can_go_on_and_does(sent, code, said, at_work, key_file, tmp_path):
    out = tmp_path / "out"
    process = begun(at_work, key_file, out)
    process.send_signal(sent)
    printed, warned = process.communicate(timeout=60)
    assert (process.returncode, printed) == (code, "")
    assert warned == f"lumbar: {said}; what came is kept in {out}: run the same command again to go on\n"
    assert ended(at_work, key_file, out).returncode == 0
    assert_every_file_is_there_once(out, at_work)


@pytest.mark.parametrize(
    ("sent", "code", "said"), [(signal.SIGINT, 2, "stopped"), (signal.SIGTERM, 143, "ended by SIGTERM")]
)
def test_stopped_before_an_export_was_started_it_says_that_nothing_is_left(sent, code, said, bulk, key_file, tmp_path):
    bulk.clock = time.time
    bulk.faults["/fhir/$export"] = [Fault(429, {"Retry-After": "600"})]
    with serving(bulk):
        process = subprocess.Popen(command(bulk, key_file, tmp_path / "out"), stderr=subprocess.PIPE, encoding="utf-8")
        for _ in range(600):
            if bulk.given["/fhir/$export", 429]:
                break
            time.sleep(0.05)
        time.sleep(0.5)  # it is read, and waited for
        process.send_signal(sent)
        _, warned = process.communicate(timeout=60)
    assert (process.returncode, warned) == (code, f"lumbar: {said}; nothing half-written is left\n")
    assert not (tmp_path / "out").exists()


def test_a_second_run_meanwhile_is_refused(at_work, key_file, tmp_path):
    out = tmp_path / "out"
    process = begun(at_work, key_file, out)
    second = subprocess.run(command(at_work, key_file, out), capture_output=True, encoding="utf-8", check=False)
    assert second.returncode == 2
    assert second.stderr == f"lumbar: another lumbar fills {out} just now; let it end, or stop it first\n"
    at_work.released.set()
    printed, warned = process.communicate(timeout=60)
    assert process.returncode == 0, warned
    assert printed.endswith(f"Next: lumbar check {out}\n")
    assert_every_file_is_there_once(out, at_work)

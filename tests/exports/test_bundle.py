"""lumbar bundle: what a bundle holds, that it is the same on any day, and what is refused."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile

import pytest

from bundles import held_files
from command_line import YEAR, assert_one_clear_line, listing, lumbar, shell
from lumbar.codelists import code_list_hashes
from lumbar.measures import for_year
from lumbar.measures.lock import lock_hash
from lumbar.measures.policy import Policy, parse_policy
from lumbar.synth import write_clinic


@pytest.fixture
def copied(closed, tmp_path):
    """A copy of the closed result that a test may change."""
    return shutil.copytree(closed, tmp_path / "result")


def test_it_holds_the_result_and_the_released_files_byte_for_byte(bundled, closed, released):
    held = held_files(bundled)
    result = {name: content for name, content in listing(closed).items() if content is not None}
    ours = {f"result/{name}": content for name, content in result.items() if not name.startswith("released/")}
    assert {name: content for name, content in held.items() if name.startswith("result/")} == ours
    assert {"result/outcome.parquet", "result/run.json", "result/clinical/score.parquet"} <= ours.keys()
    assert held["exports/submission.json"] == released.read_bytes()


def test_it_holds_the_report_where_the_result_has_one(signing_key, tmp_path):
    write_clinic(tmp_path / "records", 20, 3, "tables")
    lumbar("evaluate", tmp_path / "records", *YEAR, "--out", tmp_path / "result")
    lumbar("bundle", tmp_path / "result", "--out", tmp_path / "b.zip", "--key", signing_key)
    assert held_files(tmp_path / "b.zip")["result/report.html"] == (tmp_path / "result/report.html").read_bytes()


def test_it_holds_the_rules_the_result_was_made_by(bundled):
    """The hashes of run.json are those of the bundled files; the policy reads back as the policy."""
    held = held_files(bundled)
    run = json.loads(held["result/run.json"])
    lists = {
        name.removeprefix("rules/code-lists/").removesuffix(".csv"): hashlib.sha256(content).hexdigest()
        for name, content in held.items()
        if name.startswith("rules/code-lists/")
    }
    assert lists == run["code_lists"] == code_list_hashes(2026)
    lock = held["rules/lock-2026.txt"]
    assert hashlib.sha256(lock).hexdigest() == run["rule_set_hash"] == lock_hash(for_year(2026))
    assert parse_policy(held["rules/policy.toml"].decode()) == Policy()
    assert sum(name.startswith("rules/sql/engine/") for name in held) == 12
    assert b"select" in held["rules/sql/readers/check_score.sql"]


def test_it_holds_the_fingerprints_of_the_inputs_and_the_packages(bundled, records):
    """The fingerprints are those of another program that knows BLAKE3."""
    import blake3

    held = held_files(bundled)
    lines = dict(reversed(line.split("  ")) for line in held["inputs.b3"].decode().splitlines())
    assert lines == {path.name: blake3.blake3(path.read_bytes()).hexdigest() for path in records.glob("*.csv")}
    packages = held["packages.txt"].decode().splitlines()
    assert any(line.startswith("duckdb==") for line in packages)
    assert packages[-1] == f"# Python {sys.version.split()[0]}"


def test_it_keeps_the_site_s_mapping_as_it_was_written(signing_key, tmp_path):
    write_clinic(tmp_path / "records", 20, 3, "fhir")
    mapping = tmp_path / "records" / "mapping.toml"
    lumbar("evaluate", tmp_path / "records", *YEAR, "--out", tmp_path / "result", "--no-report", "--mapping", mapping)
    lumbar("bundle", tmp_path / "result", "--out", tmp_path / "b.zip", "--key", signing_key)
    assert held_files(tmp_path / "b.zip")["rules/mapping.toml"] == mapping.read_bytes()


def test_other_programs_unpack_it_and_check_its_signature(bundled, tmp_path):
    """Python's zipfile, unzip's CRC check where there is one, and OpenSSL."""
    with zipfile.ZipFile(bundled) as archive:
        assert archive.testzip() is None
        assert all(info.compress_type == zipfile.ZIP_STORED for info in archive.infolist())
        assert {info.external_attr >> 16 for info in archive.infolist()} == {0o100600}
        archive.extractall(tmp_path)
    words = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "signer.pem", "-rawin", "-in", "manifest.json"]
    done = subprocess.run([*words, "-sigfile", "manifest.json.sig"], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    for line in json.loads((tmp_path / "manifest.json").read_bytes())["files"]:
        content = (tmp_path / line["path"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (line["bytes"], line["sha256"])


def test_the_chain_is_the_one_the_readme_describes(bundled):
    held = held_files(bundled)
    manifest = json.loads(held["manifest.json"])
    chain = hashlib.sha256(f"{manifest['form']} {manifest['made_with']}".encode()).hexdigest()
    for line in manifest["files"]:
        chain = hashlib.sha256(f"{chain} {line['sha256']} {line['bytes']} {line['path']}".encode()).hexdigest()
        assert line["chain"] == chain, line["path"]
    assert b'"<chain before> <sha256> <bytes> <path>"' in held["README.txt"]


def test_it_is_the_same_bytes_on_another_day(copied, released, signing_key, bundled, tmp_path):
    """Another folder, another process, files of another age, the exports named in another order."""
    for path in [*copied.rglob("*"), released]:
        os.utime(path, (86_400, 86_400))
    assert (
        lumbar("export", "qpp", copied, "--tin", "000456789", "--group", "--out", tmp_path / "submission.json").code
        == 0
    )
    ended = shell(
        *("bundle", copied, "--out", tmp_path / "again.zip"),
        *("--export", tmp_path / "submission.json", "--key", signing_key),
        environment={"TZ": "Pacific/Auckland", "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": "7"},
    )
    assert ended.code == 0, ended.err
    assert (tmp_path / "again.zip").read_bytes() == bundled.read_bytes()


def test_it_is_patient_data_nobody_else_may_read_and_says_so(copied, signing_key, tmp_path):
    ended = lumbar("bundle", copied, "--out", tmp_path / "b.zip", "--key", signing_key)
    assert (tmp_path / "b.zip").stat().st_mode & 0o777 == 0o600
    assert "The bundle holds patient data" in ended.err


def test_a_file_that_was_not_released_from_the_result_is_refused(copied, released, signing_key, tmp_path):
    """A line break more, and a file that no export wrote: neither was released from here."""
    changed = tmp_path / "changed.json"
    changed.write_bytes(released.read_bytes() + b"\n")
    for path in (changed, copied / "run.json"):
        ended = lumbar("bundle", copied, "--out", tmp_path / "b.zip", "--key", signing_key, "--export", path)
        assert_one_clear_line(ended)
        assert "was not released from" in ended.err
    assert not (tmp_path / "b.zip").exists()


def test_a_file_that_the_result_no_longer_bears_out_is_refused(copied, released, signing_key, tmp_path):
    """The result's operations were changed after the file was released: the recount tells, exit 1."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = copied / "outcome.parquet"
    table = pq.read_table(path)
    rows = table.to_pylist()
    place = next(place for place, row in enumerate(rows) if row["in_measure"] and row["status"] == "met")
    rows[place]["status"] = "not_met"
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)
    ended = lumbar("bundle", copied, "--out", tmp_path / "b.zip", "--key", signing_key, "--export", released)
    assert ended.code == 1
    assert "no longer says what the result says" in ended.err
    assert rows[place]["patient_id"] not in ended.err
    assert not (tmp_path / "b.zip").exists()


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("version", "0.0.9", "made with lumbar 0.0.9 and this is"),
        ("rule_set_hash", "0" * 64, "made with other rules or code lists"),
        ("code_lists", {}, "made with other rules or code lists"),
        ("packages", None, "run.json: has no usable packages; evaluate again"),
    ],
)
def test_a_result_of_other_rules_is_refused(key, value, said, copied, signing_key, tmp_path):
    run = json.loads((copied / "run.json").read_text())
    (copied / "run.json").write_text(json.dumps({**run, key: value}))
    before = listing(tmp_path)
    ended = lumbar("bundle", copied, "--out", tmp_path / "b.zip", "--key", signing_key)
    assert ended.code == 2
    assert said in ended.err
    assert listing(tmp_path) == before


def test_what_is_no_whole_result_or_no_file_is_refused(copied, signing_key, released, tmp_path):
    def refused(*words):
        ended = lumbar("bundle", *words, "--out", tmp_path / "b.zip", "--key", signing_key)
        assert ended.code == 2
        assert not (tmp_path / "b.zip").exists()
        return ended.err.splitlines()[-1]

    assert "no such file" in refused(copied, "--export", tmp_path / "nowhere.json")
    assert "two files are called submission.json" in refused(copied, "--export", released, "--export", released)
    strange = tmp_path / "a:b.json"
    shutil.copy(released, strange)
    assert "give the file another" in refused(copied, "--export", strange)
    (copied / "rate.parquet").unlink()
    assert "lacks rate.parquet; evaluate again" in refused(copied)
    assert "is no result folder" in refused(tmp_path)


def test_an_existing_file_is_as_it_was_when_bundling_fails(copied, signing_key, tmp_path):
    (tmp_path / "b.zip").write_bytes(b"mine")
    (copied / "rejected.parquet").unlink()
    assert lumbar("bundle", copied, "--out", tmp_path / "b.zip", "--key", signing_key).code == 2
    assert (tmp_path / "b.zip").read_bytes() == b"mine"


def test_where_the_result_cannot_be_written_to_the_release_is_made_and_says_it_is_not_noted(copied, tmp_path):
    """A file stands where the notes would go."""
    shutil.rmtree(copied / "released", ignore_errors=True)
    (copied / "released").write_text("")
    ended = lumbar("export", "qpp", copied, "--tin", "000456789", "--group", "--out", tmp_path / "s.json")
    assert ended.code == 0
    assert "the release is not noted in the result folder" in ended.err
    assert (tmp_path / "s.json").is_file()


def test_a_file_of_one_measure_and_surgeon_and_another_date_is_recounted_as_it_was_released(
    copied, signing_key, tmp_path
):
    """What the file was released with is noted; nothing is guessed from it."""
    import pyarrow.parquet as pq

    rows = pq.read_table(copied / "outcome.parquet", columns=["in_measure", "surgeon_npi"]).to_pylist()
    surgeon = min(row["surgeon_npi"] for row in rows if row["in_measure"] and row["surgeon_npi"])
    words = ("--tin", "000456789", "--measure", "459", "--npi", surgeon, "--on", "2027-03-01")
    assert lumbar("export", "qrda3", copied, *words, "--out", tmp_path / "one.xml").code == 0
    ended = lumbar(
        *("bundle", copied, "--out", tmp_path / "b.zip", "--key", signing_key, "--export", tmp_path / "one.xml")
    )
    assert ended.code == 0, ended.err
    (listed,) = json.loads(held_files(tmp_path / "b.zip")["exports.json"])
    how = {"kind": "qrda3", "measures": ["459"], "npi": surgeon, "on": "2027-03-01", "tin": "000456789"}
    assert listed == {"file": "one.xml", **how, "beside": "", "beside_sha256": ""}
    assert "one.xml (qrda3) recounted and equal" in lumbar("verify", tmp_path / "b.zip").out


@pytest.mark.parametrize(
    ("name", "content"), [("outcome", b"nonsense"), ("clinical/score", b""), ("rejected", b"PAR1")]
)
def test_a_result_with_a_table_that_cannot_be_read_is_not_signed(name, content, copied, signing_key, tmp_path):
    (copied / f"{name}.parquet").write_bytes(content)
    ended = lumbar("bundle", copied, "--out", tmp_path / "b.zip", "--key", signing_key)
    assert ended.code == 2
    assert f"cannot be read as the table {name.rpartition('/')[2]}; evaluate again" in ended.err
    assert not (tmp_path / "b.zip").exists()


def test_a_bundle_takes_no_other_file_s_place(copied, signing_key, tmp_path):
    """Neither a table of a result nor the file it is to hold."""
    submission = tmp_path / "s.json"
    assert lumbar("export", "qpp", copied, "--tin", "000456789", "--group", "--out", submission).code == 0
    before, sent = listing(copied), submission.read_bytes()
    for out in (copied / "outcome.parquet", copied / "b.zip", submission):
        ended = lumbar("bundle", copied, "--out", out, "--export", submission, "--key", signing_key)
        assert_one_clear_line(ended)
        assert "choose another --out" in ended.err
    assert (listing(copied), submission.read_bytes()) == (before, sent)

"""lumbar verify --inputs: an untouched bundle is confirmed by making its result again; what differs is named."""

import json
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bundles import forged, held_files
from command_line import assert_one_clear_line, listing, lumbar
from lumbar.store import open_result
from lumbar.synth import write_clinic
from lumbar.workflow.rerunning import RUN_AGAIN

OWNER = Ed25519PrivateKey.from_private_bytes(bytes(32))


def findings_of(path, records, *words):
    """The findings of the command run again, and what it told beside them."""
    ended = lumbar("verify", path, "--inputs", records, "--format", "json", *words)
    assert ended.out, ended.err
    told = json.loads(ended.out)
    assert ended.code == (1 if told["findings"] else 0)
    return [(finding["part"], finding["problem"]) for finding in told["findings"]], told


def rewritten(held, name, change, folder):
    """The held files with one table changed by hand."""
    path = folder / "changed.parquet"
    path.write_bytes(held[name])
    table = pq.read_table(path)
    rows = table.to_pylist()
    change(rows)
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)
    return {**held, name: path.read_bytes()}


def test_an_untouched_bundle_is_confirmed_by_running_it_again(bundled, signing_key, records, closed):
    """1,500 patients: every row of every table is made again and is the same."""
    ended = lumbar("verify", bundled, "--inputs", records, "--public-key", f"{signing_key}.pub")
    assert (ended.code, ended.err) == (0, "")
    result = open_result(closed)
    (line,) = [line for line in ended.out.splitlines() if line.startswith("Run again: ")]
    assert line.startswith("Run again: the inputs are the same; every row is the same: ")
    assert f"outcome {result.outcome.num_rows:,}," in line
    assert f"rejected {result.rejected.num_rows:,}," in line
    assert f"score {result.clinical('score').num_rows:,}," in line


@pytest.mark.parametrize("format_", ["fhir", "tables"])
def test_mapping_policy_measures_and_format_come_from_the_bundle_alone(format_, signing_key, tmp_path):
    """A site's own words, another policy, one measure: the records are all that verify is given."""
    write_clinic(tmp_path / "records", 60, 3, format_)
    site = tmp_path / "site.toml"
    shipped = tmp_path / "records" / "mapping.toml"
    site.write_text('timezone = "America/Chicago"\n' + (shipped.read_text() if shipped.exists() else ""))
    (tmp_path / "policy.toml").write_text('postoperative = "nearest"\nproxy = "count"\nworse_pain = "1.5"\n')
    words = ("--mapping", site, "--policy", tmp_path / "policy.toml", "--measure", "459", "--from", format_)
    day = ("--year", 2026, "--as-of", "2026-06-30")
    made = lumbar("evaluate", tmp_path / "records", *day, *words, "--out", tmp_path / "result", "--no-report")
    assert made.code == 0, made.err
    assert lumbar("bundle", tmp_path / "result", "--out", tmp_path / "b.zip", "--key", signing_key).code == 0
    site.unlink()
    shipped.unlink(missing_ok=True)
    found, told = findings_of(tmp_path / "b.zip", tmp_path / "records")
    assert found == []
    assert "every row is the same: outcome" in told["run_again"]


def test_a_row_of_each_kind_of_table_that_is_another_is_named_by_its_place(bundled, records, tmp_path):
    """Bundles that their owner changed and signed again: only the records tell. No patient's id is told."""
    held = held_files(bundled)

    def turned(rows):
        rows[40]["surgeon_npi"] = "0000000000"
        rows[40]["provisional"] = not rows[40]["provisional"]

    def fewer(rows):
        del rows[7]

    def other_score(rows):
        rows[99]["value"] += 1

    def other_rate(rows):
        rows[0]["excluded"] += 1

    for name, change, wanted in (
        (
            "result/outcome.parquet",
            turned,
            "1 of {n:,} rows differ when run again; the first is row 41, in surgeon_npi, ",
        ),
        ("result/rate.parquet", other_rate, "1 of {n:,} rows differ when run again; the first is row 1, in excluded"),
        ("result/rejected.parquet", fewer, "; run again there are {more:,}"),
        ("result/clinical/score.parquet", other_score, "1 of {n:,} rows differ when run again; the first is row 100"),
    ):
        changed = rewritten(held, name, change, tmp_path)
        del changed["exports/submission.json"]
        changed["exports.json"] = b"[]\n"
        found, _ = findings_of(forged(changed, tmp_path / "b.zip", OWNER), records)
        n = pq.read_metadata(tmp_path / "changed.parquet").num_rows
        assert [part for part, _ in found] == [name]
        assert wanted.format(n=n, more=n + 1) in found[0][1], found
        ids = set(pq.read_table(tmp_path / "changed.parquet").to_pydict().get("patient_id", []))
        assert not any(patient_id in found[0][1] for patient_id in ids)


def test_a_clinical_table_in_another_order_is_the_same(bundled, records, tmp_path):
    held = rewritten(held_files(bundled), "result/clinical/patient.parquet", lambda rows: rows.reverse(), tmp_path)
    assert findings_of(forged(held, tmp_path / "b.zip", OWNER), records)[0] == []


def test_inputs_that_are_not_those_it_was_made_from_are_named_and_nothing_is_run(bundled, records, tmp_path):
    changed = shutil.copytree(records, tmp_path / "records")
    with (changed / "score.csv").open("a", encoding="utf-8") as file:
        file.write("\n")
    (changed / "coverage.csv").unlink()
    found, told = findings_of(bundled, changed)
    assert sorted(found) == [
        ("input coverage.csv", "is not there"),
        ("input score.csv", "is not as it was when the result was made"),
    ]
    assert told["run_again"] == "not done: the inputs are not those the result was made from"
    assert told["untouched"] is True  # the records were changed, not the bundle


def test_an_input_that_was_not_there_is_named(bundled, records, tmp_path):
    more = shutil.copytree(records, tmp_path / "records")
    header = (records / "score.csv").read_text(encoding="utf-8").splitlines()[0]
    (more / "score-2.csv").write_text(header + "\n", encoding="utf-8")
    found, _ = findings_of(bundled, more)
    assert found == [("input score-2.csv", "is read now and was not then")]


def test_a_bundle_that_was_changed_is_not_run_again(bundled, records, tmp_path):
    held = held_files(bundled)
    held["rules/policy.toml"] += b"\n"
    found, told = findings_of(forged(held, tmp_path / "b.zip", OWNER), records)
    assert [part for part, _ in found] == ["rules/policy.toml"]
    assert told["run_again"] == "not done, because of what was found"


def test_another_rule_set_than_this_version_s_is_said_and_what_to_install(bundled, records, tmp_path):
    """A bundle of a later version: all fits in it, but this lumbar cannot make that result."""
    import hashlib

    held = held_files(bundled)
    lock = held["rules/lock-2026.txt"] + b"py2026.more = 1\n"
    run = json.loads(held["result/run.json"])
    run |= {"version": "0.2.0", "rule_set_hash": hashlib.sha256(lock).hexdigest()}
    held |= {"rules/lock-2026.txt": lock, "result/run.json": json.dumps(run).encode()}
    path = forged(held, tmp_path / "b.zip", OWNER)
    assert lumbar("verify", path).code == 0
    found, told = findings_of(path, records)
    assert [part for part, _ in found] == [RUN_AGAIN]
    assert "install lumbar 0.2.0 and verify again" in found[0][1]
    assert told["exports"] == "submission.json not recounted"
    assert told["this_lumbar"] == "0.1.0, with other rules and code lists"


def test_packages_of_other_versions_are_told(bundled, records, tmp_path):
    held = held_files(bundled)
    run = json.loads(held["result/run.json"])
    run["packages"]["duckdb"] = "1.0.0"
    packages = held["packages.txt"].splitlines(keepends=True)
    held["packages.txt"] = b"".join(b"duckdb==1.0.0\n" if line.startswith(b"duckdb=") else line for line in packages)
    held["result/run.json"] = json.dumps(run).encode()
    found, told = findings_of(forged(held, tmp_path / "b.zip", OWNER), records)
    assert found == []
    assert told["run_again"].endswith(" for 1.0.0")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("rule_set", "py2025"),
        ("package", "lumber"),
        ("warnings", ["all is well"]),
        ("approved_by", "CMS"),
        ("n_patients", 7),
    ],
)
def test_a_fact_of_run_json_that_is_another_is_named_though_signed_anew(name, value, bundled, records, tmp_path):
    held = held_files(bundled)
    held["result/run.json"] = json.dumps({**json.loads(held["result/run.json"]), name: value}).encode()
    found, _ = findings_of(forged(held, tmp_path / "b.zip", OWNER), records)
    assert found == [("result/run.json", f"{name} is another when run again")]


@pytest.fixture(scope="module")
def demo(signing_key, tmp_path_factory):
    """A demo and the bundle of its result, which holds a report and says that the clinic is made up."""
    folder = tmp_path_factory.mktemp("demo") / "demo"
    assert lumbar("demo", "--out", folder, "--patients", 60).code == 0
    path = folder.parent / "b.zip"
    assert lumbar("bundle", folder / "result", "--out", path, "--key", signing_key).code == 0
    return folder / "records", path


def test_the_report_is_made_again_and_is_the_same_to_the_byte(demo):
    records, path = demo
    found, told = findings_of(path, records)
    assert found == []
    assert "and so is the report" in told["run_again"]


def test_a_report_that_says_otherwise_is_named_though_signed_anew(demo, tmp_path):
    records, path = demo
    held = held_files(path)
    held["result/report.html"] = held["result/report.html"].replace(b"<p>", b"<p>All is well. ", 1)
    found, _ = findings_of(forged(held, tmp_path / "b.zip", OWNER), records)
    assert found == [("result/report.html", "is not the report of the result run again")]


def test_that_no_report_is_held_is_told(demo, tmp_path):
    """A result may be made without one, so that is no finding."""
    records, path = demo
    held = held_files(path)
    del held["result/report.html"]
    found, told = findings_of(forged(held, tmp_path / "b.zip", OWNER), records)
    assert found == []
    assert "a report is not held" in told["run_again"]


def test_a_report_made_with_other_versions_is_made_again_with_their_names(demo, tmp_path):
    records, path = demo
    held = held_files(path)
    run = json.loads(held["result/run.json"])
    engine = run["engine"]
    held["result/report.html"] = held["result/report.html"].replace(engine.encode(), b"DuckDB 0.0")
    held["result/run.json"] = json.dumps({**run, "engine": "DuckDB 0.0"}).encode()
    found, told = findings_of(forged(held, tmp_path / "b.zip", OWNER), records)
    assert found == []
    assert told["run_again"].endswith(f"; with engine {engine} for DuckDB 0.0")


def test_records_that_are_not_there_are_one_clear_line(bundled, tmp_path):
    assert_one_clear_line(lumbar("verify", bundled, "--inputs", tmp_path / "nowhere"))


def test_nothing_is_left_behind(bundled, records, tmp_path, monkeypatch):
    """What was unpacked and made again is patient data: gone afterwards."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    before = listing(bundled.parent)
    assert lumbar("verify", bundled, "--inputs", records).code == 0
    assert list(tmp_path.iterdir()) == []
    assert listing(bundled.parent) == before

"""Each command doing what it is for."""

import csv
import json
import re
import stat
import tomllib

import pyarrow.parquet as pq
import pytest

from command_line import YEAR, listing, lumbar, shell
from lumbar.measures.policy import Policy, parse_policy
from lumbar.readers.mapping import parse_mapping
from lumbar.tables.clinical import CLINICAL_TABLES
from lumbar.tables.results import REJECT_REASONS
from source_folder import tables_folder


def told(*words):
    """What the command prints when it ends well; on stderr there may be notes."""
    ended = lumbar(*words)
    assert ended.code == 0, ended
    assert all(line.startswith("Note: ") for line in ended.err.splitlines()), ended.err
    return ended.out


def test_the_default_mapping_printed_is_a_mapping_that_changes_nothing(tmp_path):
    text = told("evaluate", "--print-mapping")
    assert parse_mapping(text) == parse_mapping()
    assert tomllib.loads(text)
    (tmp_path / "site.toml").write_text(text)
    folder = tables_folder(tmp_path / "records")
    assert told("check", folder, "--mapping", tmp_path / "site.toml") == told("check", folder)


def test_the_default_policy_printed_is_the_default_policy():
    assert parse_policy(told("evaluate", "--print-policy")) == Policy()


def test_check_ends_with_0_when_nothing_is_rejected_and_prints_every_file(tmp_path):
    folder = tables_folder(tmp_path)
    (folder / "other.csv").write_text("a,b\n")
    ended = lumbar("check", folder)
    assert ended.code == 0
    assert re.findall(r"^(\S+\.csv) +(\d+) +(\d+) +(\d+) +(\d+)$", ended.out, re.M) == [
        (f"{name}.csv", "1", "1", "0", "0") for name in ("patient", "procedure", "score")
    ]
    assert "Note: other.csv was not read: no table is called so\n" in ended.err


def test_check_ends_with_1_when_a_row_is_rejected_and_says_where_the_first_are(clinic):
    ended = lumbar("check", clinic)
    assert ended.code == 1
    rejected = json.loads(lumbar("check", clinic, "--format", "json").out)["rejected"]
    told_counts = re.findall(r"^ +([\d,]+)  (\w+) +(\w+)", ended.out, re.M)
    assert sum(int(count.replace(",", "")) for count, _, _ in told_counts) == len(rejected)
    assert {(table, reason) for _, table, reason in told_counts} == {(r["table"], r["reason"]) for r in rejected}
    assert {reason for _, _, reason in told_counts} <= set(REJECT_REASONS)
    places = set(re.findall(r"\b(\w+\.csv):(\d+)", ended.out))
    assert len(places) >= len(told_counts) >= 4
    assert places <= {(row["source"], str(row["line"])) for row in rejected}


def test_check_as_json_has_the_same_facts_and_every_rejected_row(clinic):
    ended = lumbar("check", clinic, "--format", "json")
    assert ended.code == 1
    facts = json.loads(ended.out)
    assert set(facts) == {"inputs", "warnings", "rejected"}
    for file in facts["inputs"]:
        assert file["rows"] == file["mapped"] + file["rejected"] + file["of_no_concern"]
        lines = {row["line"] for row in facts["rejected"] if row["source"] == file["file"]}
        assert len(lines) == file["rejected"]
        assert re.fullmatch(r"[0-9a-f]{64}", file["blake3"])
        assert file["bytes"] == (clinic / file["file"]).stat().st_size
    assert {tuple(row) for row in facts["rejected"]} == {("source", "line", "table", "record_id", "reason", "detail")}


def test_the_lines_check_names_are_the_lines_of_the_file(clinic):
    """A rejected row's id stands in the line it is said to stand in."""
    facts = json.loads(lumbar("check", clinic, "--format", "json").out)
    files = {file["file"]: (clinic / file["file"]).read_text().splitlines() for file in facts["inputs"]}
    named = [row for row in facts["rejected"] if row["record_id"]]
    assert len(named) > 5
    for row in named:
        assert row["record_id"] in files[row["source"]][row["line"] - 1]


def test_the_template_has_headers_to_fill_an_example_that_reads_cleanly_and_a_dictionary(tmp_path):
    folder = tmp_path / "tables"
    out = told("template", folder)
    assert f"lumbar check {folder}/example" in out
    for table in CLINICAL_TABLES:
        header = (folder / "empty" / f"{table.name}.csv").read_text()
        assert header == ",".join(column.name for column in table.user_columns) + "\n"
        assert f"## {table.name}" in (folder / "DICTIONARY.md").read_text()
    assert lumbar("check", folder / "example").code == 0
    evaluated = told("evaluate", folder / "example", *YEAR, "--out", tmp_path / "result", "--no-report")
    assert "rejected" not in evaluated
    assert pq.read_table(tmp_path / "result" / "outcome.parquet").num_rows >= 60


def test_evaluate_prints_the_rates_it_wrote(evaluated, clinic, tmp_path):
    out = told("evaluate", clinic, *YEAR, "--out", tmp_path / "result", "--no-report")
    rates = {(row["measure_id"], row["stratum"]): row for row in pq.read_table(evaluated / "rate.parquet").to_pylist()}
    told_rates = [line.split() for line in out.splitlines() if re.match(r"\d{3} {3,}", line)]
    assert {(words[0], words[1]) for words in told_rates} == rates.keys()
    for words in told_rates:
        row = rates[words[0], words[1]]
        counts = [row[name] for name in ("eligible", "met", "not_met", "not_assessed")]
        assert [int(word) for word in words[2:7]] == [*counts, row["open"] + row["upcoming"]]
        if row["rate"] is None:
            assert words[7:] == ["undefined"]
        else:
            names = ("response_rate", "rate", "rate_low", "rate_high", "bound_low", "bound_high")
            assert [word for word in words if word.endswith("%")] == [f"{row[name]:.1%}" for name in names]
    assert f"Result: {tmp_path / 'result'}" in out
    assert "report.html" not in out


def test_a_rate_of_nothing_is_undefined_and_never_0(tmp_path):
    out = told(
        "evaluate",
        tables_folder(tmp_path / "records"),
        "--year",
        "2026",
        "--as-of",
        "2025-03-10",
        "--no-report",
        "--out",
        tmp_path / "r",
    )
    assert out.count("undefined") == 9


def test_a_result_folder_is_private_and_says_what_it_was_made_of(evaluated, clinic):
    assert stat.S_IMODE(evaluated.stat().st_mode) == 0o700
    run = json.loads((evaluated / "run.json").read_text())
    assert (run["package"], run["year"], run["as_of"], run["rule_set"]) == ("lumbar", 2026, "2026-11-21", "py2026")
    assert run["measures"] == ["459", "461", "471"]
    assert run["policy"] == Policy().as_json()
    assert {file["file"] for file in run["inputs"]} == {path.name for path in clinic.glob("*.csv")}
    assert all(re.fullmatch("[0-9a-f]{64}", value) for value in (run["rule_set_hash"], *run["code_lists"].values()))
    assert str(clinic) not in (evaluated / "run.json").read_text()


def test_the_clinical_tables_of_a_result_hold_only_patients_with_an_episode(evaluated):
    episodes = set(pq.read_table(evaluated / "outcome.parquet")["patient_id"].to_pylist())
    for table in CLINICAL_TABLES:
        held = set(pq.read_table(evaluated / "clinical" / f"{table.name}.parquet")["patient_id"].to_pylist())
        assert held <= episodes
    assert held


def test_one_measure_alone_gives_that_measures_rows_unchanged(evaluated, clinic, tmp_path):
    told("evaluate", clinic, *YEAR, "--out", tmp_path / "r", "--measure", "461", "--no-report")
    alone = pq.read_table(tmp_path / "r" / "outcome.parquet").to_pylist()
    every = pq.read_table(evaluated / "outcome.parquet").to_pylist()
    assert alone == [row for row in every if row["measure_id"] == "461"]
    assert {row["measure_id"] for row in pq.read_table(tmp_path / "r" / "rate.parquet").to_pylist()} == {"461"}


def test_a_policy_given_is_followed_and_named(clinic, evaluated, tmp_path):
    (tmp_path / "policy.toml").write_text('postoperative = "earliest"\nproxy = "count"\n')
    told("evaluate", clinic, *YEAR, "--out", tmp_path / "r", "--policy", tmp_path / "policy.toml", "--no-report")
    run = json.loads((tmp_path / "r" / "run.json").read_text())
    assert (run["policy"]["postoperative"], run["policy"]["proxy"]) == ("earliest", "count")
    other = pq.read_table(tmp_path / "r" / "outcome.parquet").to_pylist()
    latest = pq.read_table(evaluated / "outcome.parquet").to_pylist()
    dates = [(a["postoperative_on"], b["postoperative_on"]) for a, b in zip(other, latest, strict=True)]
    both = [(early, late) for early, late in dates if early and late]
    assert all(early <= late for early, late in both)
    assert any(early < late for early, late in both)


def test_explain_tells_the_stored_result_as_text_and_as_json(evaluated):
    rows = pq.read_table(evaluated / "outcome.parquet").to_pylist()
    row = next(r for r in rows if r["in_measure"] and r["status"] == "not_met" and r["preoperative_score"] is not None)
    text = told("explain", evaluated, row["episode_id"])
    assert row["code"] in text
    assert row["preoperative_score_id"] in text
    assert f"CQM {row['measure_id']} (2026)" in text
    proof = json.loads(told("explain", evaluated, row["episode_id"], "--format", "json"))
    found = [(r["instrument"], r["timepoint"], r["status"], r["code"]) for r in proof["rows"]]
    stored = [r for r in rows if r["episode_id"] == row["episode_id"]]
    assert sorted(found) == [(r["instrument"], r["timepoint"], r["status"], r["code"]) for r in stored]


def test_explain_is_readable_where_the_terminal_knows_no_unicode(evaluated):
    """What cannot be shown becomes a question mark; it is no failure."""
    episode_id = pq.read_table(evaluated / "outcome.parquet")["episode_id"][0].as_py()
    ended = shell("explain", evaluated, episode_id, environment={"PYTHONIOENCODING": "latin-1"})
    assert (ended.code, ended.err) == (0, "")
    assert "?????" in ended.out  # the lines drawn
    assert episode_id in ended.out


def test_the_report_is_written_again_the_same_where_it_was_or_elsewhere(evaluated, tmp_path):
    first = (evaluated / "report.html").read_bytes()
    assert told("report", evaluated, "--out", tmp_path / "shown.html") == f"Report: {tmp_path / 'shown.html'}\n"
    assert (tmp_path / "shown.html").read_bytes() == first
    assert listing(tmp_path).keys() == {"shown.html"}


def test_purge_asks_and_then_removes_the_folder_and_nothing_beside_it(result, tmp_path):
    (tmp_path / "beside").write_text("x")
    before = listing(tmp_path)
    for answer in ("n\n", ""):
        ended = shell("purge", result, answer=answer)
        assert ended.code == 2
        assert ended.err.endswith("lumbar: stopped; nothing was changed\n")
        assert listing(tmp_path) == before
    assert told("purge", result, "--yes") == f"Removed {result}\n"
    assert listing(tmp_path) == {"beside": b"x"}


@pytest.mark.parametrize("format_", ["tables", "fhir"])
def test_synth_writes_records_that_check_reads(format_, tmp_path):
    out = told("synth", tmp_path / "records", "--patients", "5", "--seed", "3", "--format", format_)
    assert out.startswith("Wrote 5 synthetic patients")
    assert lumbar("check", tmp_path / "records").code in (0, 1)
    told("synth", tmp_path / "again", "--patients", "5", "--seed", "3", "--format", format_)
    assert listing(tmp_path / "again") == listing(tmp_path / "records")


def test_demo_makes_a_clinic_evaluates_it_and_says_what_to_try_next(tmp_path):
    ended = lumbar("demo", "--patients", "40", "--out", tmp_path / "demo")
    assert ended.code == 0
    out = ended.out
    assert (tmp_path / "demo" / "result" / "report.html").stat().st_size > 50_000
    explain = re.search(r"lumbar (explain \S+ \S+)", out)[1].split()
    assert lumbar(*explain).code == 0
    assert f"lumbar check {tmp_path / 'demo' / 'records'}" in out
    assert "no record is of a person" in ended.out + ended.err


def test_a_comma_in_an_id_and_letters_of_any_script_go_all_the_way(tmp_path):
    patient_id = 'Łu, "猫"@home'
    patient = [{"patient_id": patient_id, "birth_date": "1960-01-01"}]
    line = {
        "procedure_id": "1",
        "patient_id": patient_id,
        "performed_on": "2025-03-03",
        "system": "cpt",
        "code": "63030",
    }
    score = {"score_id": "s", "patient_id": patient_id, "instrument": "back_pain", "scale": "nrs", "value": "7"}
    scores = [{**score, "assessed_on": "2025-02-24"}]
    folder = tables_folder(tmp_path / "records", patient=patient, procedure=[line], score=scores)
    told("evaluate", folder, *YEAR, "--out", tmp_path / "r", "--no-report")
    episode_id = f"{patient_id}@2025-03-03"
    assert set(pq.read_table(tmp_path / "r" / "outcome.parquet")["episode_id"].to_pylist()) == {episode_id}
    assert json.loads(told("explain", tmp_path / "r", episode_id, "--format", "json"))["patient_id"] == patient_id
    with (folder / "patient.csv").open(newline="") as file:
        assert next(csv.DictReader(file))["patient_id"] == patient_id

"""The command score as a quality manager meets it."""

import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from command_line import assert_one_clear_line, lumbar

SAMPLE = Path(__file__).parent.parent / "fixtures" / "scoring" / "other-benchmarks-2026-sample.json"


def told(*words):
    ended = lumbar("score", *words)
    assert (ended.code, ended.err) == (0, ""), ended
    return ended.out


def facts(*words):
    return json.loads(told(*words, "--format", "json"))


@pytest.fixture(scope="module")
def log(evaluated, tmp_path_factory):
    """A log of every operation of the result, three that it lacks, a foreign one, and a bad line."""
    rows = pq.read_table(evaluated / "outcome.parquet").to_pylist()
    operations = sorted({(row["patient_id"], str(row["index_date"]), row["kind"]) for row in rows})
    code = {"discectomy": "63030", "fusion": "22612"}
    lines = [f"{patient},{on},{code[kind]},1234567893" for patient, on, kind in operations]
    lines += [f"nobody-{n},2025-05-05,63030,1234567893" for n in range(3)]
    lines += ["nobody-4,2025-05-05,63020,1234567893", "nobody-5,soon,63030,1234567893"]
    path = tmp_path_factory.mktemp("log") / "log.csv"
    path.write_text("\n".join(["patient_id,performed_on,code,surgeon_npi", *lines, ""]))
    return path


def test_without_a_log_completeness_is_said_to_be_unknown(evaluated):
    text = " ".join(told(evaluated, "--practice", "large").split())
    assert text.count("completeness cannot be known from these data; it needs the surgical log") == 3
    assert text.count("points 0 of 10, whether the data are complete or not") == 3
    assert text.count("BR-009") == 3
    assert "Met is not recovered, and not met is not failed surgery." in text


def test_a_small_practice_has_three_points_without_a_benchmark(evaluated):
    found = facts(evaluated, "--practice", "small")
    assert [(m["points"]["points"], m["points"]["confidence"]) for m in found["measures"]] == [(3.0, "certain")] * 3


def test_the_log_is_accounted_for_line_by_line_and_compared(evaluated, log):
    found = facts(evaluated, "--practice", "large", "--log", log)
    told_log = found["surgical_log"]
    assert told_log["rejected"] == {"imprecise_date": 1}
    assert told_log["of_no_concern"]["no_qualifying_code"] == 1
    assert told_log["lines"] == told_log["used"] + 1 + sum(told_log["of_no_concern"].values())
    rate = {row["measure_id"]: row for row in pq.read_table(evaluated / "rate.parquet").to_pylist()}  # overall is last
    for measure in found["measures"]:
        row, completeness = rate[measure["measure_id"]], measure["completeness"]
        assert measure["cases"] == row["eligible"]
        assert completeness["judged"] == row["met"] + row["not_met"] + row["excluded"]
        assert completeness["pending"] == row["open"] + row["upcoming"]
        assert completeness["lacking"] >= 3
        assert completeness["not_in_log"] == 0
        (pair,) = completeness["by_tin_npi"]
        assert (pair["surgeon_npi"], pair["eligible"]) == ("1234567893", completeness["eligible"])
    text = told(evaluated, "--practice", "large", "--log", log)
    assert f"Surgical log: {told_log['lines']} lines = " in text
    assert "NPI 1234567893" in text
    assert "nobody" not in text


def test_a_log_that_lacks_operations_of_the_result_is_said_to_lack_them(evaluated, tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("patient_id,performed_on,code\nnobody,2025-05-05,63030\n")
    text = " ".join(told(evaluated, "--practice", "large", "--log", path).split())
    assert "; it is not the whole log" in text
    assert "0.0 %, 0 of 1 operations of the log judged, 1 lacking in the result; 75 % wanted: not reached" in text


def test_a_benchmark_file_without_our_measures_changes_nothing(evaluated):
    without = facts(evaluated, "--practice", "large")
    assert facts(evaluated, "--practice", "large", "--benchmarks", SAMPLE) == without


def test_a_benchmark_of_our_measure_is_applied_by_decile(evaluated, tmp_path):
    entries = json.loads(SAMPLE.read_text())
    path = tmp_path / "benchmarks.json"
    path.write_text(json.dumps([*entries, {**entries[1], "measureId": "459"}]))
    found = {m["measure_id"]: m for m in facts(evaluated, "--practice", "large", "--benchmarks", path)["measures"]}
    ours = found["459"]
    enough = ours["cases"] >= 20
    assert ours["points"]["reason"] == ("benchmark" if enough else "below_case_minimum")
    assert enough, "the clinic of these tests is large enough to be scored"
    opens = ours["benchmark"]["decile_opens"]
    decile = ours["points"]["decile"]
    assert opens[decile - 1] <= ours["value"] < opens[decile]
    assert decile <= ours["points"]["points"] <= decile + 0.9
    assert found["461"]["points"]["reason"] == "no_benchmark"
    assert f"falls in decile {decile}" in " ".join(told(evaluated, "--practice", "large", "--benchmarks", path).split())


@pytest.mark.parametrize(
    ("option", "content", "complaint"),
    [
        ("--log", None, "no such file"),
        ("--log", b"patient_id,performed_on\n", "lacks the column code"),
        ("--log", b"patient_id,performed_on,code,room\n", "a column we do not know, 'room'"),
        ("--log", b"\xff\xfe\x00", "cannot be read as a CSV file in UTF-8"),
        ("--log", b"patient_id,performed_on,code\nsecret-1,\x00,63030\n", ""),
        ("--benchmarks", None, "no such file"),
        ("--benchmarks", b"{", "cannot be read as JSON"),
        ("--benchmarks", b"{}", "no list of benchmarks"),
        (
            "--benchmarks",
            b'[{"measureId":"459","performanceYear":2026,"submissionMethod":"registry","percentiles":{"1":9,"10":8,'
            b'"20":20,"30":30,"40":40,"50":50,"60":60,"70":70,"80":80,"90":90}}]',
            "percentiles that are not ascending",
        ),
    ],
)
def test_bad_input_is_one_clear_line(evaluated, tmp_path, option, content, complaint):
    path = tmp_path / "given"
    if content is not None:
        path.write_bytes(content)
    ended = lumbar("score", evaluated, "--practice", "large", option, path)
    if not complaint:
        assert ended.code == 0  # a line that cannot be read is rejected, not an error
        assert "secret" not in ended.out + ended.err
        return
    assert_one_clear_line(ended)
    assert complaint in ended.err


def test_a_practice_must_be_named_and_be_small_or_large(evaluated):
    assert_one_clear_line(lumbar("score", evaluated))
    assert_one_clear_line(lumbar("score", evaluated, "--practice", "medium"))


def test_a_folder_that_is_no_result_is_refused(tmp_path):
    assert_one_clear_line(lumbar("score", tmp_path, "--practice", "large"))


def test_scoring_writes_nothing(evaluated, tmp_path):
    copy = shutil.copytree(evaluated, tmp_path / "result")
    before = {path.name: path.stat().st_mtime_ns for path in copy.rglob("*")}
    told(copy, "--practice", "large")
    assert {path.name: path.stat().st_mtime_ns for path in copy.rglob("*")} == before


def test_evaluate_tells_how_reported_codes_compare(evaluated, clinic, tmp_path):
    ended = lumbar(
        "evaluate", clinic, "--year", "2026", "--as-of", "2026-11-21", "--no-report", "--out", tmp_path / "r"
    )
    reported = facts(evaluated, "--practice", "large")["reported_codes"]
    assert sum(reported.values()) > reported["never_reported"] > 0
    line = ", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in reported.items())
    assert f"Codes already in the data, of results in the measure or excluded from it: {line}." in ended.out

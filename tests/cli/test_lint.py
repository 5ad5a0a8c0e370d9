"""`lumbar lint`: what it prints, how it ends."""

import json
import re
from datetime import date

import pytest

from command_line import assert_one_clear_line, lumbar
from source_files import ROOT

FIXTURES = ROOT / "tests" / "fixtures"
RIGHT = FIXTURES / "briefs" / "right.md"
WRONG = FIXTURES / "lint" / "header_not_billable-M54.5-line4.txt"
ON = ("--on", "2026-11-21")


def test_a_right_brief_ends_with_0():
    ended = lumbar("lint", RIGHT, *ON)
    assert ended == (0, f"{RIGHT}: nothing found\n0 findings in 1 file\n", "")


def test_a_wrong_one_ends_with_1_and_says_where_what_and_what_is_true():
    ended = lumbar("lint", RIGHT, WRONG, *ON)
    assert (ended.code, ended.err) == (1, "")
    assert ended.out.splitlines()[:3] == [
        f"{RIGHT}: nothing found",
        f"{WRONG}: 1 finding",
        f"  {WRONG}:4: error: M54.5 header_not_billable",
    ]
    assert "    says:  M54.5 is “Low back pain”\n" in ended.out
    assert re.search(r"    truth: a header since 2021-10-01.*use M54.50, M54.51, M54.59 \(CDC", ended.out)
    assert ended.out.endswith("1 finding (1 error, 0 warnings) in 2 files\n")


def test_json_has_one_shape_whether_something_is_found_or_not():
    assert json.loads(lumbar("lint", RIGHT, *ON, "--format", "json").out) == {"findings": []}
    ended = lumbar("lint", WRONG, *ON, "--format", "json")
    assert ended.code == 1
    told = json.loads(ended.out)
    assert list(told) == ["findings"]
    (finding,) = told["findings"]
    assert list(finding) == ["code", "kind", "severity", "says", "truth", "source", "file", "line"]
    assert (finding["code"], finding["kind"], finding["severity"]) == ("M54.5", "header_not_billable", "error")
    assert (finding["file"], finding["line"]) == (str(WRONG), 4)


def test_without_a_day_it_is_today_and_says_so():
    ended = lumbar("lint", RIGHT)
    assert re.match(r"Codes as of today, \d{4}-\d\d-\d\d; --on YYYY-MM-DD for another day\n$", ended.err)
    date.fromisoformat(ended.err[19:29])


def test_the_day_decides():
    assert lumbar("lint", WRONG, "--on", "2020-05-01").code == 0


@pytest.mark.parametrize("day", ["soon", "2026-02-30", "", "2026-11-21T10:00"])
def test_a_day_that_is_none_is_one_clear_line(day):
    ended = lumbar("lint", RIGHT, "--on", day)
    assert_one_clear_line(ended)
    assert "YYYY-MM-DD" in ended.err


def test_a_file_that_cannot_be_read_is_one_clear_line(tmp_path):
    binary = tmp_path / "scan.pdf"
    binary.write_bytes(b"%PDF\0\1")
    columns = tmp_path / "people.csv"
    columns.write_text("name,born\nMiller,1970\n")
    for path in (tmp_path / "none.md", tmp_path, binary, columns):
        ended = lumbar("lint", RIGHT, path, *ON)
        assert_one_clear_line(ended, "Miller")
        assert str(path) in ended.err


def test_no_file_is_bad_usage():
    assert_one_clear_line(lumbar("lint"))

"""The command ledger as a quality manager and a script meet it."""

import json
import shutil

import pyarrow.parquet as pq
import pytest

from command_line import assert_one_clear_line, lumbar
from lumbar.followup.groups import DIMENSIONS
from report_page import read

KEYS = ["measure_id", "stratum", "all", "locked_met", "locked_not_met", "open", "upcoming"]
KEYS += ["floor", "ceiling", "forecast", "forecast_low", "forecast_high"]


@pytest.fixture(scope="module")
def during(clinic, tmp_path_factory):
    """A result of a day inside the year, with windows locked, open and upcoming; never written to."""
    folder = tmp_path_factory.mktemp("ledger") / "result"
    ended = lumbar("evaluate", clinic, "--year", "2026", "--as-of", "2026-01-15", "--out", folder, "--no-report")
    assert ended.code == 0
    return folder


def told(*words):
    ended = lumbar("ledger", *words)
    assert (ended.code, ended.err) == (0, ""), ended
    return ended.out


def rows(*words):
    return json.loads(told(*words, "--format", "json"))["rows"]


def test_the_json_has_the_rows_of_the_rate_table_and_just_the_keys_that_are_promised(during):
    rate = pq.read_table(during / "rate.parquet").to_pylist()
    got = rows(during)
    assert [(row["measure_id"], row["stratum"]) for row in got] == [(r["measure_id"], r["stratum"]) for r in rate]
    for row, of_rate in zip(got, rate, strict=True):
        assert list(row) == KEYS
        assert row["all"] == of_rate["eligible"]
        assert row["all"] == row["locked_met"] + row["locked_not_met"] + row["open"] + row["upcoming"]
        assert row["floor"] <= row["forecast_low"] <= row["forecast"] <= row["forecast_high"] <= row["ceiling"]
    assert any(row["open"] for row in got)
    assert any(row["upcoming"] for row in got)
    assert any(row["locked_met"] for row in got)


@pytest.mark.parametrize("by", DIMENSIONS)
def test_broken_down_every_row_names_its_group_under_the_name_of_the_dimension(during, by):
    whole, parts = rows(during), rows(during, "--by", by)
    for row in parts:
        assert list(row) == [*KEYS[:2], by, *KEYS[2:]]
    for row in whole:
        own = [part for part in parts if (part["measure_id"], part["stratum"]) == (row["measure_id"], row["stratum"])]
        for name in KEYS[2:7]:
            assert sum(part[name] for part in own) == row[name]


def test_where_nothing_waits_floor_ceiling_and_forecast_are_the_rate(evaluated):
    """In November 2026 every window of three months has closed."""
    rate = {(r["measure_id"], r["stratum"]): r for r in pq.read_table(evaluated / "rate.parquet").to_pylist()}
    ended = [row for row in rows(evaluated) if row["all"] and not row["open"] + row["upcoming"]]
    assert ended
    for row in ended:
        assert row["floor"] == row["ceiling"] == row["forecast"] == rate[row["measure_id"], row["stratum"]]["rate"]


def test_the_json_says_what_the_forecast_rests_on(during):
    facts = json.loads(told(during, "--format", "json"))
    assert (facts["year"], facts["as_of"], facts["postoperative"], facts["by"]) == (2026, "2026-01-15", "latest", None)
    method = facts["forecast_method"]
    assert method["confidence"] == 0.8
    assert "beta-binomial" in method["method"]
    assert all(h["met"] <= h["answered"] <= h["closed"] for h in method["history"])
    assert any(h["closed"] for h in method["history"])


def test_the_table_says_the_same_in_words(during):
    text = told(during)
    overall = next(row for row in rows(during) if row["stratum"] == "overall")
    line = next(line for line in text.splitlines() if line.startswith(f"{overall['measure_id']:9}overall"))
    assert line.split()[2:7] == [f"{overall[name]:,}" for name in KEYS[2:7]]
    assert f"{overall['forecast_low']:.1%} to {overall['forecast_high']:.1%}" in line
    for said in ("Met is not recovered", "because of a result", "rests on these closed rows"):
        assert said in text


def test_surgeons_are_not_ranked_and_the_page_does_not_draw_them(during):
    assert "Surgeons stand" not in told(during, "--by", "payer")
    assert "Surgeons stand in the order of their numbers" in told(during, "--by", "surgeon")
    page = read(told(during, "--by", "surgeon", "--format", "html"))
    assert not list(page.all("ul", **{"class": "bars"}))
    assert "Surgeons stand in the order of their numbers" in page.text


def test_the_page_holds_the_table_and_a_bar_for_each_row(during):
    page = read(told(during, "--format", "html"))
    counted = [row for row in rows(during) if row["all"]]
    assert len([bar for bars in page.all("ul", **{"class": "bars"}) for bar in bars.all("svg")]) == len(counted)
    cells = [cells for table in page.all("table") for cells in table.rows()]
    for row in counted:
        assert any(cells[1:6] == [f"{row[name]:,}" for name in KEYS[2:7]] for cells in cells), row
    assert not list(page.all("script"))
    assert all(list(table.all("caption")) for table in page.all("table"))


def test_the_same_result_gives_the_same_bytes_printed_and_written(during, tmp_path):
    for form in ("table", "json", "html"):
        out = tmp_path / f"ledger.{form}"
        printed = told(during, "--format", form)
        assert told(during, "--format", form) == printed
        assert told(during, "--format", form, "--out", out) == f"Ledger: {out}\n"
        assert out.read_text(encoding="utf-8") == printed


def test_a_file_is_not_written_into_the_result(during, tmp_path):
    copy = shutil.copytree(during, tmp_path / "result")
    before = sorted(copy.rglob("*"))
    assert_one_clear_line(lumbar("ledger", copy, "--format", "html", "--out", copy / "run.json"))
    assert sorted(copy.rglob("*")) == before


@pytest.mark.parametrize("words", [["--by", "star-sign"], ["--format", "pdf"]])
def test_what_is_not_known_is_refused(during, words):
    ended = lumbar("ledger", during, *words)
    assert ended.code == 2
    assert ended.out == ""


def test_a_folder_that_is_no_result_is_one_clear_line(tmp_path):
    assert_one_clear_line(lumbar("ledger", tmp_path))
    assert_one_clear_line(lumbar("ledger", tmp_path / "not-there"))

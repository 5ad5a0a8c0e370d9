"""`lumbar path` and `lumbar persistent-pain` as a user meets them."""

import json
import shutil
from datetime import date

import pytest

from arrow_tables import arrow_table
from command_line import assert_one_clear_line, cpu_seconds, lumbar
from follow_up_cases import AS_OF, MET, NOT_MET, OPEN, YEAR, follow_up_cases
from lumbar.tables.clinical import CLINICAL_TABLES
from lumbar.tables.results import REJECTED
from lumbar.workflow import stored
from lumbar.workflow.paths import path_of, paths_of, persistent_pain_of
from lumbar.workflow.result import InMemory, Result, part_of
from result_folder import result_folder

EPISODE = f"{NOT_MET}@2025-03-03"


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    """The result of the follow-up cases."""
    return result_folder(tmp_path_factory.mktemp("paths") / "result", follow_up_cases(), YEAR, AS_OF)


def test_the_text_is_a_timeline_with_the_days_left(cases):
    ended = lumbar("path", cases, "case open@2025-09-15")
    assert (ended.code, ended.err) == (0, "")
    lines = {line[:22].strip(): line[22:].strip() for line in ended.out.splitlines() if line.startswith("  ")}
    assert lines["One-year window"].split("  ")[0] == "15 June 2026 to 15 December 2026"
    assert lines["One-year window"].endswith("open; 25 days left of 184, the as-of date counted")
    assert "[ ] Back pain at one year: awaited; can be asked until 15 December 2026" in ended.out


def test_the_json_is_the_path_as_values(cases):
    ended = lumbar("path", cases, EPISODE, "--format", "json")
    value = json.loads(ended.out)
    assert value["episode_id"] == EPISODE
    assert {row["timepoint"]: row["status"] for row in value["judged"] if row["instrument"] == "back_pain"} == {
        "three_month": "not_met",
        "one_year": "not_assessed",
    }


@pytest.mark.parametrize(
    ("words", "heading"), [(("path", EPISODE), "Path of a patient"), (("persistent-pain",), "Not met or worse")]
)
def test_html_is_a_page_in_a_file(cases, tmp_path, words, heading):
    command, *more = words
    out = tmp_path / "page.html"
    ended = lumbar(command, cases, *more, "--format", "html", "--out", out)
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    page = out.read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert f"<h1>{heading}" in page
    assert lumbar(command, cases, *more, "--format", "html").out == page


@pytest.mark.parametrize("words", [("path", EPISODE), ("persistent-pain",)])
def test_a_file_of_the_result_or_of_its_records_is_not_replaced(cases, tmp_path, words):
    command, *more = words
    copy = shutil.copytree(cases, tmp_path / "result")
    stored_bytes = (copy / "outcome.parquet").read_bytes()
    assert_one_clear_line(lumbar(command, copy, *more, "--out", copy / "outcome.parquet"))
    assert (copy / "outcome.parquet").read_bytes() == stored_bytes
    run = json.loads((copy / "run.json").read_text(encoding="utf-8"))
    (copy / "run.json").write_text(json.dumps(run | {"inputs": [{"file": "score.csv"}]}), encoding="utf-8")
    record = tmp_path / "score.csv"
    record.write_text("a record", encoding="utf-8")
    assert_one_clear_line(lumbar(command, copy, *more, "--out", record))
    assert record.read_text(encoding="utf-8") == "a record"


def test_an_episode_that_is_not_there_is_told_in_one_line(cases, tmp_path):
    for episode_id in ("nobody@2025-03-03", NOT_MET):
        ended = lumbar("path", cases, episode_id, "--format", "html", "--out", tmp_path / "page.html")
        assert ended.code == 2
        assert ended.out == ""
        assert "no episode of that id" in ended.err
        assert len(ended.err.splitlines()) == 1
    assert not (tmp_path / "page.html").exists()


def test_a_folder_that_is_no_result_is_told_in_one_line(tmp_path):
    for words in (("path", tmp_path, "a@2025-03-03"), ("persistent-pain", tmp_path)):
        ended = lumbar(*words)
        assert (ended.code, ended.out) == (2, "")
        assert len(ended.err.splitlines()) == 1


def test_the_reading_list_has_who_is_not_met_and_nobody_whose_window_is_open(cases):
    ended = lumbar("persistent-pain", cases, "--format", "json")
    value = json.loads(ended.out)
    assert [course["patient_id"] for course in value["courses"]] == [NOT_MET]
    assert value["n_undecided"] == 2  # a fusion of 15 September 2025, and the second operation of `case twice`
    assert "1 courses" in lumbar("persistent-pain", cases).out


def test_many_paths_at_once_are_the_paths_one_by_one(evaluated):
    result = stored(evaluated)
    many = list(paths_of(result))
    assert {one.episode_id for one in many} == set(result.outcome["episode_id"].to_pylist())
    assert len(many) > 50
    for one in many[::7]:
        assert path_of(result, one.episode_id) == one
    some = [many[3].episode_id, many[1].episode_id, "nobody@2025-01-01"]
    assert list(paths_of(part_of(result, some))) == [many[1], many[3]]


def test_one_path_and_many_know_who_declined_and_whose_refusal_may_be_lost(tmp_path):
    clinic = follow_up_cases()
    clinic["contact"] = [{"patient_id": OPEN, "declined_on": AS_OF}]
    folder = result_folder(tmp_path / "result", clinic, YEAR, AS_OF)
    assert "The patient asked not to be contacted" in lumbar("path", folder, f"{OPEN}@2025-09-15").out
    rejected = [{"source": "contact.csv", "line": 2, "table": "contact", "record_id": MET, "reason": "unparsable"}]
    result = stored(folder)
    tables = {t.name: result.clinical(t.name) for t in CLINICAL_TABLES}
    unclear = Result(InMemory(result.outcome, result.rate, arrow_table(REJECTED, rejected), result.run, tables))
    many = {one.patient_id: one for one in paths_of(unclear)}
    told = {patient_id: one.kept_off for patient_id, one in many.items() if one.kept_off not in (None, "deceased")}
    assert told == {OPEN: "declined", MET: "refusal_unclear"}
    for one in (many[OPEN], many[MET]):
        assert path_of(unclear, one.episode_id) == one
        assert not [element for element in one.documentation if element.mend == "by"]


def test_every_assessed_row_that_is_not_met_or_worse_is_listed_or_counted(evaluated):
    """Against the outcome table, by other means: its flags and statuses, a course an instrument of an episode."""
    result = stored(evaluated)
    pain, on = persistent_pain_of(result), date.fromisoformat(result.run["as_of"])
    alive, waiting, dead = set(), set(), set()
    for row in result.outcome.to_pylist():
        course, flags = (row["episode_id"], row["instrument"]), row["flags"].split()
        is_worse, is_closed = "worse" in flags, on > row["window_closes"]
        if row["status"] == "not_met" and not (is_worse or is_closed or "deceased" in flags):
            waiting.add(course)
        elif row["postoperative_score"] is not None and (is_worse or row["status"] == "not_met"):
            (dead if "deceased" in flags else alive).add(course)
    listed = {(course.episode_id, course.instrument) for course in pain.courses}
    assert alive <= listed
    assert not dead & listed
    assert len(alive) > 10
    assert pain.n_undecided == len(waiting - listed - dead)


def test_the_help_loads_nothing_heavy():
    assert cpu_seconds("path", "--help") < 0.9

"""`lumbar diff`: two results of one clinic, a month apart or after an edit, as its user meets them."""

import csv
import json
import shutil

import pyarrow.parquet as pq
import pytest

from command_line import assert_one_clear_line, lumbar
from lumbar.synth.write import write_clinic
from lumbar.tables.results import NOT_RECOVERED

RUN = "run.json"


def evaluated(records, folder, as_of="2026-11-21", *more):
    ended = lumbar("evaluate", records, "--year", 2026, "--as-of", as_of, "--out", folder, "--no-report", *more)
    assert ended.code == 0, ended.err
    return folder


def difference(before, after, *more):
    ended = lumbar("diff", before, after, "--format", "json", *more)
    assert ended.err == ""
    return ended.code, json.loads(ended.out)


def edited(records, folder, table, edit):
    """A copy of the records with the rows of one table edited."""
    shutil.copytree(records, folder)
    path = folder / f"{table}.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        rows = edit(list(reader))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, reader.fieldnames)
        writer.writeheader()
        writer.writerows(rows)
    return folder


def by_key(folder):
    rows = pq.read_table(folder / "outcome.parquet").to_pylist()
    return {(row["episode_id"], row["instrument"], row["timepoint"]): row for row in rows}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The records of 150 patients, one month's scores of them missing, and the results a month apart."""
    folder = tmp_path_factory.mktemp("diff")
    write_clinic(folder / "november", 150, 4, "tables", blemishes=False)
    known = edited(
        folder / "november",
        folder / "october",
        "score",
        lambda rows: [row for row in rows if not "2026-10-21" < row["assessed_on"] < "2027"],
    )
    evaluated(known, folder / "before", "2026-10-21")
    evaluated(folder / "november", folder / "after", "2026-11-21")
    return folder


def test_a_result_is_the_same_as_itself(closed):
    ended = lumbar("diff", closed, closed)
    assert (ended.code, ended.err) == (0, "")
    n_rows = pq.read_metadata(closed / "outcome.parquet").num_rows
    assert f"No difference: all {n_rows:,} results are the same." in ended.out
    code, found = difference(closed, closed)
    assert (code, found["same"], found["rows"], found["settings"]) == (0, True, [], [])


def test_every_row_that_changed_is_named_and_no_other(closed, with_open_windows):
    """Compared here row by row, column by column, by other code."""
    was, now = by_key(with_open_windows), by_key(closed)
    code, found = difference(with_open_windows, closed)
    assert (code, found["same"]) == (1, False)
    named = {(row["episode_id"], row["instrument"], row["timepoint"]): row for row in found["rows"]}
    assert named.keys() == {key for key in was.keys() | now.keys() if was.get(key) != now.get(key)}
    assert len(named) == len(found["rows"]) == found["rows_changed"] > 500
    assert found["rows_compared"] == len(was.keys() | now.keys())
    for key, row in named.items():
        old, new = was.get(key, {}), now.get(key, {})
        assert row["causes"] == ["as_of"]
        assert row["proved"]
        assert row["counts"] == bool(old.get("in_measure") or new.get("in_measure"))
        assert row["status"]["before"] == old.get("status", "not there")
        assert row["status"]["after"] == new.get("status", "not there")
        if old and new:
            assert set(row["columns"]) == {name for name in new if old[name] != new[name]}
    assert sum(t["n_rows"] for t in found["transitions"]) == found["rows_changed"]
    assert sum(t["n_counted"] for t in found["transitions"]) == found["rows_changed_that_count"]
    assert found["rows_changed_that_count"] == sum(row["counts"] for row in found["rows"])


def test_the_rates_before_and_after_are_those_of_the_results(closed, with_open_windows):
    _, found = difference(with_open_windows, closed)
    for side, folder in (("before", with_open_windows), ("after", closed)):
        stored = pq.read_table(folder / "rate.parquet").to_pylist()
        assert [rate[side] for rate in found["rates"]] == stored


def test_the_other_way_round_is_the_mirror_image(small):
    _, there = difference(small / "before", small / "after")
    _, back = difference(small / "after", small / "before")
    turned = {"new_score": "score_withdrawn", "new_operation": "operation_gone"}

    def told(row, first, second, words):
        causes = frozenset(words.get(cause, cause) for cause in row["causes"])
        return (
            row["episode_id"],
            row["instrument"],
            row["timepoint"],
            row["status"][first],
            row["status"][second],
            causes,
        )

    assert sorted(told(row, "before", "after", turned) for row in there["rows"]) == sorted(
        told(row, "after", "before", {}) for row in back["rows"]
    )


def test_a_monthly_import_names_new_scores_and_time_and_of_new_patients_what_is_possible(small):
    code, found = difference(small / "before", small / "after")
    assert code == 1
    known = set(pq.read_table(small / "before" / "outcome.parquet")["patient_id"].to_pylist())
    for row in found["rows"]:
        if row["episode_id"].rpartition("@")[0] in known:
            assert row["proved"]
            assert set(row["causes"]) <= {"new_score", "as_of"}
            assert ("new_score" in row["causes"]) == bool(row["records"])
            assert all(record["after"]["assessed_on"] > "2026-10-21" for record in row["records"])
        else:
            assert (row["causes"], row["proved"]) == (["new_operation", "as_of"], False)
    causes = {tuple(line["causes"]) for line in found["causes"]}
    assert causes == {("as_of",), ("new_score", "as_of"), ("new_operation", "as_of")}
    assert "new_operation + as_of? (procedure " in lumbar("diff", small / "before", small / "after", "--all").out


def test_a_changed_mapping_is_listed_and_is_the_cause_where_the_files_are_the_same(small, tmp_path):
    mapping = tmp_path / "mapping.toml"
    mapping.write_text("# read as before\n")
    same = evaluated(small / "november", tmp_path / "same", "2026-11-21", "--mapping", mapping)
    code, found = difference(small / "after", same)
    assert (code, found["rows"]) == (0, [])
    (setting,) = found["settings"]
    assert (setting["name"], setting["before"]) == ("mapping", "not there")
    assert setting["after"].startswith("sha256 ")
    mapping.write_text('[mode]\nelectronic = "phone"\n')
    other = evaluated(small / "november", tmp_path / "other", "2026-11-21", "--mapping", mapping)
    _, found = difference(small / "after", other)
    assert {tuple(row["causes"]) for row in found["rows"]} == {("mapping",)}
    assert all(row["proved"] and row["records"] for row in found["rows"])


def test_a_measure_alone(small):
    _, every = difference(small / "before", small / "after")
    _, found = difference(small / "before", small / "after", "--measure", "471")
    assert found["rows"] == [row for row in every["rows"] if row["measure_id"] == "471"]
    assert {rate["measure_id"] for rate in found["rates"]} == {"471"}
    assert_one_clear_line(lumbar("diff", small / "before", small / "after", "--measure", "460"))


def test_an_edit_of_one_score_changes_one_operation_and_is_named(small, tmp_path):
    (episode_id, _, _), row = next(
        (key, row) for key, row in by_key(small / "after").items() if row["in_measure"] and row["status"] == "met"
    )

    def corrected(rows):
        return [{**r, "value": "0"} if r["score_id"] == row["postoperative_score_id"] else r for r in rows]

    evaluated(edited(small / "november", tmp_path / "edited", "score", corrected), tmp_path / "result")
    code, found = difference(small / "after", tmp_path / "result")
    assert code == 1
    assert {r["episode_id"].rpartition("@")[0] for r in found["rows"]} == {row["patient_id"]}
    assert {tuple(r["causes"]) for r in found["rows"]} == {("score_corrected",)}
    (change,) = {json.dumps(record) for r in found["rows"] for record in r["records"]}
    assert json.loads(change)["record_id"] == row["postoperative_score_id"]
    assert set(json.loads(change)["after"]) == {"value"}
    assert [s["name"] for s in found["settings"]] == ["input score.csv"]
    text = lumbar("diff", small / "after", tmp_path / "result").out
    assert episode_id in text
    assert f"score_corrected (score {row['postoperative_score_id']})" in text


def test_the_text_counts_then_names_and_never_names_a_score_to_reach(small):
    ended = lumbar("diff", small / "before", small / "after")
    assert (ended.code, ended.err) == (1, "")
    _, found = difference(small / "before", small / "after")
    assert f"{found['rows_changed']:,} of {found['rows_compared']:,} results changed" in ended.out
    assert NOT_RECOVERED in ended.out
    assert "would have met" not in ended.out
    operations = list(dict.fromkeys(row["episode_id"] for row in found["rows"]))
    assert len(operations) == found["operations_changed"]
    shown = [line for line in ended.out.splitlines() if line in operations]
    assert len(shown) == min(50, len(operations))
    everything = lumbar("diff", small / "before", small / "after", "--all").out
    assert sorted(line for line in everything.splitlines() if line in operations) == sorted(operations)
    assert f"and {len(operations) - len(shown):,} more operations" in ended.out or len(operations) <= 50


def test_every_rate_stands_beside_its_response_interval_and_bounds(small):
    lines = lumbar("diff", small / "before", small / "after").out.splitlines()
    for side in ("before", "after"):
        for row in pq.read_table(small / side / "rate.parquet").to_pylist():
            columns = ("response_rate", "rate", "rate_low", "rate_high", "bound_low", "bound_high")
            wanted = [row["measure_id"], row["stratum"], side, *(f"{row[name]:.1%}" for name in columns)]
            assert wanted in [[word for word in line.split() if word != "to"] for line in lines]


def test_a_rate_of_nothing_is_undefined_and_never_zero(small, tmp_path):
    early = evaluated(small / "november", tmp_path / "early", "2018-01-01")
    lines = lumbar("diff", early, small / "after").out.splitlines()
    for row in pq.read_table(early / "rate.parquet").to_pylist():
        assert row["rate"] is None
        assert [row["measure_id"], row["stratum"], "before", *["undefined"] * 4] in [line.split() for line in lines]


def test_what_is_provisional_is_counted_and_said_to_be_so_far(small):
    ended = lumbar("diff", small / "before", small / "after", "--all")
    _, found = difference(small / "before", small / "after")
    was, now = by_key(small / "before"), by_key(small / "after")
    for side, rows in (("before", was), ("after", now)):
        n = sum(row["in_measure"] and row["provisional"] for row in rows.values())
        assert found[side]["n_provisional"] == n
        assert f"{n:,} {side}" in ended.out
    kinds = set()
    for row in found["rows"]:
        key = (row["episode_id"], row["instrument"], row["timepoint"])
        sides = [was.get(key, {}).get("provisional", False), now.get(key, {}).get("provisional", False)]
        assert list(row["provisional"].values()) == sides
        kinds.add((row["status"]["before"], row["status"]["after"], *sides))
    assert ("open", "not_met", False, True) in kinds
    assert ("met", "met", True, False) in kinds
    assert "window open → not met so far (G" in ended.out
    assert "met, became final" in ended.out
    assert "(changed: provisional)" not in ended.out
    n_so_far = sum(not row["provisional"]["before"] and row["provisional"]["after"] for row in found["rows"])
    told = [t for t in found["transitions"] if not t["before_is_provisional"] and t["after_is_provisional"]]
    assert sum(t["n_rows"] for t in told) == n_so_far > 0


def test_what_was_submitted_is_touched_by_what_is_sent_and_not_by_an_id(small, tmp_path):
    def renamed(rows):
        return [{**row, "score_id": row["score_id"].replace("pro-", "zzz-")} for row in rows]

    other = evaluated(edited(small / "november", tmp_path / "renamed", "score", renamed), tmp_path / "other")
    code, found = difference(small / "after", other)
    assert (code, found["rows_submitted_otherwise"]) == (1, 0)
    assert found["rows_changed_that_count"] > 50
    assert {tuple(row["causes"]) for row in found["rows"]} == {("record_id_changed",)}
    assert all(row["proved"] for row in found["rows"])
    text = lumbar("diff", small / "after", other).out
    assert "  # " not in text
    assert "0 of these touch what was submitted" in text
    _, found = difference(small / "before", small / "after")
    sent = {"measure_id", "kind", "status", "code", "in_measure"}
    touched = [row for row in found["rows"] if row["counts"] and sent & row["columns"].keys()]
    assert found["rows_submitted_otherwise"] == len(touched) == sum(row["submitted_otherwise"] for row in found["rows"])
    assert 0 < len(touched) < found["rows_changed_that_count"]


def test_a_result_of_other_measures_is_not_the_same(small, tmp_path):
    evaluated(small / "november", tmp_path / "one", "2026-11-21", "--measure", "459")
    code, found = difference(small / "after", tmp_path / "one")
    assert (code, found["rows"]) == (1, [])
    assert [words for words in found["not_compared"] if not words.endswith("(only before)")] == []
    assert {words.split()[0] for words in found["not_compared"]} == {"leg_pain", "odi"}


def test_results_of_two_years_are_compared_by_their_rules(small, tmp_path):
    ended = lumbar(
        "evaluate", small / "november", "--year", 2025, "--as-of", "2026-11-21", "--out", tmp_path / "y", "--no-report"
    )
    assert ended.code == 0
    _, found = difference(tmp_path / "y", small / "after")
    assert {tuple(row["causes"]) for row in found["rows"]} == {("rule_set",)}
    assert all(row["proved"] for row in found["rows"])


def test_a_rule_set_this_version_does_not_have_is_said_and_not_guessed_at(small, tmp_path):
    """A row is told otherwise, as another rule set may have; the others follow from the rules of this version."""
    foreign = tmp_path / "foreign"
    shutil.copytree(small / "after", foreign)
    run = json.loads((foreign / RUN).read_text())
    (foreign / RUN).write_text(json.dumps({**run, "rule_set_hash": "0" * 64}))
    table = pq.read_table(foreign / "outcome.parquet")
    codes = table["code"].to_pylist()
    place = codes.index("G2136")
    codes[place] = "G9999"
    at = table.schema.get_field_index("code")
    pq.write_table(table.set_column(at, table.schema.field(at), [codes]), foreign / "outcome.parquet")
    ended = lumbar("diff", foreign, small / "after", "--format", "json")
    found = json.loads(ended.out)
    assert found["unknown_rule_sets"] == [str(foreign)]
    assert [(row["causes"], row["proved"]) for row in found["rows"]] == [(["rule_set"], False)]
    text = lumbar("diff", foreign, small / "after")
    assert "rule set that this version does not have" in text.err
    assert "rule_set?" in text.out


def test_what_is_no_result_is_refused(closed, tmp_path):
    assert_one_clear_line(lumbar("diff", closed, tmp_path))
    assert_one_clear_line(lumbar("diff", tmp_path / "none", closed))

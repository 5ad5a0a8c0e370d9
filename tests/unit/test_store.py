"""A result folder: complete or not at all, the same bytes for the same rows, and private."""

import errno
import json
import os
import stat
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest

from lumbar import store
from lumbar.errors import ResultFolderError
from lumbar.placing import replace_file
from lumbar.store import RUN_FILE, ResultWriter, arrow_schema, check_apart, open_result, purge, write_parquet
from lumbar.tables.clinical import CLINICAL_TABLES, PATIENT, SCORE
from lumbar.tables.results import OUTCOME, RATE, REJECTED, RESULT_TABLES
from run_json import run_json

FACTS = run_json()


def patients(*patient_ids):
    return pa.Table.from_pylist([{"patient_id": p} for p in patient_ids], schema=arrow_schema(PATIENT))


def write_result(folder, overwrite=False, facts=None):
    """A complete result folder of empty tables and two patients."""
    with ResultWriter(folder, overwrite) as writer:
        for table in RESULT_TABLES:
            writer.result(table, arrow_schema(table).empty_table())
        for table in CLINICAL_TABLES:
            writer.clinical(table, patients("p1", "p2") if table is PATIENT else arrow_schema(table).empty_table())
        writer.run({**FACTS, **(facts or {})})
        writer.text("report.html", "<p>ü</p>")
    return folder


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def fail_while_writing(folder, overwrite=False, error=KeyError):
    """Begins a result and meets an error on the way."""
    with ResultWriter(folder, overwrite) as writer:
        writer.run({**FACTS, "first": False})
        raise error


def listing(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_result_is_all_of_its_files_readable_by_their_owner_alone(tmp_path):
    folder = write_result(tmp_path / "new" / "deep" / "result")
    assert listing(folder) == sorted(
        [
            "clinical",
            *(f"clinical/{table.name}.parquet" for table in CLINICAL_TABLES),
            *(f"{table.name}.parquet" for table in RESULT_TABLES),
            "report.html",
            "run.json",
        ]
    )
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert names_in(folder.parent) == ["result"]


def test_what_was_written_is_read_back_with_the_declared_types(tmp_path):
    result = open_result(write_result(tmp_path / "result"))
    assert result.run == FACTS
    assert result.outcome.schema.equals(arrow_schema(OUTCOME))
    assert result.rate.schema.equals(arrow_schema(RATE))
    assert result.rejected.schema.equals(arrow_schema(REJECTED))
    assert result.clinical("score").schema.equals(arrow_schema(SCORE))
    assert result.clinical("patient", "p2")["patient_id"].to_pylist() == ["p2"]
    assert result.clinical("patient", "nobody").num_rows == 0
    assert result.outcome_of("p1@2025-01-01") == []


def test_an_error_on_the_way_leaves_everything_as_it_was(tmp_path):
    kept = write_result(tmp_path / "kept", facts={"first": True})
    before = {path: path.read_bytes() for path in kept.rglob("*") if path.is_file()}
    with pytest.raises(KeyError):
        fail_while_writing(kept, overwrite=True)
    with pytest.raises(KeyError):
        fail_while_writing(tmp_path / "a" / "b" / "new")
    assert {path: path.read_bytes() for path in kept.rglob("*") if path.is_file()} == before
    assert names_in(tmp_path) == ["kept"]


def test_parents_that_were_there_before_an_error_stay(tmp_path):
    (tmp_path / "mine").mkdir()
    with pytest.raises(KeyError):
        fail_while_writing(tmp_path / "mine" / "deep" / "new")
    assert listing(tmp_path) == ["mine"]


def test_a_system_error_while_writing_becomes_one_clear_line(tmp_path):
    with pytest.raises(ResultFolderError, match=r"cannot write .*result: No space left on device$") as caught:
        fail_while_writing(tmp_path / "result", error=OSError(28, "No space left on device"))
    assert caught.value.__cause__ is None
    assert names_in(tmp_path) == []


def test_an_existing_result_is_replaced_only_when_asked(tmp_path):
    folder = write_result(tmp_path / "result", facts={"n": 1})
    (folder / ".note").write_text("old")
    with pytest.raises(ResultFolderError, match="exists; choose another --out or add --overwrite"):
        write_result(folder)
    assert open_result(folder).run["n"] == 1
    write_result(folder, overwrite=True, facts={"n": 2})
    assert open_result(folder).run["n"] == 2
    assert not (folder / ".note").exists()
    assert names_in(tmp_path) == ["result"]


def test_what_is_no_result_folder_is_never_replaced(tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.txt").write_text("long work")
    with pytest.raises(ResultFolderError, match="is no result folder"):
        ResultWriter(tmp_path / "thesis", overwrite=True)
    (tmp_path / "file").write_text("x")
    for overwrite in (False, True):
        with pytest.raises(ResultFolderError, match="is a file"):
            ResultWriter(tmp_path / "file", overwrite)
    assert listing(tmp_path) == ["file", "thesis", "thesis/chapter1.txt"]


def test_an_empty_folder_is_taken_and_becomes_private(tmp_path):
    (tmp_path / "result").mkdir(mode=0o755)
    folder = write_result(tmp_path / "result")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert names_in(tmp_path) == ["result"]


def scores(n):
    rows = [
        {"score_id": f"s{i}", "value": Decimal(i % 100) / 10, "assessed_on": date(2025, 1, 1 + i % 28)}
        for i in range(n)
    ]
    return pa.Table.from_pylist(rows, schema=arrow_schema(SCORE))


@pytest.mark.parametrize("n_rows", [0, 1, 122_880, 150_000])
def test_equal_rows_give_equal_bytes_however_they_arrive(n_rows, tmp_path):
    """In one table, in batches of 1000, in batches of 77,777."""
    table = scores(n_rows)
    write_parquet(tmp_path / "whole", SCORE, table)
    for batch_rows in (1000, 77_777):
        batches = pa.RecordBatchReader.from_batches(table.schema, table.to_batches(max_chunksize=batch_rows))
        write_parquet(tmp_path / f"{batch_rows}", SCORE, batches)
        assert (tmp_path / f"{batch_rows}").read_bytes() == (tmp_path / "whole").read_bytes()


def test_what_is_no_result_folder_is_said_to_be_none(tmp_path):
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(
            ResultFolderError, match=r"is no result folder: (it has no run\.json|there is no such folder|it is a file)"
        ):
            open_result(folder)
    (tmp_path / RUN_FILE).write_text("{")
    with pytest.raises(ResultFolderError, match=": is no JSON in UTF-8, or says something twice; evaluate again"):
        open_result(tmp_path)
    (tmp_path / RUN_FILE).write_bytes(b"\xff\xfe")
    with pytest.raises(ResultFolderError, match="is no JSON in UTF-8"):
        open_result(tmp_path)


def test_a_result_that_lacks_a_part_or_has_a_damaged_one_says_which(tmp_path):
    folder = write_result(tmp_path / "result")
    (folder / "rate.parquet").unlink()
    (folder / "outcome.parquet").write_bytes(b"PAR1 no more")
    (folder / "clinical" / "score.parquet").write_bytes(b"")
    result = open_result(folder)
    with pytest.raises(ResultFolderError, match=r"lacks rate\.parquet; evaluate again"):
        _ = result.rate
    with pytest.raises(ResultFolderError, match=r"outcome\.parquet cannot be read"):
        _ = result.outcome
    with pytest.raises(ResultFolderError, match=r"score\.parquet cannot be read"):
        result.clinical("score")


def test_a_result_of_other_columns_is_refused(tmp_path):
    folder = write_result(tmp_path / "result")
    write_parquet(folder / "outcome.parquet", RATE, arrow_schema(RATE).empty_table())
    with pytest.raises(ResultFolderError, match="cannot be read as the table outcome"):
        _ = open_result(folder).outcome


def test_purge_removes_a_result_and_nothing_else(tmp_path):
    folder = write_result(tmp_path / "result")
    (tmp_path / "other").mkdir()
    with pytest.raises(ResultFolderError, match="is no result folder"):
        purge(tmp_path / "other")
    purge(folder)
    assert names_in(tmp_path) == ["other"]


def test_a_file_is_replaced_whole_or_left_as_it_was(tmp_path):
    target = tmp_path / "report.html"
    target.write_text("old")
    replace_file(target, "new ü")
    assert target.read_text(encoding="utf-8") == "new ü"
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "nowhere" / "report.html", tmp_path / "folder"):  # the second fails when all is written
        with pytest.raises(ResultFolderError, match="cannot write"):
            replace_file(path, "x")
    assert names_in(tmp_path) == ["folder", "report.html"]


def test_run_json_is_text_a_person_can_read(tmp_path):
    folder = write_result(tmp_path / "result", facts={"warnings": ["ü"]})
    text = (folder / RUN_FILE).read_text(encoding="utf-8")
    assert json.loads(text) == {**FACTS, "warnings": ["ü"]}
    assert "ü" in text
    assert text.endswith("}\n")


def stubborn(monkeypatch, n_times):
    """`os.rmdir` refuses the scratch folder so many times, as a network's file system may."""
    left, rmdir = [n_times], os.rmdir

    def refuse(path, **options):
        if os.fspath(path).endswith(".spill") and left[0]:
            left[0] -= 1
            raise OSError(errno.ENOTEMPTY, "Directory not empty")
        rmdir(path, **options)

    monkeypatch.setattr(os, "rmdir", refuse)
    monkeypatch.setattr(store.time, "sleep", lambda seconds: None)


def write_with_scratch(folder):
    with ResultWriter(folder) as writer:
        writer.scratch.mkdir()
        (writer.scratch / "records").write_text("p1")
        writer.run(FACTS)
    return folder


def test_a_result_is_in_place_only_when_what_was_needed_on_the_way_is_gone(tmp_path, monkeypatch):
    stubborn(monkeypatch, 3)
    assert listing(write_with_scratch(tmp_path / "result")) == ["run.json"]


def test_what_was_needed_on_the_way_and_stays_is_named_and_nothing_is_in_place(tmp_path, monkeypatch):
    stubborn(monkeypatch, 1000)
    with pytest.raises(ResultFolderError, match=r"cannot remove .*\.spill \(Directory not empty\); it holds records"):
        write_with_scratch(tmp_path / "result")
    assert not (tmp_path / "result").exists()


def test_what_is_no_part_of_a_result_is_never_replaced_or_purged(tmp_path):
    folder = write_result(tmp_path / "result")
    (folder / ".DS_Store").write_text("")
    write_result(folder, overwrite=True)
    (folder / "notes.txt").write_text("mine")
    before = listing(folder)
    for remove in (lambda: write_result(folder, overwrite=True), lambda: purge(folder)):
        with pytest.raises(
            ResultFolderError, match=r"holds notes\.txt, which is no part of a result: move it away first"
        ):
            remove()
        assert listing(folder) == before


def test_a_link_is_neither_replaced_nor_purged(tmp_path):
    folder = write_result(tmp_path / "result")
    (tmp_path / "link").symlink_to(folder)
    (tmp_path / "broken").symlink_to("nowhere")
    for remove in (
        lambda: write_result(tmp_path / "link", overwrite=True),
        lambda: write_result(tmp_path / "broken"),
        lambda: purge(tmp_path / "link"),
    ):
        with pytest.raises(ResultFolderError, match="is a link; name the folder it leads to"):
            remove()
    assert names_in(tmp_path) == ["broken", "link", "result"]
    assert open_result(folder)


@pytest.mark.parametrize("inside", [".", "records", "clinical"])
def test_a_folder_that_holds_the_records_is_not_written_to(inside, tmp_path):
    with pytest.raises(ResultFolderError, match="is or holds the records; name another folder"):
        check_apart(tmp_path / "result" / inside, tmp_path / "result")
    check_apart(tmp_path / "records", tmp_path / "result")
    check_apart(tmp_path, tmp_path / "result")

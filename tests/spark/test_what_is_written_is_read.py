"""What workers and Spark write on the way is what is read back: all of it, wherever it lies; else an error."""

import resource
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lumbar import beside
from lumbar.errors import CapacityError, EngineError, InternalError
from lumbar.readers.spark.fhir import part_forms_from_observations
from lumbar.readers.spark.local_rows import LocalRows
from lumbar.readers.spark.typed_rows import WRITTEN, notes
from lumbar.readers.spark.written_rows import (
    each_part_a_task,
    notes_of_all,
    put_in_place,
    take_notes,
    write_rows,
    written_rows,
)
from lumbar.spark_files import check_order, check_rows, on_every_node, read_rows, written

SCHEMA = pa.schema([("line", pa.int64()), ("note", pa.string()), ("told", pa.string()), ("n_rows", pa.int64())])
ODD_NAME = "José a [1]%20 {x}*?\\#'"


def a_row_a_line(batches):
    """A row and a note of each number; what is noted stands between what is written."""
    for batch in batches:
        lines = batch.column(0).to_pylist()
        yield from notes(SCHEMA, [{"line": line} for line in lines])
        yield from notes(SCHEMA, [{"note": "seen", "n_rows": len(lines)}])


def numbers(*lines):
    return iter([pa.record_batch({"id": pa.array(lines, pa.int64())})])


def read_by_tasks(spark, folder, n_parts=3):
    return written_rows(spark.range(12, numPartitions=n_parts), a_row_a_line, SCHEMA, folder)


def lines_of(rows):
    return sorted(row.line for row in rows.collect())


def test_a_task_tells_the_name_and_rows_of_its_file_and_a_run_again_writes_another(tmp_path):
    told = [[*write_rows(a_row_a_line, tmp_path, numbers(1, 2, 3))][-1].to_pylist()[0] for _ in range(2)]
    assert [(note["note"], note["n_rows"]) for note in told] == [(WRITTEN, 3)] * 2
    assert {note["told"] for note in told} == {path.name for path in tmp_path.iterdir()}
    assert len({note["told"] for note in told}) == 2
    assert all(note["told"].startswith(".") for note in told)


def test_a_task_without_rows_writes_nothing(tmp_path):
    assert not list(write_rows(lambda batches: notes(SCHEMA, []), tmp_path, numbers()))
    assert not list(tmp_path.iterdir())


def test_a_task_that_is_given_up_leaves_no_file(tmp_path):
    told = write_rows(a_row_a_line, tmp_path, numbers(1))
    next(told)
    assert list(tmp_path.iterdir())
    told.close()
    assert not list(tmp_path.iterdir())


def test_a_worker_that_cannot_write_says_where_and_what_to_do(tmp_path):
    with pytest.raises(EngineError, match=r"a worker cannot write to .*away \(No such file.*every node sees"):
        list(write_rows(a_row_a_line, tmp_path / "away", numbers(1)))


def test_a_full_disk_is_told_and_no_half_file_stays(tmp_path, monkeypatch):
    """`/dev/full` stands behind the name of the part file: it takes nothing."""
    monkeypatch.setattr(beside.secrets, "token_hex", lambda n: "x")
    (tmp_path / ".part-x").symlink_to("/dev/full")
    with pytest.raises(CapacityError, match=r"no space at .*: free space there"):
        list(write_rows(a_row_a_line, tmp_path, numbers(1)))
    assert not list(tmp_path.iterdir())


def test_a_file_that_breaks_off_while_it_is_written_does_not_stay(tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(EngineError, match="File too large"):
            list(write_rows(a_row_a_line, tmp_path, numbers(*range(1000))))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not list(tmp_path.iterdir())


def test_other_footers_than_what_was_told_are_an_error(tmp_path):
    for number in range(2):
        pq.write_table(pa.table({"line": [1, 2]}), tmp_path / f"part-{number}.parquet")
    check_rows(tmp_path, 4)
    with pytest.raises(InternalError, match="of 5 rows written 4 are there"):
        check_rows(tmp_path, 5)
    whole = (tmp_path / "part-1.parquet").read_bytes()
    (tmp_path / "part-1.parquet").write_bytes(whole[:-9])
    with pytest.raises(InternalError, match="damaged or gone"):
        check_rows(tmp_path, 4)


def test_links_stay_as_they_were_given_unless_the_path_goes_back_through_one(tmp_path, monkeypatch):
    (tmp_path / "here" / "deep").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "here" / "deep")
    assert on_every_node(tmp_path / "link" / "out") == tmp_path / "link" / "out"
    assert on_every_node(tmp_path / "link" / ".." / "out") == (tmp_path / "here" / "out").resolve()
    monkeypatch.chdir(tmp_path)
    assert on_every_node(Path("link")) == Path.cwd() / "link"


def test_parts_that_nobody_told_of_are_not_read(spark, tmp_path):
    """A task that was given up leaves its file before, or after, the others are read: it counts in neither."""
    read = {"a": read_by_tasks(spark, tmp_path / ODD_NAME / "a"), "b": read_by_tasks(spark, tmp_path / ODD_NAME / "b")}
    list(write_rows(a_row_a_line, tmp_path / ODD_NAME / "a", numbers(77)))
    told = take_notes(read, "line")
    assert {(note.name, note.note) for note in told} == {("a", "seen"), ("b", "seen")}
    assert sum(note.n_rows for note in told) == 24
    rows = read["a"].rows()
    list(write_rows(a_row_a_line, tmp_path / ODD_NAME / "a", numbers(78)))
    assert lines_of(rows) == lines_of(read["a"].rows()) == lines_of(read["b"].rows()) == list(range(12))


def test_what_is_told_but_not_there_is_an_error(spark, tmp_path):
    read = read_by_tasks(spark, tmp_path / "a")
    told = read.told.collect()
    (tmp_path / "a" / next(row.told for row in told if row.note == WRITTEN)).unlink()
    with pytest.raises(InternalError, match="is gone"):
        put_in_place(read.folder, [row for row in told if row.note == WRITTEN])


def test_frames_of_one_part_stay_as_many_tasks(spark, tmp_path):
    before = spark.conf.get("spark.sql.unionOutputPartitioning")
    read = {str(n): read_by_tasks(spark, tmp_path / str(n), n_parts=1) for n in range(4)}
    with each_part_a_task(spark):
        assert notes_of_all(read).rdd.getNumPartitions() == 4
    assert spark.conf.get("spark.sql.unionOutputPartitioning") == before


def test_a_file_that_is_damaged_or_gone_is_an_error_whatever_the_clusters_settings(spark, tmp_path):
    passed_over = ("spark.sql.files.ignoreCorruptFiles", "spark.sql.files.ignoreMissingFiles")
    before = {name: spark.conf.get(name) for name in passed_over}
    try:
        for name in passed_over:
            spark.conf.set(name, "true")
        rows = written(spark.range(10, numPartitions=2), tmp_path / ODD_NAME)
        assert rows.count() == 10
        one, other = sorted((tmp_path / ODD_NAME).glob("part-*"))
        one.write_bytes(one.read_bytes()[:-20])
        for sums in list((tmp_path / ODD_NAME).glob(".*.crc")):
            sums.unlink()
        with pytest.raises(Exception, match=r"FAILED_READ_FILE|CANNOT_READ"):
            rows.collect()
        gone = read_rows(spark, tmp_path / ODD_NAME, "id bigint")
        one.unlink()
        other.unlink()
        with pytest.raises(Exception, match=r"NOT_EXIST|FAILED_READ_FILE"):
            gone.collect()
    finally:
        for name, value in before.items():
            spark.conf.set(name, value)


def test_forms_parted_from_observations_are_written_once_and_only_where_there_are_both(spark, tmp_path):
    def rows(*ids):
        return spark.createDataFrame([(each, each) for each in ids], "score_id string, record_id string")

    found = LocalRows(tmp_path)
    rows_of = {"QuestionnaireResponse": rows("1#odi", "2#odi")}
    part_forms_from_observations(rows_of, found)
    assert not list(tmp_path.iterdir())
    rows_of["Observation"] = rows("1", "3")
    part_forms_from_observations(rows_of, found)
    forms = rows_of["QuestionnaireResponse"]
    assert {Path(name).parent.name for name in forms.inputFiles()} == {"forms-0"}
    assert sorted(map(tuple, forms.collect())) == [("2#odi",) * 2, ("QuestionnaireResponse/1#odi",) * 2]


@pytest.mark.parametrize(
    ("parts", "is_in_order"),
    [
        ([["a", "b"], ["b", "c"]], True),
        ([["b", "a"], ["c"]], True),
        ([["a", "c"], ["b"]], False),
        ([["b"], [], ["a"]], False),
        ([[], ["a"], [], ["é"], []], True),
        ([["é"], ["z"]], False),
        ([[]], True),
    ],
)
def test_part_files_out_of_order_are_an_error(tmp_path, parts, is_in_order):
    for number, ids in enumerate(parts):
        rows = pa.table({"n": range(len(ids)), "id": pa.array(ids, "string")})
        pq.write_table(rows, tmp_path / f"part-{number}.parquet", row_group_size=1)
    if is_in_order:
        check_order(tmp_path, "id")
        return
    with pytest.raises(InternalError, match="not in order"):
        check_order(tmp_path, "id")

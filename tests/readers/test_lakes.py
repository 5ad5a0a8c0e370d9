"""Tables as lakes keep them: Delta tables, and Parquet or CSV in folders, partitioned or not."""

import json
import string
import struct
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake

import lumbar
from lumbar.errors import InputError
from lumbar.readers import guess_format
from source_folder import SCORE, csv_text, intake, parquet_file, tables_folder

COLUMNS = ("score_id", "patient_id", "instrument", "scale", "value", "assessed_on")


def scores(*ids, value="7", assessed_on="2025-02-24", **more):
    """Scores of one patient as an Arrow table of text; `more` are further columns."""
    rows = [{**SCORE, "score_id": id_, "value": value, "assessed_on": assessed_on, **more} for id_ in ids]
    return pa.Table.from_pylist(rows)


def source(folder):
    """A source with a patient and an operation, and no scores yet."""
    tables_folder(folder)
    (folder / "score.csv").unlink()
    return folder


def told(read):
    return [(row["score_id"], row["assessed_on"], row["value"]) for row in read.tables["score"]]


def test_a_delta_table_is_what_its_log_says_and_not_the_files_that_lie_there(tmp_path):
    """s2 was deleted and s1 corrected from 7 to 4: the files of before are still in the folder."""
    folder = source(tmp_path)
    write_deltalake(folder / "score", scores("s1", "s2"))
    write_deltalake(folder / "score", scores("s3"), mode="append")
    table = DeltaTable(folder / "score")
    table.delete("score_id = 's2'")
    table.update(predicate="score_id = 's1'", new_values={"value": "4"})
    read = intake(folder)
    assert told(read) == [("s1", date(2025, 2, 24), Decimal(4)), ("s3", date(2025, 2, 24), Decimal(7))]
    named = {name for name in read.files if name.startswith("score/")}
    assert named < {f"score/{path.name}" for path in (folder / "score").glob("*.parquet")}


def test_the_version_of_a_delta_table_stands_in_the_account_of_the_run(tmp_path):
    folder = source(tmp_path)
    write_deltalake(folder / "score.delta", scores("s1"))
    write_deltalake(folder / "score.delta", scores("s2", value="3"), mode="append")
    run = lumbar.evaluate(folder, year=2026, as_of="2026-11-21").run
    assert run["delta_versions"] == {"score.delta": 1}
    read = [file for file in run["inputs"] if file["read_as"] == "score"]
    assert [(file["rows"], file["mapped"]) for file in read] == [(1, 1), (1, 1)]


def test_a_source_without_delta_tables_says_nothing_of_versions(tmp_path):
    assert "delta_versions" not in lumbar.evaluate(tables_folder(tmp_path), year=2026, as_of="2026-11-21").run


def test_columns_that_came_later_are_empty_in_the_files_of_before(tmp_path):
    folder = source(tmp_path)
    write_deltalake(folder / "score", scores("s1", instrument="leg_pain"))
    later = scores("s2", instrument="leg_pain", side="left", recorded_on="2025-03-01")
    write_deltalake(folder / "score", later, mode="append", schema_mode="merge")
    found = {row["score_id"]: (row["side"], row["recorded_on"]) for row in intake(folder).tables["score"]}
    assert found == {"s1": (None, None), "s2": ("left", date(2025, 3, 1))}


def test_a_required_column_that_a_file_of_a_delta_table_lacks_is_a_missing_value_of_its_rows(tmp_path):
    folder = source(tmp_path)
    write_deltalake(folder / "score", scores("s1").drop(["scale"]))
    write_deltalake(folder / "score", scores("s2"), mode="append", schema_mode="merge")
    read = intake(folder)
    assert read.reason("s1") == "unknown_unit"
    assert [row["score_id"] for row in read.tables["score"]] == ["s2"]


def test_partition_columns_of_a_delta_table_are_read_from_its_log(tmp_path):
    """Names of patients are escaped in the folders' names: `x y/é%` must come back as it is."""
    folder = source(tmp_path)
    (folder / "patient.csv").write_text(csv_text([{"patient_id": "x y/é%", "birth_date": "1960-01-01"}]))
    table = scores("s1", "s2", patient_id="x y/é%").append_column("day", pa.array([date(2025, 2, 24)] * 2))
    table = table.drop(["assessed_on"]).rename_columns({"day": "assessed_on"})
    write_deltalake(folder / "score", table, partition_by=["patient_id", "assessed_on"])
    read = intake(folder)
    assert [(row["patient_id"], row["assessed_on"]) for row in read.tables["score"]] == [("x y/é%", date(2025, 2, 24))]
    assert read.reason("s2") == "duplicate"


def test_an_empty_delta_table_is_a_table_without_rows(tmp_path):
    folder = source(tmp_path)
    DeltaTable.create(folder / "score", schema=scores("s1").schema)
    read = intake(folder)
    assert read.tables["score"] == []
    assert "no back pain score was read" in " ".join(read.warnings)


def inline_vector_of_the_first_row():
    """A roaring bitmap with the one number 0, in the text form of a log: Z85."""
    bitmap = struct.pack("<iiHHIH", 12346, 1, 0, 0, 16, 0)
    content = struct.pack("<iqi", 1681511377, 1, 0) + bitmap + bytes(2)
    z85 = string.digits + string.ascii_lowercase + string.ascii_uppercase + ".-:+=^!/*?&<>()[]{}@%$#"
    numbers = struct.unpack(f">{len(content) // 4}I", content)
    return "".join(z85[number // 85**place % 85] for number in numbers for place in (4, 3, 2, 1, 0))


def test_deletion_vectors_are_refused_with_what_to_do(tmp_path):
    """A file with a deletion vector still holds the deleted rows: to read it as Parquet would count them."""
    folder = source(tmp_path)
    write_deltalake(folder / "score", scores("s1", "s2"))
    log = folder / "score" / "_delta_log"
    (added,) = [json.loads(line) for line in (log / f"{0:020}.json").read_text().splitlines() if '"add"' in line]
    features = ["deletionVectors"]
    protocol = {
        "minReaderVersion": 3,
        "minWriterVersion": 7,
        "readerFeatures": features,
        "writerFeatures": features,
    }
    vector = {"storageType": "i", "pathOrInlineDv": inline_vector_of_the_first_row(), "sizeInBytes": 36}
    deleted = {"add": {**added["add"], "deletionVector": {**vector, "cardinality": 1}}}
    removed = {"remove": {"path": added["add"]["path"], "dataChange": True, "deletionTimestamp": 1}}
    actions = [{"protocol": protocol}, removed, deleted]
    (log / f"{1:020}.json").write_text("".join(f"{json.dumps(action)}\n" for action in actions))
    with pytest.raises(InputError, match=r"score: .*deletion vectors.*REORG TABLE"):
        intake(folder)


def test_mapped_columns_are_refused(tmp_path):
    folder = source(tmp_path)
    settings = {
        "delta.columnMapping.mode": "name",
        "delta.minReaderVersion": "2",
        "delta.minWriterVersion": "5",
    }
    write_deltalake(folder / "score", scores("s1"), configuration=settings)
    with pytest.raises(InputError, match="score: the Delta table maps its column names"):
        intake(folder)


@pytest.mark.parametrize(
    ("text", "message"),
    [("no json", "cannot be read"), ("", "cannot be read")],
)
def test_a_damaged_log_is_refused(text, message, tmp_path):
    folder = source(tmp_path)
    (folder / "score" / "_delta_log").mkdir(parents=True)
    (folder / "score" / "_delta_log" / f"{0:020}.json").write_text(text)
    with pytest.raises(InputError, match=message):
        intake(folder)


def test_a_file_missing_from_a_delta_table_is_told(tmp_path):
    folder = source(tmp_path)
    write_deltalake(folder / "score", scores("s1"))
    next((folder / "score").glob("*.parquet")).unlink()
    with pytest.raises(InputError, match="score: a file that the Delta table's log names is not in it"):
        intake(folder)


def test_a_folder_of_parquet_files_is_a_table_and_its_files_are_told_apart(tmp_path):
    """Spark writes `score.parquet` as a folder, with `_SUCCESS` and checksums beside the parts."""
    folder = source(tmp_path)
    for part in ("a", "b"):
        (folder / "score.parquet" / part).mkdir(parents=True)
        pq.write_table(scores(f"s-{part}", value="11"), folder / "score.parquet" / part / "part-0.parquet")
    (folder / "score.parquet" / "_SUCCESS").touch()
    (folder / "score.parquet" / "a" / ".part-0.parquet.crc").write_bytes(b"crc")
    (folder / "score.parquet" / "_temporary").mkdir()
    (folder / "score.parquet" / "_temporary" / "part-1.parquet").write_bytes(b"half written")
    read = intake(folder)
    assert read.lines("out_of_range") == [("score.parquet/a/part-0.parquet", 1), ("score.parquet/b/part-0.parquet", 1)]


def test_columns_named_by_folders_are_columns_of_every_row_below(tmp_path):
    folder = source(tmp_path)
    for value, name in (("left", "side=left"), ("right", "Side=right"), (None, "side=__HIVE_DEFAULT_PARTITION__")):
        path = folder / "score" / "assessed_on=2025-02-24" / name
        path.mkdir(parents=True)
        rows = scores(f"s-{value}", instrument="leg_pain").drop(["assessed_on"])
        pq.write_table(rows, path / "part-0.parquet")
    found = {row["score_id"]: (row["assessed_on"], row["side"]) for row in intake(folder).tables["score"]}
    day = date(2025, 2, 24)
    assert found == {"s-left": (day, "left"), "s-right": (day, "right"), "s-None": (day, None)}


def test_folders_named_by_something_else_are_read_and_said(tmp_path):
    folder = source(tmp_path)
    for year in (2024, 2025):
        (folder / "score" / f"year={year}").mkdir(parents=True)
        rows = scores(f"s{year}", assessed_on=f"{year}-02-24")
        pq.write_table(rows, folder / "score" / f"year={year}" / "part-0.parquet")
    read = intake(folder)
    assert [row["score_id"] for row in read.tables["score"]] == ["s2024", "s2025"]
    (warning,) = [warning for warning in read.warnings if "year" in warning]
    assert warning == "score: the folders are named by year, which is no column of it; not looked at"


def test_csv_may_lie_in_folders_too(tmp_path):
    folder = source(tmp_path)
    path = folder / "score" / "assessed_on=2025-02-24"
    path.mkdir(parents=True)
    rows = scores("s1").drop(["assessed_on"]).to_pylist()
    (path / "part.csv").write_text(csv_text(rows))
    assert told(intake(folder)) == [("s1", date(2025, 2, 24), Decimal(7))]


def test_a_source_of_folders_alone_is_a_source_of_tables(tmp_path):
    tables_folder(tmp_path / "csv")
    for name in ("patient", "procedure", "score"):
        (tmp_path / "lake" / name).mkdir(parents=True)
        (tmp_path / "csv" / f"{name}.csv").rename(tmp_path / "lake" / name / "part-0.csv")
    assert guess_format(tmp_path / "lake") == "tables"
    assert len(intake(tmp_path / "lake").tables["score"]) == 1


def test_a_folder_that_is_no_table_of_ours_is_said(tmp_path):
    folder = tables_folder(tmp_path)
    (folder / "visits").mkdir()
    parquet_file(folder / "visits" / "part-0.parquet", {"visit_id": ["v1"]})
    (folder / "notes").mkdir()
    (folder / "notes" / "read me.txt").write_text("nothing")
    assert intake(folder).warnings_of_what_is_there() == ["visits was not read: no table is called so"]


@pytest.mark.parametrize(
    "log",
    [
        "score/metadata/v1.metadata.json",
        "score/.hoodie/hoodie.properties",
        "score/main/_delta_log/00.json",
        "score/a/b/metadata/00000-1f.gz.metadata.json",
    ],
)
def test_a_table_that_another_log_keeps_is_refused_and_not_read_as_loose_files(log, tmp_path):
    folder = source(tmp_path)
    (folder / log).parent.mkdir(parents=True)
    (folder / log).write_text("{}")
    pq.write_table(scores("s1"), folder / "score" / "part-0.parquet")
    with pytest.raises(InputError, match=r"score.*: not plain Parquet but .* export the current snapshot"):
        intake(folder)


@pytest.mark.parametrize("path", ["/elsewhere/part-0.parquet", "file:///elsewhere/part-0.parquet"])
def test_a_delta_log_that_names_files_elsewhere_is_told(path, tmp_path):
    folder = source(tmp_path)
    write_deltalake(folder / "score", scores("s1"))
    log = folder / "score" / "_delta_log" / f"{0:020}.json"
    (name,) = [file.name for file in (folder / "score").glob("*.parquet")]
    here = folder.parent / f"{folder.name}-elsewhere.parquet"
    (folder / "score" / name).rename(here)
    log.write_text(log.read_text().replace(name, path.replace("/elsewhere/part-0.parquet", str(here))))
    with pytest.raises(InputError, match=r"score: .* is not in it; copy it whole"):
        intake(folder)


def test_an_empty_folder_is_no_table(tmp_path):
    folder = tables_folder(tmp_path)
    (folder / "procedure.csv").unlink()
    (folder / "procedure").mkdir()
    with pytest.raises(InputError, match=r"no procedure\*\.csv"):
        intake(folder)


def test_names_of_files_do_not_tell_who_the_patients_are(tmp_path):
    folder = source(tmp_path)
    path = folder / "score" / "patient_id=p1" / "side=left"
    path.mkdir(parents=True)
    pq.write_table(scores("s1", instrument="leg_pain").drop(["patient_id"]), path / "part-0.parquet")
    assert "score/patient_id=…/side=left/part-0.parquet" in intake(folder).files


@pytest.mark.parametrize("address", ["s3://bucket/records", "gs://b/r", "abfss://c@a/r", "https://x.example/r"])
def test_an_object_store_is_refused_with_what_to_do(address):
    with pytest.raises(InputError, match=f"{address.split(':')[0]}://… is an address; .*copy or mount it"):
        guess_format(Path(address))

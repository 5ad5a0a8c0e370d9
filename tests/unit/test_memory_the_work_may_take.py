"""How much memory the work may take, and when the records stand in a file instead."""

import duckdb
import pytest

from lumbar.errors import UsageError
from lumbar.readers.room import default_memory_limit, memory_bytes, outgrow
from lumbar.synth.write import write_clinic
from lumbar.workflow import evaluating


@pytest.mark.parametrize(
    ("amount", "n_bytes"),
    [
        ("500MB", 500_000_000),
        ("2gb", 2_000_000_000),
        ("2.5 GB", 2_500_000_000),
        ("1.5GiB", 1_610_612_736),
        ("9000KB", 9_000_000),
        ("9000kib", 9_216_000),
        ("3TB", 3_000_000_000_000),
    ],
)
def test_an_amount_is_read_as_the_engine_reads_it(amount, n_bytes):
    assert memory_bytes(amount) == n_bytes
    with duckdb.connect() as session:
        limits = []
        for text in (amount, f"{n_bytes}B"):
            session.execute(f"set memory_limit = '{text}'")
            limits += session.execute("select current_setting('memory_limit')").fetchone()
        assert limits[0] == limits[1]


@pytest.mark.parametrize("amount", ["", "2", "2G", "MB", "-2GB", "2PB", "2GBs", "12345MB"])
def test_anything_else_is_told(amount):
    with pytest.raises(UsageError, match="is no amount of memory; write it as 500MB or 2GB"):
        memory_bytes(amount)


@pytest.mark.parametrize(
    ("name", "held"),
    [("score.csv", 3), ("score.CSV", 3), ("score.csv.gz", 20), ("score.parquet", 20)],
)
def test_records_outgrow_half_of_the_memory_by_the_kind_of_their_files(name, held, tmp_path):
    with (tmp_path / name).open("wb") as file:
        file.truncate(1_000_000)
    assert outgrow(tmp_path, 2 * held * 1_000_000 - 1)
    assert not outgrow(tmp_path, 2 * held * 1_000_000)


def test_what_is_not_read_does_not_count(tmp_path):
    (tmp_path / "notes.pdf").write_bytes(b"0" * 1_000_000)
    assert not outgrow(tmp_path, 1)


def test_a_database_is_a_source_too(tmp_path):
    database = tmp_path / "cdm.duckdb"
    database.write_bytes(b"0" * 1000)
    assert outgrow(database, 1000)
    assert not outgrow(tmp_path / "nowhere", 1)


@pytest.fixture
def opened(monkeypatch):
    """The databases the engine opens, by name."""
    names = []
    connect = duckdb.connect

    def noted(database=":memory:", **given):
        names.append(str(database).rpartition("/")[2])
        return connect(database, **given)

    monkeypatch.setattr(duckdb, "connect", noted)
    return names


@pytest.mark.parametrize(("held", "database"), [(True, "records.duckdb"), (False, ":memory:")])
def test_what_outgrows_the_memory_stands_in_a_file_that_goes_with_the_run(
    held, database, opened, monkeypatch, tmp_path
):
    monkeypatch.setattr(evaluating, "outgrow", lambda source, limit: held)
    write_clinic(tmp_path / "records", 50, 3, "tables")
    evaluating.evaluate_to_folder(tmp_path / "records", tmp_path / "out", year=2026, as_of="2026-11-21", report=False)
    assert opened[0] == database
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "records"]
    assert not list(tmp_path.rglob("*.duckdb*"))
    assert not list(tmp_path.rglob(".spill"))


def test_where_no_file_can_be_opened_the_records_stand_in_memory(monkeypatch, tmp_path):
    connect = duckdb.connect

    def without_locks(database=":memory:", **given):
        if str(database).endswith("records.duckdb"):
            raise duckdb.IOException("IO Error: Could not set lock on file")
        return connect(database, **given)

    monkeypatch.setattr(evaluating, "outgrow", lambda source, limit: True)
    monkeypatch.setattr(duckdb, "connect", without_locks)
    write_clinic(tmp_path / "records", 50, 3, "tables")
    found = evaluating.evaluate_to_folder(
        tmp_path / "records", tmp_path / "out", year=2026, as_of="2026-11-21", report=False
    )
    assert found.outcome_counts("status").num_rows > 1


def test_nobody_asked_a_quarter_of_the_machine_is_taken():
    assert default_memory_limit() >= 1_000_000_000

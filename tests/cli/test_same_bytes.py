"""The same records give the same bytes: in any order of rows and columns, in any number of threads."""

import csv
import json
import random
import shutil

import duckdb
import pyarrow.parquet as pq
import pytest

from command_line import YEAR, lumbar
from lumbar.synth import write_clinic


def shuffled_tables(source, folder, seed):
    """The CSV tables with their rows, their columns and their files' names in another order."""
    draw = random.Random(seed)
    folder.mkdir()
    for path in source.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        draw.shuffle(rows)
        columns = draw.sample(range(len(header)), len(header))
        half = draw.randrange(len(rows) + 1)
        for part, taken in enumerate((rows[:half], rows[half:])):
            with (folder / f"{path.stem}-{draw.randrange(10**6)}-{part}.csv").open("w", newline="") as file:
                writer = csv.writer(file)
                writer.writerows([[row[c] for c in columns] for row in (header, *taken) if len(row) == len(header)])
    return folder


def shuffled_lines(source, folder, seed):
    """The NDJSON files with their lines in another order."""
    draw = random.Random(seed)
    shutil.copytree(source, folder)
    for path in folder.glob("*.ndjson"):
        lines = path.read_text(encoding="utf-8").splitlines()
        draw.shuffle(lines)
        path.write_text("\n".join(lines), encoding="utf-8")
    return folder


def result_bytes(source, out, threads):
    mapping = ("--mapping", source / "mapping.toml") if (source / "mapping.toml").exists() else ()
    ended = lumbar("evaluate", source, *YEAR, "--out", out, "--no-report", "--threads", threads, *mapping)
    assert ended.code == 0, ended.err
    return (out / "outcome.parquet").read_bytes(), (out / "rate.parquet").read_bytes()


@pytest.mark.parametrize(("format_", "shuffled"), [("tables", shuffled_tables), ("fhir", shuffled_lines)])
def test_any_order_and_any_number_of_threads_give_the_same_bytes(format_, shuffled, tmp_path):
    """Bad rows among them, so that what is kept of duplicates and conflicts is the same too."""
    write_clinic(tmp_path / "records", 80, 9, format_)
    first = result_bytes(tmp_path / "records", tmp_path / "first", 1)
    for seed, threads in ((1, 2), (2, 4)):
        source = shuffled(tmp_path / "records", tmp_path / f"records-{seed}", seed)
        assert result_bytes(source, tmp_path / f"result-{seed}", threads) == first, (seed, threads)


def test_evaluated_again_the_same_records_give_the_same_result(clinic, tmp_path):
    """run.json too: nothing in it tells when or where it was made."""
    for name in ("one", "two"):
        result_bytes(clinic, tmp_path / name, 2)
    one, two = (
        {str(p.relative_to(tmp_path / name)): p.read_bytes() for p in (tmp_path / name).rglob("*") if p.is_file()}
        for name in ("one", "two")
    )
    assert one.keys() == two.keys()
    assert json.loads(one["run.json"]) == json.loads(two["run.json"])
    assert {name for name in one if one[name] != two[name]} == set()


@pytest.fixture(scope="module")
def many_rows(tmp_path_factory):
    """660,000 scores of 2,000 operated patients and 20,000 others: clinical files of more than one row group."""
    folder = tmp_path_factory.mktemp("many") / "records"
    folder.mkdir()
    tables = {
        "patient": "select concat('p', n) as patient_id, date '1960-01-01' as birth_date from range(22_000) as r(n)",
        "procedure": """
            select
                concat('o', n) as procedure_id, concat('p', n) as patient_id, date '2025-03-03' as performed_on,
                'cpt' as system, '63030' as code
            from range(2_000) as r(n)
        """,
        "score": """
            select
                concat('s', n) as score_id, concat('p', n * 7919 % 22_000) as patient_id, 'back_pain' as instrument,
                'nrs' as scale, n % 11 as value, date '2020-01-01' + cast(n // 22_000 as integer) as assessed_on
            from range(400_000) as r(n)
            union all
            select
                concat('t', n), concat('p', n * 7919 % 2_000), 'leg_pain', 'nrs', n % 11,
                date '2020-01-01' + cast(n // 2_000 as integer)
            from range(260_000) as r(n)
        """,
    }
    with duckdb.connect() as db:
        for name, query in tables.items():
            db.execute(f"copy ({query}) to '{folder / name}.csv' (header)")
    return folder


def test_clinical_files_of_many_row_groups_are_the_same_with_any_number_of_threads(many_rows, tmp_path):
    """Records stand in them as they were read."""
    for threads in (1, 2):
        result_bytes(many_rows, tmp_path / str(threads), threads)
    for table in ("patient", "procedure", "score", "contact"):
        files = [tmp_path / threads / "clinical" / f"{table}.parquet" for threads in ("1", "2")]
        assert files[0].read_bytes() == files[1].read_bytes(), table
    assert pq.ParquetFile(tmp_path / "2" / "clinical" / "score.parquet").metadata.num_row_groups > 1
    ids = pq.read_table(tmp_path / "2" / "clinical" / "score.parquet")["score_id"].to_pylist()
    assert [int(i[1:]) for i in ids if i[0] == "t"] == list(range(260_000))

"""`lumbar evaluate --engine spark` beside DuckDB: the same tables, in part files, that every command reads."""

import stat

import pyarrow.parquet as pq
import pytest

from lumbar.store import arrow_schema, open_result
from lumbar.tables.clinical import CLINICAL_TABLES
from lumbar.tables.results import RESULT_TABLES
from spark_command import QUESTION, lumbar, on_spark

N_PATIENTS = 20_000


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clinic") / "records"
    assert lumbar("synth", folder, "--patients", str(N_PATIENTS), "--seed", "3", "--format", "tables").returncode == 0
    return folder


@pytest.fixture(scope="module")
def by_duckdb(records):
    out = records.parent / "by-duckdb"
    assert lumbar("evaluate", records, "--out", out, *QUESTION).returncode == 0
    return out


@pytest.fixture(scope="module")
def by_spark(records):
    out = records.parent / "by-spark"
    done = lumbar(*on_spark(records, out, "spark.master=local[2]"))
    assert (done.returncode, done.stderr) == (0, "")
    return out


def in_order(table):
    return table.sort_by([(name, "ascending") for name in table.schema.names])


def test_every_row_of_every_table_is_duckdbs(by_duckdb, by_spark):
    one, other = open_result(by_duckdb), open_result(by_spark)
    assert one.outcome.num_rows > N_PATIENTS
    assert other.outcome.equals(one.outcome)
    assert other.rate.equals(one.rate)
    assert other.rejected.equals(one.rejected)
    for table in CLINICAL_TABLES:
        assert in_order(other.clinical(table.name)).equals(in_order(one.clinical(table.name))), table.name


def test_run_json_tells_the_same_but_for_the_engine(by_duckdb, by_spark):
    one, other = (dict(open_result(folder).run) for folder in (by_duckdb, by_spark))
    assert one.pop("engine").startswith("duckdb ")
    assert other.pop("engine").endswith(" (local)")
    assert other == one


def test_the_folder_holds_part_files_of_the_declared_columns_and_nothing_else(by_spark):
    tables = {f"{table.name}.parquet": table for table in RESULT_TABLES}
    tables |= {f"clinical/{table.name}.parquet": table for table in CLINICAL_TABLES}
    files = sorted(path.relative_to(by_spark).as_posix() for path in by_spark.rglob("*") if path.is_file())
    assert files == sorted(open_result(by_spark).files())
    for name, table in tables.items():
        for path in (by_spark / name).glob("*") if (by_spark / name).is_dir() else [by_spark / name]:
            found = pq.read_schema(path).remove_metadata()
            assert found.equals(arrow_schema(table)), name
    assert (by_spark / "outcome.parquet" / "part-00000.parquet").is_file()
    assert stat.S_IMODE(by_spark.stat().st_mode) == 0o700


def test_the_other_commands_read_it(by_duckdb, by_spark, records, tmp_path):
    episode = open_result(by_spark).outcome["episode_id"][0].as_py()
    said = []
    for folder in (by_duckdb, by_spark):
        here = tmp_path / folder.name
        here.mkdir()
        told = [
            lumbar("report", folder).returncode,
            lumbar("explain", folder, episode).stdout,
            lumbar("export", "outcomes", folder, "--out", here / "outcomes.csv").returncode,
            (here / "outcomes.csv").read_bytes(),
            lumbar("export", "qpp", folder, "--out", here / "qpp.json", "--interim").returncode,
        ]
        bundled = lumbar("bundle", folder, "--out", here / "bundle.zip", HOME=str(tmp_path))
        assert bundled.returncode == 0, bundled.stderr
        verified = lumbar("verify", here / "bundle.zip", "--inputs", records)
        assert verified.returncode == 0, verified.stdout + verified.stderr
        said.append(told)
    assert said[0] == said[1]
    assert lumbar("diff", by_duckdb, by_spark).returncode == 0
    assert lumbar("purge", by_spark, "--yes").returncode == 0
    assert not by_spark.exists()

"""`lumbar evaluate --engine spark` beside DuckDB: the same tables, in part files, that every command reads."""

import os
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pyspark
import pytest
from deltalake import write_deltalake

from lumbar.cli import __main__ as command
from lumbar.store import arrow_schema, open_result
from lumbar.tables.clinical import CLINICAL_TABLES
from lumbar.tables.results import RESULT_TABLES
from spark_command import QUESTION, environment, in_turn, lumbar, on_spark

N_PATIENTS = int(os.environ.get("LUMBAR_SPARK_PATIENTS", "2000"))
FORMATS = ("tables", "parquet", "delta", "fhir", "eob", "omop")


@dataclass
class Evaluated:
    """A clinic's records, and the results of both engines over them."""

    records: Path
    by_duckdb: Path
    by_spark: Path


def clinic(folder, format_, n_patients):
    """Generated records with blemishes; `parquet` and `delta`: the tables, written so."""
    records, is_lake = folder / "records", format_ in ("parquet", "delta")
    synth = ("synth", records, "--patients", str(n_patients), "--seed", "3")
    assert lumbar(*synth, "--format", "tables" if is_lake else format_).returncode == 0
    for path in records.glob("*.csv") if is_lake else ():
        # Rows of another length than the header's, which only text can have, are left behind.
        rows = duckdb.read_csv(str(path), sep=",", all_varchar=True, header=True, ignore_errors=True)
        if format_ == "parquet":
            rows.write_parquet(str(path.with_suffix(".parquet")))
        else:
            write_deltalake(path.with_suffix(""), rows.to_arrow_table())
        path.unlink()
    return records


def evaluated(folder_for, formats, n_patients):
    """The formats' results, by both engines; Spark's all by one process."""
    found, on_duckdb, by_spark = {}, [], []
    for format_ in formats:
        folder = folder_for(format_)
        records = clinic(folder, format_, n_patients)
        each = found[format_] = Evaluated(records, folder / "by-duckdb", folder / "by-spark")
        mapping = records / "mapping.toml"
        more = ("--mapping", mapping) if mapping.exists() else ()
        on_duckdb.append(["evaluate", records, "--out", each.by_duckdb, *QUESTION, *more])
        by_spark.append([*on_spark(records, each.by_spark, "spark.master=local[2]"), *more])
    for one, other in zip(in_turn(on_duckdb), in_turn(by_spark), strict=True):
        assert (one.code, other.code) == (0, 0), one.err + other.err
        assert sorted(other.err.splitlines()) == sorted(one.err.splitlines())
        assert other.out.replace("by-spark", "by-duckdb") == one.out
    return found


@pytest.fixture(scope="module")
def evaluated_as(tmp_path_factory):
    return evaluated(tmp_path_factory.mktemp, FORMATS, N_PATIENTS)


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """A few patients, enough for what does not depend on their number, below a folder of an odd name."""
    folder = tmp_path_factory.mktemp("tables") / "José a [1]%20"
    folder.mkdir()
    return evaluated(lambda format_: folder, ["tables"], 300)["tables"]


def in_order(table):
    return table.sort_by([(name, "ascending") for name in table.schema.names])


@pytest.mark.parametrize("format_", FORMATS)
def test_every_row_of_every_table_is_duckdbs_and_the_account_too(evaluated_as, format_):
    each = evaluated_as[format_]
    one, other = open_result(each.by_duckdb), open_result(each.by_spark)
    assert one.outcome.num_rows > N_PATIENTS
    assert one.rejected.num_rows
    assert other.outcome.equals(one.outcome)
    assert other.rate.equals(one.rate)
    assert other.rejected.equals(one.rejected)
    for table in CLINICAL_TABLES:
        assert in_order(other.clinical(table.name)).equals(in_order(one.clinical(table.name))), table.name
    ran, run = dict(one.run), dict(other.run)
    assert ran.pop("engine").startswith("duckdb ")
    assert run.pop("engine").endswith(" (local)")
    for facts in (ran, run):  # said in another order where the files are read side by side
        facts["warnings"] = sorted(facts["warnings"])
    assert run == ran


def test_the_folder_holds_part_files_of_the_declared_columns_and_nothing_else(tables):
    by_spark = tables.by_spark
    declared = {f"{table.name}.parquet": table for table in RESULT_TABLES}
    declared |= {f"clinical/{table.name}.parquet": table for table in CLINICAL_TABLES}
    files = sorted(path.relative_to(by_spark).as_posix() for path in by_spark.rglob("*") if path.is_file())
    assert files == sorted(open_result(by_spark).files())
    for name, table in declared.items():
        for path in (by_spark / name).glob("*") if (by_spark / name).is_dir() else [by_spark / name]:
            found = pq.read_schema(path).remove_metadata()
            assert found.equals(arrow_schema(table)), name
    assert (by_spark / "outcome.parquet" / "part-00000.parquet").is_file()
    assert stat.S_IMODE(by_spark.stat().st_mode) == 0o700


def test_outcome_is_in_order_whatever_spark_is_told(tables, tmp_path):
    never_sent, again = "spark.sql.autoBroadcastJoinThreshold=-1", "spark.sql.adaptive.enabled=true"
    settings = [(never_sent, "spark.sql.shuffle.partitions=20"), (never_sent, again, "spark.sql.shuffle.partitions=1")]
    outs = [tmp_path / str(number) for number in range(len(settings))]
    runs = [
        on_spark(tables.records, out, "spark.master=local[2]", *each) for out, each in zip(outs, settings, strict=True)
    ]
    assert [run.code for run in in_turn(runs)] == [0] * len(runs)
    expected = open_result(tables.by_duckdb).outcome
    assert [open_result(out).outcome.equals(expected) for out in outs] == [True] * len(outs)


def test_the_other_commands_read_it(tables, tmp_path):
    records, by_duckdb, by_spark = tables.records, tables.by_duckdb, tables.by_spark
    episode = open_result(by_spark).outcome["episode_id"][0].as_py()
    said = []
    for folder in (by_duckdb, by_spark):
        here = tmp_path / folder.name
        here.mkdir()
        told = [
            lumbar("report", folder).returncode,
            lumbar("explain", folder, episode).stdout,
            lumbar("export", "outcomes", folder, "--privacy", "identified", "--out", here / "outcomes.csv").returncode,
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


def test_spark_submit_runs_it(tables, tmp_path):
    submit = Path(pyspark.__file__).parent / "bin" / "spark-submit"
    out = tmp_path / "result"
    options = ["--master", "local[2]", "--driver-java-options", "-XX:TieredStopAtLevel=1", command.__file__]
    evaluate = ["evaluate", tables.records, "--out", out, *QUESTION, "--engine", "spark"]
    done = subprocess.run(
        [str(submit), *options, *map(str, evaluate)],
        env=environment(SPARK_LOCAL_IP="127.0.0.1"),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert open_result(out).outcome.equals(open_result(tables.by_duckdb).outcome)

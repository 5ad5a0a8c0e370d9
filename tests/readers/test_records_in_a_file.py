"""Records that outgrow the memory stand in a file: the result is the same to the byte, from every kind of source."""

import filecmp

import duckdb
import pytest

from lumbar.synth.write import FORMATS, write_clinic
from lumbar.workflow import evaluating


def as_database(folder, database):
    with duckdb.connect(str(database)) as db:
        for path in sorted(folder.glob("*.csv")):
            db.execute(f"create table {path.stem} as from read_csv('{path}', all_varchar = true)")
    return database


@pytest.mark.parametrize("kind", [*FORMATS, "database"])
def test_in_a_file_and_in_memory_the_result_is_the_same(kind, monkeypatch, tmp_path):
    folder = tmp_path / "records"
    write_clinic(folder, 80, 5, "omop" if kind == "database" else kind)
    source = as_database(folder, tmp_path / "cdm.duckdb") if kind == "database" else folder
    results = {}
    for is_in_a_file in (True, False):
        monkeypatch.setattr(evaluating, "outgrow", lambda source, limit, told=is_in_a_file: told)
        out = tmp_path / f"in a file {is_in_a_file}"
        evaluating.evaluate_to_folder(source, out, year=2026, as_of="2026-11-21", report=False)
        results[is_in_a_file] = out
    tables = sorted(path.relative_to(results[True]) for path in results[True].rglob("*.parquet"))
    assert len(tables) == 10
    _, differing, missing = filecmp.cmpfiles(results[True], results[False], map(str, tables), shallow=False)
    assert (differing, missing) == ([], [])

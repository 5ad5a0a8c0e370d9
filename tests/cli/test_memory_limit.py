"""An input several times larger than the memory it may take spills to disk, and gives the same result."""

import duckdb
import pyarrow.parquet as pq
import pytest

from command_line import lumbar
from lumbar.synth.write import write_clinic

YEAR = ("--year", "2026", "--as-of", "2026-11-21")
LIMIT_BYTES = 128_000_000
WIDE = 12_000


@pytest.fixture(scope="module")
def wide_clinic(tmp_path_factory):
    """1,500 patients whose every procedure line carries a long text: more than five times the limit, in memory."""
    folder = tmp_path_factory.mktemp("wide") / "records"
    write_clinic(folder, 1500, 7, "tables")
    lines = folder / "procedure.csv"
    with duckdb.connect() as db:
        db.execute("create table line as from read_csv(?, all_varchar = true)", [str(lines)])
        (n_lines,) = db.execute("select count(*) from line").fetchone()
        n_copies = 1 + 5 * LIMIT_BYTES // (n_lines * WIDE)
        db.execute(f"""
            copy (
                select line.* replace (
                    concat(procedure_id, '-', k) as procedure_id,
                    repeat(md5(concat(procedure_id, k)), {WIDE // 32}) as facility
                )
                from line cross join range({n_copies}) as copied(k)
            ) to '{lines}' (header)
        """)
    assert lines.stat().st_size > 5 * LIMIT_BYTES
    return folder


def test_an_input_five_times_the_memory_limit_gives_the_same_result(wide_clinic, tmp_path):
    limits = {"small": f"{LIMIT_BYTES // 1_000_000}MB", "large": "4GB"}
    for name, limit in limits.items():
        words = ("evaluate", wide_clinic, *YEAR, "--no-report", "--threads", "2", "--memory-limit", limit)
        assert lumbar(*words, "--out", tmp_path / name).code == 0
    for table in ("outcome", "rate", "rejected", "clinical/procedure", "clinical/score"):
        small, large = (pq.read_table(tmp_path / name / f"{table}.parquet") for name in limits)
        assert small.equals(large), table
    assert not list(tmp_path.glob("*/.spill"))

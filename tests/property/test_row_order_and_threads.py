"""The same clinic gives the same bytes, whatever the order of its rows and the number of threads."""

from io import BytesIO
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from arrow_tables import arrow_clinic
from cohort import AS_OF_DATES, YEAR, cohort
from lumbar.engine import slices
from lumbar.engine.duckdb import evaluate, evaluate_tables, open_session, outcome_reader
from lumbar.measures.policy import EARLIEST, LATEST, NEAREST, Policy

N_PATIENTS = 800
SEED = 3


def parquet_bytes(table: pa.Table) -> bytes:
    """The table as a Parquet file."""
    file = BytesIO()
    pq.write_table(table, file)
    return file.getvalue()


def evaluated(seed: int, threads: int, policy: Policy) -> tuple[bytes, bytes]:
    """`outcome` and `rate` as Parquet, from the rows in the order that seed gives."""
    clinic = cohort(SEED, range(N_PATIENTS), AS_OF_DATES[0])
    for rows in clinic.values():
        Random(seed).shuffle(rows)
    outcome, rate = evaluate_tables(arrow_clinic(clinic), YEAR, policy, AS_OF_DATES[0], threads=threads)
    return parquet_bytes(outcome), parquet_bytes(rate)


@pytest.mark.parametrize("policy", [LATEST, NEAREST, EARLIEST])
def test_any_row_order_and_thread_count_gives_the_same_bytes(policy: str) -> None:
    first = evaluated(seed=1, threads=1, policy=Policy(postoperative=policy))
    for seed, threads in ((2, 1), (3, 2), (4, 4)):
        assert evaluated(seed, threads, Policy(postoperative=policy)) == first, f"{threads} threads"


@pytest.mark.parametrize("size", [7, 100, 500])
def test_slices_of_any_size_give_the_same_bytes(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = evaluated(seed=1, threads=2, policy=Policy())
    monkeypatch.setattr(slices, "SLICE_PATIENTS", range(size, size + 1))
    assert evaluated(seed=1, threads=2, policy=Policy()) == whole


def test_a_session_evaluated_twice_in_slices_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "SLICE_PATIENTS", range(100, 101))
    clinic = arrow_clinic(cohort(SEED, range(N_PATIENTS), AS_OF_DATES[0]))
    with open_session(2) as session:
        for name, rows in clinic.items():
            session.register("given", rows)
            session.execute(f"create table {name} as from given")
        found = []
        for _ in range(2):
            evaluate(session, YEAR, Policy(), AS_OF_DATES[0])
            with outcome_reader(session) as outcome:
                found.append(outcome.read_all())
    assert found[0].num_rows > 0
    assert found[0].equals(found[1])

"""Generated patients: DuckDB and the reference give the same `outcome` and `rate`, in every column.

`LUMBAR_DIFFERENTIAL_PATIENTS` is the number of patients, 3000 unless set.
"""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from cohort import YEAR
from differences import differing, of_patient, report, smallest
from engines import Evaluated, by_key, duckdb, rates_by_key, reference
from lumbar.engine.reference import rate_rows
from lumbar.tables.results import OUTCOME, RATE
from shards import Shard, shards

N_CORES = 2


@pytest.fixture(scope="module")
def cores() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(N_CORES, mp_context=get_context("spawn")) as pool:
        yield pool


@pytest.mark.parametrize("shard", shards(), ids=lambda shard: shard.name)
def test_outcome_and_rate_are_equal(shard: Shard, cores: ProcessPoolExecutor) -> None:
    halves = [cores.submit(half.by_reference) for half in shard.halves]
    clinic = shard.clinic()
    ours = duckdb(clinic, YEAR, shard.policy, shard.as_of)
    theirs = by_key(row for half in halves for row in half.result().outcome)
    assert ours.outcome
    assert set(ours.outcome[0]) == set(theirs[0]) == set(OUTCOME.column_names)
    found = differing(theirs, ours.outcome, OUTCOME.key)
    if found:
        pytest.fail(_explained(clinic, shard, str((found[0][0] or found[0][1] or {})["patient_id"]), len(found)))
    _rates_are_equal(Evaluated(theirs, list(rate_rows(theirs, YEAR))), ours)


def _rates_are_equal(expected: Evaluated, found: Evaluated) -> None:
    """Counts equal; fractions equal to fifteen digits, for the order of floating operations is not a rule."""
    one, other = rates_by_key(expected.rate), rates_by_key(found.rate)
    assert list(one) == list(other)
    for key, row in one.items():
        assert set(row) == set(other[key]) == set(RATE.column_names)
        assert other[key] == {
            name: pytest.approx(value, rel=1e-14, abs=1e-14) if isinstance(value, float) else value
            for name, value in row.items()
        }


def _explained(clinic: dict[str, list[dict[str, object]]], shard: Shard, patient_id: str, n_rows: int) -> str:
    engines = (reference, duckdb)
    few = smallest(of_patient(clinic, patient_id), engines, YEAR, shard.policy, shard.as_of)
    said = report(few, engines, ("reference", "duckdb"), YEAR, shard.policy, shard.as_of, OUTCOME.key)
    return f"{n_rows} rows of outcome differ; the first patient's, on the fewest rows:\n{said}"

"""The measure as a script on a real PostgreSQL: DuckDB's `outcome` and counts, in every column."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import count
from pathlib import Path

import pyarrow as pa
import pytest

from arrow_tables import arrow_clinic
from lumbar.engine.script import COUNT_TABLE, OUTCOME_TABLE, measure_script
from lumbar.measures import for_year
from lumbar.measures.policy import NEAREST, Policy
from lumbar.synth.calibration import AS_OF
from lumbar.tables.results import OUTCOME
from lumbar.tables.schema import Type
from postgres import Server, copy_out, load, rows_of, running
from scripts import (
    CASES,
    COUNT_COLUMNS,
    Rows,
    by_duckdb,
    clinic_around,
    sorted_counts,
    sorted_outcome,
    synthetic_clinic,
)

READER = "reader"  # may read the tables and make temporary ones, nothing else
_DATABASES = count()
_COUNT_TYPES = dict.fromkeys(COUNT_COLUMNS, Type.INTEGER) | {
    "measure_id": Type.TEXT,
    "stratum": Type.TEXT,
    "submitted_alone": Type.BOOLEAN,
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("pg")
    for parent in (folder, *folder.parents[:2]):
        parent.chmod(0o755)
    with running(folder, "datestyle=German", "fsync=off", "client_min_messages=warning") as started:
        started.psql("-c", f"create role {READER} login")
        yield started


def by_postgres(
    server: Server, clinic: dict[str, pa.Table], year: int, policy: Policy, day: date, times: int = 1
) -> tuple[Rows, Rows]:
    """What the script leaves in a session, run as somebody who may only read."""
    database = f"clinic{next(_DATABASES)}"
    server.psql("-c", f"create database {database}")
    path, outcome, counts = (server.folder / name for name in ("script.sql", "outcome.csv", "counts.csv"))
    path.write_text(measure_script("postgres", for_year(year), policy, day, with_inputs=True), encoding="utf-8")
    server.psql("-f", path, database=database)
    load(server, database, clinic)
    server.psql("-c", f"grant select on all tables in schema public to {READER}", database=database)
    path.write_text(measure_script("postgres", for_year(year), policy, day), encoding="utf-8")
    out = ["-c", "set datestyle = iso", "-c", copy_out(OUTCOME_TABLE, list(OUTCOME.column_names), outcome)]
    out += ["-c", copy_out(COUNT_TABLE, list(COUNT_COLUMNS), counts)]
    server.psql(*["-f", path] * times, *out, user=READER, database=database)
    types = {column.name: column.type for column in OUTCOME.columns}
    return sorted_outcome(rows_of(outcome, types)), sorted_counts(rows_of(counts, _COUNT_TYPES))


@pytest.mark.parametrize(
    ("year", "policy", "day"), CASES, ids=lambda value: str(getattr(value, "postoperative", value))
)
def test_the_script_equals_duckdb_on_generated_patients(server: Server, year: int, policy: Policy, day: date) -> None:
    clinic = clinic_around(year, 600)
    outcome, counts = by_duckdb(clinic, year, policy, day)
    assert len(outcome) > 600
    found, found_counts = by_postgres(server, clinic, year, policy, day)
    assert found == outcome
    assert found_counts == counts


def test_the_script_equals_duckdb_on_a_synthetic_clinic(server: Server, tmp_path: Path) -> None:
    clinic = synthetic_clinic(tmp_path, 2000)
    expected = by_duckdb(clinic, 2026, Policy(), AS_OF)
    assert len(expected[0]) > 6000
    assert by_postgres(server, clinic, 2026, Policy(), AS_OF) == expected


def test_the_script_runs_twice_in_one_session(server: Server) -> None:
    clinic = clinic_around(2026, 50)
    expected = by_duckdb(clinic, 2026, Policy(), AS_OF)
    assert by_postgres(server, clinic, 2026, Policy(), AS_OF, times=2) == expected


def test_ids_are_compared_by_code_point_and_not_as_a_language_orders_them(server: Server) -> None:
    """'B' comes before 'a' by code point, after it in English; so do the surgeon, the score and the payer."""
    day = date(2025, 3, 14)
    patient = {"patient_id": "p", "birth_date": date(1970, 1, 1)}
    line = {"patient_id": "p", "performed_on": day, "system": "cpt", "code": "63030"}
    score = {
        "patient_id": "p",
        "instrument": "back_pain",
        "scale": "nrs",
        "value": Decimal(7),
        "assessed_on": date(2025, 3, 1),
    }
    clinic = arrow_clinic(
        {
            "patient": [patient],
            "procedure": [
                line | {"procedure_id": "a", "surgeon_npi": "1111111112"},
                line | {"procedure_id": "B", "surgeon_npi": "2222222228"},
            ],
            "score": [score | {"score_id": "a"}, score | {"score_id": "B"}],
            "coverage": [{"patient_id": "p", "payer": "a"}, {"patient_id": "p", "payer": "B"}],
        }
    )
    assert server.psql("-At", "-c", "select min(id) from (values ('a'), ('B')) as t(id)") == "a\n"
    found, _ = by_postgres(server, clinic, 2026, Policy(), AS_OF)
    assert {(row["surgeon_npi"], row["payer"]) for row in found} == {("2222222228", "B")}
    assert {row["preoperative_score_id"] for row in found if row["instrument"] == "back_pain"} == {"B"}
    assert found == by_duckdb(clinic, 2026, Policy(), AS_OF)[0]


@pytest.mark.parametrize(
    ("index_date", "opens", "closes"),
    [
        (date(2025, 5, 31), date(2026, 2, 28), date(2026, 8, 31)),
        (date(2023, 5, 31), date(2024, 2, 29), date(2024, 8, 31)),
        (date(2025, 2, 28), date(2025, 11, 28), date(2026, 5, 28)),
    ],
)
def test_months_end_as_they_do(server: Server, index_date: date, opens: date, closes: date) -> None:
    """31 May + 9 months is the last of February; 28 February + 9 months is the 28th of November, not its last day."""
    line = {"procedure_id": "1", "patient_id": "p", "performed_on": index_date, "system": "cpt", "code": "22612"}
    clinic = arrow_clinic({"patient": [{"patient_id": "p"}], "procedure": [line]})
    found, _ = by_postgres(server, clinic, 2026, Policy(postoperative=NEAREST), AS_OF)
    assert {(r["window_opens"], r["window_closes"]) for r in found if r["timepoint"] == "one_year"} == {(opens, closes)}

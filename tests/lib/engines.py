"""Each engine behind one face: clinical rows in, outcome and rate rows out, sorted.

An engine here is a function `(clinic, rules, policy, as_of) -> Evaluated`. A further engine is one
more function and one more line in ENGINES; every suite then runs on it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from arrow_tables import Clinic, Row, arrow_clinic
from lumbar.engine.duckdb import evaluate_tables
from lumbar.engine.reference import PatientRecords, judge_patient, rate_rows
from lumbar.measures.model import PerformanceYear
from lumbar.measures.policy import Policy
from lumbar.tables.clinical import CLINICAL_TABLES
from lumbar.tables.results import OUTCOME, RATE

RECORDS = {
    "procedure": "procedures",
    "score": "scores",
    "condition": "conditions",
    "coverage": "coverages",
    "reported_code": "reported_codes",
}


class Evaluated(NamedTuple):
    """What an engine says: rows of `outcome` and of `rate`, each as column -> value."""

    outcome: list[Row]
    rate: list[Row]


Engine = Callable[[Clinic, PerformanceYear, Policy, date], Evaluated]


def reference(clinic: Clinic, rules: PerformanceYear, policy: Policy, as_of: date) -> Evaluated:
    """The plain Python reference, one patient at a time."""
    outcome = [row for records in patients(clinic) for row in judged(records, rules, policy, as_of)]
    return Evaluated(by_key(outcome), list(rate_rows(by_key(outcome), rules)))


def duckdb(
    clinic: Clinic, rules: PerformanceYear, policy: Policy, as_of: date, threads: int | None = None
) -> Evaluated:
    """The static SQL on DuckDB, all patients in one query."""
    outcome, rate = evaluate_tables(arrow_clinic(clinic), rules, policy, as_of, threads=threads)
    return Evaluated(by_key(outcome.to_pylist()), rate.to_pylist())


def spark(clinic: Clinic, rules: PerformanceYear, policy: Policy, as_of: date) -> Evaluated:
    """The same SQL on Spark, all patients in one query, in the session that the suite has started."""
    from pyspark.sql import SparkSession

    from lumbar.engine import spark as engine

    session = SparkSession.getActiveSession()
    assert session is not None, "the suite starts Spark: tests/spark/conftest.py"
    with TemporaryDirectory() as scratch:
        tables = arrow_clinic(clinic)
        outcome, rate = engine.evaluate_tables(session, tables, rules, policy, as_of, Path(scratch))
    rows = outcome.to_pylist()
    assert rows == by_key(rows), "Spark gives outcome in the order of its key"
    return Evaluated(rows, rate.to_pylist())


# Spark runs in tests/spark alone, for starting it takes long: `SPARK | ENGINES` there.
SPARK: dict[str, Engine] = {"spark": spark}
ENGINES: dict[str, Engine] = {"reference": reference, "duckdb": duckdb}


def patients(clinic: Clinic) -> list[PatientRecords]:
    """The clinic's rows gathered by patient, in order of patient id; every column present."""
    gathered: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for table in CLINICAL_TABLES:
        for row in clinic.get(table.name, ()):
            whole = dict.fromkeys(table.column_names) | row
            gathered[row["patient_id"]][table.name].append(whole)
    return [
        PatientRecords(
            patient=next(iter(tables["patient"]), None),
            **{field: list(tables[name]) for name, field in RECORDS.items()},
        )
        for _, tables in sorted(gathered.items())
    ]


def judged(records: PatientRecords, rules: PerformanceYear, policy: Policy, as_of: date) -> list[Row]:
    """The outcome rows the reference gives one patient."""
    return [judgement.row() for judgement in judge_patient(records, rules, policy, as_of)]


def by_key(outcome: Iterable[Row]) -> list[Row]:
    """Outcome rows in the order of their key."""
    return sorted(outcome, key=lambda row: tuple(row[name] for name in OUTCOME.key))


def rates_by_key(rate: Iterable[Row]) -> dict[tuple[str, ...], Row]:
    """Rate rows by measure and stratum."""
    return {tuple(row[name] for name in RATE.key): row for row in rate}

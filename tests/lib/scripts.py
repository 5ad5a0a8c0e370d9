"""The measure as a script beside the engine it must equal: what both say, as comparable rows."""

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from arrow_tables import arrow_clinic
from cohort import AS_OF_DATES, cohort
from decade import as_of, clinic_of
from lumbar.engine.duckdb import create_empty, evaluate, open_session, outcome_reader
from lumbar.measures import for_year
from lumbar.measures.policy import EARLIEST, LATEST, NEAREST, Policy
from lumbar.store import open_result
from lumbar.synth import write_clinic
from lumbar.synth.calibration import AS_OF
from lumbar.tables.clinical import CLINICAL_TABLES, JUDGED_TABLES
from lumbar.tables.results import OUTCOME
from lumbar.workflow import evaluate_to_folder

Rows = list[dict[str, Any]]

COUNT_COLUMNS = (
    "measure_id",
    "stratum",
    "position",
    "submitted_alone",
    "eligible",
    "met",
    "not_met",
    "not_assessed",
    "excluded",
    "open",
    "upcoming",
    "change_sum",
)
# Year, policy, as-of date: every year's design, every policy, windows closed and open.
CASES = (
    (2018, Policy(postoperative=NEAREST), as_of(2018)),
    (2021, Policy(postoperative=EARLIEST), as_of(2021)),
    (2024, Policy(postoperative=NEAREST), as_of(2024).replace(month=4, day=30)),
    (2026, Policy(postoperative=EARLIEST, include_unverified_procedures=True), AS_OF_DATES[0]),
    (2026, Policy(postoperative=LATEST), AS_OF),
)


def clinic_around(year: int, n_patients: int) -> dict[str, pa.Table]:
    """Generated patients aimed at the edges of the year's rules."""
    if year == for_year(2026).year:
        return arrow_clinic(cohort(20, range(n_patients), AS_OF_DATES[0]))
    return arrow_clinic(clinic_of(year, year, n_patients))


def synthetic_clinic(folder: Path, n_patients: int) -> dict[str, pa.Table]:
    """A synthetic clinic as a reader leaves it: its files written, read, and kept with a result."""
    write_clinic(folder / "records", n_patients, 7, "tables", AS_OF)
    evaluate_to_folder(folder / "records", folder / "result", year=2026, as_of=AS_OF, report=False)
    stored = open_result(folder / "result")
    return {table.name: stored.clinical(table.name) for table in JUDGED_TABLES}


def by_duckdb(clinic: dict[str, pa.Table], year: int, policy: Policy, day: date) -> tuple[Rows, Rows]:
    """Rows of `outcome` and of `rate_count`, each in the order of its key, as the engine has them."""
    with open_session() as session:
        for table in CLINICAL_TABLES:
            create_empty(session, table)
            if table.name in clinic:
                session.register("given", clinic[table.name])
                session.execute(f"insert into {table.name} by name select * from given")
                session.unregister("given")
        evaluate(session, for_year(year), policy, day)
        with outcome_reader(session) as batches:
            outcome = batches.read_all()
        # Counted while the outcome is made; so few patients are one slice.
        counts = session.execute(f"select {', '.join(COUNT_COLUMNS)} from rate_count").to_arrow_table()
        return sorted_outcome(outcome.to_pylist()), sorted_counts(counts.to_pylist())


def sorted_outcome(rows: Rows) -> Rows:
    """Rows of `outcome` in the order of its key."""
    return sorted(rows, key=lambda row: tuple(row[name] for name in OUTCOME.key))


def sorted_counts(rows: Rows) -> Rows:
    """Rows of `rate_count` in the order of its key, its sums as whole numbers."""
    whole = [row | {"change_sum": None if row["change_sum"] is None else int(row["change_sum"])} for row in rows]
    return sorted(whole, key=lambda row: (row["measure_id"], row["stratum"]))

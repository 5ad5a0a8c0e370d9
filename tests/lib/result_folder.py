"""A result folder made of clinical rows as values, without files of records."""

from datetime import date
from pathlib import Path

from arrow_tables import Clinic, arrow_table
from lumbar.engine.duckdb import evaluate_tables
from lumbar.measures import for_year
from lumbar.measures.lock import lock_hash
from lumbar.measures.policy import Policy
from lumbar.store import ResultWriter
from lumbar.tables.clinical import CLINICAL_TABLES
from lumbar.tables.results import OUTCOME, RATE
from lumbar.version import __version__


def write_result(folder: Path, clinic: Clinic, year: int, as_of: date) -> Path:
    """Evaluates the rows and writes what exports read of a result folder."""
    rules, policy = for_year(year), Policy()
    tables = {table.name: arrow_table(table, clinic.get(table.name, ())) for table in CLINICAL_TABLES}
    outcome, rate = evaluate_tables(tables, rules, policy, as_of)
    with ResultWriter(folder) as writer:
        writer.result(OUTCOME, outcome)
        writer.result(RATE, rate)
        for table in CLINICAL_TABLES:
            writer.clinical(table, tables[table.name])
        writer.run(
            {
                "package": "lumbar",
                "version": __version__,
                "rule_set": f"py{year}",
                "rule_set_hash": lock_hash(rules),
                "year": year,
                "as_of": as_of.isoformat(),
                "measures": [measure.id for measure in rules.measures],
                "policy": policy.as_json(),
            }
        )
    return folder

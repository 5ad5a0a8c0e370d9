"""A result folder made of clinical rows as values, without files of records."""

from datetime import date
from pathlib import Path

from arrow_tables import Clinic, arrow_table
from lumbar.codelists import code_list_hashes
from lumbar.engine.duckdb import evaluate_tables
from lumbar.measures import for_year
from lumbar.measures.lock import lock_hash
from lumbar.measures.policy import Policy
from lumbar.tables.clinical import CLINICAL_TABLES
from lumbar.tables.results import REJECTED
from lumbar.version import __version__
from lumbar.workflow.result import InMemory, Result
from run_json import run_json


def result_folder(folder: Path, clinic: Clinic, year: int, as_of: date) -> Path:
    """The clinic evaluated for a performance year and written to `folder`, with what exports read of run.json."""
    rules, policy = for_year(year), Policy()
    clinical = {table.name: arrow_table(table, clinic.get(table.name, ())) for table in CLINICAL_TABLES}
    outcome, rate = evaluate_tables(clinical, rules, policy, as_of)
    run = run_json(
        version=__version__,
        rule_set=f"py{year}",
        rule_set_hash=lock_hash(rules),
        code_lists=code_list_hashes(year),
        year=year,
        as_of=as_of.isoformat(),
        measures=[measure.id for measure in rules.measures],
        policy=policy.as_json(),
    )
    Result(InMemory(outcome, rate, arrow_table(REJECTED, ()), run, clinical)).save(folder, report=False)
    return folder

"""The facts of run.json, whole, for results that no run has made."""

from typing import Any


def run_json(**facts: Any) -> dict[str, Any]:
    """Every fact that a run writes, those given in the place of the others."""
    return {
        "package": "lumbar",
        "version": "0",
        "rule_set": "py2026",
        "rule_set_hash": "0" * 64,
        "code_lists": {},
        "year": 2026,
        "as_of": "2026-11-21",
        "measures": [],
        "policy": {},
        "format": "tables",
        "mapping": None,
        "timezone": None,
        "date_format": "YYYY-MM-DD",
        "engine": "duckdb",
        "python": "3",
        "packages": {},
        "n_patients": 0,
        "n_episodes": 0,
        "n_procedure_lines": 0,
        "n_procedure_lines_that_start_an_episode": 0,
        "inputs": [],
        "warnings": [],
        **facts,
    }

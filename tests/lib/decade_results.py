"""Result folders of the ten-year clinic, one a performance year."""

from datetime import date
from pathlib import Path

from arrow_tables import Row
from decade import as_of, decade
from engines import duckdb
from lumbar.measures import for_year
from lumbar.measures.model import BothScores
from lumbar.measures.policy import Policy
from lumbar.tables.results import MET
from result_folder import result_folder

# Of the patients who lack a score where both are asked for, every so many-th stays in the clinic.
KEPT = 20


def decade_result(folder: Path, year: int, clinic: dict[str, list[Row]] | None = None, on: date | None = None) -> Path:
    """The result of one year of a clinic, the ten-year clinic when none is given, as a folder.

    As of `on`, the last day of the year when left out.
    """
    return result_folder(folder / str(year), decade() if clinic is None else clinic, year, on or as_of(year))


def answering_clinic(year: int) -> dict[str, list[Row]]:
    """The ten-year clinic; where the year asks for both scores, without most patients that lack one."""
    clinic, rules = decade(), for_year(year)
    if not isinstance(rules.measures[0].target, BothScores):
        return clinic
    outcome = duckdb(clinic, rules, Policy(), as_of(year)).outcome
    lacking = sorted({row["patient_id"] for row in outcome if row["in_measure"] and row["status"] != MET})
    gone = {patient_id for place, patient_id in enumerate(lacking) if place % KEPT}
    return {name: [row for row in rows if row["patient_id"] not in gone] for name, rows in clinic.items()}

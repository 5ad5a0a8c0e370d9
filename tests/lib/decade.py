"""One clinic of ten years: the generated patients moved, year by year, to every performance year there are rules for.

A patient is moved as a whole, by calendar years, so that dates keep their distance from the year's periods and
windows; codes already reported become those of the same instrument, timepoint and role in the new year.
"""

from datetime import date
from functools import cache
from typing import Any

from arrow_tables import Row
from cohort import AS_OF_DATES, cohort, plus_months
from lumbar.measures import for_year, years

COHORT_YEAR = 2026
SEED = 3
PATIENTS_A_YEAR = 200
ROLES = ("met", "not_met", "not_assessed", "excluded")


def as_of(year: int) -> date:
    """The last day of a performance year: every window of its operations has closed."""
    return date(year, 12, 31)


def clinic_of(year: int, seed: int, n_patients: int, aim: date = AS_OF_DATES[0]) -> dict[str, list[Row]]:
    """Generated patients whose operations lie around one performance year; ids begin with the year."""
    codes = _same_role(year)
    found: dict[str, list[Row]] = {}
    for name, rows in cohort(seed, range(n_patients), aim).items():
        found[name] = [{column: _moved(column, value, year, codes) for column, value in row.items()} for row in rows]
    return found


@cache
def decade() -> dict[str, list[Row]]:
    """Two thousand patients, two hundred of each of the ten years, in one clinic."""
    whole: dict[str, list[Row]] = {}
    for year in years():
        for name, rows in clinic_of(year, SEED + year, PATIENTS_A_YEAR).items():
            whole.setdefault(name, []).extend(rows)
    return whole


def _moved(column: str, value: Any, year: int, codes: dict[str, str]) -> Any:
    if isinstance(value, date):
        return plus_months(value, 12 * (year - COHORT_YEAR))
    if column in ("patient_id", "procedure_id", "score_id", "condition_id"):
        return f"{year}.{value}"
    return codes.get(value, value) if column == "code" else value


@cache
def _same_role(year: int) -> dict[str, str]:
    return {code: theirs[place] for place, code in _codes(COHORT_YEAR).items() if place in (theirs := _codes(year))}


def _codes(year: int) -> dict[tuple[str, str, str], str]:
    return {
        (measure.instrument, stratum.timepoint, role): getattr(stratum.codes, role)
        for measure in for_year(year).measures
        for stratum in measure.strata
        for role in ROLES
    }

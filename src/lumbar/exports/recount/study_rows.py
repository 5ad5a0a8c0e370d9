"""The rows of a result as a study must tell them: dates, ages and words worked out one by one."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from lumbar.engine.reference_dates import add_months, window_of
from lumbar.exports.recount.expected import Expected
from lumbar.measures import for_year
from lumbar.measures.model import Window

Row = Mapping[str, Any]
_Days = tuple[int, int]


def study_rows(expected: Expected, *, deidentified: bool) -> list[Row]:
    """The rows in the result's order; patients and operations numbered, patients in any order.

    Each has the columns of `outcome` and those of a study; a file holds the ones of its privacy level.
    """
    patients = {row["patient_id"]: row for row in expected.clinical("patient")}
    operated: dict[str, set[date]] = {}
    last_told: dict[str, date] = {}
    for row in expected.rows:
        patient_id, on = row["patient_id"], row["index_date"]
        operated.setdefault(patient_id, set()).add(on)
        last_told[patient_id] = max(last_told.get(patient_id, on), on, row["postoperative_on"] or on)
    numbers = {patient_id: number for number, patient_id in enumerate(operated, 1)}
    before, after = _steady_days(expected.year)
    told: list[Row] = []
    for row in expected.rows:
        patient, on = patients[row["patient_id"]], row["index_date"]
        days, stratum = sorted(operated[row["patient_id"]]), (row["measure_id"], row["kind"])
        age: int | str = _age(patient["birth_date"], on)
        if deidentified:
            age = "90+" if _age(patient["birth_date"], last_told[row["patient_id"]]) >= 90 else str(age)
        own = {
            "patient": numbers[row["patient_id"]],
            "operation": days.index(on) + 1,
            "performance_year": expected.year,
            "age_at_index": age,
            "sex": _sex(patient["sex"]),
            "surgeon_npi": _npi(row["surgeon_npi"]),
            "preoperative_day": _day(on, row["preoperative_on"], before[stratum]),
            "postoperative_day": _day(on, row["postoperative_on"], after[stratum]),
        }
        told.append({name: None if value == "" else value for name, value in {**row, **own}.items()})
    return told


def _age(born: date, on: date) -> int:
    """Whole years: 29 February is kept on 28 February in a year without it."""
    years = on.year - born.year
    return years if add_months(born, 12 * years) <= on else years - 1


def _sex(recorded: str | None) -> str:
    word = (recorded or "").strip().lower()
    return "female" if word in ("f", "female") else "male" if word in ("m", "male") else "other_or_unknown"


def _npi(recorded: str | None) -> str | None:
    text = recorded or ""
    return text if len(text) == 10 and text[0] in "12" and all(sign in "0123456789" for sign in text) else None


def _day(operated_on: date, scored_on: date | None, steady: _Days) -> int | None:
    if scored_on is None:
        return None
    days = scored_on.toordinal() - operated_on.toordinal()
    return max(steady[0], min(steady[1], days))


def _steady_days(year: int) -> tuple[dict[tuple[str, str], _Days], dict[tuple[str, str], _Days]]:
    """By measure and kind, the first and last day that lie in the window whatever the index date."""
    before, after = {}, {}
    for measure in for_year(year).measures:
        for stratum in measure.strata:
            before[measure.id, stratum.kind] = _steady(measure.preoperative, year)
            after[measure.id, stratum.kind] = _steady(stratum.postoperative, year)
    return before, after


def _steady(window: Window, year: int) -> _Days:
    first, last = -(10**6), 10**6
    day = date(year - 4, 1, 1)
    while day.year < year:
        opens, closes = window_of(day, window)
        first, last = max(first, (opens - day).days), min(last, (closes - day).days)
        day += timedelta(days=1)
    return first, last

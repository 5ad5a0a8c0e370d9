"""A clinic small enough to read, as of 21 November 2026: every status, death, two operations, ids FHIR would refuse."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from arrow_tables import Row

YEAR = 2026
AS_OF = date(2026, 11, 21)
SURGEON = "1234567893"
OTHER_SURGEON = "1245319599"
DISCECTOMY, FUSION = "63030", "22612"
LATE_FUSION = date(2025, 9, 15)  # its window is open on the as-of date, until 15 December 2026

# Patient -> what is to be read of its first operation, in every file.
MET, NOT_MET, NOT_ASSESSED = "case met", "case not met \u00fc/1", "case not assessed"
OPEN, NOT_MET_SO_FAR, DEAD_AND_OPEN = "case open", "case not met so far", "case dead and open"
SCORED_AFTER_DEATH, TWICE = "case scored after death", "case twice"


def follow_up_cases() -> dict[str, list[Row]]:
    """The clinic as rows of the clinical tables."""
    clinic: dict[str, list[Row]] = {"patient": [], "procedure": [], "score": []}
    spring = date(2025, 3, 3)
    add(clinic, MET, spring, DISCECTOMY, before="8.2", after=("3.2", 80))
    add(clinic, NOT_MET, spring, DISCECTOMY, before="8", after=("6", 80), npi=OTHER_SURGEON)
    add(clinic, NOT_ASSESSED, spring, DISCECTOMY, before="8")
    add(clinic, OPEN, LATE_FUSION, FUSION, before="7")
    add(clinic, NOT_MET_SO_FAR, LATE_FUSION, FUSION, before="7", after=("6", 300))
    add(clinic, DEAD_AND_OPEN, LATE_FUSION, FUSION, before="7", died=date(2026, 1, 1))
    add(clinic, SCORED_AFTER_DEATH, spring, DISCECTOMY, before="8", after=("2", 80), died=date(2025, 4, 1))
    add(clinic, TWICE, spring, DISCECTOMY, before="8", after=("2", 80))
    add(clinic, TWICE, date(2025, 9, 1), FUSION, before="9", after=("6", 365), known=True)
    return clinic


def add(
    clinic: dict[str, list[Row]],
    patient_id: str,
    day: date,
    code: str,
    *,
    before: str,
    after: tuple[str, int] | None = None,
    npi: str = SURGEON,
    died: date | None = None,
    known: bool = False,
) -> None:
    """One operation of a patient, a score a week before it, and one some days after."""
    if not known:
        clinic["patient"].append(
            {"patient_id": patient_id, "birth_date": date(1960, 1, 1), "deceased_on": died, "sex": "female"}
        )
    clinic["procedure"].append(
        {
            "procedure_id": f"{patient_id}-{day}",
            "patient_id": patient_id,
            "performed_on": day,
            "system": "cpt",
            "code": code,
            "surgeon_npi": npi,
        }
    )
    scores = [(before, -7), *([after] if after else [])]
    clinic["score"] += [_score(patient_id, value, day + timedelta(days=days)) for value, days in scores]


def _score(patient_id: str, value: str, on: date) -> dict[str, Any]:
    return {
        "score_id": f"{patient_id}-{on}",
        "patient_id": patient_id,
        "instrument": "back_pain",
        "scale": "nrs",
        "value": Decimal(value),
        "assessed_on": on,
    }

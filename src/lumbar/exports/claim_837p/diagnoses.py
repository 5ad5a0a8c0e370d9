"""The diagnoses a claim points to: those that were there, that a claim can carry, and that bear each other."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from lumbar.codelists.claims import is_of_spine
from lumbar.codelists.terminology import current_icd10cm, exclude_each_other, history, term_on

MOST_DIAGNOSES = 12


def diagnoses_of(
    conditions: Iterable[Mapping[str, Any]], index_date: date, served_on: date, as_of: date
) -> tuple[str, ...]:
    """Up to twelve ICD-10-CM codes with their dots, the one the lines point to first; empty when none can be used.

    Taken are confirmed diagnoses known on the as-of date, active on the day of the operation or on the date of
    service, whose code a claim can carry on the date of service. Diseases of the spine stand first, then what was
    there on the day of the operation, then the smaller code. A code that an Excludes1 note forbids beside one
    before it is left out.
    """
    usable = {
        (not is_of_spine(row["code"]), not _active(row, index_date), row["code"])
        for row in conditions
        if row["system"] == "icd10cm"
        and row["verification"] in (None, "confirmed")
        and (row["recorded_on"] is None or row["recorded_on"] <= as_of)
        and (_active(row, index_date) or _active(row, served_on))
        and _billable(row["code"], served_on)
    }
    chosen: list[str] = []
    for _, _, code in sorted(usable):
        if code not in chosen and not any(exclude_each_other(code, other, served_on) for other in chosen):
            chosen.append(code)
    return tuple(chosen[:MOST_DIAGNOSES])


def _active(row: Mapping[str, Any], on: date) -> bool:
    onset_on, abated_on = row["onset_on"], row["abated_on"]
    return (onset_on is None or onset_on <= on) and (abated_on is None or abated_on >= on)


def _billable(code: str, on: date) -> bool:
    """Whether a claim can carry the code that day; a code whose past is not kept is asked of the current list."""
    if history("icd10cm", code):
        term = term_on("icd10cm", code, on)
        return term is not None and term.billable
    return current_icd10cm.is_billable(code)

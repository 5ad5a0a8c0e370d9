"""Who may be contacted, and how: the dead and those who declined never are, nor anybody whose refusal may be lost."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from lumbar.tables.clinical import CONTACT

KEPT_OFF_REASONS = {
    "deceased": "known to be dead on the as-of date",
    "declined": "asked not to be contacted",
    "refusal_unclear": "a row of contact was rejected, and a refusal may stand in it; mend the row",
}
# A rejected row that says no more than an accepted one, or is of nobody.
_HARMLESS = ("duplicate", "unknown_patient")


@dataclass(frozen=True, slots=True)
class Contact:
    """How to reach a patient; none where nobody said."""

    name: str | None = None
    mrn: str | None = None
    phone: str | None = None
    email: str | None = None


def n_naming_nobody(rejected: Iterable[Mapping[str, Any]]) -> int:
    """How many rejected rows of `contact` do not say whose they are: a refusal of anybody may stand in them."""
    return sum(_hides_a_refusal(row) and not row["record_id"] for row in rejected)


def kept_off(
    patients: Sequence[Mapping[str, Any]],
    contacts: Sequence[Mapping[str, Any]],
    rejected: Sequence[Mapping[str, Any]],
    as_of: date,
) -> dict[str, str]:
    """Why a patient is not to be contacted, one of KEPT_OFF_REASONS by patient id; who is not in it may be.

    `deceased` without a date is dead; a refusal counts from its day, and for good. `rejected` are rejected records.
    Where one of `contact` names nobody, it may be a refusal of whoever has no row in `contacts`.
    """
    unclear = {row["record_id"] for row in rejected if _hides_a_refusal(row) and row["record_id"]}
    if n_naming_nobody(rejected):
        unclear |= {row["patient_id"] for row in patients} - {row["patient_id"] for row in contacts}
    reasons = dict.fromkeys(unclear, "refusal_unclear")
    reasons |= {row["patient_id"]: "declined" for row in contacts if row["declined_on"] and row["declined_on"] <= as_of}
    return reasons | {row["patient_id"]: "deceased" for row in patients if _is_dead(row, as_of)}


def reached_by(contacts: Iterable[Mapping[str, Any]]) -> dict[str, Contact]:
    """How to reach each patient that has a row, by patient id."""
    return {row["patient_id"]: Contact(row["name"], row["mrn"], row["phone"], row["email"]) for row in contacts}


def _hides_a_refusal(row: Mapping[str, Any]) -> bool:
    """Whether a rejected record is of `contact`, and may say what no accepted row says."""
    return row["table"] == CONTACT.name and row["reason"] not in _HARMLESS


def _is_dead(patient: Mapping[str, Any], as_of: date) -> bool:
    if patient["deceased_on"] is not None:
        return bool(patient["deceased_on"] <= as_of)
    return bool(patient["deceased"])

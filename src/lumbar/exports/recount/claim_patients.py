"""Whom a claim is about: what the clinical records say of a patient, and what of a claim is not so."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from lumbar.codelists.terminology import current_icd10cm, history, term_on
from lumbar.exports.recount.expected import Expected
from lumbar.exports.recount.x12_claims import Claim

Row = Mapping[str, Any]

# What a test file has of a patient whose date of birth is not held.
_BORN_IN_A_TEST = "19000101"
# A name as its words in order of the alphabet, with a member number.
Called = tuple[tuple[str, ...], str]


@dataclass(slots=True)
class Patient:
    """One patient of the records; dates of the file as CCYYMMDD, empty where none is known."""

    born: str
    sex: str
    died: str
    deceased_on: date | None
    deceased: bool
    conditions: list[Row] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Patients:
    """The patients that an export may name, and whose are a name and a member number in the records."""

    by_id: Mapping[str, Patient]
    called: Mapping[Called, set[str]]
    as_of: date

    def diagnoses(self, row: Row, served_on: date) -> set[str]:
        """The codes, without dots, that a claim of the row's operation can carry on the date of service."""
        return {
            condition["code"].replace(".", "")
            for condition in self.by_id[row["patient_id"]].conditions
            if condition["system"] == "icd10cm"
            and (condition["verification"] or "confirmed") == "confirmed"
            and (condition["recorded_on"] or self.as_of) <= self.as_of
            and any(_was_there(condition, on) for on in (row["index_date"], served_on))
            and _is_billable(condition["code"], served_on)
        }

    def differing(self, claim: Claim, row: Row, served_on: date, *, is_test: bool) -> Iterator[str]:
        """What a claim says that the records do not say of the row's patient; no value is told.

        Addresses are in no record. A name or member number may come from the billing system; both together are
        refused when the records give them to somebody else.
        """
        patient, told = self.by_id[row["patient_id"]], claim.subscriber
        if told.birth_date != (patient.born or (_BORN_IN_A_TEST if is_test else None)):
            yield "the date of birth is not the patient's"
        if told.sex != patient.sex:
            yield "the sex is not the patient's"
        if told.deceased_on != patient.died:
            yield "the date of death is not the patient's"
        if not claim.diagnoses or not self.diagnoses(row, served_on).issuperset(claim.diagnoses):
            yield "a diagnosis is none of the patient's that a claim can carry on that day"
        if row["patient_id"] not in self.called.get(_called(told.name, told.member_id), {row["patient_id"]}):
            yield "name and member number are those of another patient"


def patients_of(expected: Expected) -> Patients:
    """The patients of the rows of a result, read from its clinical tables."""
    wanted = {row["patient_id"] for row in expected.rows}

    def rows(table: str) -> Iterator[Row]:
        return (row for row in expected.clinical(table) if row["patient_id"] in wanted)

    by_id = {row["patient_id"]: _patient(row, expected.as_of) for row in rows("patient")}
    for row in rows("condition"):
        by_id[row["patient_id"]].conditions.append(row)
    names = {row["patient_id"]: row["name"] or "" for row in rows("contact")}
    called: dict[Called, set[str]] = {}
    for row in rows("coverage"):
        patient_id = row["patient_id"]
        if row["member_id"] and patient_id in names:
            called.setdefault(_called(names[patient_id], row["member_id"]), set()).add(patient_id)
    return Patients(by_id, called, expected.as_of)


def same_level(claims: Sequence[tuple[Claim, Row]]) -> bool:
    """Whether the claims of each subscriber's level are of one patient."""
    patients: dict[int, str] = {}
    return all(patients.setdefault(c.subscriber.level, row["patient_id"]) == row["patient_id"] for c, row in claims)


def _patient(row: Row, as_of: date) -> Patient:
    born, died = row["birth_date"], row["deceased_on"]
    return Patient(
        born=f"{born:%Y%m%d}" if born else "",
        sex={"f": "F", "female": "F", "m": "M", "male": "M"}.get((row["sex"] or "").strip().lower(), "U"),
        died=f"{died:%Y%m%d}" if died and died <= as_of else "",
        deceased_on=died,
        deceased=bool(row["deceased"]),
    )


def _was_there(condition: Row, on: date) -> bool:
    return (condition["onset_on"] or on) <= on <= (condition["abated_on"] or on)


def _is_billable(code: str, on: date) -> bool:
    if not history("icd10cm", code):
        return current_icd10cm.is_billable(code)
    term = term_on("icd10cm", code, on)
    return term is not None and term.billable


def _called(name: str, member_id: str) -> Called:
    return tuple(sorted(_words(name))), "".join(_words(member_id))


def _words(text: str) -> list[str]:
    return re.findall(r"[A-Z0-9]+", unicodedata.normalize("NFKD", text.upper()).encode("ascii", "ignore").decode())

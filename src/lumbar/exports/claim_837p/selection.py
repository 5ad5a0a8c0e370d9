"""Which rows of a result become lines of which claims, and why the others do not."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from lumbar.codelists import Entry, code_list
from lumbar.errors import UsageError
from lumbar.exports.claim_837p import account
from lumbar.exports.claim_837p.account import LeftOut
from lumbar.exports.claim_837p.diagnoses import diagnoses_of
from lumbar.exports.claim_837p.rosters import SubscriberLine
from lumbar.exports.claim_837p.settings import ClaimSettings
from lumbar.exports.claim_837p.subscriber import Subscriber, coverage_on, subscriber_of, with_placeholders
from lumbar.exports.claim_837p.x12_text import Name
from lumbar.exports.identifiers import checked_npi
from lumbar.exports.leaving import Leaving
from lumbar.tables.results import NOT_ASSESSED

Row = Mapping[str, Any]

_COLUMNS = [
    *("patient_id", "episode_id", "index_date", "surgeon_npi", "payer", "measure_id", "instrument", "timepoint"),
    *("window_closes", "postoperative_on", "status", "provisional", "code", "reported_code", "reported_agrees"),
]


@dataclass(frozen=True, slots=True)
class Claim:
    """One operation and one date of service; `codes` are its quality-data codes in the result's order.

    `diagnoses` are ICD-10-CM codes with their dots; every line points to the first. `surgeon` is none where the
    name is not held: it need not be when the surgeon bills. `patient_id` tells patients apart and is not written.
    """

    claim_id: str
    patient_id: str
    served_on: date
    subscriber: Subscriber
    diagnoses: tuple[str, ...]
    surgeon_npi: str
    surgeon: Name | None
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Selected:
    """The claims of a file in the result's order, the rows that are in none, and how many lines stand against
    another code that is already in the data."""

    claims: tuple[Claim, ...]
    left_out: tuple[LeftOut, ...]
    n_contradicting: int


@dataclass(frozen=True, slots=True)
class Held:
    """What is held of the people: clinical rows by patient, and what the billing system knows beside them."""

    patients: Mapping[str, Row]
    contacts: Mapping[str, Row]
    coverages: Mapping[str, Sequence[Row]]
    conditions: Mapping[str, Sequence[Row]]
    subscribers: Mapping[str, SubscriberLine]
    surgeons: Mapping[str, Name]


def held(leaving: Leaving, subscribers: Mapping[str, SubscriberLine], surgeons: Mapping[str, Name]) -> Held:
    """What the clinical tables of a result hold, and the billing system's files."""

    def by_patient(table: str) -> Mapping[str, Sequence[Row]]:
        found: dict[str, list[Row]] = defaultdict(list)
        for row in leaving.clinical(table).to_pylist():
            found[row["patient_id"]].append(row)
        return found

    return Held(
        patients={row["patient_id"]: row for row in leaving.clinical("patient").to_pylist()},
        contacts={row["patient_id"]: row for row in leaving.clinical("contact").to_pylist()},
        coverages=by_patient("coverage"),
        conditions=by_patient("condition"),
        subscribers=subscribers,
        surgeons=surgeons,
    )


def served_on(row: Row) -> date:
    """The date of service of a line: the day the patient was assessed; nobody assessed, the window's last day."""
    on: date = row["window_closes"] if row["status"] == NOT_ASSESSED else row["postoperative_on"]
    return on


def selected(leaving: Leaving, people: Held, settings: ClaimSettings, is_production: bool) -> Selected:
    """The claims of what leaves. Raises UsageError when the file would be dated before a date of service."""
    entries = {e.code: e for e in code_list(leaving.rules.year, leaving.rules.quality_data_code_list)}
    grouped: dict[tuple[str, date], list[Row]] = {}
    for row in leaving.rows.select(_COLUMNS).to_pylist():
        if row["code"]:
            grouped.setdefault((row["episode_id"], served_on(row)), []).append(row)

    claims: list[Claim] = []
    left_out: list[LeftOut] = []
    n_contradicting = 0
    for (_, on), rows in grouped.items():
        patient = people.patients[rows[0]["patient_id"]]
        reasons = [_row_reason(row, on, patient, entries[row["code"]]) for row in rows]
        left_out += [_left_out(row, reason) for row, reason in zip(rows, reasons, strict=True) if reason]
        staying = [row for row, reason in zip(rows, reasons, strict=True) if not reason]
        if not staying:
            continue
        claim = _claim(leaving, staying, on, people, settings)
        missing = claim.subscriber.missing() if is_production else ()
        reason = _claim_reason(claim, missing, settings, is_production)
        if reason:
            left_out += [_left_out(row, reason, missing) for row in staying]
        else:
            claims.append(claim if is_production else _as_test(claim))
            n_contradicting += sum(row["reported_agrees"] is False for row in staying)
    if any(claim.served_on > leaving.on for claim in claims):
        raise UsageError("--on lies before the last date of service; name that day or a later one")
    return Selected(tuple(claims), tuple(left_out), n_contradicting)


def _claim(leaving: Leaving, rows: Sequence[Row], on: date, people: Held, settings: ClaimSettings) -> Claim:
    """The claim of rows of one operation and one date of service, as far as it is held."""
    row = rows[0]
    patient_id = row["patient_id"]
    as_of = date.fromisoformat(leaving.run["as_of"])
    return Claim(
        claim_id=_claim_id(leaving.identity, row["episode_id"], on),
        patient_id=patient_id,
        served_on=on,
        subscriber=subscriber_of(
            people.patients[patient_id],
            people.contacts.get(patient_id),
            coverage_on(people.coverages.get(patient_id, ()), on, row["payer"]),
            people.subscribers.get(patient_id),
            settings.payer_id,
            as_of,
        ),
        diagnoses=diagnoses_of(people.conditions.get(patient_id, ()), row["index_date"], on, as_of),
        surgeon_npi=row["surgeon_npi"],
        surgeon=people.surgeons.get(row["surgeon_npi"]),
        codes=tuple(row["code"] for row in rows),
    )


def _as_test(claim: Claim) -> Claim:
    """The claim with placeholders for what is not held."""
    return replace(
        claim, subscriber=with_placeholders(claim.subscriber), surgeon=claim.surgeon or Name("PLACEHOLDER", "SURGEON")
    )


def _row_reason(row: Row, on: date, patient: Row, entry: Entry) -> str:
    """Why a row is no line of a claim, whatever else is held; empty when it may be one."""
    deceased_on = patient.get("deceased_on")
    is_so = {
        account.PROVISIONAL: row["provisional"],
        account.ALREADY_REPORTED: row["reported_agrees"],
        account.AFTER_DEATH: deceased_on and on > deceased_on,
        # Who answered was alive; of a patient nobody assessed, only the date of death would tell.
        account.DEATH_DATE_UNKNOWN: patient.get("deceased") and not deceased_on and row["status"] == NOT_ASSESSED,
        account.CODE_NOT_IN_FORCE: not entry.valid_on(on),
        account.NO_SURGEON: not row["surgeon_npi"],
        account.WRONG_NPI: _is_wrong(row["surgeon_npi"]),
    }
    return next((reason for reason, applies in is_so.items() if applies), "")


def _claim_reason(claim: Claim, missing: tuple[str, ...], settings: ClaimSettings, is_production: bool) -> str:
    """Why a whole claim cannot be written; empty when it can. Placeholders stand in for people in a test file only."""
    if not claim.diagnoses:
        return account.NO_DIAGNOSIS
    if is_production and claim.surgeon is None and claim.surgeon_npi != settings.billing_npi:
        return account.SURGEON_NOT_NAMED
    return account.SUBSCRIBER_INCOMPLETE if missing else ""


def _left_out(row: Row, reason: str, missing: tuple[str, ...] = ()) -> LeftOut:
    return LeftOut(
        patient_id=row["patient_id"],
        episode_id=row["episode_id"],
        measure_id=row["measure_id"],
        instrument=row["instrument"],
        timepoint=row["timepoint"],
        code=row["code"],
        reason=reason,
        missing=missing if reason == account.SUBSCRIBER_INCOMPLETE else (),
    )


def _claim_id(identity: str, episode_id: str, on: date) -> str:
    """Twenty characters that are the same whenever the same is written, and that tell nothing of the patient."""
    return "L" + hashlib.sha256(f"{identity}|{episode_id}|{on}".encode()).hexdigest()[:19].upper()


def _is_wrong(npi: str | None) -> bool:
    try:
        checked_npi(npi or "")
    except UsageError:
        return True
    return False

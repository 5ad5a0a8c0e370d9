"""Whom a claim is about and who is asked to take it: from the billing system's file, the records, or placeholders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from lumbar.codelists.claims import filing_indicators
from lumbar.exports.claim_837p.rosters import SubscriberLine
from lumbar.exports.claim_837p.x12_text import Name, basic, split_name

_SEXES = {"F": "F", "FEMALE": "F", "M": "M", "MALE": "M"}
_TWO_CHARACTERS = ("city", "member_id", "payer_id")  # the least that X12 takes there
_NO_CARRIER = ("self_pay", "unknown")


@dataclass(frozen=True, slots=True)
class Subscriber:
    """The patient as subscriber, with the payer; texts in X12's characters, empty or none where not held.

    The records do not say who is insured through somebody else: every patient is taken for the subscriber.
    """

    name: Name | None
    address: str
    city: str
    state: str
    zip: str
    birth_date: date | None
    sex: str
    member_id: str
    payer_name: str
    payer_id: str
    filing_indicator: str
    deceased_on: date | None

    def missing(self) -> tuple[str, ...]:
        """The fields a claim must have and that are not held. A sex that is not known has a code of its own."""
        needed = (field.name for field in fields(self) if field.name != "deceased_on")
        values = ((name, getattr(self, name)) for name in needed)
        return tuple(name for name, value in values if not value or (name in _TWO_CHARACTERS and len(str(value)) < 2))


# What a test file holds where nothing is held.
_PLACEHOLDER: dict[str, Any] = {
    "name": Name("PLACEHOLDER", "PATIENT"),
    "address": "PLACEHOLDER STREET 1",
    "city": "PLACEHOLDER CITY",
    "state": "MN",
    "zip": "00000",
    "birth_date": date(1900, 1, 1),
    "member_id": "PLACEHOLDER",
    "payer_name": "PLACEHOLDER PAYER",
    "payer_id": "TESTPAYER",
}


def with_placeholders(subscriber: Subscriber) -> Subscriber:
    """The subscriber with placeholders for what is not held; for a test file only."""
    return replace(subscriber, **{name: _PLACEHOLDER[name] for name in subscriber.missing()})


def subscriber_of(
    patient: Mapping[str, Any],
    contact: Mapping[str, Any] | None,
    coverage: Mapping[str, Any] | None,
    line: SubscriberLine | None,
    payer_id: str,
    as_of: date,
) -> Subscriber:
    """What is held of one patient and payer. The billing system goes before the records; `payer_id` comes last.

    A death after the as-of date is not known yet.
    """
    contact, coverage = contact or {}, coverage or {}
    deceased_on = patient.get("deceased_on")
    given = line or SubscriberLine(None, "", "", "", "", "", "", "")
    payer = coverage.get("payer") or "unknown"
    return Subscriber(
        name=given.name or split_name(contact.get("name")),
        address=given.address,
        city=given.city,
        state=given.state,
        zip=given.zip,
        birth_date=patient.get("birth_date"),
        sex=_SEXES.get((patient.get("sex") or "").strip().upper(), "U"),
        member_id=given.member_id or basic(coverage.get("member_id"), 80),
        payer_name=given.payer_name or ("" if payer in _NO_CARRIER else basic(coverage.get("payer_name"), 60)),
        payer_id=given.payer_id or payer_id,
        filing_indicator=filing_indicators()[payer].code,
        deceased_on=deceased_on if deceased_on and deceased_on <= as_of else None,
    )


def coverage_on(coverages: Sequence[Mapping[str, Any]], on: date, usual: str) -> Mapping[str, Any] | None:
    """The coverage of the date of service: of several, that of the result's payer, else a known one, else by name."""
    active = [
        row
        for row in coverages
        if (row["starts_on"] is None or row["starts_on"] <= on) and (row["ends_on"] is None or on <= row["ends_on"])
    ]

    def order(row: Mapping[str, Any]) -> tuple[bool, bool, str, str, bool, str]:
        member_id = row["member_id"] or ""
        return (
            row["payer"] != usual,
            row["payer"] == "unknown",
            row["payer"],
            row["payer_name"] or "",
            not member_id,
            member_id,
        )

    return min(active, key=order, default=None)

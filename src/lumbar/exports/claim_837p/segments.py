"""Claims as the segments of 005010X222A1: who bills, whose claims, the claims, their lines, and the envelope."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby

from lumbar.exports.claim_837p.selection import Claim
from lumbar.exports.claim_837p.settings import ClaimSettings
from lumbar.exports.claim_837p.subscriber import Subscriber
from lumbar.exports.claim_837p.x12_text import COMPONENT, ELEMENT, REPETITION, TERMINATOR, composite, segment

GUIDE = "005010X222A1"
# The guide asks that a transaction set holds no more, and a subscriber's loop no more than a hundred.
MOST_CLAIMS = 5_000
MOST_CLAIMS_OF_ONE = 100


def interchange(
    claims: Sequence[Claim], settings: ClaimSettings, charge: Decimal, on: date, identity: str, is_production: bool
) -> str:
    """The whole file. Every control number comes from what is in it: other content, another number; midnight stands
    where a time is asked."""
    bodies = [
        list(_transaction(claims[start : start + MOST_CLAIMS], settings, charge))
        for start in range(0, len(claims), MOST_CLAIMS)
    ]
    digest = hashlib.sha256(f"{identity}|{on}|{bodies}".encode()).hexdigest()
    number = int(digest, 16) % 999_999_999 + 1
    day = f"{on:%Y%m%d}"
    segments = [
        _isa(settings, on, number, is_production),
        segment("GS", "HC", settings.submitter_id, settings.receiver_id, day, "0000", str(number), "X", GUIDE),
    ]
    for place, body in enumerate(bodies, 1):
        control = f"{place:04d}"
        reference = f"{digest[:20].upper()}{control}"
        whole = [
            segment("ST", "837", control, GUIDE),
            segment("BHT", "0019", "00", reference, day, "0000", settings.transaction_type),
            *body,
        ]
        segments += [*whole, segment("SE", str(len(whole) + 1), control)]
    segments += [segment("GE", str(len(bodies)), str(number)), segment("IEA", "1", f"{number:09d}")]
    return "".join(each + TERMINATOR for each in segments)


def _isa(settings: ClaimSettings, on: date, number: int, is_production: bool) -> str:
    """The interchange header: every element has its fixed width, and the last two name separators."""
    return ELEMENT.join(
        (
            *("ISA", "00", " " * 10, "00", " " * 10),
            *(settings.submitter_qualifier, settings.submitter_id.ljust(15)),
            *(settings.receiver_qualifier, settings.receiver_id.ljust(15)),
            *(f"{on:%y%m%d}", "0000", REPETITION, "00501", f"{number:09d}", "0"),
            *("P" if is_production else "T", COMPONENT),
        )
    )


def _transaction(claims: Sequence[Claim], settings: ClaimSettings, charge: Decimal) -> Iterator[str]:
    """Submitter, receiver and billing provider, then each subscriber with the claims that follow one another."""
    yield segment("NM1", "41", "2", settings.submitter_name, "", "", "", "", "46", settings.submitter_id)
    yield segment("PER", "IC", settings.submitter_contact, "TE", settings.submitter_phone)
    yield segment("NM1", "40", "2", settings.receiver_name, "", "", "", "", "46", settings.receiver_id)
    yield from _billing_provider(settings)
    level = 1
    # Patients are told apart by their ids: two may be alike in all that is written. The payer may change by the day.
    for (_, subscriber), of_subscriber in groupby(claims, key=lambda claim: (claim.patient_id, claim.subscriber)):
        own = list(of_subscriber)
        for start in range(0, len(own), MOST_CLAIMS_OF_ONE):
            level += 1
            yield from _subscriber(subscriber, level)
            for claim in own[start : start + MOST_CLAIMS_OF_ONE]:
                yield from _claim(claim, settings, charge)


def _billing_provider(settings: ClaimSettings) -> Iterator[str]:
    kind = "1" if settings.billing_first_name else "2"
    name = (settings.billing_name, settings.billing_first_name, "", "", "")
    yield segment("HL", "1", "", "20", "1")
    if settings.billing_taxonomy:
        yield segment("PRV", "BI", "PXC", settings.billing_taxonomy)
    yield segment("NM1", "85", kind, *name, "XX", settings.billing_npi)
    yield segment("N3", settings.billing_address)
    yield segment("N4", settings.billing_city, settings.billing_state, settings.billing_zip)
    yield segment("REF", "EI", settings.billing_tin)


def _subscriber(subscriber: Subscriber, level: int) -> Iterator[str]:
    assert subscriber.name is not None
    assert subscriber.birth_date is not None
    yield segment("HL", str(level), "1", "22", "0")
    yield segment("SBR", "P", "18", "", "", "", "", "", "", subscriber.filing_indicator)
    if subscriber.deceased_on is not None:
        yield segment("PAT", "", "", "", "", "D8", f"{subscriber.deceased_on:%Y%m%d}")
    yield segment("NM1", "IL", "1", *subscriber.name.elements, "MI", subscriber.member_id)
    yield segment("N3", subscriber.address)
    yield segment("N4", subscriber.city, subscriber.state, subscriber.zip)
    yield segment("DMG", "D8", f"{subscriber.birth_date:%Y%m%d}", subscriber.sex)
    yield segment("NM1", "PR", "2", subscriber.payer_name, "", "", "", "", "PI", subscriber.payer_id)


def _claim(claim: Claim, settings: ClaimSettings, charge: Decimal) -> Iterator[str]:
    place = composite(settings.place_of_service, "B", "1")
    total = str(charge * len(claim.codes))
    attested = (settings.provider_signature, settings.assignment)
    agreed = (settings.benefits_assigned, settings.release_of_information)
    yield segment("CLM", claim.claim_id, total, "", "", place, *attested, *agreed)
    codes = [code.replace(".", "") for code in claim.diagnoses]
    yield segment("HI", composite("ABK", codes[0]), *(composite("ABF", code) for code in codes[1:]))
    # The guide forbids to name who renders the service when it is who bills it.
    if claim.surgeon_npi != settings.billing_npi:
        assert claim.surgeon is not None
        yield segment("NM1", "82", "1", *claim.surgeon.elements, "XX", claim.surgeon_npi)
    for line, code in enumerate(claim.codes, 1):
        yield segment("LX", str(line))
        yield segment("SV1", composite("HC", code), str(charge), "UN", "1", "", "", "1")
        yield segment("DTP", "472", "D8", f"{claim.served_on:%Y%m%d}")
        yield segment("REF", "6R", f"{claim.claim_id}-{line}")

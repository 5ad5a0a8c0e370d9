"""Who sends the claims, who bills them and who receives them: the table [claim] of a settings file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from lumbar.errors import MappingError, UsageError
from lumbar.exports.claim_837p.x12_text import basic
from lumbar.exports.identifiers import checked_npi, checked_tin
from lumbar.exports.settings import read_settings

TABLE = "claim"


@dataclass(frozen=True, slots=True)
class ClaimSettings:
    """What no record holds of a file of claims; all text. Keys with a default may be left out."""

    submitter_name: str
    submitter_id: str
    submitter_contact: str
    submitter_phone: str
    receiver_name: str
    receiver_id: str
    billing_name: str
    billing_npi: str
    billing_tin: str
    billing_address: str
    billing_city: str
    billing_state: str
    billing_zip: str
    submitter_qualifier: str = "ZZ"
    receiver_qualifier: str = "ZZ"
    transaction_type: str = "CH"
    billing_first_name: str = ""
    billing_taxonomy: str = ""
    payer_id: str = ""
    place_of_service: str = "11"
    provider_signature: str = "Y"
    assignment: str = "A"
    benefits_assigned: str = "Y"
    release_of_information: str = "Y"


# What stands in a test file. No number of it belongs to anybody we know of.
PLACEHOLDERS = ClaimSettings(
    submitter_name="PLACEHOLDER SUBMITTER",
    submitter_id="TESTSUBMITTER",
    submitter_contact="PLACEHOLDER CONTACT",
    submitter_phone="5555550100",
    receiver_name="PLACEHOLDER RECEIVER",
    receiver_id="TESTRECEIVER",
    billing_name="PLACEHOLDER PRACTICE",
    billing_npi="1234567893",
    billing_tin="000000001",
    billing_address="PLACEHOLDER STREET 1",
    billing_city="PLACEHOLDER CITY",
    billing_state="MN",
    billing_zip="000000000",
    payer_id="TESTPAYER",
)

SETTINGS_TOML = """\
# What a file of claims (837P, 005010X222A1) needs and no record holds. Everything is text, in quotes.
# Fill in every empty value that is not called optional; a file written with these settings is marked as production.
[claim]
# Who sends the file, as enrolled with the receiver (loop 1000A; ISA06 and GS02).
submitter_name = ""
submitter_id = ""                # at most 15 characters
submitter_contact = ""           # a person or department to call
submitter_phone = ""             # ten digits
submitter_qualifier = "ZZ"       # ISA05: ZZ mutually defined, 30 taxpayer number, 27 carrier number, ...

# Who receives it (loop 1000B; ISA08 and GS03).
receiver_name = ""
receiver_id = ""                 # at most 15 characters
receiver_qualifier = "ZZ"        # ISA07

# BHT06: CH claims, RP reporting; ask the receiver.
transaction_type = "CH"

# Who bills (loop 2010AA). A practice has only a name; a person who bills alone has a first name too.
billing_name = ""
billing_first_name = ""          # optional
billing_npi = ""                 # ten digits, checked
billing_tin = ""                 # nine digits
billing_address = ""             # a street, no post office box
billing_city = ""
billing_state = ""               # two letters
billing_zip = ""                 # nine digits
billing_taxonomy = ""            # optional: the ten characters of the NUCC taxonomy, where the receiver wants it

# The payer's number for all patients whose line of --subscribers names none (loop 2010BB). Optional.
payer_id = ""

# Of every claim (segment CLM).
place_of_service = "11"          # two digits; 11 is an office
provider_signature = "Y"         # CLM06: Y on file, N not
assignment = "A"                 # CLM07: A assigned, B for clinical laboratory services only, C not assigned
benefits_assigned = "Y"          # CLM08: Y yes, N no, W the patient refuses
release_of_information = "Y"     # CLM09: Y signed, I informed consent
"""

_OPTIONAL = ("billing_first_name", "billing_taxonomy", "payer_id")
_CHOICES = {
    "transaction_type": ("CH", "RP"),
    "provider_signature": ("Y", "N"),
    "assignment": ("A", "B", "C"),
    "benefits_assigned": ("Y", "N", "W"),
    "release_of_information": ("Y", "I"),
    "submitter_qualifier": ("01", "14", "20", "27", "28", "29", "30", "33", "ZZ"),
    "receiver_qualifier": ("01", "14", "20", "27", "28", "29", "30", "33", "ZZ"),
}
_FORMS = {
    "submitter_phone": (r"[0-9]{10}", "ten digits"),
    # Not a box at the post office, as PO BOX 12, P.O. BOX 12, POB 12, BOX 12 or LOCKBOX 12.
    "billing_address": (
        r"(?!.*\b(P\W*O\W*BOX|POST(AL)?\W+(OFFICE\W+)?BOX|LOCK\W?BOX)(?![A-Z]))(?!.*\bP\W?O\W?B\W+[0-9])"
        r"(?!BOX\W*[0-9]).*",
        "a street, no post office box",
    ),
    "billing_state": (r"[A-Z]{2}", "two letters"),
    "billing_zip": (r"[0-9]{9}", "nine digits"),
    "billing_taxonomy": (r"([0-9A-Z]{9}X)?", "the ten characters of a taxonomy, the last an X"),
    "place_of_service": (r"[0-9]{2}", "two digits"),
}
_LONGEST = {"submitter_id": 15, "receiver_id": 15, "billing_address": 55, "billing_city": 30, "payer_id": 80}
# The shortest an element may be, where that is more than one character.
_SHORTEST = {"submitter_id": 2, "receiver_id": 2, "billing_city": 2, "payer_id": 2}


def read_claim_settings(path: Path) -> ClaimSettings:
    """The settings of a file, spelled as the claims take them. Raises MappingError for a value that cannot be."""
    given = read_settings(path, TABLE, ClaimSettings)
    values = {field.name: _spelled(field.name, getattr(given, field.name)) for field in fields(given)}
    wrong = list(_wrong(values))
    if wrong:
        raise MappingError(f"settings: {path}: [{TABLE}] {'; '.join(wrong)}")
    return ClaimSettings(**values)


def _spelled(key: str, value: str) -> str:
    if key in ("submitter_phone", "billing_zip", "billing_tin"):
        return re.sub(r"[ ().\-]", "", value)
    return basic(value, 200)


def _wrong(values: dict[str, str]) -> Iterator[str]:
    """What is wrong with the values, one statement a key."""
    empty = [key for key, value in values.items() if not value and key not in _OPTIONAL]
    if empty:
        yield f"still lacks {', '.join(empty)}"
    for key, value in values.items():
        longest = _LONGEST.get(key, 60)
        if value and not _SHORTEST.get(key, 1) <= len(value) <= longest:
            yield f"{key} has {_SHORTEST.get(key, 1)} to {longest} characters"
        if value and key in _CHOICES and value not in _CHOICES[key]:
            yield f"{key} is one of {', '.join(_CHOICES[key])}"
        if value and key in _FORMS and not re.fullmatch(_FORMS[key][0], value):
            yield f"{key} has {_FORMS[key][1]}"
    for key, checked in (("billing_npi", checked_npi), ("billing_tin", checked_tin)):
        try:
            if values[key]:
                checked(values[key])
        except UsageError as error:
            yield f"{key}: {error}"

"""A clinic with one patient whose every field carries a mark that can be searched for in a file.

Where our tables have no column for an identifier, it is typed where such things are found in real records:
into ids, facility names and the fields that are kept as recorded.
"""

import csv
from datetime import date, timedelta
from pathlib import Path

from lumbar.synth import write_clinic

NAME = "Quirinella Zweckstein"
NPI = "1999999984"
PATIENT_ID = "PAT-ZQX7731"
INDEX_DATES = (date(2025, 3, 11), date(2025, 8, 13))
BORN = date(1934, 7, 19)
DIED = date(2027, 1, 13)

# 45 CFR 164.514(b)(2)(i)(A) to (R): what it is, what is searched for, and where in the tables it comes from.
IDENTIFIERS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "A": ("names", ("Quirinella", "Zweckstein"), "contact.name, patient.sex"),
    "B": ("places smaller than a state", ("Zweckville", "55731", "557", "Brook County"), "facility, payer"),
    "C": ("dates but the year, ages over 89", (), "every date column"),
    "D": ("telephone numbers", ("612-555-0173", "6125550173"), "contact.phone"),
    "E": ("fax numbers", ("612-555-0188",), "score_id"),
    "F": ("e-mail addresses", ("q.zweckstein@mail.example", "mail.example"), "contact.email"),
    "G": ("social security numbers", ("900-12-3456", "900123456"), "condition_id"),
    "H": ("medical record numbers", ("MRN-0073317731", "73317731"), "contact.mrn"),
    "I": ("health plan beneficiary numbers", ("MBR-88213377", "88213377"), "coverage.member_id"),
    "J": ("account numbers", ("ACC-5512-9931", "5512-9931"), "procedure_id"),
    "K": ("certificate and licence numbers", ("LIC-MN-40417", "40417", NPI), "score_id, surgeon_npi"),
    "L": ("vehicle identifiers", ("1ZQX7731ZQX773100",), "score_id"),
    "M": ("device identifiers", ("DEV-SN-4471-QX", "4471-QX"), "procedure_id"),
    "N": ("web addresses", ("portal.example", "https://portal"), "score_id"),
    "O": ("internet addresses", ("203.0.113.77",), "score_id"),
    "P": ("biometric identifiers", ("FP-7731-ARCH",), "patient.race"),
    "Q": ("photographs", ("zweckstein.jpg", "photo-"), "patient.ethnicity"),
    "R": ("any other number, characteristic or code", (PATIENT_ID, "ZQX7731", "zq-Zweck", "op-2b-zqx"), "every id"),
}

_ROWS: dict[str, list[dict[str, str]]] = {
    "patient": [
        {"patient_id": PATIENT_ID, "birth_date": "1934-07-19", "sex": "female, Quirinella", "deceased_on": "2027-01-13",
         "deceased": "true", "language": "zq-Zweck", "race": "fingerprint FP-7731-ARCH",
         "ethnicity": "photo-zweckstein.jpg"},
    ],
    "procedure": [
        {"procedure_id": "DEV-SN-4471-QX", "performed_on": "2025-03-11", "system": "cpt", "code": "63030"},
        {"procedure_id": "ACC-5512-9931", "performed_on": "2025-08-13", "system": "cpt", "code": "22612"},
        {"procedure_id": "op-2b-zqx", "performed_on": "2025-08-13", "system": "cpt", "code": "22614"},
    ],
    "score": [
        {"score_id": "https://portal.example/s/1", "instrument": "back_pain", "scale": "nrs", "value": "9",
         "assessed_on": "2025-01-21"},
        {"score_id": "203.0.113.77", "instrument": "back_pain", "scale": "nrs", "value": "2",
         "assessed_on": "2025-05-22"},
        {"score_id": "fax 612-555-0188", "instrument": "odi", "scale": "percent", "value": "61",
         "assessed_on": "2025-02-27"},
        {"score_id": "VIN 1ZQX7731ZQX773100", "instrument": "odi", "scale": "percent", "value": "37",
         "assessed_on": "2026-07-29"},
        {"score_id": "LIC-MN-40417", "instrument": "leg_pain", "scale": "nrs", "value": "4",
         "assessed_on": "2026-06-17", "recorded_on": "2026-06-19"},
    ],
    "condition": [
        {"condition_id": "900-12-3456", "system": "icd10cm", "code": "M51.16", "onset_on": "2024-12-23"},
    ],
    "coverage": [
        {"payer": "Zweckville and Brook County Mutual", "starts_on": "2024-04-05", "ends_on": "2025-11-28",
         "member_id": "MBR-88213377"},
    ],
    "contact": [
        {"name": NAME, "mrn": "MRN-0073317731", "phone": "+1-612-555-0173", "email": "q.zweckstein@mail.example",
         "language": "zq-Zweck", "declined_on": "2026-10-09"},
    ],
    "reported_code": [{"code": "G2136", "reported_on": "2025-05-23"}],
}  # fmt: skip
_PROCEDURE = {"surgeon_npi": NPI, "facility": "Zweckville Spine Hospital, 12 Elm, 55731"}

SERVICE_DATES = sorted(
    {date.fromisoformat(row[name]) for rows in (_ROWS["procedure"], _ROWS["score"]) for row in rows
     for name in ("performed_on", "assessed_on") if name in row}
)  # fmt: skip
OTHER_DATES = sorted(
    {date.fromisoformat(text) for rows in _ROWS.values() for row in rows for name, text in row.items()
     if name in ("birth_date", "deceased_on", "recorded_on", "declined_on", "onset_on", "starts_on", "ends_on",
                 "reported_on")}
)  # fmt: skip


def write_marked_clinic(folder: Path, n_others: int = 40) -> Path:
    """The records of the marked patient among synthetic ones, as tables; the folder's name is marked too."""
    records = folder / "records of Quirinella Zweckstein"
    write_clinic(records, n_others, 5, "tables")
    for table, rows in _ROWS.items():
        path = records / f"{table}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            header = next(csv.reader(file))
        with path.open("a", encoding="utf-8", newline="") as file:
            more = _PROCEDURE if table == "procedure" else {}
            csv.DictWriter(file, header).writerows({"patient_id": PATIENT_ID, **more, **row} for row in rows)
    return records


def spellings(day: date) -> list[str]:
    """A date as files write it: with signs, without, as words, as a serial number, as days and seconds of an epoch."""
    days = (day - date(1970, 1, 1)).days
    return [
        f"{day:%Y-%m-%d}", f"{day:%Y%m%d}", f"{day:%Y/%m/%d}", f"{day:%m/%d/%Y}", f"{day:%m-%d-%Y}", f"{day:%d.%m.%Y}",
        f"{day.month}/{day.day}/{day.year}", f"{day:%m/%d/%y}", f"{day:%b %d, %Y}", f"{day:%d %B %Y}", f"{day:%Y-%m}",
        str((day - date(1899, 12, 30)) // timedelta(days=1)), str(days), str(days * 86_400),
    ]  # fmt: skip

"""The privacy levels of an outcome file, and the columns each of them has."""

from enum import StrEnum

from lumbar.tables.results import OUTCOME
from lumbar.tables.schema import Column, Table, Type


class Privacy(StrEnum):
    """How much of a patient a file shows."""

    IDENTIFIED = "identified"  # the table as it is
    LIMITED = "limited"  # a limited data set, 45 CFR 164.514(e)
    DEIDENTIFIED = "deidentified"  # safe harbor, 45 CFR 164.514(b)(2)


FEMALE = "female"
MALE = "male"
OTHER_SEX = "other_or_unknown"
# From this age in whole years on there is one category.
OLDEST = 90
OLDEST_WORDS = f"{OLDEST}+"

_MOVED = "outside the days that the windows of all operations share, the nearest of these"

_PATIENT = Column("patient", Type.INTEGER, "study number of the patient, in this file only")
_OPERATION = Column("operation", Type.INTEGER, "the patient's operations in this file, 1 the earliest")
_YEAR = Column("performance_year", Type.INTEGER, "year whose rules judged the row", unit="calendar year")
_SEX = Column("sex", Type.TEXT, "sex as recorded, in three words", values=(FEMALE, MALE, OTHER_SEX))


def _same(*names: str) -> tuple[Column, ...]:
    """Columns that are those of `outcome`, name and content."""
    return tuple(OUTCOME.column(name) for name in names)


_LIMITED = Table(
    "outcome",
    "one row per operation, instrument and timepoint in the measure; a limited data set",
    (
        _PATIENT,
        _OPERATION,
        _YEAR,
        Column("age_at_index", Type.INTEGER, "age on the index date, whole years", unit="years"),
        _SEX,
        *_same("index_date", "kind"),
        Column("surgeon_npi", Type.TEXT, "the surgeon's NPI; empty when it is not ten digits", nullable=True),
        *_same("payer", "instrument", "measure_id", "timepoint", "window_opens", "window_closes"),
        *_same("preoperative_score", "preoperative_on", "postoperative_score", "postoperative_on", "improvement"),
        *_same("status", "provisional", "code", "flags", "reported_code", "reported_agrees"),
    ),
    key=("patient", "operation", "instrument", "timepoint"),
)

_DEIDENTIFIED = Table(
    "outcome",
    "one row per operation, instrument and timepoint in the measure; de-identified",
    (
        _PATIENT,
        _OPERATION,
        _YEAR,
        Column(
            "age_at_index",
            Type.TEXT,
            f"age on the index date, whole years; {OLDEST_WORDS} where the patient was {OLDEST} or older at any "
            "operation or score in this file",
            unit="years",
        ),
        _SEX,
        *_same("kind", "payer", "instrument", "measure_id", "timepoint", "preoperative_score"),
        Column(
            "preoperative_day",
            Type.INTEGER,
            f"days from the index date to the preoperative score; the index date is 0; {_MOVED}",
            unit="days",
            nullable=True,
        ),
        *_same("postoperative_score"),
        Column(
            "postoperative_day",
            Type.INTEGER,
            f"days from the index date to the postoperative score; {_MOVED}",
            unit="days",
            nullable=True,
        ),
        *_same("improvement", "status", "code", "flags", "reported_code", "reported_agrees"),
    ),
    key=("patient", "operation", "instrument", "timepoint"),
)

TABLES = {Privacy.IDENTIFIED: OUTCOME, Privacy.LIMITED: _LIMITED, Privacy.DEIDENTIFIED: _DEIDENTIFIED}

"""The clinical tables: what every reader delivers and all the engine ever sees."""

from dataclasses import dataclass
from decimal import Decimal

from lumbar.tables.schema import Column, Table, Type

BACK_PAIN = "back_pain"
LEG_PAIN = "leg_pain"
ODI = "odi"
INSTRUMENTS = (BACK_PAIN, LEG_PAIN, ODI)

LEFT = "left"
RIGHT = "right"
PROXY = "proxy"
INTERVIEWER = "interviewer"
RESPONDENTS = ("self", "self_with_help", PROXY, INTERVIEWER)
MODES = ("paper", "electronic", "phone", "interview")
SCORE_STATUSES = ("final", "amended", "corrected")
VERIFICATIONS = ("confirmed", "unconfirmed", "provisional", "differential", "refuted")

PAYERS = (
    "aetna",
    "blue_cross_blue_shield",
    "cigna",
    "unitedhealthcare",
    "medicare_traditional",
    "medicare_advantage",
    "medicare",
    "medicaid",
    "workers_compensation",
    "other",
    "self_pay",
    "unknown",
)


@dataclass(frozen=True, slots=True)
class Scale:
    """One way a score is written down.

    `highest` is in the scale's own unit; a value times `to_instrument` is on the instrument's own
    scale (0-10 for pain, 0-100 for ODI). `family` tells numeric from visual analogue.
    """

    name: str
    instruments: tuple[str, ...]
    highest: Decimal
    to_instrument: Decimal
    family: str
    meaning: str


NRS = Scale("nrs", (BACK_PAIN, LEG_PAIN), Decimal(10), Decimal(1), "numeric", "numeric rating, 0-10")
VAS_MM = Scale("vas_mm", (BACK_PAIN, LEG_PAIN), Decimal(100), Decimal("0.1"), "visual", "visual analogue, 0-100 mm")
VAS_CM = Scale("vas_cm", (BACK_PAIN, LEG_PAIN), Decimal(10), Decimal(1), "visual", "visual analogue, 0-10 cm")
PERCENT = Scale("percent", (ODI,), Decimal(100), Decimal(1), "index", "Oswestry Disability Index, 0-100 %")
POINTS_50 = Scale("points_50", (ODI,), Decimal(50), Decimal(2), "index", "Oswestry raw sum of ten sections, 0-50")
SCALES = (NRS, VAS_MM, VAS_CM, PERCENT, POINTS_50)

_PATIENT_ID = Column("patient_id", Type.TEXT, "the patient", required=True)

PATIENT = Table(
    "patient",
    "one row per patient",
    (
        _PATIENT_ID,
        Column("birth_date", Type.DATE, "date of birth; absent or partial: age unknown", nullable=True, required=True),
        Column("sex", Type.TEXT, "as recorded", nullable=True),
        Column("deceased_on", Type.DATE, "date of death", nullable=True),
        Column("deceased", Type.BOOLEAN, "known to be dead, also when the date is not known", nullable=True),
        Column("language", Type.TEXT, "preferred language, BCP 47 where known", nullable=True),
        Column("race", Type.TEXT, "as recorded", nullable=True),
        Column("ethnicity", Type.TEXT, "as recorded", nullable=True),
    ),
    key=("patient_id",),
    required=True,
)

PROCEDURE = Table(
    "procedure",
    "one row per procedure line",
    (
        Column("procedure_id", Type.TEXT, "the line", required=True),
        _PATIENT_ID,
        Column(
            "performed_on",
            Type.DATE,
            "local date of the procedure; in a user's file it may carry a time of day",
            required=True,
        ),
        Column("performed_time", Type.TIME, "local time of day, where known", nullable=True, from_user=False),
        Column(
            "system", Type.TEXT, "code system: cpt, hcpcs, snomed, or another as written", nullable=True, required=True
        ),
        Column("code", Type.TEXT, "procedure code, text", nullable=True, required=True),
        Column("modifiers", Type.TEXT, "modifiers of the line, space separated", nullable=True),
        Column("surgeon_npi", Type.TEXT, "National Provider Identifier of the surgeon, text", nullable=True),
        Column("facility", Type.TEXT, "where it was done", nullable=True),
    ),
    key=("procedure_id",),
    required=True,
)

SCORE = Table(
    "score",
    "one row per score a patient gave",
    (
        Column("score_id", Type.TEXT, "the score", required=True),
        _PATIENT_ID,
        Column("instrument", Type.TEXT, "what was asked", required=True, values=INSTRUMENTS),
        Column("scale", Type.TEXT, "how it was written down", required=True, values=tuple(s.name for s in SCALES)),
        Column(
            "value",
            Type.SCORE,
            "the score; a user's file holds it in the unit of its scale, "
            "every other place on the instrument's own scale (0-10, ODI 0-100)",
            unit="points",
            required=True,
        ),
        Column(
            "assessed_on",
            Type.DATE,
            "local date the patient answered; in a user's file it may carry a time of day",
            required=True,
        ),
        Column("assessed_time", Type.TIME, "local time of day, where known", nullable=True, from_user=False),
        Column("side", Type.TEXT, "which leg, where asked", nullable=True, values=(LEFT, RIGHT)),
        Column("recorded_on", Type.DATE, "date the score became known; absent: the date assessed", nullable=True),
        Column(
            "status",
            Type.TEXT,
            "absent: final; any status but those listed is rejected",
            nullable=True,
            values=SCORE_STATUSES,
        ),
        Column("respondent", Type.TEXT, "who answered; absent: the patient", nullable=True, values=RESPONDENTS),
        Column("mode", Type.TEXT, "how it was asked", nullable=True, values=MODES),
    ),
    key=("score_id",),
    required=True,
)

CONDITION = Table(
    "condition",
    "one row per diagnosis",
    (
        Column("condition_id", Type.TEXT, "the diagnosis row", required=True),
        _PATIENT_ID,
        Column("system", Type.TEXT, "code system: icd10cm, or another as written", required=True),
        Column("code", Type.TEXT, "ICD-10-CM code with its dot", required=True),
        Column("onset_on", Type.DATE, "first day; absent: not known", nullable=True),
        Column("abated_on", Type.DATE, "last day; absent: still active", nullable=True),
        Column(
            "verification",
            Type.TEXT,
            "absent: confirmed; refuted, provisional and differential exclude nobody; entered-in-error is rejected",
            nullable=True,
            values=VERIFICATIONS,
        ),
        Column("recorded_on", Type.DATE, "date the diagnosis became known; absent: always known", nullable=True),
    ),
    key=("condition_id",),
)

COVERAGE = Table(
    "coverage",
    "one row per patient, payer and period",
    (
        _PATIENT_ID,
        Column(
            "payer",
            Type.TEXT,
            "in a user's file the payer's name; elsewhere the normalised payer",
            required=True,
            values=PAYERS,
        ),
        Column("payer_name", Type.TEXT, "the payer's name as written", nullable=True, from_user=False),
        Column("starts_on", Type.DATE, "first day covered", nullable=True),
        Column("ends_on", Type.DATE, "last day covered", nullable=True),
        Column("member_id", Type.TEXT, "the payer's number for the patient, text", nullable=True),
    ),
)

CONTACT = Table(
    "contact",
    "one row per patient, for call lists and claims only, never in results",
    (
        _PATIENT_ID,
        Column("name", Type.TEXT, "name", nullable=True),
        Column("mrn", Type.TEXT, "medical record number, text", nullable=True),
        Column("phone", Type.TEXT, "telephone", nullable=True),
        Column("email", Type.TEXT, "e-mail", nullable=True),
        Column("language", Type.TEXT, "preferred language", nullable=True),
        Column("declined_on", Type.DATE, "date the patient asked not to be contacted", nullable=True),
    ),
    key=("patient_id",),
)

REPORTED_CODE = Table(
    "reported_code",
    "one row per quality-data code already reported",
    (
        _PATIENT_ID,
        Column("code", Type.TEXT, "HCPCS quality-data code", required=True),
        Column("reported_on", Type.DATE, "date of service on the line", required=True),
    ),
)

CLINICAL_TABLES = (PATIENT, PROCEDURE, SCORE, CONDITION, COVERAGE, CONTACT, REPORTED_CODE)
# What is known of a patient when an operation is judged: all but how to reach them.
JUDGED_TABLES = (PATIENT, PROCEDURE, SCORE, CONDITION, COVERAGE, REPORTED_CODE)

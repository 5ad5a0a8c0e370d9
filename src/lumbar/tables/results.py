"""The result tables: what the engine delivers and all that writers ever see."""

from lumbar.tables.clinical import INSTRUMENTS, PAYERS
from lumbar.tables.schema import Column, Table, Type

FUSION = "fusion"
DISCECTOMY = "discectomy"
KINDS = (DISCECTOMY, FUSION)

THREE_MONTH = "three_month"
ONE_YEAR = "one_year"
TIMEPOINTS = (THREE_MONTH, ONE_YEAR)

EXCLUDED = "excluded"
MET = "met"
NOT_MET = "not_met"
UPCOMING = "upcoming"
OPEN = "open"
NOT_ASSESSED = "not_assessed"
STATUSES = (EXCLUDED, MET, NOT_MET, UPCOMING, OPEN, NOT_ASSESSED)

NOT_IN_MEASURE_REASONS = (
    "outside_identification_period",
    "age_unknown",
    "under_18",
    "other_stratum",
    "excluded",
)

# Said wherever a clinician reads a result (RULES §10).
NOT_RECOVERED = "Met is not recovered, and not met is not failed surgery."

FLAGS = {
    "better_but_not_met": "not met although the postoperative score is better than the preoperative one",
    "deceased": "the patient is known to be dead on the as-of date",
    "exclusion_reported_only": "excluded by a reported code alone: no excluding diagnosis or procedure in these data",
    "fractional_nrs": "a chosen numeric rating is not a whole number",
    "met_but_worse": "met although the postoperative score is worse than the preoperative one",
    "mixed_scales": "one chosen score is visual analogue, the other numeric",
    "no_preoperative_score": "no preoperative score, so improvement could not be judged",
    "operated_again": "a later index procedure on or before the postoperative score, or the window's close",
    "phone_or_interview": "a chosen score was given by telephone or to an interviewer",
    "preoperative_at_target": "the preoperative score already met the target",
    "responder": "improved by at least the responder threshold of the policy",
    "return_to_theatre": "modifier 78: unplanned return to the operating room",
    "shared_score": "the postoperative score was chosen for another episode too",
    "staged": "modifier 58: a staged procedure",
    "surgical_care_only": "modifier 54: another clinician follows up",
    "two_surgeons": "modifier 62: two surgeons",
    "worse": "worse by at least the worsening threshold of the policy: look at this patient",
}

REJECT_REASONS = {
    "unparsable": "the line or one of its values cannot be read",
    "wrong_resource_type": "a line of another resource type than its file's",
    "conflicting_id": "one id with different contents: all of them are rejected",
    "unknown_patient": "no accepted patient of that id",
    "entered_in_error": "a status other than final, amended or corrected",
    "not_done": "a procedure that was not completed",
    "proxy_respondent": "answered by somebody else than the patient",
    "unknown_instrument": "none of back pain, leg pain, ODI",
    "unknown_unit": "a unit or scale that is not the instrument's",
    "no_value": "no value",
    "no_body_site": "a general pain score: not back, not leg",
    "imprecise_date": "no date, or only a year or a month",
    "out_of_range": "a value outside its scale",
    "odi_too_few_items": "fewer than eight of ten ODI sections answered",
    "duplicate": "the same record again; the smallest id is kept",
}

OUTCOME = Table(
    "outcome",
    "one row per episode, instrument and timepoint",
    (
        Column("episode_id", Type.TEXT, "<patient_id>@<index date>"),
        Column("patient_id", Type.TEXT, "the patient"),
        Column("index_date", Type.DATE, "date of the index procedure"),
        Column("kind", Type.TEXT, "fusion if any fusion line that date, else discectomy", values=KINDS),
        Column("surgeon_npi", Type.TEXT, "surgeon of the qualifying line with the smallest id", nullable=True),
        Column("payer", Type.TEXT, "coverage active on the index date, the first by name", values=PAYERS),
        Column("instrument", Type.TEXT, "what was asked", values=INSTRUMENTS),
        Column("measure_id", Type.TEXT, "MIPS quality measure"),
        Column("timepoint", Type.TEXT, "which postoperative window", values=TIMEPOINTS),
        Column("window_opens", Type.DATE, "first day of the postoperative window, counted"),
        Column("window_closes", Type.DATE, "last day of the postoperative window, counted"),
        Column("preoperative_score", Type.SCORE, "chosen before the procedure", unit="points", nullable=True),
        Column("preoperative_on", Type.DATE, "date of that score", nullable=True),
        Column("preoperative_score_id", Type.TEXT, "its id", nullable=True),
        Column("postoperative_score", Type.SCORE, "chosen in the window", unit="points", nullable=True),
        Column("postoperative_on", Type.DATE, "date of that score", nullable=True),
        Column("postoperative_score_id", Type.TEXT, "its id", nullable=True),
        Column(
            "improvement",
            Type.SCORE,
            "preoperative minus postoperative; positive is better",
            unit="points",
            nullable=True,
        ),
        Column("status", Type.TEXT, "the judgement", values=STATUSES),
        Column("provisional", Type.BOOLEAN, "judged while the window is still open: may change"),
        Column("code", Type.TEXT, "HCPCS quality-data code; none while open or upcoming", nullable=True),
        Column("in_measure", Type.BOOLEAN, "counts in the measure's rate"),
        Column(
            "not_in_measure_because",
            Type.TEXT,
            "the first reason that applies",
            nullable=True,
            values=NOT_IN_MEASURE_REASONS,
        ),
        Column("flags", Type.TEXT, "sorted, space separated; empty when none"),
        Column("reported_code", Type.TEXT, "latest quality-data code found in the data for this row", nullable=True),
        Column(
            "reported_agrees",
            Type.BOOLEAN,
            "the reported code equals ours; none where either is missing",
            nullable=True,
        ),
    ),
    key=("episode_id", "instrument", "timepoint"),
)

OVERALL = "overall"

RATE = Table(
    "rate",
    "one row per measure and stratum, and one `overall` per measure",
    (
        Column("measure_id", Type.TEXT, "MIPS quality measure"),
        Column("stratum", Type.TEXT, "submission criterion as CMS names it, or overall"),
        Column("eligible", Type.INTEGER, "rows in the measure: met + not_met + open + upcoming", unit="rows"),
        Column("met", Type.INTEGER, "met", unit="rows"),
        Column("not_met", Type.INTEGER, "not met, the not assessed included", unit="rows"),
        Column("not_assessed", Type.INTEGER, "window closed without a score", unit="rows"),
        Column("excluded", Type.INTEGER, "would count but for a denominator exclusion", unit="rows"),
        Column("open", Type.INTEGER, "window open, no score yet", unit="rows"),
        Column("upcoming", Type.INTEGER, "window not yet open", unit="rows"),
        Column("rate", Type.FRACTION, "met / (met + not_met)", unit="fraction", nullable=True),
        Column("rate_low", Type.FRACTION, "lower end of the 95 % Wilson interval", unit="fraction", nullable=True),
        Column("rate_high", Type.FRACTION, "upper end of the 95 % Wilson interval", unit="fraction", nullable=True),
        Column("bound_low", Type.FRACTION, "rate if none of the missing had met", unit="fraction", nullable=True),
        Column("bound_high", Type.FRACTION, "rate if all of the missing had met", unit="fraction", nullable=True),
        Column("response_rate", Type.FRACTION, "assessed / (closed or assessed)", unit="fraction", nullable=True),
        Column(
            "mean_change", Type.FRACTION, "mean improvement, performance years 2018-2019", unit="points", nullable=True
        ),
    ),
    key=("measure_id", "stratum"),
)

REJECTED = Table(
    "rejected",
    "one row per rejected record",
    (
        Column("source", Type.TEXT, "input file"),
        Column("line", Type.INTEGER, "1-based line in that file; rows of a Parquet file", unit="lines"),
        Column("table", Type.TEXT, "clinical table it was meant for"),
        Column("record_id", Type.TEXT, "its id, where it has one", nullable=True),
        Column("reason", Type.TEXT, "the first reason that applies", values=tuple(REJECT_REASONS)),
        Column("detail", Type.TEXT, "what to look at, without patient values", nullable=True),
    ),
)

RESULT_TABLES = (OUTCOME, RATE, REJECTED)

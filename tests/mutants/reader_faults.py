"""Planted faults in what reads a clinic's records."""

from faults import Fault

TABLES = ("tests/readers/test_one_rounding.py", "tests/readers/test_reject_reasons.py")
FHIR_SCORES = ("tests/readers/test_fhir_scores.py",)
FHIR_FORMS = ("tests/readers/test_fhir_questionnaires.py",)
NAMES = ("tests/readers/test_file_names.py",)

CHECKS = "readers/checks.py"
MACROS = "readers/sql/macros.sql"
SCORE = "readers/sql/check_score.sql"
PROCEDURE = "readers/sql/check_procedure.sql"
OBSERVATION = "readers/sql/fhir_observation.sql"
QUESTIONNAIRE = "readers/sql/fhir_questionnaire_response.sql"

READER_FAULTS = (
    Fault(
        "a written local date is converted to another time zone",
        CHECKS,
        '"create or replace macro in_site_time(x) as x"',
        '"create or replace macro in_site_time(x) as case when length(x) > 16 and regexp_matches(x, '
        "'[+-]\\\\d{2}:\\\\d{2}$') then strftime(timezone('UTC', try_cast(x as timestamptz)), "
        "'%Y-%m-%dT%H:%M:%S') else x end\"",
        FHIR_SCORES,
    ),
    Fault("the site's time zone is not used", CHECKS, "if zone is None:", "if zone is None or zone:", FHIR_SCORES),
    Fault(
        "millimetres are not divided by ten",
        "tables/clinical.py",
        'Decimal("0.1"), "visual"',
        'Decimal("1.0"), "visual"',
        FHIR_SCORES,
    ),
    Fault(
        "of equal records the largest id is kept",
        CHECKS,
        "{known_first}{_record_id(table)} asc nulls last,",
        "{known_first}{_record_id(table)} desc nulls last,",
        TABLES,
    ),
    Fault(
        "an answer by proxy counts although the policy rejects it",
        SCORE,
        "when parsed.respondent = 'proxy' and parsed.reject_proxy then",
        "when parsed.respondent = 'proxy' and not parsed.reject_proxy then",
        TABLES,
    ),
    Fault(
        "a general pain score is a back pain score",
        SCORE,
        "coalesce(reading.pain_without_body_site, 'pain')",
        "coalesce(reading.pain_without_body_site, 'back_pain')",
        TABLES,
    ),
    Fault(
        "the highest value of a scale is out of range",
        SCORE,
        "parsed.value > parsed.highest",
        "parsed.value >= parsed.highest",
        FHIR_FORMS,
    ),
    Fault(
        "seven answered sections are enough",
        SCORE,
        "try_cast(parsed.n_items as integer) < 8",
        "try_cast(parsed.n_items as integer) < 7",
        FHIR_FORMS,
    ),
    Fault(
        "an unknown patient comes before a conflicting id",
        SCORE,
        "when parsed.score_id in (from conflicting_id) then 'conflicting_id'\n",
        "when parsed.score_id in (from conflicting_id) and parsed.patient_id in "
        "(select known.patient_id from patient as known) then 'conflicting_id'\n",
        TABLES,
    ),
    Fault(
        "a procedure that was not done is mapped",
        PROCEDURE,
        "when status is not null and status <> 'completed' then 'not_done'\n",
        "",
        TABLES,
    ),
    Fault(
        "a month is a date",
        MACROS,
        "x is null or is_partial_date(x);",
        "x is null;",
        TABLES,
    ),
    Fault(
        "a period counts on the date it ends",
        OBSERVATION,
        "r.effectivePeriod.start",
        "r.effectivePeriod.end",
        FHIR_SCORES,
    ),
    Fault(
        "of two boxes marked in one section the lower",
        QUESTIONNAIRE,
        "max(coalesce(odi_answer.points,",
        "min(coalesce(odi_answer.points,",
        FHIR_FORMS,
    ),
    Fault(
        "an unanswered section is none of pain",
        QUESTIONNAIRE,
        "/ (5 * count(points))",
        "/ 50",
        FHIR_FORMS,
    ),
    Fault(
        "a score is rounded before it is divided",
        MACROS,
        "try_cast(try_cast(x as decimal(14, 8)) * to_instrument as decimal(9, 4))",
        "try_cast(try_cast(x as decimal(14, 4)) * to_instrument as decimal(9, 4))",
        TABLES,
    ),
    Fault(
        "a score is cut to four decimals, not rounded",
        MACROS,
        "try_cast(try_cast(x as decimal(14, 8)) * to_instrument as decimal(9, 4))",
        "try_cast(trunc(try_cast(x as decimal(14, 8)) * to_instrument * 10000) / 10000 as decimal(9, 4))",
        TABLES,
    ),
    Fault(
        "marks of a pattern in a file's name are not taken as letters",
        "readers/file_names.py",
        'return _MARKS.sub(r"[\\g<0>]", name)',
        "return name",
        NAMES,
    ),
    Fault(
        "copies of files with a byte order mark share a name",
        "readers/fhir.py",
        'copy = scratch / f"{file.source}.ndjson"',
        'copy = scratch / file.path.name.removesuffix(".gz")',
        NAMES,
    ),
)

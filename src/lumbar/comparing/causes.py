"""Why a row of one result differs from the same row of another: a closed vocabulary."""

NEW_OPERATION = "new_operation"
OPERATION_GONE = "operation_gone"
NEW_SCORE = "new_score"
SCORE_WITHDRAWN = "score_withdrawn"
SCORE_CORRECTED = "score_corrected"
NEW_PROCEDURE = "new_procedure"
PROCEDURE_WITHDRAWN = "procedure_withdrawn"
PROCEDURE_CORRECTED = "procedure_corrected"
NEW_DIAGNOSIS = "new_diagnosis"
DIAGNOSIS_WITHDRAWN = "diagnosis_withdrawn"
DIAGNOSIS_CORRECTED = "diagnosis_corrected"
NEW_REPORTED_CODE = "new_reported_code"
REPORTED_CODE_WITHDRAWN = "reported_code_withdrawn"
COVERAGE_CHANGED = "coverage_changed"
BIRTH_DATE_CHANGED = "birth_date_changed"
DEATH_CHANGED = "death_changed"
RECORD_ID_CHANGED = "record_id_changed"
AS_OF = "as_of"
POLICY = "policy"
RULE_SET = "rule_set"
MAPPING = "mapping"
VERSION = "version"
UNEXPLAINED = "unexplained"

CAUSES = {
    NEW_OPERATION: "the procedure line that starts the operation was not there, or not accepted, before",
    OPERATION_GONE: "the procedure line that started the operation is no longer there, or no longer accepted",
    NEW_SCORE: "a score that was not there, or not accepted, before",
    SCORE_WITHDRAWN: "a score that is no longer there, or no longer accepted",
    SCORE_CORRECTED: "a score of the same id with another value, date or other content",
    NEW_PROCEDURE: "a procedure line that was not there, or not accepted, before",
    PROCEDURE_WITHDRAWN: "a procedure line that is no longer there, or no longer accepted",
    PROCEDURE_CORRECTED: "a procedure line of the same id with another date, code or other content",
    NEW_DIAGNOSIS: "a diagnosis that was not there, or not accepted, before",
    DIAGNOSIS_WITHDRAWN: "a diagnosis that is no longer there, or no longer accepted",
    DIAGNOSIS_CORRECTED: "a diagnosis of the same id with another code, date or other content",
    NEW_REPORTED_CODE: "a reported code that was not there, or not accepted, before",
    REPORTED_CODE_WITHDRAWN: "a reported code that is no longer there, or no longer accepted",
    COVERAGE_CHANGED: "a coverage came, went or changed",
    BIRTH_DATE_CHANGED: "another date of birth",
    DEATH_CHANGED: "a death was recorded, withdrawn or dated otherwise",
    RECORD_ID_CHANGED: "records that are the same but for their ids",
    AS_OF: "another as-of date: a window opened or closed, or a record became known",
    POLICY: "another policy",
    RULE_SET: "another rule set: measures or code lists",
    MAPPING: "the same input files, read with another mapping or as another format",
    VERSION: "another version of the package or its engine: the same files read otherwise, or rows no rule explains",
    UNEXPLAINED: "row and records do not fit each other: one of them was changed, or it is a fault of ours",
}

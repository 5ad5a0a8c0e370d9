"""The planted faults of the files for receivers, their recount, the bundle and the comparison."""

from faults import Fault

LEAVING = ("tests/exports/test_leaving.py",)
QPP = ("tests/exports/test_qpp.py",)
QPP_RECOUNT = ("tests/exports/test_qpp_recount.py",)
CLAIM = ("tests/exports/test_claim_837p.py", "tests/exports/test_claim_837p_parts.py")
AGES = ("tests/exports/test_outcomes_study.py",)
REPORTS = ("tests/exports/test_measure_report_cases.py",)
PARTS = ("tests/exports/test_verify_parts.py",)
CAUSES = ("tests/exports/test_diff_causes.py",)

EXPORT_FAULTS = (
    Fault(
        "exports: what is not in the measure leaves too",
        "exports/leaving.py",
        'pc.fill_null(outcome["in_measure"], False)',
        'pc.is_valid(outcome["in_measure"])',
        QPP,
    ),
    Fault(
        "exports: the not assessed are not among the not met",
        "exports/leaving.py",
        "not_met=n(NOT_MET, NOT_ASSESSED)",
        "not_met=n(NOT_MET)",
        QPP,
    ),
    Fault(
        "exports: every other check digit of an NPI will do",
        "exports/identifiers.py",
        "_luhn_sum(_NPI_PREFIX + text) % 10",
        "_luhn_sum(_NPI_PREFIX + text) % 2",
        LEAVING,
    ),
    Fault(
        "exports: rates that do not agree with the rows are sent",
        "workflow/exporting.py",
        "if row is None or any(",
        "if row is None and any(",
        LEAVING,
    ),
    Fault("qpp: open windows are no reason to wait", "exports/qpp.py", "if not interim:", "if interim:", QPP),
    Fault(
        "qpp: only who has a result is eligible",
        "exports/qpp.py",
        '"eligiblePopulation": counts.eligible,',
        '"eligiblePopulation": counts.met + counts.not_met,',
        QPP,
    ),
    Fault(
        "recount: whole numbers may be written as other numbers",
        "exports/recount/qpp.py",
        "type(in_file[name]) is not type(number)",
        "in_file[name] != number",
        QPP_RECOUNT,
    ),
    Fault(
        "837p: a line is dated by the operation",
        "exports/claim_837p/selection.py",
        'else row["postoperative_on"]',
        'else row["index_date"]',
        CLAIM,
    ),
    Fault(
        "837p: a line may be dated after the death",
        "exports/claim_837p/selection.py",
        "deceased_on and on > deceased_on",
        "deceased_on and on < deceased_on",
        CLAIM,
    ),
    Fault(
        "outcomes: ninety is told as an age",
        "exports/outcomes/study_rows.py",
        "pc.greater_equal(_ages(born, last_told), OLDEST)",
        "pc.greater(_ages(born, last_told), OLDEST)",
        AGES,
    ),
    Fault(
        "bundle: any signature will do",
        "evidence/inspection.py",
        "    if not signed and not inspected.findings:",
        "    signed = True\n    if not signed and not inspected.findings:",
        PARTS,
    ),
    Fault(
        "diff: a cause that changes nothing is named",
        "comparing/why.py",
        "if fewer and suffice(fewer):",
        "if len(fewer) > 1 and suffice(fewer):",
        CAUSES,
    ),
)

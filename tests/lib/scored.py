"""A result in a few rows, a surgical log and a benchmark file to score it with."""

import json
from datetime import date

from lumbar.measures import for_year
from lumbar.scoring import read_benchmarks, read_log, score_measures

RULES = for_year(2026)
BACK = RULES.measures[0]
AS_OF = date(2026, 11, 21)
RISING = {"1": 5, **{str(n): n for n in range(10, 100, 10)}, "99": 99}


def log_file(tmp_path, text):
    """A log with that text."""
    path = tmp_path / "log.csv"
    path.write_text(text)
    return path


def the_log(tmp_path, text, kinds=None):
    """The log with that text, read by the rules of 2026."""
    return read_log(log_file(tmp_path, text), RULES, AS_OF, kinds or {}, with_unverified=False)


def row(patient_id, status="met", because=None, kind="discectomy", timepoint="three_month", on=date(2025, 3, 3)):
    """One row of `outcome` for back pain."""
    return {
        "patient_id": patient_id,
        "index_date": on,
        "kind": kind,
        "measure_id": "459",
        "timepoint": timepoint,
        "status": status,
        "in_measure": because is None,
        "not_in_measure_because": because,
    }


def rates(met=0, not_met=0, still_open=0, rules=RULES, **more):
    """The overall rows of `rate`, alike for every measure."""
    counts = {"met": met, "not_met": not_met, "open": still_open, "upcoming": 0, "eligible": met + not_met + still_open}
    closed = met + not_met
    common = {"stratum": "overall", "rate": met / closed if closed else None, "mean_change": None, **counts, **more}
    return [{"measure_id": measure.id, **common} for measure in rules.measures]


def scored(practice="large", rules=RULES, rate=None, outcome=(), log=None, benchmarks=None):
    """The score of the first measure."""
    return score_measures(rules, outcome, rate or rates(12, 8, rules=rules), practice, log, benchmarks)[0]


def complete_log(tmp_path, n_judged, n_lacking):
    """A log of that many judged operations and that many the result lacks, and the outcome rows of the judged."""
    names = [f"j{n}" for n in range(n_judged)] + [f"l{n}" for n in range(n_lacking)]
    lines = [f"{name},2025-03-03,63030" for name in names]
    log = the_log(tmp_path, "\n".join(["patient_id,performed_on,code", *lines]))
    return log, [row(name) for name in names[:n_judged]]


def given(tmp_path, *entries, **more):
    """A benchmark file of back pain with these changes, one entry each."""
    path = tmp_path / "benchmarks.json"
    whole = [
        {"measureId": "459", "performanceYear": 2026, "submissionMethod": "registry", "percentiles": RISING, **entry}
        for entry in (entries or (more,))
    ]
    path.write_text(json.dumps(whole))
    return read_benchmarks(path)

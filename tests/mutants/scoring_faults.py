"""The planted faults of scoring and of the account of reported codes."""

from faults import Fault

SCORING = ("tests/unit/test_scoring.py",)
LOG = ("tests/unit/test_surgical_log.py",)
DECILES = ("tests/unit/test_deciles.py",)
STANDINGS = ("tests/unit/test_reported_standings.py",)
SCORE = "scoring/measure_score.py"

SCORING_FAULTS = (
    Fault(
        "scoring: a decile does not hold where it opens",
        "statistics/deciles.py",
        "start <= reached",
        "start < reached",
        DECILES,
    ),
    Fault("scoring: tenths are cut off", "statistics/deciles.py", "ROUND_HALF_UP)", '"ROUND_FLOOR")', DECILES),
    Fault(
        "scoring: a decile may give the next one's points",
        "statistics/deciles.py",
        "min(tenths, _MOST_TENTHS)",
        "tenths",
        DECILES,
    ),
    Fault(
        "scoring: an inverse measure is scored upright",
        "statistics/deciles.py",
        "reached = sign * value",
        "reached = value",
        DECILES,
    ),
    Fault(
        "scoring: the tenth percentile opens the first decile",
        "scoring/benchmark_file.py",
        '("1", "10", "20", "30", "40", "50", "60", "70", "80", "90")',
        '("10", "20", "30", "40", "50", "60", "70", "80", "90", "99")',
        SCORING,
    ),
    Fault(
        "scoring: topped out in one year is capped",
        SCORE,
        "if benchmark.capped else",
        "if benchmark.topped_out else",
        SCORING,
    ),
    Fault("scoring: the floor is forgotten", SCORE, "max(points, Decimal(floor.value))", "points", SCORING),
    Fault(
        "scoring: twenty cases are too few",
        SCORE,
        'row["eligible"] < rules.case_minimum',
        'row["eligible"] <= rules.case_minimum',
        SCORING,
    ),
    Fault(
        "scoring: open windows are no cases",
        SCORE,
        'cases=row["eligible"]',
        'cases=row["met"] + row["not_met"]',
        SCORING,
    ),
    Fault(
        "scoring: exactly complete is incomplete",
        "scoring/completeness.py",
        "self.share >= Fraction(wanted)",
        "self.share > Fraction(wanted)",
        SCORING,
    ),
    Fault(
        "scoring: a share is rounded up",
        "scoring/both_scores.py",
        'Decimal("0.1"), ROUND_FLOOR)',
        'Decimal("0.1"))',
        SCORING,
    ),
    Fault(
        "scoring: what the result lacks is not eligible",
        "scoring/completeness.py",
        "self.judged + self.pending + self.lacking",
        "self.judged + self.pending",
        LOG,
    ),
    Fault(
        "scoring: an exclusion is not judged",
        "scoring/completeness.py",
        'JUDGED if row["not_in_measure_because"] == EXCLUDED else NOT_ELIGIBLE',
        "NOT_ELIGIBLE",
        LOG,
    ),
    Fault(
        "scoring: an assistant's line counts", "scoring/surgical_log.py", "if self.idle_modifiers &", "if set() &", LOG
    ),
    Fault("scoring: a line twice is two lines", "scoring/surgical_log.py", "seen.add(whole)", "seen.copy()", LOG),
    Fault(
        "scoring: the log's kind holds against the result's",
        "scoring/surgical_log.py",
        "kinds.get((patient_id, performed_on), own)",
        "own",
        LOG,
    ),
    Fault(
        "scoring: an exclusion known from its report alone agrees",
        "statistics/reported.py",
        "excluded_by_report_alone and agrees is True",
        "False",
        STANDINGS,
    ),
    Fault(
        "scoring: met reported of nobody asked is a contradiction",
        "statistics/reported.py",
        "CONTRADICTED if status in _JUDGED else WITHOUT_EVIDENCE",
        "CONTRADICTED",
        STANDINGS,
    ),
)

"""The planted faults of the statistics."""

from faults import Fault

HERE = "tests/unit/statistics"
# By hand-worked tests; the thousand random inputs would notice too, and take a minute a fault.
FUNNEL = (f"{HERE}/test_funnel.py", "-k", "where_it_is_likely or below_ten or random_widened")
CHARTS = (f"{HERE}/test_run_rules.py",)
LOGIT = (f"{HERE}/test_logit.py", "-k", "the_reason_is_told")
CASE_MIX = (f"{HERE}/test_case_mix.py", "-k", "harder_cases")
MISSING = (f"{HERE}/test_missing.py", "-k", "by_hand")
CHANGE = (f"{HERE}/test_change.py",)

STATISTICS_FAULTS = (
    Fault(
        "statistics: the upper funnel limit is not mirrored",
        "statistics/funnel.py",
        "for share in (target, 1 - target))",
        "for share in (target, target))",
        FUNNEL,
    ),
    Fault(
        "statistics: a few units widen the limits around themselves",
        "statistics/funnel.py",
        "if count >= LEAST_UNITS_TO_WIDEN else None",
        "if count >= 2 else None",
        FUNNEL,
    ),
    Fault(
        "statistics: widened limits may be narrower than the exact",
        "statistics/funnel.py",
        "max(0.0, min(low, target - half)), min(1.0, max(high, target + half))",
        "max(0.0, target - half), min(1.0, target + half)",
        FUNNEL,
    ),
    Fault(
        "statistics: seven in a row are a shift",
        "statistics/run_rules.py",
        "shifts(sides, 8)",
        "shifts(sides, 7)",
        CHARTS,
    ),
    Fault(
        "statistics: a point on the centre ends a run",
        "statistics/run_rules.py",
        "enumerate(sides) if side]",
        "enumerate(sides)]",
        CHARTS,
    ),
    Fault(
        "statistics: separation is called slow convergence",
        "statistics/logit.py",
        "return NoFit(SEPARATED)\n",
        "return NoFit(NOT_CONVERGED)\n",
        LOGIT,
    ),
    Fault(
        "statistics: the interval of an adjusted rate is not adjusted",
        "statistics/case_mix.py",
        "high=min(1.0, high * factor)",
        "high=high",
        CASE_MIX,
    ),
    Fault(
        "statistics: the error of a weighted rate takes the weights as known",
        "statistics/missing.py",
        "    pulls = [fsum(map(mul, cell.row, per_column)) for cell in cells]",
        "    pulls = [0.0 * fsum(map(mul, cell.row, per_column)) for cell in cells]",
        MISSING,
    ),
    Fault(
        "statistics: improvement by the threshold itself does not count",
        "statistics/change.py",
        "if value >= points",
        "if value > points",
        CHANGE,
    ),
)

"""What CMS would make of a result, worked by hand: cases, completeness, benchmark, points."""

import json
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from lumbar.codelists.scoring import PRACTICES, scoring_rule, scoring_rules
from lumbar.errors import InputError
from lumbar.measures import for_year, years
from lumbar.scoring import read_benchmarks, score_measures
from lumbar.scoring.words import score_json, score_lines
from lumbar.statistics.reported import ReportedCounts
from scored import RISING, RULES, complete_log, given, rates, scored, the_log

SAMPLE = Path(__file__).parent.parent / "fixtures" / "scoring" / "other-benchmarks-2026-sample.json"
SHARED = Path(__file__).parents[3] / "shared"


# ---- what is kept as data


@pytest.mark.parametrize(
    ("rule", "year", "large", "small"),
    [
        ("no_benchmark", 2018, 3, 3),
        ("no_benchmark", 2022, 3, 3),
        ("no_benchmark", 2023, 0, 3),
        ("no_benchmark", 2026, 0, 3),
        ("below_case_minimum", 2018, 3, 3),
        ("below_case_minimum", 2022, 3, 3),
        ("below_case_minimum", 2023, 0, 3),
        ("below_completeness", 2018, 1, 3),
        ("below_completeness", 2019, 1, 3),
        ("below_completeness", 2020, 0, 3),
        ("below_completeness", 2027, 0, 3),
    ],
)
def test_the_points_of_a_year_by_the_size_of_the_practice(rule, year, large, small):
    assert (scoring_rule(rule, year, "large").value, scoring_rule(rule, year, "small").value) == (large, small)


def test_what_is_unverified_is_said_so():
    assert scoring_rule("below_completeness", 2019, "large").confidence == "unverified"
    assert scoring_rule("no_benchmark", 2019, "large").confidence == "likely"
    assert scoring_rule("no_benchmark", 2020, "large").confidence == "certain"


def test_floor_and_cap_by_year():
    assert [scoring_rule("lowest_with_benchmark", year).value for year in (2018, 2022, 2023, 2027)] == [3, 3, 1, 1]
    assert scoring_rule("topped_out_cap", 2018) is None
    assert scoring_rule("topped_out_cap", 2019).value == 7


@pytest.mark.parametrize("year", range(2018, 2028))
def test_every_year_has_one_rule_of_each_name_and_practice(year):
    for name in ("no_benchmark", "below_case_minimum", "below_completeness"):
        for practice in PRACTICES:
            found = [
                rule
                for rule in scoring_rules()
                if rule.rule == name
                and rule.practice == practice
                and rule.first_year <= year <= (rule.last_year or year)
            ]
            assert len(found) == 1


def test_every_row_has_a_source_and_a_confidence_and_the_files_are_sorted():
    for row in scoring_rules():
        assert row.source
        assert row.confidence in {"certain", "likely", "unverified", "unknown"}
    keys = [(rule.rule, rule.first_year, rule.practice) for rule in scoring_rules()]
    assert keys == sorted(set(keys))


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared, the collected data, is not beside the checkout")
def test_the_sample_is_what_was_collected():
    assert json.loads((SHARED / "cms" / SAMPLE.name).read_text()) == json.loads(SAMPLE.read_text())


# ---- points


@pytest.mark.parametrize(("practice", "points"), [("large", 0), ("small", 3)])
def test_without_benchmark_the_points_of_2026_are_the_same_complete_or_not(practice, points):
    one = scored(practice)
    assert (one.points.reason, one.points.points) == ("no_benchmark", points)
    assert one.complete is None
    assert one.certain_whatever_the_completeness


def test_without_a_log_the_points_of_2021_hang_on_what_is_not_known():
    """3 points when complete; incomplete 0."""
    one = scored(rules=replace(RULES, year=2021))
    assert (one.points.points, one.points_if_incomplete.points) == (3, 0)
    assert not one.certain_whatever_the_completeness


def test_three_in_four_is_complete_and_one_less_is_not(tmp_path):
    """75 % is wanted in 2026: 30 of 40 is exactly that, 29 of 40 is 72.5 %."""
    log, outcome = complete_log(tmp_path, 30, 10)
    assert scored(log=log, outcome=outcome).complete is True
    log, outcome = complete_log(tmp_path, 29, 11)
    one = scored(log=log, outcome=outcome)
    assert (one.complete, one.points.reason, one.points.points) == (False, "below_completeness", 0)
    assert scored("small", log=log, outcome=outcome).points.points == 3


@pytest.mark.parametrize(("n", "reason"), [(19, "below_case_minimum"), (20, "no_benchmark")])
def test_twenty_cases_are_enough(n, reason):
    """The cases are those in the measure, over both strata; the open ones will be reported too."""
    one = scored(rate=rates(n - 5, 3, still_open=2))
    assert (one.cases, one.closed, one.points.reason) == (n, n - 2, reason)


def test_a_measure_without_cases_earns_nothing_and_is_not_given_a_figure():
    one = scored(rate=rates())
    assert (one.points.reason, one.points.points) == ("no_cases", None)


def test_a_share_of_both_scores_below_the_least_cannot_be_submitted():
    """Nine of twenty is 45 %, ten are 50 %. Without a log the points of 2019 hang on completeness: 3, or 1."""
    rules = for_year(2019)
    one = scored(rules=rules, rate=rates(9, 11, rules=rules, mean_change=2.5))
    assert (one.points.reason, one.points.points) == ("cannot_be_submitted", None)
    # With two windows open 11 of 22 may come to have both; with one, 10 of 21 at best.
    one = scored(rules=rules, rate=rates(9, 11, still_open=2, rules=rules, mean_change=2.5))
    assert (one.points.reason, one.points.points) == ("not_yet_submittable", None)
    one = scored(rules=rules, rate=rates(9, 11, still_open=1, rules=rules, mean_change=2.5))
    assert one.points.reason == "cannot_be_submitted"
    # Nothing judged yet: nothing is known of the share.
    one = scored(rules=rules, rate=rates(0, 0, still_open=20, rules=rules))
    assert one.points.reason not in ("cannot_be_submitted", "not_yet_submittable")
    one = scored(rules=rules, rate=rates(10, 10, rules=rules, mean_change=2.5))
    assert (one.points.reason, one.points.points, one.value) == ("no_benchmark", 3, Fraction(5, 2))
    assert (one.points_if_incomplete.points, one.points_if_incomplete.rule.confidence) == (1, "unverified")


@pytest.mark.parametrize("year", years())
def test_every_year_is_scored_and_names_what_it_rests_on(year):
    rules = for_year(year)
    scores = score_measures(rules, [], rates(12, 8, rules=rules, mean_change=2.0), "large")
    assert [one.measure.id for one in scores] == [measure.id for measure in rules.measures]
    assert {one.points.reason for one in scores} == {"no_benchmark"}
    assert {one.points.points for one in scores} == {3 if year < 2023 else 0}
    text = " ".join(score_lines(scores, rules, "large", "2028-01-01", None, ReportedCounts()))
    assert "cannot be known from these data" in " ".join(text.split())
    assert rules.benchmark in text


# ---- benchmarks a user gives


def test_the_benchmarks_cms_published_for_other_measures_are_read_and_applied():
    file = read_benchmarks(SAMPLE)
    found = {measure_id: file.of(measure_id, 2026, "registry") for measure_id in ("182", "220", "478")}
    assert {key: one.capped for key, one in found.items()} == {"182": True, "220": False, "478": False}
    assert found["220"].points(Fraction("64.785")) == (3, Decimal("3.5"))
    assert found["478"].opens[5] == Decimal("87.235")
    assert file.of("459", 2026, "registry") is None
    assert scored(benchmarks=file).points.reason == "no_benchmark"


def test_a_measure_with_a_benchmark_is_scored_by_decile(tmp_path):
    """12 of 20 is 60 %: the seventh decile begins at the 60th percentile, here 60."""
    one = scored(benchmarks=given(tmp_path))
    assert (one.points.reason, one.points.decile, one.points.points) == ("benchmark", 7, Decimal("7.0"))


def test_the_sample_of_another_measure_gives_the_hand_worked_points_to_ours(tmp_path):
    """2 of 3 is 66.67 %: on the benchmark of 220 in the third decile, 6.67 of 9.57 is 0.697."""
    entry = next(e for e in json.loads(SAMPLE.read_text()) if e["measureId"] == "220")
    one = scored(rate=rates(20, 10), benchmarks=given(tmp_path, {**entry, "measureId": "459"}))
    assert (one.points.decile, one.points.points) == (3, Decimal("3.7"))


def test_topped_out_for_two_years_is_capped_at_7_and_for_one_is_not(tmp_path):
    """All 20 met: 100 % is in the tenth decile."""
    rate = rates(20, 0)
    capped = scored(rate=rate, benchmarks=given(tmp_path, isToppedOut=True, isToppedOutByProgram=True))
    assert (capped.points.earned_by_decile, capped.points.points) == (10, 7)
    free = scored(rate=rate, benchmarks=given(tmp_path, isToppedOut=True))
    assert free.points.points == 10


def test_the_floor_is_3_until_2022_and_1_from_2023(tmp_path):
    """1 of 20 is 5 %: the first decile begins there."""
    benchmarks = given(tmp_path, {"performanceYear": 2022}, {"performanceYear": 2023})
    for year, points in ((2022, 3), (2023, 1)):
        one = scored(rules=replace(RULES, year=year), rate=rates(1, 19), benchmarks=benchmarks)
        assert (one.points.decile, one.points.points) == (1, points)


def test_an_inverse_benchmark_descends(tmp_path):
    """60 % on 95, 90, 80, … 10: the fifth decile begins at 60."""
    falling = {"1": 95, **{str(n): 100 - n for n in range(10, 100, 10)}}
    one = scored(benchmarks=given(tmp_path, percentiles=falling, isInverse=True))
    assert (one.points.decile, one.points.points) == (5, Decimal("5.0"))
    with pytest.raises(InputError, match="not descending"):
        scored(benchmarks=given(tmp_path, isInverse=True))


def test_the_older_form_with_nine_deciles_is_read(tmp_path):
    """The first decile begins at 0, the others where the list says: 60 % is the sixth number."""
    one = scored(benchmarks=given(tmp_path, percentiles=None, deciles=[10, 20, 30, 40, 50, 60, 70, 80, 90]))
    assert (one.points.decile, one.points.points) == (7, Decimal("7.0"))


def test_a_benchmark_of_another_year_or_method_is_named_and_not_applied(tmp_path):
    file = given(tmp_path, {"performanceYear": 2025}, {"submissionMethod": "claims"})
    one = scored(benchmarks=file)
    assert one.points.reason == "no_benchmark"
    assert one.passed_over == (
        "performance year 2025, submitted by registry",
        "performance year 2026, submitted by claims",
    )


def test_completeness_and_cases_come_before_the_benchmark(tmp_path):
    benchmarks = given(tmp_path)
    assert scored(rate=rates(10, 9), benchmarks=benchmarks).points.reason == "below_case_minimum"
    log, outcome = complete_log(tmp_path, 1, 9)
    assert scored(log=log, outcome=outcome, benchmarks=benchmarks).points.reason == "below_completeness"


def test_a_benchmark_without_a_rate_gives_no_figure(tmp_path):
    one = scored(rate=rates(still_open=20), benchmarks=given(tmp_path))
    assert (one.points.reason, one.points.points) == ("nothing_judged", None)


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"percentiles": {**RISING, "50": 39}}, "measure 459 has percentiles that are not ascending"),
        ({"percentiles": {k: v for k, v in RISING.items() if k != "50"}}, "lacks percentile 50"),
        ({"percentiles": {**RISING, "90": 101}}, "outside 0 to 100"),
        ({"percentiles": {**RISING, "90": "90"}}, "a percentile that is no number"),
        ({"percentiles": {**RISING, "90": float("nan")}}, "outside 0 to 100"),
        ({"percentiles": [1, 2]}, "neither percentiles by number nor nine deciles"),
        ({"isInverse": "no"}, "isInverse neither true nor false"),
    ],
)
def test_a_benchmark_that_cannot_be_applied_is_refused(tmp_path, changed, complaint):
    with pytest.raises(InputError, match=complaint):
        scored(benchmarks=given(tmp_path, changed))


def test_two_benchmarks_for_one_measure_are_refused(tmp_path):
    with pytest.raises(InputError, match="stands in it twice"):
        scored(benchmarks=given(tmp_path, {}, {}))


# ---- what is said


def told(one, practice="large", log=None):
    lines = score_lines([one], RULES, practice, "2026-11-21", log, ReportedCounts())
    return " ".join(" ".join(lines).split())


def test_what_is_not_known_is_said_to_be_unknown_and_no_figure_is_made_up():
    text = told(scored())
    assert "Met is not recovered, and not met is not failed surgery." in text
    assert "completeness cannot be known from these data; it needs the surgical log of all payers" in text
    assert "benchmark published by CMS: none [CMS benchmark exclusion reasons (2026), BR-009; certain" in text
    assert "CMS tries to make one from the year itself" in text
    assert "points 0 of 10, whether the data are complete or not" in text
    assert "certain" in text


def test_a_log_of_one_payer_is_said_not_to_be_enough(tmp_path):
    log = the_log(
        tmp_path, "patient_id,performed_on,code,payer\na,2025-03-03,63030,Medicare\nb,2025-03-03,63030,medicare\n"
    )
    assert "The log names one payer alone" in told(scored(log=log), log=log)


def test_a_share_is_never_rounded_up_to_what_is_wanted(tmp_path):
    """2,999 of 4,000 is 74.975 %: told as 74.9 %, and not complete."""
    log, outcome = complete_log(tmp_path, 2999, 1001)
    text = told(scored(log=log, outcome=outcome), log=log)
    assert (
        "74.9 %, 2,999 of 4,000 operations of the log judged, 1,001 lacking in the result; 75 % wanted: not reached"
        in text
    )


def test_the_json_has_the_same_facts(tmp_path):
    log, outcome = complete_log(tmp_path, 30, 10)
    one = scored(log=log, outcome=outcome, benchmarks=given(tmp_path))
    facts = json.loads(json.dumps(score_json([one], RULES, "large", "2026-11-21", log, ReportedCounts(agreed=2))))
    (measure,) = facts["measures"]
    assert measure["completeness"] == {
        "share": 0.75,
        "eligible": 40,
        "judged": 30,
        "pending": 0,
        "lacking": 10,
        "not_in_log": 0,
        "by_tin_npi": [],
    }
    assert measure["points"] == {
        "points": 7.0,
        "reason": "benchmark",
        "decile": 7,
        "source": "CMSgov/qpp-measures-data benchmarks-schema.yaml; 42 CFR 414.1380, (b)(1)(i)",
        "confidence": "likely",
    }
    assert facts["reported_codes"]["agreed"] == 2
    assert facts["surgical_log"]["lines"] == 40

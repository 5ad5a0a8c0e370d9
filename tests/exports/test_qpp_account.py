"""What is shown beside a submission: cases, completeness, rate and points of the rows that leave, and of no other."""

import json
import re

import pytest

from command_line import assert_one_clear_line, lumbar
from decade_results import answering_clinic, decade_result
from lumbar.statistics.intervals import wilson
from submissions import GROUP, TIN, exported, sql

NPI = "2000001018"
MET = "count(*) filter (status = 'met')"


def told(result, tmp_path, *words):
    """What the command shows, its lines joined to one."""
    ended = exported(result, tmp_path / "s.json", *words)
    assert ended.code == 0, ended.err
    return " ".join(ended.out.split())


def section(text, measure_id, title):
    """The part about one measure."""
    return text.partition(f"{measure_id} {title}")[2].partition(" 461 ")[0].partition(" 471 ")[0]


@pytest.mark.parametrize("words", [GROUP, ("--tin", TIN, "--npi", NPI)])
def test_cases_and_rate_are_those_of_the_rows_that_leave(closed, tmp_path, words):
    whose = f"surgeon_npi = '{NPI}'" if NPI in words else "true"
    ((n, met, not_assessed),) = sql(
        closed,
        f"select count(*), {MET}, count(*) filter (status = 'not_assessed') from outcome "
        f"where in_measure and measure_id = '459' and {whose}",
    )
    text = section(told(closed, tmp_path, *words), "459", "Back Pain After Lumbar Surgery")
    assert f"cases {n:,}, at least 20 wanted: reached" in text
    low, high = (100 * end for end in wilson(met, n))
    assert f"rate {100 * met / n:.1f} %, {met} of {n:,} met (95 % interval {low:.1f} to {high:.1f} %)" in text
    assert f"{100 * (n - not_assessed) / n:.1f} % responded" in text
    assert f"had all the others met it were {100 * (met + not_assessed) / n:.1f} %" in text
    for kind, stratum in (("discectomy", "lumbarDiscectomy"), ("fusion", "lumbarFusion")):
        ((n, met),) = sql(
            closed,
            f"select count(*), {MET} from outcome where in_measure and measure_id = '459' and kind = '{kind}' and {whose}",
        )
        assert f"{stratum}: {100 * met / n:.1f} %, {met} of {n} met" in text


def test_the_points_are_those_of_both_sizes_of_practice_or_of_the_one_asked_for(closed, tmp_path):
    assert re.findall(r"points, (\w+) (\d) of 10", told(closed, tmp_path)) == [("small", "3"), ("large", "0")] * 3
    for size, points in (("small", "3"), ("large", "0")):
        found = re.findall(r"points, (\w+) (\d) of 10", told(closed, tmp_path, *GROUP, "--practice", size))
        assert found == [(size, points)] * 3


def test_it_says_what_a_score_means_and_that_nothing_is_sent(closed, tmp_path):
    text = told(closed, tmp_path)
    assert "Met is not recovered, and not met is not failed surgery." in text
    assert "Nothing is sent: the file goes to CMS by your registry's own hand." in text
    assert text.count("cannot be known from these data; it needs the surgical log of all payers: --log FILE") == 3
    assert text.endswith(f"Written: {tmp_path / 's.json'}")


@pytest.fixture(scope="module")
def log(closed, tmp_path_factory):
    """A log of every operation of the result under its surgeon, and three of NPI that the result lacks."""
    operations = sql(closed, "select distinct patient_id, index_date, kind, surgeon_npi from outcome order by all")
    code = {"discectomy": "63030", "fusion": "22612"}
    lines = [f"{patient},{on},{code[kind]},{npi or ''},{TIN}" for patient, on, kind, npi in operations]
    lines += [f"nobody-{n},2025-05-05,63030,{NPI},{TIN}" for n in range(3)]
    lines += [f"nobody-{n},2025-05-05,63030,{NPI},123456789" for n in (3, 4)]
    path = tmp_path_factory.mktemp("log") / "log.csv"
    path.write_text("\n".join(["patient_id,performed_on,code,surgeon_npi,tin", *lines, ""]))
    return path


def known(result, whose):
    """Operations of the log that count in 459, worked out from the result: in it, or kept out by exclusion or age."""
    ((judged, lacking),) = sql(
        result,
        "select count(*) filter (in_measure or not_in_measure_because = 'excluded'), "
        "count(*) filter (not_in_measure_because = 'age_unknown') from outcome "
        f"where measure_id = '459' and (kind = 'discectomy') = (timepoint = 'three_month') and {whose}",
    )
    return judged, lacking


def test_completeness_of_the_group_is_over_the_log_of_its_tin(closed, log, tmp_path):
    judged, lacking = known(closed, "true")
    text = told(closed, tmp_path, *GROUP, "--log", log)
    assert f"{judged:,} of {judged + lacking + 3:,} operations of the log judged, {lacking + 3} lacking" in text
    assert "Surgical log: " in text
    assert "nobody" not in text


def test_completeness_of_a_surgeon_is_over_the_operations_the_log_names_theirs(closed, log, tmp_path):
    judged, lacking = known(closed, f"surgeon_npi = '{NPI}'")
    text = told(closed, tmp_path, "--tin", TIN, "--npi", NPI, "--log", log)
    assert f"{judged:,} of {judged + lacking + 3:,} operations of the log judged, {lacking + 3} lacking" in text
    assert "not among theirs" not in text


def test_operations_the_log_gives_to_somebody_else_are_said(closed, tmp_path):
    """The log names every operation of one surgeon as another's."""
    operations = sql(
        closed, f"select distinct patient_id, index_date from outcome where surgeon_npi = '{NPI}' order by all"
    )
    lines = [f"{patient},{on},63030,2000002024" for patient, on in operations]
    path = tmp_path / "log.csv"
    path.write_text("\n".join(["patient_id,performed_on,code,surgeon_npi", *lines, ""]))
    judged, _ = known(closed, f"surgeon_npi = '{NPI}'")
    text = told(closed, tmp_path, "--tin", TIN, "--npi", NPI, "--log", path, "--measure", "459")
    assert "undefined: the log has no operation that belongs in the measure" in text
    assert f"in the file but not among theirs in the log: {judged}" in text


def test_a_log_that_names_no_surgeon_says_nothing_of_one(closed, tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("patient_id,performed_on,code\nnobody,2025-05-05,63030\n")
    ended = exported(closed, tmp_path / "s.json", "--tin", TIN, "--npi", NPI, "--log", path)
    assert_one_clear_line(ended)
    assert "it lacks the column surgeon_npi" in ended.err
    assert not (tmp_path / "s.json").exists()


def test_cases_and_points_are_those_of_the_command_score(closed, log, tmp_path):
    """Of the whole practice: one path from a stored result to a score."""
    score = json.loads(lumbar("score", closed, "--practice", "large", "--log", log, "--format", "json").out)
    text = told(closed, tmp_path, *GROUP, "--practice", "large")
    assert [f"{m['cases']:,}" for m in score["measures"]] == re.findall(r"cases ([\d,]+),", text)
    assert [f"{m['points']['points']:.0f}" for m in score["measures"]] == re.findall(r"points, large (\d+) of", text)


def test_a_mean_change_is_shown_with_the_share_it_rests_on(tmp_path):
    result = decade_result(tmp_path, 2019, answering_clinic(2019))
    text = told(result, tmp_path)
    ((n, met, total),) = sql(
        result, f"select count(*), {MET}, sum(improvement) filter (status = 'met') from outcome "
        "where in_measure and measure_id = '459'",
    )  # fmt: skip
    assert f"both scores {100 * met / n:.1f} %, {met} of {n} judged or closed" in text
    assert f"mean change {total / met:.2f} points" in text

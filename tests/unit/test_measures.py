"""The measures and code lists of 2026 against the published facts, written here by hand."""

import ast
import csv
import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

import lumbar.measures
from lumbar.codelists import COLUMNS, code_list, code_list_hashes, code_list_names
from lumbar.errors import InternalError, UsageError
from lumbar.measures import for_year, years
from lumbar.measures.lock import lock_hash, lock_lines
from lumbar.tables.clinical import SCALES

YEAR = for_year(2026)


def test_there_are_three_measures_in_2026_with_the_published_ids():
    assert 2026 in years()
    assert [(m.id, m.instrument) for m in YEAR.measures] == [("459", "back_pain"), ("461", "leg_pain"), ("471", "odi")]


@pytest.mark.parametrize("year", [2017, 2028, 0, -1])
def test_a_year_without_rules_is_refused_and_the_known_ones_are_named(year):
    with pytest.raises(UsageError, match=f"no rules for performance year {year}; there are rules for .*2026"):
        for_year(year)


@pytest.mark.parametrize(
    ("measure_id", "at_most", "improved_by"), [("459", "3.0", "5.0"), ("461", "3.0", "5.0"), ("471", "22", "30")]
)
def test_the_targets_are_the_published_ones(measure_id, at_most, improved_by):
    (measure,) = (m for m in YEAR.measures if m.id == measure_id)
    assert (measure.target.at_most, measure.target.improved_by) == (Decimal(at_most), Decimal(improved_by))


CODES = {
    ("459", "three_month"): ("G2136", "G2137", "G9943", "G9945"),
    ("459", "one_year"): ("G2138", "G2139", "G9946", "G9945"),
    ("461", "three_month"): ("G2140", "G2141", "G9949", "M1051"),
    ("461", "one_year"): ("G2146", "G2147", "M1052", "M1051"),
    ("471", "three_month"): ("G2144", "G2145", "M1049", "M1041"),
    ("471", "one_year"): ("G2142", "G2143", "M1043", "M1041"),
}


def test_the_twenty_one_codes_stand_where_the_specification_has_them():
    found = {
        (m.id, s.timepoint): (s.codes.met, s.codes.not_met, s.codes.not_assessed, s.codes.excluded)
        for m in YEAR.measures
        for s in m.strata
    }
    assert found == CODES
    assert len({code for row in CODES.values() for code in row}) == 21


def test_discectomy_counts_at_three_months_and_fusion_at_one_year_under_the_names_of_cms():
    for measure in YEAR.measures:
        assert [(s.name, s.kind, s.timepoint) for s in measure.strata] == [
            ("lumbarDiscectomy", "discectomy", "three_month"),
            ("lumbarFusion", "fusion", "one_year"),
        ]


def test_the_windows_are_six_to_twenty_weeks_and_nine_to_fifteen_months():
    for measure in YEAR.measures:
        before = measure.preoperative
        assert (before.opens.months, before.opens.days, before.closes.months, before.closes.days) == (-3, 0, 0, 0)
        short, long = (s.postoperative for s in measure.strata)
        assert (short.opens.days, short.closes.days, short.opens.months, short.closes.months) == (42, 140, 0, 0)
        assert (long.opens.months, long.closes.months, long.opens.days, long.closes.days) == (9, 15, 0, 0)


def test_the_identification_periods_of_2026_are_a_calendar_year_and_one_from_october():
    """Discectomies of 2025; fusions of October 2024 to September 2025; 18 years old on the first day."""
    for measure in YEAR.measures:
        discectomy, fusion = (s.period for s in measure.strata)
        assert (discectomy.starts_on, discectomy.ends_on) == (date(2025, 1, 1), date(2025, 12, 31))
        assert (fusion.starts_on, fusion.ends_on) == (date(2024, 10, 1), date(2025, 9, 30))
        assert (discectomy.age_on, fusion.age_on) == (date(2025, 1, 1), date(2024, 10, 1))
        assert {discectomy.minimum_age_years, fusion.minimum_age_years} == {18}


def test_every_scale_a_measure_takes_is_one_of_its_instruments():
    for measure in YEAR.measures:
        own = {scale.name for scale in SCALES if measure.instrument in scale.instruments}
        assert set(measure.scales) == own


def test_every_rule_cites_a_document_and_says_how_sure_it_is():
    cites = [line for line in lock_lines(YEAR) if ".cite." in line or "_cite." in line]
    assert len(cites) > 50
    sure = [line.split(" = ")[1].strip("'\"") for line in cites if line.split(" = ")[0].endswith("confidence")]
    assert set(sure) <= {"certain", "likely", "unverified", "unknown"}
    assert "unverified" in sure  # the procedure codes are, and it is said


def test_measure_files_hold_values_and_no_logic():
    """No function, branch, loop or comprehension in any file of a year: a rule is read, not run."""
    folders = [p for p in Path(lumbar.measures.__file__).parent.iterdir() if re.fullmatch(r"py20\d\d", p.name)]
    files = [file for folder in folders for file in folder.glob("*.py")]
    logic = (ast.FunctionDef, ast.Lambda, ast.If, ast.IfExp, ast.For, ast.While, ast.ListComp, ast.GeneratorExp)
    logic += (ast.DictComp, ast.SetComp, ast.Try, ast.With, ast.ClassDef, ast.Match)
    assert len(files) >= 4
    for file in files:
        found = [type(node).__name__ for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, logic)]
        assert found == [], file.name


def test_the_lock_text_is_sorted_and_changes_when_a_value_does():
    lines = lock_lines(YEAR)
    assert list(lines) == sorted(lines)
    assert lock_hash(YEAR) == lock_hash(for_year(2026))
    first = YEAR.measures[0]
    changed = replace(first, target=replace(first.target, at_most=Decimal("3.1")))
    assert lock_hash(replace(YEAR, measures=(changed, *YEAR.measures[1:]))) != lock_hash(YEAR)


@pytest.mark.parametrize("name", code_list_names(2026))
def test_a_code_list_is_sorted_text_with_its_source_and_confidence(name):
    path = Path(lumbar.measures.__file__).parents[1] / "codelists" / "py2026" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    assert tuple(rows[0]) == COLUMNS
    assert [(r["system"], r["code"]) for r in rows] == sorted({(r["system"], r["code"]) for r in rows})
    assert {r["confidence"] for r in rows} <= {"certain", "likely", "unverified", "unknown"}
    assert all(r["source"] for r in rows)
    assert len(code_list_hashes(2026)[name]) == 64


def test_a_code_is_in_force_from_its_first_day_to_its_last_both_counted():
    entry = next(e for name in code_list_names(2026) for e in code_list(2026, name) if e.valid_from)
    assert entry.valid_on(entry.valid_from)
    assert not entry.valid_on(entry.valid_from - timedelta(days=1))
    last = date(2030, 6, 30)
    ended = replace(entry, valid_from=None, valid_to=last)
    assert ended.valid_on(last)
    assert ended.valid_on(date(1900, 1, 1))
    assert not ended.valid_on(last + timedelta(days=1))


def test_a_code_list_that_is_not_there_is_our_fault_not_the_users():
    with pytest.raises(InternalError, match=r"no table herbs in .*py2026"):
        code_list(2026, "herbs")


def test_add_on_and_cervical_codes_start_no_episode():
    """22614 and 63035 are add-ons, 22551 is cervical, 22610 thoracic."""
    starting = {e.code for rule in YEAR.procedures for e in code_list(2026, rule.code_list)}
    assert starting.isdisjoint(
        {"22614", "22632", "22634", "63035", "63044", "63048", "22551", "22600", "22610", "63020"}
    )
    assert {"63030", "63047", "22612", "22630", "22633"} <= starting

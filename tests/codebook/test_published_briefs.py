"""The two published briefs the product began with: what is wrong in them is found, what is right is left alone.

`SEED_ERRORS` answers for every row of the collected list of their errors: the finding that catches it, or why a
machine cannot.
"""

import csv
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from lumbar.codebook.lint import lint

SHARED = Path(__file__).parents[3] / "shared"
ON = date(2026, 11, 21)
FIRST, SECOND = "000", "001"
pytestmark = pytest.mark.skipif(
    not (SHARED / "seeds").is_dir(), reason="../shared, the published briefs, is not beside the checkout"
)

AS_TERM = "the code's own words are licensed and not kept: own short words cannot prove a descriptor wrong"
SILENT = "silence on what a page need not tell is no statement; `lumbar code` says it"

# By brief and place: (brief, code, kind) of every finding that catches the row, or the reason why none does.
SEED_ERRORS: dict[tuple[str, str], tuple[tuple[str, str, str], ...] | str] = {
    ("A", "000 title/overview"): (
        (FIRST, "G2137", "result_called_service"),
        (FIRST, "G2137", "scope_too_wide"),
    ),
    ("A", "000 clinical context"): ((FIRST, "G2137", "fusion_at_three_months"),),
    ("A", "000 modifier AS"): ((FIRST, "AS", "label_contradicts_code"),),
    ("A", "000 modifier QX"): ((FIRST, "QX", "label_contradicts_code"),),
    ("A", "000 modifier table as a whole"): ((FIRST, "G2137", "modifier_on_quality_data_line"),),
    ("A", "000 taxonomy 208800000X"): ((FIRST, "208800000X", "label_contradicts_code"),),
    ("A", "000 taxonomy 207L00000X"): ((FIRST, "207L00000X", "label_contradicts_code"),),
    ("A", "000 taxonomy 207RC0000X"): ((FIRST, "207RC0000X", "label_contradicts_code"),),
    ("A", "000 taxonomy 2084P0800X"): ((FIRST, "2084P0800X", "label_contradicts_code"),),
    ("A", "000 ICD M54.5"): (
        (FIRST, "M54.5", "header_not_billable"),
        (FIRST, "M54.5", "codes_exclude_each_other"),
    ),
    ("A", "000 ICD M48.06"): ((FIRST, "M48.06", "header_not_billable"),),
    ("A", "000 ICD G55.9"): ((FIRST, "G55.9", "unknown_code"),),
    ("A", "000 ICD M51.26"): ((FIRST, "M51.26", "more_specific_code"),),
    ("-", "000 ICD M47.26"): "right: nothing to find",
    (
        "A",
        "000 ICD table overall",
    ): "no single statement: that the measure follows procedures is a judgement of relevance",
    ("A", "000 CPT 96127 text"): ((FIRST, "96127", "instrument_code_misused"),),
    ("A", "000 CPT 22612"): ((FIRST, "22612", "fusion_at_three_months"),),
    ("A", "000 CPT 63047"): AS_TERM,
    ("A", "000 CPT 99214"): ((FIRST, "99214", "visit_in_global_period"),),
    ("A", "000 omission"): ((FIRST, "G2137", "missing_companion"),),
    ("A/B", "both: payers"): ((FIRST, "G2137", "claimed_payment"), (SECOND, "G2139", "claimed_payment")),
    ("A/B", "both: benchmarks"): ((FIRST, "G2137", "claimed_benchmark"), (SECOND, "G2139", "claimed_benchmark")),
    ("A/B", "both: direction"): SILENT,
    ("A/B", "both: missing follow-up"): ((FIRST, "G2137", "missing_companion"), (SECOND, "G2139", "missing_companion")),
    ("A/B", "both: who applies"): SILENT,
    ("A/B", "both: scale"): "right on this day; in 2018-2022 it is scale_not_of_the_year",
    ("B", "001 title/overview"): (
        (SECOND, "G2139", "scope_too_wide"),
        (SECOND, "G2139", "result_called_service"),
    ),
    ("B", "001 clinical example"): "right: nothing to find",
    ("B", "001 workflow"): "a chart may hold all of it; that the code needs none is implied, not denied",
    ("B", '001 workflow "objective pain scores"'): ((SECOND, "G2139", "report_called_objective"),),
    ("B", "001 omission"): ((SECOND, "G2139", "missing_companion"),),
    ("A/B", "both: threshold wording"): "right: nothing to find",
}


@cache
def found(brief, on=ON):
    (path,) = (SHARED / "seeds").glob(f"{brief}_*.txt")
    return tuple(lint([path], on))


def test_every_collected_error_is_answered_for():
    with (SHARED / "facts" / "seed_errors.csv").open(encoding="utf-8", newline="") as file:
        rows = {(row["seed"], row["where"]) for row in csv.DictReader(file)}
    assert rows == set(SEED_ERRORS)


CAUGHT = [
    (where, *caught) for (_, where), answer in SEED_ERRORS.items() if not isinstance(answer, str) for caught in answer
]


@pytest.mark.parametrize(("where", "brief", "code", "kind"), CAUGHT, ids=[f"{c[0]}: {c[3]}" for c in CAUGHT])
def test_what_is_said_to_be_caught_is(where, brief, code, kind):
    assert (code, kind) in {(f.code, f.kind) for f in found(brief)}


@pytest.mark.parametrize("brief", [FIRST, SECOND])
def test_nothing_else_is_found(brief):
    answered = {(code, kind) for _, of_brief, code, kind in CAUGHT if of_brief == brief}
    assert {(f.code, f.kind) for f in found(brief)} == answered
    assert len(found(brief)) == len(answered), "each told once"


@pytest.mark.parametrize("code", ["M47.26", "22", "23", "52", "53", "54", "55", "56", "62", "63047", "G2139"])
def test_what_the_first_brief_says_rightly_is_left_alone(code):
    assert [f for f in found(FIRST) if f.code == code] == []


def test_the_pair_names_both_codes_and_the_header_its_successors():
    (pair,) = (f for f in found(FIRST) if f.kind == "codes_exclude_each_other")
    assert (pair.says, pair.line) == ("M54.5 beside M51.26", 35)
    (header,) = (f for f in found(FIRST) if (f.code, f.kind) == ("M54.5", "header_not_billable"))
    assert all(code in header.truth for code in ("M54.50", "M54.51", "M54.59"))


def test_the_day_decides():
    """Both headers could be billed in May 2017; the numeric scale was not yet allowed in 2022."""
    in_2017 = {(f.code, f.kind) for f in found(FIRST, date(2017, 5, 1))}
    assert not {kind for _, kind in in_2017} & {"header_not_billable"}
    in_2020 = {f.code for f in found(FIRST, date(2020, 5, 1)) if f.kind == "header_not_billable"}
    assert in_2020 == {"M48.06"}


def test_a_line_number_is_where_the_words_stand():
    (path,) = (SHARED / "seeds").glob("000_*.txt")
    lines = path.read_text(encoding="utf-8").split("\n")
    for finding in found(FIRST):
        if finding.kind not in {"modifier_on_quality_data_line", "fusion_at_three_months", "codes_exclude_each_other"}:
            named = finding.code in lines[finding.line - 1]
            assert named or finding.says.rstrip("…")[:60] in lines[finding.line - 1]

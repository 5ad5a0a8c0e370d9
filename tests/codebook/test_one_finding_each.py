"""Each file of tests/fixtures/lint has exactly the finding it is named after: kind-code-line."""

import re
from collections import Counter
from datetime import date

import pytest

from lumbar.codebook.lint import lint
from lumbar.codebook.lint.findings import KINDS
from lumbar.errors import InputError
from source_files import ROOT

ON = date(2026, 11, 21)
FOLDER = ROOT / "tests" / "fixtures" / "lint"
FILES = sorted(FOLDER.iterdir())
# Kinds that no file can show on ON; each has a test of its own.
ELSEWHERE = {"scale_not_of_the_year": "test_right_statements.py"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_file_has_the_finding_it_is_named_after(path):
    kind, code, line = re.fullmatch(r"(\w+)-([\w.]+)-line(\d+)\.\w+", path.name).groups()
    found = lint([path], ON)
    assert [(f.kind, f.code, f.line) for f in found] == [(kind, code, int(line))], found
    (finding,) = found
    assert finding.file == str(path)
    assert finding.severity == KINDS[kind][0]
    assert finding.says
    assert finding.truth
    assert re.search(r"; (?:certain|likely|unverified|unknown)$", finding.source), finding.source


def test_every_kind_has_a_file():
    shown = Counter(path.name.split("-")[0] for path in FILES)
    assert set(KINDS) == set(shown) | set(ELSEWHERE)


def test_a_file_says_nothing_of_a_patient():
    """Neither patient, claim nor clinician of a coded line stands in a finding."""
    path = FOLDER / "visit_in_global_period-99213-line3.csv"
    text = path.read_text().replace(",a,1", ",Miller,1234567893")
    told = [(f.says, f.truth, f.source) for f in lint_text(text)]
    assert told
    assert "Miller" not in str(told)
    assert "1234567893" not in str(told)


def test_a_patient_s_number_is_no_code():
    assert (
        lint_text("code,patient_id,claim_id,date\n63030,99213,G2137,2026-01-05\n99024,99213,99214,2026-02-05\n") == []
    )


def test_a_patient_s_row_may_be_short():
    assert lint_text('code,date,patient,dx\n63030,,a\n99213,2026-12-01,a,"M54.16, M43.16"\n') == []


@pytest.mark.parametrize("cell", ["soon", "2026-13-01", "2026-03", "1.3.2026", "3/1/26"])
def test_a_date_that_is_none_is_refused_by_its_line_and_not_told(cell):
    with pytest.raises(InputError, match=r"line 3: column “service date” holds no date; write YYYY-MM-DD") as told:
        lint_text(f"code,service_date,patient\n63030,2026-01-05,Miller\n99213,{cell},Miller\n")
    assert "Miller" not in str(told.value)
    assert cell not in str(told.value)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_coded_file_is_read_with_the_separator_of_its_headings(separator):
    rows = [
        ["patient", "date", "code", "dx"],
        ["a", "2026-01-05", "63030", "M54.16"],
        ["a", "2026-02-05", "99213", "M54.5"],
    ]
    text = "\n".join(separator.join(row) for row in rows)
    assert [(f.kind, f.line) for f in lint_text(text)] == [("header_not_billable", 3), ("visit_in_global_period", 3)]


@pytest.mark.parametrize("cell", ["G2137-59", "G2137:59", "G2137-59-22"])
def test_a_modifier_joined_to_a_quality_data_code_in_its_column_is_found(cell):
    found = lint_text(f"code,patient,date\n{cell},a,2026-03-05\n")
    assert [(f.kind, f.code, f.line) for f in found] == [("modifier_on_quality_data_line", "G2137", 2)]


def test_a_modifier_joined_to_a_procedure_is_its_own():
    """The assistant's line starts no episode, so the visit is in no global period; the surgeon's does."""
    visit = "99213,a,2026-02-05\n"
    assert lint_text(f"code,patient,date\n63030-AS,a,2026-01-05\n{visit}") == []
    assert lint_text("code,patient,date\n63030,a,2026-01-05\n99213-24,a,2026-02-05\n") == []
    found = lint_text(f"code,patient,date\n63030-22,a,2026-01-05\n{visit}")
    assert [f.kind for f in found] == ["visit_in_global_period"]


@pytest.mark.parametrize("pair", [("G2136", "G2137"), ("G2136", "G9943"), ("G2142", "M1043"), ("G2141", "G2140")])
def test_two_results_of_one_stratum_on_one_day_exclude_each_other(pair):
    first, second = pair
    found = lint_text(f"code,patient,date\n{first},a,2026-03-05\n{second},a,2026-03-05\n")
    assert [(f.kind, f.code, f.line) for f in found] == [("codes_exclude_each_other", first, 3)]
    assert "one result" in found[0].truth


@pytest.mark.parametrize(
    "text",
    [
        "code,patient,date\nG2136,a,2026-03-05\nG2137,b,2026-03-05\n",
        "code,patient,date\nG2136,a,2026-03-05\nG2137,a,2026-03-06\n",
        "code,patient,date\nG2136,a,2026-03-05\nG2136,a,2026-03-05\n",
        "code,patient,date\nG2136,a,2026-03-05\nG2141,a,2026-03-05\nG2144,a,2026-03-05\n",
        "code,patient,date\nG2136,a,2026-03-05\nG2139,a,2026-03-05\n",
        "code,patient,date\nM1048,a,2019-03-05\nM1050,a,2019-03-05\nM1042,a,2019-03-05\nM1044,a,2019-03-05\n",
        # Two operations, each with its three months.
        "code,patient,date\n63030,a,2026-01-05\n63030,a,2026-02-05\nG2136,a,2026-04-05\nG2137,a,2026-04-05\n",
    ],
)
def test_results_that_stand_together_are_not_accused(text):
    assert lint_text(text) == []


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ("96127,,Oswestry disability index", "instrument_code_misused"),
        (",M51.26,Lumbar disc displacement with radiculopathy", "more_specific_code"),
        ("96127,,PHQ-9 depression screening", None),
        ("96127,,Depression screening before the ODI", None),
        (",M51.26,Lumbar disc displacement without radiculopathy", None),
        (",M51.26,Lumbar disc displacement", None),
        (",M51.16,Lumbar disc disorder with radiculopathy", None),
    ],
)
def test_the_label_of_a_coded_line_is_read_for_what_the_code_is_not_for(row, kind):
    found = lint_text(f"cpt,dx,description\n{row}\n{row}\n")
    assert [(f.kind, f.line) for f in found] == ([(kind, 2)] if kind else [])


def test_a_note_on_a_patient_is_not_read():
    assert lint_text("cpt,dx,note\n96127,M51.26,Oswestry filled in by Miller with radiculopathy\n") == []


def lint_text(text):
    from lumbar.codebook.lint import document_findings
    from lumbar.codebook.lint.documents import CSV, Document, blocks_of

    return document_findings(Document("lines.csv", CSV, blocks_of(text, CSV)), ON)

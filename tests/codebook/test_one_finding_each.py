"""Each file of tests/fixtures/lint has exactly the finding it is named after: kind-code-line."""

import re
from collections import Counter
from datetime import date

import pytest

from lumbar.codebook.lint import lint
from lumbar.codebook.lint.findings import KINDS
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


def test_a_patient_s_cell_may_be_broken_or_short():
    assert lint_text('code,date,patient,dx\n63030,soon,a\n99213,2026-13-01,a,"M54.16, M43.16"\n') == []


def lint_text(text):
    from lumbar.codebook.lint import document_findings
    from lumbar.codebook.lint.documents import CSV, Document, blocks_of

    return document_findings(Document("lines.csv", CSV, blocks_of(text, CSV)), ON)

"""The words of a finding are documented, and what the checks know names its source."""

import csv
import re

import pytest

from lumbar.codebook.lint.findings import KINDS
from lumbar.codelists import checks
from lumbar.codelists.terminology import history
from source_files import ROOT, SRC

PAGE = (ROOT / "docs" / "codebook-lint.md").read_text(encoding="utf-8")
FOLDER = SRC / "codelists" / "checks"


def test_every_kind_is_on_the_page_with_its_severity():
    assert dict(re.findall(r"^\| `(\w+)` \| (error|warning) \|", PAGE, re.MULTILINE)) == {
        kind: severity for kind, (severity, _) in KINDS.items()
    }


def test_the_days_on_the_page_are_those_of_the_data():
    assert f"days 1-{checks.global_period().days} after the operation" in PAGE


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.csv")), ids=lambda path: path.name)
def test_a_table_is_sorted_and_whole(path):
    text = path.read_bytes().decode("utf-8")
    assert "\r" not in text
    rows = list(csv.DictReader(text.splitlines()))
    assert rows
    assert all(None not in row.values() and None not in row for row in rows)
    keys = [tuple(row.values()) for row in rows]
    assert len(set(keys)) == len(keys)
    if "confidence" in rows[0]:
        assert {row["confidence"] for row in rows} <= {"certain", "likely", "unverified", "unknown"}
        assert all(row["source"] for row in rows)
    else:
        assert path.name.startswith("word_"), "only our own word lists need no source"


def test_every_code_the_checks_know_is_in_the_terminology():
    period = checks.global_period()
    assert history("cpt", period.postoperative_visit)
    assert all(history("modifier", code) for code in period.exempt_modifiers)
    assert all(history("cpt", visit.code) for visit in checks.evaluation_visits())
    assert all(history("cpt", code.code) for code in checks.instrument_codes())
    for row in checks.manifestations():
        assert history("icd10cm", row.code)
        assert all("radiculopathy" in history("icd10cm", code)[-1].label for code in row.with_radiculopathy)


def test_a_phrase_means_one_thing():
    phrases = [phrase for phrase, _ in checks.synonyms()]
    assert len(set(phrases)) == len(phrases)

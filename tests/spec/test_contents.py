"""The specification leaves nothing out: every file listed, every word of the result tables expected somewhere."""

from collections import Counter

import pytest

from lumbar.codelists import code_list
from lumbar.measures import for_year, years
from lumbar.tables.results import FLAGS, KINDS, NOT_IN_MEASURE_REASONS, OUTCOME, RATE, STATUSES
from spec_book import SPEC_FOLDER, cells, chapters

CHAPTERS = chapters()
PARAGRAPHS = [paragraph for chapter in CHAPTERS for _, section in chapter.sections for paragraph in section.full()]
YEAR = for_year(2026)


def expected(*columns: str) -> set[str]:
    """Every word the expected tables hold under those headings."""
    return {
        word
        for paragraph in PARAGRAPHS
        for row in cells(paragraph.expected)
        for column in columns
        for word in row.get(column, "").split()
    }


def test_every_file_of_the_folder_is_in_the_contents() -> None:
    listed = {f"{chapter.folder}/{name}.py" for chapter in CHAPTERS for name, _ in chapter.sections}
    found = {str(path.relative_to(SPEC_FOLDER)) for path in SPEC_FOLDER.glob("*/*.py")}
    assert listed == found


def test_no_sentence_stands_twice() -> None:
    sentences = Counter(
        (section.title, paragraph.says)
        for chapter in CHAPTERS
        for _, section in chapter.sections
        for paragraph in section.paragraphs
    )
    assert [sentence for sentence, times in sentences.items() if times > 1] == []


def test_every_paragraph_expects_something() -> None:
    assert [p.says for p in PARAGRAPHS if not cells(p.expected) and not cells(p.rates)] == []


@pytest.mark.parametrize(
    ("words", "columns"),
    [
        (STATUSES, ("status",)),
        (KINDS, ("kind",)),
        (NOT_IN_MEASURE_REASONS, ("not_in_measure_because",)),
        (tuple(FLAGS), ("flag", "flags")),
        (
            tuple(
                code
                for measure in YEAR.measures
                for stratum in measure.strata
                for code in (
                    stratum.codes.met,
                    stratum.codes.not_met,
                    stratum.codes.not_assessed,
                    stratum.codes.excluded,
                )
            ),
            ("code",),
        ),
        (("yes", "no"), ("provisional",)),
        (("yes", "no", "none"), ("reported_agrees",)),
    ],
    ids=[
        "statuses",
        "kinds",
        "reasons not in the measure",
        "flags",
        "codes",
        "provisional",
        "agreement",
    ],
)
def test_every_word_is_expected_somewhere(words: tuple[str, ...], columns: tuple[str, ...]) -> None:
    assert set(words) - expected(*columns) == set()


def test_every_outcome_column_is_expected_somewhere() -> None:
    headings = {heading for p in PARAGRAPHS for row in cells(p.expected) for heading, cell in row.items() if cell}
    implied = {"episode_id", "flags"}
    assert set(OUTCOME.column_names) - headings - implied == set()


def test_every_rate_column_is_expected_somewhere() -> None:
    headings = {heading for p in PARAGRAPHS for row in cells(p.rates) for heading, cell in row.items() if cell}
    assert set(RATE.column_names) - headings == set()


@pytest.mark.parametrize("rule", YEAR.modifiers, ids=lambda rule: rule.code_list)
def test_every_modifier_is_tried(rule: object) -> None:
    tried = {word for p in PARAGRAPHS for row in cells(p.procedures) for word in row.get("modifiers", "").split()}
    assert {entry.code for entry in code_list(2026, rule.code_list)} - tried == set()  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["procedure_discectomy", "procedure_fusion", "procedure_addon", "procedure_other"])
def test_every_procedure_code_is_tried(name: str) -> None:
    tried = {row["code"] for p in PARAGRAPHS for row in cells(p.procedures)}
    assert {entry.code for entry in code_list(2026, name)} - tried == set()


@pytest.mark.parametrize("year", years())
def test_every_code_measure_and_stratum_of_a_year_is_expected_in_its_section(year: int) -> None:
    rules = for_year(year)
    of_year = [cells(p.expected) for p in PARAGRAPHS if p.year == year]
    words = {word for rows in of_year for row in rows for name in ("code", "measure_id") for word in [row.get(name)]}
    strata = [stratum for measure in rules.measures for stratum in measure.strata]
    codes = {c for s in strata for c in (s.codes.met, s.codes.not_met, s.codes.not_assessed, s.codes.excluded)}
    assert codes | {measure.id for measure in rules.measures} <= words
    submitted = {stratum.name for stratum in strata if stratum.submitted_alone} | {"overall"}
    assert submitted <= {row["stratum"] for p in PARAGRAPHS if p.year == year for row in cells(p.rates)}

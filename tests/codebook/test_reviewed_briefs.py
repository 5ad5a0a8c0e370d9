"""What reviewers found wrong in briefs of other days and other roles: each stays right."""

from datetime import date

import pytest

from lumbar.codebook.brief import brief_of

TODAY = date(2026, 11, 22)


def section(brief, name):
    return next(section for section in brief.sections if section.name == name)


def texts(brief, name):
    return [said.text for said in section(brief, name).statements]


def grounds(brief, name, start):
    """The grounds of a section's sentences that start so."""
    return [said.ground for said in section(brief, name).statements if said.text.startswith(start)]


def result(code, on):
    (table,) = section(brief_of(code, on), "example").tables
    return next(row.cells[1] for row in table.rows if row.cells[0] == "result")


def table_rows(brief, name):
    return [row for table in section(brief, name).tables for row in table.rows]


@pytest.mark.parametrize(
    ("code", "on", "said"),
    [
        ("G2137", date(2018, 6, 1), "G2137, not yet in force"),
        ("G2137", TODAY, "G2137"),
        ("G9941", TODAY, "G9941, since ended"),
        ("M1050", date(2018, 6, 1), "M1048, not yet in force"),
        ("M1050", date(2019, 6, 1), "M1048"),
        ("M1050", TODAY, "M1048, since ended"),
    ],
)
def test_the_result_of_the_example_says_how_its_own_code_stands(code, on, said):
    assert result(code, on) == said


def test_a_code_not_yet_begun_is_quoted_in_its_first_words():
    """The text of 2020 knows the visual analog scale alone; the numeric one came with that of 2023."""
    quoted = texts(brief_of("G2137", date(2018, 6, 1)), "rule")[0]
    assert quoted.startswith("CMS’s own text: “Back pain measured by the visual analog scale (vas) at three months")
    assert "numeric" not in quoted

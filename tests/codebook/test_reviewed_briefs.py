"""What reviewers found wrong in briefs of other days and other roles: each stays right."""

from datetime import date

import pytest

from lumbar.codebook.brief import brief_of, listing

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


CAVEAT = "Not known: whether the exclusion code of this stratum is the one the steward means"


def answer(brief, label):
    return next((row for row in brief.answer if row.cells[0] == label), None)


@pytest.mark.parametrize(
    ("code", "on", "confidence"),
    [
        ("G2137", TODAY, "unverified"),  # G9945 at three months: the only candidate
        ("G2139", TODAY, "likely"),
        ("G2137", date(2021, 6, 1), "likely"),
        ("G9945", TODAY, "likely"),
        ("M1037", TODAY, "unverified"),
    ],
)
def test_the_codes_beside_are_as_sure_as_the_least_sure_role(code, on, confidence):
    assert answer(brief_of(code, on), "Beside it").ground.confidence == confidence


def test_the_exclusion_code_of_the_discectomy_stratum_is_unverified_in_every_table():
    own = {row.cells[0]: row.ground.confidence for row in table_rows(brief_of("G2137", TODAY), "companions")}
    assert (own["G2136"], own["G9943"], own["G9945"]) == ("likely", "likely", "unverified")
    rows = [row for row in table_rows(brief_of("G2139", TODAY), "companions") if "M1051" in row.cells]
    assert {row.cells[1][:6]: row.ground.confidence for row in rows} == {"discec": "unverified", "fusion": "likely"}


@pytest.mark.parametrize("code", ["G9945", "M1041", "M1051"])
def test_an_exclusion_code_says_that_its_place_at_three_months_is_not_known(code):
    brief = brief_of(code, TODAY)
    assert answer(brief, "It counts").ground.confidence == "unverified"
    (ground,) = grounds(brief, "measure", CAVEAT)
    assert ground.confidence == "unknown"
    by_stratum = {row.cells[1][:6]: row.ground.confidence for row in table_rows(brief, "measure")}
    assert by_stratum == {"discec": "unverified", "fusion": "likely"}
    before = brief_of(code, date(2022, 12, 31))
    assert not grounds(before, "measure", CAVEAT)
    assert answer(before, "It counts").ground.confidence == "likely"


@pytest.mark.parametrize(("code", "since"), [("G9945", 2018), ("M1041", 2019), ("M1051", 2019)])
def test_an_exclusion_code_means_what_it_meant_that_day_and_never_ended(code, since):
    then, now = brief_of(code, date(2022, 12, 31)), brief_of(code, date(2023, 1, 1))
    assert then.title.endswith("lumbar cancer, fracture or infection, or idiopathic or congenital scoliosis")
    assert now.title.endswith(
        "lumbar cancer, acute fracture or infection, or neuromuscular, idiopathic or congenital lumbar scoliosis"
    )
    for brief in (then, now):
        assert brief.standing == "active"
        assert answer(brief, "On this date").cells[1].endswith(f"(since 1 January {since}).")
        assert answer(brief, "On this date").ground.confidence == "certain"
        assert grounds(brief, "what", code)[0].confidence == "likely"
    in_force = {line["code"]: line["in_force"] for line in listing(date(2022, 6, 1))}
    assert in_force[code] == f"since 1 January {since}"
    assert brief_of(code, date(2017, 6, 1)).standing == "not_yet"

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
    assert "lumbar cancer, fracture or infection, or idiopathic" in answer(then, "It says").cells[1]
    assert "lumbar cancer, acute fracture or infection, or neuromuscular" in answer(now, "It says").cells[1]
    for brief in (then, now):
        assert brief.standing == "active"
        assert answer(brief, "On this date").cells[1].endswith(f"(since 1 January {since}).")
        assert answer(brief, "On this date").ground.confidence == "certain"
        assert grounds(brief, "what", code)[0].confidence == "likely"
    in_force = {line["code"]: line["in_force"] for line in listing(date(2022, 6, 1))}
    assert in_force[code] == f"since 1 January {since}"
    assert brief_of(code, date(2017, 6, 1)).standing == "not_yet"


@pytest.mark.parametrize(
    ("code", "goes_with", "never"), [("M1050", "M1048", "M1049 or M1071"), ("M1044", "M1042", "M1043 or M1041")]
)
def test_a_marker_of_the_average_goes_with_the_met_code_alone(code, goes_with, never):
    brief = brief_of(code, date(2019, 6, 1))
    said = texts(brief, "companions")
    assert said[0] == f"{code} goes with {goes_with} on the same patient, and never with {never}."
    assert not any("exactly one" in text for text in said)
    assert answer(brief, "Beside it").cells[1].startswith(f"{goes_with} met; never ")
    assert any("counted in the average change" in row.cells for row in table_rows(brief, "measure"))
    (row,) = (row for row in table_rows(brief, "history") if row.cells[0] == "measure")
    assert row.cells[1] == "performance year 2019"
    later = texts(brief_of(code, TODAY), "companions")
    assert later[0].startswith(f"In performance year 2019, {code} goes with {goes_with}")


@pytest.mark.parametrize(
    ("code", "on", "confidence"),
    [
        ("G2137", TODAY, "certain"),
        ("G2137", date(2021, 6, 1), "likely"),
        ("M1037", date(2026, 1, 1), "certain"),
        ("G9941", date(2019, 6, 1), None),
        ("G9942", date(2022, 6, 1), None),
        ("G9941", TODAY, None),
    ],
)
def test_status_m_is_said_of_codes_in_the_list_that_was_read(code, on, confidence):
    """Addendum B of April 2026 no longer has the codes that ended before."""
    what = section(brief_of(code, on), "what").statements
    assert [said.ground.confidence for said in what if "status M" in said.text] == [confidence] * bool(confidence)
    assert sum("pricing indicator" in said.text for said in what) == 1


def test_a_year_whose_benchmarks_are_not_out_is_not_said_to_have_none():
    first = section(brief_of("G2137", date(2027, 6, 1)), "benchmarks").statements[0]
    assert first.text == (
        "No benchmark is published yet for 2027: CMS has published none for measure 459, 2018 to 2026."
    )
    assert first.ground.confidence == "unknown"


@pytest.mark.parametrize(("year", "told"), [(2022, False), (2023, True), (2026, True), (2027, False)])
def test_the_reason_of_the_absence_is_told_in_its_years(year, told):
    said = texts(brief_of("G2137", date(year, 12, 31)), "benchmarks")
    assert any("BR-009" in text for text in said) == told


@pytest.mark.parametrize(("code", "year", "confidence"), [("G9941", 2018, "likely"), ("M1048", 2019, "certain")])
def test_the_first_design_needs_half_with_both_scores(code, year, confidence):
    brief = brief_of(code, date(year, 6, 1))
    needs = "At least 50% of the operations must have both scores, or the measure cannot be submitted."
    (ground,) = grounds(brief, "benchmarks", needs)
    assert ground.confidence == confidence
    said = texts(brief, "benchmarks")
    assert f"Without a benchmark a measure that can be submitted earns 3 points in {year}, whatever the change." in said
    assert not any("whatever the rate" in text for text in said)
    assert not grounds(brief_of("G2137", TODAY), "benchmarks", "At least")


@pytest.mark.parametrize(
    ("code", "on", "told"),
    [
        ("G9941", date(2019, 12, 31), False),
        ("G9941", TODAY, False),
        ("G2137", date(2020, 1, 1), True),
        ("G2137", TODAY, True),
    ],
)
def test_that_no_diagnosis_decides_holds_since_2020(code, on, told):
    assert bool(grounds(brief_of(code, on), "diagnoses", "No diagnosis decides")) == told


@pytest.mark.parametrize(
    ("code", "year", "summed"),
    [("G9941", 2019, False), ("G2137", 2021, False), ("G2137", 2023, False), ("G2137", 2024, True)],
)
def test_cases_are_summed_over_the_strata_where_a_measure_has_several(code, year, summed):
    (text,) = (t for t in texts(brief_of(code, date(year, 6, 1)), "benchmarks") if t.startswith("Case minimum"))
    assert text.startswith("Case minimum 20, summed over the strata;" if summed else "Case minimum 20;")


@pytest.mark.parametrize(
    ("code", "on", "start", "confidence"),
    [
        (
            "G2137",
            date(2022, 12, 31),
            "A score after above the threshold without a score before: we take",
            "unverified",
        ),
        ("G2137", date(2023, 1, 1), "A score after above the threshold without a score before counts", "likely"),
        ("G2141", date(2022, 12, 31), "A score after above the threshold without a score before counts", "likely"),
    ],
)
def test_no_score_before_could_be_read_otherwise_where_the_text_asks_for_both(code, on, start, confidence):
    """The texts of G9943 and G9946 until 2022: not measured before and after; the others speak of after alone."""
    brief = brief_of(code, on)
    (ground,) = grounds(brief, "rule", start)
    assert ground.confidence == confidence
    assert len(grounds(brief, "rule", "A score after above")) == 1
    assert any("G9943" in text for text in texts(brief, "rule")) == (confidence == "unverified")


@pytest.mark.parametrize("code", ["M1037", "M1038", "M1039", "M1040"])
def test_that_a_code_is_part_of_an_exclusion_is_unverified(code):
    brief = brief_of(code, TODAY)
    assert answer(brief, "It says").ground.confidence == "unverified"
    assert {row.ground.confidence for row in table_rows(brief, "companions")} == {"unverified"}
    assert answer(brief, "On this date").ground.confidence == "certain"
    assert texts(brief_of(code, date(2018, 6, 1)), "companions") == [
        "No other part of an exclusion is in force on 1 June 2018."
    ]

"""The brief of every code: its sections, its grounds, its dates, and no code recommended that is not in force."""

import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lumbar.codebook.brief import brief_of
from lumbar.codebook.model import CONFIDENCES
from lumbar.codebook.standing import ACTIVE, family
from lumbar.codelists.terminology import history, term_on
from lumbar.errors import UsageError

TODAY = date(2026, 11, 22)
DAYS = st.dates(date(2018, 1, 1), date(2027, 12, 31))
SECTIONS = [
    *("what", "rule", "example", "measure", "companions", "context", "documentation", "site", "taxonomy"),
    *("diagnoses", "procedures", "modifiers", "global_period", "payers", "benchmarks", "history"),
]
SYSTEMS = {
    "diagnoses": "icd10cm",
    "site": "pos",
    "taxonomy": "nucc",
    "modifiers": "modifier",
    "payers": "payer_typology",
}
QUALITY_DATA_CODE = re.compile(r"\b(?:G2\d{3}|G99\d\d|M10\d\d)\b")


def section(brief, name):
    return next(section for section in brief.sections if section.name == name)


def lines(brief):
    """Every line of the brief as (where, text, ground)."""
    for row in brief.answer:
        yield "answer", " ".join(row.cells), row.ground
    for part in brief.sections:
        for said in part.statements:
            yield part.name, said.text, said.ground
        for table in part.tables:
            for row in table.rows:
                yield part.name, " ".join(row.cells), row.ground


def rows(brief, name, caption):
    (table,) = (t for t in section(brief, name).tables if t.caption.startswith(caption))
    return {row.cells[0]: row.cells[1:] for row in table.rows}


def test_the_family_is_what_cms_released_for_these_measures():
    """12 from G2136, 9 from G9941, 14 from M1037 (M1045 to M1047 are none of ours), and M1071."""
    assert len(family()) == 36
    assert [code for code in family() if code.startswith("G")] == [
        *(f"G{n}" for n in range(2136, 2148)),
        *(f"G{n}" for n in range(9941, 9950)),
    ]


@pytest.mark.parametrize("code", family())
def test_every_section_is_there_and_says_something(code):
    brief = brief_of(code, TODAY)
    assert [part.name for part in brief.sections] == SECTIONS
    assert all(part.statements or part.tables for part in brief.sections)


@settings(deadline=None, max_examples=40)
@given(code=st.sampled_from(family()), on=st.dates(date(2016, 1, 1), date(2030, 12, 31)))
def test_every_line_stands_on_a_dated_row_with_a_source_and_a_confidence(code, on):
    for where, text, ground in lines(brief_of(code, on)):
        assert text.strip(), where
        assert "{" not in text, text
        assert ground.source, text
        assert ground.version, text
        assert ground.locator, text
        assert ground.confidence in CONFIDENCES
        assert ground.valid_from is None or ground.valid_to is None or ground.valid_from <= ground.valid_to


@settings(deadline=None, max_examples=40)
@given(code=st.sampled_from(family()), on=DAYS)
def test_what_is_not_known_says_so_and_why(code, on):
    for where, text, ground in lines(brief_of(code, on)):
        if ground.confidence == "unknown":
            assert ground.note or ground.locator, (where, text)
            assert re.match(r"Not known|No |What is said|20\d\d not yet published", text), text


@settings(deadline=None, max_examples=60)
@given(code=st.sampled_from(family()), on=DAYS)
def test_no_companion_is_recommended_that_is_not_in_force(code, on):
    brief = brief_of(code, on)
    for companion in brief.companions:
        assert term_on("hcpcs", companion.code, on), companion
        assert companion.code != code
    for table in section(brief, "companions").tables:
        for row in table.rows:
            for named in QUALITY_DATA_CODE.findall(" ".join(row.cells)):
                assert term_on("hcpcs", named, on), (named, on)


@settings(deadline=None, max_examples=60)
@given(code=st.sampled_from(family()), on=DAYS)
def test_no_code_of_another_system_is_listed_that_is_not_usable_that_day(code, on):
    brief = brief_of(code, on)
    for name, system in SYSTEMS.items():
        for table in section(brief, name).tables:
            if table.caption.startswith("Categories"):
                continue
            for row in table.rows:
                term = term_on(system, row.cells[0], on)
                assert term is not None, (name, row.cells, on)
                assert term.billable, (name, row.cells, on)
                assert row.cells[1] == term.label


@settings(deadline=None, max_examples=40)
@given(code=st.sampled_from(family()), on=DAYS)
def test_the_last_word_on_use_is_the_terminology(code, on):
    brief = brief_of(code, on)
    assert (brief.standing == ACTIVE) == (term_on("hcpcs", code, on) is not None)


@pytest.mark.parametrize("code", [code for code in family() if history("hcpcs", code)[-1].valid_to])
def test_an_ended_code_says_when_it_ended_and_what_replaced_it(code):
    term = history("hcpcs", code)[-1]
    brief = brief_of(code, TODAY)
    assert brief.standing == "ended"
    assert brief.ended_on == term.valid_to
    said = brief.answer[0].cells[1]
    assert said.startswith(f"Ended on {term.valid_to.day} December {term.valid_to.year}")
    assert term.successors
    for successor in term.successors:
        assert successor in said
        assert term_on("hcpcs", successor, TODAY)


def test_on_its_last_day_a_code_is_in_force_and_the_day_after_it_is_not():
    """G9941 ended on 31 December 2019."""
    assert brief_of("G9941", date(2019, 12, 31)).standing == "active"
    assert brief_of("G9941", date(2020, 1, 1)).standing == "ended"
    assert brief_of("G2137", date(2019, 12, 31)).standing == "not_yet"


def test_the_dates_of_the_example_of_g2137():
    """Operated on 3 March 2025. Three months before: 3 December 2024. 42 days after: 3 March + 28 = 31 March, + 14 =
    14 April. 140 days after: 31 March is 28, 30 April 58, 31 May 89, 30 June 119, so 140 is 21 July. The score after
    is put three months on, 3 June, 92 days. 8.0 - 6.0 = 2.0, less than 5.0, and 6.0 is above 3.0: not met.
    90 global days end on 1 June (31 March 28, 30 April 58, 31 May 89, 1 June 90)."""
    brief = brief_of("G2137", TODAY)
    steps = rows(brief, "example", "Step by step")
    assert steps["operation"][0] == "3 March 2025"
    assert steps["window before"] == ("3 December 2024 to 3 March 2025", "day −90 to 0")
    assert steps["score before"] == ("11 February 2025", "back pain 8.0, day −20")
    assert steps["window after"] == ("14 April to 21 July 2025", "day 42 to 140")
    assert steps["score after"] == ("3 June 2025", "back pain 6.0, day 92")
    assert steps["too late"][0] == "from 22 July 2025"
    assert steps["result"] == ("G2137", "6.0 is above 3.0; the improvement, 2.0, is less than 5.0: not met")
    straddles = section(brief, "global_period").statements[-1].text
    assert "4 March to 1 June 2025" in straddles
    assert "until 1 June 2025" in straddles


def test_the_dates_of_the_example_of_g2139():
    """Operated on 3 December 2024: nine months after is 3 September 2025, day 274 (December 28, January 59, February
    87, March 118, April 148, May 179, June 209, July 240, August 271, 3 September 274); fifteen months after is
    3 March 2026, day 455 (September 301, October 332, November 362, December 393, January 424, February 452, 455).
    90 days after is 3 March 2025 (28, 59, 87, and 3): long before the window opens."""
    brief = brief_of("G2139", TODAY)
    steps = rows(brief, "example", "Step by step")
    assert steps["operation"][0] == "3 December 2024"
    assert steps["window before"][0] == "3 September to 3 December 2024"
    assert steps["window after"] == ("3 September 2025 to 3 March 2026", "day 274 to 455")
    assert steps["score after"] == ("3 December 2025", "back pain 6.0, day 365")
    assert steps["too late"][0] == "from 4 March 2026"
    assert steps["result"][0] == "G2139"
    after_surgery = section(brief, "global_period").statements[-1].text
    assert "4 December 2024 to 3 March 2025" in after_surgery
    assert after_surgery.endswith("opens after they have ended.")


@pytest.mark.parametrize("code", family())
@pytest.mark.parametrize("year", [2018, 2019, 2020, 2022, 2023, 2026, 2027])
def test_the_engine_gives_the_code_the_brief_is_of(code, year):
    """Codes that no measure takes have no example; one that marks a patient for the average goes beside the met code."""
    brief = brief_of(code, date(year, 7, 1))
    if brief.rules_year is None:
        assert brief.role == "exclusion_component"
        assert not section(brief, "example").tables
        return
    given_code = rows(brief, "example", "Step by step")["result"][0].split(",")[0]
    if brief.role == "average_change":
        assert given_code in {"M1042", "M1048"}
    else:
        assert given_code == code


def test_the_companions_of_g2137_are_the_three_others_of_its_question():
    companions = {c.code: c.role for c in brief_of("g2137 ", TODAY).companions}
    assert companions == {"G2136": "met", "G9943": "not_assessed", "G9945": "excluded"}


def test_before_2023_the_discectomy_measures_had_another_exclusion():
    assert {c.code for c in brief_of("G2137", date(2021, 6, 1)).companions} == {"G2136", "G9943", "G9942"}


def test_diagnoses_follow_the_day():
    """M54.5 and M48.06 were billable until they were subdivided, on 1 October 2021 and 1 October 2017."""

    def listed(on):
        tables = section(brief_of("G2137", on), "diagnoses").tables
        return {row.cells[0] for table in tables for row in table.rows}

    assert "M54.5" in listed(date(2021, 9, 30))
    assert not {"M54.5", "M48.06"} & listed(date(2021, 10, 1))
    assert {"M54.50", "M54.59", "M48.061"} <= listed(date(2021, 10, 1))


def test_no_benchmark_is_claimed_and_cms_reason_is_given():
    benchmarks = section(brief_of("G2137", TODAY), "benchmarks")
    assert benchmarks.statements[0].text.startswith("There is no benchmark")
    assert "0 points in 2026, or 3 for a small practice" in benchmarks.statements[1].text
    reasons = rows(brief_of("G2137", TODAY), "benchmarks", "Benchmark of measure 459")
    assert reasons["2023 to 2026"][1].startswith("BR-009")
    assert {cells[0] for cells in reasons.values()} == {"none", "not yet published"}


def test_a_code_that_is_none_of_ours_is_refused_with_those_near_it():
    with pytest.raises(UsageError, match=r"'G2173'.*near it: G2137"):
        brief_of("G2173", TODAY)
    with pytest.raises(UsageError, match="lumbar code --list"):
        brief_of("knee", TODAY)


def test_outside_the_years_with_rules_the_nearest_are_shown_and_that_is_said():
    brief = brief_of("G2137", date(2031, 1, 1))
    assert brief.rules_year == 2027
    said = [s.text for s in section(brief, "measure").statements]
    assert "No rules are known for 2031: those of 2027 are shown." in said

"""The pages of a path and of persistent pain, read back as elements."""

import base64
import hashlib
import json
import re
from datetime import date
from itertools import pairwise

import pytest

from lumbar.as_json import as_text
from lumbar.explain.words import day
from lumbar.report.pain_page import MOST_LISTED, pain_page
from lumbar.report.path_page import path_page, path_sections
from lumbar.report.path_text import pain_text, path_text
from lumbar.report.site.data import path_entry
from paths import pain_of, path_of
from report_page import RUN, Clinic, Element, read

HOSTILE = "it's <img src=x onerror=alert(1)>\x1b[31m"
RUN = {**RUN, "year": 2026}


def worse() -> Clinic:
    """Met at three months, although two points worse."""
    return Clinic().operated("Anna", "1", "3", mode="paper")


def path_html(clinic: Clinic, as_of: date = date(2026, 11, 21), links=()) -> Element:
    return read(path_page(path_of(clinic, as_of), RUN, links))


def row_of(page: Element, table: str, first: str) -> list[str]:
    (cells,) = [cells for cells in page.one("table", id=table).rows() if cells[0].startswith(first)]
    return cells


def pages() -> list[str]:
    return [path_page(path_of(worse()), RUN), pain_page(pain_of(worse()), RUN)]


@pytest.mark.parametrize("html", pages(), ids=["path", "pain"])
def test_a_page_admits_its_one_style_and_nothing_else(html):
    page = read(html)
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    (policy,) = [m.attributes["content"] for m in page.all("meta") if "http-equiv" in m.attributes]
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert not list(page.all("script"))
    assert " style=" not in html.split("</style>")[1]
    assert "http://" not in html
    assert "https://" not in html


@pytest.mark.parametrize("html", pages(), ids=["path", "pain"])
def test_headings_go_down_one_level_at_a_time_and_tables_have_captions(html):
    page = read(html)
    levels = [int(e.tag[1]) for e in page.all() if re.fullmatch(r"h[1-6]", e.tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    for table in page.all("table"):
        assert table.one("caption").text
        assert all(head.attributes.get("scope") for head in table.all("th"))


@pytest.mark.parametrize("html", pages(), ids=["path", "pain"])
def test_no_id_stands_twice(html):
    ids = [e.attributes["id"] for e in read(html).all() if "id" in e.attributes]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("html", [*pages(), path_text(path_of(worse())), pain_text(pain_of(worse()))])
def test_met_is_not_recovered_and_nobody_is_to_be_asked_again(html):
    text = " ".join(html.split())
    assert "Met is not recovered, and not met is not failed surgery." in text
    assert "met but worse" in text


def test_the_reading_list_says_that_it_is_no_list_of_whom_to_ask_again():
    for text in (pain_page(pain_of(worse()), RUN), pain_text(pain_of(worse()))):
        assert "no list of whom to ask again" in " ".join(text.split())


def test_days_left_stand_beside_each_step():
    """On 1 June 2025 the three-month window has 51 of its 99 days left: 30 in June and 21 in July."""
    page = path_html(Clinic().operated("Anna", "8"), date(2025, 6, 1))
    assert row_of(page, "steps-table", "Three-month") == [
        "Three-month window", "51", "open; 51 days left of 99, the as-of date counted",
        "14 April 2025", "21 July 2025", "99",
    ]  # fmt: skip
    assert row_of(page, "steps-table", "Global")[1:3] == ["1", "open; 1 day left of 90, the as-of date counted"]
    assert row_of(page, "steps-table", "One-year")[1:3] == ["183", "opens in 185 days; all 183 days left"]


def test_verdict_and_clinical_reading_stand_in_columns_of_their_own():
    cells = row_of(path_html(worse()), "judged-table", "Back pain at three months")
    assert cells[1:4] == ["1.0", "3.0", "+2.0"]
    assert cells[4] == "met G2136"
    assert cells[6] == "▲ worse by 2.0 points: look at this patient, whatever the measure says (met but worse)"


@pytest.mark.parametrize("as_of", [date(2025, 3, 3), date(2025, 4, 14), date(2025, 7, 21)])
def test_an_open_window_is_told_by_its_dates_and_no_score_to_reach(as_of):
    """What the measure asks is nowhere on the page; the clinical thresholds stand there once every window has closed."""
    clinic = Clinic().operated("Anna", "8")
    one = path_of(clinic, as_of)
    for text in (read(path_page(one, RUN)).one("body").text, path_text(one)):
        assert "21 July 2025" in text
        assert not re.search(r"target|at most|or less|or more|3\.0|needed|to reach", text)
    closed = read(path_page(path_of(clinic), RUN)).one("body").text
    assert "3 points or less" in closed


def test_the_audit_says_until_when_each_element_can_be_mended():
    page = path_html(Clinic().operated("Anna", "8", npi=None), date(2025, 8, 1))
    assert row_of(page, "documentation-table", "Operative")[1:3] == [
        "◐ incomplete",
        "the surgeon's NPI is not recorded; can be completed at any time, with a reason and an author",
    ]
    assert row_of(page, "documentation-table", "Back pain at three months")[1:3] == [
        "✗ missing",
        "too late to ask since 22 July 2025; an answer given in time can be entered at any time",
    ]
    assert row_of(page, "documentation-table", "Back pain at one year")[1:3] == [
        "○ awaited",
        "can be asked from 3 December 2025 to 3 June 2026, both counted; "
        "an answer given in time can be entered at any time",
    ]
    assert row_of(page, "documentation-table", "Functional status (ODI) before surgery")[1] == "✗ missing"


def test_links_to_the_pages_beside_it_are_given():
    links = [("Overview", "index.html"), ("Worklist", "worklist.html?a=1&b=2")]
    nav = path_html(worse(), links=links).one("nav")
    assert [(a.text, a.attributes["href"]) for a in nav.all("a")] == links
    assert not list(path_html(worse()).all("nav"))


def test_the_reading_list_links_to_the_page_of_an_episode_where_there_is_one():
    clinic = worse().operated("Berta", "8", "8")
    page = read(pain_page(pain_of(clinic), RUN, href=lambda i: f"e/{i}.html" if i.startswith("Anna") else None))
    table = page.one("table", id="pain-table")
    assert [(a.text, a.attributes["href"]) for a in table.all("a")] == [("Anna", "e/Anna@2025-03-03.html")]


def test_the_timeline_says_in_words_what_it_draws():
    page = path_html(worse())
    assert page.one("title", id="path-title").text.startswith("Path of the patient: discectomy or laminectomy")
    said = page.one("desc", id="path-desc").text
    assert "Operation on 3 March 2025." in said
    assert "Three-month window: 14 April 2025 to 21 July 2025" in said
    assert "Back pain at three months: 3.0" in said


def test_the_timeline_draws_windows_scores_and_dates_where_they_lie():
    """The picture runs from 3 December 2024 to 3 June 2026: 547 days are its whole width."""
    page = path_html(Clinic().operated("Anna", "8", "3"), date(2025, 6, 3))
    svg = page.one("svg", **{"class": "timeline"})
    at = lambda days: f"{round(100 * days / 547, 2)}%"  # noqa: E731
    circles = [c.attributes["cx"] for c in svg.all("circle")]
    assert circles == [at(83), at(170)]  # 24 February and 22 May 2025
    dashed = [(p.attributes["x1"], p.attributes["x2"]) for p in svg.all("line") if "stroke-dasharray" in p.attributes]
    assert dashed == [(at(182), at(182))]


def test_a_red_score_has_a_shape_of_its_own():
    def shapes(clinic):
        svg = path_html(clinic).one("svg", **{"class": "timeline"})
        return len([p for p in svg.all("path") if p.attributes.get("fill") == "#0000b7"]), len(list(svg.all("circle")))

    assert shapes(worse()) == (1, 1)
    assert shapes(Clinic().operated("Anna", "8", "3")) == (0, 2)


def test_what_a_source_wrote_steers_neither_page_nor_terminal():
    clinic = Clinic().operated(HOSTILE, "4", "9")
    one, pain = path_of(clinic), pain_of(clinic)
    for html in (path_page(one, RUN), pain_page(pain, RUN)):
        assert "<img" not in html
        read(html)
    for text in (path_text(one), pain_text(pain)):
        assert "\x1b" not in text


def test_a_long_list_is_cut_and_says_so():
    clinic = Clinic()
    for n in range(MOST_LISTED // 3 + 1):
        clinic.operated(f"p{n:04}", "4", "9").operated(f"q{n:04}", "4", "9").operated(f"r{n:04}", "4", "9")
    page = read(pain_page(pain_of(clinic), RUN))
    n = 3 * (MOST_LISTED // 3 + 1)
    assert len(list(page.one("table", id="pain-table").all("tr"))) == 1 + MOST_LISTED
    assert f"the newest {MOST_LISTED} of {n} are listed" in page.one("main").text


def test_a_page_of_nobody_says_so():
    page = read(pain_page(pain_of(Clinic().operated("Anna", "8", "3")), RUN))
    assert "Nobody in these data." in page.one("main").text


def test_a_deceased_patients_page_says_to_contact_nobody():
    clinic = worse()
    clinic.tables["patient"][0]["deceased_on"] = date(2026, 1, 1)
    assert "1 January 2026; contact nobody" in path_html(clinic).one("header").text
    assert "The patient has died on 1 January 2026: contact nobody." in path_text(path_of(clinic))


def test_the_page_of_who_declined_says_so_and_gives_no_day_to_ask_by():
    clinic = Clinic().operated("Anna", "8")
    during = date(2025, 5, 1)  # three months: 14 April to 21 July 2025
    assert "can be asked until 21 July 2025" in path_html(clinic, during).one("main").text
    clinic.add("contact", patient_id="Anna", declined_on=during)
    page, text = path_html(clinic, during), path_text(path_of(clinic, during))
    assert "The patient asked not to be contacted" in page.one("header").text
    assert "The patient asked not to be contacted: contact nobody." in text
    for said in (page.one("main").text, text):
        assert "can be asked" not in said
        assert "not to be asked" in said
    assert "asked not to be contacted" in path_entry(path_of(clinic, during), RUN)["about"]
    assert path_of(clinic, date(2025, 4, 30)).kept_off is None


def test_the_sections_of_a_path_stand_in_its_page_as_they_are():
    one = path_of(worse())
    assert path_sections(one, RUN).strip() in path_page(one, RUN)


def test_the_json_of_a_path_has_the_names_that_others_script_against():
    value = json.loads(as_text(path_of(worse())))
    assert list(value) == [
        "episode_id", "patient_id", "index_date", "kind", "surgeon_npi", "as_of", "is_deceased", "deceased_on",
        "kept_off", "steps", "global_period_shares", "visits", "later_procedures", "judged", "scores", "documentation",
    ]  # fmt: skip
    assert value["steps"][3] == {
        "name": "three_month", "opens": "2025-04-14", "closes": "2025-07-21", "n_days": 99, "state": "past",
        "opens_in_days": 0, "days_left": 0,
    }  # fmt: skip
    assert value["judged"][0]["clinical"] == {
        "change": "2", "reads": "worse", "persists": False, "is_red": True, "beside_measure": "met_but_worse",
    }  # fmt: skip
    assert list(value["documentation"][0]) == [
        "element", "instrument", "timepoint", "is_expected", "state", "found", "incomplete", "mend", "mend_from",
        "mend_on", "may_be_entered_late",
    ]  # fmt: skip
    assert value["scores"][0]["assessed_on"] == "2025-02-24"
    assert value["as_of"] == "2026-11-21"


def test_the_json_of_the_reading_list_has_the_names_that_others_script_against():
    value = json.loads(as_text(pain_of(worse())))
    assert {name: value[name] for name in ("as_of", "n_courses", "n_red", "n_deceased", "n_undecided")} == {
        "as_of": "2026-11-21", "n_courses": 1, "n_red": 1, "n_deceased": 0, "n_undecided": 0,
    }  # fmt: skip
    assert list(value["courses"][0]) == [
        "episode_id", "patient_id", "index_date", "kind", "surgeon_npi", "instrument", "newest_on", "is_red",
        "is_excluded", "is_operated_again", "judged", "trend",
    ]  # fmt: skip


def test_a_value_that_json_has_no_form_for_is_an_error():
    with pytest.raises(TypeError):
        as_text({"a": object()})


def test_every_date_of_the_text_is_written_out():
    text = path_text(path_of(worse()))
    assert day(date(2025, 4, 14)) in text
    assert not re.search(r"\d{4}-\d{2}-\d{2}", text.split("\n", 1)[1])


def test_no_line_of_the_text_is_wider_than_a_hundred_columns():
    clinic = worse().operated("Berta" * 9, None, "9", npi=None)
    for text in (pain_text(pain_of(clinic)), path_text(path_of(worse()))):
        assert max(map(len, text.splitlines())) <= 105

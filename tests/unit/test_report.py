"""The report page: what it says, what it never says, and that it opens anywhere, for anyone."""

import base64
import hashlib
import json
import re
import zlib
from datetime import date
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest

from arrow_tables import arrow_table
from lumbar.engine.reference import rate_rows
from lumbar.errors import InternalError
from lumbar.report import listed_episodes, report_html
from lumbar.statistics.disclosure.limits import LEAST_CASES_TO_COMPARE
from lumbar.tables.results import RATE, REJECT_REASONS, REJECTED
from report_page import AS_OF, INDEX, REJECTED_ROWS, RULES, RUN, Clinic, Element, read

HOSTILE = "</script><script>alert('x')</script>&amp;\u2028"


@pytest.fixture(scope="module")
def page() -> str:
    clinic = Clinic().operated("A", "8", "3").operated("B", "8", "6", npi=None, payer="cigna", mode="phone")
    clinic.operated("C", "4", "9").operated("D", "7").operated(HOSTILE, "8", "2", npi="1000000004")
    clinic.operated("E", "60", "20", instrument="odi", code="22612")
    return clinic.page()


@pytest.fixture(scope="module")
def tree(page: str) -> Element:
    return read(page)


def cells(tree: Element, table: str, head: str) -> list[list[str]]:
    """The rows of a table whose first cell is `head`."""
    return [row for row in tree.one("table", id=table).rows() if row[0] == head]


def test_the_page_asks_nothing_of_any_network(page: str, tree: Element) -> None:
    """No address of any kind is in it, no attribute loads anything, and its own policy forbids the rest."""
    assert "http://" not in page
    assert "https://" not in page
    for attribute in ("src", "srcset", "action", "data", "poster", "style", "onclick"):
        assert not [e.tag for e in tree.all() if attribute in e.attributes]
    assert all(e.attributes["href"].startswith("#") for e in tree.all() if "href" in e.attributes)
    assert not re.search(r"@import|url\((?!#)|fetch\(|XMLHttpRequest|WebSocket|innerHTML|eval\(", page)
    policy = tree.one("meta", **{"http-equiv": "Content-Security-Policy"}).attributes["content"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy


def test_the_policy_admits_exactly_the_script_and_the_style_of_the_page(page: str) -> None:
    for element, directive in (("style", "style-src"), ("script", "script-src")):
        (text,) = re.findall(rf"<{element}>(.*?)</{element}>", page, flags=re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}';" in page


def test_a_hostile_id_stays_text(page: str, tree: Element) -> None:
    assert "<script>alert" not in page
    assert page.count("<script") == len(list(tree.all("script")))
    data = json.loads(tree.one("script", id="episode-data").text)
    assert HOSTILE in data["words"]


def test_every_section_is_there_and_has_its_heading(tree: Element) -> None:
    sections = {section.attributes["aria-labelledby"] for section in tree.one("main").all("section")}
    assert sections >= {"read-first", "rates", "standing", "scores", "worse", "groups", "reported", "episodes"}
    assert sections >= {"rejected", "inputs", "rules", "glossary"}
    linked = {a.attributes["href"][1:] for a in tree.one("nav").all("a")}
    assert linked == sections - {"read-first"}


def test_the_top_names_year_date_rule_set_policy_and_versions(tree: Element) -> None:
    head = tree.one("header").text
    for words in ("performance year 2026", "21 November 2026", "latest in its window", "lumbar 0.1.0, duckdb 1.5.6"):
        assert words in head
    assert re.search(r"Rule set ?2026 [0-9a-f]{12}\b", head)
    assert "This file is patient data." in head


def test_what_the_figures_do_not_mean_is_said_before_any_figure(page: str, tree: Element) -> None:
    first = next(tree.one("main").all("section")).text
    assert "Met is not recovered, and not met is not failed surgery." in first
    assert "Nobody should be asked again because of a result." in first
    assert "every time of day ends in Z" in first
    assert page.index("Met is not recovered") < page.index('id="rate-table"')


def test_a_rate_stands_with_its_counts_interval_bounds_and_response(tree: Element) -> None:
    """Back pain, discectomy: A and the hostile id met; B and C not met; D not assessed; E had a fusion.

    2 of 5 is 40 %; if D had met, 3 of 5 is 60 %; 4 of 5 assessed is 80 %.
    """
    first = cells(tree, "rate-table", "discectomy at three months")[0]
    assert first[1:9] == ["5", "2", "3", "1", "0", "0", "0", "0"]
    assert first[9] == "40.0 %"
    assert first[10] == "11.8–76.9 %"  # Wilson, 2 of 5
    assert first[11:] == ["40.0–60.0 %", "80.0 %"]
    assert "of the 4 assessed, 50.0 % met" in tree.one("article", **{"aria-labelledby": "card-459"}).text


def test_a_rate_of_nothing_is_undefined_and_never_zero() -> None:
    """On 1 April 2025 the window of a discectomy of 3 March, 14 April to 21 July, has not opened."""
    tree = read(Clinic().operated("A", "8").page(as_of=date(2025, 4, 1)))
    for row in cells(tree, "rate-table", "overall"):
        assert row[9:] == ["undefined"] * 4
    assert [e.text for e in tree.all("p", **{"class": "big none"})] == ["undefined"] * 3
    assert not re.search(r"\b0\.0\s%", tree.one("section", **{"aria-labelledby": "rates"}).text)


def test_an_empty_result_makes_a_page() -> None:
    tree = read(Clinic().page())
    assert "None in these data" in tree.one("section", **{"aria-labelledby": "worse"}).text
    assert json.loads(tree.one("script", id="episode-data").text)["episodes"] == []


def test_no_benchmark_is_said_and_none_is_shown(tree: Element) -> None:
    rates = tree.one("section", **{"aria-labelledby": "rates"}).text
    assert "CMS has published no benchmark for these measures (reason BR-009" in rates
    assert "unless CMS builds a benchmark from the same year" in rates
    assert "Case minimum: 20" in rates
    assert "measure 459 6, not reached" in rates
    assert "Data completeness (75 % wanted" in rates
    assert "cannot be known from these data" in rates


def test_provisional_results_are_counted_beside_the_rate() -> None:
    """Answered 80 days after 3 March 2025, on 22 May; on 1 June its window is open until 21 July."""
    tree = read(Clinic().operated("A", "8", "3").page(as_of=date(2025, 6, 1)))
    assert cells(tree, "rate-table", "discectomy at three months")[0][1:9] == ["1", "1", "0", "0", "0", "0", "0", "1"]


def test_a_surgeon_has_a_rate_only_with_enough_cases_and_answers() -> None:
    """Nineteen cases are too few; 12 of 20 answered is 60 %, exactly enough; 11 of 20 is 55 %. All who answered met."""
    surgeons = {
        "1000000001": (19, 0, "no rate: fewer than 20 cases"),
        "1000000002": (20, 0, "100.0 %"),
        "1000000003": (12, 8, "60.0 %"),
        "1000000004": (11, 9, "no rate: response below 60 %"),
    }
    clinic = Clinic()
    for npi, (answered, silent, _) in surgeons.items():
        for n in range(answered + silent):
            clinic.operated(f"{npi}-{n}", "8", "2" if n < answered else None, npi=npi)
    rows = cells(read(clinic.page(proofs=False)), "surgeon-table-459", "overall")
    for row, (answered, silent, shown) in zip(rows, surgeons.values(), strict=True):
        assert row[1:5] == [str(answered + silent), str(answered), str(silent), str(silent)]
        assert row[9] == shown
    assert LEAST_CASES_TO_COMPARE == 20


def test_surgeons_stand_in_order_of_their_number_and_never_of_their_rate() -> None:
    clinic = Clinic()
    for npi, after in (("1000000004", "9"), ("2000000002", "2"), ("1500000001", "5")):
        for n in range(20):
            clinic.operated(f"{npi}-{n}", "9", after, npi=npi)
    clinic.operated("nobody", "8", "2", npi=None)
    tree = read(clinic.page(proofs=False))
    groups = [row[0] for row in tree.one("table", id="surgeon-table-459").rows() if len(row) == 1]
    assert groups == ["1000000004", "1500000001", "2000000002", "no surgeon recorded"]


def test_every_operation_stands_in_exactly_one_place(tree: Element) -> None:
    """Five discectomies and one fusion; the column adds up to them."""
    rows = tree.one("table", id="standing-table-459").rows()
    assert rows[-1] == ["all episodes", "5", "1"]
    for column, whole in ((1, 5), (2, 1)):
        assert sum(int(row[column]) for row in rows[1:-1] if len(row) == 3) == whole


def test_the_breakdown_by_payer_adds_up_to_the_whole(tree: Element) -> None:
    whole = cells(tree, "rate-table", "overall")[0]
    parts = cells(tree, "payer-table-459", "overall")
    groups = [row[0] for row in tree.one("table", id="payer-table-459").rows() if len(row) == 1]
    assert groups == ["Aetna", "Cigna"]
    for column in range(1, 9):
        assert sum(int(row[column]) for row in parts) == int(whole[column])


def test_a_share_by_mode_is_shown_when_a_score_came_by_telephone(tree: Element) -> None:
    """Of the assessed back pain results B alone, not met, was asked by telephone: A and the hostile id met, C not."""
    rows = [row[1:5] for row in tree.one("table", id="mode-table").rows() if row[0] == "459 Back pain"]
    assert rows == [["no, or not known", "3", "2", "66.7 %"], ["yes", "1", "0", "0.0 %"]]


def test_who_got_worse_is_listed_with_the_excluded_and_without_the_dead() -> None:
    clinic = Clinic().operated("met", "0", "2").operated("not-met", "4", "9").operated("same", "6", "6")
    clinic.operated("excluded", "5", "8").operated("dead", "4", "9")
    clinic.add("condition", condition_id="c", patient_id="excluded", system="icd10cm", code="M46.26")
    next(row for row in clinic.tables["patient"] if row["patient_id"] == "dead")["deceased_on"] = date(2025, 9, 1)
    tree = read(clinic.page())
    listed = {row[0]: row for row in tree.one("table", id="worse-table").rows()[1:]}
    assert set(listed) == {"met", "not-met", "excluded"}
    assert listed["met"][5:8] == ["0.0", "2.0", "+2.0"]
    assert listed["excluded"][9] == "excluded"
    assert (
        "3 results; 1 more of patients known to have died" in tree.one("section", **{"aria-labelledby": "worse"}).text
    )


def test_reported_codes_stand_in_one_row_each_and_those_that_do_not_hold_are_listed() -> None:
    """At three months A's code agrees and B's (8 to 6, not met) does not; C, never asked, was reported met.

    At one year A and B are not assessed, as reported. D has no code reported.
    """
    clinic = Clinic().operated("A", "8", "3").operated("B", "8", "6").operated("C", "8").operated("D", "8", "3")
    for patient_id, codes in {"A": ("G2136", "G9946"), "B": ("G2136", "G9946"), "C": ("G2136",)}.items():
        for code, on in zip(codes, (date(2025, 5, 22), date(2026, 3, 3)), strict=False):
            clinic.add("reported_code", patient_id=patient_id, code=code, reported_on=on)
    tree = read(clinic.page())
    counts = {row[0]: (row[2], row[3]) for row in tree.one("table", id="reported-table").rows()[1:]}
    assert counts["agreed"] == ("1", "3")
    assert counts["contradicted"] == ("1", "1")
    assert counts["reported without evidence"] == ("1", "1")
    # Four patients, three instruments and two timepoints are 24 rows; half of them stand in the measure.
    assert counts["never reported"] == ("9", "19")
    rows = tree.one("table", id="not-holding-table").rows()[1:]
    assert [(row[0], *row[5:]) for row in rows] == [
        ("B", "not met", "G2137", "G2136", "contradicted"),
        ("C", "not assessed", "G9943", "G2136", "reported without evidence"),
    ]


def test_without_a_reported_code_nothing_is_compared(tree: Element) -> None:
    section = tree.one("section", **{"aria-labelledby": "reported"})
    assert "No quality-data code is in these data" in section.text
    assert list(section.all("table")) == []


def test_scores_before_and_after_are_drawn_on_both_sides_of_the_target(tree: Element) -> None:
    """Pairs of back pain: A 8 to 3, B 8 to 6, C 4 to 9, the hostile id 8 to 2; D has no score after."""
    rows = {row[0]: row[1:] for row in tree.one("table", id="bins-459-lumbarDiscectomy").rows()}
    assert rows["over 2 to 3"] == ["0", "1"]
    assert rows["over 3 to 4"] == ["1", "0"]
    assert rows["over 7 to 8"] == ["3", "0"]
    assert sum(int(before) for before, _ in list(rows.values())[1:]) == 4
    card = tree.one("article", **{"aria-labelledby": "scores-card-459-lumbarDiscectomy"})
    assert "n = 4; median 8.0 before, 4.5 after; at 3.0 or less: 0 before, 2 after" in card.text
    assert "target: 3.0 or less" in card.one("svg").text


def test_the_bins_of_odi_end_at_the_target(tree: Element) -> None:
    """A fusion, 60 before and 20 after: within "over 18 to 22", the last bin that reaches the target of 22."""
    rows = {row[0]: row[1:] for row in tree.one("table", id="bins-471-lumbarFusion").rows()}
    assert rows["over 18 to 22"] == ["0", "1"]
    assert rows["over 58 to 62"] == ["1", "0"]
    assert list(rows)[1] == "0 to 2"
    assert list(rows)[-1] == "over 98 to 100"


def test_every_chart_is_an_image_with_words_and_numbers(tree: Element) -> None:
    charts = [svg for svg in tree.all("svg") if svg.attributes.get("role") == "img"]
    assert len(charts) == 3 + 3 + 2  # rates, standing, and the two strata that have pairs
    for svg in charts:
        assert len(svg.one("title").text) > 10
        assert re.search(r"\d", svg.one("desc").text)
    hidden = [svg for svg in tree.all("svg") if svg not in charts]
    assert all(svg.attributes.get("aria-hidden") == "true" for svg in hidden)


def test_ids_are_unique_and_every_reference_finds_its_element(page: str, tree: Element) -> None:
    ids = [e.attributes["id"] for e in tree.all() if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    for attribute in ("aria-labelledby", "aria-describedby", "for"):
        for element in tree.all():
            for target in element.attributes.get(attribute, "").split():
                assert target in ids
    assert all(e.attributes["href"][1:] in ids for e in tree.all("a"))
    assert set(re.findall(r"url\(#([\w-]+)\)", page)) <= set(ids)


def test_tables_have_captions_and_heads_with_scope_and_scroll_by_keyboard(tree: Element) -> None:
    for table in tree.all("table"):
        assert table.one("caption").text
        assert all(th.attributes.get("scope") in ("col", "row", "rowgroup") for th in table.all("th"))
        assert table.parent is not None
        assert table.parent.attributes["tabindex"] == "0"
        assert table.parent.attributes["role"] == "region"


def test_headings_go_down_one_level_at_a_time(tree: Element) -> None:
    levels = [int(e.tag[1]) for e in tree.all() if re.fullmatch(r"h[1-6]", e.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_control_has_a_name_and_the_count_of_matches_is_announced(tree: Element) -> None:
    for control in [*tree.all("select"), *tree.all("input")]:
        assert control.parent is not None
        assert control.parent.tag == "label"
        assert control.parent.text
    assert all(button.text for button in tree.all("button"))
    assert tree.one(id="found").attributes["aria-live"] == "polite"


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb (WCAG 2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_colours_have_contrast_enough_in_light_dark_and_print(page: str) -> None:
    """WCAG 2 AA: 4.5 for text, 3 for marks and the lines of controls."""
    style = re.findall(r"<style>(.*?)</style>", page, flags=re.DOTALL)[0]
    light, dark, dark_by_system, printed = (
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
        for block in re.findall(r"\{([^{}]*--ground:[^{}]*)\}", style)
    )
    assert dark == dark_by_system
    for colours in (light, dark, {**light, **printed}):
        pairs = [(text, ground, 4.5) for text in ("ink", "soft", "accent") for ground in ("ground", "surface")]
        pairs += [
            ("ink", "warn", 4.5),
            ("band-ink", "band", 4.5),
            ("band-soft", "band", 4.5),
            ("target", "surface", 4.5),
        ]
        marks = (
            "met",
            "not-met",
            "not-assessed",
            "open",
            "upcoming",
            "excluded",
            "before",
            "after",
            "warn-line",
            "focus",
        )
        pairs += [(mark, "surface", 3.0) for mark in marks]
        for one, other, least in pairs:
            high, low = sorted((luminance(colours[one]), luminance(colours[other])), reverse=True)
            assert (high + 0.05) / (low + 0.05) >= least, (one, other)


def unpacked(tree: Element) -> list[list[dict[str, Any]]]:
    """The blocks of proofs of a page."""
    return [
        json.loads(zlib.decompress(base64.b64decode(s.text))) for s in tree.all("script", **{"class": "proof-block"})
    ]


def test_each_listed_episode_points_at_its_own_proof(tree: Element) -> None:
    data = json.loads(tree.one("script", id="episode-data").text)
    blocks = unpacked(tree)
    for about, (block, place), rows in data["episodes"]:
        assert blocks[block][place]["episode_id"] == data["words"][about[0]]
        assert len(rows) == 6
    assert len(data["episodes"]) == 6


def test_an_episode_without_its_proof_says_how_to_get_it() -> None:
    tree = read(Clinic().operated("A", "8", "3").page(proofs=False))
    data = json.loads(tree.one("script", id="episode-data").text)
    assert [place for _, place, _ in data["episodes"]] == [None]
    assert "lumbar explain DIR EPISODE_ID" in tree.one("section", **{"aria-labelledby": "episodes"}).text
    assert "Proofs of 0 of the 1 listed episodes" in tree.one("section", **{"aria-labelledby": "episodes"}).text


def test_the_list_is_capped_with_those_in_the_measure_first() -> None:
    """Operated in 2023: outside the identification period of 2026."""
    clinic = Clinic().operated("old", "8", "3", index=date(2023, 3, 3)).operated("b", "8", "3").operated("a", "8", "3")
    clinic.operated("newer", "8", "3", index=date(2025, 5, 5))
    outcome = clinic.outcome()
    ids = ["newer@2025-05-05", "a@2025-03-03", "b@2025-03-03", "old@2023-03-03"]
    assert listed_episodes(outcome) == ids
    assert listed_episodes(outcome, at_most=3) == ids[:3]


def test_rejected_rows_are_explained_by_reason_and_by_file(tree: Element) -> None:
    rows = tree.one("table", id="rejected-table").rows()[1:]
    assert rows == [
        ["no value", REJECT_REASONS["no_value"], "1"],
        ["out of range", REJECT_REASONS["out_of_range"], "1"],
    ]
    assert tree.one("table", id="rejected-out_of_range").rows()[1] == ["score.csv", "17", "score", "s-17", "x"]
    assert tree.one("table", id="inputs-table").rows()[1][:6] == ["score.csv", "123,456", "1,002", "1,000", "2", "0"]


def test_what_is_unverified_is_said(tree: Element) -> None:
    text = tree.one("section", **{"aria-labelledby": "rules"}).text
    assert "The steward’s lists of procedure codes are not public: ours are candidates." in text
    unsure = tree.one("table", id="unsure-table").rows()[1:]
    assert {row[0] for row in unsure} == {"unverified", "likely"}
    assert any("procedure discectomy" in row[1] for row in unsure)
    assert tree.one("table", id="policy-table").rows()[1][:2] == ["postoperative", "latest"]


def test_the_same_arguments_give_the_same_page(page: str) -> None:
    clinic = Clinic().operated("A", "8", "3").operated("B", "8", "6", npi=None, payer="cigna", mode="phone")
    clinic.operated("C", "4", "9").operated("D", "7").operated(HOSTILE, "8", "2", npi="1000000004")
    clinic.operated("E", "60", "20", instrument="odi", code="22612")
    assert clinic.page() == page


def test_the_order_of_rows_does_not_change_the_page() -> None:
    outcome = Clinic().operated("A", "8", "3").operated("B", "4", "9").operated("C", "8", None).outcome()
    rate = arrow_table(RATE, rate_rows(outcome.to_pylist(), RULES))
    rejected = arrow_table(REJECTED, REJECTED_ROWS)
    turned = outcome.take(pa.array(range(outcome.num_rows - 1, -1, -1)))
    assert report_html(turned, rate, rejected, RUN, [], RULES) == report_html(outcome, rate, rejected, RUN, [], RULES)


def test_a_page_that_would_disagree_with_its_rates_is_refused() -> None:
    outcome = Clinic().operated("A", "8", "3").outcome()
    rows = rate_rows(outcome.to_pylist(), RULES)
    rejected = arrow_table(REJECTED, [])
    with pytest.raises(InternalError, match="overall of 471"):
        report_html(outcome, arrow_table(RATE, rows[:-1]), rejected, RUN, [], RULES)
    wrong = [{**rows[0], "met": 0, "not_met": 1}, *rows[1:]]
    with pytest.raises(InternalError, match="met of measure 459"):
        report_html(outcome, arrow_table(RATE, wrong), rejected, RUN, [], RULES)


def test_the_windows_of_these_tests_are_closed() -> None:
    """15 months after 3 March 2025 is 3 June 2026, before 21 November 2026."""
    assert (INDEX.isoformat(), AS_OF.isoformat()) == ("2025-03-03", "2026-11-21")

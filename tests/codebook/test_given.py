"""The four formats: text, JSON, a page that opens offline, and a tagged PDF."""

import io
import json
import re
from dataclasses import fields
from datetime import date
from html.parser import HTMLParser

import pytest

from lumbar.codebook.brief import brief_of
from lumbar.codebook.given import FORMATS, brief_as
from lumbar.codebook.model import Brief, Ground
from lumbar.codebook.shown import shown
from lumbar.codebook.standing import family

TODAY = date(2026, 11, 22)
VOID = {"meta", "br", "img", "link", "input", "hr"}
SOURCED = {"source", "version", "locator", "confidence", "valid_from", "valid_to", "note"}


@pytest.fixture(scope="module")
def brief():
    return brief_of("G2137", TODAY, on_is_today=True)


class Elements(HTMLParser):
    """Every element with its attributes, in order; balance is checked on the way."""

    def __init__(self, text):
        super().__init__()
        self.found, self.open = [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize("code", family())
def test_every_code_has_a_brief_in_every_format(code, format_name):
    given = brief_as(brief_of(code, TODAY), format_name)
    if format_name == "pdf":
        assert given.startswith(b"%PDF-")
    else:
        assert code in given
        assert given.endswith("\n") or format_name == "html"


@pytest.mark.parametrize("format_name", FORMATS)
def test_the_same_brief_gives_the_same_file(brief, format_name):
    assert brief_as(brief, format_name) == brief_as(brief_of("G2137", TODAY, on_is_today=True), format_name)


def test_text_keeps_within_a_hundred_columns_and_says_that_the_day_is_today(brief):
    text = brief_as(brief, "text")
    assert max(map(len, text.splitlines())) <= 100
    assert "As of 22 November 2026 (today: no other date was given)" in text
    assert "today" not in brief_as(brief_of("G2137", TODAY), "text").splitlines()[1]


def test_every_mark_of_the_page_leads_to_a_source(brief):
    page = shown(brief)
    numbers = {str(source.number) for source in page.sources}
    letters = {
        f"{source.number}{letter}"
        for source in page.sources
        for group, _ in source.places
        for letter in (group.split(", ") if group else [""])
    }
    marks = [line.mark for line in page.answer]
    for section in page.sections:
        marks += [line.mark for line in section.statements]
        for table in section.tables:
            marks += [table.mark] if table.mark else [row.mark for row in table.rows]
    assert marks
    assert all(mark is not None for mark in marks)
    assert all(mark.source in numbers | letters for mark in marks)
    assert {re.sub(r"\D", "", mark.source) for mark in marks} == numbers


def test_json_mirrors_the_values(brief):
    value = json.loads(brief_as(brief, "json"))
    assert list(value) == [field.name for field in fields(Brief)]
    assert value["code"] == "G2137"
    assert value["on"] == "2026-11-22"
    assert [section["name"] for section in value["sections"]] == [section.name for section in brief.sections]
    for section in value["sections"]:
        for said in section["statements"]:
            assert set(said) == {"text", "ground"}
            assert set(said["ground"]) == SOURCED == {field.name for field in fields(Ground)}
        for table in section["tables"]:
            assert all(len(row["cells"]) == len(table["headings"]) for row in table["rows"])


def test_the_page_asks_for_nothing_and_its_policy_forbids_all_but_its_style(brief):
    html = brief_as(brief, "html")
    assert html.startswith("<!doctype html>")
    elements = Elements(html).found
    names = {name for name, _ in elements}
    assert not names & {"script", "link", "img", "iframe", "object", "form"}
    for _, attributes in elements:
        assert "src" not in attributes
        assert attributes.get("href", "#").startswith("#")
        assert "style" not in attributes
        assert not any(name.startswith("on") for name in attributes)
    assert "http" not in html.replace("http-equiv", "")
    assert "url(" not in html
    (policy,) = (a["content"] for n, a in elements if a.get("http-equiv") == "Content-Security-Policy")
    assert re.fullmatch(r"default-src 'none'; style-src 'sha256-[\w+/=]+'; base-uri 'none'; form-action 'none'", policy)


def test_the_page_can_be_read_by_a_machine_that_reads_aloud(brief):
    elements = Elements(brief_as(brief, "html")).found
    ids = [attributes["id"] for _, attributes in elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in elements:
        if attributes.get("href", "").startswith("#"):
            assert attributes["href"][1:] in ids
        if "aria-labelledby" in attributes:
            assert attributes["aria-labelledby"] in ids
    names = [name for name, _ in elements]
    assert names.count("h1") == names.count("main") == names.count("title") == 1
    assert ("html", {"lang": "en"}) in elements
    assert names.count("caption") == names.count("table")
    assert all("scope" in attributes for name, attributes in elements if name == "th")


def test_the_pdf_is_tagged_titled_and_says_it_is_pdf_ua(brief):
    import pypdf

    data = brief_as(brief, "pdf")
    reader = pypdf.PdfReader(io.BytesIO(data))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/StructTreeRoot"]["/K"]
    assert root["/Lang"] == "en-US"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata.title == f"G2137: {brief.title}"
    assert b"pdfuaid" in root["/Metadata"].get_data()
    text = reader.pages[0].extract_text()
    assert "14 April to 21 July 2025" in text
    assert 2 <= len(reader.pages) <= 6


def test_the_pdf_of_an_ended_code_says_so_on_its_first_page():
    import pypdf

    reader = pypdf.PdfReader(io.BytesIO(brief_as(brief_of("G9941", TODAY), "pdf")))
    assert "Ended on 31 December 2019" in reader.pages[0].extract_text()

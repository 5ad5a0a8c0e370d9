"""The site of a result in a real browser: every kind of page and fifty operations, on a phone and on a desk."""

from pathlib import Path

import pytest

from accessibility import WIDTHS, browser, violations
from lumbar.report.site.pages import PAGES
from lumbar.synth import write_clinic
from lumbar.workflow import evaluate_to_folder
from lumbar.workflow.site import write_site

N_OPERATIONS = 50
HIGHEST_FIRST_PAGE = 1_500_000  # bytes


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    write_clinic(folder / "clinic", 1_200, 7, "tables")
    evaluate_to_folder(folder / "clinic", folder / "result", year=2026, as_of="2026-06-01", report=False)
    write_site(folder / "result", folder / "site")
    return folder / "site"


@pytest.fixture(scope="module")
def opened():
    with browser() as started:
        yield started


def tab_of(opened, address: str, **options):
    """A page of the site under its own policy, and what went wrong in it."""
    tab = opened.new_context(**options).new_page()
    wrong: list[str] = []
    tab.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("request", lambda request: None if request.url.startswith("file:") else wrong.append(request.url))
    tab.goto(address)
    return tab, wrong


@pytest.mark.parametrize("width", WIDTHS)
def test_no_kind_of_page_has_anything_that_axe_finds(site, opened, width):
    found = {
        page.file: violations(opened, (site / page.file).as_uri() + ("#0" if page.name == "episode" else ""), width)
        for page in PAGES
    }
    assert {file: wrong for file, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("width", WIDTHS)
def test_fifty_operations_have_nothing_that_axe_finds(site, opened, width):
    every = operations(site, opened)
    numbers = range(0, every, every // N_OPERATIONS)[:N_OPERATIONS]
    page = (site / "episode.html").as_uri()
    found = {number: violations(opened, f"{page}#{number}", width) for number in numbers}
    assert len(found) == N_OPERATIONS
    assert {number: wrong for number, wrong in found.items() if wrong} == {}


def operations(site: Path, opened) -> int:
    """How many operations the list says it has."""
    tab, wrong = tab_of(opened, (site / "episodes.html").as_uri())
    tab.wait_for_function("document.getElementById('found').textContent.includes('match')")
    said = tab.text_content("#found")
    tab.context.close()
    assert not wrong
    return int(said.split(" of ")[1].split()[0].replace(",", ""))


def test_the_list_leads_to_the_page_of_an_operation_and_that_to_the_next(site, opened):
    tab, wrong = tab_of(opened, (site / "episodes.html").as_uri())
    tab.click(".episode summary")
    patient = tab.text_content(".episode .who")
    tab.click("text=The page of this operation")
    tab.wait_for_selector("#episode section")
    assert f"Patient {patient}," in tab.text_content("#episode")
    assert patient not in tab.url
    tab.wait_for_selector("#episode details.proof")
    tab.click("text=after it in the list")
    tab.wait_for_function("location.hash === '#1'")
    tab.wait_for_selector("text=before it in the list")
    assert f"Patient {patient}," not in tab.text_content("#episode")
    assert not wrong


@pytest.mark.parametrize("number", ["", "#", "#x", "#99999999", "#-1"])
def test_a_number_that_is_no_operations_leads_back_to_the_list(site, opened, number):
    tab, wrong = tab_of(opened, (site / "episode.html").as_uri() + number)
    tab.wait_for_selector("text=No episode of that number")
    assert not wrong


def test_the_first_page_is_small_and_no_page_is_large(site):
    sizes = {path.name: path.stat().st_size for path in site.glob("*.html")}
    assert sizes["index.html"] < HIGHEST_FIRST_PAGE
    assert max(sizes.values()) < 2 * HIGHEST_FIRST_PAGE

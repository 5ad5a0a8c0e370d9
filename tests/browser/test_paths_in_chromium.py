"""The pages of a path and of persistent pain in a real browser, at the width of a phone and of a desk, light and dark."""

from datetime import date
from pathlib import Path

import pytest

from accessibility import WIDTHS, browser, violations
from lumbar.report.pain_page import pain_page
from lumbar.report.path_page import path_page
from paths import pain_of, paths_of
from report_page import RUN, Clinic

FACTS = {**RUN, "year": 2026}
LINKS = [("Overview", "index.html"), ("Worklist", "worklist.html")]


def clinic() -> Clinic:
    """Every shape of the pages: all windows, a long id, visits, a second operation, a death, an exclusion, no scores."""
    made = (
        Clinic()
        .operated("Anna", "1", "3")
        .operated("60846aca-3237-4b98-b931-337a955194af", "44.4", "66.5", instrument="odi")
    )
    made.operated("Berta", "8", "6", npi=None).operated("Carl", "4", "9", code="22612", mode="phone")
    made.operated("Doris").operated("Emil", "5", "8").operated("Fritz", "4", "9")
    made.tables["patient"][-1]["deceased_on"] = date(2026, 1, 1)
    made.add("condition", condition_id="c", patient_id="Emil", system="icd10cm", code="M46.46")
    for name, on, code in (
        ("v1", date(2025, 4, 14), "99213"),
        ("v2", date(2025, 4, 20), "99024"),
        ("op", date(2025, 9, 1), "22612"),
    ):
        made.add("procedure", procedure_id=name, patient_id="Anna", performed_on=on, system="cpt", code=code)
    return made


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> list[Path]:
    folder = tmp_path_factory.mktemp("paths")
    pages = {"pain": pain_page(pain_of(clinic()), FACTS, LINKS, href=lambda episode_id: "episode.html")}
    pages["nobody"] = pain_page(pain_of(Clinic().operated("Anna")), FACTS)
    for as_of in (date(2026, 11, 21), date(2025, 6, 1)):
        for number, one in enumerate(paths_of(clinic(), as_of).values()):
            pages[f"path-{as_of}-{number}"] = path_page(one, FACTS, LINKS)
    for name, html in pages.items():
        (folder / f"{name}.html").write_text(html, encoding="utf-8")
    return sorted(folder.glob("*.html"))


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wrong_with_the_pages(written, width):
    """What axe finds, what is wider than the screen, and anything asked of a network."""
    with browser() as opened:
        found = {page.name: said for page in written if (said := violations(opened, page, width))}
    assert len(written) > 15
    assert found == {}


def test_what_is_wrong_with_a_page_is_noticed(tmp_path):
    page = tmp_path / "bad.html"
    page.write_text(
        '<!doctype html><html lang="en"><title>x</title><body><img src="x.png"><div style="width:999px">x</div>'
    )
    with browser() as opened:
        said = violations(opened, page, 320)
    assert any("image-alt" in one for one in said)
    assert any("wider than the screen" in one for one in said)
    assert any("no darker" in one for one in said)


def test_what_is_wrong_in_the_dark_alone_is_noticed(tmp_path):
    page = tmp_path / "dim.html"
    page.write_text(
        '<!doctype html><html lang="en"><title>x</title>'
        "<style>@media (prefers-color-scheme: dark) { body { background: #222; color: #333 } }</style><main><h1>Dim words</h1></main>"
    )
    with browser() as opened:
        said = violations(opened, page, 320)
    assert [one for one in said if not one.startswith("dark: color-contrast")] == []
    assert said

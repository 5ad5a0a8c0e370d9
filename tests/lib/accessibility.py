"""A page in a real browser: what axe finds in it, what is wider than the screen, and a picture to look at."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from source_files import ROOT

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
AXE = ROOT / "tests" / "browser" / "node_modules" / "axe-core" / "axe.min.js"

PHONE, DESK = WIDTHS = (320, 1280)
# WCAG 2.0 to 2.2 at levels A and AA, and good practice.
_TAGS = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
# All that another colour scheme can change: the page is the same.
_OF_COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
# Only what is wrong comes back: to hand over all that is right takes longer than to look.
_RUN_AXE = """async rules => {
  const found = await axe.run({runOnly: rules, resultTypes: ["violations"]});
  const said = found.violations.flatMap(v => v.nodes.map(node => `${v.id}: ${node.html.slice(0, 160)}`));
  return [found.passes.length + found.violations.length, said];
}"""


@contextmanager
def browser() -> Iterator[Any]:
    """A headless Chromium; skips where there is none, or no Playwright, or no axe."""
    sync_api = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine")
    if not AXE.is_file():
        pytest.skip("no axe-core: make browser")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield opened
        finally:
            opened.close()


_GROUND = "getComputedStyle(document.body).backgroundColor"


def violations(opened: Any, page: Path | str, width: int) -> list[str]:
    """What is wrong with a page on a screen of that width, light and dark: axe's findings, script errors, and what
    sticks out.
    """
    context = opened.new_context(viewport={"width": width, "height": 900}, color_scheme="light", bypass_csp=True)
    tab = context.new_page()
    said: list[str] = []
    tab.on("console", lambda message: said.append(f"console: {message.text}") if message.type == "error" else None)
    tab.on("request", lambda request: None if request.url.startswith("file:") else said.append(f"asks {request.url}"))
    tab.goto(page if isinstance(page, str) else page.as_uri())
    tab.wait_for_function("!document.getElementById('episode')?.textContent.startsWith('Unpacking')")
    over = tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if over > 0:
        said.append(f"the page is {over} pixels wider than the screen")
    tab.add_script_tag(path=str(AXE))
    said += _found_by_axe(tab, _TAGS)
    light = tab.evaluate(_GROUND)
    tab.emulate_media(color_scheme="dark")
    if tab.evaluate(_GROUND) == light:
        said.append("the page is no darker where dark is asked for")
    said += [f"dark: {one}" for one in _found_by_axe(tab, _OF_COLOURS)]
    context.close()
    return said


def _found_by_axe(tab: Any, rules: dict[str, Any]) -> list[str]:
    n_run, found = tab.evaluate(_RUN_AXE, rules)
    assert n_run, "axe ran no rule"
    return list(found)

"""The documentation site builds without a warning and asks nothing of a network."""

import re
import subprocess
import sys

import pytest

from doc_pages import ROOT

# What a browser fetches by itself. A link somebody may follow is none of it.
FETCHED = re.compile(
    r"""<(?:script|img|iframe|source|audio|video|embed)\b[^>]*\bsrc=["']?(?:https?:)?//"""
    r"""|<link\b(?=[^>]*\brel=["']?(?:stylesheet|preload|icon|preconnect|dns-prefetch|modulepreload))[^>]*\bhref=["']?(?:https?:)?//"""
    r"""|url\(["']?(?:https?:)?//|@import\s+["'](?:https?:)?//"""
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built as `make docs` builds it, but elsewhere. With `--quiet` no warning would count as one."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, encoding="utf-8", stdin=subprocess.DEVNULL, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_the_site_has_its_pages_and_no_source_files(site):
    assert {"index.html", "tutorial.html", "rules.html"} <= {path.name for path in site.iterdir()}
    assert (site / "generated" / "lock-2026.txt").is_file()
    assert list(site.rglob("*.py")) == []


def test_no_page_or_style_of_the_site_fetches_anything_from_elsewhere(site):
    found = {}
    for path in site.rglob("*"):
        if path.suffix in {".html", ".css"}:
            fetched = FETCHED.findall(path.read_text(encoding="utf-8"))
            if fetched:
                found[path.relative_to(site).as_posix()] = fetched
    assert found == {}


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://cdn.example/x.js">',
        '<link rel="stylesheet" href="//fonts.example/css">',
        "<link href=https://fonts.example rel=preconnect>",
        "src: url(https://fonts.example/x.woff2)",
        '<img alt="x" src="http://badge.example/x.svg">',
    ],
)
def test_what_is_fetched_from_elsewhere_is_noticed(text):
    assert FETCHED.search(text)

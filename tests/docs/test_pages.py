"""The pages: generated ones are fresh, links lead somewhere, paths named exist."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from markdown.extensions.toc import slugify

from doc_pages import GENERATED, ROOT, Page, pages

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
CODE_PATH = re.compile(r"`((?:src|tests|docs|benchmarks)/[\w./-]+)`")


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "docs" / "generate.py"), "--check", "--folder", str(folder)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", stdin=subprocess.DEVNULL, check=False)


def test_the_generated_pages_are_fresh():
    done = check(GENERATED)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_stale_a_missing_and_a_strange_page_are_named(tmp_path):
    copy = tmp_path / "generated"
    shutil.copytree(GENERATED, copy)
    with (copy / "commands.md").open("a") as page:
        page.write("more\n")
    (copy / "measures" / "2026-459.md").unlink()
    (copy / "strange.md").write_text("# Strange\n")
    done = check(copy)
    assert done.returncode == 1
    assert re.findall(r"stale: generated/(\S+)", done.stdout) == ["commands.md", "measures/2026-459.md", "strange.md"]


def anchors(page: Page) -> set[str]:
    titles = [re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", title) for title in HEADING.findall(page.prose())]
    return {slugify(title, "-") for title in titles}


@pytest.mark.parametrize("page", pages(generated=True), ids=lambda page: page.name)
def test_every_link_of_the_page_leads_somewhere(page):
    broken = []
    for link in LINK.findall(page.prose()):
        if re.match(r"https?:", link):
            continue
        target, _, anchor = link.partition("#")
        path = (page.path.parent / target).resolve() if target else page.path
        if not path.is_file() or (anchor and anchor not in anchors(Page(path))):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_path_the_page_names_exists(page):
    named = {path for path in CODE_PATH.findall(page.prose()) if "2027" not in path}
    assert {path for path in named if not (ROOT / path).exists()} == set()


def test_every_rule_cited_in_the_code_is_a_section_of_the_rules_page():
    cited = set()
    for folder in ("src", "tests", "benchmarks"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in {".py", ".sql"}:
                cited |= set(re.findall(r"RULES §(\d+)", path.read_text(encoding="utf-8")))
    sections = set(re.findall(r"^## (\d+)\. ", (ROOT / "docs" / "rules.md").read_text(encoding="utf-8"), re.MULTILINE))
    assert cited
    assert cited <= sections


def test_every_decision_is_in_the_index_and_has_its_parts():
    index = (ROOT / "docs" / "adr" / "index.md").read_text(encoding="utf-8")
    for path in sorted((ROOT / "docs" / "adr").glob("0*.md")):
        text = path.read_text(encoding="utf-8")
        title = text.splitlines()[0].removeprefix(f"# {path.name[:4]}. ")
        assert f"| [{path.name[:4]}]({path.name}) | {title} |" in index
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]


def test_the_changelog_tells_this_version_with_its_results():
    import lumbar

    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = text.split("\n## ", 2)[1]
    assert newest.startswith(f"[{lumbar.__version__}]")
    assert "### Results" in newest

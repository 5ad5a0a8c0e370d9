"""Every Python example of the documentation runs, page by page, as a reader would type it."""

import re

import pytest

import lumbar
from doc_pages import ROOT, Page, pages

WITH_PYTHON = [page for page in pages() if page.blocks("python")]


def run(page: Page) -> None:
    names: dict[str, object] = {"__name__": "example"}
    for block in page.blocks("python"):
        # Line numbers of a failure are those of the page.
        code = compile("\n" * (block.line - 1) + block.text, str(page.path), "exec")
        exec(code, names)


@pytest.mark.parametrize("page", WITH_PYTHON, ids=lambda page: page.name)
def test_the_examples_of_the_page_run(page, clinic_with_tables):
    run(page)


def test_the_pages_that_should_have_examples_have_them():
    assert {"README.md", "docs/python.md", "docs/add-a-measure.md"} <= {page.name for page in WITH_PYTHON}


def test_a_wrong_example_is_noticed(clinic_with_tables, tmp_path):
    wrong = tmp_path / "wrong.md"
    wrong.write_text("# Wrong\n\n```python\nimport lumbar\n\nlumbar.no_such_name\n```\n")
    with pytest.raises(AttributeError) as caught:
        run(Page(wrong))
    assert caught.traceback[-2].lineno + 1 == 6


def test_the_public_names_are_those_the_python_page_lists():
    listed = re.findall(r"^\| `(?:lumbar\.)?(\w+)", (ROOT / "docs" / "python.md").read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(lumbar.__all__)
    assert all(getattr(lumbar, name) is not None for name in lumbar.__all__)

"""Our own briefs, read by our own check of texts: nothing is found in any."""

from datetime import date

import pytest

from lumbar.codebook.brief import brief_of
from lumbar.codebook.given import brief_as
from lumbar.codebook.lint import lint
from lumbar.codebook.standing import family

DAYS = [date(2026, 11, 22), date(2024, 3, 3), date(2021, 6, 1), date(2019, 6, 1)]


@pytest.mark.parametrize("on", DAYS, ids=str)
def test_nothing_is_found_in_any_brief_as_a_page_or_as_text(on, tmp_path):
    paths = []
    for code in family():
        brief = brief_of(code, on)
        for format_name, ending in (("html", "html"), ("text", "txt")):
            path = tmp_path / f"{code}.{ending}"
            path.write_text(str(brief_as(brief, format_name)), encoding="utf-8")
            paths.append(path)
    found = lint(paths, on)
    assert [(f.file.rsplit("/", 1)[-1], f.line, f.kind, f.code, f.says) for f in found] == []

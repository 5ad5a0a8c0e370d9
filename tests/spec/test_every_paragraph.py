"""Every paragraph of the specification, on every engine."""

from functools import cache

import pytest

from engines import ENGINES
from spec_book import chapters, check_outcome, check_rates
from spec_run import SpecRun

NAMED = [
    (f"{chapter.folder}, {name}: {paragraph.says}", paragraph)
    for chapter in chapters()
    for name, section in chapter.sections
    for paragraph in section.full()
]
PARAGRAPHS = tuple(paragraph for _, paragraph in NAMED)


@cache
def run(engine: str) -> SpecRun:
    return SpecRun(engine, PARAGRAPHS)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("number", range(len(NAMED)), ids=[name for name, _ in NAMED])
def test_paragraph(engine: str, number: int) -> None:
    outcome, rate = run(engine).result(number)
    check_outcome(PARAGRAPHS[number], outcome)
    check_rates(PARAGRAPHS[number], rate)

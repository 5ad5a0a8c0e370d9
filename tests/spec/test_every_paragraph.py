"""Every paragraph of the specification, on every engine."""

from functools import cache

import pytest
from engines import ENGINES, Evaluated
from spec_book import Paragraph, chapters, check_outcome, check_rates
from spec_run import evaluate_all

NAMED = [
    (f"{chapter.folder}, {name}: {paragraph.says}", paragraph)
    for chapter in chapters()
    for name, section in chapter.sections
    for paragraph in section.full()
]
PARAGRAPHS = tuple(paragraph for _, paragraph in NAMED)


@cache
def evaluated(engine: str) -> list[Evaluated]:
    return evaluate_all(engine, PARAGRAPHS)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("number", range(len(NAMED)), ids=[name for name, _ in NAMED])
def test_paragraph(engine: str, number: int) -> None:
    paragraph: Paragraph = PARAGRAPHS[number]
    result = evaluated(engine)[number]
    check_outcome(paragraph, result.outcome)
    check_rates(paragraph, result.rate)

"""The specification as Markdown pages for the documentation, one a chapter."""

from collections.abc import Iterator

from lumbar.measures.policy import Policy
from spec_book import CLOSED, Chapter, Paragraph, Section, cells, chapters

GIVEN_TITLES = {
    "patient": "Patients",
    "procedure": "Procedures",
    "score": "Scores",
    "condition": "Diagnoses",
    "coverage": "Coverage",
    "reported_code": "Codes already reported",
}


def spec_markdown() -> dict[str, str]:
    """Every chapter as one Markdown page, by page name; `index` lists them."""
    book = chapters()
    pages = {"index": _index(book)}
    pages |= {chapter.folder: "\n".join(_chapter(chapter)) for chapter in book}
    return pages


def _index(book: tuple[Chapter, ...]) -> str:
    n_paragraphs = sum(len(section.paragraphs) for chapter in book for _, section in chapter.sections)
    lines = [
        "# The specification",
        "",
        f"What is computed, in {n_paragraphs} small examples. Each is a clinic of one or a few patients, one rule, and "
        "the result that must come out; each runs as a test on every engine. Scores are on the instrument's own scale. "
        "In given tables an empty cell is absent; in expected tables an empty cell says nothing and `none` says null. "
        f"Unless another date is named, results are as of {CLOSED}. A table that names no patient holds for every "
        "patient of the example. Of whom nothing else is said: born in 1970, alive, covered by nobody; a procedure is "
        "coded in CPT, a pain score is numeric, a diagnosis is coded in ICD-10-CM. Ids not shown are numbered in the "
        "order of the table.",
        "",
    ]
    for chapter in book:
        lines.append(f"- [{chapter.title}]({chapter.folder}.md): {chapter.intro}")
    return "\n".join([*lines, ""])


def _chapter(chapter: Chapter) -> Iterator[str]:
    yield from (f"# {chapter.title}", "", chapter.intro, "")
    for _, section in chapter.sections:
        yield from (f"## {section.title}", "", f"*{section.rule}.* {section.intro}".strip(), "")
        for paragraph in section.full():
            yield from _paragraph(section, paragraph)


def _paragraph(section: Section, paragraph: Paragraph) -> Iterator[str]:
    yield from (f"### {paragraph.says}", "")
    if paragraph.arithmetic:
        yield from (paragraph.arithmetic, "")
    circumstances = "; ".join(_circumstances(paragraph))
    if circumstances:
        yield from (f"{circumstances}.", "")
    for name, text in paragraph.given.items():
        yield from (f"{GIVEN_TITLES[name]}:", "", *markdown_table(text), "")
    for title, text in (("Expected", paragraph.expected), ("Expected rates", paragraph.rates)):
        if text.strip():
            yield from (f"**{title}:**", "", *markdown_table(text), "")


def _circumstances(paragraph: Paragraph) -> Iterator[str]:
    if paragraph.as_of != CLOSED:
        yield f"As of {paragraph.as_of}"
    if paragraph.age_on:
        yield f"Age date moved to {paragraph.age_on}"
    default = Policy().as_json()
    for name, chosen in paragraph.policy.as_json().items():
        if chosen != default[name]:
            yield f"Policy `{name} = {str(chosen).lower()}`"


def markdown_table(text: str) -> Iterator[str]:
    """A text table as a Markdown table."""
    rows = cells(text)
    headings = list(rows[0])
    yield f"| {' | '.join(headings)} |"
    yield f"|{'---|' * len(headings)}"
    for row in rows:
        yield f"| {' | '.join(row[heading] or ' ' for heading in headings)} |"

"""The pages made from the specification."""

from spec_book import chapters
from spec_pages import markdown_table, spec_markdown


def test_every_sentence_of_the_specification_is_on_its_page() -> None:
    pages = spec_markdown()
    for chapter in chapters():
        for _, section in chapter.sections:
            for paragraph in section.paragraphs:
                assert f"### {paragraph.says}\n" in pages[chapter.folder]
                assert paragraph.arithmetic in pages[chapter.folder]


def test_the_index_links_every_chapter() -> None:
    pages = spec_markdown()
    assert set(pages) == {"index"} | {chapter.folder for chapter in chapters()}
    assert all(f"]({name}.md)" in pages["index"] for name in pages if name != "index")


def test_a_text_table_becomes_a_markdown_table() -> None:
    text = """
        code  | modifiers
        63030 |
        22612 | 58 62
    """
    assert list(markdown_table(text)) == [
        "| code | modifiers |",
        "|---|---|",
        "| 63030 |   |",
        "| 22612 | 58 62 |",
    ]

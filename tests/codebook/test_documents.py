"""Files as blocks: tables with and without the leading pipe, list items, HTML, CSV, and lines that point into the file."""

from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lumbar.codebook.lint import document_findings, lint
from lumbar.codebook.lint.documents import (
    CSV,
    HEADING,
    HTML,
    MARKDOWN,
    PARAGRAPH,
    ROW,
    TEXT,
    Document,
    blocks_of,
    read_document,
)
from lumbar.codebook.lint.findings import KINDS
from lumbar.errors import InputError

ON = date(2026, 11, 21)


def shape(text, form=MARKDOWN):
    """Kind, line and words of each block."""
    return [(block.kind, block.line(), block.text.words) for block in blocks_of(text, form)]


def test_a_markdown_page_is_read_as_headings_paragraphs_items_and_rows():
    text = "# Title\n\nOne\n*two* `three`.\n- an [item](x.md)\n- another\n\nUnder\n---\n> quoted\n\n| A | B |\n|---|---|\n| 1 | 2 \\| 3 |\n"
    assert shape(text) == [
        (HEADING, 1, "Title"),
        (PARAGRAPH, 3, "One two three."),
        (PARAGRAPH, 5, "an item"),
        (PARAGRAPH, 6, "another"),
        (HEADING, 8, "Under"),
        (PARAGRAPH, 10, "quoted"),
        (ROW, 14, "1 | 2 | 3"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "| A | B |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n",
        "| A | B |\n|---|---|\n1 | 2 |\n3 | 4 |\n",
        "A | B\n---|---\n1 | 2\n3 | 4\n",
        "| A | B |\n|:--|--:|\n1 | 2\n3 | 4",
    ],
)
@pytest.mark.parametrize("form", [MARKDOWN, TEXT])
def test_a_table_needs_no_leading_pipe(text, form):
    rows = blocks_of(text, form)
    assert [[cell.words for cell in row.cells] for row in rows] == [["1", "2"], ["3", "4"]]
    assert {row.heads for row in rows} == {("A", "B")}
    assert [row.line() for row in rows] == [3, 4]


def test_a_table_begins_where_the_one_above_has_no_blank_line_after_it():
    rows = blocks_of("| A | B |\n|---|---|\n1 | 2 |\n| C | D |\n|---|---|\n3 | 4 |\n", TEXT)
    assert [(row.table, row.heads, row.line()) for row in rows] == [(1, ("A", "B"), 3), (2, ("C", "D"), 6)]


def test_a_table_without_headings_is_a_table_from_its_second_row_on():
    assert [b.kind for b in blocks_of("1 | 2\n3 | 4\n", TEXT)] == [ROW, ROW]
    assert [b.kind for b in blocks_of("The pipe | stands alone.\n", TEXT)] == [PARAGRAPH]


@pytest.mark.parametrize("first", ["Modifier | Meaning", "ICD-10-CM code | Description", "Dx1 | Name", "Code | Use"])
def test_the_first_row_of_a_table_without_a_rule_may_be_its_headings(first):
    (row,) = blocks_of(f"{first}\n3 | 4\n", TEXT)
    assert (row.line(), row.heads) == (2, tuple(first.split(" | ")))


@pytest.mark.parametrize(
    "first", ["Modifier 22 | Meaning", "Modifier AS | Meaning", "Diagnosis | M54.16", "Name | Meaning", "Code |  | a"]
)
def test_a_first_row_with_a_code_or_without_a_code_system_is_a_row(first):
    rows = blocks_of(f"{first}\n{first}\n", TEXT)
    assert [row.heads for row in rows] == [(), ()]


def test_plain_text_has_headings_and_lines_that_go_on():
    text = "Overview\nG2137: a code\nThe sentence goes\non here. Another.\nA new one.\n"
    assert shape(text, TEXT) == [
        (HEADING, 1, "Overview"),
        (HEADING, 2, "G2137: a code"),
        (PARAGRAPH, 3, "The sentence goes on here. Another."),
        (PARAGRAPH, 5, "A new one."),
    ]


def test_a_sentence_stands_on_the_line_it_begins_on():
    (block,) = blocks_of("One sentence of 3.0 points\nends. The next\nbegins above.", MARKDOWN)
    assert [(s.words, s.line()) for s in block.text.sentences()] == [
        ("One sentence of 3.0 points ends.", 1),
        ("The next begins above.", 2),
    ]


def test_html_is_read_as_a_reader_sees_it():
    text = (
        "<html><head><title>T</title><style>p{}</style></head><body>\n<h1>A <b>bold</b> head</h1>\n<p>One<br>two &amp;\n"
        "three</p><script>M54.5</script>\n<table><tr><th>A<th>B</tr>\n<tr><td>1<td><p>2</p><p>3</p></td></tr>\n</table>"
    )
    assert shape(text, HTML) == [
        (HEADING, 1, "T"),
        (HEADING, 2, "A bold head"),
        (PARAGRAPH, 3, "One"),
        (PARAGRAPH, 3, "two & three"),
        (ROW, 6, "1 | 2 3"),
    ]
    assert blocks_of(text, HTML)[-1].heads == ("A", "B")


def test_csv_rows_know_their_first_line():
    rows = blocks_of('code,note\n\n1,"two\nlines"\n3,4\n', CSV)
    assert [(row.line(), row.text.words) for row in rows] == [(3, "1 | two lines"), (5, "3 | 4")]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_byte_order_marks_change_nothing(tmp_path, ending, mark):
    path = tmp_path / "text.md"
    path.write_bytes((mark + ending.join(["# Codes", "", "Report M48.06 now."])).encode())
    assert [(f.code, f.line) for f in lint([path], ON)] == [("M48.06", 3)]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"\xff\xfeM\x005\x00", "not a text file"),
        (b"fine\nna\xefve", r"not UTF-8 text \(line 2\)"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not a text file"),
    ],
)
def test_what_is_no_utf8_text_is_refused_by_name(tmp_path, content, complaint):
    path = tmp_path / "given.txt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=complaint):
        read_document(path)


@pytest.mark.parametrize(("text", "complaint"), [("a,b\n1,2\n", "no column of codes"), ('code\n"x\n', "no CSV")])
def test_a_csv_file_that_cannot_be_checked_is_refused(tmp_path, text, complaint):
    path = tmp_path / "given.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=complaint):
        read_document(path)


def test_an_empty_file_and_a_heading_row_alone_have_no_finding(tmp_path):
    for name, text in (("a.md", ""), ("b.html", ""), ("c.txt", "\n\n"), ("d.csv", "code,date\n")):
        (tmp_path / name).write_text(text)
        assert lint([tmp_path / name], ON) == []


# Pieces from which wrong and broken texts are made.
PIECES = [
    *("# ", "G2137", "G2139", "M54.5", "M51.26", "22612", "63030", "99214", "96127", "208800000X", "AS", "| ", "|", "|---|---|\n"),
    *("Modifier", "ICD-10", "Taxonomy", "Code", "Description", "Orthopaedic Surgery", "fusion", "discectomy", "three months"),
    *("one year", " meets criteria for ", " benchmarks", "summarizes", "not", "\n", "\n\n", ". ", "; ", " - ", "<td>", "<tr>"),
    *("<table>", "</p>", "<h1>", "```\n", "<!--", ",", '"', "2026-01-05", "date", "patient", "\ufeff", "\r\n", "\\|", "0", "é"),
]  # fmt: skip
TEXTS = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=60).map("".join))


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.sampled_from([MARKDOWN, TEXT, HTML, CSV]))
@example("| " * 200, TEXT)
@example("objective " * 400, MARKDOWN)
@example("within three months " * 300, MARKDOWN)
def test_no_text_breaks_it_and_every_line_points_into_the_file(text, form):
    n_lines = text.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
    try:
        blocks = blocks_of(text, form)
    except InputError:
        assert form == CSV
        return
    for block in blocks:
        assert 1 <= block.line() <= n_lines
        assert all(1 <= cell.line() <= n_lines for cell in block.cells)
    for found in document_findings(Document("text", form, blocks), ON):
        assert 1 <= found.line <= n_lines
        assert found.kind in KINDS
        assert found.says
        assert found.truth

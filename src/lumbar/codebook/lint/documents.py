"""A file as blocks: headings, paragraphs and table rows, each with the line it stands on."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lumbar.errors import InputError

HEADING = "heading"
PARAGRAPH = "paragraph"
ROW = "row"

MARKDOWN = "markdown"
HTML = "html"
TEXT = "text"
CSV = "csv"

_FORMS = {".md": MARKDOWN, ".markdown": MARKDOWN, ".html": HTML, ".htm": HTML, ".xhtml": HTML, ".csv": CSV}
_SENTENCE_END = re.compile(r"[.!?](?=\s+[\"“‘(\[]?[A-Z0-9])")
_CLAUSE_END = re.compile(r";|\s[–—-]\s|—|\b(?:but|whereas|however|although)\b")


@dataclass(frozen=True, slots=True)
class Text:
    """Some words and the lines they stand on: `starts` pairs an offset with the line that begins there."""

    words: str
    starts: tuple[tuple[int, int], ...]

    def line(self, offset: int = 0) -> int:
        """The line, counted from 1, of the character at the offset."""
        at = bisect_right([start for start, _ in self.starts], offset) - 1
        return self.starts[max(at, 0)][1]

    def sentences(self) -> "Iterator[Text]":
        """The sentences, in order; none is empty."""
        yield from self._parts(_SENTENCE_END)

    def clauses(self) -> "Iterator[Text]":
        """The parts of a sentence that can be true or false on their own, in order."""
        for sentence in self.sentences():
            yield from sentence._parts(_CLAUSE_END)

    def _parts(self, end: re.Pattern[str]) -> "Iterator[Text]":
        begin = 0
        for stop in [*(match.end() for match in end.finditer(self.words)), len(self.words)]:
            words = self.words[begin:stop]
            if words.strip():
                begin += len(words) - len(words.lstrip())
                yield Text(words.strip(), ((0, self.line(begin)), *self._starts_within(begin, stop)))
            begin = stop

    def _starts_within(self, begin: int, stop: int) -> Iterator[tuple[int, int]]:
        for start, line in self.starts:
            if begin < start < stop:
                yield start - begin, line


@dataclass(frozen=True, slots=True)
class Block:
    """One heading, paragraph or table row.

    `section` is the heading above it. A row has its `cells`, the `heads` of its columns (empty without a
    heading row), and the number of its `table` in the file, from 1; other blocks have table 0.
    """

    kind: str
    text: Text
    section: str = ""
    cells: tuple[Text, ...] = ()
    heads: tuple[str, ...] = ()
    table: int = 0

    def line(self) -> int:
        """The line the block begins on."""
        return self.text.line()


@dataclass(frozen=True, slots=True)
class Document:
    """A file read: its name as given, how it was written, its blocks in order."""

    file: str
    form: str
    blocks: tuple[Block, ...]

    def tables(self) -> list[list[Block]]:
        """The rows of each table, in order."""
        found: dict[int, list[Block]] = {}
        for block in self.blocks:
            if block.table:
                found.setdefault(block.table, []).append(block)
        return list(found.values())


def read_document(path: Path) -> Document:
    """The blocks of a Markdown, HTML, CSV or plain text file, by its ending, else by how it begins.

    Raises InputError for what is no file, is not UTF-8 text, or is a CSV file that cannot be read.
    """
    text = _text_of(path)
    beginning = text[:1000].lstrip().lower()
    form = _FORMS.get(path.suffix.lower())
    if form is None:
        form = HTML if beginning.startswith(("<!doctype html", "<html")) else TEXT
    return Document(str(path), form, blocks_of(text, form, str(path)))


def blocks_of(text: str, form: str, file: str = "text") -> tuple[Block, ...]:
    """The blocks of a text in one of the four forms. Raises InputError for CSV that cannot be read."""
    from lumbar.codebook.lint import coded_file, hypertext, pipe_text

    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if form == HTML:
        return hypertext.blocks(text)
    if form == CSV:
        return coded_file.blocks(text, file)
    return pipe_text.blocks(text, is_markdown=form == MARKDOWN)


def _text_of(path: Path) -> str:
    if path.is_dir():
        raise InputError(f"{path}: a folder; name the files to check")
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    if b"\0" in content:
        raise InputError(f"{path}: not a text file; lint reads Markdown, HTML, plain text and CSV in UTF-8")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InputError(f"{path}: not UTF-8 text (line {line}); save it as UTF-8") from None

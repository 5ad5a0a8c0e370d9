"""Markdown and plain text: headings, paragraphs, list items, and tables of pipes with or without the leading one."""

import html
import re

from lumbar.codebook.lint.documents import HEADING, PARAGRAPH, ROW, Block, Text
from lumbar.codebook.lint.mentions import are_heads

_RULE = re.compile(r"\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*")
_UNDERLINE = re.compile(r"\s{0,3}(?:=+|-+)\s*")
_MARKED_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(.*?)\s*#*\s*")
_LIST_MARK = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)])(?:\s+|$)")
_QUOTE_MARK = re.compile(r"\s*(?:>\s?)+")
_FENCE = re.compile(r"\s*(```+|~~~+)")
_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"</?[A-Za-z][^<>\n]*>")
_LONGEST_HEADING = 100


def blocks(text: str, *, is_markdown: bool) -> tuple[Block, ...]:
    """The blocks of a text. In Markdown, code between fences and comments are not read."""
    if is_markdown:
        text = _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), text)
    lines = text.split("\n")
    reading = _Reading(is_markdown)
    at = 0
    while at < len(lines):
        at = reading.take(lines, at)
    reading.end_paragraph()
    return tuple(reading.blocks)


class _Reading:
    """The blocks read so far and the paragraph being read."""

    def __init__(self, is_markdown: bool) -> None:
        self.is_markdown = is_markdown
        self.blocks: list[Block] = []
        self._section = ""
        self._n_tables = 0
        self._open: list[tuple[str, int]] = []

    def take(self, lines: list[str], at: int) -> int:
        """Takes in the line at the index, and those that belong to it; the index of the next."""
        line = lines[at]
        if self.is_markdown:
            fence = _FENCE.match(line)
            if fence:
                self.end_paragraph()
                return _after_fence(lines, at, fence[1])
            line = _QUOTE_MARK.sub("", line, count=1)
        n_rows = _n_table_lines(lines, at)
        if n_rows:
            self.end_paragraph()
            self._table(lines, at, n_rows)
            return at + n_rows
        heading = _MARKED_HEADING.fullmatch(line) if self.is_markdown else None
        if heading:
            self.end_paragraph()
            self._heading(heading[1], at)
        elif not line.strip():
            self.end_paragraph()
        elif self.is_markdown and self._open and _UNDERLINE.fullmatch(line):
            words, first = " ".join(words for words, _ in self._open), self._open[0][1]
            self._open = []
            self._heading(words, first)
        else:
            self._line(lines, at, line)
        return at + 1

    def end_paragraph(self) -> None:
        """Closes the paragraph being read."""
        if self._open:
            self._add(PARAGRAPH, _joined(self._open))
            self._open = []

    def _line(self, lines: list[str], at: int, line: str) -> None:
        mark = _LIST_MARK.match(line)
        if mark:
            self.end_paragraph()
            line = line[mark.end() :]
        words = _plain(line, self.is_markdown)
        if not words:
            return
        if not self.is_markdown:
            if not mark and not self._open and _looks_like_heading(lines, at):
                self._heading(words, at)
                return
            # A line of plain text goes on in the next only where a sentence does.
            if self._open and not (words[0].islower() or self._open[-1][0].endswith((",", "-"))):
                self.end_paragraph()
        self._open.append((words, at))

    def _heading(self, words: str, at: int) -> None:
        words = _plain(words, self.is_markdown)
        if words:
            self._section = words
            self._add(HEADING, _joined([(words, at)]))

    def _add(self, kind: str, text: Text) -> None:
        self.blocks.append(Block(kind, text, self._section))

    def _table(self, lines: list[str], at: int, n_rows: int) -> None:
        self._n_tables += 1
        has_rule = n_rows > 1 and _is_rule(lines[at + 1])
        heads = tuple(_plain(cell, self.is_markdown) for cell in _cells(lines[at]))
        has_heads = has_rule or are_heads(heads)
        heads = heads if has_heads else ()
        for index in range(at + (2 if has_rule else 1 if has_heads else 0), at + n_rows):
            cells = [_plain(cell, self.is_markdown) for cell in _cells(lines[index])]
            self.blocks.append(
                Block(
                    ROW,
                    Text(" | ".join(cells), ((0, index + 1),)),
                    self._section,
                    tuple(Text(cell, ((0, index + 1),)) for cell in cells),
                    heads,
                    self._n_tables,
                )
            )


def _joined(lines: list[tuple[str, int]]) -> Text:
    words, starts = "", []
    for line, at in lines:
        words += " " if words else ""
        starts.append((len(words), at + 1))
        words += line
    return Text(words, tuple(starts))


def _plain(line: str, is_markdown: bool) -> str:
    """The words of a line without the marks of Markdown."""
    if is_markdown:
        line = html.unescape(_TAG.sub(" ", _LINK.sub(r"\1", line)))
        line = re.sub(r"\\([|*_`#\[\]])", r"\1", re.sub(r"(?<!\\)[*`]", "", line))
    return " ".join(line.replace("\\|", "|").split())


def _cells(line: str) -> list[str]:
    cells = re.split(r"(?<!\\)\|", line.strip())
    if cells and not cells[0].strip():
        cells = cells[1:]
    if cells and not cells[-1].strip():
        cells = cells[:-1]
    return [cell.strip() for cell in cells]


def _is_rule(line: str) -> bool:
    return "|" in line and _RULE.fullmatch(line) is not None


def _has_pipe(line: str) -> bool:
    return re.search(r"(?<!\\)\|", line) is not None


def _n_table_lines(lines: list[str], at: int) -> int:
    """How many lines from this one are one table; 0 when none begins here."""
    if not _has_pipe(lines[at]) or _is_rule(lines[at]):
        return 0
    has_heads = at + 1 < len(lines) and _is_rule(lines[at + 1])
    end = at + (2 if has_heads else 1)
    while end < len(lines) and _has_pipe(lines[end]) and not _is_rule(lines[end]):
        if end + 1 < len(lines) and _is_rule(lines[end + 1]):
            break  # the heading row of the next table
        if not has_heads and len(_cells(lines[end])) != len(_cells(lines[at])):
            break
        end += 1
    return end - at if has_heads or end - at > 1 else 0


def _after_fence(lines: list[str], at: int, fence: str) -> int:
    for end in range(at + 1, len(lines)):
        if lines[end].strip().startswith(fence) and not lines[end].strip().strip(fence[0]):
            return end + 1
    return len(lines)


def _looks_like_heading(lines: list[str], at: int) -> bool:
    """A short line of plain text that ends no sentence and is followed by something that begins one."""
    line = lines[at].strip()
    if len(line) > _LONGEST_HEADING or line[-1] in ".!?;,:" or not line[0].isalnum():
        return False
    following = next((later.strip() for later in lines[at + 1 :] if later.strip()), "")
    return bool(following) and not following[0].islower()

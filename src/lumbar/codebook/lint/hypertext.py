"""HTML: the text a reader sees, as blocks; scripts, styles and preformatted code are not read."""

from html.parser import HTMLParser

from lumbar.codebook.lint.documents import HEADING, PARAGRAPH, ROW, Block, Text

_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6", "title"}
_UNREAD = {"script", "style", "pre", "template", "svg"}
_BREAKS = {
    *("p", "div", "li", "ul", "ol", "dl", "dt", "dd", "section", "article", "header", "footer", "main", "aside"),
    *("blockquote", "figure", "figcaption", "caption", "nav", "form", "body", "html", "head", "br", "hr"),
    *("table", "thead", "tbody", "tfoot"),
}


def blocks(text: str) -> tuple[Block, ...]:
    """The blocks of an HTML text; what is not closed ends with what holds it."""
    reading = _Reading()
    reading.feed(text)
    reading.close()
    reading.end_row()
    reading.end_words()
    return tuple(reading.blocks)


class _Reading(HTMLParser):
    """The blocks read so far and the words being read."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self._section = ""
        self._heading = False
        self._unread: list[str] = []
        self._words: list[tuple[str, int]] = []
        self._n_tables = 0
        self._heads: tuple[str, ...] = ()
        self._cells: list[Text] | None = None
        self._is_head: list[bool] = []
        self._in_cell = False
        self._has_rows = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begins a block, a row or a cell."""
        if tag in _UNREAD:
            self._unread.append(tag)
        elif tag == "table":
            self.end_row()
            self.end_words()
            self._n_tables += 1
            self._heads, self._has_rows = (), False
        elif tag == "tr":
            self.end_row()
            self.end_words()
            self._cells, self._is_head = [], []
        elif tag in {"td", "th"}:
            self._end_cell()
            self._in_cell = True
            self._is_head.append(tag == "th")
        elif tag in _HEADINGS:
            self.end_words()
            self._heading = True
        elif tag in _BREAKS:
            self.end_words()

    def handle_endtag(self, tag: str) -> None:
        """Ends a block, a row or a cell."""
        if self._unread:
            if tag in self._unread:
                self._unread = self._unread[: self._unread.index(tag)]
        elif tag in {"td", "th"}:
            self._end_cell()
        elif tag in {"tr", "table"}:
            self.end_row()
        elif tag in _HEADINGS or tag in _BREAKS:
            self.end_words()

    def handle_data(self, data: str) -> None:
        """Takes in words, line by line."""
        if self._unread:
            return
        first = self.getpos()[0]
        for offset, line in enumerate(data.split("\n")):
            words = " ".join(line.split())
            if words:
                glued = offset == 0 and not line[:1].isspace() and self._words and not self._words[-1][0].endswith(" ")
                if glued:
                    last, at = self._words.pop()
                    words, line_number = last + words, at
                else:
                    line_number = first + offset
                self._words.append((words + (" " if line[-1:].isspace() else ""), line_number))
            elif line and self._words and not self._words[-1][0].endswith(" "):
                last, at = self._words.pop()
                self._words.append((last + " ", at))

    def end_words(self) -> None:
        """Closes the heading or paragraph being read; inside a cell the words go on."""
        if self._in_cell:
            if self._words and not self._words[-1][0].endswith(" "):
                last, at = self._words.pop()
                self._words.append((last + " ", at))
            return
        text = self._taken()
        if text and self._heading:
            self._section = text.words
        if text:
            self.blocks.append(Block(HEADING if self._heading else PARAGRAPH, text, self._section))
        self._heading = False

    def end_row(self) -> None:
        """Closes the row being read: the first with heading cells alone names the columns."""
        self._end_cell()
        cells, self._cells = self._cells, None
        if not cells or not any(cell.words for cell in cells):
            return
        if all(self._is_head) and not self._has_rows and not self._heads:
            self._heads = tuple(cell.words for cell in cells)
            return
        self._has_rows = True
        words = " | ".join(cell.words for cell in cells)
        first = next(cell for cell in cells if cell.words)
        text = Text(words, ((0, first.line()),))
        self.blocks.append(Block(ROW, text, self._section, tuple(cells), self._heads, max(self._n_tables, 1)))

    def _end_cell(self) -> None:
        if self._in_cell:
            self._in_cell = False
            text = self._taken() or Text("", ((0, self.getpos()[0]),))
            if self._cells is None:
                self._cells = []
            self._cells.append(text)

    def _taken(self) -> Text | None:
        words, starts = "", []
        for piece, line in self._words:
            words = words.rstrip() + (" " if words else "")
            starts.append((len(words), line))
            words += piece
        self._words = []
        return Text(words.strip(), tuple(starts)) if words.strip() else None

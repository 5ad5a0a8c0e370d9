"""The brief as text for a terminal: at most 100 columns, every line with the mark of its source."""

import textwrap
from collections.abc import Iterator

from lumbar.codebook.model import Brief
from lumbar.codebook.shown import Line, Mark, Shown, ShownSection, ShownTable, shown

_WIDTH = 100
_LEAST_COLUMN = 8


def brief_text(brief: Brief) -> str:
    """The brief as lines of text, closed by a newline."""
    page = shown(brief)
    lines = [*_hanging(f"{page.title}", f"{page.code}  "), page.date_line, page.made_with, ""]
    width = max(len(line.cells[0]) for line in page.answer)
    for line in page.answer:
        lines += _hanging(f"{line.cells[1]}{_mark(line.mark)}", f"  {line.cells[0]:<{width}}  ")
    for section in page.sections:
        lines += _section(section)
    lines += _sources(page)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def listing_text(lines: list[dict[str, str]]) -> str:
    """The family as a table, closed by a newline."""
    titles = ("code", "standing", "measure", "says", "in force", "meaning")
    keys = ("code", "standing", "measure", "says", "in_force", "meaning")
    rows = [titles, *(tuple(line[key].replace("_", " ") for key in keys) for line in lines)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(titles) - 1)]
    texts = ("  ".join([*(f"{cell:<{w}}" for cell, w in zip(row, widths, strict=False)), row[-1]]) for row in rows)
    return "\n".join(text.rstrip() for text in texts) + "\n"


def _mark(mark: Mark | None) -> str:
    return f" [{mark.text}]" if mark else ""


def _section(section: ShownSection) -> Iterator[str]:
    yield ""
    yield section.title.upper()
    for line in section.statements:
        yield from _hanging(f"{line.cells[0]}{_mark(line.mark)}", "  - ")
    for table in section.tables:
        yield ""
        yield from _hanging(f"{table.caption}{_mark(table.mark)}", "  ")
        yield from _table(table)


def _table(table: ShownTable) -> Iterator[str]:
    per_row = table.mark is None
    rows = [_cells(line, per_row) for line in table.rows]
    headings = (*table.headings, "") if per_row else table.headings
    widths = _widths([headings, *rows])
    yield from _columns(headings, widths)
    yield "    " + "  ".join("-" * width for width in widths)
    for row in rows:
        yield from _columns(row, widths)


def _cells(line: Line, per_row: bool) -> tuple[str, ...]:
    return (*line.cells, _mark(line.mark).strip()) if per_row else line.cells


def _widths(rows: list[tuple[str, ...]]) -> list[int]:
    """As wide as their longest cell; where that is too wide together, the widest gives way."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    while sum(widths) + 2 * len(widths) + 2 > _WIDTH and max(widths) > _LEAST_COLUMN:
        widths[widths.index(max(widths))] -= 1
    return widths


def _columns(cells: tuple[str, ...], widths: list[int]) -> Iterator[str]:
    wrapped = [textwrap.wrap(cell, width) or [""] for cell, width in zip(cells, widths, strict=True)]
    for at in range(max(map(len, wrapped))):
        parts = (lines[at] if at < len(lines) else "" for lines in wrapped)
        yield "    " + "  ".join(f"{part:<{width}}" for part, width in zip(parts, widths, strict=True))


def _sources(page: Shown) -> Iterator[str]:
    yield ""
    yield "SOURCES"
    for word, meaning in page.meaning:
        yield f"  {word:<16}  {meaning}"
    for source in page.sources:
        places = "; ".join(f"{letter}) {place}" if letter else place for letter, place in source.places)
        yield from _hanging(f"{source.name}: {places}", f"  [{source.number}] ")


def _hanging(text: str, start: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=start, subsequent_indent=" " * len(start))

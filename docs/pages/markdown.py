"""How a page is put together: tables, and text in which nothing is taken for markup."""

import re
from collections.abc import Iterable, Sequence

_CODE = re.compile(r"(`[^`]*`)")


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """A Markdown table, one line a row, and a blank line after it."""
    lines = [_line(headings), f"|{'---|' * len(headings)}"]
    return [*lines, *(_line(row) for row in rows), ""]


def _line(cells: Sequence[object]) -> str:
    texts = ["" if cell is None else str(cell).replace("\n", " ").replace("|", "\\|") for cell in cells]
    return f"| {' | '.join(texts)} |"


def code(text: object) -> str:
    """The text as inline code; empty when there is none."""
    return f"`{text}`" if text not in (None, "") else ""


def plain(text: str) -> str:
    """The text with `<` made harmless outside inline code."""
    parts = _CODE.split(text)
    return "".join(part if part.startswith("`") else part.replace("<", "&lt;") for part in parts)


def fenced(text: str, language: str = "text") -> list[str]:
    """The text in a code block, and a blank line after it."""
    return [f"```{language}", text.rstrip("\n"), "```", ""]


def page(*lines: str) -> str:
    """The lines as one text without blanks at line ends, closed by one newline."""
    text = "\n".join(lines)
    return "\n".join(line.rstrip() for line in text.rstrip("\n").split("\n")) + "\n"

"""The worklist as one printable page for the front desk: no script, no request, room to write and boxes to tick."""

from typing import Any

from lumbar.followup import worklist_words
from lumbar.followup.worklist import Worklist
from lumbar.report.frame import rendered_page


def worklist_html(worklist: Worklist) -> str:
    """The page, complete in itself. The same list gives the same text."""
    return rendered_page("worklist.html.j2", ("worklist_page.css", "worklist.css"), **worklist_section(worklist))


def worklist_section(worklist: Worklist, most: int | None = None) -> dict[str, Any]:
    """What `_worklist.html.j2` is filled with; `most` lines of it are listed, or all. Drawn with `worklist.css`."""
    return {"worklist": worklist, "words": worklist_words, "most": most}

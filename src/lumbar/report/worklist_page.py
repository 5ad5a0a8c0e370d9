"""The worklist as one printable page for the front desk: no script, no request, room to write and boxes to tick."""

import base64
import hashlib
from importlib.resources import files

from lumbar.followup import worklist_words
from lumbar.followup.worklist import Worklist


def worklist_html(worklist: Worklist) -> str:
    """The page, complete in itself. The same list gives the same text."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("lumbar.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = (files("lumbar.report") / "worklist.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    text: str = environment.get_template("worklist.html.j2").render(
        worklist=worklist, words=worklist_words, style=style, style_hash=f"sha256-{digest}"
    )
    return text

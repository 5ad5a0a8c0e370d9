"""The brief as one HTML page that opens offline: no script, no request, light and dark, made to be printed."""

import base64
import hashlib
import re
from importlib.resources import files

from lumbar.codebook import wording
from lumbar.codebook.model import Brief
from lumbar.codebook.shown import Mark, shown


def brief_html(brief: Brief) -> str:
    """The page. The same brief gives the same text."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("lumbar.codebook"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = (files("lumbar.codebook") / "brief.css").read_text(encoding="utf-8")
    text: str = environment.get_template("brief.html.j2").render(
        page=shown(brief),
        on=wording.day(brief.on),
        style=style,
        style_hash=_csp_hash(style),
        number=_number,
    )
    return text.lstrip()


def _number(mark: Mark) -> str:
    """The number of the mark's source, without its letter."""
    return re.sub(r"\D", "", mark.source)


def _csp_hash(text: str) -> str:
    """The hash by which the page's security policy admits its one style sheet, and no other."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

"""What every page is made with: its templates, its style, and the hash by which its policy admits them."""

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from lumbar.explain.words import day
from lumbar.report import wording

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def environment() -> "Environment":
    """The templates: everything from the data is escaped, and a name that is not given is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("lumbar.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(n=wording.count, pct=wording.percent, words=wording.words, points=wording.points, day=day)
    return made


@cache
def asset(name: str) -> str:
    """A style sheet or script of the package."""
    return (files("lumbar.report") / name).read_text(encoding="utf-8")


def csp_hash(text: str) -> str:
    """The hash by which a page's security policy admits its one script and one style sheet, and no other."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

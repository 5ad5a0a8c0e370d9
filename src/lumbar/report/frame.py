"""What pages of the report share: their templates, style and script, and the policy that admits no other."""

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from lumbar.explain.words import day
from lumbar.report import path_words, wording

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def _environment() -> "Environment":
    """The templates: every value is escaped, and a name that is not given is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    templates = Environment(
        loader=PackageLoader("lumbar.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters.update(n=wording.count, pct=wording.percent, words=wording.words, points=wording.points, day=day)
    templates.filters.update(
        median_change=wording.median_change,
        score=wording.score,
        signed=wording.signed,
        share=wording.share,
        **path_words.BY_NAME,
    )
    return templates


@cache
def asset(name: str) -> str:
    """A style sheet or script of the report by its file name."""
    return (files("lumbar.report") / name).read_text(encoding="utf-8")


def rendered(template: str, **values: Any) -> str:
    """A template, or a part of a page, with its values."""
    text: str = _environment().get_template(template).render(values)
    return text


def rendered_page(template: str, styles: Sequence[str], scripts: Sequence[str] = (), **values: Any) -> str:
    """A whole page with its style sheets and scripts by name, and the hashes by which its policy admits just them.

    The template gets `style`, `style_hash`, `code` and `script_hash` beside its values.
    """
    style, code = "".join(asset(name) for name in styles), _script(scripts)
    hashes = {"style_hash": _csp_hash(style), "script_hash": _csp_hash(code)}
    return rendered(template, **values, style=style, code=code, **hashes)


def _script(names: Sequence[str]) -> str:
    """Scripts by name as one, in their order; what each of them names is known to those after it."""
    parts = "\n".join(asset(f"script/{name}.js") for name in names)
    return f'(() => {{\n"use strict";\n{parts}}})();\n'


def _csp_hash(text: str) -> str:
    """The hash by which a page's security policy admits its one script or style sheet, and no other."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

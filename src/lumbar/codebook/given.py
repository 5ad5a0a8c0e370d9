"""The brief as what a format is written with; what a format needs is loaded only for it."""

import json
from datetime import date

from lumbar.codebook.brief import listing
from lumbar.codebook.model import Brief

TEXT, JSON, HTML, PDF = "text", "json", "html", "pdf"
FORMATS = (TEXT, JSON, HTML, PDF)


def brief_as(brief: Brief, format_name: str) -> str | bytes:
    """The brief in one of the four formats: bytes for a PDF, text for every other."""
    if format_name == PDF:
        from lumbar.codebook.brief_pdf import brief_pdf

        return brief_pdf(brief)
    if format_name == HTML:
        from lumbar.codebook.brief_html import brief_html

        return brief_html(brief)
    if format_name == JSON:
        return _json(brief.as_json())
    from lumbar.codebook.brief_text import brief_text

    return brief_text(brief)


def listing_as(on: date, format_name: str) -> str:
    """Every code of the family with its standing on a day, as text or JSON."""
    if format_name == JSON:
        return _json({"on": on.isoformat(), "codes": listing(on)})
    from lumbar.codebook.brief_text import listing_text

    return listing_text(listing(on))


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"

"""The brief as a tagged PDF (PDF/UA-1), set by typst with the fonts it carries; no network, no system font."""

import json
from datetime import UTC, datetime, time
from importlib.resources import files

from lumbar.codebook.model import Brief
from lumbar.codebook.shown import shown


def brief_pdf(brief: Brief) -> bytes:
    """The file's bytes. The same brief gives the same bytes: it is dated with its own day."""
    import typst

    template = (files("lumbar.codebook") / "brief.typ").read_bytes()
    return typst.compile(
        template,
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"brief": json.dumps(shown(brief).as_plain(), ensure_ascii=False)},
        pdf_standards="ua-1",
        timestamp=datetime.combine(brief.on, time(), UTC),
    )

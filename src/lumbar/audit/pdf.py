"""The pages of an audit pack as a tagged PDF (PDF/UA-1), set by typst with the fonts it carries; no network."""

import json
from datetime import UTC, datetime, time
from importlib.resources import files

from lumbar.audit.pack import Pack
from lumbar.audit.shown import shown


def pack_pdf(pack: Pack) -> bytes:
    """The file's bytes. The same pack gives the same bytes: it is dated with its own day."""
    import typst

    template = (files("lumbar.audit") / "pack.typ").read_bytes()
    return typst.compile(
        template,
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"pack": json.dumps(shown(pack), ensure_ascii=False)},
        pdf_standards="ua-1",
        timestamp=datetime.combine(pack.on, time(), UTC),
    )

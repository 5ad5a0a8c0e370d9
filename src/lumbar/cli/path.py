"""Commands that follow patients after an operation: path, persistent-pain."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from lumbar.cli.app import app
from lumbar.cli.console import give
from lumbar.cli.options import Result


class PageOutput(StrEnum):
    """How a command prints what is also a page."""

    text = "text"
    json = "json"
    html = "html"


PageFormat = Annotated[PageOutput, typer.Option("--format", help="How to print; html: a page that opens offline.")]
PageOut = Annotated[
    Path | None, typer.Option(metavar="FILE", help="File to write, replaced when it exists; stdout when left out.")
]


@app.command()
def path(
    folder: Result,
    episode_id: Annotated[
        str, typer.Argument(metavar="EPISODE_ID", help="<patient_id>@<YYYY-MM-DD>, the date of the operation.")
    ],
    format_: PageFormat = PageOutput.text,
    out: PageOut = None,
) -> None:
    """Show one operation from its baseline to one year: days left, scores, what is documented and what is missing.

    Example:  lumbar path result p0001@2025-03-04
    """
    from lumbar.store import refuse_to_replace
    from lumbar.workflow import stored
    from lumbar.workflow.paths import path_of

    result = stored(folder)
    if out is not None:
        refuse_to_replace(out, result.run, ())
    one = path_of(result, episode_id)
    if format_ is PageOutput.html:
        from lumbar.report.path_page import path_page

        give(path_page(one, result.run), out)
    elif format_ is PageOutput.json:
        from lumbar.as_json import as_text

        give(as_text(one) + "\n", out)
    else:
        from lumbar.report.path_text import path_text

        give(path_text(one) + "\n", out)


@app.command(name="persistent-pain")
def persistent_pain(
    folder: Result,
    format_: PageFormat = PageOutput.text,
    out: PageOut = None,
) -> None:
    """List who is not met or worse after an operation, with the scores over time: for a clinician to read.

    Apart from the measure's verdict, and no list of whom to ask again.

    Example:  lumbar persistent-pain result --format html --out pain.html
    """
    from lumbar.store import refuse_to_replace
    from lumbar.workflow import stored
    from lumbar.workflow.paths import persistent_pain_of

    result = stored(folder)
    if out is not None:
        refuse_to_replace(out, result.run, ())
    pain = persistent_pain_of(result)
    if format_ is PageOutput.html:
        from lumbar.report.pain_page import pain_page

        give(pain_page(pain, result.run), out)
    elif format_ is PageOutput.json:
        from lumbar.as_json import as_text

        give(as_text(pain) + "\n", out)
    else:
        from lumbar.report.path_text import pain_text

        give(pain_text(pain) + "\n", out)

"""Commands on codes alone: code, lint."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from lumbar.cli.app import app
from lumbar.cli.console import give, print_json
from lumbar.cli.options import Format, On, Output, on_or_today


class BriefFormat(StrEnum):
    """How a brief is given."""

    text = "text"
    json = "json"
    html = "html"
    pdf = "pdf"


@app.command()
def code(
    code_: Annotated[str, typer.Argument(metavar="[CODE]", help="A quality-data code, such as G2137.")] = "",
    list_: Annotated[bool, typer.Option("--list", help="Name every code of the family instead.")] = False,
    on: On = None,
    format_: Annotated[BriefFormat, typer.Option("--format", help="How to give it.")] = BriefFormat.text,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File to write; a PDF goes to no terminal without it.")
    ] = None,
) -> None:
    """Say what a code needs, how it counts, what stands beside it, and what is not known.

    A code that has ended is explained too: when it ended, and what replaced it.

    Example:  lumbar code G2137 --on 2026-11-21 --format html --out G2137.html
    """
    from lumbar.codebook.brief import brief_of
    from lumbar.codebook.given import brief_as, listing_as
    from lumbar.codebook.standing import known_code
    from lumbar.errors import UsageError

    if bool(code_) == list_:
        raise UsageError("name one code, such as G2137, or give --list")
    if list_ and format_ in (BriefFormat.html, BriefFormat.pdf):
        raise UsageError(f"the list is given as text or json, not as {format_.value}")
    if format_ is BriefFormat.pdf and out is None and sys.stdout.isatty():
        raise UsageError("a PDF is not for the terminal; add --out FILE, or send it on with > or |")
    if list_:
        give(listing_as(on_or_today(on), format_.value), out)
    else:
        name = known_code(code_)
        give(brief_as(brief_of(name, on_or_today(on), on_is_today=on is None), format_.value), out)


@app.command()
def lint(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="Markdown, HTML or plain text, or CSV of coded lines.")
    ],
    on: On = None,
    format_: Format = Output.text,
) -> None:
    """Find what is wrong in texts and coded files: codes, labels, modifiers, claims.

    Ends with 1 when something is found.

    Example:  lumbar lint brief.md claims.csv --on 2026-11-21
    """
    from lumbar.codebook.lint import lint as lint_files
    from lumbar.codebook.lint.findings import finding_lines

    day = on_or_today(on)
    findings = lint_files(files, day)
    if format_ is Output.json:
        print_json({"findings": [found.as_json() for found in findings]})
    else:
        for line in finding_lines(findings, [str(path) for path in files]):
            typer.echo(line)
    raise typer.Exit(1 if findings else 0)

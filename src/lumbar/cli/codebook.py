"""Commands on codes alone: code, lint."""

from pathlib import Path
from typing import Annotated

import typer

from lumbar.cli.app import app
from lumbar.cli.console import print_json
from lumbar.cli.options import Format, On, Output, on_or_today


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

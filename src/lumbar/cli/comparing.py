"""The command diff: what changed between two results, and why."""

from pathlib import Path
from typing import Annotated

import typer

from lumbar.cli.app import app
from lumbar.cli.console import print_json, print_lines, progress
from lumbar.cli.options import Format, Measures, Output

_OPERATIONS_SHOWN = 50
_OPERATIONS_EXPLAINED = 10_000

_Before = Annotated[Path, typer.Argument(metavar="BEFORE", help="Result folder of the earlier run.")]
_After = Annotated[Path, typer.Argument(metavar="AFTER", help="Result folder of the later run.")]


@app.command()
def diff(
    before: _Before,
    after: _After,
    measure: Measures = None,
    all_: Annotated[bool, typer.Option("--all", help="Explain and show every operation, not the first alone.")] = False,
    format_: Format = Output.text,
) -> None:
    """Say which operations' results changed between two results, and why.

    Ends with 1 when something changed, with 0 when nothing did.

    Example:  lumbar diff result-october result-november
    """
    from lumbar.comparing.text import comparison_lines
    from lumbar.workflow.comparing import compare

    is_complete = all_ or format_ is Output.json
    at_most = None if is_complete else _OPERATIONS_EXPLAINED
    with progress() as on_progress:
        found = compare(before, after, measures=measure or (), at_most=at_most, on_progress=on_progress)
    if format_ is Output.json:
        print_json(found.as_json())
    else:
        print_lines(comparison_lines(found, None if all_ else _OPERATIONS_SHOWN))
    raise typer.Exit(0 if found.is_same else 1)

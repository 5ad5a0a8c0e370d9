"""The command score: what CMS would make of a result."""

from pathlib import Path
from typing import Annotated

import typer

from lumbar.cli.app import app
from lumbar.cli.console import print_json
from lumbar.cli.options import Format, Log, Output, Practice, Result


@app.command()
def score(
    folder: Result,
    practice: Annotated[Practice, typer.Option(help="small is 15 clinicians at most, as CMS counts them.")],
    log: Log = None,
    benchmarks: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Benchmarks in the JSON form that CMS publishes.")
    ] = None,
    format_: Format = Output.text,
) -> None:
    """Say what a result would earn and why: cases, data completeness, benchmark, points.

    Example:  lumbar score result --practice small --log surgical-log.csv
    """
    from lumbar.scoring.words import score_json, score_lines
    from lumbar.workflow import stored
    from lumbar.workflow.scoring import score_result

    scored = score_result(stored(folder), [practice.value], log=log, benchmarks=benchmarks)
    scores = scored.by_practice[practice.value]
    told = (scores, scored.rules, practice.value, scored.as_of, scored.log, scored.reported)
    if format_ is Output.json:
        print_json(score_json(*told))
    else:
        for line in score_lines(*told):
            typer.echo(line)

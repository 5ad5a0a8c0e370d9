"""The command score: what CMS would make of a result."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from lumbar.cli.app import app
from lumbar.cli.console import print_json
from lumbar.cli.options import Format, Output, Result


class Practice(StrEnum):
    """The size of a practice as CMS counts it."""

    small = "small"
    large = "large"


# Columns of `outcome` that a surgical log is compared with.
_COMPARED = ["patient_id", "index_date", "kind", "measure_id", "timepoint"]
_COMPARED += ["status", "in_measure", "not_in_measure_because"]


@app.command()
def score(
    folder: Result,
    practice: Annotated[Practice, typer.Option(help="small is 15 clinicians at most, as CMS counts them.")],
    log: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Surgical log of all payers, CSV; without it completeness is unknown."),
    ] = None,
    benchmarks: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Benchmarks in the JSON form that CMS publishes.")
    ] = None,
    format_: Format = Output.text,
) -> None:
    """Say what a result would earn and why: cases, data completeness, benchmark, points.

    Example:  lumbar score result --practice small --log surgical-log.csv
    """
    from datetime import date

    from lumbar.scoring import read_benchmarks, read_log, score_measures
    from lumbar.scoring.reported import reported_codes
    from lumbar.scoring.words import score_json, score_lines
    from lumbar.workflow import stored

    result = stored(folder)
    rules, as_of = result.rules, str(result.run["as_of"])
    benchmark_file = read_benchmarks(benchmarks) if benchmarks else None
    outcome = result.outcome
    rows, surgical_log = [], None
    if log is not None:
        rows = outcome.select(_COMPARED).to_pylist()
        surgical_log = read_log(
            log,
            rules,
            date.fromisoformat(as_of),
            {(row["patient_id"], row["index_date"]): row["kind"] for row in rows},
            with_unverified=result.run["policy"]["include_unverified_procedures"],
        )
    scores = score_measures(rules, rows, result.rate.to_pylist(), practice.value, surgical_log, benchmark_file)
    told = (scores, rules, practice.value, as_of, surgical_log, reported_codes(outcome).in_measure)
    if format_ is Output.json:
        print_json(score_json(*told))
    else:
        for line in score_lines(*told):
            typer.echo(line)

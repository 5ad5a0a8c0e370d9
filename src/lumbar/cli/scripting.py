"""The command that hands the measure over to another engine: sql."""

from pathlib import Path
from typing import Annotated

import typer

from lumbar.cli.app import app
from lumbar.cli.console import give
from lumbar.cli.options import Dialect, Measures, PolicyFile


@app.command()
def sql(
    dialect: Annotated[Dialect, typer.Option(help="The engine that is to run it.")],
    year: Annotated[int, typer.Option(metavar="YEAR", help="Performance year, for example 2026.")],
    as_of: Annotated[
        str, typer.Option(metavar="YYYY-MM-DD", help="Day the result is computed for; nothing later is known.")
    ],
    measure: Measures = None,
    policy: PolicyFile = None,
    with_inputs: Annotated[
        bool, typer.Option("--with-inputs", help="Also create the input tables, empty, where there are none.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File to write; replaced when it exists. Printed when left out.")
    ] = None,
) -> None:
    """Write the measures as one SQL script that runs in your own database.

    It reads the clinical tables and changes none of them.

    \b
    Example:  lumbar sql --dialect postgres --year 2026 --as-of 2026-11-21 --out measure.sql
    """
    from lumbar.workflow.scripting import sql_script

    give(
        sql_script(
            dialect.value, year=year, as_of=as_of, policy=policy, measures=measure or (), with_inputs=with_inputs
        ),
        out,
    )

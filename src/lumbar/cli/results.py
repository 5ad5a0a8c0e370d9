"""Commands on a result folder: explain, report, purge."""

from pathlib import Path
from typing import Annotated

import typer

from lumbar.cli.app import app
from lumbar.cli.console import print_json, progress
from lumbar.cli.options import Format, Output, Result


@app.command()
def explain(
    folder: Result,
    episode_id: Annotated[
        str, typer.Argument(metavar="EPISODE_ID", help="<patient_id>@<YYYY-MM-DD>, the date of the operation.")
    ],
    format_: Format = Output.text,
) -> None:
    """Show the proof of one operation's results in a clinician's words.

    Example:  lumbar explain result p0001@2025-03-04
    """
    from lumbar.explain import proof_json, proof_text
    from lumbar.workflow import stored

    proof = stored(folder).explain(episode_id)
    if format_ is Output.json:
        print_json(proof_json(proof))
    else:
        typer.echo(proof_text(proof))


@app.command()
def report(
    folder: Result,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Folder of a site to write, or one page when it ends in .html; report.html of the result "
            "when left out.",
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the site if it exists.")] = False,
) -> None:
    """Write the report of a result again: one HTML page, or a site of pages that opens offline.

    The site has more: surgeons among the limits of chance, months, and every episode with its proof.

    Example:  lumbar report result --out site
    """
    from lumbar.store import REPORT_FILE, replace_file
    from lumbar.workflow import stored

    target = out or folder / REPORT_FILE
    with progress() as on_progress:
        if target.suffix == ".html":
            on_progress("report", target.name)
            replace_file(target, stored(folder).report())
        else:
            from lumbar.workflow.site import write_site

            write_site(folder, target, overwrite=overwrite, on_progress=on_progress)
            target = target / "index.html"
    typer.echo(f"Report: {target}")


@app.command()
def purge(
    folder: Result,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove a result folder: it is patient data.

    Example:  lumbar purge result --yes
    """
    from lumbar.store import purge as remove

    if not yes:
        typer.confirm(f"Remove {folder} and everything in it?", abort=True, err=True)
    remove(folder)
    typer.echo(f"Removed {folder}")

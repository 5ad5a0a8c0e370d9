"""Commands on a result folder: explain, report, purge."""

from pathlib import Path
from typing import Annotated

import typer

from lumbar.cli.app import app
from lumbar.cli.console import print_json, progress
from lumbar.cli.options import Audience, Breakdown, Format, Output, Result


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
    audience: Annotated[
        Audience, typer.Option(help="For whom the site is: public tells of groups alone, and of no small one.")
    ] = Audience.internal,
    by: Annotated[
        list[Breakdown] | None,
        typer.Option(
            help="Public: a breakdown, the most important first; may be repeated. Kind and payer when left out."
        ),
    ] = None,
    previous: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Public: figures.json of the release before, which stays told.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the site if it exists.")] = False,
) -> None:
    """Write the report of a result again: one HTML page, or a site of pages that opens offline.

    The site has more: the ledger, the worklist, surgeons among the limits of chance, months, and a page of every
    operation. The public site holds no patient data: no count of 1 to 10 is shown or derivable, also not from two
    releases.

    Example:  lumbar report result --out site
    """
    from lumbar.errors import UsageError
    from lumbar.placing import replace_file
    from lumbar.store import REPORT_FILE
    from lumbar.workflow import stored

    target = out or folder / REPORT_FILE
    if audience is Audience.public:
        if out is None or out.suffix == ".html":
            raise UsageError("a public report is a site: name its folder with --out")
        _write_public(folder, out, by or [Breakdown.kind, Breakdown.payer], previous, overwrite)
        return
    if by or previous:
        raise UsageError("--by and --previous are of the public site: add --audience public")
    with progress() as on_progress:
        if target.suffix == ".html":
            on_progress("report", target.name)
            replace_file(target, stored(folder).report())
        else:
            from lumbar.workflow.site import write_site

            write_site(folder, target, overwrite=overwrite, on_progress=on_progress)
            target = target / "index.html"
    typer.echo(f"Report: {target}")


def _write_public(folder: Path, out: Path, by: list[Breakdown], previous: Path | None, overwrite: bool) -> None:
    """The public site, and for who publishes it what it withholds."""
    from lumbar.workflow.public_site import write_public_site

    release = write_public_site(folder, out, [name.value for name in by], previous=previous, overwrite=overwrite)
    hidden = release.suppressed
    typer.echo(f"Public report: {out / 'index.html'}")
    if not release.is_new:
        typer.echo(
            "Nothing new can be told yet: too few windows have closed since. They wait for the next release.", err=True
        )
    typer.echo(
        f"For you, not to be published: {hidden.n_cells - hidden.n_cells_told:,} of {hidden.n_cells:,} counts "
        f"({hidden.share:.0%}) are withheld; {hidden.n_groups_named} of {hidden.n_groups} groups are named"
        + (f"; left out: {', '.join(hidden.breakdowns_left_out)}." if hidden.breakdowns_left_out else "."),
        err=True,
    )
    typer.echo(f"Keep {out / 'figures.json'}: the next release is made after it, with --previous.", err=True)


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

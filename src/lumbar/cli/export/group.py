"""The group `lumbar export` and what its commands share."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from lumbar.cli.app import app
from lumbar.cli.console import print_lines, progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lumbar.workflow.exporting import Write

export = typer.Typer(
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "Write a result as a file that a receiver takes, recounted before it is released.\n\n"
        "Example:  lumbar export qpp result --tin 000456789 --group --out qpp.json"
    ),
)
app.add_typer(export, name="export")


@export.callback()
def _kinds() -> None:
    pass


def released(
    folder: Path,
    kind: str,
    out: Path,
    write: "Write",
    measures: list[str] | None,
    npi: str | None,
    on: str | None,
    *,
    tin: str | None = None,
    beside: str = "",
    kept: "Sequence[Path | None]" = (),
) -> None:
    """Writes, recounts and releases one file, and perhaps one beside it; prints what is to be said of it."""
    from lumbar.exports.identifiers import checked_npi
    from lumbar.workflow.exporting import parsed_day, release

    surgeon, day = None if npi is None else checked_npi(npi), parsed_day(on)
    with progress() as on_progress:
        lines = release(
            folder,
            kind,
            out,
            write,
            measures=measures or (),
            npi=surgeon,
            on=day,
            tin=tin,
            beside=beside,
            kept=[path for path in kept if path is not None],
            on_progress=on_progress,
        )
    print_lines(lines)
    typer.echo(f"Written: {out}")

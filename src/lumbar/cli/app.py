"""The command `lumbar` itself: its help and its version; the commands register with it."""

from typing import Annotated

import typer

from lumbar.version import __version__

app = typer.Typer(
    name="lumbar",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "What did the operation do? Pairs each lumbar operation with its pain and disability scores and gives it "
        "its result, its code and the proof.\n\n"
        "Start with:  lumbar demo"
    ),
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"lumbar {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and leave.")
    ] = False,
) -> None:
    pass

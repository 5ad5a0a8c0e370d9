"""The command `lumbar` itself: its help and its version; the commands register with it."""

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from lumbar.version import __version__

# In the order in which a clinic meets them.
_SECTIONS = {
    "Begin": ("demo", "template", "synth", "fetch-fhir"),
    "From records to results": ("check", "evaluate", "explain", "report", "diff"),
    "Patients and the year to come": ("worklist", "ledger", "path", "persistent-pain"),
    "What leaves the clinic": ("score", "export", "bundle", "verify", "audit-pack"),
    "Codes and their briefs": ("code", "lint"),
    "Besides": ("sql", "purge"),
}
_WHOLE = 500  # letters of a line on a command: more than any has, so that none is cut


class _Sections(TyperGroup):
    """Lists the commands by what they are for."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Writes the sections of the help."""
        for heading, names in _SECTIONS.items():
            with formatter.section(heading):
                formatter.write_dl([(name, self.commands[name].get_short_help_str(_WHOLE)) for name in names])


app = typer.Typer(
    name="lumbar",
    cls=_Sections,
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

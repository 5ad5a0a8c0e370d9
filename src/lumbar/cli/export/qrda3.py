"""The command export qrda3: an aggregate clinical document for interchange."""

from functools import partial
from typing import Annotated

import typer

from lumbar.cli.export.group import export, released
from lumbar.cli.options import Dated, Interim, Measures, Npi, Out, Result, Settings, Tin


def _print_settings(wanted: bool) -> None:
    if wanted:
        from lumbar.exports.qrda3.settings import placeholder_settings_text

        typer.echo(placeholder_settings_text(), nl=False)
        raise typer.Exit


@export.command()
def qrda3(
    folder: Result,
    out: Out,
    tin: Tin = None,
    npi: Npi = None,
    measure: Measures = None,
    on: Dated = None,
    settings: Settings = None,
    interim: Interim = False,
    print_settings: Annotated[
        bool,
        typer.Option(
            "--print-settings", callback=_print_settings, is_eager=True, help="Print settings with every key and leave."
        ),
    ] = False,
) -> None:
    """Write QRDA Category III for interchange: with --npi of a clinician, else of a group. CMS does not accept it.

    Example:  lumbar export qrda3 result --tin 000456789 --out report.xml
    """
    from lumbar.exports.identifiers import checked_tin
    from lumbar.exports.qrda3 import write_qrda3
    from lumbar.exports.qrda3.settings import qrda3_settings

    write = partial(write_qrda3, tin=checked_tin(tin or ""), settings=qrda3_settings(settings), interim=interim)
    released(folder, "qrda3", out, write, measure, npi, on)

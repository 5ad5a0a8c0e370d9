"""The command export qrda3: an aggregate clinical document for interchange."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from lumbar.cli.export.group import export, released
from lumbar.cli.options import Dated, Interim, Measures, Npi, Settings, Tin


@export.command()
def qrda3(
    folder: Annotated[
        Path | None, typer.Argument(metavar="FOLDER", help="Result folder of `lumbar evaluate`.", show_default=False)
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="File to write; replaced when it exists.")] = None,
    tin: Tin = None,
    npi: Npi = None,
    measure: Measures = None,
    on: Dated = None,
    settings: Settings = None,
    interim: Interim = False,
    print_settings: Annotated[
        bool, typer.Option("--print-settings", help="Print settings to fill in, and leave.")
    ] = False,
) -> None:
    """Write QRDA Category III for interchange: with --npi of a clinician, else of a group. CMS does not accept it.

    Example:  lumbar export qrda3 result --tin 000456789 --out report.xml
    """
    from lumbar.errors import UsageError
    from lumbar.exports.identifiers import checked_tin
    from lumbar.exports.qrda3 import write_qrda3
    from lumbar.exports.qrda3.settings import placeholder_settings_text, qrda3_settings

    if print_settings:
        typer.echo(placeholder_settings_text(), nl=False)
        return
    if folder is None or out is None or tin is None:
        raise UsageError("name the result folder, --out FILE and the practice's --tin")
    tin = checked_tin(tin)
    write = partial(write_qrda3, tin=tin, settings=qrda3_settings(settings), interim=interim)
    released(folder, "qrda3", out, write, measure, npi, on, tin=tin, kept=(settings,))

"""The command export measure-report: FHIR MeasureReports in one Bundle."""

from enum import StrEnum
from functools import partial
from typing import Annotated

import typer

from lumbar.cli.export.group import export, released
from lumbar.cli.options import Dated, Measures, Npi, Out, Result, Settings, Tin


class Reports(StrEnum):
    """Which reports a file holds."""

    all = "all"
    summary = "summary"
    individual = "individual"
    data_collection = "data-collection"


def _print_settings(wanted: bool) -> None:
    if wanted:
        from lumbar.exports.measure_report import SETTINGS_TEXT

        typer.echo(SETTINGS_TEXT, nl=False)
        raise typer.Exit


@export.command("measure-report")
def measure_report(
    folder: Result,
    out: Out,
    type_: Annotated[
        Reports, typer.Option("--type", help="Only the summaries (no patient in them), or only one kind of report.")
    ] = Reports.all,
    tin: Tin = None,
    npi: Npi = None,
    measure: Measures = None,
    on: Dated = None,
    settings: Settings = None,
    print_settings: Annotated[
        bool,
        typer.Option(
            "--print-settings", callback=_print_settings, is_eager=True, help="Print the default settings and leave."
        ),
    ] = False,
) -> None:
    """Write FHIR R4 MeasureReports with their proofs and gaps, as one Bundle. Nothing is sent.

    Example:  lumbar export measure-report result --out reports.json
    """
    from lumbar.exports.identifiers import checked_tin
    from lumbar.exports.measure_report import SETTINGS_TABLE, Site, write_measure_report
    from lumbar.exports.settings import read_settings

    site = None if settings is None else read_settings(settings, SETTINGS_TABLE, Site)
    write = partial(write_measure_report, reports=type_.value, site=site, tin=None if tin is None else checked_tin(tin))
    released(folder, f"measure-report {type_.value}", out, write, measure, npi, on, kept=(settings,))

"""The command export outcomes: the outcome table as a file of its own."""

from functools import partial
from typing import Annotated

import typer

from lumbar.cli.export.group import export, released
from lumbar.cli.options import Dated, Measures, Npi, Out, Result
from lumbar.exports.outcomes.privacy import Privacy


@export.command()
def outcomes(
    folder: Result,
    out: Out,
    privacy: Annotated[
        Privacy, typer.Option(help="How much of a patient the file shows, most to least.")
    ] = Privacy.DEIDENTIFIED,
    npi: Npi = None,
    measure: Measures = None,
    on: Dated = None,
) -> None:
    """Write the operations in the measure as CSV, Parquet or Excel, de-identified unless asked otherwise.

    The name of the file says which: it ends in .csv, .parquet or .xlsx.

    Example:  lumbar export outcomes result --out outcomes.xlsx
    """
    from lumbar.exports.outcomes.writing import checked_form, write_outcomes

    write = partial(write_outcomes, privacy=privacy, form=checked_form(out))
    released(folder, f"outcomes-{privacy.value}", out, write, measure, npi, on)

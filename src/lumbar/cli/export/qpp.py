"""The command export qpp: the submission of the Quality Payment Program."""

from functools import partial

from lumbar.cli.export.group import export, released
from lumbar.cli.options import Dated, Measures, Npi, Out, Result, Tin


@export.command()
def qpp(
    folder: Result,
    out: Out,
    tin: Tin = None,
    npi: Npi = None,
    measure: Measures = None,
    on: Dated = None,
) -> None:
    """Write the submission of the Quality Payment Program as JSON. Nothing is sent.

    Example:  lumbar export qpp result --tin 000456789 --out submission.json
    """
    from lumbar.exports.identifiers import checked_tin
    from lumbar.exports.qpp import write_qpp

    released(folder, "qpp", out, partial(write_qpp, tin=checked_tin(tin or "")), measure, npi, on)

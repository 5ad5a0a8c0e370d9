"""The command export qpp: the submission of the Quality Payment Program."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lumbar.cli.export.group import export, released
from lumbar.cli.options import Log, Measures, Npi, Out, Practice, Result, Tin

if TYPE_CHECKING:
    from lumbar.exports.leaving import Leaving, Lines


@export.command()
def qpp(
    folder: Result,
    out: Out,
    tin: Tin = None,
    npi: Npi = None,
    group: Annotated[bool, typer.Option("--group", help="Submit for the practice as a group, all surgeons.")] = False,
    measure: Measures = None,
    program: Annotated[
        str, typer.Option(metavar="ID", help="mips, or the MIPS Value Pathway of the year, such as M1425.")
    ] = "mips",
    end_to_end: Annotated[
        bool,
        typer.Option(
            "--end-to-end", help="Only if all data came through certified EHR technology with no manual step."
        ),
    ] = False,
    interim: Annotated[
        bool, typer.Option("--interim", help="Write though windows are open: a file that is no final submission.")
    ] = False,
    log: Log = None,
    practice: Annotated[
        Practice | None, typer.Option(help="Points for this size of practice only; both when left out.")
    ] = None,
) -> None:
    """Write the submission of the Quality Payment Program as JSON. Nothing is ever sent.

    For one surgeon name --tin and --npi; for the practice --tin and --group. Beside the file, each measure's
    cases, data completeness, rate and points are printed.

    Example:  lumbar export qpp result --tin 000456789 --group --out qpp.json
    """
    from lumbar.exports.qpp import write_qpp
    from lumbar.exports.qpp_account import account_lines
    from lumbar.workflow import stored
    from lumbar.workflow.scoring import score_result

    tin, npi = _submitter(tin, npi, group)
    sizes = [size.value for size in Practice if practice in (None, size)]
    scored = score_result(stored(folder), sizes, log=log, measures=measure or (), tin=tin, npi=npi)

    def write(leaving: "Leaving", path: Path) -> "Lines":
        lines = write_qpp(leaving, path, tin=tin, program=program, end_to_end=end_to_end, interim=interim)
        return [*lines, *account_lines(leaving, scored.by_practice, scored.log)]

    released(folder, "qpp", out, write, measure, npi, None, tin=tin, kept=(log,))


def _submitter(tin: str | None, npi: str | None, group: bool) -> tuple[str, str | None]:
    """The TIN and, for an individual, the NPI, both checked. Raises UsageError when it is not clear who submits."""
    from lumbar.errors import UsageError
    from lumbar.exports.identifiers import checked_npi, checked_tin

    if group and npi is not None:
        raise UsageError("a group is submitted by its TIN alone; leave --npi out, or --group for one surgeon")
    if tin is None or not (group or npi):
        raise UsageError("say who submits: --tin and --npi for one surgeon, or --tin and --group for the practice")
    return checked_tin(tin), None if npi is None else checked_npi(npi)

"""The command export 837p: claims whose lines carry the quality-data codes."""

from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from lumbar.cli.export.group import export, released
from lumbar.cli.options import Dated, Measures, Npi, Settings, Tin


class Charge(StrEnum):
    """What a line is charged."""

    nothing = "0.00"
    cent = "0.01"


@export.command("837p")
def claim_837p(
    folder: Annotated[
        Path | None, typer.Argument(metavar="FOLDER", help="Result folder of `lumbar evaluate`.", show_default=False)
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File to write; replaced when it exists. A list stands beside.")
    ] = None,
    settings: Settings = None,
    subscribers: Annotated[
        Path | None, typer.Option(metavar="FILE", help="CSV of the billing system: addresses, member and payer ids.")
    ] = None,
    surgeons: Annotated[
        Path | None, typer.Option(metavar="FILE", help="CSV of the surgeons' names: npi, last_name, first_name.")
    ] = None,
    charge: Annotated[
        Charge, typer.Option(help="What each line is charged; a claim of zeros has a total of 0.00, often refused.")
    ] = Charge.cent,
    tin: Tin = None,
    npi: Npi = None,
    measure: Measures = None,
    on: Dated = None,
    print_settings: Annotated[
        bool, typer.Option("--print-settings", help="Print settings to fill in, and leave.")
    ] = False,
) -> None:
    """Write claims (837P) whose lines carry the quality-data codes. They earn no MIPS credit. Nothing is sent.

    Without --settings the file is marked as a test. What is left out is listed beside it, in FILE.left-out.csv.

    Example:  lumbar export 837p result --settings claim.toml --out claims.837
    """
    from dataclasses import replace
    from decimal import Decimal

    from lumbar.errors import UsageError
    from lumbar.exports.claim_837p import LEFT_OUT, write_claims
    from lumbar.exports.claim_837p.rosters import read_subscribers, read_surgeons
    from lumbar.exports.claim_837p.settings import SETTINGS_TOML, read_claim_settings
    from lumbar.exports.identifiers import checked_tin

    if print_settings:
        typer.echo(SETTINGS_TOML, nl=False)
        return
    if folder is None or out is None:
        raise UsageError("export 837p needs a result folder and --out FILE")
    if tin is not None and settings is None:
        raise UsageError("--tin goes with --settings: a test file has a placeholder for who bills")
    sender = None if settings is None else read_claim_settings(settings)
    if sender is not None and tin is not None:
        sender = replace(sender, billing_tin=checked_tin(tin))
    write = partial(
        write_claims,
        charge=Decimal(charge.value),
        settings=sender,
        subscribers={} if subscribers is None else read_subscribers(subscribers),
        surgeons={} if surgeons is None else read_surgeons(surgeons),
    )
    released(folder, "837p", out, write, measure, npi, on, beside=LEFT_OUT, kept=(settings, subscribers, surgeons))
    typer.echo(f"Left out: {out}{LEFT_OUT}")

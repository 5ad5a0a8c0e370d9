"""The command ledger: what the rates have locked, can still become, and are likely to become."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from lumbar.cli.app import app
from lumbar.cli.console import give
from lumbar.cli.options import Result


class By(StrEnum):
    """What a ledger is broken down by."""

    surgeon = "surgeon"
    payer = "payer"
    facility = "facility"
    language = "language"
    race = "race"
    ethnicity = "ethnicity"
    sex = "sex"
    age = "age"


class LedgerFormat(StrEnum):
    """How a ledger is written."""

    table = "table"
    json = "json"
    html = "html"


@app.command()
def ledger(
    folder: Result,
    by: Annotated[By | None, typer.Option(help="Break the ledger down; the whole clinic when left out.")] = None,
    format_: Annotated[LedgerFormat, typer.Option("--format", help="How to write it.")] = LedgerFormat.table,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File to write, replaced when it exists; else printed.")
    ] = None,
) -> None:
    """Show where every counted operation stands: what is locked, what a score can still decide, and the likely end.

    Floor and ceiling are what the final rate can still become; the forecast and its 80 % interval come from the
    windows of this result that have closed.

    Example:  lumbar ledger result --by payer --format html --out ledger.html
    """
    import json

    from lumbar.followup.ledger_words import ledger_json, ledger_lines
    from lumbar.store import refuse_to_replace
    from lumbar.workflow import stored
    from lumbar.workflow.ledger import ledger_html, ledger_of

    result, dimension = stored(folder), by.value if by else None
    if out is not None:
        refuse_to_replace(out, result.run, ())
    if format_ is LedgerFormat.html:
        text = ledger_html(result, dimension)
    elif format_ is LedgerFormat.json:
        text = json.dumps(ledger_json(ledger_of(result, dimension)), indent=2, ensure_ascii=False) + "\n"
    else:
        text = "".join(f"{line}\n" for line in ledger_lines(ledger_of(result, dimension), result.rules))
    give(text, out)
    if out is not None:
        typer.echo(f"Ledger: {out}")

"""The command worklist: whom to ask for a score, until when, and whom first."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lumbar.cli.app import app
from lumbar.cli.options import Result

if TYPE_CHECKING:
    from lumbar.followup.worklist import Worklist


class ListFormat(StrEnum):
    """How a worklist is given."""

    table = "table"
    csv = "csv"
    html = "html"
    ics = "ics"
    json = "json"


class Order(StrEnum):
    """What a worklist is ordered by."""

    next_best = "next-best"
    due_date = "due-date"


@app.command()
def worklist(
    folder: Result,
    format_: Annotated[ListFormat, typer.Option("--format", help="How to give the list.")] = ListFormat.table,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="File to write; the terminal when left out.")] = None,
    order: Annotated[Order, typer.Option(help="Whom first.")] = Order.next_best,
    days: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=0, max=1000, help="Days before its opening a window is listed; 14 when left out."
        ),
    ] = None,
    weight: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="Weight of a group, language or race; 1 is none. May be repeated."),
    ] = None,
    tried: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Contacts tried, CSV: episode_id, tried_on, how.")
    ] = None,
    everybody: Annotated[bool, typer.Option("--everybody", help="List scores due outside the measure too.")] = False,
) -> None:
    """List the scores that can still be had: whom to ask, for what, until when, whom first.

    Example:  lumbar worklist result --format html --out worklist.html
    """
    from lumbar.cli.console import give, print_lines
    from lumbar.followup.next_best import parsed_weights
    from lumbar.followup.worklist_words import title
    from lumbar.store import refuse_to_replace
    from lumbar.workflow import stored
    from lumbar.workflow.worklist import worklist_of

    result = stored(folder)
    if out is not None:
        refuse_to_replace(out, result.run, [tried] if tried else [])
    listed = worklist_of(
        result, order=order.value, days=days, weights=parsed_weights(weight or []), tried=tried, everybody=everybody
    )
    give(_written(listed, format_), out)
    if out is not None:
        print_lines([(f"{title(listed)}: {out}", False)])


def _written(listed: "Worklist", format_: ListFormat) -> str:
    import json

    from lumbar.followup.worklist_calendar import worklist_ics
    from lumbar.followup.worklist_files import worklist_csv, worklist_json
    from lumbar.followup.worklist_words import text_lines
    from lumbar.report.worklist_page import worklist_html

    match format_:
        case ListFormat.csv:
            return worklist_csv(listed)
        case ListFormat.html:
            return worklist_html(listed)
        case ListFormat.ics:
            return worklist_ics(listed)
        case ListFormat.json:
            return json.dumps(worklist_json(listed), indent=2, ensure_ascii=False) + "\n"
        case ListFormat.table:
            return "".join(f"{line}\n" for line in text_lines(listed))

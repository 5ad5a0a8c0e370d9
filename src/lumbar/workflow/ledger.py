"""A result to its ledger: as values, as the lines and the JSON of the command line, as a page."""

from datetime import date

from lumbar.followup.ledger import Ledger, ledger
from lumbar.workflow.result import Result, policy_of


def ledger_of(result: Result, by: str | None = None) -> Ledger:
    """The ledger on the result's as-of date, whole or by one of `followup.groups.DIMENSIONS`.

    Raises UsageError when this version has other rules than the result was made with.
    """
    as_of = date.fromisoformat(result.run["as_of"])
    return ledger(result.outcome, result.clinical, result.rules, policy_of(result.run), as_of, by)


def ledger_html(result: Result, by: str | None = None) -> str:
    """The ledger as one HTML page that opens offline."""
    from lumbar.report.ledger_page import ledger_page

    return ledger_page(ledger_of(result, by), result.rules, result.run)

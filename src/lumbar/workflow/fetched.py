"""What `lumbar fetch-fhir` noted of the export that a folder holds, told again with every result from it."""

from pathlib import Path

FETCH_ACCOUNT = "fetch.json"


def fetch_warnings(source: Path) -> list[str]:
    """What the server said went wrong or is not all, as warnings of a run; none for records that were not fetched."""
    if not (source / FETCH_ACCOUNT).is_file():
        return []
    from lumbar.fetching import account_in, account_warnings

    account = account_in(source)
    if account is None:
        return [f"{FETCH_ACCOUNT} is no account of a fetch; what the server said of the export is not known"]
    return [f"{FETCH_ACCOUNT}: {warning}" for warning in account_warnings(account)]

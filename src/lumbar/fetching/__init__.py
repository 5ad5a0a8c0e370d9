"""Fetching a server's FHIR bulk export: asked for, waited for, downloaded, checked, and gone on with after a break.

The pure parts (`request`, `manifest`, `state`, `waiting`) know no network; `connection` is the one place that
speaks to a server, and `folder` the one that writes.
"""

from lumbar.fetching.account import account_in, account_warnings, fetched_lines
from lumbar.fetching.authorisation import Client
from lumbar.fetching.connection import Timing
from lumbar.fetching.fetch import Fetched, fetch
from lumbar.fetching.folder import FetchFolder
from lumbar.fetching.keys import client_key
from lumbar.fetching.request import CLAIM_TYPES, USUAL_TYPES, ExportRequest, export_request

__all__ = [
    "CLAIM_TYPES",
    "USUAL_TYPES",
    "Client",
    "ExportRequest",
    "FetchFolder",
    "Fetched",
    "Timing",
    "account_in",
    "account_warnings",
    "client_key",
    "export_request",
    "fetch",
    "fetched_lines",
]

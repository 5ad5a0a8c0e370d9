"""An export at a server: started, waited for, taken away."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx

from lumbar.errors import FetchError
from lumbar.fetching.authorisation import parsed
from lumbar.fetching.connection import Connection
from lumbar.fetching.manifest import Manifest, full_address, manifest_of, next_page
from lumbar.fetching.request import ExportRequest, origin
from lumbar.fetching.waiting import LONGEST_JOB_HOURS, pause

_LONGEST_TOLD = 200
_LONGEST_PROGRESS = 100  # characters; more no server may say
_MOST_PAGES = 1000  # of one manifest
_STATUS = {"Accept": "application/json"}


async def start(connection: Connection, request: ExportRequest) -> str:
    """Starts an export: the address where its status is asked. Raises FetchError when the server does not."""
    response = await connection.ask(
        request.kick_off_url, {"Accept": "application/fhir+json", "Prefer": "respond-async"}
    )
    location = str(response.headers.get("Content-Location", ""))
    if response.status_code == 202 and location:
        return _of_the_server(connection, full_address(str(response.url), location))
    if response.status_code in (401, 403):
        raise FetchError(_not_allowed(connection, response.status_code))
    raise FetchError(await _why_not(connection, request, response))


async def wait(connection: Connection, status_url: str, on_progress: Callable[[str], None]) -> Manifest:
    """The manifest once the export is finished; `on_progress` is given the server's words meanwhile.

    A token is sent to the server's own addresses alone. Raises FetchError for an export that failed, is no longer
    known, or is not ready after `LONGEST_JOB_HOURS`, and for a manifest whose parts go in a circle or do not end.
    """
    pages: list[Any] = []
    seen: set[str] = set()
    address: str | None = status_url
    n_waits, until = 0, connection.timing.clock() + LONGEST_JOB_HOURS * 3600.0
    while address is not None:
        response = await connection.ask(_of_the_server(connection, address), _STATUS)
        if response.status_code == 200:
            pages.append(parsed(response.content))
            seen.add(address)
            address = next_page(pages[-1], str(response.url))
            if address in seen or (len(pages) >= _MOST_PAGES and address is not None):
                raise FetchError(
                    f"the export's manifest does not end: {len(pages):,} parts came, and the last names another one; "
                    "ask the server's operator"
                )
            continue
        if response.status_code != 202 and not _is_transient(response):
            raise FetchError(_ended(connection, response.status_code))
        on_progress(_words(response.headers.get("X-Progress", "")))
        now = connection.timing.clock()
        seconds = pause(n_waits, response.headers.get("Retry-After"), now)
        if now + seconds > until:
            raise FetchError(
                f"the export is not ready after {LONGEST_JOB_HOURS} hours; run the same command again to wait on, "
                "or start anew with --restart"
            )
        await connection.timing.sleep(seconds)
        n_waits += 1
    return manifest_of(pages, status_url)


async def take_away(connection: Connection, status_url: str) -> bool:
    """Tells the server that the export is no longer needed: whether it said yes, or had forgotten it already."""
    try:
        response = await connection.ask(_of_the_server(connection, status_url), _STATUS, method="DELETE")
    except FetchError:
        return False
    return response.is_success or response.status_code in (404, 410)


def _of_the_server(connection: Connection, address: str) -> str:
    """The address, at which a token may be shown. Raises FetchError where there is one and it is another server's."""
    try:
        is_elsewhere = origin(address) != origin(connection.base)
    except ValueError:
        raise FetchError("the server gave an address that is none") from None
    if connection.authorisation is not None and is_elsewhere:
        parts = urlsplit(address)
        raise FetchError(
            f"the server refers to {parts.scheme}://{parts.netloc.rpartition('@')[2]} for the export's status: the "
            "token for this server is not sent there; ask its operator, or give the FHIR base with that host"
        )
    return address


def _not_allowed(connection: Connection, status: int) -> str:
    if connection.authorisation is None:
        return f"the server asks who you are ({status}): give --client-id and --key"
    return f"the server does not allow this client the export ({status}); which scopes is it registered for?"


def _ended(connection: Connection, status: int) -> str:
    if status in (404, 410):
        return f"the server no longer knows this export ({status}): it has expired; start anew with --restart"
    if status in (401, 403):
        return _not_allowed(connection, status)
    return f"the export failed at the server ({status}); start anew with --restart"


def _is_transient(response: httpx.Response) -> bool:
    """Whether a failure is one the server calls passing."""
    return response.status_code >= 500 and any(issue.get("code") == "transient" for issue in _issues(response))


async def _why_not(connection: Connection, request: ExportRequest, response: httpx.Response) -> str:
    """Why an export was not started: told by the server, or found by asking whether it is a FHIR server at all."""
    capabilities = await connection.ask(f"{connection.base}/metadata", {"Accept": "application/fhir+json"}, False)
    told = parsed(capabilities.content)
    if not isinstance(told, dict) or "resourceType" not in told:
        return f"no FHIR server answers at {connection.base}; give its FHIR base, such as https://fhir.example.org/r4"
    level = request.level.rstrip("/") or "the whole server"
    if response.status_code in (404, 405, 501):
        return (
            f"the server has no bulk export of {level} ({response.status_code}); "
            "ask its operator, or try another level with --group or --patient-level"
        )
    if response.status_code < 400:
        return f"the server answered at once ({response.status_code}) and started no export: it has no bulk export"
    said = next((issue.get("diagnostics") or _text(issue) for issue in _issues(response)), None)
    because = f": {_words(said, _LONGEST_TOLD)}" if isinstance(said, str) else ""
    return f"the server refuses the export of {level} ({response.status_code}){because}"


def _issues(response: httpx.Response) -> list[dict[str, Any]]:
    told = parsed(response.content)
    issues = told.get("issue") if isinstance(told, dict) else None
    return [issue for issue in issues if isinstance(issue, dict)] if isinstance(issues, list) else []


def _text(issue: dict[str, Any]) -> Any:
    details = issue.get("details")
    return details.get("text") if isinstance(details, dict) else None


def _words(told: str, longest: int = _LONGEST_PROGRESS) -> str:
    """A server's words, safe to show: one line, printable, not long."""
    return " ".join("".join(c if c.isprintable() else " " for c in told[:longest]).split())

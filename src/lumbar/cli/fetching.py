"""The one command that uses the network: fetch-fhir."""

import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lumbar.cli import ending
from lumbar.cli.app import app
from lumbar.cli.console import print_lines, progress

if TYPE_CHECKING:
    from lumbar.fetching import Client, FetchFolder


@app.command("fetch-fhir")
def fetch_fhir(
    url: Annotated[str, typer.Argument(metavar="URL", help="The server's FHIR base, https://…")],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="New folder, or the one of a fetch that broke off.")],
    client_id: Annotated[
        str | None, typer.Option(metavar="ID", help="Name the server gave this client; none for an open server.")
    ] = None,
    key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The client's private key: PEM, JWK or JWKS; RS384 or ES384.")
    ] = None,
    group: Annotated[
        str | None, typer.Option(metavar="ID", help="Only the patients of this Group; the whole server when left out.")
    ] = None,
    patient_level: Annotated[
        bool, typer.Option("--patient-level", help="Ask for all patients' records instead of the whole server.")
    ] = False,
    type_: Annotated[
        list[str] | None,
        typer.Option(
            "--type",
            metavar="ID",
            help="Only this resource type, such as ExplanationOfBenefit; may be repeated. "
            "The types that are read, without claims, when left out.",
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM-DD", help="Only what changed since; also an instant, 2026-01-31T08:00:00Z."),
    ] = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Give up the unfinished fetch in the folder and start anew.")
    ] = False,
    keep_job: Annotated[
        bool, typer.Option("--keep-job", help="Leave the export at the server; else it is deleted there.")
    ] = False,
) -> None:
    """Fetch a server's FHIR bulk export; stopped or killed, the same command goes on where it was.

    The folder is filled when all is there and right, and not before.

    \b
    Example:  lumbar fetch-fhir https://fhir.example.org/r4 --client-id my-clinic --key key.pem --out export
    """
    import asyncio

    from lumbar.errors import FetchError
    from lumbar.fetching import FetchFolder, Timing, export_request, fetch, fetched_lines

    request = export_request(url, type_ or (), group, patient_level, since)
    client = _client(client_id, key)
    signal.signal(signal.SIGTERM, ending.end_as_interrupted)
    if signal.getsignal(signal.SIGINT) is ending.interrupt:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # asyncio ends its tasks by that one alone
    try:
        with progress() as on_progress:
            timing = Timing(time.time, asyncio.sleep)
            fetched = fetch(request, out, timing, client, restart, keep_job, on_progress)
    except KeyboardInterrupt:
        raise FetchError(f"stopped; {_left(FetchFolder(out))}") from None
    finally:
        if ending.Ended.asked:
            ending.Ended.left = _left(FetchFolder(out))
    print_lines(fetched_lines(out, fetched.account))
    if fetched.is_taken_away is False:
        typer.echo("The export could not be deleted at the server; it will expire there", err=True)
    typer.echo(f"Next: lumbar check {out}")


def _left(folder: "FetchFolder") -> str:
    """What a fetch that was stopped leaves behind."""
    if folder.is_begun:
        return f"what came is kept in {folder.path}: run the same command again to go on"
    return ending.Ended.left


def _client(client_id: str | None, key: Path | None) -> "Client | None":
    """Who asks; none where neither id nor key is given. Raises UsageError for one without the other."""
    from lumbar.errors import UsageError
    from lumbar.fetching import Client, client_key

    if client_id is None and key is None:
        return None
    if not client_id or key is None:
        raise UsageError("--client-id and --key go together; an open server needs neither")
    known = client_key(key, lambda: _passphrase(key))
    if key.stat().st_mode & 0o044:
        typer.echo(f"Others can read the private key {key}: chmod 600 it", err=True)
    return Client(client_id, known)


def _passphrase(path: Path) -> str:
    if not sys.stdin.isatty():
        from lumbar.errors import UsageError

        raise UsageError(f"the key {path} has a passphrase; run this in a terminal, where it is asked for")
    return str(typer.prompt(f"Passphrase of {path}", hide_input=True, err=True))

"""A whole fetch, from the first question to the published folder; killed at any moment, it goes on when run again."""

import asyncio
import errno
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lumbar.errors import CapacityError, FetchError, UsageError
from lumbar.fetching.account import account_of
from lumbar.fetching.authorisation import Client, authorise
from lumbar.fetching.connection import Connection, Timing
from lumbar.fetching.download import download
from lumbar.fetching.folder import FetchFolder
from lumbar.fetching.job import start, take_away, wait
from lumbar.fetching.manifest import ExportFile, Manifest
from lumbar.fetching.request import ExportRequest
from lumbar.fetching.state import FetchState

AT_ONCE = 4  # files downloaded at the same time

OnProgress = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class Fetched:
    """A finished fetch: its account, and whether the server took the export away, none where it was not asked to."""

    account: dict[str, Any]
    is_taken_away: bool | None


def fetch(
    request: ExportRequest,
    out: Path,
    timing: Timing,
    client: Client | None = None,
    restart: bool = False,
    keep_job: bool = False,
    on_progress: OnProgress = lambda stage, item: None,
) -> Fetched:
    """Fills a folder with a server's bulk export, or goes on filling it.

    `restart` gives up an unfinished fetch of the folder; `keep_job` leaves the export at the server.
    Raises FetchError for a server that does not give its export, UsageError for a folder that cannot take it
    and authorities that cannot be read, and CapacityError for a disk that is full. What came until then stays, for
    the next run.
    """
    folder = FetchFolder(out)
    connection = Connection(request.base, timing)
    try:
        with folder.held():
            return asyncio.run(_fetch(request, folder, connection, client, restart, keep_job, on_progress))
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise CapacityError(f"no space is left for {out}; make some and run the same command again") from None
        raise FetchError(f"{out} cannot be written: {error.strerror}") from None


async def _fetch(
    request: ExportRequest,
    folder: FetchFolder,
    connection: Connection,
    client: Client | None,
    restart: bool,
    keep_job: bool,
    on_progress: OnProgress,
) -> Fetched:
    try:
        state = folder.state() if not restart else _given_up(folder)
        if state and not restart and state.kick_off_url != request.kick_off_url:
            raise UsageError(
                f"{folder.path} holds an unfinished fetch of another export; give the same URL and options as then, "
                "or start anew with --restart"
            )
        if client is not None:
            await authorise(connection, client, request.types)
        if restart and state is not None and state.kick_off_url.startswith(f"{request.base}/"):
            await take_away(connection, state.status_url)
        if restart or state is None:
            folder.start_anew(state)
            on_progress("fetch", "the server is asked")
            state = FetchState(request.kick_off_url, await start(connection, request))
            folder.keep(state)
        await _complete(connection, folder, state, on_progress)
        account = await asyncio.to_thread(account_of, request, state, folder)
        assert state.manifest is not None
        folder.publish(state.manifest.files, account)
        is_taken_away = None if keep_job else await take_away(connection, state.status_url)
        folder.finish()
        return Fetched(account, is_taken_away)
    finally:
        await connection.close()


def _given_up(folder: FetchFolder) -> FetchState | None:
    """The state that is to be given up; none also where it cannot be read."""
    try:
        return folder.state()
    except FetchError:
        return None


async def _complete(connection: Connection, folder: FetchFolder, state: FetchState, on_progress: OnProgress) -> None:
    """Every file of the export whole; those that are already are compared with their fingerprints."""
    await asyncio.to_thread(_forget_changed, folder, state)
    if state.is_all_here:
        return
    manifest = await wait(connection, state.status_url, lambda words: on_progress("wait", words))
    if state.manifest is not None and not state.manifest.is_same_export(manifest):
        raise FetchError("the server now tells of other files than before; start anew with --restart")
    state.manifest = manifest  # fresh addresses: signed ones end
    folder.keep(state)
    await _download_all(connection, folder, state, manifest, on_progress)


def _forget_changed(folder: FetchFolder, state: FetchState) -> None:
    for file in state.manifest.files if state.manifest else ():
        received = state.of(file)
        if received.whole is not None and not folder.holds(file, received.whole):
            received.whole = None


async def _download_all(
    connection: Connection, folder: FetchFolder, state: FetchState, manifest: Manifest, on_progress: OnProgress
) -> None:
    gate = asyncio.Semaphore(AT_ONCE)
    missing = [file for file in manifest.files if state.of(file).whole is None]
    n_files = len(manifest.files)
    n_whole, n_bytes = n_files - len(missing), 0

    def tell(n_more_bytes: int = 0, n_more_whole: int = 0) -> None:
        nonlocal n_bytes, n_whole
        n_bytes, n_whole = n_bytes + n_more_bytes, n_whole + n_more_whole
        on_progress("fetch", f"{n_whole} of {n_files} files, {n_bytes / 1e6:,.0f} MB")

    async def one(file: ExportFile) -> None:
        async with gate:
            await download(connection, file, folder, state, tell)
            tell(n_more_whole=1)

    try:
        async with asyncio.TaskGroup() as group:
            for file in missing:
                group.create_task(one(file))
    except ExceptionGroup as failed:  # the first ended the others
        raise failed.exceptions[0] from None

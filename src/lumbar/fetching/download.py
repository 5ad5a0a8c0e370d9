"""One file of an export, from the server to its settled place: gone on with where it broke off, checked, counted."""

import asyncio
import os
import re
from collections.abc import Callable
from typing import NoReturn

import httpx

from lumbar.errors import FetchError
from lumbar.fetching.connection import Connection, failure
from lumbar.fetching.folder import FetchFolder
from lumbar.fetching.manifest import ExportFile
from lumbar.fetching.settling import NotWhole, checksums, settle
from lumbar.fetching.state import FetchState
from lumbar.fetching.waiting import MOST_FAILURES, pause

_HEADERS = {"Accept": "application/fhir+ndjson", "Accept-Encoding": "gzip"}


async def download(
    connection: Connection,
    file: ExportFile,
    folder: FetchFolder,
    state: FetchState,
    on_bytes: Callable[[int], None],
) -> None:
    """The file settled, and the state kept.

    What breaks off is gone on with for as long as it grows. A number of lines that is not the server's is asked
    for once more, and then stands: the account says both. Raises FetchError when the file cannot be had.
    """
    assert state.manifest is not None
    received = state.of(file)
    n_failures, longest, is_recounted = 0, 0, False
    while received.whole is None:
        try:
            await _receive(connection, file, folder, state, on_bytes)
            whole = await asyncio.to_thread(settle, folder.part(file), folder.settled(file), received.digests)
            if file.count in (None, whole.n_lines) or is_recounted:
                received.whole = whole
                folder.note(file, received)
                return
            is_recounted = True
        except NotWhole as error:
            size = _size(folder, file)
            n_failures, longest = (1, size) if size > longest else (n_failures + 1, longest)
            if n_failures >= MOST_FAILURES:
                raise FetchError(
                    f"{file.name}: {error}, again and again; run the same command later, it goes on from here"
                ) from None
            await connection.timing.sleep(pause(n_failures - 1, None, connection.timing.clock()))


async def _receive(
    connection: Connection, file: ExportFile, folder: FetchFolder, state: FetchState, on_bytes: Callable[[int], None]
) -> None:
    """All bytes of the file in its part. Raises NotWhole where they broke off, FetchError where none will come."""
    assert state.manifest is not None
    received, part = state.of(file), folder.part(file)
    at = _size(folder, file) if received.validator else 0
    asked = {**_HEADERS, "Range": f"bytes={at}-", "If-Range": received.validator} if at else _HEADERS
    async with connection.opened(file.url, asked, with_token=state.manifest.requires_access_token) as response:
        if response.status_code == 416 and at:
            if response.headers.get("Content-Range", "").replace(" ", "") == f"bytes*/{at}":
                return  # it was all there
            part.unlink()
            raise NotWhole("the server has another file now")
        if response.status_code == 206 and _begins_at(response, at):
            received.digests |= checksums(response.headers, is_all=False)
        elif response.status_code == 200:
            at = 0
            os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))  # before the state names other bytes
            received.validator = _validator(response)
            received.digests = checksums(response.headers, is_all=True)
        else:
            if response.status_code == 206:  # another piece than was asked for
                part.unlink()
            _refuse(response, file)
        folder.note(file, received)
        try:
            with part.open("r+b") as stream:
                stream.seek(at)
                async for chunk in response.aiter_raw():
                    stream.write(chunk)
                    stream.flush()  # killed now, the next run goes on from here
                    on_bytes(len(chunk))
        except httpx.HTTPError as error:
            raise NotWhole(failure(error, file.url)) from None


def _refuse(response: httpx.Response, file: ExportFile) -> NoReturn:
    status = response.status_code
    if status >= 500 or status == 206:
        raise NotWhole(f"the server does not give it ({status})")
    if status in (404, 410):
        raise FetchError(f"{file.name}: the server no longer has it ({status}); start anew with --restart")
    if status in (401, 403):
        raise FetchError(
            f"{file.name}: the server does not give it to this client ({status}); run the same command again, "
            "which asks for fresh addresses, and if that does not help start anew with --restart"
        )
    raise FetchError(f"{file.name}: the server does not give it ({status})")


def _begins_at(response: httpx.Response, at: int) -> bool:
    found = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return at > 0 and found is not None and int(found[1]) == at


def _validator(response: httpx.Response) -> str:
    """What names these very bytes: a strong ETag, else the date of the last change; empty where there is neither."""
    tag = str(response.headers.get("ETag", ""))
    return tag if tag.startswith('"') else str(response.headers.get("Last-Modified", ""))


def _size(folder: FetchFolder, file: ExportFile) -> int:
    part = folder.part(file)
    return part.stat().st_size if part.is_file() else 0

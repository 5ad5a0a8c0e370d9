"""A server spoken to: every request goes through here, and is asked again where that may help."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

import httpx

from lumbar.errors import FetchError, UsageError
from lumbar.fetching.request import may_speak_to
from lumbar.fetching.waiting import MOST_FAILURES, pause
from lumbar.version import __version__

_ASKED_AGAIN = frozenset({429, 502, 503, 504})
_CONNECT_SECONDS, _SILENT_SECONDS = 30.0, 120.0


@dataclass(frozen=True, slots=True)
class Timing:
    """The clock, in seconds since 1970, and how to wait: both come from the edge."""

    clock: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]


class Authorisation(Protocol):
    """What allows requests: a token that is renewed."""

    async def token(self) -> str:
        """A token that holds now."""

    def forget(self, token: str) -> None:
        """Told that the server does not take this token any more."""


class Connection:
    """A server and those it refers to. TLS is verified; plain HTTP goes to this machine alone.

    Requests that meet a busy server or a network that broke are sent again, later each time, as often as
    `MOST_FAILURES`. A server that never answered is not waited for. Raises UsageError where the authorities that
    the environment names cannot be read.
    """

    def __init__(self, base: str, timing: Timing) -> None:
        self.base, self.timing = base, timing
        self.authorisation: Authorisation | None = None
        self._has_answered = False

        async def only_where_allowed(request: httpx.Request) -> None:
            if not may_speak_to(str(request.url), base):
                raise FetchError(f"the server refers to {request.url.host} without TLS: refused")

        try:
            self._client = httpx.AsyncClient(
                timeout=httpx.Timeout(_SILENT_SECONDS, connect=_CONNECT_SECONDS, pool=None),
                headers={"User-Agent": f"lumbar/{__version__}", "Accept-Encoding": "gzip"},
                event_hooks={"request": [only_where_allowed]},  # redirects come through it too
            )
        except ssl.SSLError:
            raise UsageError("SSL_CERT_FILE names a file that holds no certificates; give a PEM file") from None
        except OSError:
            raise UsageError("SSL_CERT_FILE names no file that can be read; correct it, or unset it") from None

    async def close(self) -> None:
        """Ends every request still under way."""
        await self._client.aclose()

    @asynccontextmanager
    async def opened(
        self, url: str, headers: Mapping[str, str], with_token: bool = True, method: str = "GET"
    ) -> AsyncIterator[httpx.Response]:
        """The server's answer, its body yet to be read: any status but the busy ones.

        A token refused is renewed once. Redirects are followed; the token goes to no other host by one.
        Raises FetchError when there is no answer.
        """
        response = await self._answer(method, url, headers, with_token)
        try:
            yield response
        finally:
            await response.aclose()

    async def ask(
        self, url: str, headers: Mapping[str, str], with_token: bool = True, method: str = "GET"
    ) -> httpx.Response:
        """The server's answer, read whole. Raises FetchError when there is none."""
        async with self.opened(url, headers, with_token, method) as response:
            try:
                await response.aread()
            except httpx.HTTPError as error:
                raise FetchError(failure(error, url)) from None
            return response

    async def post(self, url: str, form: Callable[[], Mapping[str, str]]) -> httpx.Response:
        """The answer to a form, made anew for each sending; it goes to this address and by no redirect to another."""
        return await self._answer("POST", url, {"Accept": "application/json"}, False, form)

    async def _answer(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        with_token: bool,
        form: Callable[[], Mapping[str, str]] | None = None,
    ) -> httpx.Response:
        n_failures, is_renewed = 0, False
        while True:
            token = await self.authorisation.token() if with_token and self.authorisation else None
            allowed = {**headers, "Authorization": f"Bearer {token}"} if token else headers
            retry_after = None
            try:
                request = self._client.build_request(method, url, headers=allowed, data=form and form())
                response = await self._client.send(request, stream=form is None, follow_redirects=form is None)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                said = failure(error, url)
                if not self._has_answered or not isinstance(error, httpx.TransportError) or _is_distrust(error):
                    raise FetchError(said) from None
            else:
                self._has_answered = True
                if response.status_code == 401 and token and self.authorisation and not is_renewed:
                    await response.aclose()
                    self.authorisation.forget(token)
                    is_renewed = True
                    continue
                if response.status_code not in _ASKED_AGAIN:
                    return response
                said = f"{_host(url)} is too busy ({response.status_code}), also when asked again"
                retry_after = response.headers.get("Retry-After")
                await response.aclose()
                is_renewed = False  # until it is asked again the token may end
            if n_failures >= MOST_FAILURES:
                raise FetchError(f"{said}; run the same command again later, it goes on from here")
            await self.timing.sleep(pause(n_failures, retry_after, self.timing.clock()))
            n_failures += 1


def failure(error: httpx.HTTPError | httpx.InvalidURL, url: str) -> str:
    """What went wrong on the way to a server, in words that hold no address beyond its host."""
    host = _host(url)
    if _is_distrust(error):
        return (
            f"{host} shows a certificate that is not trusted; where it is your own authority's, "
            "name its file in SSL_CERT_FILE"
        )
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return f"{host} cannot be reached; is the address right, and is the network there?"
    if isinstance(error, httpx.TimeoutException):
        return f"{host} was silent too long"
    if isinstance(error, httpx.TooManyRedirects):
        return f"{host} sends from one address to the next without end"
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
        return "the server gave an address that is none"
    return f"the connection to {host} broke off"


def _is_distrust(error: BaseException) -> bool:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2] or "the server"

"""SMART Backend Services: a token for a signed assertion, kept in memory alone and renewed before it ends."""

import asyncio
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lumbar.errors import FetchError
from lumbar.fetching.connection import Connection
from lumbar.fetching.keys import ClientKey, assertion

_USUAL_SECONDS = 300.0  # how long a token holds where the server does not say
_MOST_EARLY_SECONDS = 60.0
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks: the id the server registered, and the key it knows the public half of."""

    client_id: str
    key: ClientKey


class BackendService:
    """The tokens of one client for one scope. No token is ever written or told."""

    def __init__(self, connection: Connection, client: Client, token_url: str, scope: str) -> None:
        self._connection, self._client, self._token_url, self._scope = connection, client, token_url, scope
        self._lock = asyncio.Lock()
        self._token: str | None = None
        self._renew_at = 0.0

    async def token(self) -> str:
        """A token that holds now, asked for where there is none or it soon ends. Raises FetchError when refused."""
        async with self._lock:
            if self._token is None or self._connection.timing.clock() >= self._renew_at:
                self._token, seconds = await self._asked()
                self._renew_at = self._connection.timing.clock() + seconds - min(_MOST_EARLY_SECONDS, seconds / 4)
            return self._token

    def forget(self, token: str) -> None:
        """Has a new token asked for, unless that has happened meanwhile."""
        if self._token == token:
            self._token = None

    async def _asked(self) -> tuple[str, float]:
        """A new token and how many seconds it holds."""
        response = await self._connection.post(self._token_url, self._proof)
        told = parsed(response.content)
        if response.status_code != 200:
            why = told.get("error") if isinstance(told, dict) else None
            named = f" ({why})" if isinstance(why, str) and why.isidentifier() and len(why) < 40 else ""
            raise FetchError(
                f"the server gives this client no token: {response.status_code}{named}; are --client-id, --key and the "
                f"public key it has registered right? The key's id is {self._client.key.key_id}"
            )
        token = told.get("access_token") if isinstance(told, dict) else None
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise FetchError("the server's token endpoint answered without a token")
        seconds = told.get("expires_in")
        return token, float(seconds) if isinstance(seconds, int | float) and seconds > 0 else _USUAL_SECONDS

    def _proof(self) -> dict[str, str]:
        now, unique = self._connection.timing.clock(), secrets.token_urlsafe(24)
        return {
            "grant_type": "client_credentials",
            "scope": self._scope,
            "client_assertion_type": _ASSERTION_TYPE,
            "client_assertion": assertion(self._client.key, self._client.client_id, self._token_url, now, unique),
        }


async def authorise(connection: Connection, client: Client, types: Iterable[str]) -> None:
    """Lets a connection ask as this client, to read these types. Raises FetchError where the server has no SMART."""
    response = await connection.ask(
        f"{connection.base}/.well-known/smart-configuration", {"Accept": "application/json"}, with_token=False
    )
    told = parsed(response.content) if response.status_code == 200 else None
    token_url = told.get("token_endpoint") if isinstance(told, dict) else None
    if not isinstance(told, dict) or not isinstance(token_url, str):
        raise FetchError(
            f"{connection.base} has no SMART configuration ({response.status_code}): is this its FHIR base? "
            "A server that is open needs no --client-id"
        )
    connection.authorisation = BackendService(connection, client, token_url, scope(types, told))


def scope(types: Iterable[str], configuration: dict[str, Any]) -> str:
    """Reading of each type, in the words of the server's version; of every type where it knows only that."""
    reading = "rs" if "permission-v2" in _listed(configuration, "capabilities") else "read"
    supported = _listed(configuration, "scopes_supported")
    narrow = [f"system/{kind}.{reading}" for kind in types]
    for wide in (f"system/*.{reading}", "system/*.read", "system/*.rs"):
        if wide in supported and not set(narrow) <= set(supported):
            return wide
    return " ".join(narrow)


def parsed(content: bytes) -> Any:
    """JSON as a value; none where it is no JSON."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _listed(configuration: dict[str, Any], name: str) -> list[Any]:
    value = configuration.get(name)
    return value if isinstance(value, list) else []

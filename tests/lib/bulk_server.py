"""A small FHIR bulk server on a real socket: it exports what it is given, and fails as it is told."""

import base64
import gzip
import hashlib
import json
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import blake3
import jwt

from lumbar.fetching import Client, Fetched, export_request, fetch

CLIENT_ID = "clinic-1"
TRANSACTION_TIME = "2026-11-21T08:00:00Z"


@dataclass(frozen=True)
class Fault:
    """What a server does once instead of its answer; `cut_at`: it gives so many bytes of a file and hangs up."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut_at: int | None = None
    holds: bool = False  # it stops at `cut_at` and waits until it is released
    without_range: bool = False
    spoiled: bool = False  # bytes are changed on the way


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]


@dataclass
class BulkServer:
    """What it exports, how it behaves, and what it was asked. `files`: content by name, `<Type>-<n>`."""

    files: dict[str, bytes]
    public_keys: dict[str, Any] = field(default_factory=dict)  # by key id; none: an open server
    errors: dict[str, bytes] = field(default_factory=dict)
    deleted: dict[str, bytes] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)  # where it counts wrongly
    token_seconds: float = 300.0
    uses_of_a_token: int = 1_000_000
    n_polls: int = 2
    packs: bool = False
    digests: bool = True
    ranges: bool = True
    has_bulk: bool = True
    is_fhir: bool = True
    requires_access_token: bool = True
    file_base: str = ""  # where the files lie, when elsewhere
    clock: Callable[[], float] = time.time
    base: str = ""
    asked: list[Asked] = field(default_factory=list)
    given: Counter[tuple[str, int]] = field(default_factory=Counter)  # answers by path and status
    faults: dict[str, list[Fault]] = field(default_factory=lambda: defaultdict(list))
    tokens: dict[str, list[float]] = field(default_factory=dict)  # each with its end and its uses left
    used_ids: set[str] = field(default_factory=set)
    jobs: dict[str, int] = field(default_factory=dict)  # polls left, by path
    n_open: int = 0  # files being given just now
    most_open: int = 0
    held: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def paths(self, method: str = "GET") -> list[str]:
        """The paths asked for, in order."""
        return [asked.path for asked in self.asked if asked.method == method]

    def of(self, path: str) -> list[Asked]:
        """The requests for one path."""
        return [asked for asked in self.asked if asked.path == path]

    def check_proof(self, form: dict[str, list[str]]) -> str | None:
        """Why the client is not believed; none when it is."""
        assertion = form["client_assertion"][0]
        key = self.public_keys.get(jwt.get_unverified_header(assertion)["kid"])
        if key is None:
            return "invalid_client"
        try:
            claims = jwt.decode(
                assertion,
                key,
                algorithms=["RS384", "ES384"],
                audience=f"{self.base}/token",
                issuer=CLIENT_ID,
                options={"require": ["exp", "iss", "sub", "aud", "jti"]},
            )
        except jwt.PyJWTError:
            return "invalid_client"
        is_fresh = claims["jti"] not in self.used_ids and claims["exp"] <= self.clock() + 300
        self.used_ids.add(claims["jti"])
        is_right = (
            form["grant_type"] == ["client_credentials"]
            and form["client_assertion_type"] == ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"]
            and all(scope.startswith("system/") for scope in form["scope"][0].split())
            and claims["sub"] == CLIENT_ID
        )
        return None if is_fresh and is_right else "invalid_request"

    def is_let_in(self, header: str | None) -> bool:
        """Whether a token still holds; a use of it is counted."""
        with self.lock:
            token = self.tokens.get((header or "").removeprefix("Bearer "))
            if token is None or token[0] <= self.clock() or token[1] < 1:
                return False
            token[1] -= 1
            return True

    def manifest(self) -> dict[str, Any]:
        """The manifest of the finished export."""

        def entries(files: dict[str, bytes]) -> list[dict[str, Any]]:
            return [
                {
                    "type": name.split("-")[0],
                    "url": f"{self.file_base or self.base}/files/{name}",
                    "count": self.counts.get(name, content.count(b"\n")),
                }
                for name, content in files.items()
            ]

        return {
            "transactionTime": TRANSACTION_TIME,
            "request": f"{self.base}/fhir/$export",
            "requiresAccessToken": self.requires_access_token,
            "output": entries(self.files),
            "error": entries(self.errors),
            "deleted": entries(self.deleted),
        }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    bulk: BulkServer

    def log_message(self, *_: object) -> None:
        """Nothing: the requests are kept."""

    def do_GET(self) -> None:
        self.answer()

    do_POST = do_DELETE = do_GET

    def answer(self) -> None:
        bulk, parts = self.bulk, urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        bulk.asked.append(Asked(self.command, parts.path, parse_qs(parts.query), headers))
        with bulk.lock:
            fault = bulk.faults[parts.path].pop(0) if bulk.faults[parts.path] else Fault()
        if fault.status:
            self.give(fault.status, fault.body, fault.headers)
        elif parts.path == "/fhir/.well-known/smart-configuration" and bulk.public_keys:
            told = {"token_endpoint": f"{bulk.base}/token", "capabilities": ["permission-v2"]}
            self.give_json(200, told)
        elif parts.path == "/fhir/metadata" and bulk.is_fhir:
            self.give_json(200, {"resourceType": "CapabilityStatement"})
        elif parts.path == "/token" and self.command == "POST":
            self.token(parse_qs(body.decode()))
        elif not bulk.is_fhir:
            self.give(404, b"<html>nothing here</html>", {"Content-Type": "text/html"})
        elif self.is_shut(parts.path):
            bulk.faults[parts.path].insert(0, fault)  # it is for who is let in
            self.give_json(401, {"resourceType": "OperationOutcome"})
        elif parts.path.endswith("/$export") and bulk.has_bulk:
            self.kick_off()
        elif parts.path in bulk.jobs:
            self.status(parts.path)
        elif parts.path.startswith("/files/"):
            with bulk.lock:
                bulk.n_open += 1
                bulk.most_open = max(bulk.most_open, bulk.n_open)
            self.file(parts.path.removeprefix("/files/"), fault)
            with bulk.lock:
                bulk.n_open -= 1
        else:
            self.give_json(404, {"resourceType": "OperationOutcome"})

    def is_shut(self, path: str) -> bool:
        is_guarded = bool(self.bulk.public_keys) and (self.bulk.requires_access_token or "/files/" not in path)
        return is_guarded and not self.bulk.is_let_in(self.headers.get("Authorization"))

    def token(self, form: dict[str, list[str]]) -> None:
        why = self.bulk.check_proof(form)
        if why:
            self.give_json(400, {"error": why, "error_description": form["client_assertion"][0]})
            return
        token = f"secret-token-{len(self.bulk.tokens)}"
        self.bulk.tokens[token] = [self.bulk.clock() + self.bulk.token_seconds, self.bulk.uses_of_a_token]
        self.give_json(200, {"access_token": token, "token_type": "bearer", "expires_in": self.bulk.token_seconds})

    def kick_off(self) -> None:
        if self.headers.get("Prefer") != "respond-async" or self.headers.get("Accept") != "application/fhir+json":
            self.give_json(400, {"resourceType": "OperationOutcome"})
            return
        path = f"/jobs/{len(self.bulk.jobs) + 1}"
        self.bulk.jobs[path] = self.bulk.n_polls
        self.give(202, b"", {"Content-Location": f"{self.bulk.base}{path}"})

    def status(self, path: str) -> None:
        if self.command == "DELETE":
            del self.bulk.jobs[path]
            self.give(202, b"")
        elif self.bulk.jobs[path]:
            self.bulk.jobs[path] -= 1
            self.give(202, b"", {"X-Progress": "half done", "Retry-After": "1"})
        else:
            self.give_json(200, self.bulk.manifest())

    def file(self, name: str, fault: Fault) -> None:
        content = {**self.bulk.files, **self.bulk.errors, **self.bulk.deleted}.get(name)
        if content is None:
            self.give(404, b"")
            return
        headers = {"Content-Type": "application/fhir+ndjson"}
        if self.bulk.packs and "gzip" in self.headers.get("Accept-Encoding", ""):
            content, headers["Content-Encoding"] = gzip.compress(content, mtime=0), "gzip"
        tag = f'"{hashlib.sha1(content).hexdigest()}"'
        if self.bulk.digests:
            headers["Digest"] = "sha-256=" + base64.b64encode(hashlib.sha256(content).digest()).decode()
        status, start = 200, 0
        if self.bulk.ranges and not fault.without_range:
            headers |= {"ETag": tag, "Accept-Ranges": "bytes"}
            wanted = self.headers.get("Range")
            if wanted and self.headers.get("If-Range") in (None, tag):
                start = int(wanted.removeprefix("bytes=").removesuffix("-"))
                if start >= len(content):
                    self.give(416, b"", {"Content-Range": f"bytes */{len(content)}"})
                    return
                status = 206
                headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        body = content[start:]
        if fault.spoiled:
            body = body[:-2] + b" \n"
        self.give(status, body, headers, fault)

    def give_json(self, status: int, value: Any) -> None:
        self.give(status, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def give(self, status: int, body: bytes, headers: dict[str, str] | None = None, fault: Fault = Fault()) -> None:
        self.bulk.given[urlsplit(self.path).path, status] += 1
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(body[: fault.cut_at])
            self.wfile.flush()
            if fault.holds:
                self.bulk.held.set()
                self.bulk.released.wait(60)
                self.wfile.write(body[fault.cut_at :])
            elif fault.cut_at is not None:
                self.close_connection = True
        except OSError:  # the client was killed, as it should be
            self.close_connection = True


@contextmanager
def serving(
    bulk: BulkServer, host: str = "127.0.0.1", wrap: Callable[[Any], Any] | None = None
) -> Iterator[BulkServer]:
    """The server at work; `wrap` puts TLS around its socket."""
    handler = type("Handler", (_Handler,), {"bulk": bulk})
    server = ThreadingHTTPServer((host, 0), handler)
    server.daemon_threads = True
    if wrap:
        server.socket = wrap(server.socket)
    bulk.base = f"{'https' if wrap else 'http'}://{host}:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield bulk
    finally:
        bulk.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def assert_every_file_is_there_once(out: Path, bulk: BulkServer) -> None:
    """Every file with the server's content, and an account that says so; nothing else."""
    account = json.loads((out / "fetch.json").read_text())
    served = list({**bulk.files, **bulk.errors, **bulk.deleted}.items())
    assert len(account["files"]) == len(served)
    for told, (name, content) in zip(account["files"], served, strict=True):
        assert told["type"] == name.split("-")[0]
        assert (out / told["file"]).read_bytes() == content
        assert told["bytes"] == len(content)
        assert told["lines"] == content.count(b"\n")
        assert told["blake3"] == blake3.blake3(content).hexdigest()
    assert {path.name for path in out.iterdir()} == {told["file"] for told in account["files"]} | {"fetch.json"}


def fetched(bulk: BulkServer, out: Path, hours: Any, client: Client | None = None, **options: Any) -> Fetched:
    """The export fetched into `out`, from a server at work, on a test's clock."""
    asked = {name: options.pop(name) for name in ("types", "group", "patients_only", "since") if name in options}
    return fetch(export_request(f"{bulk.base}/fhir", **asked), out, hours.timing, client, **options)

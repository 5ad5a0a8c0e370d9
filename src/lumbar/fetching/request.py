"""What is asked of a server: whose records, of which types, since when; and which addresses may be spoken to."""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from lumbar.errors import UsageError

# What the reader of FHIR exports makes something of, in the order it is asked for. Claims are asked for by name.
USUAL_TYPES = (
    "Patient",
    "Procedure",
    "Observation",
    "QuestionnaireResponse",
    "Condition",
    "Coverage",
    "Organization",
    "Practitioner",
)
CLAIM_TYPES = ("Claim", "ExplanationOfBenefit")
RESOURCE_TYPE = re.compile("[A-Z][A-Za-z]{1,63}")
_FHIR_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """One bulk export: the server's FHIR base without a closing slash, the level, the types, the beginning.

    `group` is the id of a Group, or none; `patients_only` asks at the level of patients; `since` is a FHIR
    instant, or none.
    """

    base: str
    types: tuple[str, ...]
    group: str | None = None
    patients_only: bool = False
    since: str | None = None

    @property
    def level(self) -> str:
        """The path between the base and `$export`, with its closing slash; empty at the level of the system."""
        if self.group is not None:
            return f"Group/{self.group}/"
        return "Patient/" if self.patients_only else ""

    @property
    def kick_off_url(self) -> str:
        """The address that starts the export."""
        asked = {"_type": ",".join(self.types)} | ({"_since": self.since} if self.since else {})
        return f"{self.base}/{self.level}$export?{urlencode(asked, safe=',')}"

    def as_json(self) -> dict[str, Any]:
        """The request as it stands in a fetch's files."""
        return {
            "server": self.base,
            "level": self.level.rstrip("/") or "system",
            "types": list(self.types),
            "since": self.since,
        }


def export_request(
    url: str,
    types: Iterable[str] = (),
    group: str | None = None,
    patients_only: bool = False,
    since: str | None = None,
) -> ExportRequest:
    """A request that can be sent. No types means the usual ones.

    Raises UsageError for an address, type, id or instant that cannot be.
    """
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("https", "http") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address:
        raise UsageError("URL is no web address; give the server's FHIR base, such as https://fhir.example.org/r4")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise UsageError("the URL holds a name, a password or a query; give the FHIR base alone")
    base = url.rstrip("/")
    if not may_speak_to(url, base):
        raise UsageError(f"{parts.hostname} is not this machine: give its address with https://")
    if parts.path.rstrip("/").endswith("$export"):
        raise UsageError("give the server's FHIR base, without $export; --group and --patient-level say the level")
    chosen = tuple(dict.fromkeys(types)) or USUAL_TYPES
    for kind in chosen:
        if not RESOURCE_TYPE.fullmatch(kind):
            raise UsageError(f"--type {kind!r} is no FHIR resource type, such as Procedure; repeat --type for several")
    if group is not None and not _FHIR_ID.fullmatch(group):
        raise UsageError(f"--group {group!r} is no FHIR id: letters, digits, '-' and '.', at most 64")
    if group is not None and patients_only:
        raise UsageError("--group and --patient-level are two levels; give one of them")
    return ExportRequest(base, chosen, group, patients_only, None if since is None else _instant(since))


def may_speak_to(url: str, base: str) -> bool:
    """Whether an address may be asked: by TLS any; without it this machine alone, and only where the base is it too."""
    if urlsplit(url).scheme == "https":
        return True
    return urlsplit(url).scheme == "http" and _is_this_machine(url) and _is_this_machine(base)


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port of an address: what a token is for. Raises ValueError for what is no address."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def _is_this_machine(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _instant(since: str) -> str:
    """A FHIR instant; a day alone is its beginning in universal time."""
    try:
        told = datetime.fromisoformat(since if "T" in since else f"{since}T00:00:00+00:00")
    except ValueError:
        told = None
    if told is None or told.tzinfo is None:
        raise UsageError(f"--since {since!r} is no day and no instant with its zone, such as YYYY-MM-DDThh:mm:ssZ")
    return told.isoformat().replace("+00:00", "Z")

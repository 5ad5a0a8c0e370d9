"""The manifest of a finished export: which files there are, and what each is called here."""

from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from lumbar.errors import FetchError
from lumbar.fetching.request import RESOURCE_TYPE

KINDS = ("output", "error", "deleted")  # what the lists of files in a manifest are called


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A file of an export: in which list it stands, its type, its address, how many resources the server counts.

    `name` is `<Type>.<n>.ndjson`, numbered by type in the manifest's order, so the same manifest gives the
    same names. Files of errors hold OperationOutcome, those of deleted ids Bundle: types no reader maps.
    """

    kind: str
    type: str
    url: str
    count: int | None
    name: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A finished export. `transaction_time`: the server's own time up to which everything is in it."""

    transaction_time: str
    requires_access_token: bool
    files: tuple[ExportFile, ...]

    def is_same_export(self, other: "Manifest") -> bool:
        """Whether both tell of the same files; their addresses may differ, for signed ones are made anew."""
        return self.transaction_time == other.transaction_time and [
            (file.kind, file.name, file.count) for file in self.files
        ] == [(file.kind, file.name, file.count) for file in other.files]


def manifest_of(pages: list[Any], address: str) -> Manifest:
    """The manifest in the parsed answers, several where the server gives it in parts; `address`: where it came from.

    Raises FetchError for what is no manifest of a bulk export.
    """
    numbers: Counter[str] = Counter()
    files: list[ExportFile] = []
    for page in pages:
        if not isinstance(page, dict) or not isinstance(page.get("output"), list):
            raise FetchError("the server's answer to the finished export is no manifest: it has no list 'output'")
        for kind in KINDS:
            entries = page.get(kind) or []
            if not isinstance(entries, list):
                raise FetchError(f"the export's manifest is broken: {kind!r} is no list")
            for entry in entries:
                files.append(_file(kind, entry, address, numbers))
    return Manifest(str(pages[0].get("transactionTime", "")), pages[0].get("requiresAccessToken") is True, tuple(files))


def next_page(page: Any, address: str) -> str | None:
    """The address of the manifest's next part; none at the last."""
    links = page.get("link") if isinstance(page, dict) else None
    for link in links if isinstance(links, list) else []:
        if isinstance(link, dict) and link.get("relation") == "next" and isinstance(link.get("url"), str):
            return full_address(address, str(link["url"]))
    return None


def full_address(address: str, given: str) -> str:
    """An address as the server gave it at another, made whole. Raises FetchError for what is none."""
    try:
        return urljoin(address, given)
    except ValueError:
        raise FetchError("the server gave an address that is none") from None


def _file(kind: str, entry: Any, address: str, numbers: Counter[str]) -> ExportFile:
    url = entry.get("url") if isinstance(entry, dict) else None
    if not isinstance(url, str) or not url:
        raise FetchError(f"the export's manifest is broken: a file under {kind!r} has no url")
    # Later versions of the guide leave the type out where a file holds several, or can hold one only.
    told = entry.get("type") or {"error": "OperationOutcome", "deleted": "Bundle"}.get(kind)
    if not isinstance(told, str) or not RESOURCE_TYPE.fullmatch(told):
        raise FetchError(f"the export's manifest is broken: a file under {kind!r} has no resource type")
    count = entry.get("count")
    numbers[told] += 1
    return ExportFile(
        kind,
        told,
        full_address(address, url),
        count if isinstance(count, int) and not isinstance(count, bool) else None,
        f"{told}.{numbers[told]}.ndjson",
    )

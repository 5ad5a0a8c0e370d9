"""The account of a finished fetch, `fetch.json`: every file with its fingerprint, and what the server says of it."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lumbar.fetching.folder import ACCOUNT, FetchFolder
from lumbar.fetching.manifest import ExportFile
from lumbar.fetching.request import RESOURCE_TYPE, ExportRequest
from lumbar.fetching.state import FORMAT, FetchState
from lumbar.version import __version__

_FILE_NAME = re.compile(r"[A-Za-z]{2,64}\.\d{1,9}\.ndjson")  # as a manifest's files are called here


def account_of(request: ExportRequest, state: FetchState, folder: FetchFolder) -> dict[str, Any]:
    """The account as JSON values. It holds no address of a file, for one may be signed, and no id of a patient."""
    assert state.manifest is not None
    files = state.manifest.files
    return {
        "format": FORMAT,
        "lumbar": __version__,
        **request.as_json(),
        "transaction_time": state.manifest.transaction_time,
        "files": [_entry(file, state) for file in files],
        "issues": _sum(n_issues(folder.here(file)) for file in files if file.kind == "error"),
        "deleted": _sum(n_deleted(folder.here(file)) for file in files if file.kind == "deleted"),
    }


def n_issues(path: Path) -> Counter[str]:
    """How many issues of each severity the OperationOutcomes of a file tell."""
    return Counter(
        _word(issue.get("severity")) for resource in _resources(path) for issue in _dicts(resource.get("issue"))
    )


def n_deleted(path: Path) -> Counter[str]:
    """How many resources of each type the Bundles of a file say were deleted at the server."""
    requests = (entry.get("request") for resource in _resources(path) for entry in _dicts(resource.get("entry")))
    return Counter(
        _word(str(request.get("url", "")).split("/", 1)[0])
        for request in requests
        if isinstance(request, dict) and request.get("method") == "DELETE"
    )


def fetched_lines(folder: Path, account: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """What was fetched, as lines with whether they warn."""
    outputs = [file for file in account["files"] if file["kind"] == "output"]
    yield (
        f"Fetched from {account['server']}, as it was at {account['transaction_time'] or 'a time it does not say'}:",
        False,
    )
    for kind in dict.fromkeys(file["type"] for file in outputs):
        of_kind = [file for file in outputs if file["type"] == kind]
        n_lines, n_files = sum(file["lines"] for file in of_kind), len(of_kind)
        yield f"  {kind:24}{n_lines:>10,} in {n_files} file{'s' if n_files > 1 else ''}", False
    for warning in account_warnings(account):
        yield warning, True
    yield f"Every file's size and blake3: {folder / ACCOUNT}", False


def account_warnings(account: dict[str, Any]) -> Iterator[str]:
    """What the server said went wrong, could not be exported or is not all, as lines; no address is in them."""
    came = {file["type"] for file in account["files"] if file["kind"] == "output"}
    if missing := [kind for kind in account["types"] if kind not in came]:
        yield f"Asked for, and none came: {', '.join(missing)}"
    for file in account["files"]:
        if file["count"] not in (None, file["lines"]):
            yield f"{file['file']}: {file['lines']:,} resources came, twice; the server counts {file['count']:,}"
    if account["issues"]:
        yield f"The server tells of issues ({_told(account['issues'])}): see {_names(account, 'error')}"
    if account["deleted"]:
        names = _names(account, "deleted")
        yield f"Deleted at the server since ({_told(account['deleted'])}): their ids are in {names}"
    if account["since"]:
        yield "Only what changed since then is here; a result needs all records of its patients"


def account_in(folder: Path) -> dict[str, Any] | None:
    """What `account_warnings` rests on, from a folder's fetch.json; none where that is not as `account_of` makes it.

    The file may come from elsewhere, and what it says is told on: every word of it is one a fetch writes.
    """
    try:
        told = json.loads((folder / ACCOUNT).read_bytes())
        files = [
            {
                "file": _fitting(_FILE_NAME, file["file"]),
                "kind": file["kind"],
                "type": file["type"],
                "lines": int(file["lines"]),
                "count": None if file["count"] is None else int(file["count"]),
            }
            for file in told["files"]
        ]
        return {
            "types": [_fitting(RESOURCE_TYPE, kind) for kind in told["types"]],
            "since": bool(told["since"]),
            "files": files,
            "issues": _counted(told["issues"]),
            "deleted": _counted(told["deleted"]),
        }
    except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return None


def _names(account: dict[str, Any], kind: str) -> str:
    return ", ".join(file["file"] for file in account["files"] if file["kind"] == kind)


def _fitting(pattern: re.Pattern[str], told: str) -> str:
    if not pattern.fullmatch(told):
        raise ValueError("a word that no fetch writes")
    return told


def _counted(told: dict[str, Any]) -> dict[str, int]:
    return {_word(word): int(n) for word, n in told.items()}


def _entry(file: ExportFile, state: FetchState) -> dict[str, Any]:
    whole = state.of(file).whole
    assert whole is not None
    return {
        "file": file.name,
        "kind": file.kind,
        "type": file.type,
        "bytes": whole.n_bytes,
        "lines": whole.n_lines,
        "count": file.count,
        "blake3": whole.blake3,
    }


def _resources(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as stream:
        for line in stream:
            try:
                told = json.loads(line)
            except (ValueError, RecursionError):
                told = None  # counted as a line of the file; there is nothing in it to count by
            if isinstance(told, dict):
                yield told


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _word(told: Any) -> str:
    """A word of FHIR's; what is none could be anything, so it is not repeated."""
    return told if isinstance(told, str) and told.isalpha() and told.isascii() and len(told) < 64 else "other"


def _sum(counts: Iterator[Counter[str]]) -> dict[str, int]:
    return dict(sorted(sum(counts, Counter[str]()).items()))


def _told(counts: dict[str, int]) -> str:
    return ", ".join(f"{n:,} {word}" for word, n in counts.items())

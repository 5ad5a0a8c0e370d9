"""What a fetch knows at any moment, as values and as JSON: enough to go on after it was killed. Never a token.

What is known of one file is kept apart from the job, so that an export of thousands of files is not written anew
with each of them.
"""

from dataclasses import asdict, dataclass, field
from typing import Any

from lumbar.errors import FetchError
from lumbar.fetching.manifest import ExportFile, Manifest

FORMAT = 1
_UNREADABLE = "the state of the unfinished fetch cannot be read; start anew with --restart"


@dataclass(frozen=True, slots=True)
class Whole:
    """A file that is all here: its bytes, its lines that are not blank, its blake3."""

    n_bytes: int
    n_lines: int
    blake3: str


@dataclass(slots=True)
class Received:
    """What came of one file so far.

    `validator`: the ETag or date that names these very bytes, empty where the server gave none; `digests`: the
    checksums the server gave for them, base64 by algorithm; `whole`: once it is.
    """

    validator: str = ""
    digests: dict[str, str] = field(default_factory=dict)
    whole: Whole | None = None


@dataclass(slots=True)
class FetchState:
    """One export job: the address that started it, where its status is asked, its manifest once there is one."""

    kick_off_url: str
    status_url: str
    manifest: Manifest | None = None
    received: dict[str, Received] = field(default_factory=dict)

    def of(self, file: ExportFile) -> Received:
        """What came of a file; nothing as yet."""
        return self.received.setdefault(file.name, Received())

    @property
    def is_all_here(self) -> bool:
        """Whether every file of the manifest is whole."""
        return self.manifest is not None and all(self.of(file).whole for file in self.manifest.files)

    def as_json(self) -> dict[str, Any]:
        """The job as JSON values, without what came of its files."""
        return {
            "format": FORMAT,
            "kick_off_url": self.kick_off_url,
            "status_url": self.status_url,
            "manifest": self.manifest and asdict(self.manifest),
        }


def state_of(told: Any) -> FetchState:
    """The job in JSON values as `as_json` gives them. Raises FetchError for any others."""
    try:
        if told["format"] != FORMAT:
            raise ValueError
        manifest = told["manifest"]
        return FetchState(
            str(told["kick_off_url"]),
            str(told["status_url"]),
            manifest and Manifest(**{**manifest, "files": tuple(ExportFile(**file) for file in manifest["files"])}),
        )
    except (KeyError, TypeError, ValueError):
        raise FetchError(_UNREADABLE) from None


def received_of(told: Any) -> Received:
    """What came of a file, in JSON values as `asdict` gives them. Raises FetchError for any others."""
    try:
        return Received(told["validator"], told["digests"], told["whole"] and Whole(**told["whole"]))
    except (KeyError, TypeError):
        raise FetchError(_UNREADABLE) from None

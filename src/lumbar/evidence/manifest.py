"""The manifest: every file of a bundle with its length and hash, each line chained to all before it."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from lumbar.evidence.archive import MOST_FILES

MANIFEST = "manifest.json"
SIGNATURE = "manifest.json.sig"
MOST_BYTES = 8 << 20
SIGNATURE_BYTES = 64

_FORM = "lumbar evidence bundle 1"
_HASH = re.compile(r"[0-9a-f]{64}")
_LONGEST_PATH = 250


@dataclass(frozen=True, slots=True)
class Line:
    """One file: its path in the archive, its length in bytes, and the SHA-256 of its content.

    `chain` is the SHA-256 of the chain before, a space, the hash, a space, the length, a space and the path.
    """

    path: str
    bytes: int
    sha256: str
    chain: str

    def link(self, before: str) -> str:
        """What `chain` has to be after the chain before."""
        return hashlib.sha256(f"{before} {self.sha256} {self.bytes} {self.path}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle holds, in the archive's order, and the version that made it."""

    made_with: str
    lines: tuple[Line, ...]

    @property
    def first_chain(self) -> str:
        """What the first line is chained to: the SHA-256 of the form and of what made it."""
        return hashlib.sha256(f"{_FORM} {self.made_with}".encode()).hexdigest()

    def as_bytes(self) -> bytes:
        """The manifest's one text."""
        value = {"form": _FORM, "made_with": self.made_with, "files": [asdict(line) for line in self.lines]}
        return f"{json.dumps(value, indent=1, ensure_ascii=False)}\n".encode()

    def broken_lines(self) -> list[Line]:
        """The lines whose chain is not that of the lines before.

        Where a chain alone was changed, the line after it still fits what that should have been, and is none of them:
        a line may follow what the one before says, or what that should have said.
        """
        broken: list[Line] = []
        before: tuple[str, ...] = (self.first_chain,)
        for line in self.lines:
            links = [line.link(chain) for chain in before]
            if line.chain in links:
                before = (line.chain,)
            else:
                broken.append(line)
                before = (line.chain, links[-1])
        return broken


def manifest_of(made_with: str, files: Sequence[tuple[str, int, str]]) -> Manifest:
    """The manifest of files given as path, length and SHA-256, in the archive's order."""
    manifest = Manifest(made_with, ())
    chain = manifest.first_chain
    lines: list[Line] = []
    for path, n_bytes, sha256 in files:
        chain = Line(path, n_bytes, sha256, "").link(chain)
        lines.append(Line(path, n_bytes, sha256, chain))
    return Manifest(made_with, tuple(lines))


def parse_manifest(content: bytes) -> Manifest:
    """The manifest in a file's bytes. Raises ValueError for what is none."""
    value = json.loads(content.decode("utf-8"))
    if not isinstance(value, dict) or value.get("form") != _FORM or not isinstance(value.get("files"), list):
        raise ValueError("not of the form")
    if len(value["files"]) > MOST_FILES:
        raise ValueError("too many files")
    manifest = Manifest(_text(value.get("made_with")), tuple(_line(line) for line in value["files"]))
    paths = [MANIFEST, SIGNATURE, *(line.path for line in manifest.lines)]
    if len(set(paths)) < len(paths):
        raise ValueError("a path stands twice")
    files = set(paths)
    if any("/".join(parts[:n]) in files for parts in (path.split("/") for path in paths) for n in range(1, len(parts))):
        raise ValueError("a file stands where a folder does")
    return manifest


def is_safe_path(path: str) -> bool:
    """Whether a path stays inside the folder it is unpacked to, on every system, and is fit to be shown."""
    parts = path.split("/")
    inside = all(part not in {"", ".", ".."} for part in parts)
    return inside and len(path) <= _LONGEST_PATH and path.isprintable() and not re.search(r'[\\:*?"<>|]', path)


def _line(value: Any) -> Line:
    if not isinstance(value, dict) or value.keys() != {"path", "bytes", "sha256", "chain"}:
        raise ValueError("a line is not of the form")
    path, n_bytes = _text(value["path"]), value["bytes"]
    hashes = _text(value["sha256"]), _text(value["chain"])
    if not is_safe_path(path) or type(n_bytes) is not int or not 0 <= n_bytes < 1 << 62:
        raise ValueError("a line names no file")
    if not all(_HASH.fullmatch(each) for each in hashes):
        raise ValueError("a line has no hash")
    return Line(path, n_bytes, *hashes)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("no text")
    return value

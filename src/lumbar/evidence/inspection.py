"""What of a bundle is not as it was signed, each difference named by the file or the part it lies in.

Names, lengths and contents of all files follow from the manifest, and from those every other byte of the archive.
An archive that still has this form is compared byte for byte; one packed otherwise, file by file.
"""

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from lumbar.errors import InputError
from lumbar.evidence.archive import (
    Header,
    Record,
    chunks_at,
    crc_of,
    directory_line,
    directory_records,
    end_of,
    end_record,
    layout,
    local_header,
    local_records,
    read_at,
)
from lumbar.evidence.manifest import MANIFEST, MOST_BYTES, SIGNATURE, SIGNATURE_BYTES, Manifest, parse_manifest
from lumbar.evidence.signing import MOST_KEY_BYTES, is_signed, parsed_public_key

ARCHIVE = "the archive"
SIGNER = "signer.pem"
_LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was signed or does not fit: in which file or part, and what."""

    part: str
    problem: str


_PACKED_ANEW = Finding(ARCHIVE, "was packed anew, not as lumbar packs it; its files are unchanged")


@dataclass(slots=True)
class Inspected:
    """A bundle looked through: what was found, and where the files that are as the manifest says stand."""

    stream: BinaryIO
    findings: list[Finding] = field(default_factory=list)
    manifest: Manifest | None = None
    signer: Ed25519PublicKey | None = None
    right: dict[str, Record] = field(default_factory=dict)

    def found(self, part: str, problem: str) -> None:
        """Adds a finding; a part's name is the archive's, so it is made fit to be shown."""
        self.findings.append(Finding(shown(part), problem))

    @property
    def paths(self) -> list[str]:
        """The files that the manifest names, in its order."""
        return [line.path for line in self.manifest.lines] if self.manifest else []

    def sha256(self, path: str) -> str | None:
        """The hash of a file that is right, none of another."""
        hashes = {line.path: line.sha256 for line in self.manifest.lines} if self.manifest else {}
        return hashes[path] if path in self.right else None

    def content(self, path: str, most_bytes: int) -> bytes:
        """The content of a file that is right. Raises ValueError when it is longer than that."""
        record = self.right[path]
        if record.size > most_bytes:
            raise ValueError("too long")
        return b"".join(chunks_at(self.stream, record))

    def chunks(self, path: str) -> Iterator[bytes]:
        """The content of a file that is right, in chunks."""
        return chunks_at(self.stream, self.right[path])


@dataclass(frozen=True, slots=True)
class _Read:
    """What a file's content was read to be."""

    sha256: str
    crc: int
    n_bytes: int


def inspect(stream: BinaryIO, on_file: Callable[[str], None] = lambda name: None) -> Inspected:
    """Looks through a bundle. Raises InputError for what is none."""
    inspected = Inspected(stream)
    in_place, listed = local_records(stream), directory_records(stream)
    manifest_bytes, manifest = _manifest(stream, in_place, listed)
    if manifest is None:
        there = {record.name for record in (*in_place, *(listed or ()))}
        if SIGNATURE not in there:
            raise InputError(_why_no_bundle(stream, in_place))
        is_there = "was changed: it can no longer be read as a manifest"
        inspected.found(MANIFEST, is_there if MANIFEST in there else "was removed")
        return inspected
    inspected.manifest = manifest
    broken = {line.path for line in manifest.broken_lines()}
    for path in [line.path for line in manifest.lines if line.path in broken]:
        inspected.found(MANIFEST, f"the chain is broken at the line of {shown(path)}")
    if not broken and manifest.as_bytes() != manifest_bytes:
        inspected.found(MANIFEST, "its text was changed")
    sizes = [(line.path, line.bytes) for line in manifest.lines]
    expected = layout([(MANIFEST, len(manifest_bytes)), (SIGNATURE, SIGNATURE_BYTES), *sizes])
    has_the_form = _has_the_form(expected, in_place, listed)
    records = expected if has_the_form else in_place if listed is None else listed
    first = {record.name: record for record in reversed(records)}
    reads: dict[str, _Read] = {}
    for name in [record.name for record in expected if record.name in first and first[record.name].stored]:
        on_file(name)
        reads[name] = _read(stream, first[name])
    hashes = {line.path: line.sha256 for line in manifest.lines if line.path not in broken}
    right = [name for name, read in reads.items() if read.sha256 == hashes.get(name)]
    inspected.right = {name: first[name] for name in right}
    if _is_signed(inspected, manifest_bytes, first.get(SIGNATURE)):
        inspected.right |= {name: first[name] for name in (MANIFEST, SIGNATURE) if name in first}
    if has_the_form:
        inspected.findings += _by_place(inspected, expected, reads, broken)
    else:
        inspected.findings += _by_name(inspected, expected, records, broken)
    return inspected


def shown(name: str) -> str:
    """A name out of an archive, fit for one line of a terminal."""
    printable = "".join(letter if letter.isprintable() else "?" for letter in name)
    return printable if len(printable) <= _LONGEST_NAME else f"{printable[:_LONGEST_NAME]}…"


def _manifest(
    stream: BinaryIO, in_place: Sequence[Record], listed: Sequence[Record] | None
) -> tuple[bytes, Manifest | None]:
    """The manifest as it is found best: where the headers say, where the directory says, or where it should be."""
    starts = [(record.start, record.size) for record in (*in_place, *(listed or ())) if record.name == MANIFEST]
    starts += [(len(local_header(MANIFEST, 0, 0).content), size) for _, size in starts]
    best: tuple[int, bytes, Manifest | None] = (0, b"", None)
    for start, size in dict.fromkeys(starts):
        content = read_at(stream, start, min(size, MOST_BYTES))
        manifest = _parsed(content)
        if manifest is not None:
            quality = 1 + (not manifest.broken_lines()) + (manifest.as_bytes() == content)
            best = max(best, (quality, content, manifest), key=lambda each: each[0])
    return best[1:]


def _parsed(content: bytes) -> Manifest | None:
    try:
        return parse_manifest(content)
    except (ValueError, RecursionError):
        return None


def _why_no_bundle(stream: BinaryIO, records: Sequence[Record]) -> str:
    if stream.seek(0, os.SEEK_END) == 0:
        return "is empty: no evidence bundle"
    if records and records[0].name == MANIFEST:
        return "is no evidence bundle, or one cut short before its signature"
    if records:
        return f"is a zip, but no evidence bundle: it lacks {MANIFEST} or its signature"
    return "is no evidence bundle: no zip, or one cut short or damaged beyond reading"


def _has_the_form(expected: Sequence[Record], in_place: Sequence[Record], listed: Sequence[Record] | None) -> bool:
    """Whether headers or directory, of which a change of one byte leaves one, say what the manifest says."""

    def places(records: Sequence[Record]) -> list[tuple[str, int]]:
        return [(record.name, record.offset) for record in records]

    wanted = places(expected)
    if listed is None:
        return wanted[: len(in_place)] == places(in_place)
    return wanted in (places(in_place), places(listed))


def _read(stream: BinaryIO, record: Record) -> _Read:
    digest, crc, n_bytes = hashlib.sha256(), 0, 0
    for chunk in chunks_at(stream, record):
        digest.update(chunk)
        crc, n_bytes = crc_of(chunk, crc), n_bytes + len(chunk)
    return _Read(digest.hexdigest(), crc, n_bytes)


def _is_signed(inspected: Inspected, manifest_bytes: bytes, signature: Record | None) -> bool:
    """Whether the manifest is signed by the key that the bundle holds; a finding when it is not."""
    if SIGNER not in inspected.paths:
        inspected.found(SIGNER, "is not in the manifest: nobody signed")
        return False
    if SIGNER not in inspected.right or signature is None:  # a finding of its own
        return False
    if inspected.right[SIGNER].size <= MOST_KEY_BYTES:
        inspected.signer = parsed_public_key(inspected.content(SIGNER, MOST_KEY_BYTES))
    if inspected.signer is None:
        inspected.found(SIGNER, "holds no Ed25519 public key")
        return False
    signed = is_signed(inspected.signer, read_at(inspected.stream, signature.start, SIGNATURE_BYTES), manifest_bytes)
    if not signed and not inspected.findings:
        inspected.found(SIGNATURE, f"is not the signer's signature of {MANIFEST}: one of the two was changed")
    return signed


def _by_place(
    inspected: Inspected, expected: Sequence[Record], reads: dict[str, _Read], broken: set[str]
) -> list[Finding]:
    """What differs in an archive of the right form: contents, and every byte that is the archive's own."""
    unsaid = {MANIFEST, SIGNATURE, *broken}  # what is to be said of their content is said
    contents: list[tuple[int, Finding]] = []
    headers: list[tuple[int, Finding]] = []
    lines: list[tuple[int, Finding]] = []
    at = end_of(expected)
    for record in expected:
        name, read = record.name, reads[record.name]
        if name not in inspected.right and name not in unsaid:
            problem = "was changed" if read.n_bytes == record.size else "is cut short"
            contents.append((record.start, Finding(name, problem)))
        if not _stands(inspected, local_header(name, record.size, read.crc), record.offset, name):
            headers.append((record.offset, Finding(name, "its header in the archive was changed")))
        line = directory_line(record, read.crc)
        if not _stands(inspected, line, at, name):
            lines.append((at, Finding(name, "its line in the archive's directory was changed")))
        at += len(line.content)
    if len(headers) == len(expected):  # it was not changed here and there
        return [finding for _, finding in contents] or [_PACKED_ANEW]
    found = sorted([*contents, *headers, *lines], key=lambda placed: placed[0])
    findings = [finding for _, finding in found]
    end = end_record(len(expected), end_of(expected), at - end_of(expected))
    if read_at(inspected.stream, at, len(end)) != end:
        findings.append(Finding(ARCHIVE, "the record at its end was changed"))
    surplus = inspected.stream.seek(0, os.SEEK_END) - at - len(end)
    if surplus:  # from the first difference on nothing stands where it should
        length = f"is {abs(surplus)} bytes {'longer' if surplus > 0 else 'shorter'} than it was"
        findings = [*findings[:1], Finding(ARCHIVE, length)]
    return findings


def _stands(inspected: Inspected, header: Header, offset: int, name: str) -> bool:
    """Whether a header stands at its place; the CRC-32 counts where the content it is of is known."""
    found = read_at(inspected.stream, offset, len(header.content))
    if name in inspected.right:
        return found == header.content
    wanted, compared = header.without_crc(found)
    return wanted == compared


def _by_name(
    inspected: Inspected,
    expected: Sequence[Record],
    records: Sequence[Record],
    broken: set[str],
) -> list[Finding]:
    """What differs in an archive packed otherwise: files changed, removed, added, out of order."""
    wanted, there = [record.name for record in expected], [record.name for record in records]
    is_wanted, is_there = set(wanted), set(there)
    removed = [name for name in wanted if name not in is_there]
    added = [name for name in dict.fromkeys(there) if name not in is_wanted]
    if len(added) == len(removed) and broken.issuperset(removed):  # it is the manifest that calls them otherwise
        added, removed = [], []
    packed = [record.name for record in records if record.name in is_wanted and not record.stored]
    unsaid = {MANIFEST, SIGNATURE, *broken, *packed}
    changed = [name for name in wanted if name in is_there and name not in inspected.right and name not in unsaid]
    findings = [Finding(name, "was removed") for name in removed]
    findings += [Finding(shown(name), "was added: the manifest does not name it") for name in added]
    findings += [Finding(name, "is compressed, as no file of a bundle is, and was not looked at") for name in packed]
    findings += [Finding(name, "was changed") for name in changed]
    findings += [
        Finding(shown(name), f"stands {n} times in the archive") for name, n in Counter(there).items() if n > 1
    ]
    in_both = [name for name in wanted if name in is_there]
    for name, place in zip(in_both, (name for name in dict.fromkeys(there) if name in is_wanted), strict=True):
        if name != place:
            findings.append(Finding(place, f"is out of order: it stands where {name} should"))
            break
    if not findings and not inspected.findings:
        findings.append(_PACKED_ANEW)
    return findings

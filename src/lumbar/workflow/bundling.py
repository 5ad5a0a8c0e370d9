"""A stored result to a bundle of evidence: all it was made by beside it, hashed, chained and signed."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lumbar.errors import RecountError, ResultFolderError, UsageError
from lumbar.evidence.archive import CHUNK_BYTES, crc_of, write_archive
from lumbar.evidence.contents import (
    EXPORTS,
    EXPORTS_LIST,
    README,
    RESULT,
    exports_list,
    readme,
    rule_files,
    told_files,
)
from lumbar.evidence.inspection import SIGNER
from lumbar.evidence.manifest import MANIFEST, SIGNATURE, is_safe_path, manifest_of
from lumbar.evidence.signing import public_pem
from lumbar.exports.leaving import Lines
from lumbar.placing import aside
from lumbar.store import StoredResult, open_result, refuse_to_replace
from lumbar.version import __version__
from lumbar.workflow.exporting import check_tables
from lumbar.workflow.progress import OnProgress, silent
from lumbar.workflow.recounting import Released, recount_difference
from lumbar.workflow.result import Result


@dataclass(frozen=True, slots=True)
class _Held:
    """One file to be held: its path in the bundle, where its content is, and what that was read to be."""

    path: str
    source: Path | bytes
    n_bytes: int
    sha256: str
    crc: int


def bundle(
    folder: Path,
    out: Path,
    key: Ed25519PrivateKey,
    *,
    exports: Sequence[Path] = (),
    on_progress: OnProgress = silent,
) -> Lines:
    """Writes the bundle of a stored result and files released from it; returns what the terminal shows.

    The same result, files and key give the same bytes. Raises ResultFolderError for no whole result, one whose
    tables cannot be read or do not agree, or no place to write, UsageError for a result of another version or a file
    not released from it, RecountError for a file that no longer says what the result says: `out` is then as it was.
    """
    result = open_result(folder)
    refuse_to_replace(out, result.run, exports)
    made_by = {**rule_files(result.run), **told_files(result.run)}
    released = _released(result, exports, on_progress)
    names = result.files()
    on_progress("checking", "tables")
    check_tables(Result(result))
    contents: dict[str, Path | bytes] = {
        README: readme(),
        SIGNER: public_pem(key.public_key()),
        **{f"{RESULT}{name}": folder / name for name in names},
        EXPORTS_LIST: exports_list([each.as_json() for each, _ in released]),
        **{f"{EXPORTS}{name}": path.with_name(name) for each, path in released for name in each.files},
        **dict(sorted(made_by.items())),
    }
    held = []
    for path, source in contents.items():
        on_progress("hashing", path)
        held.append(_held(path, source))
    manifest = manifest_of(__version__, [(each.path, each.n_bytes, each.sha256) for each in held]).as_bytes()
    signed = [_held(MANIFEST, manifest), _held(SIGNATURE, key.sign(manifest))]
    with aside(out) as beside, beside.open("wb") as stream:
        on_progress("writing", out.name)
        write_archive(stream, [(each.path, each.n_bytes, each.crc, _unchanged(each)) for each in (*signed, *held)])
    n_bytes = sum(each.n_bytes for each in held)
    return [
        (f"{len(held)} files, {n_bytes / 1e6:,.1f} MB, {len(released)} of them released files", False),
        ("The bundle holds patient data: keep it as you keep the records", True),
    ]


def _released(result: StoredResult, exports: Sequence[Path], on_progress: OnProgress) -> list[tuple[Released, Path]]:
    found: list[tuple[Released, Path]] = []
    for path in sorted(exports, key=lambda path: path.name):
        on_progress("recounting", path.name)
        if any(each.file == path.name for each, _ in found):
            raise UsageError(f"two files are called {path.name}; give one of them another name")
        if "/" in path.name or not is_safe_path(f"{EXPORTS}{path.name}"):
            raise UsageError(f"{path.name} is no name that every system can have; give the file another")
        facts = result.release_of(_read(path)[1])
        if facts is None:
            raise UsageError(f"{path} was not released from {result.folder}, or was changed since; export it again")
        try:
            released = Released.parsed({"file": path.name, **facts})
        except (LookupError, TypeError, ValueError):
            raise UsageError(f"how {path} was released is noted wrongly in {result.folder}; export it again") from None
        second = path.with_name(f"{path.name}{released.beside}")
        if released.beside and not (second.is_file() and _read(second)[1] == released.beside_sha256):
            raise UsageError(f"{second} is not there as it was released, or was changed since; export {path} again")
        difference = recount_difference(released, path, Result(result))
        if difference:
            raise RecountError(f"{path} no longer says what the result says: {difference}")
        found.append((released, path))
    return found


def _held(path: str, source: Path | bytes) -> _Held:
    return _Held(path, source, *_read(source))


def _read(source: Path | bytes) -> tuple[int, str, int]:
    """Length, SHA-256 and CRC-32 of a content."""
    digest, crc, n_bytes = hashlib.sha256(), 0, 0
    for chunk in _chunks(source):
        digest.update(chunk)
        crc, n_bytes = crc_of(chunk, crc), n_bytes + len(chunk)
    return n_bytes, digest.hexdigest(), crc


def _unchanged(held: _Held) -> Iterator[bytes]:
    """The content again. Raises ResultFolderError when it is no longer what it was when it was hashed."""
    digest = hashlib.sha256()
    for chunk in _chunks(held.source):
        digest.update(chunk)
        yield chunk
    if digest.hexdigest() != held.sha256:
        raise ResultFolderError(f"{held.path} was changed while it was bundled; try again")


def _chunks(source: Path | bytes) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    try:
        with source.open("rb") as stream:
            while chunk := stream.read(CHUNK_BYTES):
                yield chunk
    except FileNotFoundError:
        raise UsageError(f"{source}: no such file") from None
    except OSError as error:
        raise UsageError(f"{source} cannot be read: {error.strerror}") from None

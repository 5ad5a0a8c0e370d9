"""Bundles of evidence taken apart and put together again, as somebody would who wants to deceive, or a disk that fails."""

import hashlib
import zipfile
import zlib
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lumbar.evidence.archive import write_archive
from lumbar.evidence.manifest import MANIFEST, SIGNATURE, manifest_of
from lumbar.evidence.signing import public_pem

SIGNER = "signer.pem"


def held_files(bundle: Path) -> dict[str, bytes]:
    """Every file of the bundle in its order, by another reader of zip files than ours."""
    with zipfile.ZipFile(bundle) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(files: dict[str, bytes], out: Path, method: int = zipfile.ZIP_STORED) -> Path:
    """The files packed by another program."""
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out


def forged(files: dict[str, bytes], out: Path, key: Ed25519PrivateKey | None = None) -> Path:
    """The files in a bundle of the right form, with a manifest that fits: signed anew by a key, or as it was."""
    content = {path: each for path, each in files.items() if path not in (MANIFEST, SIGNATURE)}
    if key is not None:
        content[SIGNER] = public_pem(key.public_key())
    hashes = [(path, len(each), hashlib.sha256(each).hexdigest()) for path, each in content.items()]
    manifest = manifest_of("0.1.0", hashes).as_bytes()
    signature = files[SIGNATURE] if key is None else key.sign(manifest)
    with out.open("wb") as stream:
        parts = {MANIFEST: manifest, SIGNATURE: signature, **content}
        write_archive(stream, [(path, len(each), zlib.crc32(each), iter([each])) for path, each in parts.items()])
    return out

"""Ed25519 keys that a user owns: made, read from the forms OpenSSL and OpenSSH write, and told by fingerprint."""

import base64
import hashlib
import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
    load_ssh_private_key,
    load_ssh_public_key,
)

from lumbar.errors import UsageError
from lumbar.placing import replace_file

OWN_KEY, OWN_PUBLIC_KEY = "signing-key.pem", "signing-key.pub"
MOST_KEY_BYTES = 1 << 16
_OPENSSH = b"-----BEGIN OPENSSH PRIVATE KEY-----"
_HOW_TO_MAKE = "ssh-keygen -t ed25519 -f FILE makes one"

AskPassphrase = Callable[[], str]


def private_key(path: Path, ask: AskPassphrase) -> Ed25519PrivateKey:
    """The private key in a file, PKCS#8 PEM or OpenSSH; `ask` is asked for the passphrase of one that has one.

    Raises UsageError for a file that cannot be read or holds no Ed25519 private key, and a wrong passphrase.
    """
    content = _content(path)
    if b"PRIVATE KEY-----" not in content:
        raise UsageError(f"{path} holds no private key; {_HOW_TO_MAKE}")
    load = load_ssh_private_key if content.startswith(_OPENSSH) else load_pem_private_key
    passphrase: bytes | None = None
    try:
        try:
            key = load(content, None)
        except TypeError:  # it has a passphrase
            passphrase = ask().encode()
            key = load(content, passphrase)
    except UnsupportedAlgorithm:
        why = "its kind is not supported" if passphrase is None else "a passphrase of this kind needs bcrypt installed"
        raise UsageError(f"the key {path} cannot be read here: {why}") from None
    except (ValueError, TypeError):
        why = "it is damaged" if passphrase is None else "the passphrase is wrong, or it is damaged"
        raise UsageError(f"the key {path} cannot be read: {why}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(f"the key {path} is not of the kind Ed25519; {_HOW_TO_MAKE}")
    return key


def public_key(path: Path) -> Ed25519PublicKey:
    """The public key in a file, PEM or a line of OpenSSH. Raises UsageError for a file that holds none."""
    content = _content(path)
    if b"PRIVATE KEY-----" in content:
        raise UsageError(f"{path} is a private key; give the public one, and keep this to yourself")
    key = parsed_public_key(content)
    if key is None:
        raise UsageError(f"{path} holds no Ed25519 public key")
    return key


def parsed_public_key(content: bytes) -> Ed25519PublicKey | None:
    """The Ed25519 public key that bytes hold as PEM or as a line of OpenSSH; none when they hold none."""
    load = load_pem_public_key if content.lstrip().startswith(b"-----BEGIN") else load_ssh_public_key
    try:
        key = load(content)
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, Ed25519PublicKey) else None


def own_key(folder: Path) -> tuple[Ed25519PrivateKey, bool]:
    """The key of the user's own in a folder, and whether it was made just now; its public half stands beside it.

    Raises UsageError when what is there is no key, ResultFolderError when it cannot be written.
    """
    path = folder / OWN_KEY
    made = not path.exists() and _made(folder)
    key = private_key(path, _no_passphrase)
    if made or not (folder / OWN_PUBLIC_KEY).exists():
        replace_file(folder / OWN_PUBLIC_KEY, f"{public_line(key.public_key())} lumbar\n")
    return key, made


def _made(folder: Path) -> bool:
    """Makes a key of the user's own; false where another process has made one meanwhile, which stays."""
    content = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(prefix=f".{OWN_KEY}.", dir=folder) as beside:  # its owner's alone
            beside.write(content)
            beside.flush()
            os.fsync(beside.fileno())
            os.link(beside.name, folder / OWN_KEY)
    except FileExistsError:
        return False
    except OSError as error:
        raise UsageError(f"no key can be kept in {folder} ({error.strerror}); give one with --key") from None
    return True


def own_public_key(folder: Path) -> Ed25519PublicKey | None:
    """The public half of the user's own key, none when there is none."""
    path = folder / OWN_PUBLIC_KEY
    return parsed_public_key(_content(path)) if path.is_file() else None


def read_by_others(path: Path) -> bool:
    """Whether others than its owner may read the file."""
    return bool(path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))


def public_pem(key: Ed25519PublicKey) -> bytes:
    """The key as PEM, as OpenSSL takes it."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def public_line(key: Ed25519PublicKey) -> str:
    """The key as OpenSSH writes it, on one line."""
    return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def fingerprint(key: Ed25519PublicKey) -> str:
    """The key's name as `ssh-keygen -l` tells it."""
    digest = hashlib.sha256(base64.b64decode(public_line(key).split()[1])).digest()
    return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


def same_key(one: Ed25519PublicKey, other: Ed25519PublicKey) -> bool:
    """Whether two public keys are one."""
    return one.public_bytes_raw() == other.public_bytes_raw()


def is_signed(key: Ed25519PublicKey, signature: bytes, content: bytes) -> bool:
    """Whether the signature is the key's of this content."""
    try:
        key.verify(signature, content)
    except InvalidSignature:
        return False
    return True


def _no_passphrase() -> str:
    raise UsageError("the key of your own has a passphrase; give it with --key")


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(MOST_KEY_BYTES)
    except FileNotFoundError:
        raise UsageError(f"{path}: no such key file") from None
    except OSError as error:
        raise UsageError(f"the key {path} cannot be read: {error.strerror}") from None

"""The client's private key, from PEM, JWK or JWKS, and what it signs: the assertion of SMART Backend Services."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_ssh_private_key

from lumbar.errors import UsageError

ASSERTION_SECONDS = 240  # how long an assertion holds; the guide allows five minutes
_MOST_BYTES = 1 << 20
_OPENSSH = b"-----BEGIN OPENSSH PRIVATE KEY-----"
_WANTED = "an RSA key (RS384) or one on the curve P-384 (ES384)"


@dataclass(frozen=True, slots=True)
class ClientKey:
    """A private key with the algorithm it signs by and the id the server knows it under."""

    key: RSAPrivateKey | EllipticCurvePrivateKey = field(repr=False)
    algorithm: str
    key_id: str


def client_key(path: Path, ask: Callable[[], str]) -> ClientKey:
    """The private key in a file; `ask` is asked for the passphrase of a PEM that has one.

    A PEM has no id of its own: it gets its thumbprint (RFC 7638). Of a JWKS the first key that can sign is taken.
    Raises UsageError for a file that cannot be read or holds no such key.
    """
    content = _content(path)
    if b"PRIVATE KEY-----" in content:
        return _known(_from_pem(content, path, ask), None, path)
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        raise UsageError(f"{path} holds no private key: give a PEM, a JWK or a JWKS with {_WANTED}") from None
    keys = told.get("keys", [told]) if isinstance(told, dict) else told
    if not isinstance(keys, list):
        raise UsageError(f"{path} is no JWK and no JWKS: give {_WANTED}")
    private = [jwk for jwk in keys if isinstance(jwk, dict) and "d" in jwk]
    if not private:
        raise UsageError(f"{path} holds no private key, only public ones: give the private half")
    for jwk in private:
        algorithm = {"RSA": "RS384", "EC": "ES384"}.get(jwk.get("kty", ""))
        if algorithm is not None and jwk.get("alg", algorithm) == algorithm and jwk.get("crv", "P-384") == "P-384":
            return _known(_from_jwk(jwk, algorithm, path), jwk.get("kid"), path)
    raise UsageError(f"{path} holds no key for RS384 or ES384: give {_WANTED}")


def assertion(key: ClientKey, client_id: str, token_url: str, now: float, unique: str) -> str:
    """The signed JWT by which a client proves to be itself; `now`: seconds since 1970, `unique`: never used before."""
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": token_url,
        "exp": int(now) + ASSERTION_SECONDS,
        "jti": unique,
    }
    return jwt.encode(claims, key.key, algorithm=key.algorithm, headers={"kid": key.key_id})


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(_MOST_BYTES)
    except FileNotFoundError:
        raise UsageError(f"{path}: no such key file") from None
    except OSError as error:
        raise UsageError(f"the key {path} cannot be read: {error.strerror}") from None


def _from_pem(content: bytes, path: Path, ask: Callable[[], str]) -> Any:
    load = load_ssh_private_key if content.startswith(_OPENSSH) else load_pem_private_key
    try:
        try:
            return load(content, None)
        except TypeError:  # it has a passphrase
            return load(content, ask().encode())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise UsageError(f"the key {path} cannot be read: it is damaged, or the passphrase is wrong") from None


def _from_jwk(jwk: dict[str, Any], algorithm: str, path: Path) -> Any:
    try:
        return jwt.PyJWK(jwk, algorithm).key
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        raise UsageError(f"the key {path} cannot be read: its JWK is damaged") from None


def _known(key: Any, key_id: Any, path: Path) -> ClientKey:
    if isinstance(key, RSAPrivateKey) and key.key_size >= 2048:
        algorithm = "RS384"
    elif isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP384R1):
        algorithm = "ES384"
    else:
        raise UsageError(f"the key {path} cannot sign here: give {_WANTED}, RSA with 2048 bits or more")
    return ClientKey(key, algorithm, key_id if isinstance(key_id, str) else _thumbprint(key, algorithm))


def _thumbprint(key: RSAPrivateKey | EllipticCurvePrivateKey, algorithm: str) -> str:
    """The RFC 7638 thumbprint of the public half, SHA-256, base64url without padding."""
    import base64
    import hashlib

    jwk = jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key(), as_dict=True)
    members = {name: jwk[name] for name in (("e", "kty", "n") if algorithm == "RS384" else ("crv", "kty", "x", "y"))}
    told = json.dumps(members, separators=(",", ":"), sort_keys=True).encode()
    return base64.urlsafe_b64encode(hashlib.sha256(told).digest()).rstrip(b"=").decode()

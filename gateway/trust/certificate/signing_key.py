"""A key that signs certificates, or that an appliance proves: made once, in a file only its owner reads, never written over.

maker.key    PKCS #8 in PEM, perhaps under a passphrase      maker.key.pub    the public half, to be given away

A public key is named by its own 32 bytes in base64url, so no name can mean two keys.
"""

import base64
import binascii
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from gateway.errors import SetupError
from gateway.trust.certificate.ed25519 import library
from gateway.trust.certificate.statement import KEY_BYTES
from gateway.trust.extra import extra

_LIMIT: Final = 16 * 1024
_OTHERS: Final = 0o077


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An Ed25519 key pair; `public` is what others know it by."""

    public: bytes
    _private: Any = field(repr=False, compare=False)

    def sign(self, message: bytes) -> bytes:
        """Return the signature of 64 bytes."""
        signature: bytes = self._private.sign(message)
        return signature

    @property
    def id(self) -> str:
        """Return the public key as certificates and lists name it: base64url, 43 characters."""
        return key_id(self.public)


def key_id(public: bytes) -> str:
    """Return a public key as text: base64url without padding, the `x` of its JWK."""
    return base64.urlsafe_b64encode(public).rstrip(b"=").decode()


def key_from_id(text: str) -> bytes:
    """Return the public key a text names; raise SetupError when it is none."""
    try:
        public = base64.b64decode(text + "=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        public = b""
    if len(public) != KEY_BYTES or key_id(public) != text:
        raise SetupError(f"{text!r} is no Ed25519 public key: 43 characters of base64url, as `hulian certificate keygen` prints it")
    return public


def new_signing_key() -> SigningKey:
    """Return a fresh key; raise ExtraMissing."""
    return _pair(library().Ed25519PrivateKey.generate())


def signing_key_from(seed: bytes) -> SigningKey:
    """Return the key of a seed of 32 bytes (RFC 8032): for an appliance's own memory, and for tests."""
    return _pair(library().Ed25519PrivateKey.from_private_bytes(seed))


def write_signing_key(key: SigningKey, path: Path, passphrase: str = "") -> Path:
    """Write a key into a new file (0600) and its public half beside it; return the latter. SetupError when something is there already."""
    with extra("writing a key"):
        from cryptography.hazmat.primitives import serialization as forms  # noqa: PLC0415 - an extra
    how = forms.BestAvailableEncryption(passphrase.encode()) if passphrase else forms.NoEncryption()
    public = path.with_name(path.name + ".pub")
    for taken in (path, public):
        if taken.exists() or taken.is_symlink():
            raise SetupError(f"{taken} is there already, and a key is never written over: choose another name, or move it away")
    _write(path, key._private.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, how), 0o600)  # noqa: SLF001 - its own file
    _write(public, f"{key.id}\n".encode(), 0o644)
    return public


def read_signing_key(path: Path, passphrase: str | None = None) -> SigningKey:
    """Return the key in a file; SetupError when it is missing, readable by others, under another passphrase, or no Ed25519 key."""
    text = _read(path)
    if stat.S_IMODE(path.stat().st_mode) & _OTHERS:
        raise SetupError(f"{path} is readable by others: chmod 600 {path}")
    with extra("reading a key"):
        from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - an extra
        from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415 - likewise
    try:
        private = load_pem_private_key(text, passphrase.encode() if passphrase else None)
    except TypeError:
        hint = "it has none" if passphrase else "say it with --passphrase-file"
        raise SetupError(f"{path}: about its passphrase: {hint}") from None
    except (ValueError, UnsupportedAlgorithm):
        raise SetupError(f"{path} is no private key, or its passphrase is another one") from None
    if not isinstance(private, library().Ed25519PrivateKey):
        raise SetupError(f"{path} is a key of another kind: certificates are signed with Ed25519 (hulian certificate keygen)")
    return _pair(private)


def needs_passphrase(path: Path) -> bool:
    """Return whether the key in a file is under a passphrase; SetupError when it cannot be read."""
    return b"ENCRYPTED" in _read(path)


def read_public_key(path: Path) -> bytes:
    """Return the public key in a file: 43 characters, or PEM; SetupError when there is none, or it is a private one."""
    text = _read(path)
    if b"PRIVATE KEY" in text:
        raise SetupError(f"{path} is a private key: name the public one, {path}.pub")
    if not text.lstrip().startswith(b"-----BEGIN"):
        return key_from_id(text.decode(errors="replace").strip())
    with extra("reading a key"):
        from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - an extra
        from cryptography.hazmat.primitives.serialization import load_pem_public_key  # noqa: PLC0415 - likewise
    try:
        public = load_pem_public_key(text)
    except (ValueError, UnsupportedAlgorithm):
        raise SetupError(f"{path} is no public key") from None
    if not isinstance(public, library().Ed25519PublicKey):
        raise SetupError(f"{path} is a key of another kind: an Ed25519 key is needed")
    raw: bytes = public.public_bytes_raw()
    return raw


def _pair(private: Any) -> SigningKey:
    return SigningKey(private.public_key().public_bytes_raw(), private)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LIMIT)
    except OSError as error:
        raise SetupError(f"{path} cannot be read: {error.strerror}") from error


def _write(path: Path, text: bytes, mode: int) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
        with open(descriptor, "wb") as file:  # noqa: PTH123 - it was opened with the mode it keeps
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise SetupError(f"{path} is there already, and a key is never written over") from None
    except OSError as error:
        raise SetupError(f"{path} cannot be written: {error.strerror}") from error

"""Sealing: AES-256-GCM under a key of its own for each purpose, with what the bytes are about sealed in.

A sealed text is one byte (the version of this form), twelve random ones, and the cipher text with its tag. The cryptography
library is imported when the first secret is sealed or opened: a home without secrets needs neither it nor its memory.
"""

import hashlib
import hmac
import secrets
from typing import Final, Protocol

from gateway.errors import HulianError
from gateway.trust.extra import INSTALL, extra

KEY_BYTES: Final = 32
_VERSION: Final = b"\x01"
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
EXTRA: Final = INSTALL


class Unsealable(HulianError):
    """The key is another one, or the bytes were changed, cut off, or moved from another place."""


class _Cipher(Protocol):
    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...


def derived(root: bytes, purpose: str) -> bytes:
    """Return the key for one purpose: HKDF-SHA-256 (RFC 5869) of a root key that is random itself, so without a salt."""
    first = hmac.digest(bytes(hashlib.sha256().digest_size), root, "sha256")
    return hmac.digest(first, purpose.encode() + b"\x01", "sha256")


def sealed(key: bytes, plain: bytes, about: bytes) -> bytes:
    """Return `plain` sealed under `key` and bound to `about`; raise ExtraMissing without the library."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return _VERSION + nonce + _cipher(key).encrypt(nonce, plain, _VERSION + about)


def unsealed(key: bytes, text: bytes, about: bytes) -> bytes:
    """Return what was sealed; raise Unsealable, or ExtraMissing without the library."""
    cipher = _cipher(key)
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - an extra

    if len(text) < 1 + _NONCE_BYTES + _TAG_BYTES or text[:1] != _VERSION:
        raise Unsealable("these bytes are not a sealed text of this version")
    nonce, rest = text[1 : 1 + _NONCE_BYTES], text[1 + _NONCE_BYTES :]
    try:
        return cipher.decrypt(nonce, rest, _VERSION + about)
    except InvalidTag:
        raise Unsealable("the key is another one, or the bytes were changed") from None


def _cipher(key: bytes) -> _Cipher:
    with extra("keeping secrets"):
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - an extra
    return AESGCM(key)

"""The two ciphers of the make: one with a key everybody knows, one with a key of the unit's own.

Version 2: AES-128 block by block, PKCS#7 padding, and an MD5 over packet and salt. Key and salt are the same in every unit and public: they
mark the protocol and protect nothing. Whoever is on the LAN can command a version 2 unit; the gateway cannot change that.
Version 3: AES-256 in CBC mode, from a zero vector, of whole blocks.
"""

import hashlib
from functools import cache
from typing import Any

from gateway.errors import ExtraMissing, WireError

_SALT = b"xhdiwjnchekd4d512chdjx5d8e4c394D2D7S"
BLOCK = 16
SIGNATURE = 16


def encrypt(plain: bytes) -> bytes:
    """Pad and encrypt; raise ExtraMissing when the cryptography library is not installed."""
    fill = BLOCK - len(plain) % BLOCK
    worker = _cipher().encryptor()
    return bytes(worker.update(plain + bytes([fill]) * fill) + worker.finalize())


def decrypt(hidden: bytes) -> bytes:
    """Decrypt and take off the padding; raise WireError when it is not what `encrypt` makes."""
    if not hidden or len(hidden) % BLOCK:
        raise WireError("not a whole number of cipher blocks")
    worker = _cipher().decryptor()
    plain = bytes(worker.update(hidden) + worker.finalize())
    fill = plain[-1]
    if not 1 <= fill <= BLOCK or plain[-fill:] != bytes([fill]) * fill:
        raise WireError("the padding under the encryption is wrong")
    return plain[:-fill]


def signature(data: bytes) -> bytes:
    """Return the 16 bytes that end a packet."""
    return hashlib.md5(data + _SALT, usedforsecurity=False).digest()


def encrypt_blocks(key: bytes, plain: bytes) -> bytes:
    """Encrypt whole blocks under a key of 32 bytes; raise ExtraMissing when the cryptography library is not installed."""
    worker = _chained(key).encryptor()
    return bytes(worker.update(plain) + worker.finalize())


def decrypt_blocks(key: bytes, hidden: bytes) -> bytes:
    """Decrypt whole blocks under a key of 32 bytes; raise WireError when there is part of one too many."""
    if not hidden or len(hidden) % BLOCK:
        raise WireError("not a whole number of cipher blocks")
    worker = _chained(key).decryptor()
    return bytes(worker.update(hidden) + worker.finalize())


@cache
def _cipher() -> Any:
    make, algorithms, modes = _library()
    return make(algorithms.AES(hashlib.md5(_SALT, usedforsecurity=False).digest()), modes.ECB())  # the make's own choice


def _chained(key: bytes) -> Any:
    make, algorithms, modes = _library()
    return make(algorithms.AES(key), modes.CBC(bytes(BLOCK)))


def _library() -> Any:
    try:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: PLC0415 - an extra, needed only for this make
    except ImportError as error:
        raise ExtraMissing("Midea appliances need the cryptography library: pip install 'hulian[midea]'") from error
    return Cipher, algorithms, modes

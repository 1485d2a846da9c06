"""What seals a packet: AES-128 in CBC mode, key and starting value made from the device's token, and an MD5 over everything.

The token is the only secret there is. Whoever has it may command the device, and the starting value is the same for every packet, so equal
packets look equal: a LAN that strangers listen to is not a place for such a device. The gateway cannot change that.
"""

import hashlib
from typing import Any

from gateway.errors import ExtraMissing, WireError

BLOCK = 16
TOKEN_LENGTH = 16


def encrypt(plain: bytes, token: bytes) -> bytes:
    """Pad and encrypt; raise ExtraMissing when the cryptography library is not installed."""
    fill = BLOCK - len(plain) % BLOCK
    worker = _cipher(token).encryptor()
    return bytes(worker.update(plain + bytes([fill]) * fill) + worker.finalize())


def decrypt(hidden: bytes, token: bytes) -> bytes:
    """Decrypt and take off the padding; raise WireError when it is not what `encrypt` makes."""
    if not hidden or len(hidden) % BLOCK:
        raise WireError("not a whole number of cipher blocks")
    worker = _cipher(token).decryptor()
    plain = bytes(worker.update(hidden) + worker.finalize())
    fill = plain[-1]
    if not 1 <= fill <= BLOCK or plain[-fill:] != bytes([fill]) * fill:
        raise WireError("the padding under the encryption is wrong")
    return plain[:-fill]


def checksum(head: bytes, token: bytes, hidden: bytes) -> bytes:
    """Return the 16 bytes that stand between head and content."""
    return _digest(head + token + hidden)


def _cipher(token: bytes) -> Any:
    try:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: PLC0415 - the driver is optional
    except ImportError as error:
        raise ExtraMissing("Xiaomi devices need the 'miio' extra: pip install 'hulian[miio]'") from error
    key = _digest(token)
    return Cipher(algorithms.AES(key), modes.CBC(_digest(key + token)))


def _digest(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()

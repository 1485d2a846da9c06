"""How the inner letter of a datagram is hidden: AES with 16-byte keys, in two versions.

Version 1 works block by block. Version 2 is GCM, always with the same nonce and the same additional data, and carries its proof as `tag`.
Each has one key for all units of the make, public for years, under which a unit hands its own key to whoever asks. So this hides nothing
from anybody on the LAN, and proves nothing; the gateway cannot change that.
"""

import base64
from typing import Any, NamedTuple

from gateway.errors import ExtraMissing, WireError

SHARED = {1: b"a3K8Bx%2r8Y7#xDh", 2: b"{yxAHAY_Lm6pbC/<"}
"""Version to the key all units have."""
_NONCE = bytes.fromhex("5440784449675a516c5e6313")
_BESIDE = b"qualcomm-test"
_BLOCK = _TAG = 16


class Hidden(NamedTuple):
    """What travels: `pack`, and in version 2 `tag`."""

    pack: str
    tag: str | None = None


def hide(version: int, key: bytes, plain: bytes) -> Hidden:
    """Encipher; raise ExtraMissing when the cryptography library is not installed."""
    if version == 1:
        fill = _BLOCK - len(plain) % _BLOCK
        worker = _cipher(1, key).encryptor()
        return Hidden(_text(worker.update(plain + bytes([fill]) * fill) + worker.finalize()))
    worker = _cipher(2, key).encryptor()
    worker.authenticate_additional_data(_BESIDE)
    pack = worker.update(plain) + worker.finalize()
    return Hidden(_text(pack), _text(worker.tag))


def reveal(version: int, key: bytes, hidden: Hidden) -> bytes:
    """Decipher, with whatever version 1 is padded with still behind it; raise WireError when it is not of this version and key."""
    pack = _bytes(hidden.pack)
    if version == 1:
        if not pack or len(pack) % _BLOCK:
            raise WireError("not a whole number of cipher blocks")
        worker = _cipher(1, key).decryptor()
        return bytes(worker.update(pack) + worker.finalize())
    tag = _bytes(hidden.tag)
    if len(tag) != _TAG:
        raise WireError("the proof beside the letter is cut short")
    return _proved(key, pack, tag)


def _proved(key: bytes, pack: bytes, tag: bytes) -> bytes:
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - an extra; `_cipher` says which

    worker = _cipher(2, key, tag).decryptor()
    worker.authenticate_additional_data(_BESIDE)
    try:
        return bytes(worker.update(pack) + worker.finalize())
    except InvalidTag:
        raise WireError("the letter is damaged, or for another key") from None


def _cipher(version: int, key: bytes, tag: bytes | None = None) -> Any:
    try:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: PLC0415 - an extra, needed only for this make
    except ImportError as error:
        raise ExtraMissing("Gree appliances need the cryptography library: pip install 'hulian[gree]'") from error
    return Cipher(algorithms.AES(key), modes.ECB() if version == 1 else modes.GCM(_NONCE, tag))  # noqa: S305 - the make's own choice


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str | None) -> bytes:
    try:
        return base64.b64decode(text or "", validate=True)
    except ValueError as error:
        raise WireError(f"not base64: {error}") from error

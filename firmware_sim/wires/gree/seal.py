"""What hides the inner letter of a datagram: AES of 16-byte keys, in two versions.

Version 1 enciphers block by block and pads as PKCS#7 does. Version 2 uses the counter mode that also proves the letter whole (GCM), always
with the same nonce and the same additional data, and carries the proof beside it as `tag`. Each version has one key that all units of the
make share, for the first words (`scan`, `bind`); afterwards the unit's own key, which it hands to whoever asks.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.padding import PKCS7

from firmware_sim.wires.gree.fault import Unreadable

SHARED_KEYS = {1: b"a3K8Bx%2r8Y7#xDh", 2: b"{yxAHAY_Lm6pbC/<"}
"""By version of the protocol; the same in every unit."""
NONCE, BESIDE = bytes.fromhex("5440784449675a516c5e6313"), b"qualcomm-test"
TAG = 16


def hide(version: int, key: bytes, letter: Mapping[str, Any]) -> dict[str, str]:
    """Return the members of the datagram that carry the letter."""
    plain = orjson.dumps(letter)
    if version == 1:
        padder, worker = PKCS7(128).padder(), _blocks(key).encryptor()
        return {"pack": _text(worker.update(padder.update(plain) + padder.finalize()) + worker.finalize())}
    sealed = AESGCM(key).encrypt(NONCE, plain, BESIDE)
    return {"pack": _text(sealed[:-TAG]), "tag": _text(sealed[-TAG:])}


def reveal(version: int, key: bytes, datagram: Mapping[str, Any]) -> dict[str, Any]:
    """Return the letter in a datagram; Unreadable when it is not of this version, of this key, or no letter."""
    pack = _bytes(datagram.get("pack"))
    try:
        plain = _from_blocks(key, pack) if version == 1 else AESGCM(key).decrypt(NONCE, pack + _bytes(datagram.get("tag")), BESIDE)
        letter = orjson.loads(plain)
    except (ValueError, InvalidTag) as error:
        raise Unreadable(f"not for this key: {error!r}") from error
    if not isinstance(letter, dict):
        raise Unreadable("a letter is a JSON object")
    return letter


def _from_blocks(key: bytes, pack: bytes) -> bytes:
    worker, unpadder = _blocks(key).decryptor(), PKCS7(128).unpadder()
    return unpadder.update(worker.update(pack) + worker.finalize()) + unpadder.finalize()


def _blocks(key: bytes) -> Cipher[modes.ECB]:
    return Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305 - the make's own choice


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: object) -> bytes:
    if not isinstance(text, str):
        raise Unreadable("no pack, or no tag beside it")
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error) as error:
        raise Unreadable(f"not base64: {error}") from error

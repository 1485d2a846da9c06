"""One datagram of miIO, numbers big-endian.

    offset  size
    0       2    21 31
    2       2    length of the whole packet
    4       4    zero; FF FF FF FF in a hello
    8       4    number of the device (did); FF.. in a hello
    12      4    stamp: seconds the device has been running; FF.. in a hello
    16      16   MD5 over these 16 bytes, the token and what follows; FF.. in a hello
    32      n    JSON and a zero byte, AES-128-CBC with PKCS#7 padding

The key is the MD5 of the 16-byte token, the starting value the MD5 of key and token. A hello has nothing behind its head; its answer tells
number and stamp, and in the place of the checksum the token while the device belongs to nobody, else FF.
"""

import hashlib
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from firmware_sim.wires.miio.fault import Unreadable

MAGIC = b"\x21\x31"
HEAD, BLOCK = 32, 16
LONGEST = 4096
HELLO = MAGIC + HEAD.to_bytes(2, "big") + b"\xff" * 28
HIDDEN = b"\xff" * 16


@dataclass(frozen=True, slots=True)
class Packet:
    """An opened packet: whom it names, its stamp in seconds, and what was inside."""

    device: int
    stamp: int
    payload: bytes


def introduction(device: int, stamp: int, token: bytes = HIDDEN) -> bytes:
    """Return the answer to a hello; `token` only while the device belongs to nobody."""
    return _head(HEAD, device, stamp) + token


def seal(packet: Packet, token: bytes) -> bytes:
    """Return a packet as it travels."""
    padder = PKCS7(BLOCK * 8).padder()
    encryptor = _cipher(token).encryptor()
    hidden = encryptor.update(padder.update(packet.payload + b"\0") + padder.finalize()) + encryptor.finalize()
    head = _head(HEAD + len(hidden), packet.device, packet.stamp)
    return head + _checksum(head, token, hidden) + hidden


def open_packet(data: bytes, token: bytes) -> Packet:
    """Open a packet; raise Unreadable when its length or its checksum is wrong, which is what another token looks like."""
    if not HEAD + BLOCK <= len(data) <= LONGEST or data[:2] != MAGIC or int.from_bytes(data[2:4], "big") != len(data):
        raise Unreadable("not a packet of this length")
    head, hidden = data[:16], data[HEAD:]
    if _checksum(head, token, hidden) != data[16:HEAD] or len(hidden) % BLOCK:
        raise Unreadable("the checksum is wrong")
    return Packet(int.from_bytes(head[8:12], "big"), int.from_bytes(head[12:16], "big"), _shown(hidden, token))


def _shown(hidden: bytes, token: bytes) -> bytes:
    decryptor = _cipher(token).decryptor()
    unpadder = PKCS7(BLOCK * 8).unpadder()
    try:
        plain = unpadder.update(decryptor.update(hidden) + decryptor.finalize()) + unpadder.finalize()
    except ValueError as error:
        raise Unreadable("the padding is wrong") from error
    return plain.rstrip(b"\0")


def _head(length: int, device: int, stamp: int) -> bytes:
    return MAGIC + length.to_bytes(2, "big") + bytes(4) + device.to_bytes(4, "big") + (stamp & 0xFFFFFFFF).to_bytes(4, "big")


def _checksum(head: bytes, token: bytes, hidden: bytes) -> bytes:
    return _md5(head + token + hidden)


def _cipher(token: bytes) -> Cipher[modes.CBC]:
    key = _md5(token)
    return Cipher(algorithms.AES(key), modes.CBC(_md5(key + token)))


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()

"""The envelope of version 2: what a unit's network module sends and accepts over TCP and in discovery replies.

    offset  size
    0       2    5A 5A
    2       2    01 11; 01 10 in the sign of life that some clients send every few seconds, which has no payload
    4       2    length of the whole packet, little endian
    6       2    20 00 in requests, 20 80 in answers of the module, 7A 80 in discovery replies
    8       4    number of the message
    12      8    time of sending, two decimal digits a byte, hundredths of a second first, century last
    20      8    number of the appliance, little endian
    28      12   zero
    40      n    the payload under AES-128-ECB with PKCS#7 padding
    40+n    16   MD5 over everything before it and a fixed text

The key is the MD5 of the same fixed text. Both are the same in every unit of the make: they mark the protocol, they protect nothing.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from firmware_sim.wires.midea.fault import Unreadable
from firmware_sim.wires.midea.streams import Stream

SALT = b"xhdiwjnchekd4d512chdjx5d8e4c394D2D7S"
START = b"\x5a\x5a"
HEAD, SIGN, BLOCK = 40, 16, 16
SHORTEST, LONGEST = HEAD + SIGN, 1024
ANSWER, DISCOVERY, ALIVE = b"\x20\x80", b"\x7a\x80", b"\x7b\x80"
_CARRIES, _EMPTY = b"\x01\x11", b"\x01\x10"

_CIPHER = Cipher(algorithms.AES(hashlib.md5(SALT, usedforsecurity=False).digest()), modes.ECB())  # noqa: S305 - the protocol's own


@dataclass(frozen=True, slots=True)
class Packet:
    """An opened envelope: the number of the appliance it names, that of the message, and what was inside (nothing: a sign of life)."""

    device: int
    message: int
    payload: bytes


def seal(packet: Packet, now: float, *, marker: bytes = ANSWER) -> bytes:
    """Return the envelope as it travels; `now` is seconds since the epoch."""
    hidden = _hidden(packet.payload) if marker != ALIVE else b""
    head = START + (_EMPTY if marker == ALIVE else _CARRIES) + (HEAD + len(hidden) + SIGN).to_bytes(2, "little") + marker
    head += packet.message.to_bytes(4, "little") + _time(now) + packet.device.to_bytes(8, "little") + bytes(12)
    return head + hidden + _sign(head + hidden)


def open_packet(data: bytes) -> Packet:
    """Open one whole envelope; Unreadable when its length, its signature or its padding is wrong."""
    if len(data) < SHORTEST or data[:2] != START or int.from_bytes(data[4:6], "little") != len(data):
        raise Unreadable("not a packet of this length")
    if _sign(data[:-SIGN]) != data[-SIGN:]:
        raise Unreadable("the signature is wrong")
    payload = b"" if data[2:4] == _EMPTY else _opened(data[HEAD:-SIGN])
    return Packet(int.from_bytes(data[20:28], "little"), int.from_bytes(data[8:12], "little"), payload)


def _hidden(payload: bytes) -> bytes:
    padder = PKCS7(BLOCK * 8).padder()
    encryptor = _CIPHER.encryptor()
    return encryptor.update(padder.update(payload) + padder.finalize()) + encryptor.finalize()


def _opened(hidden: bytes) -> bytes:
    if not hidden or len(hidden) % BLOCK:
        raise Unreadable("the payload is no whole number of blocks")
    decryptor = _CIPHER.decryptor()
    unpadder = PKCS7(BLOCK * 8).unpadder()
    try:
        return unpadder.update(decryptor.update(hidden) + decryptor.finalize()) + unpadder.finalize()
    except ValueError as error:
        raise Unreadable("the padding is wrong") from error


def _size_of(head: bytes) -> int:
    return int.from_bytes(head[4:6], "little")


class PacketStream(Stream):
    """Cuts a TCP stream into envelopes (not yet opened)."""

    def __init__(self) -> None:
        super().__init__(START, HEAD, _size_of, shortest=SHORTEST, longest=LONGEST)


def _sign(data: bytes) -> bytes:
    return hashlib.md5(data + SALT, usedforsecurity=False).digest()


def _time(now: float) -> bytes:
    moment = datetime.fromtimestamp(now, UTC)
    century, year = divmod(moment.year, 100)
    return bytes([moment.microsecond // 10_000, moment.second, moment.minute, moment.hour, moment.day, moment.month, year, century])

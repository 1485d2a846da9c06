"""Packets: a head in clear with two sums, and a body under the cipher.

Offsets, in hexadecimal, of numbers with their lowest byte first:

    00  5a a5 aa 55 5a a5 aa 55        28  count; an answer has the question's
    20  sum of everything              2a  MAC, backwards
    22  error, signed                  30  the number we were let in under
    24  model                          34  sum of the body in clear
    26  kind                           38  body

A sum begins at 0xbeaf, takes each byte, and keeps the lowest 16 bits; its own two bytes count as zero.
"""

from dataclasses import dataclass

from gateway.drivers.broadlink.cipher import BLOCK, FIRST_KEY, seal, unseal
from gateway.errors import WireError

ADMIT, ADMITTED = 0x65, 0x3E9
COMMAND, DONE = 0x6A, 0x3EE
ALIVE = 1
_ALIVE_LENGTH = 0x30
_MAGIC = bytes.fromhex("5aa5aa555aa5aa55")
_HEAD = 0x38
_SUM, _ERROR, _MODEL, _KIND, _COUNT, _MAC, _CLIENT, _BODY_SUM = 0x20, 0x22, 0x24, 0x26, 0x28, 0x2A, 0x30, 0x34
_LARGEST = 4096
KEY_LENGTH = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A packet in clear. `error`: what a unit says went wrong, 0 nothing; `body` with the zeros that filled its last block."""

    kind: int
    count: int
    error: int = 0
    body: bytes = b""


@dataclass(slots=True, kw_only=True)
class Admission:
    """Who we are to a unit, once it has let us in: the session's key, and a number. Before that, what everybody begins with."""

    mac: bytes
    model: int
    key: bytes = FIRST_KEY
    client: int = 0

    def forget(self) -> None:
        """Begin anew."""
        self.key, self.client = FIRST_KEY, 0

    def take(self, body: bytes) -> None:
        """Take number and key from the answer that lets us in; raise WireError when they are not there."""
        if len(body) < 4 + KEY_LENGTH:
            raise WireError("let in, and without a key")
        self.client, self.key = int.from_bytes(body[:4], "little"), body[4 : 4 + KEY_LENGTH]


def checksum(data: bytes) -> int:
    """Return the sum of bytes."""
    return sum(data, 0xBEAF) & 0xFFFF


def write(message: Message, we: Admission) -> bytes:
    """Return the packet that says a message to the unit; a wish to be let in goes under the key everybody knows."""
    key = FIRST_KEY if message.kind == ADMIT else we.key
    client = 0 if message.kind == ADMIT else we.client
    packet = bytearray(_HEAD) + seal(key, message.body)
    packet[: len(_MAGIC)] = _MAGIC
    for place, number, size in (
        (_MODEL, we.model, 2),
        (_KIND, message.kind, 2),
        (_COUNT, message.count, 2),
        (_CLIENT, client, 4),
        (_BODY_SUM, checksum(message.body), 2),
    ):
        packet[place : place + size] = number.to_bytes(size, "little")
    packet[_MAC : _MAC + 6] = we.mac[::-1]
    packet[_SUM : _SUM + 2] = checksum(bytes(packet)).to_bytes(2, "little")
    return bytes(packet)


def read(data: bytes, we: Admission) -> Message:
    """Return what a unit says; the answer that lets us in is taken by `we`, and its key is in no message. Raise WireError."""
    kind = _checked(data, we)
    error = int.from_bytes(data[_ERROR : _ERROR + 2], "little", signed=True)
    count = int.from_bytes(data[_COUNT : _COUNT + 2], "little")
    if error:
        return Message(kind=kind, count=count, error=error)
    body = unseal(FIRST_KEY if kind == ADMITTED else we.key, data[_HEAD:])
    if checksum(body) != int.from_bytes(data[_BODY_SUM : _BODY_SUM + 2], "little"):
        raise WireError("the sum of its body is wrong: damaged, or under another key")
    if kind == ADMITTED:
        we.take(body)
        body = b""
    return Message(kind=kind, count=count, body=body)


def keep_alive() -> bytes:
    """Return what feeds a unit's watchdog; it has no answer."""
    data = bytearray(_ALIVE_LENGTH)
    data[_KIND] = ALIVE
    return bytes(data)


def spoken(data: bytes, we: Admission) -> Message:
    """Return what a packet of ours says, without who we say we are."""
    kind = int.from_bytes(data[_KIND : _KIND + 2], "little")
    body = b"" if kind == ADMIT else unseal(we.key, data[_HEAD:])
    return Message(kind=kind, count=int.from_bytes(data[_COUNT : _COUNT + 2], "little"), body=body)


def _checked(data: bytes, we: Admission) -> int:
    if not _HEAD <= len(data) <= _LARGEST or not data.startswith(_MAGIC) or (len(data) - _HEAD) % BLOCK:
        raise WireError("no packet of this make")
    if checksum(data[:_SUM] + bytes(2) + data[_SUM + 2 :]) != int.from_bytes(data[_SUM : _SUM + 2], "little"):
        raise WireError("the sum of the packet is wrong")
    if data[_MAC : _MAC + 6][::-1] != we.mac:
        raise WireError("a packet of another unit")
    kind = int.from_bytes(data[_KIND : _KIND + 2], "little")
    if kind not in {ADMITTED, DONE}:
        raise WireError(f"a packet of kind {kind:#x}, which is no answer")
    return kind

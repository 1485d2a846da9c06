"""What travels: a head of 56 bytes in clear and a sealed body, each under a sum that begins at 0xBEAF; numbers lowest byte first.

| At | What |
|---|---|
| 0 | `5aa5aa555aa5aa55` |
| 0x20 | sum of the whole packet, counted with these two bytes as zero |
| 0x22 | what went wrong, signed; 0 in questions |
| 0x24 | the number of the model |
| 0x26 | what it is: 0x65 a wish to be let in (answered 0x3e9), 0x6a a command (0x3ee) |
| 0x28 | a count, which the answer repeats |
| 0x2a | MAC, last byte first |
| 0x30 | the number a client was let in under |
| 0x34 | sum of the body in clear |
| 0x38 | the body |

Looking for units has a form of its own: 48 bytes without that beginning, with 6 at 0x26; the answer is 128 bytes with 7 there.
"""

import socket
from dataclasses import dataclass

from firmware_sim.wires.broadlink.cipher import BLOCK

BEGINNING = bytes.fromhex("5aa5aa555aa5aa55")
HEAD = 0x38
LET_IN, LET_IN_ANSWER = 0x65, 0x3E9
COMMAND, COMMAND_ANSWER = 0x6A, 0x3EE
HELLO, HELLO_ANSWER, KEEP_ALIVE = 6, 7, 1
HELLO_LENGTH, ANSWER_LENGTH = 0x30, 0x80
LONGEST_NAME = 62
_START = 0xBEAF


class Unreadable(Exception):
    """What no unit answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """One packet; `body` still sealed, `total`: the sum it should have in clear."""

    type: int
    count: int
    mac: bytes
    client: int
    total: int
    body: bytes


def total(data: bytes) -> int:
    """Return the sum."""
    return sum(data, _START) & 0xFFFF


def read(data: bytes) -> Packet:
    """Return the packet; raise Unreadable for what is none, or whose sum is wrong."""
    if len(data) < HEAD or not data.startswith(BEGINNING) or len(data[HEAD:]) % BLOCK:
        raise Unreadable("no packet")
    if total(data[:0x20] + bytes(2) + data[0x22:]) != _number(data[0x20:0x22]):
        raise Unreadable("its sum is wrong")
    return Packet(
        type=_number(data[0x26:0x28]),
        count=_number(data[0x28:0x2A]),
        mac=data[0x2A:0x30][::-1],
        client=_number(data[0x30:0x34]),
        total=_number(data[0x34:0x36]),
        body=data[HEAD:],
    )


def answer(packet: Packet, *, model: int, mac: bytes, error: int, clear: bytes, body: bytes) -> bytes:
    """Return the answer to a packet; `clear` is what `body` says."""
    kind = LET_IN_ANSWER if packet.type == LET_IN else COMMAND_ANSWER
    head = bytearray(HEAD)
    head[0:8] = BEGINNING
    head[0x22:0x24] = error.to_bytes(2, "little", signed=True)
    head[0x24:0x26] = model.to_bytes(2, "little")
    head[0x26:0x28] = kind.to_bytes(2, "little")
    head[0x28:0x2A] = packet.count.to_bytes(2, "little")
    head[0x2A:0x30] = mac[::-1]
    head[0x30:0x34] = packet.client.to_bytes(4, "little")
    head[0x34:0x36] = total(clear).to_bytes(2, "little")
    whole = head + body
    whole[0x20:0x22] = total(bytes(whole)).to_bytes(2, "little")
    return bytes(whole)


def is_hello(data: bytes) -> bool:
    """Whether somebody looks for units."""
    if len(data) != HELLO_LENGTH or data.startswith(BEGINNING) or data[0x26] != HELLO:
        return False
    return total(data[:0x20] + bytes(2) + data[0x22:]) == _number(data[0x20:0x22])


def is_keep_alive(data: bytes) -> bool:
    """Whether somebody feeds the watchdog."""
    return len(data) == HELLO_LENGTH and not data.startswith(BEGINNING) and data[0x26] == KEEP_ALIVE


def introduction(*, model: int, mac: bytes, address: str, port: int, name: str, locked: bool) -> bytes:
    """Return what a unit says to somebody who looks for it; `port`: told (in two bytes no real unit uses) only where it is not 80."""
    data = bytearray(ANSWER_LENGTH)
    data[0x26] = HELLO_ANSWER
    data[0x28:0x2A] = port.to_bytes(2, "little")
    data[0x34:0x36] = model.to_bytes(2, "little")
    data[0x36:0x3A] = socket.inet_aton(address)[::-1]
    data[0x3A:0x40] = mac[::-1]
    encoded = _fitting(name)
    data[0x40 : 0x40 + len(encoded)] = encoded
    data[0x7F] = int(locked)
    data[0x20:0x22] = total(bytes(data)).to_bytes(2, "little")
    return bytes(data)


def _fitting(name: str) -> bytes:
    """Return a name in as many bytes as there is room for, no character halved."""
    return name.encode()[:LONGEST_NAME].decode(errors="ignore").encode()


def _number(data: bytes) -> int:
    return int.from_bytes(data, "little")

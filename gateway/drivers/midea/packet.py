"""The outer layer of version 2, as it comes and goes over TCP: 40 bytes of head, the encrypted frame, 16 bytes of signature.

The head holds the start mark 5A 5A, a fixed 01 11, the whole length at 4 (little endian), the time at 12 and the appliance's number at 20.
Requests carry the mark 20 00 at 6. The answer names the appliance that gave it, so a stranger that took over the address is noticed.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.drivers.midea.cipher import BLOCK, SIGNATURE, decrypt, encrypt, signature
from gateway.drivers.midea.splitter import Shape
from gateway.errors import WireError

MARK = b"\x5a\x5a"
HEAD = 40
LEAST = HEAD + BLOCK + SIGNATURE
MOST = 1024
_LENGTH, _DEVICE = slice(4, 6), slice(20, 28)


@dataclass(frozen=True, slots=True)
class Packet:
    """The number of the appliance (0: not said) and the frame in clear."""

    device: int
    frame: bytes


def encode_packet(packet: Packet, now: float) -> bytes:
    """Return the bytes to send; `now` is seconds since the epoch."""
    hidden = encrypt(packet.frame)
    head = bytearray(HEAD)
    head[0:4] = MARK + b"\x01\x11"
    head[_LENGTH] = (HEAD + len(hidden) + SIGNATURE).to_bytes(2, "little")
    head[6] = 0x20
    head[12:20] = _stamp(now)
    head[_DEVICE] = packet.device.to_bytes(8, "little")
    signed = bytes(head) + hidden
    return signed + signature(signed)


def decode_packet(data: bytes) -> Packet:
    """Check and open one whole packet; raise WireError for anything that is not one."""
    if not LEAST <= len(data) <= MOST or not data.startswith(MARK) or int.from_bytes(data[_LENGTH], "little") != len(data):
        raise WireError("not a packet, or not all of it")
    if signature(data[:-SIGNATURE]) != data[-SIGNATURE:]:
        raise WireError("the packet's signature is wrong")
    return Packet(int.from_bytes(data[_DEVICE], "little"), decrypt(data[HEAD:-SIGNATURE]))


SHAPE = Shape(MARK, HEAD, LEAST, MOST, lambda head: int.from_bytes(head[_LENGTH], "little"))
"""How packets are found in a stream."""


def _stamp(now: float) -> bytes:
    digits = datetime.fromtimestamp(now, UTC).strftime("%Y%m%d%H%M%S%f")[:16]
    return bytes(int(digits[at : at + 2]) for at in range(14, -2, -2))

"""Asking who is there, and reading the answer: one fixed datagram out, one packet back.

A version 2 unit answers with a packet of the outer layer; under its encryption stand the address (last byte first), the TCP port, a serial
number of 32 characters, a name such as `net_ac_1A2B` with its length before it and, 55 bytes from the name's length on, the type of
the appliance. A version 3 unit wraps the same in 8 bytes (83 70 first) and a trailing hash; version 1 answers with XML.
The serial number never leaves this module: only a hash of it, and the eight characters in it that name the model.
"""

import hashlib
import re
from dataclasses import dataclass

from gateway.drivers.midea.packet import decode_packet
from gateway.errors import WireError

PORTS = (6445, 20086)
PROBE = bytes.fromhex(
    "5a5a0111480092000000000000000000000000000000000000000000000000000000000000000000"
    "7f75bd6b3e4f8b762e849c6e578d6590036e9d4342a50f1f569eb8ec918e92e5"
)
"""The question; its encrypted part never changes."""
TCP_PORT = 6444
_V3 = b"\x83\x70"
_SERIAL, _NAME_LENGTH = slice(8, 40), 40
_TYPE_BEHIND_NAME = 14
_MOST = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Who answered: `device` its number, `appliance` its type (AC: air conditioner), `version` of the protocol, `model` may be empty."""

    device: int
    port: int
    name: str
    appliance: int
    version: int
    model: str
    serial_hash: str


def decode_reply(data: bytes) -> Reply:
    """Read one answer; raise WireError when it is none or of a version that says too little."""
    if len(data) > _MOST or data.lstrip().startswith(b"<"):
        raise WireError("an answer of protocol version 1 or of something else")
    version = 3 if data.startswith(_V3) else 2
    packet = decode_packet(data[8:-16] if version > 2 else data)  # noqa: PLR2004 - version 3 is wrapped
    return _reply(packet.frame, packet.device & 0xFFFF_FFFF_FFFF, version)


def _reply(inner: bytes, device: int, version: int) -> Reply:
    if len(inner) <= _NAME_LENGTH or not device:
        raise WireError("the answer does not say who it is from")
    end = _NAME_LENGTH + 1 + inner[_NAME_LENGTH]
    name, serial = _text(inner[_NAME_LENGTH + 1 : end]), _text(inner[_SERIAL])
    port = int.from_bytes(inner[4:8], "little")
    return Reply(
        device=device,
        port=port if 0 < port < 0x10000 else TCP_PORT,  # noqa: PLR2004 - the range of a port
        name=name,
        appliance=_type(inner[end:], name),
        version=version,
        model=serial[9:17],
        serial_hash=hashlib.sha256(serial.encode()).hexdigest()[:32] if serial else "",
    )


def _type(behind: bytes, name: str) -> int:
    """Return the type said behind the name, else the one in the name (`net_ac_1A2B`)."""
    if len(behind) > _TYPE_BEHIND_NAME and behind[_TYPE_BEHIND_NAME]:
        return behind[_TYPE_BEHIND_NAME]
    if named := re.match(r"[A-Za-z]+_([0-9A-Fa-f]{2})(_|\Z)", name):
        return int(named[1], 16)
    raise WireError("the answer does not say what kind of appliance it is from")


def _text(raw: bytes) -> str:
    """Return printable ASCII; anything else makes the whole text empty."""
    text = raw.rstrip(b"\0").decode("ascii", "replace")
    return text if text.isprintable() and text.isascii() else ""

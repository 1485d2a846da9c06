"""Being found: a client sends one fixed datagram to UDP 6445 (older ones 20086), the unit answers with who and where it is.

The answer is an envelope of its own; under the encryption: IPv4 address (last byte first), TCP port (4 bytes, little endian), serial
number (32 characters), a name such as `net_ac_1A2B` with its length before it, and behind the name the type of the appliance and its
radio's address. A version 3 unit wraps the same in an envelope of its own, with 16 bytes behind it of which no client is known to check how
they are made: here they are an MD5. A broadcast reaches only a socket bound to the broadcast address; the answer always leaves from the
unit's own address.
"""

import hashlib
import ipaddress
import time
from dataclasses import dataclass

from firmware_sim.wires.midea.envelope import Envelope, EnvelopeKind
from firmware_sim.wires.midea.envelope import seal as wrap
from firmware_sim.wires.midea.packet import DISCOVERY, Packet, seal

PORTS = (6445, 20086)
PROBE_START = bytes.fromhex("5a5a011148009200")
PROBE_LENGTH = 72
_AFTER_NAME = 34


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who the unit is: `device` its number (48 bits), `serial` 32 characters, `mac` of its radio, `appliance` its type."""

    device: int
    serial: str
    mac: bytes
    appliance: int = 0xAC

    @property
    def name(self) -> str:
        """The name of the network it opened when it was new."""
        return f"net_{self.appliance:02x}_{self.mac[-2:].hex().upper()}"


def reply(identity: Identity, address: str, port: int, *, version: int = 2) -> bytes:
    """Return the datagram that answers a probe; version 3 wraps what version 2 says."""
    name = identity.name.encode()
    tail = bytearray(_AFTER_NAME)
    tail[14] = identity.appliance
    tail[22:28] = identity.mac
    where = ipaddress.IPv4Address(address).packed[::-1] + port.to_bytes(4, "little")
    payload = where + identity.serial.encode() + bytes([len(name)]) + name + bytes(tail)
    packet = seal(Packet(identity.device, 0, payload), time.time(), marker=DISCOVERY)
    if version == 2:  # noqa: PLR2004 - the plain one
        return packet
    return wrap(Envelope(EnvelopeKind.OTHER, 0, packet + hashlib.md5(packet, usedforsecurity=False).digest()))


def is_probe(data: bytes) -> bool:
    """Whether a datagram asks who is there."""
    return len(data) == PROBE_LENGTH and data.startswith(PROBE_START)


def identity_of(identifier: str, device: int | None, serial: str | None, model: str, *, appliance: int = 0xAC) -> Identity:
    """Return who a unit is; what is not told is made from its id, the same every time."""
    digest = hashlib.sha256(identifier.encode()).digest()
    mac = bytes([digest[0] & 0xFC | 0x02]) + digest[1:6]
    made_up = f"00000021{digest[6] % 10}{model:0<8.8}Z{mac.hex().upper()}00"
    return Identity(
        device=int.from_bytes(digest[7:13], "big") if device is None else device, serial=serial or made_up, mac=mac, appliance=appliance
    )

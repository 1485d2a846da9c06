"""Being found: a client sends one fixed datagram to UDP 6445 (older ones 20086), the unit answers with who and where it is.

The answer is an envelope of its own; under the encryption: IPv4 address (last byte first), TCP port (4 bytes, little endian), serial
number (32 characters), a name such as `net_ac_1A2B` with its length before it, and behind the name the type of the appliance and its
radio's address. A broadcast reaches only a socket bound to the broadcast address; the answer always leaves from the unit's own address.
"""

import asyncio
import hashlib
import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from firmware_sim.network import Network
from firmware_sim.wires.midea.packet import DISCOVERY, Packet, seal

PORTS = (6445, 20086)
PROBE_START = bytes.fromhex("5a5a011148009200")
PROBE_LENGTH = 72
_AFTER_NAME = 34

log = structlog.get_logger()


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


def reply(identity: Identity, address: str, port: int) -> bytes:
    """Return the datagram that answers a probe."""
    name = identity.name.encode()
    tail = bytearray(_AFTER_NAME)
    tail[14] = identity.appliance
    tail[22:28] = identity.mac
    where = ipaddress.IPv4Address(address).packed[::-1] + port.to_bytes(4, "little")
    payload = where + identity.serial.encode() + bytes([len(name)]) + name + bytes(tail)
    return seal(Packet(identity.device, 0, payload), time.time(), marker=DISCOVERY)


def is_probe(data: bytes) -> bool:
    """Whether a datagram asks who is there."""
    return len(data) == PROBE_LENGTH and data.startswith(PROBE_START)


class Responder(asyncio.DatagramProtocol):
    """Hears probes on one socket and hands the asker's address on."""

    def __init__(self, network: Network, answer: Callable[[tuple[str, int]], None]) -> None:
        self._network = network
        self._answer = answer

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Pass on a probe; anything else, or a silent unit: nothing."""
        if not self._network.mute and is_probe(data):
            self._answer(addr)

    def error_received(self, exc: Exception) -> None:
        """Note that an answer could not be delivered."""
        log.debug("midea discovery answer lost", error=str(exc))


def broadcast_of(address: str) -> str:
    """Return the broadcast address that reaches a unit living at `address`: loopback has its own."""
    return "127.255.255.255" if ipaddress.IPv4Address(address).is_loopback else "255.255.255.255"


def identity_of(identifier: str, device: int | None, serial: str | None, model: str, *, appliance: int = 0xAC) -> Identity:
    """Return who a unit is; what is not told is made from its id, the same every time."""
    digest = hashlib.sha256(identifier.encode()).digest()
    mac = bytes([digest[0] & 0xFC | 0x02]) + digest[1:6]
    made_up = f"00000021{digest[6] % 10}{model:0<8.8}Z{mac.hex().upper()}00"
    return Identity(
        device=int.from_bytes(digest[7:13], "big") if device is None else device, serial=serial or made_up, mac=mac, appliance=appliance
    )

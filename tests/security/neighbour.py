"""A hostile host on the LAN, as a program: it answers every search with hundreds of units that are none, with nonsense, and with bombs.

python -m tests.security.neighbour 127.0.32.66
"""

import asyncio
import json
import random
import socket
import sys
from functools import partial

from gateway.drivers.gree.cipher import SHARED, hide
from gateway.drivers.midea.packet import Packet, encode_packet

PORTS = {6445: "midea", 7000: "gree", 54321: "miio"}
TIMES = 300
ESCAPE = "\x1b]0;owned\x07\x1b[2J../../etc/passwd"


def gree(chance: random.Random) -> bytes:
    card = {"t": "dev", "mac": f"{chance.getrandbits(48):012x}", "name": ESCAPE + "x" * 900, "brand": ESCAPE, "mid": "", "ver": ESCAPE}
    pack, _ = hide(1, SHARED[1], json.dumps(card).encode())
    return json.dumps({"t": "pack", "i": 1, "cid": card["mac"], "pack": pack}).encode()


def midea(chance: random.Random) -> bytes:
    name = b"net_ac_" + chance.randbytes(2).hex().encode()
    inner = (
        bytes(4) + (6444).to_bytes(4, "little") + chance.randbytes(16).hex().encode() + bytes([len(name)]) + name + bytes(14) + b"\xac\0"
    )
    return encode_packet(Packet(chance.getrandbits(47) + 1, inner), 1e9)


def miio(chance: random.Random) -> bytes:
    return b"\x21\x31\x00\x20" + bytes(4) + chance.getrandbits(32).to_bytes(4, "big") + chance.randbytes(20)


MAKE = {"gree": gree, "midea": midea, "miio": miio}


class Neighbour(asyncio.DatagramProtocol):
    """Hears what everybody is asked, and answers from its own address."""

    def __init__(self, wire: str, mouth: socket.socket) -> None:
        self._wire = wire
        self._mouth = mouth
        self._chance = random.Random(wire)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002 - whatever is asked
        for turn in range(TIMES):
            said = MAKE[self._wire](self._chance)
            if turn % 3 == 1:
                at = self._chance.randrange(len(said))
                said = said[:at] + bytes([said[at] ^ 0xFF]) + said[at + 1 :]
            elif turn % 30 == 2:
                said = said[:8] + b"[" * 20_000
            self._mouth.sendto(said, addr)


async def main(address: str) -> None:
    loop = asyncio.get_running_loop()
    for port, wire in PORTS.items():
        ear, mouth = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        ear.bind(("127.255.255.255", port))
        mouth.bind((address, port))
        for each in (ear, mouth):
            each.setblocking(False)
        await loop.create_datagram_endpoint(partial(Neighbour, wire, mouth), sock=ear)
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))

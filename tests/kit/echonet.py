"""Frames of ECHONET Lite written by hand from the protocol's description, for both codecs; and a peer on port 3610 without any of ours."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

PORT = 3610
GROUP = "224.0.23.0"


@dataclass(frozen=True)
class Written:
    """A datagram as the description has it, and what it says."""

    hex: str
    number: int
    source: int
    target: int
    service: int
    first: tuple[tuple[int, str], ...] = ()
    second: tuple[tuple[int, str], ...] = ()

    @property
    def data(self) -> bytes:
        return bytes.fromhex(self.hex)


HUB, NODE, COOLER = 0x05FF01, 0x0EF001, 0x013001
FRAMES = {
    "who is there": Written("1081 0001 05ff01 0ef001 62 01 d600", 1, HUB, NODE, 0x62, ((0xD6, ""),)),
    "one air conditioner": Written("1081 0001 0ef001 05ff01 72 01 d604 01 013001", 1, NODE, HUB, 0x72, ((0xD6, "01013001"),)),
    "set two": Written("1081 1234 05ff01 013001 61 02 800130 b30116", 0x1234, HUB, COOLER, 0x61, ((0x80, "30"), (0xB3, "16"))),
    "both set": Written("1081 1234 013001 05ff01 71 02 8000 b300", 0x1234, COOLER, HUB, 0x71, ((0x80, ""), (0xB3, ""))),
    "one refused": Written("1081 1234 013001 05ff01 51 02 8000 b30163", 0x1234, COOLER, HUB, 0x51, ((0x80, ""), (0xB3, "63"))),
    "one not got": Written("1081 0009 013001 05ff01 52 02 bb011b be00", 9, COOLER, HUB, 0x52, ((0xBB, "1b"), (0xBE, ""))),
    "announced": Written("1081 0007 013001 0ef001 73 01 800131", 7, COOLER, NODE, 0x73, ((0x80, "31"),)),
    "announced, to be confirmed": Written("1081 0008 013001 05ff01 74 01 b00143", 8, COOLER, HUB, 0x74, ((0xB0, "43"),)),
    "confirmed": Written("1081 0008 05ff01 013001 7a 01 b000", 8, HUB, COOLER, 0x7A, ((0xB0, ""),)),
    "set and get": Written(
        "1081 000a 05ff01 013001 6e 01 b30119 02 b300 bb00", 10, HUB, COOLER, 0x6E, ((0xB3, "19"),), ((0xB3, ""), (0xBB, ""))
    ),
    "set and got": Written(
        "1081 000a 013001 05ff01 7e 01 b300 02 b30119 bb011b", 10, COOLER, HUB, 0x7E, ((0xB3, ""),), ((0xB3, "19"), (0xBB, "1b"))
    ),
    "nothing at all": Written("1081 ffff 05ff01 013001 62 00", 0xFFFF, HUB, COOLER, 0x62),
}
DAMAGED = {
    "empty": "",
    "another protocol": "2081 0001 05ff01 0ef001 62 01 d600",
    "the other form": "1082 0001 05ff01 0ef001 62 01 d600",
    "no count": "1081 0001 05ff01 0ef001 62",
    "fewer than it says": "1081 0001 05ff01 0ef001 62 02 d600",
    "a property without a length": "1081 0001 05ff01 0ef001 62 01 d6",
    "data cut short": "1081 0001 0ef001 05ff01 72 01 d604 01 0130",
    "more than it says": "1081 0001 05ff01 0ef001 62 01 d600 00",
    "no second list": "1081 000a 05ff01 013001 6e 01 b30119",
}
MAPS = {
    "": "00",
    "80": "01 80",
    "80 81 82 83 84 88 8a 9d 9e 9f a0 b0 b3 bb be": "0f 80 81 82 83 84 88 8a 9d 9e 9f a0 b0 b3 bb be",
    # sixteen: byte n is for the codes that end in n, its bits from the lowest for 8n, 9n, ... Fn
    "80 81 82 83 84 85 88 8a 8f 9d 9e 9f a0 b0 b3 bb": "10 0d 01 01 09 01 01 00 00 01 00 01 08 00 02 02 03",
    "80 81 82 83 88 8a 8f 9d 9e 9f a0 b0 b3 bb f0 fe ff": "11 8d 01 01 09 00 00 00 00 01 00 01 08 00 02 82 83",
}


def raw(properties: tuple[tuple[int, str], ...]) -> tuple[tuple[int, bytes], ...]:
    """Return written properties as both codecs have them."""
    return tuple((code, bytes.fromhex(data)) for code, data in properties)


@dataclass
class Peer:
    """Somebody on port 3610 of an address, who sends and hears bytes."""

    address: str
    heard: "asyncio.Queue[tuple[bytes, tuple[str, int]]]" = field(default_factory=lambda: asyncio.Queue(256))
    plug: socket.socket = field(default_factory=lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))

    def send(self, text: str | bytes, to: str) -> None:
        self.plug.sendto(bytes.fromhex(text) if isinstance(text, str) else text, (to, PORT))

    async def next(self, patience: float = 5.0, of: str | None = None) -> str:
        """Return the next datagram in hexadecimal, of one sender if told so."""
        async with asyncio.timeout(patience):
            while True:
                data, sender = await self.heard.get()
                if of is None or sender[0] == of:
                    return data.hex()

    async def quiet(self, seconds: float = 0.2) -> bool:
        """Return whether nothing waits to be taken, after giving it a while to come."""
        for _ in range(int(seconds / 0.01)):
            if not self.heard.empty():
                return False
            await asyncio.sleep(0.01)
        return True

    async def silence(self, seconds: float = 0.15, of: str | None = None) -> bool:
        """Return whether nothing comes for a while."""
        try:
            await self.next(seconds, of)
        except TimeoutError:
            return True
        return False


@asynccontextmanager
async def peer(address: str, *, group: bool = False, port: int = PORT) -> AsyncIterator[Peer]:
    """Be somebody at an address, or one who hears what is told to the group on loopback."""
    someone = Peer(address)
    someone.plug.setblocking(False)
    if group:
        someone.plug.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        membership = socket.inet_aton(GROUP) + socket.inet_aton("127.0.0.1")
        someone.plug.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
    someone.plug.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
    someone.plug.bind((GROUP if group else address, port))
    loop = asyncio.get_running_loop()

    def take() -> None:
        data, sender = someone.plug.recvfrom(2048)
        if not someone.heard.full():
            someone.heard.put_nowait((data, sender))

    loop.add_reader(someone.plug, take)
    try:
        yield someone
    finally:
        loop.remove_reader(someone.plug)
        someone.plug.close()

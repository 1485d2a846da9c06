"""The simulated Midea unit on a bad line: pieces, garbage, silence, loss, strangers, and what it says unasked."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from msmart.const import DISCOVERY_MSG
from msmart.device.AC.command import GetStateCommand, Response, StateResponse
from msmart.lan import _Packet

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.network import Network
from firmware_sim.wire import WireOptions
from firmware_sim.wires.midea.discovery import PORTS
from firmware_sim.wires.midea.frame import decode
from firmware_sim.wires.midea.packet import PacketStream, open_packet
from firmware_sim.wires.midea_v2 import Wire

SOON, LONG = 0.3, 20.0


@pytest.fixture
def appliance() -> Appliance:
    return make_appliance("air-conditioner", identifier="ac-wire", features=("HEAT", "AUTO", "OUT", "SWV", "ECO", "SLP"))


@pytest.fixture
async def wire(appliance: Appliance, network: Network) -> AsyncIterator[Wire]:
    async with Wire(appliance, network, WireOptions(port=0)) as wire:
        yield wire


class Line:
    """A raw client."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self._stream = PacketStream()
        self._frames: list[bytes] = []

    async def frame(self, patience: float = LONG) -> bytes:
        """Return the next frame that arrives."""
        async with asyncio.timeout(patience):
            while not self._frames:
                piece = await self.reader.read(4096)
                assert piece, "the unit hung up"
                self._frames += [open_packet(data).payload for data in self._stream.feed(piece)]
        return self._frames.pop(0)

    async def silent(self) -> bool:
        """Whether nothing arrives for a moment."""
        try:
            await self.frame(SOON)
        except TimeoutError:
            return True
        return False

    def ask(self) -> None:
        self.writer.write(_Packet.encode(1, GetStateCommand().tobytes()))


@asynccontextmanager
async def line(network: Network, wire: Wire) -> AsyncIterator[Line]:
    reader, writer = await asyncio.open_connection(network.address, wire.port)
    try:
        yield Line(reader, writer)
    finally:
        writer.close()
        await asyncio.wait([asyncio.ensure_future(writer.wait_closed())])


async def probe(address: str, port: int, datagram: bytes = DISCOVERY_MSG, patience: float = LONG) -> tuple[bytes, str] | None:
    """Send one datagram from 127.0.0.1 and return what comes back and from where."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plug:
        plug.setblocking(False)
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        plug.bind(("127.0.0.1", 0))
        await loop.sock_sendto(plug, datagram, (address, port))
        try:
            async with asyncio.timeout(patience):
                data, peer = await loop.sock_recvfrom(plug, 2048)
        except TimeoutError:
            return None
        return data, peer[0]


async def test_a_request_in_single_bytes_after_garbage_is_answered(wire: Wire, network: Network) -> None:
    async with line(network, wire) as client:
        for byte in b"\x5a\x5a\xff\xff\x00Z\x5a\x00" + bytes(60) + _Packet.encode(1, GetStateCommand().tobytes()):
            client.writer.write(bytes([byte]))
            await client.writer.drain()
        assert isinstance(Response.construct(await client.frame()), StateResponse)


async def test_a_wrong_signature_is_counted_and_the_next_request_answered(wire: Wire, network: Network) -> None:
    async with line(network, wire) as client:
        spoiled = bytearray(_Packet.encode(1, GetStateCommand().tobytes()))
        spoiled[-1] ^= 1
        client.writer.write(bytes(spoiled))
        client.ask()
        assert isinstance(Response.construct(await client.frame()), StateResponse)
        assert wire.unread == 1


async def test_partial_and_duplicate_quirks_shape_what_is_sent(wire: Wire, network: Network) -> None:
    wire.quirks = frozenset({"partial", "duplicate"})
    async with line(network, wire) as client:
        client.ask()
        assert len(await client.reader.read(4096)) == 7
        client.ask()
        await client.frame()
        first, second = await client.frame(), await client.frame()
        assert first == second


async def test_a_silent_unit_answers_nothing_and_recovers(wire: Wire, network: Network) -> None:
    network.set(silent=True)
    async with line(network, wire) as client:
        client.ask()
        assert await client.silent()
        assert await probe(network.address, PORTS[0], patience=SOON) is None
        network.set(silent=False)
        client.ask()
        assert await client.frame()


async def test_everything_lost_is_nothing_answered(wire: Wire, network: Network) -> None:
    network.set(loss=1)
    async with line(network, wire) as client:
        client.ask()
        assert await client.silent()


async def test_a_press_at_the_unit_is_announced_once_and_a_set_is_not(wire: Wire, network: Network, appliance: Appliance) -> None:
    async with line(network, wire) as client:
        client.ask()
        await client.frame()
        appliance.touch({"targetTemperature": 21.5})
        frame = decode(await client.frame())
        assert (frame.kind, frame.body[0]) == (0x05, 0xA0)
        assert await client.silent()


async def test_a_moved_room_temperature_is_told_unasked(wire: Wire, network: Network, appliance: Appliance) -> None:
    async with line(network, wire) as client:
        client.ask()
        await client.frame()
        appliance.touch({"roomTemperature": 12.3})
        appliance.advance(10)
        frame = decode(await client.frame())
        told = (frame.body[13] - 50) // 2 + (frame.body[18] & 0x0F) / 10
        assert (frame.kind, frame.body[0]) == (0x04, 0xA1)
        assert told == pytest.approx(12.3, abs=0.2)


async def test_a_newer_client_takes_the_place_of_the_older(wire: Wire, network: Network) -> None:
    async with line(network, wire) as older:
        older.ask()
        await older.frame()
        async with line(network, wire) as newer:
            newer.ask()
            assert await newer.frame()
            try:
                assert await older.reader.read(1) == b""
            except ConnectionResetError:
                return


@pytest.mark.parametrize("port", PORTS)
async def test_a_probe_is_answered_from_the_own_address(wire: Wire, network: Network, port: int) -> None:
    answer = await probe(network.address, port)
    assert answer is not None
    packet = open_packet(answer[0])
    assert answer[1] == network.address
    assert packet.device == wire.identity.device
    assert packet.payload[:4] == socket.inet_aton(network.address)[::-1]
    assert int.from_bytes(packet.payload[4:8], "little") == wire.port


async def test_what_is_no_probe_gets_no_answer(wire: Wire, network: Network) -> None:
    assert wire.port
    noise = (b"", b"\x5a\x5a", DISCOVERY_MSG[:-1], DISCOVERY_MSG + b"\0", bytes(72))
    answers = await asyncio.gather(*(probe(network.address, PORTS[0], datagram, SOON) for datagram in noise))
    assert answers == [None] * len(noise)


async def test_a_broadcast_reaches_only_those_told_to_hear_it(appliance: Appliance, street: Callable[[], str]) -> None:
    deaf, hearing = Network(street()), Network(street())
    other = make_appliance("air-conditioner", identifier="ac-other", features=())
    async with Wire(appliance, deaf, WireOptions(port=0)), Wire(other, hearing, WireOptions(port=0, facts={"broadcast": True})):
        heard = set()
        for _ in range(3):
            if (answer := await probe("127.255.255.255", PORTS[0])) is not None:
                heard.add(answer[1])
    assert deaf.address not in heard
    assert heard


async def test_leaving_frees_every_port(appliance: Appliance, network: Network) -> None:
    for _ in range(3):
        async with Wire(appliance, network, WireOptions(port=16444)) as wire, line(network, wire) as client:
            client.ask()
            assert await client.frame()


async def test_a_taken_port_is_told_and_leaves_nothing_open(appliance: Appliance, network: Network) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind((network.address, PORTS[1]))
        with pytest.raises(OSError, match="in use"):
            await Wire(appliance, network, WireOptions(port=0)).__aenter__()
    async with Wire(appliance, network, WireOptions(port=0)) as wire:
        assert wire.port

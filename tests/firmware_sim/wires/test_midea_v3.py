"""The simulated version 3 unit: who it lets in, how it forgets and goes stale, and msmart-ng as its judge."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from msmart.const import DISCOVERY_MSG
from msmart.device import AirConditioner as Client
from msmart.device.AC.command import GetStateCommand, Response, StateResponse
from msmart.discover import Discover
from msmart.lan import AuthenticationError, _LanProtocolV3, _Packet

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.network import Network
from firmware_sim.wire import WireOptions
from firmware_sim.wires.midea.discovery import PORTS
from firmware_sim.wires.midea.envelope import Envelope, EnvelopeKind, EnvelopeStream, seal, unseal
from firmware_sim.wires.midea.fault import Unreadable
from firmware_sim.wires.midea.packet import open_packet
from firmware_sim.wires.midea_v3 import Wire
from tests.kit import midea_bytes as known

SOON, LONG = 0.3, 20.0
DEVICE = 151732605009000
KEY, TOKEN = bytes(range(32)), bytes(range(64, 128))


@pytest.fixture
def appliance() -> Appliance:
    appliance = make_appliance("air-conditioner", identifier="ac-keyed", features=("HEAT", "AUTO", "OUT", "SWV", "ECO"))
    appliance.touch({"power": True, "mode": "cool", "targetTemperature": 24.0})
    return appliance


@pytest.fixture
async def wire(appliance: Appliance, network: Network) -> AsyncIterator[Wire]:
    facts = {"token": TOKEN.hex(), "key": KEY.hex(), "device": DEVICE}
    async with Wire(appliance, network, WireOptions(port=0, facts=facts)) as wire:
        yield wire


class Line:
    """A raw client; `session` once it has shaken hands."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.session: bytes | None = None
        self._stream = EnvelopeStream()
        self._waiting: list[bytes] = []
        self._number = 0

    async def envelope(self, patience: float = LONG) -> Envelope:
        """Return the next envelope that arrives, opened."""
        async with asyncio.timeout(patience):
            while not self._waiting:
                piece = await self.reader.read(4096)
                assert piece, "the unit hung up"
                self._waiting += self._stream.feed(piece)
        return unseal(self._waiting.pop(0), self.session)

    async def silent(self) -> bool:
        """Whether nothing arrives for a moment."""
        try:
            await self.envelope(SOON)
        except TimeoutError:
            return True
        return False

    async def kinds(self) -> set[int]:
        """Return what arrives until there is silence, as far as it can be opened."""
        found = set()
        while True:
            try:
                found.add((await self.envelope(SOON)).kind)
            except Unreadable:
                continue
            except TimeoutError:
                return found

    async def greet(self, token: bytes = TOKEN) -> Envelope:
        """Shake hands; takes the session when there is one to be had."""
        self.session = None
        self.writer.write(seal(Envelope(EnvelopeKind.HANDSHAKE, 0, token)))
        answer = await self.envelope()
        if answer.kind == EnvelopeKind.HANDSHAKE_ANSWER:
            self.session = _LanProtocolV3()._get_local_key(KEY, memoryview(answer.payload))
        return answer

    def ask(self, *, number: int | None = None) -> None:
        """Ask for the status."""
        self._number = self._number + 1 if number is None else number
        packet = _Packet.encode(DEVICE, GetStateCommand().tobytes())
        self.writer.write(seal(Envelope(EnvelopeKind.REQUEST, self._number, packet), self.session or KEY))

    async def status(self) -> StateResponse:
        """Return the status that arrives next."""
        envelope = await self.envelope()
        assert envelope.kind == EnvelopeKind.ANSWER
        status = Response.construct(_Packet.decode(envelope.payload))
        assert isinstance(status, StateResponse)
        return status


Lining = Callable[[], Any]


@pytest.fixture
def lining(network: Network, wire: Wire) -> Lining:
    @asynccontextmanager
    async def line() -> AsyncIterator[Line]:
        reader, writer = await asyncio.open_connection(network.address, wire.port)
        try:
            yield Line(reader, writer)
        finally:
            writer.close()
            await asyncio.wait([asyncio.ensure_future(writer.wait_closed())])

    return line


async def test_who_has_the_token_is_answered(lining: Lining) -> None:
    async with lining() as client:
        await client.greet()
        client.ask()
        assert (await client.status()).target_temperature == 24.0
        client.ask()
        numbers = [(await client.envelope()).number]
        client.ask()
        numbers.append((await client.envelope()).number)
        assert numbers == [1, 2]


async def test_the_wrong_token_is_an_error_and_the_right_one_still_gets_in(lining: Lining) -> None:
    async with lining() as client:
        assert await client.greet(TOKEN[::-1]) == Envelope(EnvelopeKind.OTHER, 0, b"ERROR")
        assert (await client.greet()).kind == EnvelopeKind.HANDSHAKE_ANSWER


async def test_without_a_session_there_is_no_answer_but_an_error(lining: Lining, wire: Wire, appliance: Appliance) -> None:
    async with lining() as client:
        client.ask()
        assert (await client.envelope()).payload == b"ERROR"
        client.writer.write(_Packet.encode(DEVICE, GetStateCommand().tobytes()))
        appliance.touch({"targetTemperature": 21.5})
        assert await client.silent()
        assert wire.unread == 1


async def test_a_press_at_the_unit_is_told_in_the_session(lining: Lining, appliance: Appliance) -> None:
    async with lining() as client:
        await client.greet()
        appliance.touch({"targetTemperature": 21.5})
        envelope = await client.envelope()
        assert (envelope.kind, open_packet(envelope.payload).payload[10]) == (EnvelopeKind.ANSWER, 0xA0)


async def test_a_request_that_carries_the_last_one_s_number_is_not_obeyed_twice(lining: Lining) -> None:
    async with lining() as client:
        await client.greet()
        client.ask(number=7)
        await client.status()
        client.ask(number=7)
        assert await client.silent()
        client.ask(number=8)
        assert await client.status()


async def test_a_forgotten_session_is_an_error_until_hands_are_shaken_again(lining: Lining, wire: Wire) -> None:
    wire.forgets = 0.0
    async with lining() as client:
        await client.greet()
        client.ask()
        session, client.session = client.session, None
        assert (await client.envelope()).payload == b"ERROR"
        assert (await client.greet()).kind == EnvelopeKind.HANDSHAKE_ANSWER
        assert client.session != session


async def test_a_stale_connection_stays_open_and_silent_while_a_new_one_is_answered(lining: Lining, wire: Wire) -> None:
    async with lining() as client:
        await client.greet()
        wire.stale = 0.0
        client.ask()
        assert await client.silent()
        wire.stale = None
        async with lining() as newer:
            await newer.greet()
            newer.ask()
            assert await newer.status()
        assert wire.clients == 2


async def test_who_came_first_stays_where_the_unit_holds_it_so(lining: Lining, wire: Wire) -> None:
    wire.quirks = frozenset({"first-come"})
    async with lining() as client, lining() as newer:
        with suppress(ConnectionResetError):
            assert await newer.reader.read(1) == b""
        assert (await client.greet()).kind == EnvelopeKind.HANDSHAKE_ANSWER
    assert wire.clients == 1


async def test_a_drowsy_unit_does_not_hear_the_first_request_of_a_session(lining: Lining, wire: Wire) -> None:
    wire.quirks = frozenset({"drowsy"})
    async with lining() as client:
        await client.greet()
        client.ask()
        assert await client.silent()
        client.ask()
        assert await client.status()


async def test_pieces_and_damage_of_the_network_reach_the_client(lining: Lining, network: Network) -> None:
    async with lining() as client:
        await client.greet()
        network.set(pieces=5)
        client.ask()
        assert len(await client.reader.read(4096)) == 5
        assert await client.silent()
        network.set(pieces=0, garbled=1)
        for _ in range(5):
            client.ask()
        assert EnvelopeKind.ANSWER not in await client.kinds()


async def test_without_the_internet_it_leaves_when_its_patience_ends(lining: Lining, network: Network) -> None:
    network.leaves_after = 3600
    async with lining() as client:
        await client.greet()
        network.reach(False)
        client.ask()
        assert await client.status()
        network.elapse(3601)
        client.ask()
        assert await client.silent()
        network.reach(True)
        client.ask()
        assert await client.status()


async def test_the_search_answer_wraps_what_version_2_says(wire: Wire, network: Network) -> None:
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plug:
        plug.setblocking(False)
        plug.bind(("127.0.0.1", 0))
        await loop.sock_sendto(plug, DISCOVERY_MSG, (network.address, PORTS[0]))
        async with asyncio.timeout(LONG):
            data = await loop.sock_recv(plug, 2048)
    envelope = unseal(data)
    assert (envelope.kind, open_packet(envelope.payload[:-16]).device) == (EnvelopeKind.OTHER, wire.identity.device)
    assert data[:8] == known.FOUND3[:2] + (len(data) - 8).to_bytes(2, "big") + known.FOUND3[4:8]


async def test_msmart_finds_reads_and_sets_it(wire: Wire, network: Network, appliance: Appliance) -> None:
    found = None
    for wait in (0.2, 0.5, 2.0, 5.0):
        if (found := await Discover.discover_single(network.address, auto_connect=False, timeout=wait)) is not None:
            break
    assert found is not None
    assert (found.ip, found.port, found.id, found.version) == (network.address, wire.port, DEVICE, 3)
    client = Client(network.address, found.id, found.port)
    await client.authenticate(TOKEN.hex(), KEY.hex())
    await client.refresh()
    assert (client.power_state, client.target_temperature) == (True, 24.0)
    client.target_temperature = 21.5
    client.operational_mode = Client.OperationalMode.HEAT
    await client.apply()
    assert (appliance.values()["targetTemperature"], appliance.values()["mode"], client.target_temperature) == (21.5, "heat", 21.5)
    client._lan._disconnect()


@pytest.mark.parametrize(("token", "key"), [(TOKEN[::-1], KEY), (TOKEN, KEY[::-1])])
async def test_msmart_is_told_that_its_token_or_key_is_wrong(wire: Wire, network: Network, token: bytes, key: bytes) -> None:
    with pytest.raises(AuthenticationError):
        await Client(network.address, DEVICE, wire.port).authenticate(token.hex(), key.hex())

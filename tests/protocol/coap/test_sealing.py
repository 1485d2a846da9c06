"""Our client under a key: against our server, against the library's, and against whoever answers in its place."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiocoap
import pytest
from aiocoap import resource
from aiocoap.credentials import CredentialsMap
from aiocoap.oscore import FilesystemSecurityContext

from gateway.errors import CommandError, DeviceFailure
from gateway.protocol.coap import CoapClient, CoapServer, Method
from gateway.protocol.coap.contexts import Contexts
from gateway.protocol.coap.envelope import read_envelope
from gateway.protocol.coap.keys import KeyMaterial
from gateway.protocol.coap.oscore import Oscore
from gateway.protocol.coap.sealing import PeerKeys
from gateway.protocol.coap.wire import parse
from gateway.thing.clock import SystemClock
from tests.protocol.coap.locks import Key, Ring, Shelf, context_folder, somebody
from tests.protocol.coap.world import Tree, eventually

HOST, LAMP = "127.0.23.10", "lamp"


def ours(key: Key) -> Key:
    """Return the key as the other side has it."""
    return Key(
        identity=key.identity,
        master_secret=key.master_secret,
        master_salt=key.master_salt,
        sender_id=key.recipient_id,
        recipient_id=key.sender_id,
    )


class Peers:
    """Knows the key of one peer."""

    def __init__(self, key: Key) -> None:
        self._key = key

    def find(self, peer: str) -> Key | None:
        return self._key if peer == LAMP else None

    async def changed(self, peer: str, known: KeyMaterial | None) -> None:
        raise NotImplementedError


async def peer_keys(key: Key, shelf: Shelf, stack: AsyncExitStack) -> PeerKeys:
    return PeerKeys(Peers(ours(key)), await stack.enter_async_context(Contexts(shelf, SystemClock())))


@pytest.fixture
def key() -> Key:
    return Key(identity="hub")


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
async def asking(key: Key, shelf: Shelf, stack: AsyncExitStack) -> CoapClient:
    keys = await peer_keys(key, shelf, stack)
    return await stack.enter_async_context(CoapClient(host="127.0.0.1", keys=keys))


@asynccontextmanager
async def appliance(tree: Tree, key: Key, shelf: Shelf, port: int = 0) -> AsyncIterator[CoapServer]:
    async with (
        Contexts(shelf, SystemClock()) as contexts,
        CoapServer(HOST, port, tree.handle, tree.watch, oscore=Oscore(Ring({key.recipient_id: key}), contexts)) as server,
    ):
        yield server


async def test_it_reads_writes_and_carries_large_bodies(tree: Tree, key: Key, asking: CoapClient) -> None:
    async with appliance(tree, key, Shelf()) as server:
        base, body = f"coap://{HOST}:{server.port}", bytes(32 + number % 90 for number in range(9000))
        assert (await asking.request(Method.PUT, f"{base}/td?id=7", payload=body, peer=LAMP)).successful
        assert (await asking.request(Method.GET, f"{base}/td", peer=LAMP)).payload == body
        assert (await asking.request(Method.GET, f"{base}/none", peer=LAMP)).code == (4, 4)
    assert {request.identity for request in tree.requests} == {"hub"}


async def test_it_observes_and_takes_its_leave(tree: Tree, key: Key, asking: CoapClient) -> None:
    tree.values["p",] = b"0"
    async with appliance(tree, key, Shelf()) as server:
        stream = asking.observe(f"coap://{HOST}:{server.port}/p", peer=LAMP)
        seen = [(await anext(stream)).payload]
        for number in range(1, 15):
            tree.write(("p",), b"%d" % number)
            seen.append((await anext(stream)).payload)
        assert seen == [b"%d" % number for number in range(15)]
        await stream.aclose()
        await eventually(lambda: not server.observations)


async def test_an_appliance_that_crashed_is_given_its_fresh_word(tree: Tree, key: Key, asking: CoapClient) -> None:
    tree.values["p",], shelf = b"1", Shelf()
    async with appliance(tree, key, shelf) as server:
        assert (await asking.request(Method.GET, f"coap://{HOST}:{server.port}/p", peer=LAMP)).payload == b"1"
        crashed = Shelf({name: dict(row) for name, row in shelf.rows.items()})
    async with appliance(tree, key, crashed) as server:
        assert (await asking.request(Method.PUT, f"coap://{HOST}:{server.port}/p", payload=b"2", peer=LAMP)).successful
    again = Shelf({name: row | {"window": None} for name, row in crashed.rows.items()})
    async with appliance(tree, key, again) as server:
        stream = asking.observe(f"coap://{HOST}:{server.port}/p", peer=LAMP)
        assert (await anext(stream)).payload == b"2"
        tree.write(("p",), b"3")
        assert (await anext(stream)).payload == b"3"
        await stream.aclose()


async def test_many_requests_at_once_after_a_crash_are_all_answered(tree: Tree, key: Key, asking: CoapClient) -> None:
    shelf = Shelf()
    for number in range(2):
        tree.values["p",] = b"%d" % number
        async with appliance(tree, key, shelf) as server:
            url = f"coap://{HOST}:{server.port}/p"
            answers = await asyncio.gather(*(asking.request(Method.GET, url, peer=LAMP) for _ in range(8)))
            assert {answer.payload for answer in answers} == {b"%d" % number}
        for row in shelf.rows.values():
            row["window"] = None


async def test_an_appliance_that_speaks_in_clear_is_not_believed(tree: Tree, asking: CoapClient, stack: AsyncExitStack) -> None:
    tree.values["p",] = b"1"
    server = await stack.enter_async_context(CoapServer(HOST, 0, tree.handle))
    with pytest.raises(DeviceFailure, match="not taken at its word"):
        await asking.request(Method.GET, f"coap://{HOST}:{server.port}/p", peer=LAMP)
    assert tree.requests == []


async def test_an_appliance_with_another_key_is_not_believed(tree: Tree, key: Key, asking: CoapClient) -> None:
    tree.values["p",] = b"1"
    other = Key(identity="hub", recipient_id=key.recipient_id)
    async with appliance(tree, other, Shelf()) as server:
        with pytest.raises(DeviceFailure):
            await asking.request(Method.GET, f"coap://{HOST}:{server.port}/p", peer=LAMP)


async def test_appliances_without_a_key_are_asked_as_before(tree: Tree, asking: CoapClient, stack: AsyncExitStack) -> None:
    tree.values["p",] = b"1"
    server = await stack.enter_async_context(CoapServer("127.0.0.1", 0, tree.handle))
    assert (await asking.request(Method.GET, f"coap://127.0.0.1:{server.port}/p", peer="plug")).payload == b"1"


class Cable(asyncio.DatagramProtocol):
    """Passes on what client and appliance say, and can say what the appliance said once more."""

    def __init__(self, port: int) -> None:
        self._appliance = (HOST, port)
        self._client: Any = None
        self.said: list[bytes] = []

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        if address == self._appliance:
            self.said.append(data)
            self.say(data)
        else:
            self._client = address
            self._transport.sendto(data, self._appliance)

    def say(self, data: bytes) -> None:
        self._transport.sendto(data, self._client)


async def test_a_notification_said_once_more_is_heard_once(tree: Tree, key: Key, shelf: Shelf, stack: AsyncExitStack) -> None:
    tree.values["p",] = b"0"
    keys = await peer_keys(key, shelf, stack)
    asking = await stack.enter_async_context(CoapClient(host="127.0.0.1", keys=keys))
    async with appliance(tree, key, Shelf()) as server:
        make = asyncio.get_running_loop().create_datagram_endpoint(lambda: Cable(server.port), local_addr=("127.0.23.11", 0))
        transport, cable = await make
        stack.callback(transport.close)
        stream = asking.observe(f"coap://127.0.23.11:{transport.get_extra_info('sockname')[1]}/p", peer=LAMP)
        assert (await anext(stream)).payload == b"0"
        for number in (1, 2):
            tree.write(("p",), b"%d" % number)
            assert (await anext(stream)).payload == b"%d" % number
        old = next(data for data in cable.said[1:] if parse(data).code)
        for number in range(3):
            cable.say(bytes((old[0] | 0x10,)) + (50_000 + number).to_bytes(2, "big").join((old[1:2], old[4:])))
        await asyncio.sleep(0.05)
        tree.write(("p",), b"3")
        assert (await anext(stream)).payload == b"3"
        await stream.aclose()


class Lamp(resource.ObservableResource):  # type: ignore[misc]
    """A resource of the library's own server."""

    def __init__(self) -> None:
        super().__init__()
        self.content = b"off"
        self.claims: list[Any] = []

    async def render_get(self, request: aiocoap.Message) -> aiocoap.Message:
        self.claims.append(request.remote.authenticated_claims)
        return aiocoap.Message(payload=self.content)

    async def render_put(self, request: aiocoap.Message) -> aiocoap.Message:
        self.content = request.payload
        self.updated_state()
        return aiocoap.Message(code=aiocoap.CHANGED)


async def test_the_librarys_own_server_understands_it(key: Key, asking: CoapClient, tmp_path: Path, stack: AsyncExitStack) -> None:
    pytest.importorskip("lakers", reason="the library's OSCORE server asks for it")
    from aiocoap.oscore_sitewrapper import OscoreSiteWrapper  # noqa: PLC0415

    lamp, site, credentials = Lamp(), resource.Site(), CredentialsMap()
    site.add_resource(["lamp"], lamp)
    context = FilesystemSecurityContext(str(context_folder(tmp_path, ours(key))))
    context.authenticated_claims = ["hub"]
    stack.callback(context._destroy)
    credentials[":hub"] = context
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    wrapped = OscoreSiteWrapper(site, credentials)
    server = await aiocoap.Context.create_server_context(wrapped, bind=(HOST, port), transports=["simplesocketserver"])
    stack.push_async_callback(server.shutdown)
    base = f"coap://{HOST}:{port}"
    assert (await asking.request(Method.GET, f"{base}/lamp", peer=LAMP)).payload == b"off"
    stream = asking.observe(f"{base}/lamp", peer=LAMP)
    assert (await anext(stream)).payload == b"off"
    assert (await asking.request(Method.PUT, f"{base}/lamp", payload=b"on" * 800, peer=LAMP)).successful
    assert (await anext(stream)).payload == b"on" * 800
    await stream.aclose()
    assert lamp.claims[0] == ["hub"]


class Written(asyncio.DatagramProtocol):
    """An appliance that wants to hear of nothing, and writes down the numbers of what it is asked."""

    def __init__(self) -> None:
        self.numbers: list[bytes] = []

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        self._transport.sendto(b"\x70\0" + data[2:4], address)
        self.numbers.append(read_envelope(parse(data).protection or b"").number)


async def test_a_hub_that_is_asked_and_asks_under_one_key_uses_no_number_twice(
    tree: Tree, key: Key, shelf: Shelf, stack: AsyncExitStack, tmp_path: Path
) -> None:
    """Notifications to the appliance, and questions to it, are protected with one sender key: a number in both would give it away."""
    tree.values["p",], hub = b"0", ours(key)
    contexts = await stack.enter_async_context(Contexts(shelf, SystemClock()))
    oscore = Oscore(Ring({hub.recipient_id: hub}), contexts)
    server = await stack.enter_async_context(CoapServer(HOST, 0, tree.handle, tree.watch, oscore=oscore))
    client = await stack.enter_async_context(CoapClient(host="127.0.0.1", keys=PeerKeys(Peers(hub), contexts)))
    make = asyncio.get_running_loop().create_datagram_endpoint(Written, local_addr=("127.0.23.12", 0))
    transport, silent = await make
    stack.callback(transport.close)
    url = f"coap://127.0.23.12:{transport.get_extra_info('sockname')[1]}/p"
    asking = await stack.enter_async_context(somebody(tmp_path, hub, f"coap://{HOST}:{server.port}"))
    request = asking.request(aiocoap.Message(code=aiocoap.GET, uri=f"coap://{HOST}:{server.port}/p", observe=0))
    await request.response
    notifications, told = aiter(request.observation), []
    for number in range(1, 6):
        with pytest.raises(CommandError):
            await client.request(Method.GET, url, peer=LAMP)
        tree.write(("p",), b"%d" % number)
        told.append((await anext(notifications)).opt.observe)
    asked = {int.from_bytes(number, "big") for number in silent.numbers}
    assert len(asked) == 5
    assert asked.isdisjoint(told)
    assert max(told) - min(asked) < 20, "they are numbers of one counter"
    assert len(shelf.rows) == 1

"""The client against servers that are there, gone, silent, restarted or hostile."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, TypeAlias

import pytest

from gateway.errors import BadSyntax, DeviceFailure, NeedsConfirmation, Offline, StateConflict, TimedOut
from gateway.protocol.coap import CoapClient, CoapServer, Method, Response
from gateway.protocol.coap.client import refusal
from gateway.protocol.coap.message import CHANGED, CONTENT
from gateway.protocol.coap.wire import parse
from tests.protocol.coap.world import Tree

Script: TypeAlias = Callable[[bytes], list[bytes]]


class Appliance(asyncio.DatagramProtocol):
    """Answers each datagram with what `script` makes of it."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.heard: list[bytes] = []

    async def hears(self, datagram: bytes) -> None:
        async with asyncio.timeout(10):
            while datagram not in self.heard:
                await asyncio.sleep(0.01)

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.heard.append(data)
        for answer in self.script(data):
            self.transport.sendto(answer, addr)


Maker: TypeAlias = Callable[[Script], Awaitable[tuple[Appliance, str]]]


@pytest.fixture
def appliance(stack: AsyncExitStack) -> Maker:
    async def make(script: Script) -> tuple[Appliance, str]:
        transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(lambda: Appliance(script), ("127.0.0.1", 0))
        stack.callback(transport.close)
        return protocol, f"coap://127.0.0.1:{transport.get_extra_info('sockname')[1]}"

    return make


def answer(request: bytes, code: int, rest: bytes = b"") -> bytes:
    """Return a piggybacked answer to a request."""
    length = request[0] & 0x0F
    return bytes((0x60 | length, code)) + request[2 : 4 + length] + rest


async def collect(stream: AsyncIterator[Response]) -> list[Response]:
    return [response async for response in stream]


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def test_nobody_there_is_offline_at_once(client: CoapClient) -> None:
    with pytest.raises(Offline):
        await client.request(Method.GET, f"coap://127.0.0.1:{free_port()}/d", timeout=50)


async def test_silence_is_a_timeout_and_the_request_never_goes_out_again(client: CoapClient, appliance: Maker) -> None:
    unit, base = await appliance(lambda _: [])
    with pytest.raises(TimedOut):
        await client.request(Method.PUT, f"{base}/p", payload=b"1", timeout=0.2)
    unit.script = lambda data: [answer(data, 2 << 5 | 4)]
    assert (await client.request(Method.GET, f"{base}/p")).code == CHANGED
    assert [parse(data).code for data in unit.heard] == [Method.PUT, Method.GET]
    assert not client._endpoint.exchanges._active_exchanges
    assert not client._endpoint.exchanges._backlogs


async def test_requests_given_up_while_they_wait_their_turn_are_never_sent(client: CoapClient, appliance: Maker) -> None:
    unit, base = await appliance(lambda _: [])
    asked = [client.request(Method.PUT, f"{base}/p", payload=b"%d" % number, timeout=0.3) for number in range(5)]
    results = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(result) for result in results] == [TimedOut] * 5
    assert {parse(data).payload for data in unit.heard} == {b"0"}


async def test_a_reset_is_offline(client: CoapClient, appliance: Maker) -> None:
    _, base = await appliance(lambda data: [b"\x70\x00" + data[2:4]])
    with pytest.raises(Offline):
        await client.request(Method.GET, f"{base}/p")


async def test_a_separate_answer_is_taken_and_acknowledged(client: CoapClient, appliance: Maker) -> None:
    def script(data: bytes) -> list[bytes]:
        if data[0] & 0x30:
            return []
        length = data[0] & 0x0F
        return [b"\x60\x00" + data[2:4], bytes((0x40 | length, 2 << 5 | 5)) + b"\x77\x77" + data[4 : 4 + length] + b"\xffok"]

    unit, base = await appliance(script)
    assert (await client.request(Method.GET, f"{base}/p")).payload == b"ok"
    await unit.hears(b"\x60\x00\x77\x77")


@pytest.mark.parametrize(
    "rest",
    [
        b"\xd1\x0a\x0e\xff" + b"x" * 10,  # the first block says more and is too short
        b"\xd1\x0a\x0e",  # ... and is empty
        b"\xd1\x0a\x0f\xff" + b"x" * 1024,  # a block size that does not exist here
    ],
)
async def test_blocks_that_do_not_fit_are_a_device_failure(client: CoapClient, appliance: Maker, rest: bytes) -> None:
    _, base = await appliance(lambda data: [answer(data, 2 << 5 | 5, rest)])
    with pytest.raises(DeviceFailure):
        await client.request(Method.GET, f"{base}/p")


async def test_a_body_without_end_is_cut_off(client: CoapClient, appliance: Maker) -> None:
    def script(data: bytes) -> list[bytes]:
        asked = dict(parse(data).options).get(23, b"")
        number = int.from_bytes(asked, "big") >> 4
        block = (number << 4 | 0b1110).to_bytes(2, "big")
        return [answer(data, 2 << 5 | 5, b"\xd2\x0a" + block + b"\xff" + b"x" * 1024)]

    _, base = await appliance(script)
    with pytest.raises(DeviceFailure, match="longer than 65536"):
        await client.request(Method.GET, f"{base}/p", timeout=30)


async def test_a_body_that_keeps_changing_is_a_device_failure(client: CoapClient, appliance: Maker) -> None:
    count = iter(range(1000))

    def script(data: bytes) -> list[bytes]:
        number = int.from_bytes(dict(parse(data).options).get(23, b""), "big") >> 4
        return [
            answer(data, 2 << 5 | 5, b"\x41" + bytes((next(count),)) + b"\xd1\x06" + bytes((number << 4 | 0b1110,)) + b"\xff" + b"x" * 1024)
        ]

    _, base = await appliance(script)
    with pytest.raises(DeviceFailure, match="changing"):
        await client.request(Method.GET, f"{base}/p", timeout=30)


async def test_junk_instead_of_an_answer_is_dropped(client: CoapClient, appliance: Maker, complaints: list[Any]) -> None:
    _, base = await appliance(lambda data: [b"junk", b"\x60\xff" + data[2:], answer(data, 2 << 5 | 5, b"\xb2\xff\xfe")])
    with pytest.raises(TimedOut):
        await client.request(Method.GET, f"{base}/p", timeout=0.3)
    assert client.guard.counts["dropped"] == 3
    assert complaints == []


async def test_an_unwanted_notification_is_answered_with_a_reset(client: CoapClient, appliance: Maker) -> None:
    def script(data: bytes) -> list[bytes]:
        if data[0] >> 4 == 0b0111:
            return []
        return [answer(data, 2 << 5 | 5, b"\xffok"), b"\x54\x45\x99\x99none\x61\x05\xffnews"]

    unit, base = await appliance(script)
    await client.request(Method.GET, f"{base}/p")
    await unit.hears(b"\x70\x00\x99\x99")


async def test_a_request_to_a_client_is_not_answered(client: CoapClient, appliance: Maker) -> None:
    unit, base = await appliance(lambda data: [answer(data, 2 << 5 | 5), b"\x40\x01\x00\x01\xb1p"])
    await client.request(Method.GET, f"{base}/p")
    await asyncio.sleep(0.2)
    assert len(unit.heard) == 1
    assert client.guard.counts["dropped: request to a client"] == 1


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "coap:///d", "coap://127.0.0.1:x/", "d/self/s", "coap://127.0.0.1/%ff", "coap://[::1/"]
)
async def test_what_is_no_coap_address_is_said_so(client: CoapClient, url: str) -> None:
    with pytest.raises(BadSyntax):
        await client.request(Method.GET, url)


def test_a_refusal_is_the_error_it_names() -> None:
    body = b'{"code":"needs-confirm","title":"t","detail":"really?","property":"power","constraint":"c","confirm":"abc"}'
    error = refusal(Response(code=(4, 9), payload=body))
    assert isinstance(error, NeedsConfirmation)
    assert (error.detail, error.property, error.constraint, error.extra) == ("really?", "power", "c", {"confirm": "abc"})


@pytest.mark.parametrize(
    ("code", "payload", "kind"),
    [
        ((4, 9), b"not json", StateConflict),
        ((4, 9), b'["list"]', StateConflict),
        ((4, 9), b'{"code": 7, "detail": null, "self": 1}', StateConflict),
        ((4, 0), b"", BadSyntax),
        ((5, 0), b"", DeviceFailure),
    ],
)
def test_a_refusal_without_a_sound_object_goes_by_its_code(code: tuple[int, int], payload: bytes, kind: type) -> None:
    assert type(refusal(Response(code=code, payload=payload))) is kind


def test_success_is_no_refusal() -> None:
    assert refusal(Response(code=CONTENT)) is None


async def test_an_observer_follows_an_appliance_through_its_restart(tree: Tree, client: CoapClient) -> None:
    tree.values["p",] = b"before"
    async with CoapServer("127.0.0.1", 0, tree.handle, tree.watch) as server:
        port = server.port
        stream = client.observe(f"coap://127.0.0.1:{port}/p", silence=0.3, timeout=20)
        assert (await anext(stream)).payload == b"before"
    tree.values["p",] = b"after"
    waiting = asyncio.create_task(anext(stream))
    await asyncio.sleep(0.7)
    async with CoapServer("127.0.0.1", port, tree.handle, tree.watch):
        async with asyncio.timeout(20):
            response = await waiting
            while response.payload == b"before":
                response = await anext(stream)
        assert response.payload == b"after"
        await stream.aclose()


async def test_an_observer_of_an_appliance_that_stays_away_is_told(tree: Tree, client: CoapClient) -> None:
    tree.values["p",] = b"1"
    async with CoapServer("127.0.0.1", 0, tree.handle, tree.watch) as server:
        stream = client.observe(f"coap://127.0.0.1:{server.port}/p", silence=0.2, timeout=0.5)
        await anext(stream)
    with pytest.raises(Offline):
        await asyncio.wait_for(collect(stream), 20)


async def test_observing_where_nobody_is_fails_at_once(client: CoapClient) -> None:
    with pytest.raises(Offline):
        await anext(client.observe(f"coap://127.0.0.1:{free_port()}/p", timeout=50))


async def test_what_cannot_be_observed_is_asked_now_and_again(tree: Tree, client: CoapClient, base: str) -> None:
    tree.values["fixed",] = b"1"
    stream = client.observe(f"{base}/fixed", silence=0.1)
    assert (await anext(stream)).payload == b"1"
    tree.values["fixed",] = b"2"
    assert (await anext(stream)).payload == b"2"
    await stream.aclose()


async def test_notifications_out_of_order_are_left_out(client: CoapClient, appliance: Maker) -> None:
    def script(data: bytes) -> list[bytes]:
        length = data[0] & 0x0F
        if length == 0 or 6 not in dict(parse(data).options):
            return []
        token = data[4 : 4 + length]
        late = [bytes((0x50 | length, 2 << 5 | 5)) + bytes((1, n)) + token + b"\x61" + bytes((n,)) + b"\xff%d" % n for n in (12, 11, 9)]
        return [answer(data, 2 << 5 | 5, b"\x61\x0a\xff10"), *late]

    _, base = await appliance(script)
    stream = client.observe(f"{base}/p")
    heard = [(await anext(stream)).payload]
    while heard[-1] != b"12":
        heard.append((await anext(stream)).payload)
    waiting = asyncio.create_task(anext(stream))
    await asyncio.sleep(0.2)
    assert not waiting.done()
    waiting.cancel()
    await asyncio.wait([waiting])
    assert b"9" not in heard

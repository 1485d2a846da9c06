"""The server over real sockets: methods, options, errors, blocks."""

from contextlib import AsyncExitStack
from typing import Any

import orjson
import pytest

from gateway.errors import ConfigurationInvalid, HulianError, NeedsConfirmation, PortTaken, RateExceeded
from gateway.protocol.coap import CoapClient, CoapServer, Limits, Method, Response
from gateway.protocol.coap.message import CHANGED, CONTENT, CREATED, JSON, MERGE_PATCH, VALID
from gateway.protocol.coap.wire import Kind, parse
from tests.protocol.coap.world import RawMaker, Tree


async def test_a_request_arrives_with_everything_it_said(tree: Tree, client: CoapClient, base: str) -> None:
    tree.values["p",] = b"1"
    tree.version = 5
    response = await client.request(
        Method.IPATCH,
        f"{base}/d/%E7%81%AF/s?id=7&dry&why=a%26b=c",
        payload=b"{}",
        content_format=MERGE_PATCH,
        accept=JSON,
        if_match=[tree.etag],
    )
    (request,) = tree.requests
    assert response.code == CHANGED
    assert request.method is Method.IPATCH
    assert request.path == ("d", "灯", "s")
    assert request.query == (("id", "7"), ("dry", ""), ("why", "a&b=c"))
    assert (request.parameter("why"), request.parameter("none")) == ("a&b=c", None)
    assert (request.payload, request.content_format, request.accept) == (b"{}", MERGE_PATCH, JSON)
    assert request.if_match == ((5).to_bytes(8, "big"),)
    assert request.peer.startswith("127.0.0.1:")


@pytest.mark.parametrize("method", [Method.PUT, Method.PATCH, Method.IPATCH, Method.FETCH, Method.DELETE])
async def test_every_method_arrives_as_itself(tree: Tree, client: CoapClient, base: str, method: Method) -> None:
    await client.request(method, f"{base}/x")
    assert tree.requests[0].method is method


async def test_a_response_arrives_with_everything_it_says(tree: Tree, client: CoapClient, base: str) -> None:
    tree.values["p",] = b"21.5"
    response = await client.request(Method.GET, f"{base}/p")
    assert response == Response(code=CONTENT, payload=b"21.5", content_format=JSON, etag=tree.etag, max_age=5)
    created = await client.request(Method.POST, f"{base}/a")
    assert created == Response(code=CREATED, location=("run", "7"), location_query=(("since", "4"), ("all", "")))


async def test_a_command_error_travels_as_its_code_and_object(tree: Tree, client: CoapClient, base: str) -> None:
    tree.mistakes["p",] = NeedsConfirmation("really?", property="power", confirm="abc")
    response = await client.request(Method.PUT, f"{base}/p")
    assert (response.code, response.content_format) == ((4, 9), JSON)
    assert orjson.loads(response.payload) == {
        "code": "needs-confirm",
        "title": "A person must confirm this",
        "detail": "really?",
        "property": "power",
        "confirm": "abc",
    }


async def test_too_many_requests_say_when_to_come_back(tree: Tree, client: CoapClient, base: str) -> None:
    tree.mistakes["p",] = RateExceeded("slowly")
    response = await client.request(Method.GET, f"{base}/p")
    assert (response.code, response.max_age) == ((4, 29), 1)


async def test_a_mistake_of_ours_is_5_00_and_the_server_goes_on(tree: Tree, client: CoapClient, base: str, complaints: list[Any]) -> None:
    tree.mistakes["a",] = HulianError("secret detail")
    tree.mistakes["b",] = KeyError("secret detail")
    for path in ("a", "b"):
        response = await client.request(Method.GET, f"{base}/{path}")
        assert (response.code, response.payload) == ((5, 0), b"")
    tree.values["c",] = b"1"
    assert (await client.request(Method.GET, f"{base}/c")).payload == b"1"
    assert complaints == []


async def test_an_etag_already_known_brings_2_03_without_the_body(tree: Tree, raw: RawMaker) -> None:
    tree.values["p",] = b"1"
    peer = raw()
    peer.send(b"\x40\x01\x00\x01" + b"\x48" + tree.etag + b"\x71p")
    frame = parse(await peer.receive())
    assert (frame.code, frame.payload) == (VALID[0] << 5 | VALID[1], b"")


async def test_an_unknown_method_and_an_unknown_critical_option_are_refused(raw: RawMaker) -> None:
    peer = raw()
    peer.send(b"\x41\x1f\x00\x01t\xb1p")
    assert parse(await peer.receive()).code == 4 << 5 | 5
    peer.send(b"\x41\x01\x00\x02t\x90\x21p")
    frame = parse(await peer.receive())
    assert (frame.code, frame.id, frame.token) == (4 << 5 | 2, 2, b"t")


@pytest.mark.parametrize(
    ("options", "code"),
    [(b"\xb2\xff\xfe", 4 << 5 | 2), (b"\xd3\x04abc", 4 << 5 | 2), (b"\xd1\x16x", 5 << 5 | 5), (b"\xd4\x1acoap", 5 << 5 | 5)],
    ids=["path that is no UTF-8", "Accept of three bytes", "Proxy-Uri", "Proxy-Scheme"],
)
async def test_an_option_that_cannot_be_heeded_is_refused_and_not_left_without_a_word(raw: RawMaker, options: bytes, code: int) -> None:
    peer = raw()
    peer.send(b"\x41\x01\x00\x03t" + options)
    frame = parse(await peer.receive())
    assert (frame.kind, frame.code, frame.id, frame.token) == (Kind.ACKNOWLEDGEMENT, code, 3, b"t")


async def test_a_ping_is_answered_with_a_reset(raw: RawMaker) -> None:
    peer = raw()
    peer.send(b"\x40\x00\xab\xcd")
    frame = parse(await peer.receive())
    assert (frame.kind, frame.id) == (Kind.RESET, 0xABCD)


async def test_a_non_confirmable_request_gets_a_non_confirmable_answer(tree: Tree, raw: RawMaker) -> None:
    tree.values["p",] = b"1"
    peer = raw()
    peer.send(b"\x51\x01\x00\x01t\xb1p")
    frame = parse(await peer.receive())
    assert (frame.kind, frame.token, frame.payload) == (Kind.NON_CONFIRMABLE, b"t", b"1")


async def test_a_repeated_write_acts_once_and_is_answered_the_same(tree: Tree, server: CoapServer, raw: RawMaker) -> None:
    peer = raw()
    write = b"\x41\x03\x00\x01t\xb1p\xff1"
    peer.send(write)
    first = await peer.receive()
    peer.send(write)
    assert await peer.receive() == first
    assert len(tree.requests) == 1
    assert server.guard.counts["repeated"] == 1


async def test_a_large_body_is_fetched_in_blocks_of_one_representation(tree: Tree, raw: RawMaker) -> None:
    tree.values["p",] = bytes(range(256)) * 10
    peer = raw()
    peer.send(b"\x40\x01\x00\x01\xb1p")
    first = parse(await peer.receive())
    assert len(first.payload) == 1024
    tree.write(("p",), b"something else")
    body, options = first.payload, dict(first.options)
    for number in (1, 2):
        peer.send(b"\x40\x01\x00" + bytes((number + 1,)) + b"\xb1p\xc1" + bytes((number << 4 | 6,)))
        part = parse(await peer.receive())
        assert dict(part.options)[4] == options[4]
        body += part.payload
    assert body == bytes(range(256)) * 10
    peer.send(b"\x40\x01\x00\x09\xb1p\xc1\x96")
    assert parse(await peer.receive()).code == 4 << 5, "there is no ninth block"


@pytest.mark.parametrize("size", [0, 1, 1023, 1024, 1025, 2048, 40_000, 65_536])
async def test_bodies_of_every_size_go_both_ways(tree: Tree, client: CoapClient, base: str, size: int) -> None:
    body = bytes(number % 251 for number in range(size))
    assert (await client.request(Method.PUT, f"{base}/p", payload=body)).code == CHANGED
    assert tree.values["p",] == body
    assert (await client.request(Method.GET, f"{base}/p")).payload == body


async def test_a_body_over_the_limit_is_4_13_and_never_arrives(tree: Tree, client: CoapClient, base: str) -> None:
    response = await client.request(Method.PUT, f"{base}/p", payload=b"x" * 65_537)
    assert response.code == (4, 13)
    assert tree.requests == []


async def test_a_limit_is_kept_for_uploads_that_do_not_say_their_size(tree: Tree, raw: RawMaker) -> None:
    peer = raw()
    for number in range(65):
        block = number << 4 | 0b1110
        peer.send(b"\x40\x03" + number.to_bytes(2, "big") + b"\xb1p\xd2\x03" + block.to_bytes(2, "big") + b"\xff" + b"x" * 1024)
        code = parse(await peer.receive()).code
        assert code == (2 << 5 | 31 if number < 64 else 4 << 5 | 13)
    assert tree.requests == []


async def test_a_block_out_of_order_is_4_08(raw: RawMaker) -> None:
    peer = raw()
    peer.send(b"\x40\x03\x00\x01\xb1p\xd1\x03\x1e\xff" + b"x" * 1024)
    assert parse(await peer.receive()).code == 4 << 5 | 8
    peer.send(b"\x40\x03\x00\x02\xb1p\xd1\x03\x0e\xff" + b"x" * 1000)
    assert parse(await peer.receive()).code == 4 << 5, "not as long as it says"


async def test_unfinished_uploads_are_bounded(server: CoapServer, raw: RawMaker) -> None:
    for _ in range(20):
        peer = raw()
        peer.send(b"\x40\x03\x00\x01\xb1p\xd1\x03\x0e\xff" + b"x" * 1024)
        assert parse(await peer.receive()).code == 2 << 5 | 31
    assert len(server._kept[False][0]._parts) == 8


async def test_answers_come_from_the_address_that_was_asked(tree: Tree, client: CoapClient, stack: AsyncExitStack) -> None:
    tree.values["p",] = b"1"
    servers = [await stack.enter_async_context(CoapServer(f"127.0.0.{number}", 0, tree.handle)) for number in (31, 32, 33)]
    for server in servers:
        assert (await client.request(Method.GET, f"coap://{server.host}:{server.port}/p")).payload == b"1"


async def test_a_taken_port_is_said_so(tree: Tree, server: CoapServer) -> None:
    with pytest.raises(PortTaken, match=str(server.port)):
        async with CoapServer("127.0.0.1", server.port, tree.handle):
            pass


@pytest.mark.parametrize("host", ["0.0.0.0", "", "203.0.113.9"])
async def test_an_address_that_cannot_answer_for_itself_is_refused(tree: Tree, host: str) -> None:
    with pytest.raises(ConfigurationInvalid):
        async with CoapServer(host, 0, tree.handle):
            pass


async def test_a_flooder_is_told_4_29_with_max_age(tree: Tree, stack: AsyncExitStack, raw: RawMaker) -> None:
    tree.values["p",] = b"1"
    server = await stack.enter_async_context(CoapServer("127.0.0.1", 0, tree.handle, limits=Limits(rate=0.001, burst=2)))
    codes = []
    peer = raw()
    peer.socket.connect(("127.0.0.1", server.port))
    for number in range(4):
        peer.send(b"\x40\x01\x00" + bytes((number,)) + b"\xb1p")
        codes.append(parse(await peer.receive()).code)
    assert codes == [2 << 5 | 5] * 2 + [4 << 5 | 29] * 2
    peer.send(b"\x40\x01\x00\x09\xb1p")
    assert await peer.nothing()

"""Observing: newest only, every tenth confirmable, and an end for every way a watcher can go."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from gateway.errors import Unknown
from gateway.protocol.coap import CoapClient, CoapServer, Limits, Method, Response
from gateway.protocol.coap.observation import CONFIRM_EVERY
from gateway.protocol.coap.wire import Frame, Kind, parse
from tests.protocol.coap.world import RawMaker, Tree, eventually

OBSERVE = b"\x41\x01\x00\x01t\x60\x51p"
LEAVE = b"\x41\x01\x00\x02t\x61\x01\x51p"


def number_of(frame: Frame) -> int:
    """Return the Observe number, or -1 for none."""
    value = dict(frame.options).get(6)
    return -1 if value is None else int.from_bytes(value, "big")


def acknowledgement(frame: Frame) -> bytes:
    return b"\x60\x00" + frame.id.to_bytes(2, "big")


def reset(frame: Frame) -> bytes:
    return b"\x70\x00" + frame.id.to_bytes(2, "big")


@pytest.fixture
def watched(tree: Tree) -> Tree:
    tree.values["p",] = b"0"
    return tree


async def test_an_observer_hears_the_present_value_and_every_change(watched: Tree, client: CoapClient, base: str) -> None:
    stream = client.observe(f"{base}/p")
    heard = []
    for value in range(5):
        heard.append((await anext(stream)).payload)
        watched.write(("p",), b"%d" % (value + 1))
    await stream.aclose()
    assert heard == [b"0", b"1", b"2", b"3", b"4"]


async def test_the_first_answer_is_piggybacked_and_notifications_are_numbered_upwards(watched: Tree, raw: RawMaker) -> None:
    peer = raw()
    peer.send(OBSERVE)
    first = parse(await peer.receive())
    assert (first.kind, first.token) == (Kind.ACKNOWLEDGEMENT, b"t")
    numbers = [number_of(first)]
    for value in range(3):
        watched.write(("p",), b"%d" % value)
        numbers.append(number_of(parse(await peer.receive())))
    assert numbers == sorted(set(numbers))


async def test_every_tenth_notification_is_confirmable(watched: Tree, raw: RawMaker) -> None:
    peer = raw()
    peer.send(OBSERVE)
    await peer.receive()
    kinds = []
    for value in range(25):
        watched.write(("p",), b"%d" % value)
        frame = parse(await peer.receive())
        kinds.append(frame.kind)
        if frame.kind is Kind.CONFIRMABLE:
            peer.send(acknowledgement(frame))
            await asyncio.sleep(0.05)
    assert [index + 1 for index, kind in enumerate(kinds) if kind is Kind.CONFIRMABLE] == [CONFIRM_EVERY, 2 * CONFIRM_EVERY]


async def test_a_watcher_that_does_not_acknowledge_gets_only_the_newest(watched: Tree, raw: RawMaker) -> None:
    peer = raw()
    peer.send(OBSERVE)
    await peer.receive()
    for value in range(CONFIRM_EVERY):
        watched.write(("p",), b"%d" % value)
        frame = parse(await peer.receive())
    assert frame.kind is Kind.CONFIRMABLE
    for value in range(100, 150):
        watched.write(("p",), b"%d" % value)
    assert await peer.nothing()
    peer.send(acknowledgement(frame))
    assert parse(await peer.receive()).payload == b"149"
    assert await peer.nothing()


@pytest.mark.parametrize("leave", [lambda _: LEAVE, reset], ids=["deregister", "reset"])
async def test_a_watcher_that_leaves_is_forgotten(
    watched: Tree, server: CoapServer, raw: RawMaker, leave: Callable[[Frame], bytes]
) -> None:
    peer = raw()
    peer.send(OBSERVE)
    await peer.receive()
    watched.write(("p",), b"1")
    frame = parse(await peer.receive())
    assert frame.kind is Kind.NON_CONFIRMABLE
    peer.send(leave(frame))
    await eventually(lambda: not server.observations and not watched.watching)


async def test_a_reset_of_a_confirmable_notification_ends_it_too(watched: Tree, server: CoapServer, raw: RawMaker) -> None:
    peer = raw()
    peer.send(OBSERVE)
    await peer.receive()
    for value in range(CONFIRM_EVERY):
        watched.write(("p",), b"%d" % value)
        frame = parse(await peer.receive())
    peer.send(reset(frame))
    await eventually(lambda: not server.observations and not watched.watching)


async def test_a_watcher_whose_socket_is_gone_is_forgotten(watched: Tree, server: CoapServer, raw: RawMaker) -> None:
    peer = raw()
    peer.send(OBSERVE)
    await peer.receive()
    peer.socket.close()
    watched.write(("p",), b"1")
    await eventually(lambda: not server.observations and not watched.watching)


async def test_observing_again_with_the_same_token_replaces(watched: Tree, server: CoapServer, raw: RawMaker) -> None:
    peer = raw()
    for number in range(5):
        peer.send(b"\x41\x01\x01" + bytes((number,)) + b"t\x60\x51p")
        await peer.receive()
    assert server.observations == 1
    await eventually(lambda: len(watched.watching) == 1)


async def test_when_the_stream_ends_the_last_value_comes_without_a_number(watched: Tree, server: CoapServer, raw: RawMaker) -> None:
    peer = raw()
    peer.send(OBSERVE)
    await peer.receive()
    watched.end()
    frame = parse(await peer.receive())
    assert (number_of(frame), frame.payload, frame.kind) == (-1, b"0", Kind.CONFIRMABLE)
    peer.send(acknowledgement(frame))
    await eventually(lambda: not server.observations)


async def test_what_cannot_be_observed_is_answered_once(tree: Tree, server: CoapServer, raw: RawMaker) -> None:
    tree.values["fixed",] = b"1"
    peer = raw()
    peer.send(b"\x41\x01\x00\x01t\x60\x55fixed")
    assert number_of(parse(await peer.receive())) == -1
    assert server.observations == 0


async def test_observing_nothing_is_an_error_and_no_observation(client: CoapClient, server: CoapServer, base: str) -> None:
    heard = [response async for response in client.observe(f"{base}/none")]
    assert [response.code for response in heard] == [(4, 4)]
    assert server.observations == 0


async def test_an_error_in_the_stream_ends_the_observation(watched: Tree, client: CoapClient, base: str, complaints: list[Any]) -> None:
    async def stream(_: tuple[str, ...]) -> AsyncIterator[Response]:
        yield watched.present(("p",))
        raise Unknown("forgotten")

    watched.stream = stream  # type: ignore[method-assign,assignment]
    heard = [response async for response in client.observe(f"{base}/p")]
    assert [response.code for response in heard][-1] == (4, 4)
    assert complaints == []


async def test_observations_are_bounded_and_the_rest_get_a_plain_answer(watched: Tree, stack: AsyncExitStack, raw: RawMaker) -> None:
    limits = Limits(observations=5, observations_per_peer=3)
    server = await stack.enter_async_context(CoapServer("127.0.0.1", 0, watched.handle, watched.watch, limits=limits))
    numbers = []
    for _ in range(6):
        peer = raw()
        peer.socket.connect(("127.0.0.1", server.port))
        peer.send(OBSERVE)
        numbers.append(number_of(parse(await peer.receive())))
    assert [number >= 0 for number in numbers] == [True] * 3 + [False] * 3
    assert server.observations == 3


async def test_a_large_notification_is_fetched_in_blocks(watched: Tree, client: CoapClient, base: str) -> None:
    stream = client.observe(f"{base}/p")
    await anext(stream)
    watched.write(("p",), b"x" * 5000)
    assert len((await anext(stream)).payload) == 5000
    watched.write(("p",), b"small")
    assert (await anext(stream)).payload == b"small"
    await stream.aclose()


async def test_leaving_the_server_ends_every_observation(watched: Tree, raw: RawMaker) -> None:
    async with CoapServer("127.0.0.1", 0, watched.handle, watched.watch) as server:
        peer = raw()
        peer.socket.connect(("127.0.0.1", server.port))
        peer.send(OBSERVE)
        await peer.receive()
        assert len(watched.watching) == 1
    assert not watched.watching


@pytest.mark.usefixtures("watched")
async def test_a_closed_client_stream_tells_the_server_at_once(client: CoapClient, server: CoapServer, base: str) -> None:
    stream = client.observe(f"{base}/p")
    await anext(stream)
    assert server.observations == 1
    await stream.aclose()
    await eventually(lambda: not server.observations)


@pytest.mark.usefixtures("watched")
async def test_two_clients_do_not_disturb_each_other(client: CoapClient, stack: AsyncExitStack, base: str) -> None:
    other = await stack.enter_async_context(CoapClient(host="127.0.0.1"))
    streams = [client.observe(f"{base}/p"), other.observe(f"{base}/p"), client.observe(f"{base}/p")]
    for stream in streams:
        await anext(stream)
    await client.request(Method.PUT, f"{base}/p", payload=b"7")
    assert [(await anext(stream)).payload for stream in streams] == [b"7"] * 3
    for stream in streams:
        await stream.aclose()

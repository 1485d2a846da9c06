"""OSCORE against the library's own client, and against whoever records, bends and repeats its datagrams."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import aiocoap
import pytest
from aiocoap import Code
from aiocoap.oscore import FilesystemSecurityContext

from gateway.errors import StorageFailed, Unauthenticated
from gateway.protocol.coap import CoapServer, Limits, Request, Response
from gateway.protocol.coap.contexts import Contexts
from gateway.protocol.coap.counters import EPOCH, LARGEST, STEP, Counters
from gateway.protocol.coap.envelope import request_envelope
from gateway.protocol.coap.oscore import Oscore
from gateway.protocol.coap.wire import parse
from gateway.thing.clock import SystemClock
from tests.protocol.coap.locks import Key, Ring, Shelf, context_folder, somebody
from tests.protocol.coap.world import Raw, Tree, eventually

HOST = "127.0.23.1"
PATIENCE = 15.0
UNAUTHORIZED, BAD_REQUEST, BAD_OPTION, METHOD = (4 << 5 | detail for detail in (1, 0, 2, 5))


@pytest.fixture
def ring() -> Ring:
    return Ring()


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@asynccontextmanager
async def opened(tree: Tree, ring: Ring, shelf: Shelf, **more: Any) -> AsyncIterator[CoapServer]:
    async with (
        Contexts(shelf, SystemClock()) as contexts,
        CoapServer(HOST, more.pop("port", 0), tree.handle, tree.watch, oscore=Oscore(ring, contexts), **more) as server,
    ):
        yield server


@pytest.fixture
async def server(tree: Tree, ring: Ring, shelf: Shelf, stack: AsyncExitStack) -> CoapServer:
    return await stack.enter_async_context(opened(tree, ring, shelf))


@pytest.fixture
def base(server: CoapServer) -> str:
    return f"coap://{HOST}:{server.port}"


Knock = Callable[[CoapServer], Raw]


@pytest.fixture
def knock(request: pytest.FixtureRequest) -> Knock:
    def make(server: CoapServer) -> Raw:
        made = Raw(server.port, HOST)
        request.addfinalizer(made.socket.close)
        return made

    return make


@pytest.fixture
async def phone(ring: Ring, base: str, stack: AsyncExitStack, tmp_path: Path) -> aiocoap.Context:
    return await stack.enter_async_context(somebody(tmp_path / "phone", ring.add("phone"), base))


async def ask(client: aiocoap.Context, uri: str, code: Code = Code.GET, **options: Any) -> aiocoap.Message:
    return await asyncio.wait_for(client.request(aiocoap.Message(code=code, uri=uri, **options)).response, PATIENCE)


def recorded(key: Key, folder: Path, *, code: Code = Code.PUT, path: str = "p", payload: bytes = b"7", mid: int = 1, **more: Any) -> bytes:
    """Return the datagram a client with the key would send; each call counts on."""
    context = FilesystemSecurityContext(str(context_folder(folder, key)))
    request = aiocoap.Message(code=code, payload=payload if code is not Code.GET else b"", uri_path=(path,), **more)
    outer, _ = context.protect(request)
    outer.mtype, outer.mid, outer.token = aiocoap.CON, mid, b"tokn"
    context._destroy()
    return bytes(outer.encode())


async def test_a_request_comes_with_whose_key_it_was_under(phone: aiocoap.Context, tree: Tree, base: str) -> None:
    tree.values["p",] = b"1"
    assert (await ask(phone, f"{base}/p")).payload == b"1"
    assert (await ask(phone, f"{base}/p?id=7", Code.PUT, payload=b"2")).code is Code.CHANGED
    assert [(request.identity, request.path) for request in tree.requests] == [("phone", ("p",))] * 2
    assert tree.values["p",] == b"2"


async def test_without_a_key_it_comes_from_nobody(tree: Tree, base: str) -> None:
    tree.values["p",] = b"1"
    plain = await aiocoap.Context.create_client_context(transports=["simple6"])
    assert (await ask(plain, f"{base}/p")).payload == b"1"
    await plain.shutdown()
    assert tree.requests[0].identity == ""


async def test_large_bodies_go_in_blocks_both_ways(phone: aiocoap.Context, tree: Tree, base: str) -> None:
    body = bytes(32 + number % 90 for number in range(20_000))
    assert (await ask(phone, f"{base}/td", Code.PUT, payload=body)).code is Code.CHANGED
    assert tree.values["td",] == body
    assert (await ask(phone, f"{base}/td")).payload == body


async def test_an_error_is_protected_too(phone: aiocoap.Context, base: str) -> None:
    answer = await ask(phone, f"{base}/none")
    assert answer.code is Code.NOT_FOUND
    assert json.loads(answer.payload)["code"] == "unknown"


async def test_a_mistake_in_the_gateway_is_a_protected_error(phone: aiocoap.Context, tree: Tree, base: str) -> None:
    tree.mistakes["p",] = RuntimeError("oops")
    assert (await ask(phone, f"{base}/p")).code is Code.INTERNAL_SERVER_ERROR


async def test_an_observer_hears_every_value_in_order(phone: aiocoap.Context, tree: Tree, base: str) -> None:
    tree.values["p",] = b"0" * 3000
    request = phone.request(aiocoap.Message(code=Code.GET, uri=f"{base}/p", observe=0))
    assert (await asyncio.wait_for(request.response, PATIENCE)).payload == b"0" * 3000
    notifications = request.observation.__aiter__()
    for number in range(25):
        tree.write(("p",), b"%d" % number)
        assert (await asyncio.wait_for(notifications.__anext__(), PATIENCE)).payload == b"%d" % number


async def test_nothing_of_a_request_or_an_answer_is_on_the_wire_in_clear(
    knock: Knock, tree: Tree, ring: Ring, server: CoapServer, tmp_path: Path
) -> None:
    tree.values["kitchen-canary",] = b"answer-canary"
    peer = knock(server)
    datagram = recorded(ring.add("phone"), tmp_path, code=Code.GET, path="kitchen-canary")
    peer.send(datagram)
    answer = await peer.receive()
    assert b"canary" not in datagram + answer
    assert parse(answer).code == 2 << 5 | 4, "whatever it was, it looks like Changed"


async def test_a_replayed_datagram_has_no_effect(knock: Knock, tree: Tree, ring: Ring, server: CoapServer, tmp_path: Path) -> None:
    datagram = recorded(ring.add("phone"), tmp_path)
    peer = knock(server)
    peer.send(datagram)
    await peer.receive()
    for number in range(2, 6):
        peer.send(datagram[:2] + number.to_bytes(2, "big") + datagram[4:])
        assert parse(await peer.receive()).code == UNAUTHORIZED
    other = knock(server)
    other.send(datagram)
    assert parse(await other.receive()).code == UNAUTHORIZED
    assert len(tree.requests) == 1


async def test_the_very_same_datagram_is_answered_from_memory(
    knock: Knock, tree: Tree, ring: Ring, server: CoapServer, tmp_path: Path
) -> None:
    datagram = recorded(ring.add("phone"), tmp_path)
    peer = knock(server)
    peer.send(datagram)
    first = await peer.receive()
    peer.send(datagram)
    assert await peer.receive() == first
    assert len(tree.requests) == 1


async def test_any_flipped_bit_of_what_is_protected_is_refused(
    knock: Knock, tree: Tree, ring: Ring, server: CoapServer, tmp_path: Path
) -> None:
    datagram = recorded(ring.add("phone"), tmp_path)
    peer = knock(server)
    begin = datagram.index(b"\xff") + 1
    for at in range(begin * 8, len(datagram) * 8):
        bent = bytearray(datagram)
        bent[at // 8] ^= 1 << at % 8
        bent[2:4] = at.to_bytes(2, "big")
        peer.send(bytes(bent))
        answer = parse(await peer.receive())
        assert (answer.code, answer.payload) == (BAD_REQUEST, b"")
    assert tree.requests == []


async def test_out_of_order_is_taken_once_within_the_window_and_not_beyond(
    knock: Knock, tree: Tree, ring: Ring, server: CoapServer, tmp_path: Path
) -> None:
    key = ring.add("phone")
    datagrams = [recorded(key, tmp_path, mid=number, payload=b"%d" % number) for number in range(60)]
    peer = knock(server)
    order = [59, 40, 58, 40, 10]
    codes = []
    for number, which in enumerate(order):
        peer.send(datagrams[which][:2] + (1000 + number).to_bytes(2, "big") + datagrams[which][4:])
        codes.append(parse(await peer.receive()).code)
    assert codes == [2 << 5 | 4] * 3 + [UNAUTHORIZED] * 2
    assert [request.payload for request in tree.requests] == [b"59", b"40", b"58"]


OPTION = 9


def outer(code: int, option: bytes, payload: bytes = b"\xff" + b"x" * 20, mid: int = 7, first: int = 0x44) -> bytes:
    """Return a datagram with an OSCORE option."""
    length = bytes((OPTION << 4 | len(option),)) if len(option) < 13 else bytes((OPTION << 4 | 13, len(option) - 13))
    return bytes((first, code)) + mid.to_bytes(2, "big") + b"tokn" + length + option + payload


POST, GET, FETCH, PUT = 2, 1, 5, 3
KID = b"kid1"


@pytest.mark.parametrize(
    ("datagram", "code"),
    [
        (outer(POST, b"\x09\x01nobody"[:7]), UNAUTHORIZED),
        (outer(POST, b"\x09\x01" + KID), BAD_REQUEST),
        (outer(FETCH, b"\x09\x01" + KID), BAD_REQUEST),
        (outer(GET, b"\x09\x01" + KID), METHOD),
        (outer(PUT, b"\x09\x01" + KID), METHOD),
        (outer(POST, b""), BAD_OPTION),
        (outer(POST, b"\x00"), BAD_OPTION),
        (outer(POST, b"\x08" + KID), BAD_OPTION),
        (outer(POST, b"\x01\x01"), BAD_OPTION),
        (outer(POST, b"\x0d\x01\x02"), BAD_OPTION),
        (outer(POST, b"\x0e\x01\x02\x03\x04\x05\x06" + KID), BAD_OPTION),
        (outer(POST, b"\x0f\x01\x02\x03\x04\x05\x06\x07" + KID), BAD_OPTION),
        (outer(POST, b"\x0a\x00\x01" + KID), BAD_OPTION),
        (outer(POST, b"\x0d\xff\xff\xff\xff\xff" + KID), BAD_REQUEST),
        (outer(POST, b"\x29\x01" + KID), BAD_OPTION),
        (outer(POST, b"\x89\x01" + KID), BAD_OPTION),
        (outer(POST, b"\x49\x01" + KID), BAD_OPTION),
        (outer(POST, b"\x19\x01"), BAD_OPTION),
        (outer(POST, b"\x19\x01\xff" + KID), BAD_OPTION),
        (outer(POST, b"\x19\x01\x03abc" + KID), UNAUTHORIZED),
        (outer(POST, b"\x19\x01" + b"\x21" + b"c" * 33 + KID), BAD_OPTION),
        (outer(POST, b"\x09\x01" + b"k" * 8), BAD_OPTION),
        (outer(POST, b"\x09\x01" + KID, b""), BAD_REQUEST),
        (outer(POST, b"\x09\x01" + KID, b"\xffx"), BAD_REQUEST),
        (outer(POST, b"\x09\x01" + KID, b"\xff" + b"x" * 1500), BAD_REQUEST),
    ],
)
async def test_a_bad_envelope_is_refused_in_few_bytes(
    knock: Knock, ring: Ring, server: CoapServer, tree: Tree, complaints: list[dict[str, Any]], datagram: bytes, code: int
) -> None:
    ring.add("phone", recipient_id=KID)
    peer = knock(server)
    peer.send(datagram)
    answer = await peer.receive()
    assert parse(answer).code == code
    assert len(answer) <= max(len(datagram), 12)
    assert tree.requests == []
    assert complaints == []


@pytest.mark.parametrize("datagram", [outer(2 << 5 | 4, b"\x09\x01" + KID, first=0x54), outer(2 << 5 | 5, b"", first=0x64)])
async def test_an_answer_nobody_asked_for_is_nothing(knock: Knock, ring: Ring, server: CoapServer, datagram: bytes) -> None:
    ring.add("phone", recipient_id=KID)
    peer = knock(server)
    peer.send(datagram)
    assert await peer.nothing()
    assert server.guard.counts["dropped"] == 1


async def test_an_empty_message_with_the_option_is_no_coap(knock: Knock, server: CoapServer) -> None:
    peer = knock(server)
    peer.send(b"\x40\x00\x00\x01\x91\x09")
    assert await peer.nothing()
    assert server.guard.counts["dropped: empty message with content"] == 1


async def test_without_keys_the_option_is_one_nobody_knows(knock: Knock, tree: Tree, stack: AsyncExitStack) -> None:
    server = await stack.enter_async_context(CoapServer(HOST, 0, tree.handle))
    peer = knock(server)
    peer.send(outer(POST, b"\x09\x01" + KID))
    assert parse(await peer.receive()).code == BAD_OPTION


async def test_a_request_wrapped_twice_is_refused_under_the_key(
    knock: Knock, tree: Tree, ring: Ring, server: CoapServer, tmp_path: Path
) -> None:
    key = ring.add("phone")
    peer = knock(server)
    peer.send(recorded(key, tmp_path, oscore=b"\x09\x01" + key.recipient_id, code=Code.POST))
    answer = parse(await peer.receive())
    assert answer.protection is not None, "whoever has the key is told under the key"
    assert tree.requests == []


async def test_a_kid_is_worth_nothing_without_its_key(knock: Knock, tree: Tree, ring: Ring, server: CoapServer, tmp_path: Path) -> None:
    real = ring.add("phone")
    false = Key(identity="thief", recipient_id=real.recipient_id)
    peer = knock(server)
    peer.send(recorded(false, tmp_path / "thief"))
    assert parse(await peer.receive()).code == BAD_REQUEST
    peer.send(recorded(real, tmp_path / "real", mid=2))
    assert parse(await peer.receive()).code == 2 << 5 | 4
    assert [request.identity for request in tree.requests] == ["phone"]


async def test_a_key_with_an_id_context_needs_it(knock: Knock, ring: Ring, server: CoapServer, tmp_path: Path) -> None:
    key = ring.add("phone", id_context=b"home")
    peer = knock(server)
    peer.send(recorded(key, tmp_path))
    assert parse(await peer.receive()).code == 2 << 5 | 4
    assert request_envelope(parse(recorded(key, tmp_path)).protection or b"").kid_context == b"home"


async def test_a_client_put_out_is_deaf_at_once(phone: aiocoap.Context, tree: Tree, ring: Ring, server: CoapServer, base: str) -> None:
    tree.values["p",] = b"0"
    request = phone.request(aiocoap.Message(code=Code.GET, uri=f"{base}/p", observe=0))
    await asyncio.wait_for(request.response, PATIENCE)
    notifications = request.observation.__aiter__()
    ring.keys.clear()
    server.cut("phone")
    last = await asyncio.wait_for(notifications.__anext__(), PATIENCE)
    assert last.code is Code.UNAUTHORIZED
    await eventually(lambda: not server.observations and not tree.watching)
    with pytest.raises(aiocoap.error.Error):
        await ask(phone, f"{base}/p")


async def test_others_stay_when_one_is_put_out(
    phone: aiocoap.Context, tree: Tree, ring: Ring, server: CoapServer, base: str, tmp_path: Path, stack: AsyncExitStack
) -> None:
    tree.values["p",] = b"0"
    tablet = await stack.enter_async_context(somebody(tmp_path / "tablet", ring.add("tablet"), base))
    observed = [client.request(aiocoap.Message(code=Code.GET, uri=f"{base}/p", observe=0)) for client in (phone, tablet)]
    for request in observed:
        await asyncio.wait_for(request.response, PATIENCE)
    server.cut("phone")
    await eventually(lambda: server.observations == 1)
    notifications = observed[1].observation.__aiter__()
    tree.write(("p",), b"1")
    assert (await asyncio.wait_for(notifications.__anext__(), PATIENCE)).payload == b"1"


async def test_after_a_crash_a_recorded_datagram_does_nothing_and_the_client_goes_on(
    knock: Knock, tree: Tree, ring: Ring, shelf: Shelf, tmp_path: Path
) -> None:
    key, before = ring.add("phone"), Shelf()
    datagram = recorded(key, tmp_path / "phone")
    async with opened(tree, ring, shelf) as server:
        peer = knock(server)
        peer.send(datagram)
        await peer.receive()
        before.rows = {name: dict(row) for name, row in shelf.rows.items()}  # what the disk says at kill -9
    async with opened(tree, ring, before) as server:
        peer = knock(server)
        peer.send(datagram)
        asked_for_a_fresh_word = parse(await peer.receive())
        assert asked_for_a_fresh_word.protection is not None
        assert len(tree.requests) == 1
        async with somebody(tmp_path / "phone", key, f"coap://{HOST}:{server.port}") as phone:
            assert (await ask(phone, f"coap://{HOST}:{server.port}/q", Code.PUT, payload=b"9")).code is Code.CHANGED
        peer.send(datagram[:2] + b"\x77\x77" + datagram[4:])
        assert parse(await peer.receive()).code == UNAUTHORIZED
    assert [request.payload for request in tree.requests] == [b"7", b"9"]


async def test_after_an_orderly_end_the_window_is_known(knock: Knock, tree: Tree, ring: Ring, shelf: Shelf, tmp_path: Path) -> None:
    key = ring.add("phone")
    datagrams = [recorded(key, tmp_path, mid=number) for number in (1, 2)]
    for number, datagram in enumerate(datagrams):
        async with opened(tree, ring, shelf) as server:
            peer = knock(server)
            peer.send(datagram)
            assert parse(await peer.receive()).code == 2 << 5 | 4
            peer.send(datagrams[0][:2] + b"\x33\x33" + datagrams[0][4:])
            assert parse(await peer.receive()).code == UNAUTHORIZED
        assert len(tree.requests) == number + 1


class Clock(SystemClock):
    """Says that it is `at`."""

    at = EPOCH

    def now(self) -> float:
        return self.at


async def numbers(shelf: Shelf, count: int, clock: SystemClock) -> list[int]:
    """Take numbers as a process does that is killed afterwards."""
    counters = await Counters(shelf, clock).__aenter__()
    counter = await counters.open("key", "phone")
    taken = []
    for _ in range(count):
        while not counter.ready:
            granted = asyncio.Event()
            counter.when_ready(granted.set)
            await asyncio.wait_for(granted.wait(), PATIENCE)
        taken.append(counter.take())
    counters._writer.cancel()
    await asyncio.wait([counters._writer])
    return taken


async def test_no_number_is_ever_used_twice_whenever_the_process_dies() -> None:
    shelf, taken = Shelf(), list[int]()
    for count in (1, 3, STEP // 2, STEP, STEP + 7, 2):
        taken += await numbers(shelf, count, Clock())
    assert len(set(taken)) == len(taken)
    assert taken == sorted(taken)


async def test_a_state_folder_of_yesterday_does_not_count_over_yesterdays_numbers() -> None:
    shelf, clock = Shelf(), Clock()
    used = await numbers(shelf, 3, clock)
    backup = {name: dict(row) for name, row in shelf.rows.items()}
    used += await numbers(shelf, STEP * 2, clock)
    shelf.rows, clock.at = backup, EPOCH + 86_400
    assert min(await numbers(shelf, 3, clock)) > max(used)


@pytest.mark.parametrize("at", [0.0, EPOCH - 1, EPOCH + 40 * 365 * 86_400])
async def test_a_clock_far_off_does_not_use_up_the_numbers(at: float) -> None:
    shelf, clock = Shelf(), Clock()
    clock.at = at
    assert await numbers(shelf, 2, clock) == [0, 1]


async def test_a_key_that_has_no_numbers_left_opens_nothing(knock: Knock, tree: Tree, ring: Ring, shelf: Shelf, tmp_path: Path) -> None:
    key = ring.add("phone")
    async with opened(tree, ring, shelf) as server:
        peer = knock(server)
        peer.send(recorded(key, tmp_path))
        await peer.receive()
    (row,) = shelf.rows.values()
    row["next"] = LARGEST + 1
    async with opened(tree, ring, shelf) as server:
        peer = knock(server)
        peer.send(recorded(key, tmp_path, mid=9))
        assert parse(await peer.receive()).code == UNAUTHORIZED
    assert len(tree.requests) == 1


class Broken(Shelf):
    """A disk that fails."""

    failing = True

    async def put(self, key: str, document: Any) -> None:
        if self.failing:
            raise StorageFailed("no space left")
        await super().put(key, document)


async def test_nothing_is_said_under_a_key_that_cannot_be_counted(knock: Knock, tree: Tree, ring: Ring, tmp_path: Path) -> None:
    key, shelf = ring.add("phone"), Broken()
    async with opened(tree, ring, shelf) as server:
        peer = knock(server)
        peer.send(recorded(key, tmp_path))
        assert parse(await peer.receive()).code == 5 << 5 | 3
        shelf.failing = False
        peer.send(recorded(key, tmp_path, mid=2))
        assert parse(await peer.receive()).code == 2 << 5 | 4
    assert len(tree.requests) == 1


async def test_who_may_not_come_in_cannot_make_the_server_keep_a_body(knock: Knock, tree: Tree, ring: Ring, shelf: Shelf) -> None:
    def admit(request: Request) -> None:
        if not request.identity:
            raise Unauthenticated("no key")

    async with opened(tree, ring, shelf, admit=admit) as server:
        peer = knock(server)
        peer.send(b"\x40\x03\x00\x01\xb1p\xd1\x03\x0e\xff" + b"x" * 1024)
        assert parse(await peer.receive()).code == UNAUTHORIZED
        assert all(not len(uploads._parts) for uploads, _ in server._kept.values())


@pytest.mark.parametrize("seed", range(2))
async def test_bent_oscore_datagrams_change_nothing(
    knock: Knock, tree: Tree, ring: Ring, shelf: Shelf, tmp_path: Path, complaints: list[dict[str, Any]], seed: int
) -> None:
    key, random, loose = ring.add("phone"), Random(seed), Limits(rate=1e6, burst=1e6, total=1e6)
    good = [recorded(key, tmp_path, code=code, mid=number, **more) for number, (code, more) in enumerate(_SORTS)]
    async with opened(tree, ring, shelf, limits=loose) as server:
        peers = [knock(server) for _ in range(4)]
        for number in range(2000):
            random.choice(peers).send(_bent(random, random.choice(good)))
            if number % 10 == 0:
                await asyncio.sleep(0)
        assert tree.requests == []
        async with somebody(tmp_path, key, f"coap://{HOST}:{server.port}") as phone:
            tree.write(("q",), b"alive")
            assert (await ask(phone, f"coap://{HOST}:{server.port}/q")).payload == b"alive"
    assert complaints == []
    assert len(shelf.rows) == 1


_SORTS: list[tuple[Code, dict[str, Any]]] = [
    (Code.GET, {}),
    (Code.GET, {"observe": 0}),
    (Code.PUT, {}),
    (Code.PUT, {"payload": b"x" * 1024, "block1": (0, True, 6)}),
    (Code.GET, {"observe": 1}),
]


def _bent(random: Random, datagram: bytes) -> bytes:
    """Change what is protected, so that it is another message than any that was sent."""
    bent, begin = bytearray(datagram), datagram.index(b"\xff") + 1
    for _ in range(random.randrange(1, 4)):
        match random.randrange(4):
            case 0:
                bent[random.randrange(len(bent) - 8, len(bent))] ^= random.randrange(1, 256)
            case 1:
                bent[begin:begin] = random.randbytes(random.randrange(1, 4))
            case 2:
                del bent[-random.randrange(1, 4) :]
            case _:
                bent[-1:] = random.randbytes(random.randrange(2, 9))
    bent[2:4] = random.randbytes(2)
    bent[-1] ^= 1 if bytes(bent[4:]) == datagram[4:] else 0
    return bytes(bent)


async def test_contexts_in_memory_are_bounded_and_what_was_seen_is_not_forgotten(
    knock: Knock, tree: Tree, ring: Ring, server: CoapServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.protocol.coap.contexts.CONTEXTS", 4)
    keys = [ring.add(f"client-{number}") for number in range(10)]
    datagrams = [recorded(key, tmp_path / key.identity) for key in keys]
    peer = knock(server)
    for number, datagram in enumerate(datagrams):
        peer.send(datagram[:2] + number.to_bytes(2, "big") + datagram[4:])
        assert parse(await peer.receive()).code == 2 << 5 | 4
    assert server._oscore is not None
    assert len(server._oscore._contexts._contexts) == 4
    peer.send(datagrams[0][:2] + b"\x55\x55" + datagrams[0][4:])
    assert parse(await peer.receive()).code == UNAUTHORIZED
    assert len(tree.requests) == 10


def test_a_response_says_its_error_in_no_more_bytes_than_allowed() -> None:
    from gateway.protocol.coap.translate import refused  # noqa: PLC0415

    error = Unauthenticated("come with a key of your own")
    bodies = [refused(error, most).payload for most in (None, 1000, 40, 5)]
    assert [bool(body) for body in bodies] == [True, True, True, False]
    assert json.loads(bodies[2]) == {"code": "unauthenticated"}
    assert isinstance(refused(error, 0), Response)


async def test_the_vectors_of_the_rfc_come_out_byte_for_byte(ring: Ring, shelf: Shelf, knock: Knock, stack: AsyncExitStack) -> None:
    """RFC 8613 appendices C.1, C.4 and C.7: a request for `tv1` and its answer, seen from the server."""
    secret, salt = bytes(range(1, 17)), bytes.fromhex("9e7ca92223786340")
    ring.add("client", master_secret=secret, master_salt=salt, sender_id=b"\x01", recipient_id=b"")
    asked: list[Request] = []

    async def hello(request: Request) -> Response:
        asked.append(request)
        return Response(code=(2, 5), payload=b"Hello World!")

    oscore = Oscore(ring, await stack.enter_async_context(Contexts(shelf, SystemClock())))
    server = await stack.enter_async_context(CoapServer(HOST, 0, hello, oscore=oscore))
    peer = knock(server)
    peer.send(bytes.fromhex("44025d1f00003974396c6f63616c686f7374620914ff612f1092f1776f1c1668b3825e"))
    assert await peer.receive() == bytes.fromhex("64445d1f0000397490ffdbaad1e9a7e7b2a813d3c31524378303cdafae119106")
    assert [(request.path, request.identity) for request in asked] == [(("tv1",), "client")]


async def test_a_replayed_wish_to_observe_observes_nothing(
    tree: Tree, ring: Ring, server: CoapServer, tmp_path: Path, knock: Knock
) -> None:
    tree.values["p",] = b"1"
    datagram = recorded(ring.add("phone"), tmp_path, code=Code.GET, observe=0)
    peer, thief = knock(server), knock(server)
    peer.send(datagram)
    await peer.receive()
    thief.send(datagram)
    assert parse(await thief.receive()).code == UNAUTHORIZED
    thief.send(datagram[:4] + b"othr" + datagram[8:])
    assert parse(await thief.receive()).code == UNAUTHORIZED
    assert server.observations == 1
    tree.write(("p",), b"2")
    assert parse(await peer.receive()).protection is not None
    assert await thief.nothing()


async def test_an_observe_option_put_on_from_outside_begins_no_observation(
    tree: Tree, ring: Ring, server: CoapServer, tmp_path: Path, knock: Knock
) -> None:
    tree.values["p",] = b"1"
    datagram = recorded(ring.add("phone"), tmp_path, code=Code.GET)
    at = 8  # after the token stands the OSCORE option, and nothing before it
    bent = datagram[:1] + bytes((FETCH,)) + datagram[2:at] + b"\x60" + bytes((datagram[at] - 0x60,)) + datagram[at + 1 :]
    peer = knock(server)
    peer.send(bent)
    assert parse(await peer.receive()).code >> 5 == 2
    assert server.observations == 0


async def test_a_wish_to_observe_that_lost_its_outside_is_a_plain_request(
    tree: Tree, ring: Ring, server: CoapServer, tmp_path: Path, knock: Knock
) -> None:
    tree.values["p",] = b"1"
    datagram = recorded(ring.add("phone"), tmp_path, code=Code.GET, observe=0)
    bent = datagram[:1] + bytes((POST,)) + datagram[2:8] + bytes((datagram[9] + 0x60,)) + datagram[10:]
    peer = knock(server)
    peer.send(bent)
    assert parse(await peer.receive()).code >> 5 == 2
    assert server.observations == 0


async def test_of_a_kid_nobody_has_nothing_is_kept(ring: Ring, server: CoapServer, shelf: Shelf, knock: Knock) -> None:
    ring.add("phone")
    peer = knock(server)
    for number in range(50):
        peer.send(outer(POST, b"\x09\x01" + b"k%03d" % number, mid=number))
        assert parse(await peer.receive()).code == UNAUTHORIZED
    assert server.guard.counts["dropped: no such key"] == 50
    assert len(server._endpoint.exchanges.writes) == 0
    assert shelf.rows == {}


class Slow(Shelf):
    """A disk that takes its time."""

    async def put(self, key: str, document: Any) -> None:
        await asyncio.sleep(0.05)
        await super().put(key, document)


async def test_of_two_first_requests_after_a_crash_both_are_asked_for_the_same_fresh_word(
    tree: Tree, ring: Ring, tmp_path: Path, knock: Knock
) -> None:
    key, shelf = ring.add("phone"), Slow()
    async with opened(tree, ring, shelf) as server:
        peer = knock(server)
        peer.send(recorded(key, tmp_path))
        await peer.receive()
    for row in shelf.rows.values():
        row["window"] = None
    async with opened(tree, ring, shelf) as server:
        context = FilesystemSecurityContext(str(context_folder(tmp_path, key)))
        peers, asked = [knock(server), knock(server)], []
        for number, each in enumerate(peers):
            protected, identifiers = context.protect(aiocoap.Message(code=Code.GET, uri_path=("p",)))
            protected.mtype, protected.mid, protected.token = aiocoap.CON, 100 + number, b"tokn"
            each.send(protected.encode())
            asked.append(identifiers)
        words = set()
        for each, identifiers in zip(peers, asked, strict=True):
            answer, _ = context.unprotect(aiocoap.Message.decode(await each.receive()), identifiers)
            words.add(answer.opt.echo)
        context._destroy()
    assert len(words) == 1
    assert None not in words

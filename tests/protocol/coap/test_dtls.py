"""CoAP over DTLS: who gets a session, who gets nothing, and what is kept of either."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest

from gateway.protocol.coap import CoapServer, Limits, Method
from tests.protocol.coap.world import Tree, eventually

pytest.importorskip("mbedtls", reason="the extra `dtls` is not installed")
from mbedtls import tls
from mbedtls.exceptions import TLSError

from gateway.protocol.coap import dtls

HOST = "127.0.23.4"
KEY = b"0123456789abcdef"
GET_P = b"\x41\x01\x00\x01t\xb1p"


@dataclass
class Keys:
    known: dict[str, bytes] = field(default_factory=lambda: {"phone": KEY, "tablet": KEY[::-1]})

    def shared_key(self, identity: str) -> bytes | None:
        return self.known.get(identity)


class Clock:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.at = 1000.0

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        raise NotImplementedError


class Peer:
    """A DTLS client that does one thing at a time; `sent` is what it put on the wire, `heard` the last that came."""

    def __init__(self, server: CoapServer, name: str = "phone", key: bytes = KEY, port: int = 0) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.bind(("127.0.0.1", port))
        self.socket.connect((server.host, server.port))
        configuration = tls.DTLSConfiguration(validate_certificates=False, ciphers=dtls.CIPHERS, pre_shared_key=(name, key))
        self.tls: Any = tls.ClientContext(configuration).wrap_buffers(None)
        self.sent: list[bytes] = []
        self.heard = b""

    def flush(self) -> None:
        out = self.tls.peek_outgoing(1 << 14)
        if out:
            self.tls.consume_outgoing(len(out))
            self.sent.append(out)
            self.socket.send(out)

    async def receive(self, within: float = 5.0) -> bytes:
        async with asyncio.timeout(within):
            self.heard = await asyncio.get_running_loop().sock_recv(self.socket, 1 << 14)
        return self.heard

    async def shake(self) -> None:
        async with asyncio.timeout(10):
            while self.tls._handshake_state is not tls.HandshakeStep.HANDSHAKE_OVER:
                try:
                    self.tls.do_handshake()
                except tls.WantReadError:
                    self.flush()
                    self.tls.receive_from_network(await self.receive())
                except tls.WantWriteError:
                    pass
                self.flush()

    def say(self, datagram: bytes) -> None:
        self.tls.write(datagram)
        self.flush()

    async def hear(self, within: float = 5.0) -> bytes:
        self.tls.receive_from_network(await self.receive(within))
        return bytes(self.tls.read(4096))


Make = Callable[..., Peer]


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def server(tree: Tree, stack: AsyncExitStack, keys: Keys, clock: Clock) -> CoapServer:
    tree.values["p",] = b"1"
    loose = Limits(rate=1e6, burst=1e6, total=1e6)
    return await stack.enter_async_context(CoapServer(HOST, 0, tree.handle, tree.watch, dtls=keys, lan=True, clock=clock, limits=loose))


@pytest.fixture
async def peer(server: CoapServer) -> AsyncIterator[Make]:
    made: list[Peer] = []

    def make(*arguments: Any, **more: Any) -> Peer:
        made.append(Peer(server, *arguments, **more))
        return made[-1]

    yield make
    for each in made:
        each.socket.close()


def sessions(server: CoapServer) -> int:
    clients = server._endpoint._clients
    assert isinstance(clients, dtls.DtlsSocket)
    return len(clients)


async def test_a_client_with_its_key_is_itself(tree: Tree, server: CoapServer, peer: Make) -> None:
    for name, key in (("phone", KEY), ("tablet", KEY[::-1])):
        client = peer(name, key)
        await client.shake()
        client.say(GET_P)
        assert (await client.hear())[-2:] == b"\xff1"
    assert [request.identity for request in tree.requests] == ["phone", "tablet"]
    assert sessions(server) == 2


async def test_a_wrong_key_and_a_wrong_name_are_refused_alike(tree: Tree, server: CoapServer, peer: Make) -> None:
    told = set()
    for name, key in (("phone", b"x" * 16), ("nobody", KEY), ("tablet", KEY), ("phone/../x", KEY)):
        client = peer(name, key)
        with pytest.raises(TLSError):
            await client.shake()
        told.add(client.heard[-2:])
    assert len(told) == 1, "nobody learns which names there are"
    await eventually(lambda: sessions(server) == 0)
    assert tree.requests == []


async def test_an_observer_over_dtls_is_cut_when_its_client_is_put_out(tree: Tree, server: CoapServer, peer: Make, keys: Keys) -> None:
    client, other = peer(), peer("tablet", KEY[::-1])
    for each in (client, other):
        await each.shake()
        each.say(b"\x41\x01\x00\x01t\x60\x51p")
        await each.hear()
    del keys.known["phone"]
    server.cut("phone")
    await eventually(lambda: (server.observations, sessions(server)) == (1, 1))
    tree.write(("p",), b"2")
    assert (await other.hear())[-2:] == b"\xff2"
    assert (await client.hear())[1] == 4 << 5 | 1, "it is told"
    with pytest.raises((TLSError, tls.RaggedEOF)):
        await client.hear()
    client = peer()
    with pytest.raises(TLSError):
        await client.shake()


async def test_a_thousand_hellos_without_the_cookie_leave_nothing_behind(server: CoapServer, peer: Make) -> None:
    client = peer()
    with suppress(tls.WantReadError, tls.WantWriteError):
        for _ in range(4):
            with suppress(tls.WantWriteError):
                client.tls.do_handshake()
    client.flush()
    hello = client.sent[0]
    answer = await client.receive()
    assert len(answer) < len(hello)
    received = server._endpoint._clients._arrived  # type: ignore[union-attr]
    for number in range(1000):
        received(("127.0.0.1", 20_000 + number), hello)
    assert sessions(server) == 0


async def test_sessions_are_bounded_and_the_quietest_goes(
    server: CoapServer, peer: Make, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dtls, "SESSIONS", 3)
    clients = [peer() for _ in range(5)]
    for client in clients:
        clock.at += 1
        await client.shake()
    assert sessions(server) == 3
    clients[-1].say(GET_P)
    assert (await clients[-1].hear())[-2:] == b"\xff1"


async def test_handshakes_that_are_not_finished_are_few(
    server: CoapServer, peer: Make, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dtls, "HALF_OPEN", 3)
    good = peer()
    await good.shake()
    for _ in range(8):
        half = peer()
        for _ in range(2):
            with suppress(tls.WantReadError):
                while half.tls._handshake_state is not tls.HandshakeStep.HANDSHAKE_OVER:
                    with suppress(tls.WantWriteError):
                        half.tls.do_handshake()
                    half.flush()
            half.flush()
            half.tls.receive_from_network(await half.receive())
    assert sessions(server) == 1 + 3
    good.say(GET_P)
    assert (await good.hear())[-2:] == b"\xff1"
    clock.at += dtls.HANDSHAKE + 1
    await peer("tablet", KEY[::-1]).shake()
    assert sessions(server) == 2


async def test_the_idle_are_forgotten(server: CoapServer, peer: Make, clock: Clock) -> None:
    await peer().shake()
    clock.at += dtls.IDLE + 1
    await peer().shake()
    assert sessions(server) == 1


async def test_a_client_that_starts_again_from_the_same_port_is_let_in_again(server: CoapServer, peer: Make) -> None:
    first = peer()
    await first.shake()
    port = first.socket.getsockname()[1]
    first.socket.close()
    again = peer(port=port)
    await again.shake()
    again.say(GET_P)
    assert (await again.hear())[-2:] == b"\xff1"
    assert sessions(server) == 1


async def test_a_recorded_record_is_taken_once(tree: Tree, peer: Make) -> None:
    client = peer()
    await client.shake()
    client.say(b"\x41\x03\x00\x01t\xb1p\xff9")
    await client.hear()
    for _ in range(5):
        client.socket.send(client.sent[-1])
    client.say(b"\x41\x01\x00\x02u\xb1p")
    await client.hear()
    assert [request.method for request in tree.requests] == [Method.PUT, Method.GET]


async def test_coap_in_clear_is_not_spoken_here(tree: Tree, server: CoapServer, peer: Make) -> None:
    client = peer()
    client.socket.send(GET_P)
    with pytest.raises(TimeoutError):
        await client.receive(0.3)
    assert tree.requests == []
    assert server.guard.counts["dropped: not DTLS"] == 1


async def test_noise_and_bent_handshakes_change_nothing(tree: Tree, peer: Make, complaints: list[dict[str, Any]]) -> None:
    recorded, good, random = peer(), peer(), Random(5)
    await recorded.shake()
    recorded.say(GET_P)
    await recorded.hear()
    noisy = [peer() for _ in range(3)]
    for number in range(1500):
        bent = bytearray(random.choice(recorded.sent)) if random.random() < 0.8 else bytearray(random.randbytes(random.randrange(1, 90)))
        for _ in range(random.randrange(4)):
            bent[random.randrange(len(bent))] = random.randrange(256)
        with suppress(BlockingIOError, ConnectionRefusedError):
            random.choice(noisy).socket.send(bytes(bent[: random.randrange(1, len(bent) + 1)]))
        if number % 10 == 0:
            await asyncio.sleep(0)
    await good.shake()
    good.say(b"\x41\x01\x00\x09t\xb1p")
    assert (await good.hear())[-2:] == b"\xff1"
    assert len(tree.requests) == 2
    assert complaints == []


async def test_junk_in_the_name_of_a_client_does_not_end_its_session(tree: Tree, server: CoapServer, peer: Make) -> None:
    client, random = peer(), Random(6)
    await client.shake()
    client.say(GET_P)
    await client.hear()
    head = client.sent[-1][:3]
    for number in range(300):
        body = random.randbytes(random.randrange(1, 60))
        kind = random.choice((20, 21, 22, 23))
        junk = bytes((kind,)) + head[1:3] + random.choice((b"\0\0", b"\0\1")) + number.to_bytes(6, "big") + len(body).to_bytes(2, "big")
        client.socket.send(junk + body)
    await asyncio.sleep(0.1)
    client.say(b"\x41\x01\x00\x07t\xb1p")
    async with asyncio.timeout(5):
        while (await client.hear())[-2:] != b"\xff1":
            pass
    assert len(tree.requests) == 2
    assert sessions(server) == 1


LIBCOAP = ("coap-client-openssl", "coap-client-gnutls")


async def libcoap(command: str, name: str, key: str, *arguments: str) -> str:
    """Run one of libcoap's clients and return all it printed."""
    if shutil.which(command) is None:
        pytest.skip(f"{command} is not installed (Debian: libcoap3-bin)")
    process = await asyncio.create_subprocess_exec(
        command, "-B", "5", "-u", name, "-k", key, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    async with asyncio.timeout(30):
        out, _ = await process.communicate()
    return out.decode()


@pytest.mark.interop
@pytest.mark.parametrize("command", LIBCOAP)
async def test_libcoap_is_let_in_with_its_key(tree: Tree, server: CoapServer, command: str) -> None:
    tree.values["td",] = b"0123456789abcdef" * 2000
    base = f"coaps://{HOST}:{server.port}"
    assert (await libcoap(command, "phone", KEY.decode(), f"{base}/p")).strip() == "1"
    assert len((await libcoap(command, "phone", KEY.decode(), f"{base}/td")).strip()) == 32_000
    assert await libcoap(command, "tablet", KEY[::-1].decode(), "-m", "put", "-e", "7", f"{base}/p") == ""
    assert tree.values["p",] == b"7"
    assert tree.requests[-1].identity == "tablet"


@pytest.mark.interop
@pytest.mark.parametrize("command", LIBCOAP)
async def test_libcoap_is_refused_without_it(tree: Tree, server: CoapServer, keys: Keys, command: str) -> None:
    url = f"coaps://{HOST}:{server.port}/p"
    for name, key in (("phone", "x" * 16), ("nobody", KEY.decode())):
        assert "mac" in (await libcoap(command, name, key, url)).lower()
    keys.known.clear()
    assert "mac" in (await libcoap(command, "phone", KEY.decode(), url)).lower()
    assert tree.requests == []

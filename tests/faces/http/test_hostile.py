"""Connections that come to nothing: who says nothing, says it slowly, or reads nothing, keeps nobody out and is let go."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from secrets import token_hex
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from gateway.faces.http import changes, entrance, guard, server
from gateway.faces.http.entrance import Limits
from gateway.thing.principal import Role
from tests.faces.http.conftest import D, Hub
from tests.kit.addresses import address

PLACES, OF_ONE = 24, 8
CROWD = 3 * PLACES
HEAD = b"GET /healthz HTTP/1.1\r\nHost: "
BODY = b"PUT /api/v1/devices/lamp-1/properties/power HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\nt"


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each side few places, so that a test fills them."""
    monkeypatch.setattr(server, "LOCAL", Limits(places=PLACES, of_one=PLACES, request=1.5))
    monkeypatch.setattr(server, "OUTSIDE", Limits(places=PLACES, of_one=OF_ONE, request=1.5))
    monkeypatch.setattr(entrance, "LOOK", 0.1)


@asynccontextmanager
async def crowd(url: str, said: bytes = b"", *, source: str | None = None, count: int = CROWD) -> AsyncIterator[list[asyncio.StreamReader]]:
    """Have many connections that say this much and no more."""
    place = urlsplit(url)
    async with AsyncExitStack() as stack:
        readers = []
        for _ in range(count):
            bound = None if source is None else (source, 0)
            reader, writer = await asyncio.open_connection(place.hostname, place.port, local_addr=bound)
            stack.callback(writer.close)
            writer.write(said)
            readers.append(reader)
        yield readers


@pytest.mark.parametrize("said", [pytest.param(b"", marks=pytest.mark.long), pytest.param(HEAD, marks=pytest.mark.long), BODY], ids=len)
async def test_connections_that_wait_keep_nobody_out(hub: Hub, said: bytes) -> None:
    async with crowd(hub.url, said.replace(b"%s", urlsplit(hub.url).netloc.encode())):
        for _ in range(5):
            async with httpx.AsyncClient(base_url=hub.url, trust_env=False) as client:
                assert (await client.get("/healthz")).status_code == 200


@pytest.mark.long
async def test_from_the_network_one_address_has_some_of_the_places_and_another_comes_in(hub: Hub) -> None:
    transport = httpx.AsyncHTTPTransport(verify=hub.tls, local_address=address())
    async with crowd(hub.outside, source=address()) as silent, httpx.AsyncClient(base_url=hub.outside, transport=transport) as client:
        assert (await client.get("/healthz")).status_code == 200
        for reader in silent[: CROWD - OF_ONE]:
            await _ended(reader)
    assert (await hub.client.get("/healthz")).status_code == 200


@pytest.mark.long
async def test_a_head_that_comes_byte_by_byte_is_not_waited_for(hub: Hub) -> None:
    place = urlsplit(hub.url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    dripping = asyncio.create_task(_drip(writer))
    await _ended(reader)
    await dripping
    writer.close()


async def _drip(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD)
    try:
        while not writer.is_closing():
            writer.write(b"a")
            await writer.drain()
            await asyncio.sleep(0.1)
    except ConnectionError:
        return


async def _ended(reader: asyncio.StreamReader) -> None:
    async with asyncio.timeout(20):
        try:
            assert await reader.read() == b""
        except ConnectionError:
            return


@pytest.mark.long
async def test_a_body_has_to_end_however_steadily_it_comes(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "BODY_WHOLE", 0.5)
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for sent in range(400):  # noqa: B007 - how far it came
            yield b"1"
            await asyncio.sleep(0.05)

    with contextlib.suppress(httpx.TransportError):  # whoever goes on sending may see the end of the connection before the answer
        answer = await hub.client.put(f"{D}/properties/brightness", content=endless(), headers={"content-type": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad-syntax")
    assert 0 < sent < 200
    assert (await hub.client.get(f"{D}/properties")).status_code == 200


@pytest.mark.long
async def test_a_web_socket_that_reads_nothing_is_closed_with_a_reason_and_others_hear_on(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "PATIENCE", 0.3)
    monkeypatch.setattr(changes, "change_document", lambda _home, change: {"number": change.number, "large": token_hex(50_000)})
    home = hub.gateway.home
    where = f"{hub.url.replace('http', 'ws', 1)}/api/v1/changes"
    async with connect(where, proxy=None, sock=_small(hub.url)) as deaf, connect(where, proxy=None) as other:
        deaf.transport.pause_reading()
        assert await _streams(hub) == 2
        reading = asyncio.create_task(_read(other))
        async with asyncio.timeout(60):
            while await _streams(hub) != 1:
                home._described(home.twin("lamp-1"))
        deaf.transport.resume_reading()
        ended = await _read(deaf)
        assert not reading.done()
        reading.cancel()
    assert ended.rcvd is not None
    assert ended.rcvd.code == changes.TOO_SLOW
    assert "nothing was read" in ended.rcvd.reason


async def _streams(hub: Hub) -> int:
    lines = (await hub.client.get("/metrics")).text.splitlines()
    return next(int(float(line.split()[1])) for line in lines if line.startswith("hulian_http_streams "))


async def _read(socket: ClientConnection) -> ConnectionClosed:
    """Read until it ends, and return how."""
    while True:
        try:
            await socket.recv()
        except ConnectionClosed as ended:
            return ended


def _small(url: str) -> socket.socket:
    """Return a connection whose other end keeps little that nobody reads."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    made.connect((urlsplit(url).hostname, urlsplit(url).port))
    return made


async def test_a_stream_ends_within_seconds_of_its_login_though_nothing_happens(hub: Hub) -> None:
    await hub.let_in(Role.OWNER)
    user = await hub.let_in(Role.USER)
    headers = {"authorization": f"Bearer {await hub.token(user)}"}
    async with hub.client.stream("GET", f"{D}/events/faultRaised", headers=headers) as response, asyncio.timeout(5):
        pieces = response.aiter_text()
        assert "retry" in await anext(pieces)
        await hub.gateway.access.clients.revoke(user)
        rest = "".join([piece async for piece in pieces])
    assert "event: error" in rest
    assert '"unauthenticated"' in rest


@pytest.mark.long
async def test_a_web_socket_ends_within_seconds_of_its_login_though_nothing_happens(hub: Hub) -> None:
    await hub.let_in(Role.OWNER)
    user = await hub.let_in(Role.USER)
    headers = {"authorization": f"Bearer {await hub.token(user)}"}
    async with connect(f"{hub.url.replace('http', 'ws', 1)}/api/v1/changes", additional_headers=headers, proxy=None) as socket:
        assert json.loads(await socket.recv())["change"] == "snapshot"
        await hub.gateway.access.clients.revoke(user)
        with pytest.raises(ConnectionClosed) as closed:
            async with asyncio.timeout(5):
                await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401

"""Who gets what over CoAP: the gate before every resource, roles, strangers on the LAN, and what happens when a client is put out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiocoap
import orjson
import pytest
from aiocoap import Code

from gateway.errors import StorageFailed
from gateway.faces.coap.gate import PUBLIC
from gateway.faces.coap.refusals import note_refusals
from gateway.protocol.coap.guard import Limits
from gateway.protocol.coap.wire import parse
from gateway.protocol.resources import CORE, Resource
from gateway.thing.clock import SystemClock
from gateway.thing.principal import Role
from gateway.trust.client import Client
from gateway.trust.journal import Journal
from tests.faces.coap_hub import Hub, hub_in
from tests.protocol.coap.locks import Key
from tests.protocol.coap.world import eventually

PATIENCE = 15.0
UNAUTHORIZED, FORBIDDEN = 4 << 5 | 1, 4 << 5 | 3


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Hub]:
    async with hub_in(tmp_path) as hub:
        yield hub


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Strangers may ask as fast as a test does."""
    monkeypatch.setattr("gateway.faces.coap.face.LAN_LIMITS", Limits(rate=1e6, burst=1e6, total=1e6, strangers=1e6))


async def ask(client: aiocoap.Context, uri: str, code: Code = Code.GET, **options: Any) -> aiocoap.Message:
    return await asyncio.wait_for(client.request(aiocoap.Message(code=code, uri=uri, **options)).response, PATIENCE)


def datagram(path: str, code: int = 1, options: bytes = b"", payload: bytes = b"", mid: int = 1) -> bytes:
    """Return a request without a key; `options` stand after the path, before nothing."""
    words, before, written = [word.encode() for word in path.strip("/").split("/")], 0, b""
    for word in words:
        length = bytes((len(word),)) if len(word) < 13 else bytes((13, len(word) - 13))
        written += bytes((11 - before << 4 | length[0],)) + length[1:] + word
        before = 11
    return bytes((0x40, code)) + mid.to_bytes(2, "big") + written + options + (b"\xff" + payload if payload else b"")


PATHS = {
    Resource.CORE: "/.well-known/core",
    Resource.WOT: "/.well-known/wot",
    Resource.DEVICES: "/d",
    Resource.DESCRIPTION: "/d/light-1/td",
    Resource.STATE: "/d/light-1/s",
    Resource.PROPERTY: "/d/light-1/p/brightness",
    Resource.ACTION: "/d/plug-1/a/identify",
    Resource.RUN: "/d/plug-1/run/none",
    Resource.EVENT: "/d/light-1/e/faultRaised",
    Resource.ACK: "/d/light-1/ack",
    Resource.LIFE: "/d/light-1/life",
    Resource.FAULTS: "/d/plug-1/faults",
    Resource.CLAIMS: "/d/light-1/claims",
    Resource.SCENES: "/scene",
    Resource.SCENE: "/scene/leaving",
    Resource.SCENE_RUN: "/scene/leaving/run/scene-1",
}


def test_every_resource_is_tried_here() -> None:
    assert set(PATHS) == set(Resource)
    assert set(PUBLIC) == {CORE}


@pytest.mark.usefixtures("unhurried")
@pytest.mark.parametrize("owned", [False, True])
async def test_over_the_lan_a_stranger_gets_nothing_whether_there_is_an_owner_or_not(hub: Hub, owned: bool) -> None:
    if owned:
        await hub.let_in("boss", Role.OWNER)
    peer = hub.knock(hub.outside)
    paths = [*PATHS.values(), "/nowhere", "/d/nobody/s", "/.well-known/edhoc"]
    tries = [(path, code, option) for path in paths for code in range(1, 9) for option in (b"", b"\xc0" if code in (1, 5) else b"\x10")]
    for number, (path, code, option) in enumerate(tries):
        if path == PATHS[Resource.CORE] and code == 1:
            continue
        peer.send(datagram(path, code, option, b"1" if code > 1 else b"", number))
        answer = await peer.receive()
        assert parse(answer).code == (UNAUTHORIZED if code < 8 else 4 << 5 | 5), (path, code)
        assert b"light" not in answer
        assert b"plug" not in answer
        assert len(parse(answer).payload) <= 1
    assert hub.light.executed == []
    assert hub.outside.observations == 0


async def test_a_stranger_learns_from_the_core_that_this_is_a_hub_and_no_more(hub: Hub) -> None:
    await hub.let_in("boss", Role.OWNER)
    peer = hub.knock(hub.outside)
    for number, (query, body) in enumerate([(b"", b'</d>;rt="hl.devices";hl.lv="1"'), (b"\x44rt=x", b"")]):
        asked = datagram("/.well-known/core", 1, query, b"", number)
        peer.send(asked)
        answer = await peer.receive()
        assert parse(answer).payload == body
        assert len(answer) < 3 * len(asked)


async def test_a_core_asked_for_with_observe_is_given_once(hub: Hub) -> None:
    peer = hub.knock(hub.outside)
    peer.send(b"\x40\x01\x00\x07\x60\x5b.well-known\x04core")
    answer = parse(await peer.receive())
    assert 6 not in dict(answer.options)
    assert hub.outside.observations == 0


@pytest.mark.usefixtures("unhurried")
async def test_nothing_a_stranger_sends_is_answered_with_three_times_as_much(hub: Hub) -> None:
    await hub.let_in("boss", Role.OWNER)
    peer, number = hub.knock(hub.outside), 0
    for path in [*PATHS.values(), "/pair", "/x"]:
        for code in (1, 2, 3, 5, 7, 30):
            for options in (b"", b"\xc1\x06", b"\xc1\x60", b"\xc1\x16", b"\xd1\x03\x0e", b"\xd1\x03\x00"):
                number += 1
                asked = datagram(path, code, options, b"bad", number)
                peer.send(asked)
                assert len(await peer.receive()) < 3 * len(asked), (path, code, options)


async def test_over_loopback_everything_is_open_until_there_is_an_owner(hub: Hub) -> None:
    plain = await aiocoap.Context.create_client_context(transports=["simple6"])
    hub.stack.push_async_callback(plain.shutdown)
    assert (await ask(plain, hub.url("/d/light-1/s", outside=False))).code is Code.CONTENT
    assert b"light-1" in (await ask(plain, hub.url("/.well-known/core", outside=False))).payload
    await hub.let_in("boss", Role.OWNER)
    assert (await ask(plain, hub.url("/d/light-1/s", outside=False))).code is Code.UNAUTHORIZED
    assert b"light-1" not in (await ask(plain, hub.url("/.well-known/core", outside=False))).payload


async def test_who_watched_without_a_key_hears_nothing_once_there_is_an_owner(hub: Hub) -> None:
    plain = await aiocoap.Context.create_client_context(transports=["simple6"])
    hub.stack.push_async_callback(plain.shutdown)
    request = plain.request(aiocoap.Message(code=Code.GET, uri=hub.url("/d/light-1/s", outside=False), observe=0))
    await asyncio.wait_for(request.response, PATIENCE)
    notifications = request.observation.__aiter__()
    await hub.let_in("boss", Role.OWNER)
    hub.light.show({"brightness": 11})
    last = await asyncio.wait_for(notifications.__anext__(), PATIENCE)
    assert last.code is Code.UNAUTHORIZED
    await eventually(lambda: not hub.here.observations)


READS, WRITES = {Role.VIEWER, Role.USER, Role.OWNER, Role.SERVICE, Role.FACTORY}, {Role.USER, Role.OWNER}


@pytest.mark.parametrize("role", list(Role))
async def test_each_role_gets_what_the_table_of_roles_says(hub: Hub, role: Role) -> None:
    await hub.let_in("boss", Role.OWNER)
    client, asking = await hub.let_in("them", role)
    read = await ask(asking, hub.url("/d/light-1/s"))
    assert (read.code is Code.CONTENT) is (role in READS)
    assert (await ask(asking, hub.url("/.well-known/core"))).code is (Code.CONTENT if role in READS else Code.FORBIDDEN)
    written = await ask(asking, hub.url("/d/light-1/p/brightness"), Code.PUT, payload=b"33")
    assert written.code is (Code.CHANGED if role in WRITES else Code.FORBIDDEN)
    if role in WRITES:
        assert [(command.principal.name, command.principal.role) for command in hub.light.executed] == [(client.id, role)]
    else:
        assert hub.light.executed == []


async def test_one_key_opens_both_sockets(hub: Hub) -> None:
    await hub.let_in("boss", Role.OWNER)
    _, asking = await hub.let_in("phone", Role.VIEWER)
    for outside in (True, False, True):
        answer = await ask(asking, hub.url("/d/light-1/td", outside=outside))
        assert orjson.loads(answer.payload)["hl:kind"] == "light"


async def test_a_revoked_client_is_deaf_and_mute_within_a_second(hub: Hub) -> None:
    await hub.let_in("boss", Role.OWNER)
    client, asking = await hub.let_in("phone", Role.USER)
    request = asking.request(aiocoap.Message(code=Code.GET, uri=hub.url("/d/light-1/s"), observe=0))
    await asyncio.wait_for(request.response, PATIENCE)
    notifications = request.observation.__aiter__()
    await hub.clients.revoke(client.id)
    with suppress(StopAsyncIteration):  # the library may see the end before it hands out the last word
        assert (await asyncio.wait_for(notifications.__anext__(), PATIENCE)).code is Code.UNAUTHORIZED
    await eventually(lambda: not hub.outside.observations)
    with pytest.raises(aiocoap.error.Error):
        await ask(asking, hub.url("/d/light-1/s"))
    with pytest.raises(aiocoap.error.Error):
        await ask(asking, hub.url("/d/light-1/p/brightness"), Code.PUT, payload=b"1")
    assert hub.light.executed == []


async def test_a_key_that_ran_out_hears_no_further_notification(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    await hub.let_in("boss", Role.OWNER)
    client, asking = await hub.let_in("guest", Role.VIEWER)
    request = asking.request(aiocoap.Message(code=Code.GET, uri=hub.url("/d/light-1/s"), observe=0))
    await asyncio.wait_for(request.response, PATIENCE)
    notifications = request.observation.__aiter__()
    monkeypatch.setattr(Client, "valid", lambda self, _now: self.id != client.id)
    hub.light.show({"brightness": 11})
    assert (await asyncio.wait_for(notifications.__anext__(), PATIENCE)).code is Code.UNAUTHORIZED


async def test_pairing_is_open_to_strangers_and_held_to_a_slow_rate(hub: Hub) -> None:
    peer = hub.knock(hub.outside)
    codes = []
    for number in range(80):
        peer.send(datagram("/pair", 2, b"", b"hello", number))
        codes.append(parse(await peer.receive()).code)
    assert codes[0] == 2 << 5 | 4
    assert 40 <= len(hub.rung) < 60
    assert codes[-1] == 4 << 5 | 29
    assert (hub.rung[0].identity, hub.rung[0].local, hub.rung[0].payload) == ("", False, b"hello")


async def test_a_whole_network_of_invented_addresses_leaves_a_client_served(hub: Hub) -> None:
    await hub.let_in("boss", Role.OWNER)
    _, asking = await hub.let_in("phone", Role.VIEWER)
    assert hub.outside.guard.is_strange("127.0.0.1")
    await ask(asking, hub.url("/d"))
    assert not hub.outside.guard.is_strange("127.0.0.1"), "it has shown a key"
    endpoint = hub.outside._endpoint
    for number in range(3000):
        endpoint._received((f"10.{number >> 8}.{number & 255}.9", 5683), datagram("/d", 1, b"", b"", number))
    await asyncio.sleep(0)
    assert hub.outside.guard.counts["dropped: over the rate"] >= 2500
    assert (await ask(asking, hub.url("/d/light-1/s"))).code is Code.CONTENT


async def test_a_stranger_cannot_have_a_large_body_put_together(hub: Hub) -> None:
    peer = hub.knock(hub.outside)
    for number, path in enumerate(("/d/light-1/s", "/.well-known/core", "/x")):
        peer.send(datagram(path, 3, b"\xd1\x03\x0e", b"x" * 1024, number))
        assert parse(await peer.receive()).code == UNAUTHORIZED
    assert sum(len(uploads._parts) for uploads, _ in hub.outside._kept.values()) == 0


async def test_who_has_a_key_may_not_read_on_in_an_answer_begun_by_another(hub: Hub) -> None:
    await hub.let_in("boss", Role.OWNER)
    _, asking = await hub.let_in("phone", Role.VIEWER)
    await ask(asking, hub.url("/d/light-1/td"))
    peer = hub.knock(hub.outside)
    peer.send(datagram("/d/light-1/td", 1, b"\xc1\x16"))
    answer = parse(await peer.receive())
    assert (answer.code, answer.payload) == (UNAUTHORIZED, b"")


class Minutes(SystemClock):
    """A clock on which somebody else says when a while is over."""

    def __init__(self) -> None:
        self.over = asyncio.Semaphore(0)
        self.at = 1000.0

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        await self.over.acquire()
        self.at += seconds


class Pages:
    """A store of journal entries that fails as often as it is told."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self.failing = 0

    async def append(self, at: float, document: Any, lot: str) -> None:  # noqa: ARG002 - the protocol's
        if self.failing:
            self.failing -= 1
            raise StorageFailed("no space left")
        self.entries.append(dict(document) | {"at": at})

    async def newest(self, limit: int) -> tuple[dict[str, Any], ...]:
        return tuple(self.entries[-limit:])


async def test_who_was_turned_away_is_one_entry_a_while_however_many_they_were(hub: Hub) -> None:
    clock, pages, thief = Minutes(), Pages(), Key(identity="thief")
    noting = asyncio.get_running_loop().create_task(note_refusals([hub.here, hub.outside], Journal(pages, clock), clock))
    peer = hub.knock(hub.outside)
    pages.failing = 1
    for number in range(20):
        peer.send(datagram("/d", 1, b"", b"", number))
        await peer.receive()
        peer.send(b"\x44\x02" + number.to_bytes(2, "big") + b"tokn\x96\x09\x01" + thief.recipient_id + b"\xffxxxxxxxxxxxx")
        await peer.receive()
    clock.over.release()
    await eventually(lambda: not pages.failing)
    assert pages.entries == []
    for _ in range(3):
        clock.over.release()
    await eventually(lambda: clock.over.locked() and pages.entries)
    (entry,) = pages.entries
    assert (entry["what"], entry["source"], entry["result"]) == ("refused", "127.0.0.1", "refused")
    assert entry["detail"] == {"doors": {hub.outside.url: 40}}
    noting.cancel()

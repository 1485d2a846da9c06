"""What the driver hears on a broker: which devices there are, under which base topics, and what becomes of them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from random import Random
from typing import Any, cast

import pytest

from gateway.drivers.parts.later import imported
from gateway.drivers.parts.selfdescribed.portrait import prepare
from gateway.drivers.spi import Context, Registration, Sighting, WatchContext
from gateway.drivers.zigbee2mqtt import DRIVER
from gateway.drivers.zigbee2mqtt import room as room_module
from gateway.drivers.zigbee2mqtt.room import MOST_BRIDGES, room_of
from gateway.errors import Forbidden, Offline, WireError
from gateway.protocol.mqtt import MqttClient
from gateway.thing.clock import SystemClock
from tests.drivers.kit import LIBRARY, until
from tests.drivers.units import Hurry
from tests.drivers.zigbee2mqtt.small_broker import SmallBroker, numeric, row

A, B = "0x00158d000000000a", "0x00158d000000000b"


class Ear:
    """What a watch told."""

    def __init__(self) -> None:
        self.there: dict[str, str] = {}
        self.kinds: dict[str, str | None] = {}
        self.bases: dict[str, str] = {}
        self.dropped: list[str] = []

    def see(self, sighting: Sighting) -> None:
        candidate = DRIVER.recognise(sighting)
        assert candidate is not None
        if sighting.gone:
            self.there.pop(candidate.key, None)
        else:
            self.there[candidate.key] = candidate.title
            self.kinds[candidate.key] = candidate.kind
            self.bases[candidate.key] = candidate.facts["base"]


def context_of(broker: SmallBroker) -> Context:
    return Context(gateway="gw", clock=SystemClock(), random=Random(1), library=LIBRARY, mqtt=cast(MqttClient, broker))


@asynccontextmanager
async def listening(broker: SmallBroker) -> AsyncIterator[Ear]:
    ear = Ear()
    wanted = WatchContext(
        context=context_of(broker),
        see=ear.see,
        known=lambda _: False,
        asked=lambda _where, _what: None,
        dropped=lambda _where, why: ear.dropped.append(why),
    )
    assert DRIVER.watch is not None
    async with DRIVER.watch(wanted):
        await told(10)
        yield ear


@pytest.fixture(scope="module", autouse=True)
def read() -> None:
    """Have what portraits are made with read: here turns of the loop are counted."""
    prepare(LIBRARY)
    asyncio.run(imported("gateway.drivers.zigbee2mqtt.look"))


@pytest.fixture
def broker() -> SmallBroker:
    return SmallBroker()


async def listed(broker: SmallBroker, *rows: Any, base: str = "zigbee2mqtt") -> None:
    broker.say(f"{base}/bridge/devices", rows)
    await told(len(rows))


async def told(most: int) -> None:
    """Let as many devices be told of, one in each turn of the loop."""
    for _ in range(most + 3):
        await asyncio.sleep(0)


async def test_bridges_under_any_base_topic_are_heard_kept_or_live(broker: SmallBroker) -> None:
    await listed(broker, row(A, "lamp"))
    async with listening(broker) as ear:
        assert ear.there == {A: "lamp"}
        await listed(broker, row(B, "other"), base="haus/keller/zigbee")
        assert ear.there == {A: "lamp", B: "other"}
        assert ear.bases == {A: "zigbee2mqtt", B: "haus/keller/zigbee"}
        assert ear.kinds[A] in {"plug", "wall-switch", "light"}
    assert broker.filters == []


async def test_a_device_is_the_same_under_another_name_and_gone_when_it_is_removed(broker: SmallBroker) -> None:
    async with listening(broker) as ear:
        await listed(broker, row(A, "lamp"))
        await listed(broker, row(A, "küche/灯"), row(B, B))
        assert ear.there == {A: "küche/灯", B: "Maker M1 000b"}
        await listed(broker, row(B, B))
        assert set(ear.there) == {B}
        broker.say("zigbee2mqtt/bridge/devices", b"")
        assert ear.there == {}


async def test_the_same_list_again_is_not_even_read(broker: SmallBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening(broker) as ear:
        await listed(broker, row(A, "lamp"))
        ear.there.clear()
        monkeypatch.setattr(room_module, "read_devices", lambda *_: pytest.fail("it was read again"))
        await listed(broker, row(A, "lamp"))
        assert ear.there == {}


async def test_a_device_that_is_listed_and_gone_in_one_breath_was_never_there(broker: SmallBroker) -> None:
    async with listening(broker) as ear:
        broker.say("zigbee2mqtt/bridge/devices", [row(A, "lamp", definition={"exposes": [numeric("once")]}), row(B, "other")])
        broker.say("zigbee2mqtt/bridge/devices", [row(B, "other")])
        await told(5)
        assert ear.there == {B: "other"}


async def test_of_two_bridges_that_claim_a_device_the_running_one_has_it(broker: SmallBroker) -> None:
    async with listening(broker) as ear:
        await listed(broker, row(A, "first"), base="one")
        await listed(broker, row(A, "second"), base="two")
        assert ear.there == {A: "first"}
        assert any("another bridge" in why for why in ear.dropped)
        broker.say("one/bridge/state", {"state": "offline"})
        broker.say("two/bridge/state", {"state": "online"})
        room = room_of(cast(MqttClient, broker))
        bridge, device = room.place(A)
        assert bridge is not None
        assert device is not None
        assert (bridge.base, device.name) == ("two", "second")
        await listed(broker, base="two")
        assert room.place(A)[0] is not None, "the first still lists it"
        await listed(broker, base="one")
        assert ear.there == {}


class Nobody:
    def placed(self, bridge: Any, device: Any, *, up: bool) -> None:
        """Take no notice."""


async def test_a_bridge_does_not_get_a_device_that_was_taken_in_from_another(broker: SmallBroker) -> None:
    room, follower = room_of(cast(MqttClient, broker)), Nobody()
    await room.follow(A, follower, "one")
    try:
        await listed(broker, row(A, "forged"), base="evil")
        await listed(broker, row(A, "true"), base="one")
        for base, state in (("one", "offline"), ("evil", "online")):
            broker.say(f"{base}/bridge/state", {"state": state})
        bridge, device = room.place(A)
        assert bridge is not None
        assert device is not None
        assert (bridge.base, device.name) == ("one", "true")
        await listed(broker, row(B, "other"), base="one")
        assert (moved := room.place(A)[0]) is not None
        assert moved.base == "evil", "it was taken out of the first: it is where it is listed"
    finally:
        await room.leave(follower)


async def test_what_is_known_keeps_the_bridge_it_was_taken_in_from(broker: SmallBroker) -> None:
    seen: list[Sighting] = []
    wanted = WatchContext(context=context_of(broker), see=seen.append, known=lambda _: True, asked=lambda *_: None, dropped=lambda *_: None)
    assert DRIVER.watch is not None
    async with DRIVER.watch(wanted):
        await listed(broker, row(A, "lamp"), base="evil")
        await until(lambda: seen, "the lamp")
    assert [sighting.facts["ieee"] for sighting in seen] == [A]
    assert "base" not in seen[0].facts


@pytest.mark.parametrize(
    "payload",
    [
        b"{",
        b"{}",
        b"\xff",
        b"null",
        b"[1,2,3]",
        b"[" * 2000,
        b"x" * 1_000_000,
        b"[" + b" " * 1_000_000 + b"]",
        json.dumps([{}] * 1000).encode(),
    ],
)
async def test_retained_garbage_hurts_nobody(broker: SmallBroker, payload: bytes) -> None:
    broker.kept["garbage/bridge/devices"] = payload
    broker.kept["garbage/bridge/state"] = payload[:1000]
    async with listening(broker) as ear:
        await listed(broker, row(A, "lamp"))
        assert ear.there == {A: "lamp"}


async def test_a_list_beyond_the_bound_is_refused_with_a_reason_and_the_one_before_stays(broker: SmallBroker) -> None:
    async with listening(broker) as ear:
        await listed(broker, row(A, "lamp"))
        broker.say("zigbee2mqtt/bridge/devices", b"[" + b" " * (3 * 1024 * 1024) + b"]")
        assert ear.there == {A: "lamp"}
        assert any("more than" in why for why in ear.dropped)


async def test_a_list_of_a_million_bytes_is_taken(broker: SmallBroker) -> None:
    rows = [row(f"0x00158d00000{number:05x}", f"lamp {number}", endpoints={"1": "x" * 1500}) for number in range(600)]
    async with listening(broker) as ear:
        await listed(broker, *rows)
        assert len(broker.kept["zigbee2mqtt/bridge/devices"]) > 1_000_000
        assert len(ear.there) == 600


async def test_strangers_that_call_themselves_bridges_without_end_are_not_all_kept(broker: SmallBroker) -> None:
    async with listening(broker) as ear:
        for number in range(MOST_BRIDGES + 20):
            broker.say(f"b{number}/bridge/state", b"online", retain=False)
        assert len(room_of(cast(MqttClient, broker)).bridges) == MOST_BRIDGES
        assert ear.dropped


@pytest.mark.parametrize("base", ["hulian/1", "hulian/1/other", "homeassistant", "/x"])
async def test_what_lies_in_the_hubs_own_tree_is_no_bridge(broker: SmallBroker, base: str) -> None:
    async with listening(broker) as ear:
        with pytest.raises(WireError):
            await listed(broker, row(A, "lamp"), base=base)
        assert ear.there == {}


async def test_definitions_nobody_has_any_more_are_forgotten(broker: SmallBroker) -> None:
    async with listening(broker):
        room = room_of(cast(MqttClient, broker))
        for number in range(20):
            await listed(broker, row(A, "lamp", definition={"exposes": [numeric(f"x{number}")]}))
        assert len(room.definitions) == 1


async def test_an_unknown_or_impossible_model_is_in_the_inbox_or_said_to_be_none(broker: SmallBroker) -> None:
    odd = {
        "exposes": [{"type": "numeric", "name": "x", "property": "x", "access": 7, "value_min": 9, "value_max": -9, "unit": "\u0000" * 50}]
    }
    worse = {"exposes": [7]}
    async with listening(broker) as ear:
        await listed(broker, row(A, "odd", definition=odd), row(B, "worse", definition=worse))
        assert A in ear.there
        assert any("worse" in why for why in ear.dropped)


async def test_a_device_nobody_lists_cannot_be_opened_and_the_reason_names_the_bridges(
    broker: SmallBroker, hurry: Hurry, clock: SystemClock
) -> None:
    await listed(broker, row(B, "other"))
    lent = Context(gateway="gw", clock=clock, random=Random(1), library=LIBRARY, mqtt=cast(MqttClient, broker))

    async def opening() -> None:
        async with DRIVER.open(Registration(driver="zigbee2mqtt", key=A), lent):
            pass

    with pytest.raises(Offline, match=r"lists 0x00158d000000000a; bridges there: zigbee2mqtt"):
        await hurry(opening())
    assert broker.filters == []


async def test_a_broker_that_allows_only_some_base_topics_is_heard_there_and_one_that_allows_none_is_said_so(
    broker: SmallBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe = broker.subscribe
    allowed = {"+/bridge/devices"}

    async def strictly(topic: str, handler: Any) -> None:
        if topic not in allowed:
            raise Forbidden(f"the broker refuses a subscription to {topic}")
        await subscribe(topic, handler)

    async def unsubscribe(topic: str, handler: Any = None) -> None:
        if topic in broker.filters:
            await SmallBroker.unsubscribe(broker, topic, handler)

    monkeypatch.setattr(broker, "subscribe", strictly)
    monkeypatch.setattr(broker, "unsubscribe", unsubscribe)
    async with listening(broker) as ear:
        await listed(broker, row(A, "lamp"))
        assert ear.there == {A: "lamp"}
    allowed.clear()
    with pytest.raises(Forbidden, match="allow it"):
        async with listening(broker):
            pass


async def test_without_a_broker_it_says_what_to_do() -> None:
    lent = Context(gateway="gw", clock=SystemClock(), random=Random(1), library=LIBRARY)
    async with AsyncExitStack() as stack:
        with pytest.raises(Offline, match="broker"):
            await stack.enter_async_context(DRIVER.open(Registration(driver="zigbee2mqtt", key=A), lent))

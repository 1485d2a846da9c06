"""One device behind a bridge: what it says, what it is asked and told, and when it cannot be reached."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from random import Random
from typing import Any, cast

import pytest

from gateway.drivers.parts.selfdescribed.session import AskedSelfDescribedSession
from gateway.drivers.spi import Context, Registration
from gateway.drivers.zigbee2mqtt import DRIVER
from gateway.errors import Offline, ReadOnly, TimedOut
from gateway.protocol.mqtt import MqttClient
from gateway.thing.availability import AvailabilityState
from gateway.thing.clock import SystemClock
from gateway.thing.report import Report
from gateway.thing.value import Value
from tests.drivers.kit import LIBRARY, invoke, stages, until, write
from tests.drivers.units import Hurry
from tests.drivers.zigbee2mqtt.small_broker import SmallBroker, numeric, row, switch

A = "0x00158d000000000a"
SET, GET = f"zigbee2mqtt/{A}/set", f"zigbee2mqtt/{A}/get"
IDENTIFY = {"type": "enum", "name": "identify", "property": "identify", "access": 2, "values": ["identify"]}
PLUG = [
    switch(),
    numeric("power", unit="W"),
    {"type": "numeric", "name": "energy", "property": "energy", "access": 1, "unit": "kWh"},
    IDENTIFY,
]


class World:
    """A broker with a bridge that does what the test says, and the session of one device there."""

    def __init__(self, broker: SmallBroker, session: AskedSelfDescribedSession) -> None:
        self.broker = broker
        self.session = session
        self.values: dict[str, Value] = {}
        self.online: bool | None = None
        self.reason = ""
        self.events: list[Any] = []
        self.shown: list[Value] = []
        session.push(self._take)

    def _take(self, report: Report) -> None:
        self.values |= report.values
        self.shown += [report.values["power"]] if "power" in report.values else []
        self.events += report.events
        if report.availability is not None:
            self.online = report.availability.state is AvailabilityState.ONLINE
            self.reason = report.availability.reason

    @property
    def device(self) -> str:
        return self.session.describe()[0].id

    @property
    def told(self) -> list[Any]:
        return [content for topic, content in self.broker.published if topic == SET]

    @property
    def asked(self) -> list[Any]:
        return [content for topic, content in self.broker.published if topic == GET]


class Answering(SmallBroker):
    """A bridge that answers: `real` is the device's state; `takes`, `echoes`: what becomes of a `set`."""

    def __init__(self, **real: Any) -> None:
        super().__init__()
        self.real: dict[str, Any] = {"state": "OFF", **real}
        self.name = "lamp"
        self.takes = self.echoes = self.answers = True

    async def publish(self, topic: str, payload: bytes) -> None:
        await super().publish(topic, payload)
        verb, content = topic.rpartition("/")[2], self.published[-1][1]
        if verb == "set":
            if self.echoes:
                self.say(f"zigbee2mqtt/{self.name}", {**self.real, **content}, retain=False)
            if self.takes:
                self.real |= content
        elif verb == "get" and self.answers:
            self.say(f"zigbee2mqtt/{self.name}", self.real, retain=False)


@pytest.fixture
def broker() -> Answering:
    made = Answering(power=7)
    listed(made)
    return made


def listed(broker: SmallBroker, exposes: list[dict[str, Any]] | None = None, name: str = "lamp", **more: Any) -> None:
    broker.say("zigbee2mqtt/bridge/devices", [row(A, name, definition={"model": "M", "vendor": "V", "exposes": exposes or PLUG}, **more)])


@asynccontextmanager
async def opened(broker: SmallBroker, clock: SystemClock, hurry: Hurry) -> AsyncIterator[World]:
    lent = Context(gateway="gw", clock=clock, random=Random(1), library=LIBRARY, mqtt=cast(MqttClient, broker))
    async with AsyncExitStack() as stack:
        session = await hurry(stack.enter_async_context(DRIVER.open(Registration(driver="zigbee2mqtt", key=A), lent)))
        assert isinstance(session, AskedSelfDescribedSession)
        yield World(broker, session)


async def do(world: World, hurry: Hurry, name: str, value: Value) -> None:
    await hurry(stages(world.session, write(world.device, name, value)))


async def test_what_the_broker_keeps_is_told_first_and_what_can_be_asked_for_is_asked(
    broker: Answering, clock: SystemClock, hurry: Hurry
) -> None:
    broker.say("zigbee2mqtt/lamp", {"state": "ON", "power": None, "energy": 3.5, "nonsense": 1})
    async with opened(broker, clock, hurry) as world:
        assert broker.published == [(GET, {"state": ""})], "asked by its address, only for what can be asked for"
        assert (world.values["power"], world.values["powerDraw"], world.values["energyTotal"]) == (False, 7, 3.5)
    assert broker.filters == []


async def test_the_bridge_going_takes_the_device_along_with_a_reason(broker: Answering, clock: SystemClock, hurry: Hurry) -> None:
    async with opened(broker, clock, hurry) as world:
        broker.say("zigbee2mqtt/bridge/state", {"state": "offline"})
        assert (world.online, world.reason) == (False, "Zigbee2MQTT (zigbee2mqtt) is offline")
        with pytest.raises(Offline):
            await do(world, hurry, "power", True)
        assert world.told == []
        broker.say("zigbee2mqtt/bridge/state", b"online")
        assert world.online is True


@pytest.mark.parametrize("words", [({"state": "offline"}, {"state": "online"}), (b"offline", b"online")], ids=["json", "legacy"])
async def test_availability_in_both_forms(broker: Answering, clock: SystemClock, hurry: Hurry, words: tuple[Any, Any]) -> None:
    async with opened(broker, clock, hurry) as world:
        broker.say("zigbee2mqtt/lamp/availability", words[0])
        assert world.online is False
        assert "cannot reach" in world.reason
        broker.say("zigbee2mqtt/lamp/availability", b"perhaps")
        assert world.online is False
        broker.say("zigbee2mqtt/lamp/availability", words[1])
        assert world.online is True


async def test_a_renamed_device_is_heard_under_its_new_name_only(broker: Answering, clock: SystemClock, hurry: Hurry) -> None:
    async with opened(broker, clock, hurry) as world:
        listed(broker, name="küche/灯")
        await until(lambda: "zigbee2mqtt/küche/灯" in broker.filters, "the new topics")
        broker.say("zigbee2mqtt/küche/灯", {"state": "ON"})
        assert world.values["power"] is True
        broker.say("zigbee2mqtt/lamp", {"state": "OFF"})
        assert world.values["power"] is True
        assert world.online is not False
    assert broker.filters == []


async def test_a_removed_device_is_offline_and_comes_back_under_another_name(broker: Answering, clock: SystemClock, hurry: Hurry) -> None:
    async with opened(broker, clock, hurry) as world:
        broker.say("zigbee2mqtt/bridge/devices", [])
        assert world.online is False
        assert "removed" in world.reason
        listed(broker, name=A)
        assert world.online is True


async def test_a_disabled_device_is_offline(broker: Answering, clock: SystemClock, hurry: Hurry) -> None:
    async with opened(broker, clock, hurry) as world:
        listed(broker, disabled=True)
        assert world.reason == "it is disabled in Zigbee2MQTT"


async def test_a_device_that_describes_itself_otherwise_ends_the_conversation(broker: Answering, clock: SystemClock, hurry: Hurry) -> None:
    async with opened(broker, clock, hurry) as world:
        changed = asyncio.ensure_future(world.session.changed())
        listed(broker, [*PLUG, numeric("temperature", unit="°C")])
        with pytest.raises(ConnectionResetError):
            await hurry(changed)


async def test_what_an_optimistic_bridge_believes_is_not_shown(broker: Answering, clock: SystemClock, hurry: Hurry) -> None:
    broker.takes = False
    async with opened(broker, clock, hurry) as world:
        await do(world, hurry, "power", True)
        assert True not in world.shown
        assert world.told == [{"state": "ON"}], "it arrived, so it is not said again"
        assert world.asked[-1] == {"state": ""}


async def test_what_is_done_is_shown_as_the_device_says(broker: Answering, clock: SystemClock, hurry: Hurry) -> None:
    async with opened(broker, clock, hurry) as world:
        await do(world, hurry, "power", True)
        assert world.values["power"] is True
        assert world.told == [{"state": "ON"}]


async def test_what_nothing_shows_is_looked_for_before_it_is_said_again(broker: Answering, clock: SystemClock, hurry: Hurry) -> None:
    broker.echoes = broker.takes = False
    async with opened(broker, clock, hurry) as world:
        await do(world, hurry, "power", True)
        words = [topic.rpartition("/")[2] for topic, _ in broker.published]
        assert words == ["get", "set", "get", "set", "get", "set", "get"]
        assert world.values["power"] is False


async def test_one_that_answers_nothing_is_timed_out(broker: Answering, clock: SystemClock, hurry: Hurry) -> None:
    async with opened(broker, clock, hurry) as world:
        broker.echoes = broker.answers = False
        with pytest.raises(TimedOut, match="out of reach"):
            await do(world, hurry, "power", True)


async def test_one_that_does_not_answer_at_first_is_offline_until_it_says_something(
    broker: Answering, clock: SystemClock, hurry: Hurry
) -> None:
    broker.answers = False
    broker.say("zigbee2mqtt/lamp", {"state": "ON"})
    async with opened(broker, clock, hurry) as world:
        assert world.online is False
        assert "did not answer" in world.reason
        broker.say("zigbee2mqtt/lamp", {"state": "ON"}, retain=False)
        assert world.online is True


async def test_one_that_does_not_answer_at_first_is_there_once_its_bridge_reaches_it(
    broker: Answering, clock: SystemClock, hurry: Hurry
) -> None:
    broker.answers = False
    async with opened(broker, clock, hurry) as world:
        assert world.online is False
        broker.say("zigbee2mqtt/lamp/availability", {"state": "online"})
        assert world.online is True


async def test_one_that_has_just_spoken_is_not_asked_again_for_a_minute(broker: Answering, clock: SystemClock, hurry: Hurry) -> None:
    async with opened(broker, clock, hurry) as world:
        await world.session.refresh()
        assert len(world.asked) == 1
        clock.advance(61)
        await hurry(world.session.refresh())
        assert len(world.asked) == 2


async def test_a_topic_that_is_cleared_says_nothing_and_is_no_garbage(
    broker: Answering, clock: SystemClock, hurry: Hurry, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(broker, clock, hurry) as world:
        before = dict(world.values)
        broker.say("zigbee2mqtt/lamp", b"", retain=False)
        assert world.values == before
        assert not [record for record in caplog.records if "dropped" in record.message]


async def test_what_still_comes_under_the_old_name_is_not_heard(
    broker: Answering, clock: SystemClock, hurry: Hurry, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(broker, clock, hurry) as world:
        unsubscribe, may = broker.unsubscribe, asyncio.Event()

        async def slowly(*what: Any) -> None:
            await may.wait()
            await unsubscribe(*what)

        monkeypatch.setattr(broker, "unsubscribe", slowly)
        listed(broker, name="other")
        await asyncio.sleep(0.01)
        broker.say("zigbee2mqtt/lamp", {"state": "ON"}, retain=False)
        assert world.values["power"] is False
        may.set()
        await until(lambda: "zigbee2mqtt/other" in broker.filters, "the new topics")


async def test_what_can_only_be_set_is_said_once_and_waits_for_nothing(broker: Answering, clock: SystemClock, hurry: Hurry) -> None:
    broker.echoes = False
    async with opened(broker, clock, hurry) as world:
        name = next(name for name in world.session.describe()[0].additions["actions"] if "identify" in name)
        await stages(world.session, invoke(world.device, name, {"value": "identify"}))
        assert world.told == [{"identify": "identify"}]


async def test_a_sleeper_is_not_asked_and_its_bridge_is_believed(broker: Answering, clock: SystemClock, hurry: Hurry) -> None:
    listed(broker, type="EndDevice", power_source="Battery")
    async with opened(broker, clock, hurry) as world:
        assert world.online is not False
        await do(world, hurry, "power", True)
        assert world.values["power"] is True
        assert world.asked == []


async def test_a_set_storm_ends_as_the_last_word_says(broker: Answering, clock: SystemClock, hurry: Hurry) -> None:
    async with opened(broker, clock, hurry) as world:
        commands = [stages(world.session, write(world.device, "power", number % 2 == 0)) for number in range(101)]
        await hurry(asyncio.gather(*commands))
        assert world.values["power"] is True
        assert len(world.told) == 101


async def test_a_device_that_floods_with_noise_is_still_heard(broker: Answering, clock: SystemClock, hurry: Hurry) -> None:
    async with opened(broker, clock, hurry) as world:
        for number in range(300):
            broker.say("zigbee2mqtt/lamp", {"state": "ON" if number % 2 else "OFF"}, retain=False)
            broker.say("zigbee2mqtt/lamp", b"\xff{" * 20, retain=False)
        assert world.values["power"] is True


async def test_a_pressed_button_is_an_event_and_only_when_it_is_pressed(broker: Answering, clock: SystemClock, hurry: Hurry) -> None:
    action = {"type": "enum", "name": "action", "property": "action", "access": 1, "values": ["single", "double"]}
    listed(broker, [action, numeric("battery", unit="%")], type="EndDevice", power_source="Battery")
    broker.say("zigbee2mqtt/lamp", {"action": "single", "battery": 80})
    async with opened(broker, clock, hurry) as world:
        assert world.events == []
        broker.say("zigbee2mqtt/lamp", {"action": "double", "battery": 80}, retain=False)
        broker.say("zigbee2mqtt/lamp", {"action": "", "battery": 80}, retain=False)
        assert len(world.events) == 1
        assert world.values["battery"] == 80


async def test_what_is_only_shown_cannot_be_set(broker: Answering, clock: SystemClock, hurry: Hurry) -> None:
    async with opened(broker, clock, hurry) as world:
        with pytest.raises(ReadOnly):
            await do(world, hurry, "powerDraw", 5)
        assert world.told == []


async def test_the_hubs_own_link_going_is_said_as_that(
    broker: Answering, clock: SystemClock, hurry: Hurry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.drivers.parts.link_watch.LOOK", 0.01)
    async with opened(broker, clock, hurry) as world:
        broker.connected = False
        await until(lambda: world.online is False, "offline")
        assert world.reason == "the link to the broker is down"
        broker.connected = True
        await until(lambda: world.online is True, "online again")


async def test_two_sessions_and_a_search_share_one_set_of_subscriptions(broker: Answering, clock: SystemClock, hurry: Hurry) -> None:
    async with opened(broker, clock, hurry):
        before = [name for name in broker.filters if "+" in name]
        async with opened(broker, clock, hurry):
            assert [name for name in broker.filters if "+" in name] == before
    assert broker.filters == []

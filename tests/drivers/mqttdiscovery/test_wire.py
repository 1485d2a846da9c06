"""One device on a line of the test's own: what is not read, and how things are said."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from gateway.drivers.mqttdiscovery.device import device_of
from gateway.drivers.mqttdiscovery.ear import _GONE, Ear
from gateway.drivers.mqttdiscovery.group import Group
from gateway.drivers.mqttdiscovery.wire import LIMIT, DiscoveredDevice
from gateway.errors import LinkDown, Offline, ReadOnly, SchemaViolation
from gateway.protocol.mqtt import Message
from gateway.protocol.mqtt.message import Handler
from gateway.thing.availability import AvailabilityState
from gateway.thing.clock import SystemClock
from gateway.thing.value import Value
from tests.drivers.mqttdiscovery.announced import entity


class Line:
    """A link to nobody."""

    def __init__(self) -> None:
        self.handlers: dict[str, Handler] = {}
        self.said: list[tuple[str, bytes, int, bool]] = []
        self.down = False

    async def subscribe(self, filter: str, handler: Handler) -> None:
        self.handlers[filter] = handler

    async def unsubscribe(self, filter: str, handler: Handler | None = None) -> None:  # noqa: ARG002 - there is one
        del self.handlers[filter]

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        if self.down:
            raise LinkDown("down")
        self.said.append((topic, payload, qos, retain))


class Device:
    """A device that was begun, and what it told."""

    def __init__(self, component: str, **options: Any) -> None:
        self.line = Line()
        self.told: list[Mapping[str, Value]] = []
        self.reached: list[tuple[AvailabilityState, str]] = []
        self.wire = DiscoveredDevice(self.line, device_of([entity(component, **options)]), SystemClock())
        self.wire.heard = self.told.append
        self.wire.reached = lambda state, reason: self.reached.append((state, reason))

    async def begun(self) -> "Device":
        task = asyncio.create_task(self.wire.begin())
        await asyncio.sleep(0)
        for topic in list(self.line.handlers):
            self.says(topic, b"")
        self.wire._known.set()
        await task
        return self

    def says(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        self.line.handlers[topic](Message(topic, payload, retain))


async def test_a_message_larger_than_any_state_is_not_read() -> None:
    device = await Device("text", state_topic="s").begun()
    device.says("s", b"x" * (LIMIT + 1))
    assert device.told == []
    device.says("s", b"short")
    assert list(device.told[0].values()) == ["short"]


@pytest.mark.parametrize(
    ("options", "qos", "retain"), [({}, 0, False), ({"qos": 1, "retain": True}, 1, True), ({"qos": 2}, 1, False), ({"qos": "x"}, 1, False)]
)
async def test_things_are_said_as_the_announcement_wants(options: dict[str, Any], qos: int, retain: bool) -> None:
    device = await Device("switch", state_topic="s", command_topic="c", **options).begun()
    await device.wire.set({"switch/x/state": True})
    assert device.line.said == [("c", b"ON", qos, retain)]


async def test_what_cannot_be_said_is_refused_before_anything_is_sent() -> None:
    device = await Device("climate", mode_state_topic="s", mode_command_topic="m", temperature_command_topic="t", max_temp=30).begun()
    with pytest.raises(SchemaViolation):
        await device.wire.set({"climate/x/mode": "heat", "climate/x/target_temperature": 31})
    with pytest.raises(SchemaViolation):
        await device.wire.set({"climate/x/mode": "sing"})
    assert device.line.said == []
    shown = await Device("sensor", state_topic="s").begun()
    with pytest.raises(ReadOnly):
        await shown.wire.set({"sensor/x/state": "a"})
    strange = await Device("text", state_topic="s", command_topic="c", command_template="{{ value | float }}").begun()
    with pytest.raises(SchemaViolation, match="cannot be said"):
        await strange.wire.set({"text/x/state": "words"})


async def test_without_the_broker_nothing_can_be_said() -> None:
    device = await Device("switch", state_topic="s", command_topic="c").begun()
    device.line.down = True
    with pytest.raises(Offline):
        await device.wire.set({"switch/x/state": True})


async def test_one_part_of_a_colour_is_asked_with_the_other_as_it_is_shown() -> None:
    device = await Device("light", command_topic="c", hs_state_topic="h", hs_command_topic="hc").begun()
    device.says("h", b"120,50")
    await device.wire.set({"light/x/color_hs.hue": 10})
    assert device.line.said == [("hc", b"10,50", 0, False)]


async def test_nothing_is_left_behind() -> None:
    device = Device("binary_sensor", state_topic="s", off_delay=100)
    async with device.wire.life():
        await device.begun()
        device.says("s", b"ON")
        assert device.wire._falling
    await asyncio.sleep(0)
    assert device.line.handlers == {}
    assert not [task for task in asyncio.all_tasks() if "falls" in task.get_name()]


def test_who_took_back_everything_is_remembered_for_a_while_only() -> None:
    ear = Ear(None)  # type: ignore[arg-type]
    for number in range(_GONE + 10):
        ear._gone(Group({f"lamp{number}"}))
    assert len(ear.gone) == _GONE
    assert "lamp0" not in ear.gone

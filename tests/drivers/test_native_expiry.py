"""A command with an end goes to an appliance in a message that ends with it, so that no broker hands it on later (MQTT 5, 3.3.2.3.3)."""

import json
from random import Random

import pytest

from gateway.drivers.native.links import Acks
from gateway.drivers.native.mqtt_line import MqttLine
from gateway.protocol.mqtt import Properties
from gateway.thing.clock import SystemClock
from gateway.thing.command import Command, Operation
from gateway.thing.principal import LOCAL

NOW = 1_800_000_000.0


class Stopped(SystemClock):
    """A clock that stands still."""

    def now(self) -> float:
        return NOW


class Link:
    """Keeps what is published, and lets the appliance be done at once."""

    def __init__(self, acks: Acks) -> None:
        self.sent: list[Properties | None] = []
        self._acks = acks

    async def publish(self, topic: str, payload: bytes, *, properties: Properties | None = None) -> None:
        assert topic == "hulian/1/plug-1/c/gw-1/rpc"
        self.sent.append(properties)
        self._acks.take({"id": json.loads(payload)["id"], "op": "writeproperty", "name": "power", "state": "completed"})


@pytest.mark.parametrize(("left", "seconds"), [(30.0, 30), (0.2, 1), (4.1, 5), (None, None)])
async def test_the_message_ends_with_the_command_in_it(left: float | None, seconds: int | None) -> None:
    acks = Acks()
    link = Link(acks)
    line = MqttLine(link, "plug-1", "gw-1", acks, Stopped(), Random(1))
    expires = None if left is None else NOW + left
    on = Command(id="w1", device="plug-1", operation=Operation.WRITE_PROPERTY, name="power", input=True, principal=LOCAL, expires=expires)
    stages = [stage async for stage in line.perform(on, "w1", None)]
    assert stages[-1].state.terminal
    assert [sent and sent.expiry for sent in link.sent] == [seconds]

"""The ear on brokers that do not let the hub hear everything, and after a failure."""

import json
from typing import cast

import pytest

from gateway.drivers.mqttdiscovery.ear import FILTERS, Ear
from gateway.drivers.mqttdiscovery.group import Group
from gateway.errors import Forbidden
from gateway.protocol.mqtt import Handler, MqttClient
from tests.drivers.zigbee2mqtt.small_broker import SmallBroker

TOPIC = "homeassistant/switch/relay/config"
SWITCH = {"stat_t": "acme/s", "cmd_t": "acme/c", "uniq_id": "u1", "dev": {"ids": ["lamp1"], "name": "Lamp"}}


class StrictBroker(SmallBroker):
    """Refuses subscriptions to some filters."""

    def __init__(self, refused: set[str]) -> None:
        super().__init__()
        self.refused = refused

    async def subscribe(self, filter: str, handler: Handler) -> None:
        if filter in self.refused:
            raise Forbidden(f"the broker refuses a subscription to {filter}")
        await super().subscribe(filter, handler)

    async def unsubscribe(self, filter: str, handler: Handler | None = None) -> None:
        if filter in self.filters:
            await super().unsubscribe(filter, handler)


def ear(broker: StrictBroker) -> Ear:
    return Ear(cast("MqttClient", broker))


async def test_what_the_broker_lets_it_hear_is_heard_and_the_rest_is_said() -> None:
    broker, heard, dropped = StrictBroker(set(FILTERS[2:])), list[Group](), list[str]()
    async with ear(broker).joined(heard.append, lambda who, _: dropped.append(who)):
        broker.say(TOPIC, SWITCH)
        assert [group.key for group in heard] == ["lamp1"]
        assert {*FILTERS[2:]} <= set(dropped)
    assert broker.filters == []


async def test_where_nothing_may_be_heard_it_fails_and_hears_all_of_it_once_it_may() -> None:
    broker, heard = StrictBroker(set(FILTERS)), list[Group]()
    hearing = ear(broker)
    for _ in range(3):
        with pytest.raises(Forbidden, match="does not let the hub hear"):
            async with hearing.joined(heard.append):
                pytest.fail("it listens to nothing")
    broker.refused.clear()
    broker.kept[TOPIC] = json.dumps(SWITCH).encode()
    async with hearing.joined(heard.append):
        assert sorted(broker.filters) == sorted(FILTERS)
        assert len(heard) == 1, "those that failed are told of nothing"
    assert broker.filters == []

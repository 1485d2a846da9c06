"""The Home Assistant face on a real broker: what is retained, when it is said again, and that nothing stays as a ghost."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import aiomqtt
import pytest

from gateway.errors import Forbidden
from gateway.faces.homeassistant import announcer, showing
from gateway.faces.homeassistant.choice import Discovery
from gateway.faces.homeassistant.face import homeassistant_face
from gateway.protocol.mqtt import MqttClient
from gateway.storage.state import StateStore
from gateway.thing.clock import SystemClock
from gateway.thing.description import Description
from gateway.thing.report import Report
from tests.faces.conftest import House, Scripted

ROOT, PREFIX = "hulian/1/hub-test", "homeassistant"
PATIENCE = 20.0
LIGHT, PLUG, HUB = (f"{PREFIX}/device/{device}/config" for device in ("light-1", "plug-1", "hub-test"))
FRIDGE = Description(id="fridge-1", kind="refrigerator", title="Refrigerator", features=("CON",))
DOORS = [{"id": "left", "open": False}]
ROBOT = Description(id="robot-1", kind="robot-vacuum", title="Robot")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcer, "SETTLE_SECONDS", 0.02)
    monkeypatch.setattr(showing, "JITTER", (0.0, 0.01))


class Board:
    """What is retained under the prefix as a client sees it, and how often each topic was said."""

    def __init__(self) -> None:
        self.retained: dict[str, Any] = {}
        self.said: dict[str, list[Any]] = {}
        self._news = asyncio.Condition()

    async def listen(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            if str(message.topic).endswith("/status"):
                continue
            async with self._news:
                topic, body = str(message.topic), bytes(message.payload) if isinstance(message.payload, bytes) else b""
                if body:
                    self.retained[topic] = json.loads(body)
                else:
                    self.retained.pop(topic, None)
                self.said.setdefault(topic, []).append(self.retained.get(topic))
                self._news.notify_all()

    async def until(self, look: Any) -> Any:
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(lambda: look(self))
        return look(self)

    async def entities(self, topic: str, wanted: Any) -> dict[str, Any]:
        """Return the components of a device message once `wanted(keys)` is true of it."""
        found = await self.until(
            lambda board: topic in board.retained and wanted(set(board.retained[topic]["components"])) and board.retained
        )
        return dict(found[topic]["components"])


@asynccontextmanager
async def board(house: House, *filters: str) -> AsyncIterator[tuple[Board, aiomqtt.Client]]:
    async with aiomqtt.Client(house.broker.host, house.broker.port) as client:
        seen = Board()
        listening = asyncio.create_task(seen.listen(client))
        for one in filters or (f"{PREFIX}/#",):
            await client.subscribe(one, qos=1)
        try:
            yield seen, client
        finally:
            listening.cancel()


@asynccontextmanager
async def shown(house: House, folder: Path, mode: Any = "device", **choices: Any) -> AsyncIterator[None]:
    """Run the face; what it has published is remembered in `folder`."""
    discovery = Discovery(mode=mode, version="1.2.3", **choices)
    async with (
        StateStore(folder / "homeassistant.db") as store,
        homeassistant_face(house.home, house.broker, store.announced, discovery, version="auto", clock=SystemClock(), random=Random(1)),
    ):
        yield


async def test_each_device_and_the_gateway_have_one_retained_message(house: House, tmp_path: Path) -> None:
    async with shown(house, tmp_path), board(house) as (seen, _):
        await seen.until(lambda it: it.retained.keys() >= {LIGHT, PLUG, HUB})
        message = seen.retained[LIGHT]
    assert set(seen.retained) == {LIGHT, PLUG, HUB}
    assert message["origin"]["sw_version"] == "1.2.3"
    assert message["device"]["name"] == "Hall light"
    assert message["components"]["light"]["command_topic"] == f"{ROOT}/light-1/p/power/set"
    assert message["components"]["light"]["unique_id"] == "hub-test_light-1_light"
    assert [entry["topic"] for entry in message["availability"]] == [f"{ROOT}/$/avail", f"{ROOT}/light-1/avail"]


async def test_older_releases_have_one_message_an_entity(house: House, tmp_path: Path) -> None:
    async with shown(house, tmp_path, "entity", prefix="ha"), board(house, "ha/#") as (seen, _):
        await seen.until(lambda it: {"ha/light/light-1/light/config", "ha/switch/plug-1/switch_power/config"} <= it.retained.keys())
        await seen.until(lambda it: "ha/binary_sensor/hub-test/binary_sensor_connected/config" in it.retained)
        message = seen.retained["ha/switch/plug-1/switch_power/config"]
    assert message["device"]["name"] == "Desk plug"
    assert message["availability_mode"] == "all"


async def test_a_name_and_a_room_are_told_and_nothing_else_is_said_again(house: House, tmp_path: Path) -> None:
    async with shown(house, tmp_path), board(house) as (seen, _):
        await seen.until(lambda it: it.retained.keys() >= {LIGHT, PLUG, HUB})
        house.light.show({"brightness": 12})
        await house.home.rename("light-1", "Ceiling")
        await house.home.place("light-1", "attic")
        await seen.until(lambda it: it.retained[LIGHT]["device"].get("suggested_area") == "attic")
    assert seen.retained[LIGHT]["device"]["name"] == "Ceiling"
    assert len(seen.said[PLUG]) == 1


@pytest.mark.parametrize("mode", ["device", "entity"])
async def test_a_forgotten_device_leaves_nothing(house: House, tmp_path: Path, mode: str) -> None:
    async with shown(house, tmp_path, mode), board(house) as (seen, _):
        await seen.until(lambda it: any("plug-1" in topic for topic in it.retained) and any("light-1" in topic for topic in it.retained))
        await house.home.forget("plug-1")
        await seen.until(lambda it: not any("plug-1" in topic for topic in it.retained))
        assert any("light-1" in topic for topic in seen.retained)


async def test_a_device_that_went_while_the_face_was_away_leaves_nothing_either(house: House, tmp_path: Path) -> None:
    async with board(house) as (seen, _):
        async with shown(house, tmp_path):
            await seen.until(lambda it: it.retained.keys() >= {LIGHT, PLUG, HUB})
        await house.home.forget("plug-1")
        assert PLUG in seen.retained
        async with shown(house, tmp_path):
            await seen.until(lambda it: PLUG not in it.retained)
        assert seen.retained.keys() == {LIGHT, HUB}


@pytest.mark.parametrize(
    ("mode", "prefix", "left"),
    [("entity", PREFIX, f"{PREFIX}/light/light-1/light/config"), ("device", "other", "other/device/light-1/config"), ("off", PREFIX, None)],
    ids=["another mode", "another prefix", "off"],
)
async def test_what_was_said_otherwise_is_cleared(house: House, tmp_path: Path, mode: str, prefix: str, left: str | None) -> None:
    async with board(house, "homeassistant/#", "other/#") as (seen, _):
        async with shown(house, tmp_path):
            await seen.until(lambda it: it.retained.keys() >= {LIGHT, PLUG, HUB})
        async with shown(house, tmp_path, mode, prefix=prefix):
            await seen.until(lambda it: not {LIGHT, PLUG, HUB} & it.retained.keys())
            if left is not None:
                await seen.until(lambda it: left in it.retained)
        assert left is not None or seen.retained == {}


async def test_what_others_have_said_there_stays(house: House, tmp_path: Path) -> None:
    foreign = f"{PREFIX}/sensor/other/config"
    async with board(house) as (seen, client):
        await client.publish(foreign, '{"name": "other"}', qos=1, retain=True)
        async with shown(house, tmp_path):
            await seen.until(lambda it: it.retained.keys() >= {LIGHT, PLUG, HUB})
        async with shown(house, tmp_path, "off"):
            await seen.until(lambda it: LIGHT not in it.retained and HUB not in it.retained)
        assert foreign in seen.retained


async def test_an_entity_that_goes_is_named_once_and_then_no_more(house: House, tmp_path: Path) -> None:
    async with shown(house, tmp_path), board(house) as (seen, _):
        await seen.entities(PLUG, lambda keys: "button_identify" in keys)
        await house.home.attach(replace(house.plug.description, features=()), house.plug)
        await seen.entities(PLUG, lambda keys: "button_identify" not in keys)
        gone = [message["components"]["button_identify"] for message in seen.said[PLUG] if "button_identify" in message["components"]]
    assert gone[-1] == {"platform": "button"}


async def test_entries_of_a_list_come_and_go_as_entities(house: House, tmp_path: Path) -> None:
    fridge = Scripted(house.home, FRIDGE)
    topic = f"{PREFIX}/device/fridge-1/config"
    async with shown(house, tmp_path), board(house) as (seen, _):
        await house.home.attach(FRIDGE, fridge)
        fridge.show({"doors": DOORS, "consumables": [{"id": "hepa", "kind": "filter-hepa", "remaining": 40}]})
        both = {"binary_sensor_doors_left", "sensor_consumables_hepa", "button_resetConsumable_hepa"}
        await seen.entities(topic, lambda keys: both <= keys)
        fridge.show({"consumables": []})
        await seen.entities(topic, lambda keys: not keys & {"sensor_consumables_hepa", "button_resetConsumable_hepa"})
        said = len(seen.said[topic])
        fridge.show({"doors": [{"id": "left", "open": True}]})
        fridge.show({"doors": [*DOORS, {"id": "right", "open": True}]})
        await seen.entities(topic, lambda keys: "binary_sensor_doors_right" in keys)
    assert len(seen.said[topic]) == said + 1


async def test_a_birth_of_home_assistant_has_everything_said_again(house: House, tmp_path: Path) -> None:
    async with shown(house, tmp_path), board(house) as (seen, client):
        await seen.until(lambda it: it.retained.keys() >= {LIGHT, PLUG, HUB})
        await client.publish(f"{PREFIX}/status", b"offline", qos=1)
        await client.publish(f"{PREFIX}/status", b"online", qos=1)
        await seen.until(lambda it: all(len(it.said[topic]) > 1 for topic in (LIGHT, PLUG, HUB)))


async def test_a_vacuum_has_its_state_published_for_it_until_it_is_forgotten(house: House, tmp_path: Path) -> None:
    robot = Scripted(house.home, ROBOT)
    topic = f"{ROOT}/c/homeassistant/robot-1/vacuum"
    async with shown(house, tmp_path), board(house, f"{PREFIX}/#", f"{ROOT}/c/homeassistant/#") as (seen, _):
        await house.home.attach(ROBOT, robot)
        robot.show({"state": "cleaning"})
        await seen.until(lambda it: it.retained.get(topic) == {"state": "cleaning"})
        house.home.report(Report(device="robot-1", values={"state": "docked"}))
        await seen.until(lambda it: it.retained.get(topic) == {"state": "docked"})
        await house.home.forget("robot-1")
        await seen.until(lambda it: topic not in it.retained)


async def test_payloads_of_a_message_do_what_they_say(house: House, tmp_path: Path) -> None:
    async with shown(house, tmp_path), board(house) as (seen, client):
        components = await seen.entities(PLUG, lambda keys: {"switch_power", "button_identify"} <= keys)
        switch, button = components["switch_power"], components["button_identify"]
        await client.publish(switch["command_topic"], switch["payload_off"], qos=1)
        await client.publish(button["command_topic"], button["payload_press"], qos=1)
        async with asyncio.timeout(PATIENCE):
            while len(house.plug.executed) < 2:
                await asyncio.sleep(0.01)
    assert [(command.name, command.input) for command in house.plug.executed] == [("power", False), ("identify", {})]
    assert {str(command.principal.role) for command in house.plug.executed} == {"user"}


async def test_a_broker_that_refuses_one_message_gets_the_others(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish, refused = MqttClient.publish, list[str]()

    async def refusing(self: MqttClient, topic: str, payload: bytes, **choices: Any) -> None:
        if topic == LIGHT and not refused:
            refused.append(topic)
            raise Forbidden(f"the broker refuses {topic}")
        await publish(self, topic, payload, **choices)

    monkeypatch.setattr(MqttClient, "publish", refusing)
    async with shown(house, tmp_path), board(house) as (seen, _):
        await seen.until(lambda it: it.retained.keys() >= {PLUG, HUB})
        assert refused == [LIGHT]
        await house.home.rename("light-1", "Ceiling")
        await seen.until(lambda it: LIGHT in it.retained)

"""What Home Assistant would make of a device, by Zigbee2MQTT's own discovery, held against what our driver makes of the same device."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from firmware_sim.wires.zigbee2mqtt.model import models
from gateway.drivers.parts.selfdescribed.carried import Carried, carried
from gateway.drivers.parts.selfdescribed.portrait import portrait
from gateway.drivers.parts.selfdescribed.row import Section
from gateway.drivers.zigbee2mqtt.exposes import Exposed, exposed
from gateway.drivers.zigbee2mqtt.listing import Listed
from gateway.drivers.zigbee2mqtt.opening import naming_of
from gateway.drivers.zigbee2mqtt.state import States
from gateway.thing.value import Value
from tests.drivers.kit import LIBRARY
from tests.drivers.native_bench import hub
from tests.drivers.zigbee2mqtt.conftest import Hub
from tests.interop.test_zigbee2mqtt import TOGETHER, heard_of
from tests.interop.zigbee2mqtt_real import ieee, real

pytestmark = [pytest.mark.interop, pytest.mark.timeout(240)]
PROPERTY = re.compile(r"value_json(?:\.|\[\")(\w+)").findall
UNITS = {
    "°C": ("Cel", 1.0),
    "%": ("%", 1.0),
    "lx": ("lx", 1.0),
    "W": ("W", 1.0),
    "A": ("A", 1.0),
    "V": ("V", 1.0),
    "mV": ("V", 0.001),
    "kWh": ("kWh", 1.0),
    "hPa": ("hPa", 1.0),
    "lqi": ("", 1.0),
    "s": ("s", 1.0),
}
"""Home Assistant's unit to the profile's, and what one of the first is in the second; `%RH` is a percentage too."""
MEANS: Mapping[str, Mapping[str, Value]] = {
    "door": {"contactOpen": True},
    "moisture": {"leak": True},
    "smoke": {"smoke": "critical"},
    "occupancy": {"occupied": True},
    "battery": {"batteryLow": True},
}
"""What a binary sensor of a class says while it is on."""
NAMED = {
    "temperature": {"temperature", "deviceTemperature", "roomTemperature"},
    "humidity": {"humidity", "roomHumidity"},
    "pressure": {"pressure"},
    "atmospheric_pressure": {"pressure"},
    "illuminance": {"illuminance"},
    "power": {"powerDraw"},
    "current": {"current"},
    "voltage": {"voltage", "batteryVoltage"},
    "energy": {"energyTotal"},
    "battery": {"battery"},
}
"""Where what a sensor of a class measures has to stand."""


@dataclass
class Ours:
    """One model as our driver has it."""

    known: Exposed
    parts: tuple[Carried, ...]

    def told(self, state: Mapping[str, Any]) -> dict[str, Value]:
        """Return what is shown after a state."""
        payload = orjson.dumps(state)
        raws = States(self.known).read(payload, retained=False)
        shown: dict[str, Value] = {}
        for part in self.parts:
            shown |= part.told(raws.keys(), raws, ())[0]
        return shown

    def unit(self, name: str) -> str:
        """Return the unit a property is shown with."""
        for part in self.parts:
            instance = LIBRARY.model(part.description.kind, part.description.major).instance(part.description)
            if name in instance.properties:
                return str(instance.properties[name].schema.get("unit", ""))
        raise AssertionError(f"nothing is called {name}")

    def settable(self, place: str) -> bool:
        """Return whether something at this place of the state can be set."""
        keys = {key for key, where in self.known.places.items() if where[0] == place}
        return any(
            keys.intersection(row.keys) and (row.settable or row.section is Section.ACTION) for part in self.parts for row in part.rows
        )


def ours(name: str, definition: Mapping[str, Any]) -> Ours:
    known = exposed(definition)
    device = Listed(ieee(name), name, "", "", "", "", b"")
    return Ours(known, carried(portrait(known.claim, LIBRARY), naming_of(device), LIBRARY))


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Hub]:
    async with hub(tmp_path) as (context, broker), AsyncExitStack() as stack:
        yield Hub(context, broker, stack)


async def test_home_assistant_and_the_hub_make_the_same_of_every_model(place: Hub, tmp_path: Path) -> None:
    async with real(tmp_path / "real", place.url, *TOGETHER, homeassistant="homeassistant"):
        kept: dict[str, Any] = {}

        async def complete() -> bool:
            kept.update(await heard_of(place, "homeassistant/#"))
            return all(any(ieee(name) in topic for topic in kept) for name in models())

        for _ in range(30):
            if await complete():
                break
        kept |= await heard_of(place, "homeassistant/#")
        listed = (await heard_of(place, "zigbee2mqtt/bridge/devices"))["zigbee2mqtt/bridge/devices"]
    definitions = {entry["ieee_address"]: entry["definition"] for entry in listed if entry.get("definition")}
    judged = {"unit": 0, "binary": 0, "class": 0, "command": 0}
    for name in models():
        mine = ours(name, definitions[ieee(name)])
        configs = {topic: config for topic, config in kept.items() if f"/{ieee(name)}/" in topic}
        assert configs, name
        for topic, config in configs.items():
            component = topic.split("/")[1]
            if component in ("update", "device_automation", "event", "button"):
                continue
            _judge(name, component, config, mine, judged)
    assert judged["unit"] > 20, judged
    assert judged["binary"] >= 6, judged
    assert judged["class"] > 15, judged
    assert judged["command"] > 15, judged


def _judge(name: str, component: str, config: Mapping[str, Any], mine: Ours, judged: dict[str, int]) -> None:
    places = PROPERTY(str(config.get("value_template", "")))
    where = f"{name}: {component} {places or config.get('default_entity_id')}"
    for place in places:
        assert any(path[0] == place for path in mine.known.places.values()), f"{where} is not among our features"
    if component == "sensor" and len(places) == 1 and (unit := config.get("unit_of_measurement")):
        shown = mine.told({places[0]: 40})
        assert len(shown) == 1, f"{where}: shown as {shown}"
        ((ours_name, value),) = shown.items()
        wanted, factor = UNITS[unit]
        assert mine.unit(ours_name).replace("%RH", "%") == wanted, f"{where}: {ours_name} has the unit {mine.unit(ours_name)}"
        assert value == pytest.approx(40 * factor), f"{where}: {ours_name}"
        judged["unit"] += 1
        if (named := NAMED.get(str(config.get("device_class")))) is not None:
            assert ours_name in named, f"{where}: {config['device_class']} is shown as {ours_name}"
            judged["class"] += 1
    if component == "binary_sensor" and len(places) == 1 and (meant := MEANS.get(str(config.get("device_class")))) is not None:
        assert mine.told({places[0]: config.get("payload_on")}).items() >= meant.items(), f"{where}: on"
        off = mine.told({places[0]: config.get("payload_off")})
        assert not off.items() >= meant.items(), f"{where}: off"
        judged["binary"] += 1
    if "command_topic" in config and places and component in ("switch", "number", "select", "lock"):
        assert mine.settable(places[0]), f"{where} can be set at Home Assistant, and not here"
        judged["command"] += 1
    if component in ("sensor", "binary_sensor") and len(places) == 1:
        assert not (mine.settable(places[0]) and "command_topic" not in config and _only_told(mine, places[0])), f"{where}: only told"


def _only_told(mine: Ours, place: str) -> bool:
    return not any(feature.settable for feature in mine.known.claim.features if mine.known.places[feature.key][0] == place)

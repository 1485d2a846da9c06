"""The real Home Assistant judges our simulated devices: it finds what they announce, shows what they show, and sets them."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.plan import UnitPlan
from firmware_sim.unit import Unit
from gateway.drivers import mqttdiscovery
from gateway.drivers.parts.sheet import document
from gateway.protocol.broker import private_broker
from gateway.thing.clock import SystemClock
from tests.drivers.contract_bench import living
from tests.interop.test_homeassistant import interpreter
from tests.kit.homeassistant import HomeAssistant, home_assistant

pytestmark = [pytest.mark.interop, pytest.mark.timeout(240)]
FOLDER = Path(mqttdiscovery.__file__).parent
TABLES = """
import json
from homeassistant.components.mqtt import abbreviations as short, const
print(json.dumps({"entity": short.ABBREVIATIONS, "device": short.DEVICE_ABBREVIATIONS, "origin": short.ORIGIN_ABBREVIATIONS,
                  "components": list(const.SUPPORTED_COMPONENTS)}))
"""
UNITS = {
    "lamp": ("light", "entities", ("CT",)),
    "plug": ("plug", "device", ("ENR",)),
    "cool": ("air-conditioner", "short", ("HEAT", "AUTO")),
}

NOTHING: dict[str, Any] = {"state": "unknown", "attributes": {}}


@dataclass
class Home:
    hub: HomeAssistant
    units: dict[str, Unit]

    async def entity(self, unique: str) -> str:
        """Return an entity's id once it is there and shows something: a service passes by what is unavailable."""
        await self.sees(lambda: unique in self.hub.registry(), f"{unique} is found")
        entity = str((await asyncio.to_thread(self.hub.registry))[unique]["entity_id"])
        await self.sees(
            lambda: self.hub.states().get(entity, NOTHING)["state"] not in ("unavailable", "unknown"), f"{entity} shows something"
        )
        return entity

    async def state(self, entity: str) -> dict[str, Any]:
        return (await asyncio.to_thread(self.hub.states)).get(entity, NOTHING)

    async def do(self, service: str, entity: str, **data: Any) -> None:
        await asyncio.to_thread(lambda: self.hub.do(service, entity, **data))

    async def sees(self, condition: Callable[[], bool], what: str) -> None:
        for _ in range(200):
            if await asyncio.to_thread(condition):
                return
            await asyncio.sleep(0.1)
        told = {name: unit.appliance.values() for name, unit in self.units.items()}
        raise AssertionError(f"never: {what}; {self.hub.complaints()} {told}")


@asynccontextmanager
async def home(folder: Path) -> AsyncIterator[Home]:
    """A broker, three devices and Home Assistant, which comes last and finds what the broker keeps."""
    python = interpreter("2025.4")
    async with AsyncExitStack() as stack:
        broker = await stack.enter_async_context(private_broker("127.0.0.1", 0, folder / "broker", SystemClock()))
        units = {
            name: await stack.enter_async_context(
                living(
                    UnitPlan(
                        kind=kind,
                        wire="mqttdiscovery",
                        id=name,
                        address="127.0.0.1",
                        broker=broker.address.url,
                        features=features,
                        facts={"firmware": firmware},
                    )
                )
            )
            for name, (kind, firmware, features) in UNITS.items()
        }
        (folder / "hass").mkdir()
        running = home_assistant(python, folder / "hass", broker.address.port)
        hub = await asyncio.to_thread(running.__enter__)
        try:
            yield Home(hub, units)
        finally:
            await asyncio.to_thread(running.__exit__, None, None, None)


async def test_home_assistant_finds_shows_and_sets_the_simulated_devices(tmp_path: Path) -> None:
    async with home(tmp_path) as found:
        lamp, relay, climate = [await found.entity(unique) for unique in ("lamp_light", "plug_relay", "cool_climate")]
        values = {name: unit.appliance.values for name, unit in found.units.items()}
        assert len(await asyncio.to_thread(found.hub.registry)) == 5, "with the plug's two meters"
        names = {str(device["name"]) for device in await asyncio.to_thread(found.hub.devices)}
        assert names >= {unit.appliance.title for unit in found.units.values()}

        await found.do("light.turn_on", lamp, brightness_pct=40, color_temp_kelvin=3000)
        await found.sees(
            lambda: values["lamp"]()["brightness"] == 40 and values["lamp"]()["colourTemperature"] == 3000, "the lamp as it was set"
        )
        found.units["lamp"].appliance.touch({"power": False})
        await found.sees(lambda: found.hub.states()[lamp]["state"] == "off", "the lamp switched by hand")

        now = values["plug"]()["power"]
        await found.do("switch.toggle", relay)
        await found.sees(lambda: values["plug"]()["power"] is not now, "the plug switched")

        await found.do("climate.set_hvac_mode", climate, hvac_mode="heat")
        await found.do("climate.set_temperature", climate, temperature=23.5)
        await found.do("climate.set_fan_mode", climate, fan_mode="high")
        asked = {"power": True, "mode": "heat", "targetTemperature": 23.5, "fanMode": "high"}
        await found.sees(lambda: asked.items() <= values["cool"]().items(), "the air conditioner as it was set")
        await found.sees(lambda: found.hub.states()[climate]["state"] == "heat", "what it shows")
        shown = (await found.state(climate))["attributes"]
        assert shown["temperature"] == 23.5
        assert shown["fan_mode"] == "high"

        found.units["plug"].network.set(silent=True)
        await found.sees(lambda: found.hub.states()[relay]["state"] == "unavailable", "the plug's last will")
        assert await asyncio.to_thread(found.hub.complaints) == []


def test_our_short_words_and_components_are_home_assistants() -> None:
    """Whatever it lists is taken or refused with a reason of its own; `device` is the announcement of a whole device."""
    told = subprocess.run([str(interpreter("2025.4")), "-c", TABLES], capture_output=True, check=True, timeout=60).stdout
    theirs = json.loads(told)
    ours = document(FOLDER / "abbreviations.yaml")
    for table in ("entity", "device", "origin"):
        assert ours[table] == {long: short for short, long in theirs[table].items() if short != long}
    components = document(FOLDER / "components.yaml")
    assert set(theirs["components"]) - components.keys() == {"device"} & set(theirs["components"])

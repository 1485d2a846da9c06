"""The real Zigbee2MQTT against both our sides: what it lists of a model is what our simulated bridge lists, and our driver drives it."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.wires.zigbee2mqtt.model import model, models
from gateway.drivers.spi import registration_of
from gateway.protocol.mqtt import Message
from gateway.thing.ack import AckState
from tests.drivers.kit import stages, until, write
from tests.drivers.native_bench import hub
from tests.drivers.zigbee2mqtt.conftest import Home, Hub
from tests.interop.zigbee2mqtt_real import Real, device, ieee, real

pytestmark = [pytest.mark.interop, pytest.mark.timeout(240)]
TERMS = (
    "type",
    "name",
    "property",
    "access",
    "unit",
    "value_min",
    "value_max",
    "value_step",
    "value_on",
    "value_off",
    "values",
    "endpoint",
    "category",
)
TOGETHER = tuple(device(name) for name in models())


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Hub]:
    async with hub(tmp_path) as (context, broker), AsyncExitStack() as stack:
        yield Hub(context, broker, stack)


@asynccontextmanager
async def opened(place: Hub, tmp_path: Path, *names: str, **more: Any) -> AsyncIterator[tuple[Real, dict[str, Home]]]:
    """The real bridge with these models, and a session of the driver with each."""
    async with real(tmp_path / "real", place.url, *(device(name) for name in names), **more) as bridge:
        async with place.watched() as heard:
            await until(lambda: len(heard.candidates) == len(names), f"all are listed: {heard.dropped}")
            found = {name: registration_of(heard.candidates[ieee(name)]) for name in names}
        async with AsyncExitStack() as stack:
            homes = {name: await stack.enter_async_context(place.home(found[name])) for name in names}
            for name, home in homes.items():
                await until(lambda home=home: home.sink.attached, f"{name} is taken in: {home.supervisor.status()}")  # type: ignore[misc]
            yield bridge, homes


async def heard_of(place: Hub, topic: str) -> dict[str, Any]:
    """Return what the broker keeps below a topic."""
    kept: dict[str, Any] = {}

    def take(message: Message) -> None:
        if message.payload:
            kept[message.topic] = json.loads(message.payload)

    assert place.context.mqtt is not None
    await place.context.mqtt.subscribe(topic, take)
    await asyncio.sleep(0.4)
    await place.context.mqtt.unsubscribe(topic, take)
    return kept


def leaves(exposes: list[dict[str, Any]], group: str = "") -> Iterator[tuple[Any, ...]]:
    """Yield what is said of every leaf, in a form that can be compared."""
    for expose in exposes:
        if "property" in expose or "name" in expose:
            yield (group, *(json.dumps(expose.get(term)) for term in TERMS))
        yield from leaves(expose.get("features", []), f"{group}/{expose.get('name', expose['type'])}")


async def test_the_simulated_bridge_lists_each_model_as_the_real_one_does(place: Hub, tmp_path: Path) -> None:
    async with real(tmp_path / "real", place.url, *TOGETHER):
        listed = (await heard_of(place, "zigbee2mqtt/bridge/devices"))["zigbee2mqtt/bridge/devices"]
    entries = {entry["ieee_address"]: entry for entry in listed}
    for name in models():
        entry, ours = entries[ieee(name)], model(name)
        definition = entry["definition"]
        assert definition is not None, f"{name}: the real one does not know it"
        assert (definition["model"], definition["vendor"]) == (ours.about["model"], ours.about["vendor"])
        there, here = set(leaves(definition["exposes"])), set(leaves(ours.exposes))
        assert there - here == set(), f"{name}: the real one has more"
        assert here - there == set(), f"{name}: ours has more"


async def command(home: Home, name: str, value: Any) -> AckState:
    return (await stages(home.sink.sessions[home.device], write(home.device, name, value)))[-1].state


async def test_the_driver_switches_a_bulb_and_a_plug_through_the_real_bridge(place: Hub, tmp_path: Path) -> None:
    async with opened(place, tmp_path, "ikea-bulb", "tuya-plug") as (bridge, homes):
        bulb, plug = homes["ikea-bulb"], homes["tuya-plug"]
        assert bulb.sink.descriptions[bulb.device].kind == "light"
        assert plug.sink.descriptions[plug.device].kind == "plug"
        await until(lambda: bulb.values.get("power") is False and bulb.values.get("brightness") == 50, f"as it is: {bulb.values}")
        assert await command(bulb, "power", True) is AckState.COMPLETED
        assert await command(bulb, "brightness", 25) is AckState.COMPLETED
        await until(lambda: [each["level"] for each in bridge.sent("ikea-bulb", "moveToLevelWithOnOff")][-1:] in ([63], [64]), "a level")
        await until(lambda: bulb.values.get("power") is True and bulb.values.get("brightness") == 25, f"as set: {bulb.values}")
        assert await command(bulb, "colourTemperature", 2500) is AckState.COMPLETED
        await until(lambda: [each["colortemp"] for each in bridge.sent("ikea-bulb", "moveToColorTemp")] == [400], "a colour temperature")
        await until(lambda: bulb.values.get("colourTemperature") == 2500, f"as set: {bulb.values}")
        assert await command(plug, "power", False) is AckState.COMPLETED
        await until(lambda: plug.values.get("power") is False, "off")
        await bridge.report("tuya-plug", "genOnOff", onOff=1)
        await until(lambda: plug.values.get("power") is True, "switched at the plug")


async def test_what_a_device_does_not_take_is_not_shown_whatever_the_bridge_believes(place: Hub, tmp_path: Path) -> None:
    async with opened(place, tmp_path, "tuya-plug") as (bridge, homes):
        plug = homes["tuya-plug"]
        await until(lambda: plug.values.get("power") is True, "on")
        await bridge.order(deaf=ieee("tuya-plug"), on=True)
        await command(plug, "power", False)
        assert all(report.values.get("power") is not False for report in plug.sink.reports)


async def test_sensors_buttons_and_two_gangs_report_through_the_real_bridge(place: Hub, tmp_path: Path) -> None:
    async with opened(place, tmp_path, "aqara-climate", "aqara-contact", "ikea-switch", "tuya-two-gangs") as (bridge, homes):
        climate, contact, button = (homes[name] for name in ("aqara-climate", "aqara-contact", "ikea-switch"))
        await bridge.report("aqara-climate", "msTemperatureMeasurement", measuredValue=2150)
        await until(lambda: climate.values.get("temperature") == 21.5, f"{climate.values}")
        await bridge.report("aqara-contact", "genOnOff", onOff=1)
        await until(lambda: True in _opens(contact.values), f"open: {contact.values}")
        await bridge.order(said=ieee("ikea-switch"), cluster="genOnOff", command="on", payload={})
        await until(lambda: button.sink.events, "pressed")
        gangs = homes["tuya-two-gangs"]
        await until(lambda: sorted(_powers(gangs)) == [False, True], f"two parts, one on and one off: {gangs.sink.values}")
        right = next(device for device, values in gangs.sink.values.items() if values.get("power") is True)
        assert (await stages(gangs.sink.sessions[right], write(right, "power", False)))[-1].state is AckState.COMPLETED
        await until(lambda: [(where, said) for _, where, _, said, _ in bridge.radio if said == "off"] == [(2, "off")], "the second is told")
        await until(lambda: _powers(gangs) == [False, False], "the right one alone was switched")


def _powers(home: Home) -> list[Any]:
    return [values["power"] for values in home.sink.values.values() if "power" in values]


def _opens(values: Mapping[str, Any]) -> list[Any]:
    doors = values.get("doors")
    return [values.get("contactOpen"), *([door.get("open") for door in doors] if isinstance(doors, list) else [])]


async def test_the_driver_locks_lifts_and_warms_through_the_real_bridge(place: Hub, tmp_path: Path) -> None:
    async with opened(place, tmp_path, "yale-lock", "ikea-blind", "eurotronic-valve") as (bridge, homes):
        lock, blind, valve = (homes[name] for name in ("yale-lock", "ikea-blind", "eurotronic-valve"))
        assert [home.sink.descriptions[home.device].kind for home in (lock, blind, valve)] == ["door-lock", "curtain", "thermostat"]
        await bridge.report("yale-lock", "closuresDoorLock", lockState=1)
        await until(lambda: lock.values.get("locked") is True, f"locked: {lock.values}")
        assert await command(blind, "position", 40) is AckState.COMPLETED
        await until(lambda: bridge.sent("ikea-blind", "goToLiftPercentage"), "it is told where to go")
        await until(lambda: blind.values.get("position") == 40, f"{blind.values}")
        assert await command(valve, "targetTemperature", 22.5) is AckState.COMPLETED
        await until(lambda: valve.values.get("targetTemperature") == 22.5, f"{valve.values}")


async def test_a_renamed_device_stays_the_device_and_a_bridge_that_goes_takes_it_along(place: Hub, tmp_path: Path) -> None:
    async with opened(place, tmp_path, "tuya-plug") as (bridge, homes):
        plug = homes["tuya-plug"]
        await until(lambda: plug.values.get("power") is True, "on")
        await place.say("zigbee2mqtt/bridge/request/device/rename", {"from": device("tuya-plug")["name"], "to": "bridge-side/灯"})
        await asyncio.sleep(0.5)
        await bridge.report("tuya-plug", "genOnOff", onOff=0)
        await until(lambda: plug.values.get("power") is False, "heard under its new name")
        assert await command(plug, "power", True) is AckState.COMPLETED
        assert set(plug.sink.attached) == {plug.device}
        await place.say("zigbee2mqtt/bridge/request/device/remove", {"id": ieee("tuya-plug"), "force": True})
        await until(lambda: not plug.online, "removed")
    await asyncio.sleep(0)

"""What a node's entities are together: what is its purpose, what a setting of it, and which of several alike are parts."""

from typing import Any

from gateway.drivers.esphome.library import Secrets
from gateway.drivers.esphome.link import PORT, linked
from gateway.drivers.esphome.roster import roster_of
from gateway.drivers.parts.selfdescribed.feature import Feature
from gateway.thing.clock import SystemClock
from tests.drivers.esphome.kit import MAC, node, talk

SWITCH = "ListEntitiesSwitchResponse"


async def features(kind: str, model: str, *more: tuple[str, dict[str, Any]], **about: Any) -> dict[str, Feature]:
    async with node(kind, model) as (_, wire, where):
        wire.node.strange = list(more)
        told = {**wire.node.about(), **about}
        wire.node.about = lambda: told  # type: ignore[method-assign]
        async with linked(where, PORT, Secrets(), "", SystemClock()) as link:
            return {feature.key: feature for feature in (await roster_of(link, SystemClock())).claim().features}


async def test_a_relay_is_a_purpose_and_a_switch_for_its_lamp_is_a_setting() -> None:
    led = {"object_id": "led", "key": 1, "entity_category": "CONFIG"}
    found = await features("plug", "metering-plug", (SWITCH, led))
    assert (found["switch/relay/state"].group, found["switch/relay/state"].endpoint) == ("switch", "")
    assert (found["switch/led/state"].group, found["switch/led/state"].name, found["switch/led/state"].endpoint) == ("", "led", "")


async def test_beside_an_air_conditioner_every_switch_is_a_setting() -> None:
    found = await features("air-conditioner", "haier-hon")
    assert {found[f"switch/{name}/state"].group for name in ("health_mode", "beeper", "display")} == {""}
    assert found["climate/air_conditioner/mode"].endpoint == ""


async def test_of_several_relays_each_is_a_part() -> None:
    found = await features("plug", "metering-plug", (SWITCH, {"object_id": "second", "key": 1}))
    assert {found["switch/relay/state"].endpoint, found["switch/second/state"].endpoint} == {"relay", "second"}
    assert found["sensor/power/state"].endpoint == ""


async def test_what_belongs_to_a_device_of_its_own_is_a_part_by_its_name() -> None:
    shed = {"object_id": "pump", "key": 1, "device_id": 5}
    nameless = {"object_id": "door", "key": 2, "device_id": 6}
    found = await features("plug", "metering-plug", (SWITCH, shed), (SWITCH, nameless), devices=[{"device_id": 5, "name": "Garden Shed"}])
    assert found["switch/pump/state"].endpoint == "garden_shed"
    assert found["switch/door/state"].endpoint == "part_6"
    assert found["switch/relay/state"].endpoint == ""


async def test_who_made_it_is_the_project_where_it_is_one() -> None:
    async with node("plug", "metering-plug") as (_, _, where), talk(where) as held:
        assert held.roster.identity() == {"maker": "hulian-homes", "model": "metering-plug", "sw": "2.1 (ESPHome 2026.11.0)"}
        assert held.roster.title == "Metering plug"
        assert held.roster.mac == MAC.replace(":", "").lower()
    async with node("air-conditioner", "hisense-rs485") as (_, _, where), talk(where) as held:
        assert held.roster.identity() == {"maker": "Espressif", "model": "wemos_d1_mini32", "sw": "2025.12.4"}

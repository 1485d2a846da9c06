"""A node from its announcement to the home: found, paired, described, driven, changed, and known by its MAC alone."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from firmware_sim.wires.esphome_api import PORT
from gateway.drivers.esphome.driver import DRIVER
from gateway.drivers.esphome.library import _library, _types
from gateway.drivers.esphome.opening import pair
from gateway.drivers.esphome.search import SERVICE, recognise
from gateway.drivers.spi import Candidate, Registration, SearchContext, Sighting, host_and_port
from gateway.errors import ExtraMissing, Offline, Unauthenticated
from gateway.thing.description import Relation
from gateway.thing.value import Quality
from tests.drivers.contract_bench import House, simulated, watched
from tests.drivers.esphome.kit import COMPACT, KEY, MAC, OTHER, node
from tests.drivers.kit import RecordingSink, until

ANNOUNCED = Sighting(
    source="mdns",
    service=SERVICE,
    name=f"bedroom-ac.{SERVICE}",
    address="192.0.2.7",
    port=6053,
    facts={"mac": COMPACT, "friendly_name": "Bedroom", "api_encryption": "Noise_NNpsk0_25519_ChaChaPoly_SHA256", "version": "2026.11.0"},
)


@asynccontextmanager
async def home(kind: str, model: str, key: str = "none", **facts: object) -> AsyncIterator[House]:
    answers = {} if key == "none" else {"key": key}
    told = {"node": model, "key": key, "mac": MAC, **facts}
    async with simulated("esphome", "esphome", kind, facts=told, answers=answers) as bench, watched(bench) as house:
        await house.whole()
        yield house


def test_an_announcement_tells_who_it_is_and_whether_it_needs_a_key() -> None:
    candidate = recognise(ANNOUNCED)
    assert candidate == Candidate(
        driver="esphome",
        key=COMPACT,
        title="ESPHome Bedroom",
        address="192.0.2.7",
        port=6053,
        facts={"encrypted": "yes"},
        needs=("key",),
    )
    plain = recognise(replace(ANNOUNCED, facts={"mac": COMPACT}))
    assert plain is not None
    assert (plain.needs, plain.facts, plain.title) == ((), {}, "ESPHome bedroom-ac")


@pytest.mark.parametrize(
    "sighting",
    [
        replace(ANNOUNCED, gone=True),
        replace(ANNOUNCED, service="_miio._udp.local."),
        replace(ANNOUNCED, facts={"mac": "aabbccddee"}),
        replace(ANNOUNCED, facts={"mac": "gggggggggggg"}),
        replace(ANNOUNCED, facts={}),
    ],
)
def test_what_is_no_node_is_nobodys(sighting: Sighting) -> None:
    assert recognise(sighting) is None


@pytest.mark.parametrize("key", ["none", KEY])
async def test_found_by_address_and_by_announcement_it_makes_the_same_facts(key: str, context: object) -> None:
    async with node("plug", "metering-plug", key=key) as (_, wire, where):
        dropped: list[str] = []
        asking = SearchContext(
            interfaces=(),
            unicast=(f"{where}:{PORT}",),
            context=context,  # type: ignore[arg-type]
            asked=lambda _where, _what: None,
            dropped=lambda _where, why: dropped.append(why),
        )
        assert DRIVER.search is not None
        found = [recognise(sighting) async for sighting in DRIVER.search(asking)]
        facts = {"mac": wire.identity.compact} | ({"api_encryption": "Noise"} if key != "none" else {})
        announced = recognise(replace(ANNOUNCED, facts=facts))
        assert announced is not None
        assert [(each.key, each.facts, each.needs) for each in found if each] == [(announced.key, announced.facts, announced.needs)]
        assert dropped == []


async def test_one_that_tells_nobody_who_it_is_is_said_and_an_address_where_nothing_listens_is_no_news(context: object) -> None:
    async with node("plug", "metering-plug", key=KEY, quirks=["no-name"]) as (_, _, where):
        dropped: list[str] = []
        asking = SearchContext(
            interfaces=(),
            unicast=(where, "127.255.254.253"),
            context=context,  # type: ignore[arg-type]
            asked=lambda _where, _what: None,
            dropped=lambda _where, why: dropped.append(why),
        )
        assert DRIVER.search is not None
        assert [sighting async for sighting in DRIVER.search(asking)] == []
        assert len(dropped) == 1
        assert "does not tell who it is" in dropped[0]
        assert host_and_port(where) == (where, 0)


async def test_the_key_is_tried_when_it_is_given() -> None:
    async with node("plug", "metering-plug", key=KEY) as (_, _, where):
        candidate = Candidate(driver="esphome", key=COMPACT, title="x", address=where, port=PORT, needs=("key",))

        async def right(_need: str, _question: str) -> str:
            return f" {KEY}\n"

        async def wrong(_need: str, _question: str) -> str:
            return OTHER

        async def none(_need: str, _question: str) -> str:
            return "a word"

        assert await pair(candidate, right) == {"key": KEY}
        with pytest.raises(Unauthenticated, match="refuses"):
            await pair(candidate, wrong)
        with pytest.raises(Unauthenticated, match="44 characters"):
            await pair(candidate, none)
        away = replace(candidate, address="127.255.254.253")
        assert await pair(away, right) == {"key": KEY}
        assert await pair(replace(candidate, needs=()), wrong) == {}


async def test_an_air_conditioner_is_one_with_its_makers_words() -> None:
    async with home("air-conditioner", "hisense-rs485", KEY) as house:
        description = house.description
        assert description.kind == "air-conditioner"
        assert description.identity["model"] == "wemos_d1_mini32"
        assert description.title == "Hisense air conditioner"
        assert (await house.write("power", True)).state.value == "completed"
        await house.shows("power", True)
        for name, value in (("mode", "heat"), ("targetTemperature", 25), ("fanMode", "quiet"), ("verticalSwing", True)):
            await house.write(name, value)
            await house.shows(name, value)
        real = house.bench.appliance.values()
        assert (real["mode"], real["targetTemperature"], real["fanMode"], real["verticalSwing"]) == ("heat", 25, "quiet", True)
        house.bench.appliance.touch({"power": False})
        await house.shows("power", False)
        assert house.values["roomTemperature"] == pytest.approx(real["roomTemperature"], abs=1.5)


async def test_a_plug_is_a_plug_with_what_it_measures() -> None:
    async with home("plug", "metering-plug") as house:
        assert house.description.kind == "plug"
        real = house.bench.appliance.values()
        for name in ("powerDraw", "voltage", "current", "energyTotal"):
            assert house.values[name] == pytest.approx(real[name], rel=0.02, abs=0.1), name
        await house.write("power", False)
        await house.shows("power", False)


async def test_what_says_its_state_is_assumed_is_assumed() -> None:
    async with home("light", "everything") as house:
        await until(lambda: any("x-esphome-pump" in report.values for report in house.sink.reports), "the pump")
        qualities = {name: quality for report in house.sink.reports for name, quality in report.quality.items()}
        assert qualities.get("x-esphome-pump") is Quality.ASSUMED
        assert "powerDraw" not in qualities


async def test_several_climates_are_parts_of_one_node() -> None:
    async with home("light", "everything") as house:
        await until(lambda: len(house.sink.descriptions) >= 3, "its parts")
        whole = next(each for each in house.sink.descriptions.values() if any(link.relation is Relation.ITEM for link in each.links))
        names = {link.name for link in whole.links}
        assert {"zone_1", "zone_2"} <= names
        zone = next(
            each for each in house.sink.descriptions.values() if any(link.name == "zone_1" for link in each.links) and each != whole
        )
        assert house.sink.values[zone.id]["targetTemperature"] == 21


async def test_after_a_change_of_its_program_it_is_described_anew() -> None:
    async with home("plug", "metering-plug", KEY) as house:
        wire = wire_of(house)
        device = house.device
        before = house.description
        row = {
            "type": "number",
            "id": "brightness_of_led",
            "list": {"min_value": 0, "max_value": 9, "step": 1},
            "state": {"state": {"held": 4}},
        }
        wire.node.add(row)
        for client in tuple(wire.clients):
            client.cut()
        await house.later(lambda: house.description != before, "another description")
        assert house.sink.attached == [device, device]
        await house.later(lambda: any(value == 4 for value in house.values.values()), "its value")


def wire_of(house: House) -> Any:
    return next(wire for wire in house.bench.unit._wires if hasattr(wire, "node"))


async def test_another_node_at_its_address_in_clear_is_not_taken_for_it() -> None:
    async with (
        node("plug", "metering-plug", mac="11:22:33:44:55:66") as (_, _, where),
        simulated("esphome", "esphome", "plug", facts={"node": "metering-plug", "key": "none"}) as bench,
    ):
        other = replace(bench.registration, address=where, key=COMPACT)
        with pytest.raises(Offline, match="another node"):
            async with DRIVER.open(other, bench.context):
                pass


async def test_a_key_is_never_done_without() -> None:
    async with simulated("esphome", "esphome", "plug", facts={"node": "metering-plug", "key": "none", "mac": MAC}) as bench:
        keyed = replace(bench.registration, credentials={"key": KEY})
        async with watched(bench, keyed) as house:
            await house.later(lambda: house.reason, "a reason")
            assert "in clear" in house.reason
            assert isinstance(house.sink, RecordingSink)
            assert house.sink.attached == []


async def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, context: object) -> None:
    monkeypatch.setitem(sys.modules, "aioesphomeapi.connection", None)
    _library.cache_clear()
    _types.cache_clear()
    try:
        with pytest.raises(ExtraMissing, match=r"hulian\[esphome\]"):
            async with DRIVER.open(Registration(driver="esphome", key=COMPACT, address="127.0.0.1"), context):  # type: ignore[arg-type]
                pass
    finally:
        _library.cache_clear()
        _types.cache_clear()

"""Sessions with units of the other types, on real sockets: what a person would do with each, and what is refused in words."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.network import Network
from firmware_sim.wire import WireOptions
from firmware_sim.wires.midea_v2 import Wire
from gateway.drivers.midea import DRIVER
from gateway.drivers.spi import Context, Registration
from gateway.errors import ReadOnly, StateConflict
from gateway.thing.description import Description
from gateway.thing.report import Event
from gateway.thing.session import Session
from gateway.thing.value import Quality, Value
from tests.drivers.kit import LIBRARY, invoke, stages, until, write, write_many
from tests.kit.addresses import address


@dataclass
class Talk:
    """An open session, and what it has told so far."""

    appliance: Appliance
    session: Session
    values: dict[str, Value] = field(default_factory=dict)
    quality: dict[str, Quality] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    @property
    def description(self) -> Description:
        return self.session.describe()[0]

    def codes(self) -> set[str]:
        return {fault["code"] for fault in self.values["faults"]}

    def opened(self) -> list[str]:
        return [door["id"] for door in self.values["doors"] if door["open"]]

    def assumed(self, name: str) -> bool:
        return self.quality[name] is Quality.ASSUMED

    async def listen(self) -> None:
        async for report in self.session.reports():
            self.values |= report.values
            self.quality |= {name: report.quality.get(name, Quality.GOOD) for name in report.values}
            self.events += report.events

    async def write(self, name: str, value: Value) -> None:
        await stages(self.session, write(self.description.id, name, value))

    async def do(self, action: str, argument: Value = None) -> None:
        await stages(self.session, invoke(self.description.id, action, argument))

    async def shows(self, **expected: Value) -> None:
        await until(lambda: all(self.values.get(name) == value for name, value in expected.items()), f"{expected}, not {self.values}", 5)


Talking = Callable[..., AbstractAsyncContextManager[Talk]]


@pytest.fixture
def talking(context: Context) -> Talking:
    @asynccontextmanager
    async def begin(
        kind: str, *, features: Iterable[str] | None = None, quirks: Iterable[str] = (), **touched: Value
    ) -> AsyncIterator[Talk]:
        appliance = make_appliance(kind, identifier=f"session-{kind}", features=None if features is None else tuple(features))
        if touched:
            appliance.touch(touched)
        appliance.advance(30)
        place = address()
        async with Wire(appliance, Network(place), WireOptions(port=0, facts={"quirks": quirks})) as wire:
            identity = wire.identity
            facts = {"type": f"{identity.appliance:02x}", "version": "2", "model": identity.serial[9:17]}
            registration = Registration(driver="midea", key=str(identity.device), address=place, port=wire.port or 0, facts=facts)
            async with DRIVER.open(registration, context) as session:
                talk = Talk(appliance, session)
                listening = asyncio.create_task(talk.listen(), name="listening")
                await session.refresh()  # type: ignore[attr-defined]
                yield talk
                listening.cancel()

    return begin


async def test_a_refrigerator_shows_itself_and_says_why_it_cannot_be_set(talking: Talking) -> None:
    async with talking("refrigerator", features=("MOD", "HOL", "QCK"), fridgeTarget=5, mode="eco") as talk:
        await talk.shows(fridgeTarget=5, freezerTarget=-18, mode="eco", faults=[])
        assert list(talk.description.features) == ["MOD"]
        assert talk.description.title == "Midea refrigerator (shows, cannot be set)"
        device = LIBRARY.model("refrigerator").instance(talk.description)
        assert {name for name, each in device.properties.items() if each.withheld} == {"fridgeTarget", "freezerTarget", "mode"}
        assert "use the panel" in device.properties["mode"].reason
        with pytest.raises(ReadOnly, match="use the panel or the maker's app"):
            await talk.write("fridgeTarget", 3)
        with pytest.raises(ReadOnly):
            await stages(talk.session, write_many(talk.description.id, {"mode": "holiday", "fridgeTarget": 6}))
        assert talk.appliance.values()["fridgeTarget"] == 5
        talk.appliance.touch({"mode": "holiday", "fridgeTarget": 7})
        await talk.shows(mode="holiday", fridgeTarget=7)
        assert list(talk.description.features) == ["MOD", "HOL"]


async def test_the_doors_of_a_refrigerator_are_told_at_once_and_the_third_stays(talking: Talking) -> None:
    async with talking("refrigerator", features=("MOD", "VAR")) as talk:
        await until(lambda: "doors" in talk.values, "the doors", 5)
        assert [door["id"] for door in talk.values["doors"]] == ["fridge", "freezer", "variable"]
        for name in ("fridge", "variable", "freezer"):
            talk.appliance.touch({f"{name}Door": True})
            await until(talk.opened, f"{name} open", 5)
            assert talk.opened() == [name]
            talk.appliance.touch({f"{name}Door": False})
            await until(lambda: not talk.opened(), f"{name} shut", 5)


async def test_two_things_wrong_with_a_refrigerator_are_two_faults_and_go_one_by_one(talking: Talking) -> None:
    async with talking("refrigerator", features=("MOD",)) as talk:
        await talk.shows(faults=[])
        talk.appliance.raise_fault("SENSOR.FREEZER-TEMPERATURE")
        talk.appliance.raise_fault("SENSOR.FRIDGE-TEMPERATURE")
        await talk.session.refresh()  # type: ignore[attr-defined]
        await until(lambda: talk.codes() == {"SENSOR.FREEZER-TEMPERATURE", "SENSOR.FRIDGE-TEMPERATURE"}, "both", 5)
        since = {fault["code"]: fault["since"] for fault in talk.values["faults"]}
        talk.appliance.clear_fault("SENSOR.FRIDGE-TEMPERATURE")
        await talk.session.refresh()  # type: ignore[attr-defined]
        await until(lambda: talk.codes() == {"SENSOR.FREEZER-TEMPERATURE"}, "one", 5)
        assert talk.values["faults"][0]["since"] == since["SENSOR.FREEZER-TEMPERATURE"]
        assert [event.name for event in talk.events] == ["faultRaised", "faultRaised", "faultCleared"]
        assert talk.events[-1].data["code"] == "SENSOR.FRIDGE-TEMPERATURE"


async def test_a_washing_machine_is_switched_on_started_held_and_goes_on(talking: Talking) -> None:
    async with talking("washing-machine", features=("LVL",)) as talk:
        await talk.shows(power=False, cycleState="idle", phase="idle", remaining=0, progress=0, faults=[])
        assert talk.assumed("progress")
        await talk.write("power", True)
        await talk.shows(power=True)
        await talk.do("startProgram", {"program": "wool", "waterTemperature": 30, "spinSpeed": 800})
        await talk.shows(cycleState="running", phase="wash", program="wool", waterTemperature=30, spinSpeed=800)
        assert talk.values["remaining"] > 60
        await talk.do("pause")
        await talk.shows(cycleState="paused")
        await talk.do("resume")
        await talk.shows(cycleState="running")
        assert talk.appliance.values()["program"] == "wool"
        talk.appliance.advance(20 * 60)
        await until(lambda: talk.values["progress"] > 5, "progress", 5)


async def test_a_washing_machine_that_does_not_start_is_not_said_to_have(talking: Talking, hurry: Any) -> None:
    async with talking("washing-machine", features=(), power=True) as talk:
        await talk.shows(power=True, cycleState="idle")
        talk.appliance.touch({"door": True})
        with pytest.raises(StateConflict, match=r"shows cycleState idle.*door is shut"):
            await hurry(talk.do("startProgram", {}))
        with pytest.raises(StateConflict, match="only while a program is under way"):
            await hurry(talk.do("pause"))


async def test_what_a_washing_machine_cannot_be_asked_for_is_refused_before_anything_is_sent(talking: Talking) -> None:
    async with talking("washing-machine", features=(), power=True) as talk:
        for name, value in (("program", "eco"), ("waterTemperature", 60), ("spinSpeed", 400), ("rinses", 1)):
            with pytest.raises(ReadOnly) as refused:
                await talk.write(name, value)
            assert refused.value.property == name
        with pytest.raises(ReadOnly, match="rinses cannot be set"):
            await talk.do("startProgram", {"program": "eco", "rinses": 3})
        with pytest.raises(ReadOnly, match="stop cannot be asked for"):
            await talk.do("stop")
        assert talk.appliance.values()["cycleState"] == "idle"
        assert talk.appliance.values()["program"] == "cotton"


async def test_what_goes_with_the_start_only_is_read_only_and_yet_taken_by_the_start(talking: Talking) -> None:
    async with talking("washing-machine", features=(), power=True) as talk:
        device = LIBRARY.model("washing-machine").instance(talk.description)
        assert "with the start only" in device.properties["program"].reason
        assert device.properties["rinses"].withheld
        assert not device.properties["power"].withheld
        members = set((device.actions["startProgram"].input or {})["properties"])
        assert {"program", "waterTemperature", "spinSpeed"} <= members
        assert not {"rinses", "power"} & members
        device.check_input("startProgram", {"program": "quick"}, {"power": True, "cycleState": "idle"})


async def test_a_top_loader_is_driven_like_the_others_and_says_what_is_in_its_way(talking: Talking) -> None:
    async with talking("washing-machine", features=("LVL",), quirks=["top-loader"], power=True, waterLevel=8, rinses=3) as talk:
        await talk.shows(power=True, program="custom", waterLevel=8, rinses=3, cycleState="idle", progress=0)
        assert talk.description.title == "Simulated Midea top-loading washing machine"
        await talk.do("startProgram", {"program": "quick", "rinses": 1})
        await talk.shows(cycleState="running", program="quick", rinses=1)
        await talk.do("pause")
        await talk.shows(cycleState="paused")
        await talk.do("resume")
        await talk.shows(cycleState="running", phase="wash")
        talk.appliance.touch({"tap": False})
        talk.appliance.advance(300)
        await until(lambda: talk.codes() == {"WATER.NO-SUPPLY"}, "the fault", 5)
        await talk.shows(cycleState="error")


async def test_a_dryer_is_started_and_shows_the_number_of_its_fault_in_the_profiles_words(talking: Talking) -> None:
    async with talking("clothes-dryer", features=("TIM",), power=True) as talk:
        await talk.do("startProgram", {"program": "synthetics"})
        await talk.shows(cycleState="running", phase="drying", program="synthetics")
        assert talk.assumed("phase")
        talk.appliance.raise_fault("WATER.TANK-FULL")
        await until(lambda: talk.codes() == {"WATER.TANK-FULL"}, "the fault", 5)
        assert talk.values["faults"][0]["vendor"] == "error 1"
        await talk.write("power", False)
        await talk.shows(power=False, cycleState="idle", remaining=0)


async def test_a_water_heater_is_set_in_whole_degrees_and_says_what_tripped(talking: Talking) -> None:
    async with talking("electric-water-heater", features=("NGT", "VOL"), tankTemperature=40, targetTemperature=50) as talk:
        await talk.shows(power=True, heating=True, targetTemperature=50, mode="normal", protection="none", tankVolume=80)
        await talk.write("targetTemperature", 60)
        await talk.shows(targetTemperature=60)
        assert talk.appliance.values()["targetTemperature"] == 60
        await stages(talk.session, write_many(talk.description.id, {"power": False, "targetTemperature": 45}))
        await talk.shows(power=False, targetTemperature=45, heating=False)
        talk.appliance.touch({"power": True, "mode": "night"})
        await talk.shows(mode="night", power=True)
        assert talk.description.features == ("NGT", "VOL")
        talk.appliance.raise_fault("SAFETY.LEAKAGE-CURRENT")
        await talk.shows(protection="leakage")
        assert talk.values["faults"][0]["severity"] == "critical"


async def test_a_newer_water_heater_is_set_the_other_way(talking: Talking) -> None:
    async with talking("electric-water-heater", features=(), quirks=["tags"], targetTemperature=50) as talk:
        await talk.write("targetTemperature", 62)
        await talk.shows(targetTemperature=62)
        assert talk.appliance.values()["targetTemperature"] == 62


@pytest.mark.parametrize("quirks", [(), ("older",)], ids=["newer", "older"])
async def test_a_hoods_speed_is_chosen_while_it_runs_and_its_light_at_any_time(talking: Talking, quirks: tuple[str, ...]) -> None:
    async with talking("range-hood", features=(), quirks=quirks) as talk:
        await talk.shows(power=False, light=False, faults=[])
        await talk.write("light", True)
        await talk.shows(light=True, power=False)
        with pytest.raises(StateConflict, match="while the hood is on"):
            await talk.write("fanMode", "high")
        assert talk.appliance.values()["power"] is False
        await stages(talk.session, write_many(talk.description.id, {"power": True, "fanMode": "high"}))
        await talk.shows(power=True, fanMode="high")
        await talk.write("fanMode", "low")
        await talk.shows(fanMode="low")
        await talk.write("power", False)
        await talk.shows(power=False, light=True)
        await talk.write("power", True)
        await talk.shows(power=True, fanMode="low")
        talk.appliance.raise_fault("CONSUMABLE.FILTER-SPENT")
        await talk.session.refresh()  # type: ignore[attr-defined]
        await until(lambda: talk.codes() == {"CONSUMABLE.FILTER-SPENT"}, "the hint", 5)


async def test_a_purifier_keeps_what_is_not_asked(talking: Talking) -> None:
    async with talking("air-purifier", features=("HCH", "ANI", "CHL"), power=True, mode="manual", anion=True, pm25=400) as talk:
        await talk.shows(power=True, mode="manual", anion=True, childLock=False)
        assert talk.values["pm25"] == talk.appliance.values()["pm25"] > 255
        await talk.write("fanPercent", 80)
        await talk.shows(fanPercent=80, anion=True, mode="manual")
        await talk.write("childLock", True)
        await talk.shows(childLock=True, fanPercent=80)
        await talk.write("mode", "sleep")
        await talk.shows(mode="sleep", anion=True, childLock=True, power=True)
        assert [part["kind"] for part in talk.values["consumables"]] == ["filter-hepa", "filter-carbon"]
        assert set(talk.description.features) == {"CHL", "HCH", "ANI"}


async def test_what_a_dehumidifier_does_is_said_or_guessed(talking: Talking) -> None:
    async with talking("humidifier", features=("DEHUMID", "TMP", "CHL"), roomHumidity=70) as talk:
        await talk.shows(power=True, mode="auto", targetHumidity=50, tank="ok", operatingState="dehumidifying")
        assert talk.assumed("operatingState")
        await talk.write("mode", "laundry")
        await talk.shows(mode="laundry")
        await talk.write("mode", "auto")
        await talk.write("targetHumidity", 80)
        await talk.shows(targetHumidity=80, operatingState="idle")
        talk.appliance.touch({"tankLitres": 4})
        await talk.session.refresh()  # type: ignore[attr-defined]
        await talk.shows(tank="full", operatingState="idle")
        assert not talk.assumed("operatingState")
        assert talk.codes() == {"WATER.TANK-FULL"}
        await talk.write("power", False)
        await talk.shows(power=False, operatingState="off")

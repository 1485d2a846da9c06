"""A session with a simulated adapter: what owners report of theirs, told to the home as it is."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.network import Network
from firmware_sim.wire import WireOptions
from firmware_sim.wires.daikin.board import Refused
from firmware_sim.wires.daikin_lan import Wire
from gateway.drivers.daikin import DRIVER
from gateway.drivers.parts.session import AskedSession
from gateway.drivers.spi import Registration
from gateway.errors import CommandError, DeviceFailure, Offline, ReadOnly, SchemaViolation, StateConflict, TimedOut
from gateway.thing.report import Report
from gateway.thing.value import Quality, Value
from tests.drivers.kit import context, invoke, stages, write, write_many
from tests.kit.addresses import address

MAC = "D0C5D3042E82"


@dataclass
class House:
    """A session and the appliance at its other end; `values` and `quality` are what was reported last of each."""

    session: AskedSession
    appliance: Appliance
    wire: Wire
    network: Network
    reports: list[Report] = field(default_factory=list)

    async def told(self) -> Mapping[str, Value]:
        """Ask for everything, and return what is known by then."""
        await self.session.refresh()
        async with aclosing(self.session.reports()) as reports:  # type: ignore[type-var]
            while not self.session._reports.empty():
                self.reports.append(await anext(reports))
        return {name: value for report in self.reports for name, value in report.values.items()}

    async def set(self, **values: Value) -> None:
        await stages(self.session, write_many(self.device, dict(values)))

    @property
    def device(self) -> str:
        return self.session.describe()[0].id


def registration(network: Network, wire: Wire, key: str = MAC) -> Registration:
    return Registration(driver="daikin", key=key, address=network.address, port=wire.port or 0)


@asynccontextmanager
async def adapter(*quirks: str, **facts: object) -> AsyncIterator[tuple[Appliance, Network, Wire]]:
    appliance = make_appliance("air-conditioner", identifier="daikin-session")
    appliance.touch({"power": True, "mode": "cool", "targetTemperature": 24.0})
    network = Network(address())
    async with Wire(appliance, network, WireOptions(port=0, facts={"quirks": quirks, "mac": MAC, **facts})) as wire:
        yield appliance, network, wire


@asynccontextmanager
async def living(*quirks: str, **facts: object) -> AsyncIterator[House]:
    async with adapter(*quirks, **facts) as (appliance, network, wire), opened(network, wire) as session:
        yield House(session, appliance, wire, network)


def opened(network: Network, wire: Wire, key: str = MAC) -> AbstractAsyncContextManager[AskedSession]:
    return DRIVER.open(registration(network, wire, key), context())  # type: ignore[return-value]


async def test_a_set_asks_how_things_stand_sets_all_of_it_and_looks_again() -> None:
    async with living() as house:
        house.appliance.touch({"fanMode": "high", "verticalSwing": True})
        house.wire.asked.clear()
        await house.set(targetTemperature=22)
        pages = ["get_control_info", "set_control_info", "get_control_info", "get_sensor_info"]
        assert house.wire.asked == [f"aircon/{page}" for page in pages]
        values = house.appliance.values()
        assert (values["targetTemperature"], values["fanMode"], values["verticalSwing"]) == (22.0, "high", True), (
            "what was pressed meanwhile stays"
        )


async def test_what_has_become_of_a_set_is_told_before_the_sensors_are_asked() -> None:
    async with living() as house:
        await house.told()
        asked: list[int] = []
        async with aclosing(house.session.reports()) as reports:  # type: ignore[type-var]
            house.wire.asked.clear()
            setting = asyncio.create_task(house.set(targetTemperature=22))
            first = await anext(reports)
            asked.append(len(house.wire.asked))
            await setting
            second = await anext(reports)
        assert (first.values["targetTemperature"], first.complete, asked) == (22, False, [3])
        assert second.complete
        assert "roomTemperature" in second.values
        house.wire.asked.clear()
        await house.told()
        assert house.wire.asked == ["aircon/get_control_info", "aircon/get_sensor_info"], "the next time it is looked again"


async def test_a_set_whose_outcome_is_not_told_is_done_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    async with living() as house:
        made = house.wire._pages._made
        look, turns = made["aircon/get_control_info"], iter(range(100))

        def once(words: Mapping[str, str]) -> Mapping[str, str]:
            if next(turns):
                monkeypatch.setattr(house.wire._network, "silent", True)
            return look(words)

        monkeypatch.setattr("gateway.drivers.daikin.talk.PATIENCE", 0.1)
        monkeypatch.setitem(made, "aircon/get_control_info", once)
        await house.set(targetTemperature=22)
        assert house.appliance.values()["targetTemperature"] == 22.0


async def test_what_a_compressor_does_is_told_by_its_frequency() -> None:
    async with living("idle-999") as house:
        assert (await house.told())["operatingState"] == "cooling"
        assert all(report.quality.get("operatingState", Quality.GOOD) is Quality.GOOD for report in house.reports)
        house.appliance.touch({"targetTemperature": 30.0, "mode": "heat"})
        assert (await house.told())["operatingState"] == house.appliance.values()["operatingState"]
        house.appliance.touch({"mode": "auto"})
        await house.told()
        assert house.reports[-1].quality.get("operatingState") in {Quality.ASSUMED, None}


async def test_turbo_is_the_make_s_powerful_and_ends_with_another_speed() -> None:
    async with living() as house:
        for speed in ("turbo", "low", "turbo", "auto"):
            await house.set(fanMode=speed)
            assert (await house.told())["fanMode"] == speed == house.appliance.values()["fanMode"]
        await house.set(eco=True)
        assert (await house.told())["eco"] is True
        await house.set(eco=False, fanMode="quiet")
        told = await house.told()
        assert (told["eco"], told["fanMode"]) == (False, "quiet")


async def test_several_are_set_with_one_question() -> None:
    async with living() as house:
        await stages(
            house.session, invoke(house.device, "setComfort", {"power": True, "mode": "heat", "targetTemperature": 20, "fanMode": "low"})
        )
        told = await house.told()
        assert [told[name] for name in ("mode", "targetTemperature", "fanMode")] == ["heat", 20, "low"]
        assert house.wire.asked.count("aircon/set_control_info") == 1


async def test_dry_mode_has_no_temperature_and_afterwards_the_unit_s_own_memory_counts() -> None:
    async with living("strict") as house:
        await house.set(mode="heat", targetTemperature=20)
        await house.set(mode="dry")
        await house.told()
        assert "targetTemperature" not in house.reports[-1].values
        with pytest.raises(StateConflict, match="no temperature"):
            await house.set(targetTemperature=22)
        await house.set(mode="heat")
        assert (await house.told())["targetTemperature"] == 20
        await house.set(mode="fan")
        await house.set(power=False)
        assert house.appliance.values()["power"] is False


async def test_a_forgetful_adapter_is_told_as_it_is() -> None:
    async with living("forgets-while-off") as house:
        house.appliance.touch({"power": False})
        await house.set(targetTemperature=20)
        assert (await house.told())["targetTemperature"] == 24
        await house.set(power=True, targetTemperature=20)
        assert (await house.told())["targetTemperature"] == 20


async def test_sensors_that_say_nothing_are_not_made_up() -> None:
    async with living("no-room-sensor", "no-outdoor-when-off") as house:
        house.appliance.touch({"power": False})
        assert "roomTemperature" not in await house.told()
        assert "OUT" in house.session.describe()[0].features, "it was on when the session began, and told"
        assert "outdoorTemperature" not in house.reports[-1].values


async def test_a_model_without_speeds_louvre_and_special_modes_says_so() -> None:
    async with living("no-fan-rate", "no-swing", "no-special") as house:
        description = house.session.describe()[0]
        assert not {"SWV", "ECO"} & set(description.features)
        assert description.narrowing["fanMode"] == {"readOnly": True, "hl:reason": "its adapter has no word for it"}
        for wanted in ({"fanMode": "low"}, {"verticalSwing": True}):
            with pytest.raises(ReadOnly):
                await house.set(**wanted)
        with pytest.raises(SchemaViolation):
            await house.set(eco=True)
        house.wire.asked.clear()
        await house.set(power=False)
        assert house.appliance.values()["power"] is False
        assert "aircon/set_special_mode" not in house.wire.asked


async def test_a_model_without_special_modes_alone_offers_the_other_speeds() -> None:
    async with living("no-special") as house:
        assert "turbo" not in house.session.describe()[0].narrowing["fanMode"]["enum"]
        await house.set(fanMode="low")
        assert (await house.told())["fanMode"] == "low"
        with pytest.raises(SchemaViolation):
            await house.set(fanMode="turbo")


async def test_what_the_adapter_refuses_fails_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    async with living() as house:
        monkeypatch.setattr("firmware_sim.wires.daikin.board.RANGES", {"cool": (30.0, 33.0), "auto": (30.0, 31.0), "heat": (30.0, 31.0)})
        with pytest.raises(DeviceFailure, match="PARAM NG"):
            await house.set(targetTemperature=22)
        assert house.appliance.values()["targetTemperature"] == 24.0


async def test_a_fault_is_one_whose_meaning_nobody_knows() -> None:
    async with living() as house:
        assert (await house.told())["faults"] == []
        house.appliance.raise_fault("REFRIG.LOW-CHARGE")
        (fault,) = (await house.told())["faults"]
        assert (fault["code"], fault["vendor"]) == ("VENDOR.UNKNOWN", "error 1")
        assert [event.name for report in house.reports for event in report.events] == ["faultRaised"]
        done = await stages(house.session, invoke(house.device, "runDiagnostics", {"level": "quick", "allow": []}))
        assert "VENDOR.UNKNOWN" in str(done[-1].output)


async def test_when_the_air_conditioner_does_not_answer_its_adapter_it_says_which_of_the_two() -> None:
    async with adapter("no-unit") as (_, network, wire):
        with pytest.raises(TimedOut, match="the adapter answers, but the air conditioner does not"):
            async with opened(network, wire):
                pass


async def test_another_adapter_at_the_address_is_not_taken_for_ours() -> None:
    async with adapter() as (_, network, wire):
        with pytest.raises(Offline, match=MAC):
            async with opened(network, wire, "D0C5D3FFFFFF"):
                pass


async def test_one_that_was_updated_says_that_it_speaks_another_protocol_now() -> None:
    async with adapter("new-firmware") as (_, network, wire):
        with pytest.raises(DeviceFailure, match="newer program"):
            async with opened(network, wire):
                pass


async def test_a_unit_that_was_never_seen_has_no_address() -> None:
    with pytest.raises(Offline, match="not been seen"):
        async with DRIVER.open(Registration(driver="daikin", key=MAC), context()):
            pass


@pytest.mark.parametrize("name", ["roomTemperature", "operatingState", "sleepMode", "nothing"])
async def test_what_cannot_be_set_is_refused_before_anything_is_asked(name: str) -> None:
    async with living() as house:
        house.wire.asked.clear()
        with pytest.raises(ReadOnly, match=name):
            await stages(house.session, write(house.device, name, 20))
        assert house.wire.asked == []


async def test_there_are_no_actions_but_settings() -> None:
    async with living() as house:
        with pytest.raises(CommandError, match="selfClean"):
            await stages(house.session, invoke(house.device, "selfClean"))


async def test_sensors_that_do_not_answer_leave_a_report_that_is_not_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    async with living() as house:
        await house.told()
        assert house.reports[-1].complete

        def silent(*_: Any) -> dict[str, str]:
            raise Refused

        monkeypatch.setitem(house.wire._pages._made, "aircon/get_sensor_info", silent)
        house.appliance.touch({"targetTemperature": 21.0})
        assert (await house.told())["targetTemperature"] == 21
        assert not house.reports[-1].complete

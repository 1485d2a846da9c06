"""The driver from the first sighting to an open session: found, paired, greeted, recognised, declined."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest

from firmware_sim.wires.miio.sheet import sheet_for
from gateway.drivers.miio import DRIVER
from gateway.drivers.miio.description import describe
from gateway.drivers.miio.finding import SERVICE
from gateway.drivers.miio.packet import PORT
from gateway.drivers.miio.refusal import refusal
from gateway.drivers.miio.sheet import sheet_of
from gateway.drivers.parts.session import AskedSession
from gateway.drivers.spi import Candidate, Context, SearchContext, Sighting
from gateway.drivers.table import load
from gateway.errors import DeviceFailure, Offline, TimedOut, Unauthenticated, WireError
from gateway.thing.description import Locality
from tests.drivers.kit import invoke, stages, write, write_many
from tests.drivers.miio.conftest import DEVICE, TOKEN, Living, scripted
from tests.drivers.units import Hurry
from tests.kit.addresses import address

NAMED = "zhimi-airpurifier-mb3_miio301234567"


def sighting(name: str = NAMED, service: str = SERVICE, **more: Any) -> Sighting:
    return Sighting(source="mdns", service=service, name=name, address="192.168.1.7", port=PORT, **more)


@pytest.mark.parametrize("name", [NAMED, f"{NAMED}._miio._udp.local.", f"{NAMED}._miio._udp.local"])
def test_its_name_on_the_network_tells_number_and_model(name: str) -> None:
    candidate = DRIVER.recognise(sighting(name))
    assert candidate == Candidate(
        driver="miio",
        key="301234567",
        title="Xiaomi zhimi.airpurifier.mb3",
        kind="air-purifier",
        address="192.168.1.7",
        port=PORT,
        needs=("token",),
    )


@pytest.mark.parametrize(
    "seen",
    [
        sighting("some-printer"),
        sighting("_miio5"),
        sighting("a-b-c_miio0"),
        sighting(f"{NAMED}1234567890"),
        sighting(gone=True),
        sighting(service="_http._tcp.local."),
        sighting(service="midea"),
        sighting(service="miio"),
    ],
    ids=["printer", "no model", "number zero", "no number", "gone", "another service", "another search", "no did"],
)
def test_what_is_no_such_device_is_not_recognised(seen: Sighting) -> None:
    assert DRIVER.recognise(seen) is None


def test_a_device_of_a_model_without_a_table_is_shown_all_the_same() -> None:
    candidate = DRIVER.recognise(sighting("rockrobo-vacuum-v1_miio5"))
    assert candidate is not None
    assert (candidate.title, candidate.kind) == ("Xiaomi rockrobo.vacuum.v1", None)
    why = refusal("rockrobo.vacuum.v1")
    assert why is not None
    assert "rockrobo.vacuum.v1.yaml" in why
    assert "hulian guide miio" in why
    assert refusal("zhimi.airpurifier.mb3") is None


async def found(context: Context, where: str) -> tuple[list[Sighting], list[str]]:
    dropped: list[str] = []
    asking = SearchContext(
        interfaces=(), unicast=(where,), context=context, asked=lambda *_: None, dropped=lambda _where, why: dropped.append(why)
    )
    assert DRIVER.search is not None
    async with aclosing(DRIVER.search(asking)) as sightings:  # type: ignore[type-var]
        return [each async for each in sightings], dropped


async def test_a_hello_finds_it_and_tells_its_number_but_not_what_it_is(living: Living, context: Context, hurry: Hurry) -> None:
    async with living("fan", "dmaker.fan.p11") as home:
        (seen,), dropped = await hurry(found(context, home.network.address))
        candidate = DRIVER.recognise(seen)
        assert candidate is not None
        assert (candidate.key, candidate.kind, candidate.address, candidate.needs) == (str(DEVICE), None, home.network.address, ("token",))
        assert dict(candidate.facts) == {}, "found in two ways it is the same candidate, and opened once"
        assert dropped == []


async def test_a_hello_to_everybody_finds_it_too(living: Living, context: Context, hurry: Hurry) -> None:
    number = secrets.randbelow(10**9) + 1
    async with living("fan", "dmaker.fan.p11", broadcast=True, did=number) as home:
        asking = SearchContext(interfaces=("127.0.0.1",), unicast=(), context=context, asked=lambda *_: None, dropped=lambda *_: None)
        assert DRIVER.search is not None
        async with aclosing(DRIVER.search(asking)) as sightings:  # type: ignore[type-var]
            seen = await hurry(_first(sightings, str(number)))
        assert (seen.address, seen.interface, seen.port) == (home.network.address, "127.0.0.1", PORT)


async def _first(sightings: AsyncIterator[Sighting], did: str) -> Sighting:
    return await anext(each async for each in sightings if each.facts["did"] == did)


async def paired(candidate: Candidate, answer: str) -> Any:
    assert DRIVER.pair is not None

    async def ask(need: str, question: str) -> str:
        assert need == "token"
        assert str(DEVICE) in question
        return answer

    return await DRIVER.pair(candidate, ask)


def candidate_at(where: str, **more: Any) -> Candidate:
    return Candidate(driver="miio", key=str(DEVICE), title="x", address=where, port=PORT, **({"needs": ("token",)} | more))


async def test_the_right_token_pairs_it(living: Living) -> None:
    async with living("fan", "dmaker.fan.p11") as home:
        assert await paired(candidate_at(home.network.address), f" {TOKEN.hex().upper()} ") == {"token": TOKEN.hex()}
    assert load("miio").secrets()["token"].form.fullmatch(TOKEN.hex())


async def test_a_device_nobody_has_set_up_is_paired_without_a_question(living: Living, context: Context, hurry: Hurry) -> None:
    async with living("fan", "dmaker.fan.p11", provisioned=False) as home:
        (seen,), _ = await hurry(found(context, home.network.address))
        assert TOKEN.hex() not in repr(seen)
        candidate = DRIVER.recognise(seen)
        assert candidate is not None
        assert candidate.needs == ()
        assert await paired(candidate, "") == {"token": TOKEN.hex()}


async def test_one_that_was_set_up_meanwhile_has_to_be_asked_for(living: Living) -> None:
    async with living("fan", "dmaker.fan.p11") as home:
        with pytest.raises(DeviceFailure, match="hulian guide miio"):
            await paired(candidate_at(home.network.address, needs=()), "")


@pytest.mark.long
async def test_a_wrong_token_is_told_when_it_is_given(living: Living) -> None:
    async with living("fan", "dmaker.fan.p11") as home:
        with pytest.raises(Unauthenticated, match="answers the greeting but nothing else"):
            await paired(candidate_at(home.network.address), "ab" * 16)


async def test_what_is_no_token_is_told_without_asking_anybody() -> None:
    with pytest.raises(Unauthenticated, match="32 hexadecimal digits"):
        await paired(candidate_at("192.0.2.1"), "my token")


async def test_a_device_that_is_away_is_paired_all_the_same() -> None:
    assert await paired(candidate_at(address()), TOKEN.hex()) == {"token": TOKEN.hex()}


async def test_a_model_without_a_table_is_declined_with_the_reason(
    living: Living, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "firmware_sim.wires.miio_lan.sheet_for", lambda kind, model: replace(sheet_for(kind, model), model="dmaker.fan.p99")
    )
    async with living("fan", "dmaker.fan.p11") as home:
        with pytest.raises(DeviceFailure, match=r"dmaker\.fan\.p99.*no table yet"):
            await paired(candidate_at(home.network.address), TOKEN.hex())
        with pytest.raises(DeviceFailure, match=r"models/<kind>/dmaker\.fan\.p99\.yaml"):
            async with DRIVER.open(home.registration, context):
                pass


async def test_a_device_is_opened_as_what_it_says_it_is(living: Living, context: Context) -> None:
    async with living("fan", "dmaker.fan.p11") as home, DRIVER.open(home.registration, context) as session:
        (description,) = session.describe()
        known = sheet_of("dmaker.fan.p11")
        assert known is not None
        assert description == describe(known, DEVICE, home.wire.sheet.firmware, known.readers.keys())
        assert description.locality is Locality.CLOUD_KEY
        assert isinstance(session, AskedSession)
        assert session.interval == known.interval


async def test_another_device_at_its_address_is_not_it(living: Living, context: Context) -> None:
    async with living("fan", "dmaker.fan.p11", did=5) as home:
        with pytest.raises(Offline, match="another device"):
            async with DRIVER.open(home.registration, context):
                pass


async def test_without_a_token_or_an_address_it_is_not_even_tried(living: Living, context: Context) -> None:
    async with living("fan", "dmaker.fan.p11") as home:
        with pytest.raises(Unauthenticated, match="hulian guide miio"):
            async with DRIVER.open(replace(home.registration, credentials={}), context):
                pass
        with pytest.raises(Offline, match="not been seen"):
            async with DRIVER.open(replace(home.registration, address=""), context):
                pass


@pytest.mark.parametrize("info", [[], {"model": 5}, "x", None])
async def test_a_device_that_does_not_tell_its_model_is_not_opened(context: Context, living: Living, info: Any) -> None:
    async with (
        scripted(lambda _method, _params: info if info is not None else {}) as (_, where, port),
        living("fan", "dmaker.fan.p11") as home,
    ):
        with pytest.raises(WireError, match="model"):
            async with DRIVER.open(replace(home.registration, address=where, port=port), context):
                pass


async def test_a_device_of_another_network_is_told_to_be_silent(context: Context, living: Living, hurry: Hurry) -> None:
    async with living("fan", "dmaker.fan.p11", quirks=["subnet"]) as home:

        async def opening() -> None:
            async with DRIVER.open(home.registration, context):
                pass

        with pytest.raises(TimedOut, match="Newer ones hear nobody outside it"):  # it lives in 127.a.b.x, and we ask from 127.0.0.1
            await hurry(opening())


async def test_several_settings_travel_in_one_request_and_the_report_shows_them(living: Living, context: Context) -> None:
    async with living("fan", "dmaker.fan.p11") as home, DRIVER.open(home.registration, context) as session:
        (device,) = session.describe()
        async with aclosing(session.reports()) as reports:  # type: ignore[type-var]
            await anext(reports)
            wanted = {"power": True, "fanPercent": 70, "mode": "natural", "offTimer": 60}
            assert [stage.state.value for stage in await stages(session, write_many(device.id, wanted))] == ["completed"]
            at_once, report = await anext(reports), await anext(reports)
        assert (at_once.complete, report.complete) == (False, True)
        assert {name: at_once.values[name] for name in wanted} == wanted
        assert {name: report.values[name] for name in wanted} == wanted
        assert report.quality == {"offTimer": "assumed"}
        assert {name: home.appliance.values()[name] for name in wanted} == wanted


async def test_a_filter_is_replaced_and_shown_so(living: Living, context: Context) -> None:
    async with living("air-purifier", "zhimi.airpurifier.mb3") as home:
        home.appliance.touch({"filter": 4})
        async with DRIVER.open(home.registration, context) as session, aclosing(session.reports()) as reports:  # type: ignore[type-var]
            (device,) = session.describe()
            assert (await anext(reports)).values["consumables"] == [{"id": "filter", "kind": "filter-hepa", "remaining": 4}]
            done = await stages(session, invoke(device.id, "resetConsumable", {"id": "filter"}))
            assert [stage.state.value for stage in done] == ["completed"]
            assert (await anext(reports)).values["consumables"] == [{"id": "filter", "kind": "filter-hepa", "remaining": 100}]


async def test_a_fault_is_raised_and_cleared_by_its_number(living: Living, context: Context) -> None:
    async with living("air-purifier", "zhimi.airpurifier.mb3") as home, DRIVER.open(home.registration, context) as session:
        assert isinstance(session, AskedSession)
        async with aclosing(session.reports()) as reports:  # type: ignore[type-var]
            assert (await anext(reports)).values["faults"] == []
            home.appliance.raise_fault("SENSOR.PM25")
            await session.refresh()
            report = await anext(reports)
            assert [(event.name, event.data["code"]) for event in report.events if isinstance(event.data, dict)] == [
                ("faultRaised", "SENSOR.PM25")
            ]
            home.appliance.clear_fault("SENSOR.PM25")
            await session.refresh()
            assert [event.name for event in (await anext(reports)).events] == ["faultCleared"]


async def test_a_heater_that_tripped_is_no_longer_said_to_be_normal(living: Living, context: Context) -> None:
    async with living("space-heater", "zhimi.heater.mc2") as home, DRIVER.open(home.registration, context) as session:
        assert isinstance(session, AskedSession)
        async with aclosing(session.reports()) as reports:  # type: ignore[type-var]
            first = await anext(reports)
            assert (first.values["protection"], first.quality["protection"]) == ("normal", "assumed")
            home.appliance.touch({"tipped": True})
            await session.refresh()
            report = await anext(reports)
            assert "protection" not in report.values, "which it is the number does not tell"
            assert isinstance(report.values["faults"], list)
            assert [fault["code"] for fault in report.values["faults"]] == ["VENDOR.UNKNOWN"]


async def test_what_a_heater_does_is_assumed_unless_it_is_off(living: Living, context: Context) -> None:
    async with living("space-heater", "zhimi.heater.mc2") as home, DRIVER.open(home.registration, context) as session:
        (device,) = session.describe()
        async with aclosing(session.reports()) as reports:  # type: ignore[type-var]
            report = await anext(reports)
            assert (report.values["operatingState"], report.quality.get("operatingState")) == ("off", None)
            await stages(session, write(device.id, "power", True))
            await anext(reports)
            report = await anext(reports)
            assert (report.values["operatingState"], report.quality["operatingState"]) == ("heating", "assumed")
            home.appliance.touch({"roomTemperature": 25})
            home.appliance.advance(30)
            await stages(session, write(device.id, "targetTemperature", 18))
            await anext(reports)
            assert (await anext(reports)).values["operatingState"] == "idle"


async def test_a_device_that_was_restarted_is_spoken_to_on(living: Living, context: Context, hurry: Hurry) -> None:
    async with living("fan", "dmaker.fan.p11") as home:
        home.wire._stamps._begun -= 5000
        async with DRIVER.open(home.registration, context) as session:
            assert isinstance(session, AskedSession)
            home.wire._stamps = type(home.wire._stamps)(asyncio.get_running_loop().time())
            await hurry(session.refresh())

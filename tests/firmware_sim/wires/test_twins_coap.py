"""Each shape of a bad twin shows its defect to an independent CoAP client, and a twin without a defect shows none."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiocoap
import cbor2
import pytest

from firmware_sim.plan import UnitPlan
from firmware_sim.twins.papers import as_made
from firmware_sim.twins.table import twin
from firmware_sim.twins.unit import TwinUnit
from firmware_sim.unit import Unit
from tests.firmware_sim.wires.test_native_coap import Client, code, ended, error

Street = Callable[[], str]
CBOR, SENML = 60, 110


@dataclass
class Sick:
    unit: Unit
    client: Client

    async def value(self, path: str, **options: Any) -> Any:
        return json.loads((await self.client("GET", path, **options)).payload)

    async def write(self, name: str, value: Any, query: tuple[str, ...] = (), **options: Any) -> str:
        answer = await self.client("PUT", f"/d/self/p/{name}", json.dumps(value).encode(), uri_query=query, **options)
        return code(answer)


def plan(kind: str, at: str) -> UnitPlan:
    return UnitPlan(kind=kind, wire="native-coap", address=at, port=0, id="sick-1")


@asynccontextmanager
async def met(unit: Unit) -> AsyncIterator[Sick]:
    async with unit._wired("native_coap", unit._options) as wire:
        context = await aiocoap.Context.create_client_context(transports=["simple6"])
        try:
            yield Sick(unit, Client(context, f"coap://{unit.network.address}:{wire.port}"))
        finally:
            await ended(context)


@asynccontextmanager
async def sick(name: str, at: str) -> AsyncIterator[Sick]:
    bad = twin(name)
    async with met(bad.maker()(plan(bad.kinds[0], at))) as found:
        yield found


async def test_a_twin_without_a_defect_is_like_any_other(street: Street) -> None:
    async with met(Unit(plan("plug", street()))) as well, met(TwinUnit(plan("plug", street()), as_made)) as bad:
        for path in ("/d/self/td", "/d/self/s", "/.well-known/core", "/d/self/p/power"):
            one, other = [await each.client("GET", path) for each in (well, bad)]
            mended = other.payload.replace(bad.unit.network.address.encode(), well.unit.network.address.encode())
            for field in (b"ts", b"since"):
                assert (field in one.payload) is (field in mended)
            assert one.code == other.code
            assert len(one.payload) == len(mended)


async def test_a_description_is_changed(street: Street) -> None:
    async with sick("td-contexts-swapped", street()) as found:
        assert (await found.value("/d/self/td"))["@context"][0].startswith("https://www.w3.org/2022")
    async with sick("core-state-without-obs", street()) as found:
        core = (await found.client("GET", "/.well-known/core")).payload.decode()
        assert '</d/self/s>;rt="hl.state"' in core
        assert "</d>;obs" in core


async def test_what_is_told_of_a_value_is_another_one(street: Street) -> None:
    async with sick("reports-raw-byte", street()) as found:
        found.unit.appliance.write({"brightness": 100})
        assert (await found.value("/d/self/s"))["brightness"] == 255


async def test_a_property_stays_as_it_was_read_first(street: Street) -> None:
    async with sick("coap-property-stuck", street()) as found:
        before = await found.value("/d/self/p/power")
        assert await found.write("power", not before) == "2.04"
        assert await found.value("/d/self/p/power") is before
        assert (await found.value("/d/self/s"))["power"] is not before


async def test_counting_goes_wrong(street: Street) -> None:
    async with sick("seq-in-a-nibble", street()) as found:
        for turn in range(20):
            await found.write("power", turn % 2 == 0)
        assert (await found.value("/d/self/s"))["$"]["seq"] < 16


async def test_forms_of_one_value_differ(street: Street) -> None:
    async with sick("cbor-booleans-as-numbers", street()) as found:
        power = cbor2.loads((await found.client("GET", "/d/self/p/power", accept=CBOR)).payload)
        assert power in (0, 1)
        assert not isinstance(power, bool)
    async with sick("senml-degrees-sign", street()) as found:
        assert (await found.value("/d/self/p/roomTemperature", accept=SENML))[0]["u"] == "°C"


@pytest.mark.parametrize(
    ("name", "property", "value"),
    [
        ("clamps-to-range", "overloadLimit", 10_000_000),
        ("takes-text-for-numbers", "overloadLimit", "1500"),
        ("takes-numbers-for-booleans", "power", 1),
        ("takes-unknown-words", "powerOnState", "perhaps"),
        ("takes-any-case", "powerOnState", "LAST"),
        ("read-only-accepted", "energyTotal", 1.0),
    ],
)
async def test_what_must_be_refused_is_taken(street: Street, name: str, property: str, value: Any) -> None:
    async with sick(name, street()) as found:
        assert await found.write(property, value) == "2.04"
    async with met(Unit(plan("plug", street()))) as well:
        assert await well.write(property, value) in ("4.22", "4.05")


async def test_a_step_beyond_the_maximum_is_taken(street: Street) -> None:
    async with sick("takes-one-beyond", street()) as found:
        body = found.unit.appliance.schema("overloadLimit")
        beyond = body["maximum"] + body.get("multipleOf", 1)
        assert await found.write("overloadLimit", beyond) == "2.04"
        assert await found.write("overloadLimit", 2 * beyond) == "4.22"


async def test_a_refusal_says_something_else(street: Street) -> None:
    async with sick("schema-is-4.00", street()) as found:
        assert await found.write("power", "loud") == "4.00"
    async with sick("schema-is-bad-syntax", street()) as found:
        assert error(await found.client("PUT", "/d/self/p/power", b'"loud"')) == "bad-syntax"
    async with sick("refusal-names-nothing", street()) as found:
        assert "property" not in json.loads((await found.client("PUT", "/d/self/p/power", b'"loud"')).payload)


async def test_a_refused_value_is_set_all_the_same(street: Street) -> None:
    async with sick("refuses-and-does", street()) as found:
        most = found.unit.appliance.schema("overloadLimit")["maximum"]
        assert await found.write("overloadLimit", most + 500) == "4.22"
        assert (await found.value("/d/self/s"))["overloadLimit"] == most


async def test_half_of_a_refused_write_stays(street: Street) -> None:
    async with sick("atomic-in-part", street()) as found:
        before = (await found.value("/d/self/s"))["power"]
        answer = await found.client("iPATCH", "/d/self/s", json.dumps({"power": not before, "powerOnState": 7}).encode())
        assert code(answer) == "4.22"
        assert (await found.value("/d/self/s"))["power"] is not before


async def test_conditions_are_passed_over(street: Street) -> None:
    for name in ("if-match-ignored", "condition-ignored"):
        async with sick(name, street()) as found:
            assert await found.write("power", True, if_match=[b"12345678"]) == "2.04"
    async with sick("condition-told-and-done", street()) as found:
        before = (await found.value("/d/self/s"))["power"]
        assert await found.write("power", not before, if_match=[b"12345678"]) == "4.12"
        assert (await found.value("/d/self/s"))["power"] is not before


async def test_what_is_late_is_done(street: Street) -> None:
    for name in ("expiry-ignored", "coap-expiry-ignored"):
        async with sick(name, street()) as found:
            assert await found.write("power", True, query=("exp=2020-01-01T00:00:00Z",)) == "2.04"


async def test_the_same_id_acts_again(street: Street) -> None:
    async with sick("same-id-acts-again", street()) as found:
        await found.write("overloadLimit", 1000, query=("id=a",))
        await found.write("overloadLimit", 1500, query=("id=b",))
        await found.write("overloadLimit", 1000, query=("id=a",))
        assert (await found.value("/d/self/s"))["overloadLimit"] == 1000


async def test_done_is_said_and_nothing_happens(street: Street) -> None:
    async with sick("ack-without-deed", street()) as found:
        before = (await found.value("/d/self/s"))["power"]
        assert await found.write("power", not before) == "2.04"
        assert (await found.value("/d/self/s"))["power"] is before
        assert await found.write("power", "loud") == "4.22"


async def test_a_rule_between_values_is_broken(street: Street) -> None:
    async with sick("exclusive-not-undone", street()) as found:
        await found.write("eco", True)
        await found.write("sleepMode", "on")
        state = await found.value("/d/self/s")
        assert state["eco"] is True
        assert state["sleepMode"] == "on"


async def test_a_run_is_cancelled_in_words_only(street: Street) -> None:
    async with sick("cancel-ignored", street()) as found:
        begun = await found.client("POST", "/d/self/a/runDiagnostics", b"{}")
        run = "/" + "/".join(begun.opt.location_path)
        assert code(await found.client("DELETE", run)) == "2.02"
        assert (await found.value(run))["state"] == "running"


async def test_danger_is_not_confirmed(street: Street) -> None:
    async with sick("confirms-itself", street()) as found:
        assert await found.write("screenTimeLimit", 60) == "2.04"
    async with sick("token-again", street()) as found:
        asked = json.loads((await found.client("PUT", "/d/self/p/screenTimeLimit", b"60")).payload)
        for _ in range(2):
            assert await found.write("screenTimeLimit", 60, query=(f"confirm={asked['confirm']}",)) == "2.04"


async def test_papers_and_meters_are_untrue(street: Street) -> None:
    async with sick("label-of-older-standard", street()) as found:
        assert {each["std"] for each in await found.value("/d/self/p/energyLabel")} == {"GB 12021.2-2015"}
        assert (await found.value("/d/self/p/identity"))["made"] == "2026-06-15"
    async with sick("energy-twice", street()) as found:
        found.unit.appliance.model.loads.append(lambda: 100.0)
        await found.write("power", True)
        before = await found.value("/d/self/p/energyTotal")
        found.unit.advance(3600)
        assert await found.value("/d/self/p/energyTotal") - before == pytest.approx(0.2, abs=0.03)


async def test_a_power_cut_is_not_borne(street: Street) -> None:
    async with sick("forgets-the-last-minute", street()) as found:
        await found.write("overloadLimit", 1500)
        found.unit.appliance.mains("off")
        found.unit.appliance.mains("on")
        assert found.unit.appliance.values()["overloadLimit"] != 1500


async def test_a_clock_that_jumps_stops_it(street: Street) -> None:
    async with sick("stops-at-a-jump", street()) as found:
        found.unit.appliance.clock.shift(86400)
        assert await found.write("power", True) == "5.02"


async def test_it_is_slow(street: Street) -> None:
    async with sick("slow", street()) as found:
        writing = asyncio.create_task(found.write("power", True))
        await asyncio.sleep(0.3)
        assert not writing.done()
        assert await writing == "2.04"

"""The contract on what is shown: all of it, in the profile's words, as the appliance has it, soon enough, and changed by hand too."""

import asyncio
from collections.abc import Callable

from gateway.drivers.spi import Polled
from gateway.profile.affordance import Property
from gateway.thing.value import Quality, Value
from tests.drivers.contract_bench import Bench, House, same, watched
from tests.drivers.contract_terms import NOTED, Terms, check, samples
from tests.drivers.kit import invoke

Record = Callable[[str, object], None]
LONGEST = 900.0
"""Seconds a device that measures nothing may be silent."""
UNSEEN = frozenset({"identity", "life"})
"""Properties that a device may keep to itself: who it is stands in its description, and few keep a record of their life."""


class Showing(Terms):
    """What a driver owes while nobody asks the appliance for anything."""

    @check("whole")
    async def test_it_is_attached_with_its_kind_and_reports_a_whole_state(self, bench: Bench, record_property: Record) -> None:
        async with watched(bench) as house:
            await house.whole()
            assert house.description.kind == bench.appliance.kind
            record_property(NOTED, {"locality": house.description.locality.value, "needs": list(bench.needs)})
            owed = house.instance.properties.keys() - UNSEEN - self.untold.keys()
            await house.later(lambda: owed <= house.values.keys(), "a word about each", lambda: f"{sorted(owed - house.values.keys())}")
            assert not self.untold.keys() & house.values.keys(), "what it does tell is not to be declared as untold"

    @check("fits")
    async def test_reported_values_fit_the_profile(self, bench: Bench) -> None:
        async with watched(bench) as house:
            await house.whole()
            for report in house.sink.reports:
                assert house.instance.faulty(report.values) == {}

    @check("agrees")
    async def test_what_it_shows_is_what_the_appliance_has(self, bench: Bench) -> None:
        async with watched(bench) as house:
            await house.whole()
            truth, quality = bench.appliance.values(), house.sink.quality[house.device]
            wrong = {
                name: (value, truth[name])
                for name, value in house.values.items()
                if name in truth and name not in self.differs and quality.get(name, Quality.GOOD) is Quality.GOOD
                if not _alike(house.instance.properties[name], value, truth[name])
            }
            assert not wrong, f"shown otherwise than it is (shown, real): {wrong}"

    @check("by hand")
    async def test_what_is_switched_at_the_appliance_is_reported(self, bench: Bench) -> None:
        async with watched(bench) as house:
            await house.whole()
            name, value = await touched(house)
            await house.shows(name, value)

    @check("push", long=True)
    async def test_how_soon_a_change_at_the_appliance_is_told(self, bench: Bench, record_property: Record) -> None:
        async with watched(bench) as house:
            await house.whole()
            await asyncio.sleep(0.2)
            name, value = await touched(house)
            for _ in range(150):  # the driver's clock is the wall's here: no poll is due for seconds
                if same(house.values.get(name), value):
                    break
                await asyncio.sleep(0.01)
            record_property(NOTED, {"push": same(house.values.get(name), value)})
            await house.shows(name, value)

    @check("often enough", long=True)
    async def test_it_is_never_silent_for_longer_than_the_profile_allows(self, bench: Bench) -> None:
        async with bench.driver.open(bench.registration, bench.context) as session:
            description = next(each for each in session.describe() if bench.only in {"", each.id})
            properties = bench.context.library.model(description.kind).instance(description).properties
            longest = min((each.report.max_interval for each in properties.values() if each.report.max_interval), default=LONGEST)
            if isinstance(session, Polled):
                assert session.interval * 1.1 <= longest, f"asked every {session.interval:g} s, and stale after {longest:g} s"
        async with watched(bench) as house:
            await house.whole()
            house.sink.reports.clear()
            for _ in range(int(longest) + 1):
                bench.clock.advance(1.0)
                bench.unit.advance(1.0)
                await asyncio.sleep(0.002)
            await house.later(lambda: house.sink.reports, "a report within the longest silence")

    @check("diagnosis")
    async def test_a_diagnosis_tells_what_can_be_told(self, bench: Bench) -> None:
        async with watched(bench) as house:
            await house.whole()
            doing = asyncio.ensure_future(house.do(invoke(house.device, "runDiagnostics", {"level": "quick", "allow": []})))
            while not doing.done():
                await asyncio.sleep(0.05)
                bench.unit.advance(2.0)  # an appliance that tests itself takes its time
            done = await doing
            house.instance.check_output("runDiagnostics", done.output)
            assert isinstance(done.output, dict)
            assert done.output["checks"]


async def touched(house: House) -> tuple[str, Value]:
    """Change something at the appliance that the wire shows; return the property and its new value."""
    appliance = house.bench.appliance
    for name in sorted(appliance.surface.writable, key=lambda name: (name != "power", name)):
        before = appliance.values().get(name)
        if name not in house.values or not same(house.values[name], before):
            continue
        for value in samples(house.instance.properties[name].schema) if name in house.instance.properties else ():
            appliance.touch({name: value})
            if not same(after := appliance.values()[name], before):
                return name, after
    raise AssertionError("there is nothing to touch that this wire shows")


def _alike(spec: Property, shown: Value, real: Value) -> bool:
    """Return whether a wire may show what is real so: exactly, but for what is measured, which may be rounded or a moment old."""
    measured = spec.read_only and not spec.withheld
    if measured and isinstance(shown, int | float) and isinstance(real, int | float) and not isinstance(shown, bool):
        return abs(shown - real) <= max(1.0, 0.05 * abs(real))
    if measured and isinstance(real, dict | list):
        return isinstance(shown, type(real))  # what is more than a number or a word is another check's: the profile's
    return same(shown, real)

"""The contract on a bad network and a bad unit: away and back, elsewhere, slow, flooding, damaged, twice, late, lost, in pieces."""

import asyncio
from dataclasses import replace

import pytest

from firmware_sim.appliance import Appliance
from gateway.errors import TimedOut
from gateway.thing.ack import AckState
from gateway.thing.description import Locality
from gateway.thing.internet import Sign
from gateway.thing.value import Value
from tests.drivers.contract_bench import Bench, House, same, watched
from tests.drivers.contract_relay import Relay
from tests.drivers.contract_setting import something
from tests.drivers.contract_showing import touched
from tests.drivers.contract_terms import Terms, check, writable
from tests.drivers.kit import until, write
from tests.kit.addresses import address

COMMANDS = 8
SLOWEST = 60.0
"""Real seconds in which a unit that takes one for everything has told all it has."""


class Weathering(Terms):
    """What a driver owes when things go wrong."""

    @check("silent and back", long=True)
    async def test_when_it_falls_silent_it_is_offline_with_a_reason_and_then_it_comes_back(self, bench: Bench) -> None:
        async with watched(bench) as house:
            await house.whole()
            bench.network.set(silent=True)
            await house.later(lambda: not house.online, "offline")
            assert house.sink.reasons[house.device]
            bench.network.set(silent=False)
            await house.later(lambda: house.online, "online again")
            await lives(house)

    @check("unplugged and back", long=True)
    async def test_when_it_is_unplugged_it_is_offline_and_then_it_comes_back_as_it_is(self, bench: Bench) -> None:
        async with watched(bench) as house:
            await house.whole()
            bench.appliance.mains("off")
            await house.later(lambda: not house.online, "offline")
            assert house.sink.reasons[house.device]
            bench.appliance.mains("on")
            await house.later(lambda: house.online, "online again")
            await lives(house)

    @check("without internet", long=True)
    async def test_one_that_leaves_hours_after_the_internet_is_explained_and_comes_back_with_it(self, bench: Bench) -> None:
        bench.network.leaves_after = 2 * 3600.0
        line = Line()
        async with watched(bench, internet=line) as house:
            await house.whole()
            bench.network.reach(internet=False)
            line.sign = Sign(there=False, since=bench.clock.now())
            bench.unit.advance(3600.0)
            await lives(house)
            bench.unit.advance(3700.0)
            await house.later(lambda: not house.online, "it has left")
            needs_it = house.description.locality is Locality.NEEDS_INTERNET
            assert ("internet has been gone" in house.sink.reasons[house.device]) or not needs_it
            bench.network.reach(internet=True)
            line.sign = Sign(there=True)
            await house.later(lambda: house.online, "online again")
            await lives(house)

    @check("new address", long=True)
    async def test_at_a_new_address_it_is_the_same_device(self, bench: Bench) -> None:
        async with watched(bench) as house:
            await house.whole()
            device = house.device
            await moved(house)
            await house.later(lambda: house.sink.attached == [device, device] and house.online, "the same device is attached again")
            await lives(house)
            assert set(house.sink.attached) == {device}

    @check("slow", long=True)
    @pytest.mark.timeout(240)
    async def test_a_unit_that_takes_a_second_for_everything_is_still_driven(self, bench: Bench) -> None:
        bench.network.set(delay=1.0)
        async with watched(bench) as house:
            await until(lambda: any(report.complete for report in house.sink.reports), "a complete report", SLOWEST)
            name, value = something(house)
            assert (await house.write(name, value)).state is AckState.COMPLETED
            await until(lambda: same(house.values.get(name), value), f"{name} becomes {value}", SLOWEST)
            assert house.sink.detached == []

    @check("flooding", long=True)
    async def test_a_unit_that_says_everything_a_hundred_times_with_noise_is_still_driven(self, bench: Bench) -> None:
        async with Relay(bench.network.address, bench.registration.port) as relay:
            relay.said = lambda data: (data, *(data, data[: len(data) // 2], bytes(40)) * 100)
            async with watched(bench, replace(bench.registration, address=relay.address)) as house:
                await house.later(lambda: any(report.complete for report in house.sink.reports), "a complete report", patience=SLOWEST)
                assert relay.pieces, "the driver speaks through the relay"
                await lives(house)
                assert len(house.sink.reports) < 1000

    @check("malformed", long=True)
    async def test_damaged_words_are_dropped_and_never_shown(self, bench: Bench) -> None:
        async with watched(bench) as house:
            await house.whole()
            witness = Witness(bench.appliance)
            await bench.garbage()
            bench.network.set(garbled=0.3)
            for _ in range(COMMANDS):
                if house.online and not writable(house.instance).keys() <= bench.read_only:
                    await house.outcome(write(house.device, *something(house)))  # however it ends: it may get through or not
                await house.passes(2.0)
            if not self.unchecked:
                assert not (strange := witness.strange(house)), f"what the appliance never had (shown, from, to): {strange}"
                assert not (wrong := _unfit(house)), f"what the appliance cannot have said: {wrong}"
            bench.network.set(garbled=0.0)
            await house.later(lambda: house.online, "online")
            await lives(house)
            assert set(house.sink.attached) == {house.device}

    @check("twice and late", long=True)
    async def test_words_that_come_twice_and_late_do_not_turn_the_clock_back(self, bench: Bench) -> None:
        async with watched(bench) as house:
            await house.whole()
            bench.network.set(twice=0.5, late=0.4)
            for _ in range(COMMANDS):
                name, value = await steady_command(house)
                after = len(house.sink.reports)
                await asyncio.sleep(0.15)
                told = [report.values[name] for report in house.sink.reports[after:] if name in report.values]
                assert all(same(each, value) for each in told), f"{name} was {value!r} and went back: {told}"
            bench.network.set(twice=0.0, late=0.0)
            await agrees(house)

    @check("lost", long=True)
    @pytest.mark.timeout(120)
    async def test_with_one_message_in_ten_lost_commands_are_done(self, bench: Bench) -> None:
        async with watched(bench) as house:
            await house.whole()
            bench.network.set(loss=0.1)
            missed = 0
            for _ in range(2 * COMMANDS):
                try:
                    await steady_command(house)
                except TimedOut:
                    missed += 1
            bench.network.set(loss=0.0)
            assert missed <= 1, f"{missed} of {2 * COMMANDS} commands were given up: ask again, and again"
            await agrees(house)
            assert house.sink.detached == [], "a tenth is no reason to give it up"

    @check("pieces", long=True)
    async def test_a_stream_that_arrives_in_pieces_says_the_same(self, bench: Bench) -> None:
        bench.network.set(pieces=3)
        async with watched(bench) as house:
            await house.whole()
            await lives(house)


class Line:
    """The line of the home, as a test sets it."""

    sign = Sign(there=True)

    def look(self) -> Sign:
        return self.sign


async def lives(house: House) -> None:
    """Fail unless what is switched at the appliance is shown, and what is commanded is done."""
    if not house.bench.only:  # nobody is told what is switched at an appliance behind a remote
        name, value = await touched(house)
        await house.shows(name, value)
        await asyncio.sleep(0)
    if writable(house.instance).keys() <= house.bench.read_only:
        return
    name, value = something(house)
    assert (await house.write(name, value)).state is AckState.COMPLETED
    await house.shows(name, value)


async def steady_command(house: House) -> tuple[str, Value]:
    """Set something, at the pace of the wall's clock, and fail unless it is done and shown; return what."""
    name, value = something(house)
    assert (await house.write(name, value)).state is AckState.COMPLETED
    await until(lambda: same(house.values.get(name), value), f"{name} becomes {value}", SLOWEST)
    assert same(house.bench.appliance.values().get(name), value)
    return name, value


def _unfit(house: House) -> list[str]:
    """Return what was reported of known properties and does not fit them."""
    instance = house.instance
    told = [{name: report.values[name] for name in report.values.keys() & instance.properties.keys()} for report in house.sink.reports]
    return [str(error) for values in told for error in instance.faulty(values).values()]


class Witness:
    """Remembers between what the numbers of an appliance have been."""

    def __init__(self, appliance: Appliance) -> None:
        self._appliance = appliance
        self._seen: dict[str, tuple[float, float]] = {}
        self._look()
        appliance.listen(lambda _: self._look())

    def _look(self) -> None:
        for name, value in self._appliance.values().items():
            if isinstance(value, int | float):
                low, high = self._seen.get(name, (value, value))
                self._seen[name] = min(low, value), max(high, value)

    def strange(self, house: House) -> dict[str, tuple[Value, tuple[float, float]]]:
        """Return the numbers that are measured and that the appliance never had, nor nearly: a damaged word was believed."""
        measured = {name for name, each in house.instance.properties.items() if each.read_only and not each.withheld} & self._seen.keys()
        told = [(name, value) for report in house.sink.reports for name, value in report.values.items() if name in measured]
        return {name: (value, self._seen[name]) for name, value in told if not self._nearly(name, value)}

    def _nearly(self, name: str, value: Value) -> bool:
        low, high = self._seen[name]
        slack = max(5.0, 0.2 * max(abs(low), abs(high)))
        return isinstance(value, int | float) and low - slack <= value <= high + slack


async def agrees(house: House) -> None:
    """Fail unless all that can be set comes to be shown as it is."""

    def wrong() -> dict[str, tuple[Value, Value]]:
        real = house.bench.appliance.values()
        told = {
            name: house.values[name]
            for name, each in house.instance.properties.items()
            if (not each.read_only or each.withheld) and name in house.values
        }
        return {name: (value, real[name]) for name, value in told.items() if name in real and not same(value, real[name])}

    await house.later(lambda: not wrong(), "it is shown as it is", lambda: f"(shown, real): {wrong()}")


async def moved(house: House) -> None:
    """Give the unit another address, and tell the supervisor as discovery would."""
    bench = house.bench
    bench.network.set(address=address())
    await until(lambda: bench.unit.document()["port"] is not None, "the wires are open again")
    await asyncio.sleep(0.5)
    candidate = await bench.found()
    assert candidate.key == bench.registration.key
    facts = {**bench.registration.facts, **candidate.facts}
    house.supervisor.moved(candidate.driver, candidate.key, candidate.address, candidate.port, facts)

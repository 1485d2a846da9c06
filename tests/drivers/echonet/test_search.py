"""The search: by the group and one by one, nodes that tell it all, a part, or only that they are there; and those that cannot be used."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field

import pytest

from gateway.drivers.echonet import DRIVER, refusal
from gateway.drivers.echonet import search as searching
from gateway.drivers.echonet.plug import GROUP
from gateway.drivers.spi import Candidate, Context, SearchContext, Sighting
from gateway.thing.clock import Clock, SystemClock
from tests.drivers.echonet.conftest import House, Housing
from tests.kit.addresses import address
from tests.kit.echonet import Peer, peer

NOBODY = "192.0.2.1"


@dataclass
class Told:
    """What the doctor is told."""

    asked: list[tuple[str, str]] = field(default_factory=list)
    dropped: list[tuple[str, str]] = field(default_factory=list)


@pytest.fixture
def told() -> Told:
    return Told()


@dataclass
class Looking:
    context: Context
    told: Told

    async def nothing(self, *hosts: str, interfaces: tuple[str, ...] = ()) -> dict[str, Sighting]:
        """Search to the end; return what was seen at the hosts: other tests' units are heard too."""
        return {where: sighting for where, sighting in (await self.all(*hosts, interfaces=interfaces)).items() if where in hosts}

    async def all(self, *hosts: str, interfaces: tuple[str, ...] = ()) -> dict[str, Sighting]:
        """Search to the end while the clock runs faster; return all that was seen."""
        clock = self.context.clock
        assert isinstance(clock, SystemClock)
        search = asyncio.ensure_future(self(*hosts, interfaces=interfaces, awaited=(NOBODY,)))
        while not search.done():
            await asyncio.sleep(0.01)
            clock.advance(0.04)
        return await search

    async def __call__(self, *hosts: str, interfaces: tuple[str, ...] = (), awaited: Collection[str] = ()) -> dict[str, Sighting]:
        """Search until these, or the hosts, were seen, or three seconds; return all by address."""
        where = SearchContext(
            interfaces=interfaces,
            unicast=hosts,
            context=self.context,
            asked=lambda at, what: self.told.asked.append((at, what)),
            dropped=lambda at, why: self.told.dropped.append((at, why)),
        )
        seen: dict[str, Sighting] = {}
        assert DRIVER.search is not None
        async with aclosing(DRIVER.search(where)) as sightings:  # type: ignore[type-var]
            async for sighting in sightings:
                seen[sighting.address] = sighting
                if seen.keys() >= set(awaited or hosts):
                    break
        return seen


@pytest.fixture
def looking(context: Context, told: Told) -> Looking:
    return Looking(context, told)


def found(sighting: Sighting) -> Candidate:
    candidate = DRIVER.recognise(sighting)
    assert candidate is not None
    return candidate


@asynccontextmanager
async def answering(reply: str, *, to_all: bool = True) -> AsyncIterator[Peer]:
    """Be a node whose profile answers every question with the same properties."""
    async with peer(address()) as someone:
        take = someone.heard.put_nowait

        def answer(heard: tuple[bytes, tuple[str, int]]) -> None:
            number = heard[0][2:4].hex()
            if to_all or heard[0][11] == 1:
                someone.send(f"1081{number}0ef00105ff01{reply}".replace(" ", ""), heard[1][0])
            take(heard)

        someone.heard.put_nowait = answer  # type: ignore[method-assign,assignment]
        yield someone


async def test_a_node_is_found_at_its_address_with_what_it_says_of_itself(housing: Housing, looking: Looking, told: Told) -> None:
    async with housing() as house:
        sighting = (await looking(house.network.address))[house.network.address]
        candidate = found(sighting)
        assert (candidate.key, candidate.address, candidate.port) == (house.registration.key, house.network.address, 3610)
        assert (candidate.kind, candidate.title, candidate.needs) == ("air-conditioner", "ECHONET Lite air conditioner", ())
        assert sighting.facts["objects"] == "013001"
        assert sighting.facts["model"] == "HS-AIR-CONDI"
        assert told.asked == [(house.network.address, f"ECHONET Lite search, UDP 3610, to {house.network.address}")]
        assert house.network.address not in dict(told.dropped)


async def test_those_who_hear_the_group_are_found_by_it_and_no_others(housing: Housing, looking: Looking, told: Told) -> None:
    here = address()
    async with housing(broadcast=True) as one, housing(name="el-2", broadcast=True) as two, housing(name="el-3") as deaf:
        seen = await looking(interfaces=(here, "::1"), awaited=(one.network.address, two.network.address))
        assert {one.network.address, two.network.address} <= seen.keys()
        assert deaf.network.address not in seen
        assert told.asked == [(here, f"ECHONET Lite search, UDP 3610, to {GROUP}")]
        assert {sighting.interface for sighting in seen.values()} == {here}


def announcing_at_every_pause(clock: Clock, house: House) -> None:
    """Let a node announce its objects whenever somebody begins to wait."""
    sleep, home = clock.sleep, house.wire.home
    assert home is not None

    async def slept(seconds: float) -> None:
        home.announce(home.node.listing())
        await sleep(seconds)

    clock.sleep = slept  # type: ignore[method-assign]


async def test_a_node_that_only_announces_itself_is_asked_and_found(
    housing: Housing, looking: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "follows", lambda _: True)
    here = address()
    async with housing(name="el-late") as house:
        announcing_at_every_pause(looking.context.clock, house)
        seen = await looking(interfaces=(here,), awaited=(house.network.address,))
        assert found(seen[house.network.address]).key == house.registration.key


async def test_on_loopback_an_announcement_is_somebody_elses(housing: Housing, looking: Looking) -> None:
    async with housing(broadcast=True) as hearing, housing(name="el-2") as other:
        announcing_at_every_pause(looking.context.clock, other)
        seen = await looking.all(interfaces=(address(),))
        assert hearing.network.address in seen
        assert other.network.address not in seen
    assert not searching.follows("127.0.0.1")
    assert searching.follows("192.168.1.2")


async def test_a_node_that_answers_in_part_is_asked_on(housing: Housing, looking: Looking) -> None:
    async with housing(most=2) as few, housing(name="el-nameless", quirks=["nameless"]) as nameless:
        seen = await looking(few.network.address, nameless.network.address)
        assert found(seen[few.network.address]).key == few.registration.key
        assert seen[few.network.address].facts["model"] == "HS-AIR-CONDI"
        assert found(seen[nameless.network.address]).key.startswith("made-")


async def test_a_node_of_several_objects_is_named_by_the_first_it_knows(housing: Housing, looking: Looking) -> None:
    where = address()
    async with housing("presence-sensor", ("OCC", "LUX"), where=where), housing("refrigerator", where=where, name="el-2"):
        candidate = found((await looking(where))[where])
        assert (candidate.kind, candidate.title) == ("presence-sensor", "ECHONET Lite presence sensor and 2 more")


NUMBER = "8311fe00000801020304050607080910111213"  # a test vector: no device has it


async def test_a_node_of_an_unknown_class_is_dropped_with_the_reason(looking: Looking, told: Told) -> None:
    async with answering(f"72 05 d604 01028801 {NUMBER} 8a03000008 8c00 8d00") as meter:
        sighting = (await looking(meter.address))[meter.address]
        assert DRIVER.recognise(sighting) is None
        assert [(at, why) for at, why in told.dropped if at == meter.address] == [
            (meter.address, "an ECHONET Lite node of class 0x0288, for which there is no mapping yet")
        ]


async def test_a_node_nobody_could_know_again_is_dropped_with_the_reason(looking: Looking, told: Told) -> None:
    async with answering("72 05 d604 01013001 8300 8a03000008 8c00 8d00") as nobody:
        sighting = (await looking(nobody.address))[nobody.address]
        assert DRIVER.recognise(sighting) is None
        why = dict(told.dropped)[nobody.address]
        assert "without an identification or production number" in why


async def test_a_second_node_of_the_same_name_is_not_taken(housing: Housing, looking: Looking, told: Told) -> None:
    async with housing() as one, housing() as double:
        seen = await looking.nothing(one.network.address, double.network.address)
        assert len(seen) == 1
        both = {one.network.address, double.network.address}
        ((at, why),) = [(at, why) for at, why in told.dropped if at in both]
        assert {at, *seen} == both
        assert "same unit" in why


async def test_noise_and_answers_of_devices_find_nothing(looking: Looking) -> None:
    async with answering("72 01 d6") as damaged:
        assert await looking.nothing(damaged.address) == {}
        assert not damaged.heard.empty(), "it was asked"


async def test_a_host_that_cannot_be_asked_and_an_interface_that_is_taken_are_told(looking: Looking, told: Told) -> None:
    async with peer(address()) as holder:
        await looking.nothing("no.such.host.invalid", interfaces=(holder.address,))
    reasons = dict(told.dropped)
    assert "cannot be asked" in reasons["no.such.host.invalid"]
    assert "held by another program" in reasons[holder.address]


def test_what_it_cannot_use_has_a_reason_in_words() -> None:
    assert refusal({"id": "aa", "objects": "013001"}) is None
    for facts in ({"id": "aa"}, {"id": "aa", "objects": "028801"}, {"objects": "013001"}):
        assert "ECHONET Lite node" in (refusal(facts) or "")


def test_a_sighting_of_somebody_else_is_not_recognised() -> None:
    facts = {"id": "aa", "objects": "013001"}
    assert DRIVER.recognise(Sighting(source="broadcast", service="gree", name="x", facts=facts)) is None
    assert DRIVER.recognise(Sighting(source="broadcast", service="echonet", name="x", facts=facts, gone=True)) is None
    assert DRIVER.recognise(Sighting(source="broadcast", service="echonet", name="x", facts=facts)) is not None

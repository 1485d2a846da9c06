"""The simulated ECHONET Lite node seen from outside, by bytes written by hand: what it answers, refuses, announces, and where to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.network import Network
from firmware_sim.refusal import SetupMistake
from firmware_sim.wire import WireOptions
from firmware_sim.wires.echonet_lite import Wire
from tests.kit.addresses import address
from tests.kit.echonet import PORT, Peer, peer

COOLER = "013001"
HUB = "05ff01"
NODE = "0ef001"


class Unit:
    """One appliance with its wire, and a hub that speaks with it in hexadecimal."""

    def __init__(self, appliance: Appliance, network: Network, wire: Wire, hub: Peer) -> None:
        self.appliance = appliance
        self.network = network
        self.wire = wire
        self.hub = hub

    def say(self, target: str, rest: str, number: str = "0001") -> None:
        self.hub.send(f"1081 {number} {HUB} {target} {rest}".replace(" ", ""), self.network.address)

    async def answer(self, target: str, rest: str, number: str = "0001") -> str:
        """Say it; return the answer without what is the same in all: service and what follows."""
        self.say(target, rest, number)
        told = await self.hub.next(of=self.network.address)
        assert told.startswith(f"1081{number}{target}{HUB}"), told
        return told[20:]


@asynccontextmanager
async def living(
    kind: str = "air-conditioner", features: tuple[str, ...] | None = None, where: str = "", **facts: Any
) -> AsyncIterator[Unit]:
    appliance = make_appliance(kind, identifier="el-wire", features=features)
    if kind == "air-conditioner":
        appliance.write({"power": True, "mode": "cool", "targetTemperature": 26})
    network = Network(where or address())
    async with peer(address()) as hub, Wire(appliance, network, WireOptions(facts=facts)) as wire:
        yield Unit(appliance, network, wire, hub)


@pytest.fixture
async def unit() -> AsyncIterator[Unit]:
    async with living() as unit:
        yield unit


async def test_it_says_who_it_is_and_what_it_holds(unit: Unit) -> None:
    assert await unit.answer(NODE, "62 04 d600 d300 d400 d700") == "7204d60401013001d303000001d4020002d703010130"
    told = await unit.answer(NODE, "62 02 8300 8200")
    assert told.startswith("72028311feffffff")
    assert told.endswith("8204010d0100")


async def test_its_maps_list_what_it_has(unit: Unit) -> None:
    assert await unit.answer(NODE, "62 02 9d00 9e00") == "72029d030280d59e0100"
    assert await unit.answer(COOLER, "62 01 9e00") == "72019e0908" + "808fa0a3b0b2b3b4"
    everything = bytes.fromhex((await unit.answer(COOLER, "62 01 9f00"))[8:])
    assert len(everything) == 17
    assert everything[1] & 0b1101 == 0b1101, "80, A0 and B0"


async def test_it_gets_several_properties_in_the_order_asked(unit: Unit) -> None:
    assert await unit.answer(COOLER, "62 03 b300 8000 b000") == "7203b3011a800130b00142"


async def test_what_it_has_not_makes_the_answer_a_partial_one(unit: Unit) -> None:
    assert await unit.answer(COOLER, "62 03 b300 e700 8000") == "5203b3011ae700800130"


async def test_the_list_that_is_announced_cannot_be_got(unit: Unit) -> None:
    assert await unit.answer(NODE, "62 01 d500") == "5201d500"


async def test_it_sets_and_says_so_without_data(unit: Unit) -> None:
    assert await unit.answer(COOLER, "61 02 800131 b30114") == "71028000b300"
    assert (unit.appliance.values()["power"], unit.appliance.values()["targetTemperature"]) == (False, 20)


async def test_what_it_refuses_comes_back_as_it_was_asked(unit: Unit) -> None:
    assert await unit.answer(COOLER, "61 04 b30163 b00143 bb0110 8000") == "5104b30163b000bb01108000"
    assert unit.appliance.values()["mode"] == "heat"
    assert await unit.answer(NODE, "61 01 800131") == "5101800131"


async def test_an_air_cleaner_that_is_off_keeps_that_it_is_set_by_hand_and_never_half_of_what_it_refuses() -> None:
    async with living("air-purifier") as cleaner:
        cleaner.appliance.write({"power": True, "mode": "auto"})
        cleaner.appliance.write({"power": False})
        assert await cleaner.answer("013501", "61 01 a00134") == "7101a000"
        assert cleaner.appliance.values()["mode"] == "manual"
        cleaner.appliance.write({"power": True})
        assert await cleaner.answer("013501", "61 01 a00137") == "7101a000"
        assert cleaner.appliance.values()["fanPercent"] == 87


async def test_setting_quietly_is_answered_only_when_refused(unit: Unit) -> None:
    unit.say(COOLER, "60 01 b30115")
    assert await unit.hub.silence(of=unit.network.address)
    assert unit.appliance.values()["targetTemperature"] == 21
    assert await unit.answer(COOLER, "60 01 b30163") == "5001b30163"


async def test_it_sets_and_gets_in_one_frame(unit: Unit) -> None:
    assert await unit.answer(COOLER, "6e 01 b30119 02 b300 b000") == "7e01b30002b30119b00142"
    assert await unit.answer(COOLER, "6e 01 b30163 01 e700") == "5e01b3016301e700"


async def test_it_confirms_what_it_is_told(unit: Unit) -> None:
    assert await unit.answer(COOLER, "74 01 800130") == "7a018000"


async def test_asked_to_tell_it_tells_everybody(unit: Unit) -> None:
    async with peer("", group=True) as everybody:
        unit.say(COOLER, "63 01 b300")
        assert (await everybody.next(of=unit.network.address))[4:] == f"0001{COOLER}{HUB}7301b3011a"
    assert await unit.answer(COOLER, "63 01 e700") == "5301e700"


async def test_an_object_it_has_not_gets_no_answer(unit: Unit) -> None:
    for target in ("013002", "03b701", "013101", "0ef002"):
        unit.say(target, "62 01 8000")
    assert await unit.hub.silence(of=unit.network.address)


async def test_all_instances_of_a_class_answer_each_for_itself() -> None:
    where = address()
    async with living(where=where) as first, living(where=where) as second:
        first.say("013000", "62 01 8000")
        told = {await first.hub.next(of=where) for _ in range(2)}
        assert {text[8:14] for text in told} == {"013001", "013002"}
        assert second.wire.home is first.wire.home
        assert await first.answer(NODE, "62 01 d600") == "7201d60702013001013002"


async def test_when_the_first_of_a_node_goes_the_others_stay() -> None:
    where = address()
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(living(where=where))
        async with peer("", group=True) as everybody, living("refrigerator", where=where) as second:
            assert (await everybody.next(of=where)).endswith("7301d50702013001" + "03b701")
            await stack.aclose()
            assert (await everybody.next(of=where)).endswith("7301d504" + "0103b701")
            assert await second.answer("03b701", "62 01 8000") == "7201800130"
    assert first.wire is not second.wire


async def test_it_announces_its_objects_when_it_starts_and_changes_when_they_happen() -> None:
    where = address()
    async with peer("", group=True) as everybody, living(where=where) as unit:
        assert (await everybody.next(of=where))[8:] == f"{NODE}{NODE}7301d504" + "01013001"
        unit.appliance.touch({"targetTemperature": 19})
        assert (await everybody.next(of=where))[8:] == f"{COOLER}{NODE}7301b30113"
        await unit.answer(COOLER, "61 01 800131")
        told = await everybody.next(of=where)
        assert told[8:].startswith(f"{COOLER}{NODE}73")
        assert "800131" in told
        unit.appliance.touch({"roomTemperature": 8})
        unit.appliance.advance(10)
        assert await everybody.silence(of=where), "what is measured is not announced"


async def test_a_fault_is_announced_and_has_a_number(unit: Unit) -> None:
    async with peer("", group=True) as everybody:
        unit.appliance.raise_fault("SENSOR.ROOM-TEMPERATURE")
        assert (await everybody.next(of=unit.network.address)).endswith("880141")
        assert await unit.answer(COOLER, "62 02 8800 8900") == "72028801418902001e"
        unit.appliance.clear_fault("SENSOR.ROOM-TEMPERATURE")
        assert (await everybody.next(of=unit.network.address)).endswith("880142")
    assert await unit.answer(COOLER, "62 02 8800 8900") == "720288014289020000"


async def test_answers_go_to_the_port_of_the_standard_or_where_the_question_came_from() -> None:
    async with living() as strict, peer(strict.hub.address, port=13610) as elsewhere:
        elsewhere.send(f"10810001{HUB}{COOLER}62018000", strict.network.address)
        assert await strict.hub.next(of=strict.network.address)
        assert await elsewhere.silence()
    async with living(quirks=["to-source"]) as easy, peer(easy.hub.address, port=13611) as elsewhere:
        elsewhere.send(f"10810001{HUB}{COOLER}62018000", easy.network.address)
        assert await elsewhere.next(of=easy.network.address)
        assert await easy.hub.silence()


async def test_only_who_is_told_so_hears_the_group() -> None:
    async with living() as deaf, living(broadcast=True) as hearing:
        hearing.hub.plug.sendto(bytes.fromhex(f"10810001{HUB}{NODE}6201d600"), ("224.0.23.0", PORT))
        senders = set()
        while not await hearing.hub.quiet():
            senders.add((await hearing.hub.heard.get())[1][0])
        assert hearing.network.address in senders
        assert deaf.network.address not in senders


async def test_a_limited_unit_answers_the_first_few_or_nothing() -> None:
    async with living(most=2) as few:
        assert await few.answer(COOLER, "62 03 b300 8000 b000") == "7202b3011a800130"
        assert await few.answer(COOLER, "61 03 b30115 800130 b00143") == "7102b3008000"
        assert few.appliance.values()["mode"] == "cool"
    async with living(most=2, quirks=["deaf"]) as deaf:
        deaf.say(COOLER, "62 03 b300 8000 b000")
        assert await deaf.hub.silence(of=deaf.network.address)
        assert await deaf.answer(COOLER, "62 02 b300 8000") == "7202b3011a800130"


async def test_other_quirks() -> None:
    async with peer("", group=True) as everybody, living(quirks=["quiet", "nameless", "meek"], unable=[0xBB]) as unit:
        assert await everybody.silence(of=unit.network.address)
        assert await unit.answer(NODE, "62 01 8300") == "52018300"
        assert await unit.answer(COOLER, "62 01 9d00") == "72019d0100"
        assert await unit.answer(COOLER, "61 01 b30163") == "7101b300"
        assert unit.appliance.values()["targetTemperature"] == 26
        assert await unit.answer(COOLER, "62 02 bb00 8000") == "5202bb00800130"
        everything = bytes.fromhex((await unit.answer(COOLER, "62 01 9f00"))[8:])
        assert everything[1 + 0xB] >> 0xB - 8 & 1, "it still stands in the map"


async def test_damaged_frames_are_counted_and_silence_is_silence(unit: Unit) -> None:
    unit.hub.send("10810001", unit.network.address)
    unit.hub.send(b"hello", unit.network.address)
    assert await unit.answer(COOLER, "62 01 8000")
    assert unit.wire.home is not None
    assert unit.wire.home.unread == 2
    unit.network.set(silent=True)
    unit.say(COOLER, "62 01 8000")
    assert await unit.hub.silence(of=unit.network.address)
    unit.network.set(silent=False, twice=1.0)
    assert await unit.answer(COOLER, "62 01 8000") == (await unit.hub.next(of=unit.network.address))[20:]


async def test_leaving_frees_the_port(unit: Unit) -> None:
    where = address()
    for _ in range(3):
        async with living(where=where) as again:
            assert await again.answer(COOLER, "62 01 8000")
    async with peer(where):
        with pytest.raises(OSError, match="in use"):
            async with living(where=where):
                pass
    await asyncio.sleep(0)
    assert unit.wire.port == PORT


@pytest.mark.parametrize(
    ("kind", "facts"), [("uhd-tv", {}), ("air-conditioner", {"class": 0x03B7}), ("presence-sensor", {"class": 0x0011})]
)
def test_what_the_wire_cannot_be_is_a_mistake_in_the_setup(kind: str, facts: dict[str, Any]) -> None:
    with pytest.raises(SetupMistake, match="echonet"):
        Wire(make_appliance(kind, features=()), Network(address()), WireOptions(facts=facts))

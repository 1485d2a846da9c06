"""Finding Gree units, recognising them, and saying why some cannot be used."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from firmware_sim.wires.gree.identity import Identity
from firmware_sim.wires.gree.seal import SHARED_KEYS, hide
from firmware_sim.wires.gree_lan import PORT
from gateway.drivers import table
from gateway.drivers.gree import DRIVER, refusal
from gateway.drivers.gree.letter import Tongue
from gateway.drivers.gree.search import found
from gateway.drivers.spi import Context, Sighting, registration_of
from tests.drivers.units import Search, answering
from tests.kit.addresses import address

Make = Callable[..., Any]
IDENTITY = Identity(mac="f4911e000001", name="bedroom", mid="10001", firmware="V1.60", module="V1.1", key="k" * 16)


def said(version: int = 1, **card: object) -> bytes:
    """Return what a unit answers to a search."""
    letter = IDENTITY.card() | card
    return json.dumps({"t": "pack", "i": 1, "uid": 0, "cid": "", "tcid": "", **hide(version, SHARED_KEYS[version], letter)}).encode()


@pytest.mark.parametrize("version", [1, 2])
async def test_a_unit_asked_directly_is_found_once_recognised_and_opened(context: Context, housing: Make, version: int) -> None:
    async with housing(port=PORT, version=version) as house:
        search = Search(DRIVER, context, unicast=(house.network.address,))
        (sighting,) = await search.all()
        assert (sighting.address, sighting.port, sighting.service) == (house.network.address, PORT, "gree")
        assert (sighting.name, sighting.facts["mac"]) == (house.wire.identity.name, house.wire.identity.mac)
        assert (sighting.facts["mid"], sighting.facts["module"], sighting.facts["version"]) == ("10001", "V1.1", str(version))
        assert search.dropped == []
        assert [where for where, _ in search.asked] == [house.network.address]
        candidate = DRIVER.recognise(sighting)
        assert candidate is not None
        assert (candidate.driver, candidate.key, candidate.kind) == ("gree", house.wire.identity.mac, "air-conditioner")
        assert (candidate.needs, DRIVER.pair) == ((), None)
        async with DRIVER.open(registration_of(candidate), context) as session:
            assert session.describe()[0].kind == "air-conditioner"


async def test_a_dehumidifier_is_found_as_what_it_is(context: Context, housing: Make) -> None:
    async with housing("humidifier", ("DEHUMID", "TMP"), port=PORT) as house:
        (sighting,) = await Search(DRIVER, context, unicast=(house.network.address,)).all()
        candidate = DRIVER.recognise(sighting)
        assert candidate is not None
        assert (candidate.kind, candidate.title) == ("humidifier", "Gree dehumidifier")


async def test_a_broadcast_finds_a_unit_that_hears_it(context: Context, housing: Make) -> None:
    async with housing(port=PORT, broadcast=True, mac="f4911e00beef") as house:
        search = Search(DRIVER, context, interfaces=("127.0.0.1",))
        found = {(each.facts["mac"], each.address, each.interface) for each in await search.all()}
    assert ("f4911e00beef", house.network.address, "127.0.0.1") in found
    assert search.asked[0][0] == "127.0.0.1"


async def test_what_cannot_be_used_is_told_to_the_doctor_with_the_reason(context: Context) -> None:
    answers = {
        address(): (said(mid="50"), "sort 50"),
        address(): (said(version=2, mid="9300"), "sort 9300"),
        address(): (said(mac="", cid=""), "does not say who it is"),
        address(): (said(t="dat"), "not an answer to a search"),
        address(): (b"garbage", "no JSON"),
        address(): (b'{"t":"pack"}', "not a letter"),
        address(): (said()[:-9] + b'AAAAAA"}', "search"),
    }
    units = [await answering(where, PORT, answer) for where, (answer, _) in answers.items()]
    search = Search(DRIVER, context, unicast=tuple(answers))
    sightings = await search.all()
    for transport, unit in units:
        transport.close()
        assert {bytes(asked) for asked in unit.heard} == {b'{"t":"scan"}'}
    assert len(sightings) == 3
    assert [DRIVER.recognise(sighting) for sighting in sightings] == [None] * 3
    told = dict(search.dropped)
    assert set(told) == set(answers)
    for where, (_, words) in answers.items():
        assert words in told[where]


async def test_hosts_and_interfaces_that_do_not_exist_are_told(context: Context) -> None:
    search = Search(DRIVER, context, interfaces=("192.0.2.1", "::1"), unicast=("no.such.host.invalid",))
    assert await search.all() == []
    assert {where for where, _ in search.dropped} == {"192.0.2.1", "no.such.host.invalid"}


SEEN = Sighting(source="broadcast", service="gree", name="bedroom", address="127.0.0.2", facts={"mac": "f4911e000001", "mid": "10001"})


def test_a_candidate_is_known_by_its_radio_not_its_address() -> None:
    one, other = DRIVER.recognise(SEEN), DRIVER.recognise(replace(SEEN, address="127.0.0.3"))
    assert one is not None
    assert other is not None
    assert one.key == other.key == "f4911e000001"


@pytest.mark.parametrize(
    ("sort", "kind"),
    [
        ("0001", "air-conditioner"),
        ("10001", "air-conditioner"),
        ("11f03", "air-conditioner"),
        ("12000", "air-conditioner"),
        ("13000", "air-conditioner"),
        ("15000", "air-conditioner"),
        ("3019", "air-conditioner"),
        ("", "air-conditioner"),
        ("13805", "humidifier"),
        ("13800", "humidifier"),
        ("9300", None),
        ("60", None),
        ("910001", None),
        ("828140", None),
    ],
)
def test_the_sort_a_unit_names_decides_what_it_is(sort: str, kind: str | None) -> None:
    candidate = DRIVER.recognise(replace(SEEN, facts={"mac": "f4911e000001", "mid": sort}))
    assert (candidate.kind if candidate else None) == kind


@pytest.mark.parametrize(
    "sighting",
    [
        replace(SEEN, service="_gree._tcp.local."),
        replace(SEEN, gone=True),
        replace(SEEN, facts={}),
        replace(SEEN, facts={"mac": "²4911e000001", "mid": "10001"}),
        replace(SEEN, facts={"mac": "f4911e0000011", "mid": "10001"}),
        replace(SEEN, facts={"mac": "f4911e000001", "mid": "777"}),
    ],
    ids=range(6),
)
def test_everything_else_is_declined(sighting: Sighting) -> None:
    assert DRIVER.recognise(sighting) is None
    assert sighting.service != "gree" or sighting.gone or refusal(sighting.facts)


def test_a_name_is_no_place_for_anything_but_words() -> None:
    who = found(Tongue().read(said(name="bed\x1b[2Jroom" + "x" * 500, model=7)))
    assert who.name.startswith("bed[2Jroomx")
    assert len(who.name) == 64
    assert "model" not in who.facts
    assert found(Tongue().read(said(name=""))).name == "f4911e000001"


def test_the_table_of_drivers_has_it() -> None:
    assert table.load("gree").open is DRIVER.open
    assert DRIVER.kinds == ("air-conditioner", "humidifier")

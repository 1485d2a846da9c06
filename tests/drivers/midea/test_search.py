"""Finding Midea units, recognising them, and saying why some cannot be used."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from firmware_sim.wires.midea.discovery import identity_of, reply
from gateway.drivers import table
from gateway.drivers.asked import secrets_in
from gateway.drivers.midea import DRIVER, refusal
from gateway.drivers.midea.mapping import FOLDER
from gateway.drivers.midea.reply import PORTS
from gateway.drivers.spi import Context, Sighting, registration_of
from tests.drivers.units import Search, answering

Make = Callable[..., Any]


async def test_a_unit_asked_directly_is_found_once_and_recognised(context: Context, house: Any) -> None:
    search = Search(DRIVER, context, unicast=(house.network.address,))
    (sighting,) = await search.all()
    identity = house.wire.identity
    assert (sighting.address, sighting.port, sighting.service) == (house.network.address, house.wire.port, "midea")
    assert (sighting.facts["id"], sighting.name) == (str(identity.device), identity.name)
    assert identity.serial not in repr(sighting)
    assert search.dropped == []
    assert [where for where, _ in search.asked] == [house.network.address]
    candidate = DRIVER.recognise(sighting)
    assert candidate is not None
    assert (candidate.driver, candidate.key, candidate.kind) == ("midea", str(identity.device), "air-conditioner")
    assert candidate.needs == ()


async def test_what_was_found_can_be_opened(context: Context, house: Any) -> None:
    (sighting,) = await Search(DRIVER, context, unicast=(house.network.address,)).all()
    candidate = DRIVER.recognise(sighting)
    assert candidate is not None
    async with DRIVER.open(registration_of(candidate), context) as session:
        assert session.describe()[0].kind == "air-conditioner"


async def test_a_broadcast_finds_a_unit_that_hears_it(context: Context, housing: Make) -> None:
    async with housing(broadcast=True) as house:
        search = Search(DRIVER, context, interfaces=("127.0.0.1",))
        found = [sighting for sighting in await search.all() if sighting.facts["id"] == str(house.wire.identity.device)]
    assert {(sighting.address, sighting.interface) for sighting in found} >= {(house.network.address, "127.0.0.1")}
    assert search.asked[0][0] == "127.0.0.1"


async def test_units_that_cannot_be_used_are_seen_declined_and_explained(context: Context, street: Callable[[], str]) -> None:
    inner = reply(identity_of("x", 7, None, "ABCD1234"), "127.9.9.9", 6444)
    oddity = reply(replace(identity_of("y", 8, None, "ABCD1234"), appliance=0xF0), "127.9.9.9", 6444)
    answers = {
        street(): (oddity, "type F0"),
        street(): (b"<?xml version='1.0'?><body/>", "version 1"),
        street(): (b"garbage", "not a packet"),
        street(): (inner[:-1] + bytes([inner[-1] ^ 1]), "signature"),
    }
    units = [await answering(where, PORTS[0], answer) for where, (answer, _) in answers.items()]
    search = Search(DRIVER, context, unicast=tuple(answers))
    sightings = await search.all()
    for transport, unit in units:
        transport.close()
        assert unit.heard
    assert [DRIVER.recognise(sighting) for sighting in sightings] == [None]
    told = dict(search.dropped)
    assert set(told) == set(answers)
    for address, (_, words) in answers.items():
        assert words in told[address]


def test_a_unit_of_version_3_asks_for_its_token_and_its_key() -> None:
    candidate = DRIVER.recognise(replace(SEEN, facts=FACTS | {"version": "3"}))
    assert candidate is not None
    assert candidate.needs == ("token", "key")
    assert set(secrets_in(FOLDER)) == set(candidate.needs)


async def test_hosts_and_interfaces_that_do_not_exist_are_told(context: Context) -> None:
    search = Search(DRIVER, context, interfaces=("192.0.2.1", "::1"), unicast=("no.such.host.invalid", "x" * 80))
    assert await search.all() == []
    assert {where for where, _ in search.dropped} == {"192.0.2.1", "no.such.host.invalid", "x" * 80}


FACTS = {"id": "7", "type": "ac", "version": "2"}
SEEN = Sighting(source="broadcast", service="midea", name="net_ac_12AB", address="127.0.0.2", facts=FACTS)


def test_a_candidate_is_known_by_its_number_not_its_address() -> None:
    one, other = DRIVER.recognise(SEEN), DRIVER.recognise(replace(SEEN, address="127.0.0.3"))
    assert one is not None
    assert other is not None
    assert one.key == other.key == "7"


@pytest.mark.parametrize(
    "sighting",
    [
        replace(SEEN, service="_midea._tcp.local."),
        replace(SEEN, gone=True),
        replace(SEEN, facts={}),
        replace(SEEN, facts={"id": "7"}),
        replace(SEEN, facts={"id": "-7", "type": "ac", "version": "2"}),
        replace(SEEN, facts={"id": "²", "type": "ac", "version": "2"}),
        replace(SEEN, facts={"id": "9" * 5000, "type": "ac", "version": "2"}),
        replace(SEEN, facts={"id": "7", "type": "zz", "version": "2"}),
        replace(SEEN, facts={"id": "7", "type": "", "version": "2"}),
        replace(SEEN, facts={"id": "7", "type": "f0", "version": "2"}),
        replace(SEEN, facts={"id": "7", "type": "ac", "version": "4"}),
    ],
    ids=range(11),
)
def test_everything_else_is_declined(sighting: Sighting) -> None:
    assert DRIVER.recognise(sighting) is None
    assert sighting.service != "midea" or sighting.gone or refusal(sighting.facts)


def test_the_table_of_drivers_has_it() -> None:
    assert table.load("midea").open is DRIVER.open
    assert "air-conditioner" in DRIVER.kinds

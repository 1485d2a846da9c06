"""Finding adapters, recognising them, and saying why some cannot be used."""

from contextlib import aclosing

import pytest

from firmware_sim.build import make_appliance
from firmware_sim.network import Network
from firmware_sim.wire import WireOptions
from firmware_sim.wires.daikin_lan import Wire
from gateway.drivers.daikin import DRIVER
from gateway.drivers.daikin.search import read, refusal, search
from gateway.drivers.spi import SearchContext, Sighting, registration_of
from gateway.errors import DeviceFailure, WireError
from tests.drivers.kit import context
from tests.kit.addresses import address

OLD = b"ret=OK,type=aircon,reg=eu,ver=1_2_51,pow=0,name=%4c%69%76%69%6e%67,port=30050,id=me,pw=secret,mac=d0c5d3042e82,adp_mode=run"
NEW = b"ret=OK,type=GPF,cdev=RA,protocol=DGC,reg=eu,ver=2_6_1,mac=24CD8D990000,ssid=DaikinAP54321,name=%53%6c,icon=3,sw_id=1900295D"


def test_an_answer_says_who_it_is_and_nothing_of_its_owner() -> None:
    found = read(OLD, "127.0.0.1")
    assert (found.key, found.name, found.port, found.refusal) == ("D0C5D3042E82", "Living", 80, "")
    assert "secret" not in str(found)


@pytest.mark.parametrize(("told", "port"), [("8080", 8080), ("0", 80), ("65536", 80), ("-1", 80), ("", 80), ("9" * 4000, 80)])
def test_another_port_is_taken_only_where_it_can_be_one(told: str, port: int) -> None:
    assert read(OLD[:60] + b",mac=D0C5D3042E82,http_port=" + told.encode(), "127.0.0.1").port == port


@pytest.mark.parametrize("data", [b"ret=OK,type=aircon", b"ret=NG,mac=D0C5D3042E82", b"ret=OK,mac=127.0.0.1", b"mac=D0C5D3042E82", b"\x00"])
def test_what_is_no_adapter_is_not_used(data: bytes) -> None:
    with pytest.raises(WireError):
        read(data, "127.0.0.1")


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"type": "GPF", "protocol": "DGC", "ver": "2_6_1"}, "program 2.6.1"),
        ({"type": "aircon", "protocol": "DGC"}, "another protocol"),
        ({"type": "GPF"}, "another protocol"),
        ({"type": "aircon", "en_secure": "1"}, "enciphered"),
        ({"type": "heatpump"}, "'heatpump'"),
    ],
)
def test_an_adapter_that_cannot_be_used_is_refused_with_the_reason(facts: dict[str, str], why: str) -> None:
    assert why in (refusal(facts) or "")
    sighting = Sighting(
        source="broadcast", service="daikin", name="x", address="127.0.0.1", port=80, facts={"mac": "D0C5D3042E82", **facts}
    )
    assert DRIVER.recognise(sighting) is None


def test_only_its_own_sightings_are_recognised() -> None:
    facts = {"mac": "D0C5D3042E82", "type": "aircon", "en_secure": "0"}
    ours = Sighting(source="broadcast", service="daikin", name="Living", address="127.0.0.9", port=80, facts=facts)
    candidate = DRIVER.recognise(ours)
    assert candidate is not None
    assert (candidate.key, candidate.title, candidate.needs) == ("D0C5D3042E82", "Daikin air conditioner Living", ())
    assert DRIVER.recognise(Sighting(source="broadcast", service="gree", name="x", facts=facts)) is None
    assert DRIVER.recognise(Sighting(source="broadcast", service="daikin", name="x", facts=facts, gone=True)) is None


@pytest.mark.parametrize(
    ("quirks", "port", "why"), [((), 0, ""), (("new-firmware",), None, "speaks another protocol"), (("secure",), None, "enciphered")]
)
async def test_the_search_finds_a_simulated_one_where_it_is(quirks: tuple[str, ...], port: int | None, why: str) -> None:
    dropped: list[str] = []
    where = address()
    asking = SearchContext(
        interfaces=(),
        unicast=(where,),
        context=context(),
        asked=lambda _at, _what: None,
        dropped=lambda _at, reason: dropped.append(reason),
    )
    appliance = make_appliance("air-conditioner", identifier="found")
    async with Wire(appliance, Network(where), WireOptions(port=port, facts={"quirks": quirks})) as wire:
        async with aclosing(search(asking)) as sightings:  # type: ignore[type-var]
            sighting = await anext(sightings)
        candidate = DRIVER.recognise(sighting)
        if why:
            assert candidate is None
            assert why in dropped[0]
        else:
            assert candidate is not None
            assert (candidate.port, candidate.key) == (wire.port, wire.adapter.mac)
            assert candidate.port not in {None, 80}
            async with DRIVER.open(registration_of(candidate), context()) as session:
                assert session.describe()[0].kind == "air-conditioner"


async def test_one_that_was_updated_after_it_was_accepted_is_refused_with_the_reason() -> None:
    sighting = Sighting(source="broadcast", service="daikin", name="", address="127.0.0.9", port=80, facts={"mac": "D0C5D3042E82"})
    candidate = DRIVER.recognise(sighting)
    assert candidate is not None
    updated = registration_of(candidate).__class__(driver="daikin", key=candidate.key, address="127.0.0.9", facts={"protocol": "DGC"})
    with pytest.raises(DeviceFailure, match="another protocol"):
        async with DRIVER.open(updated, context()):
            pass

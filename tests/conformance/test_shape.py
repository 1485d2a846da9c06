"""What the checks of descriptions and announcements read by: TD 1.1, units, claims, forms, links, packets."""

import asyncio
import socket
import struct
from typing import Any

import orjson
import pytest

from gateway.conformance.claim import Claim, NoClaim
from gateway.conformance.constraint_told import untold
from gateway.conformance.ear import Ear
from gateway.conformance.form_verdict import stray_forms
from gateway.conformance.link_format import links
from gateway.conformance.mdns_packet import PTR, SRV, TXT, A, pairs, question, records
from gateway.conformance.number_verdict import number_mistakes, registered_units
from gateway.conformance.td_verdict import context_mistakes, form_mistakes, form_of, parts, type_mistakes
from gateway.conformance.thing import Thing
from gateway.profile.units import UNITS
from tests.conformance.odd import LIBRARY, light

MODEL = LIBRARY.model("light").document
NAME = "lamp-1._wot._udp.local."


def told(td: dict[str, Any], claim: str = "") -> Thing:
    return Thing.read(orjson.dumps(td), LIBRARY, claim, "coap://192.0.2.7/d/self")


def test_a_description_of_the_standard_has_no_mistakes() -> None:
    td = light("192.0.2.7")
    known = {part.where: part.schema for part in parts(MODEL)}
    assert form_mistakes(td) == context_mistakes(td) == type_mistakes(td) == []
    assert list(number_mistakes(td, known, native=True)) == list(untold(td, MODEL)) == list(stray_forms(told(td))) == []


def test_a_missing_title_is_slight_and_a_schema_that_is_a_number_is_not() -> None:
    td = light("192.0.2.7")
    del td["title"]
    assert form_of(td).mistakes
    assert form_of(td).twisted == ""
    assert form_of(light("192.0.2.7", properties={"power": 5})).twisted


def test_contexts_in_the_other_order_and_schemas_without_a_type_are_named() -> None:
    td = light("192.0.2.7")
    td["@context"] = [td["@context"][1], td["@context"][0]]
    del td["properties"]["power"]["type"]
    assert len(context_mistakes(td)) == 1
    assert type_mistakes(td) == ["properties/power: a schema without `type`"]


def test_the_judges_units_are_the_registered_ones_as_the_profile_has_them() -> None:
    assert registered_units() == UNITS


@pytest.mark.parametrize(
    ("change", "mistake"),
    [
        ({"unit": "percent"}, "no unit"),
        ({"unit": "/"}, "and the kind's is %"),
        ({"maximum": None}, "without maximum"),
        ({"unit": None}, "its unit"),
    ],
)
def test_a_number_says_what_it_is(change: dict[str, Any], mistake: str) -> None:
    td = light("192.0.2.7")
    schema = {**td["properties"]["brightness"], **change}
    td["properties"]["brightness"] = {term: value for term, value in schema.items() if value is not None}
    known = {part.where: part.schema for part in parts(MODEL)}
    assert any(mistake in each for each in number_mistakes(td, known, native=True))


def test_an_own_number_without_limits_is_borne_behind_a_gateway_only() -> None:
    td = light("192.0.2.7")
    td["properties"]["x-acme-count"] = {"type": "number", "forms": [{"href": "coap://192.0.2.7/d/self/p/x-acme-count"}]}
    assert not list(number_mistakes(td, {}, native=False))
    assert list(number_mistakes(td, {part.where: part.schema for part in parts(MODEL)}, native=True))


@pytest.mark.parametrize(
    ("claim", "differs"),
    [("light@1", ""), ("light@1.0.0", ""), ("plug@1", "the claim is plug"), ("light@2", "version 2"), ("light@1+CT", "CT is claimed, and")],
)
def test_a_claim_is_held_against_the_declaration(claim: str, differs: str) -> None:
    found = list(Claim.read(claim).against(told(light("192.0.2.7"))))
    assert any(differs in each for each in found) if differs else found == []


def test_a_claim_that_cannot_be_read_is_said_to_be_none() -> None:
    with pytest.raises(NoClaim, match="plug@1"):
        Claim.read("a plug")


def test_what_is_there_and_not_claimed_is_said_too() -> None:
    td = light("192.0.2.7", **{"hl:features": ["CT"]})
    td["properties"]["colourTemperature"] = MODEL["properties"]["colourTemperature"] | {"forms": td["properties"]["power"]["forms"]}
    found = list(Claim("light", "1", frozenset({"HRS"})).against(told(td)))
    assert {"the device has CT, which is not claimed", "HRS is claimed, and the device has it not"} <= set(found)
    assert "the device has properties/colourTemperature, which is not claimed" in found


def test_a_constraint_that_is_left_out_or_changed_is_named() -> None:
    td = light("192.0.2.7")
    kind = {**MODEL, "hl:constraints": [{"id": "a", "type": "guardRange", "property": "brightness", "minimum": 5}]}
    assert list(untold(td, kind)) == ["hl:constraints lacks a, which applies to it"]
    td["hl:constraints"] = [{"id": "a", "type": "guardRange", "property": "brightness", "minimum": 1}]
    assert "otherwise" in next(untold(td, kind))


def test_a_form_that_leads_elsewhere_is_named() -> None:
    td = light("192.0.2.7")
    td["properties"]["power"]["forms"][0]["href"] = "coap://192.0.2.9/d/self/p/power"
    assert list(stray_forms(told(td))) == ["properties/power: a form leads to coap://192.0.2.9/d/self/p/power"]
    assert "it was read at" in next(stray_forms(told(light("192.0.2.9"))))


def test_links_are_read_with_quoted_commas() -> None:
    found = {link.path: link for link in links('</d/self/td>;rt="wot.thing";ct="432, 50";ep=lamp-1,</d/self/s>;obs;rt="hl.state"')}
    assert found["/d/self/td"].attributes == {"rt": "wot.thing", "ct": "432, 50", "ep": "lamp-1"}
    assert "obs" in found["/d/self/s"].attributes


def record(name: bytes, type_: int, ttl: int, data: bytes) -> bytes:
    return name + struct.pack(">2HIH", type_, 1, ttl, len(data)) + data


def written(name: str) -> bytes:
    return question(name)[12:-4]


def announcement(ttl: int) -> bytes:
    text = b"\x09id=lamp-1\x07h=abcd1"
    service = written("_wot._udp.local.")
    pointed = b"\xc0" + bytes([12 + len(service) + 10])  # to the name the first record points to
    said = [
        record(service, PTR, ttl, written(NAME)),
        record(pointed, SRV, ttl, struct.pack(">3H", 0, 0, 5683) + written("lamp-1.local.")),
        record(written(NAME), TXT, ttl, text),
        record(written("lamp-1.local."), A, ttl, socket.inet_aton("127.0.0.9")),
    ]
    return struct.pack(">6H", 0, 0x8400, 0, len(said), 0, 0) + b"".join(said)


async def test_an_announcement_is_read_and_its_goodbye_is_noticed() -> None:
    ear = Ear()
    ear.datagram_received(announcement(120), ("127.0.0.9", 5353))
    found = ear.instance(NAME)
    assert found is not None
    assert (found.addresses, found.port, found.txt, found.lifetime) == (("127.0.0.9",), 5683, {"id": "lamp-1", "h": "abcd1"}, 120)
    assert not ear.said_goodbye(NAME, 0.0)
    ear.datagram_received(announcement(0), ("127.0.0.9", 5353))
    assert ear.said_goodbye(NAME, 0.0)
    await asyncio.sleep(0)


@pytest.mark.parametrize("cut", range(0, 120, 7))
def test_a_packet_that_ends_too_soon_is_none(cut: int) -> None:
    with pytest.raises(ValueError, match=r"too soon|longer than its message"):
        list(records(announcement(120)[:cut]))


def test_a_name_that_leads_round_in_circles_is_none() -> None:
    with pytest.raises(ValueError, match="circles"):
        list(records(struct.pack(">6H", 0, 0x8400, 0, 1, 0, 0) + b"\xc0\x0c" + struct.pack(">2HIH", PTR, 1, 1, 0)))


def test_the_first_of_a_repeated_key_counts() -> None:
    assert pairs(b"\x03a=1\x03a=2\x01b") == {"a": "1", "b": ""}

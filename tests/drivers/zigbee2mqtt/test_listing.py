"""The list of a bridge's devices: what is a device, and why something is none."""

import json
from typing import Any

import pytest

from gateway.drivers.zigbee2mqtt.bridge import read_state
from gateway.drivers.zigbee2mqtt.listing import LIMIT, Definitions, Listed, Refused, definition_of, listed, unfit
from gateway.errors import WireError
from tests.drivers.zigbee2mqtt.small_broker import row


def read(*rows: Any, definitions: Definitions | None = None) -> list[Listed | Refused]:
    return list(listed(json.dumps(rows).encode(), {} if definitions is None else definitions))


def test_a_device_is_told_apart_by_its_address_on_the_radio() -> None:
    definitions: Definitions = {}
    (found,) = read(row(ieee="0x00158D0001A2B3C4", name="küche/灯", software_build_id="1.2"), definitions=definitions)
    assert isinstance(found, Listed)
    assert (found.ieee, found.name, found.maker, found.model, found.firmware) == ("0x00158d0001a2b3c4", "küche/灯", "Maker", "M1", "1.2")
    assert definition_of(definitions[found.definition])["exposes"][0]["type"] == "switch"


def test_the_coordinator_is_no_device() -> None:
    assert read({"type": "Coordinator", "ieee_address": "0x00124b0000000000", "friendly_name": "Coordinator"}) == []


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (7, "no object"),
        (row(ieee="0x12"), "address on the radio"),
        (row(ieee=None), "address on the radio"),  # type: ignore[arg-type]
        (row(name="a/+/b"), "wildcard"),
        (row(name="bridge/devices"), "bridge's own"),
        (row(name="/a"), "stroke"),
        (row(name=""), "empty"),
        (row(name="a\u0000b"), "cannot be shown"),
        (row(name="x" * 513), "too long"),
        (row(friendly_name=["a"]), "no text"),
        (row(definition=None), "does not know this model"),
        (row(definition={"exposes": {}}), "does not know this model"),
        (row(definition={"exposes": []}), "exposes nothing"),
    ],
)
def test_a_row_that_is_no_device_is_refused_with_the_reason_and_the_next_is_read(wrong: Any, why: str) -> None:
    first, second = read(wrong, row(ieee="0x00158d0000000009"))
    assert isinstance(first, Refused)
    assert why in first.why
    assert isinstance(second, Listed)


def test_of_two_rows_with_one_address_the_first_counts() -> None:
    first, second = read(row(name="a"), row(name="b"))
    assert isinstance(first, Listed)
    assert first.name == "a"
    assert isinstance(second, Refused)
    assert "first in the list counts" in second.why


def test_devices_of_a_model_share_one_definition_without_what_is_only_for_people() -> None:
    definitions: Definitions = {}
    other = row(ieee="0x00158d0000000002")
    other["definition"]["exposes"][0]["features"][0]["description"] = "said otherwise"
    read(row(), other, definitions=definitions)
    assert len(definitions) == 1


@pytest.mark.parametrize(
    ("type", "source", "sleeps"),
    [("EndDevice", "Battery", True), ("EndDevice", "Mains (single phase)", False), ("Router", "Battery", False), ("EndDevice", None, True)],
)
def test_who_sleeps(type: str, source: str | None, sleeps: bool) -> None:
    (found,) = read(row(type=type, power_source=source))
    assert isinstance(found, Listed)
    assert found.sleeps is sleeps


@pytest.mark.parametrize("payload", [b"{}", b"[", b"\xff", b"null", b"[" * 5000, b'"' + b"x" * LIMIT + b'"', b"[" + b"1," * 5000 + b"1]"])
def test_what_is_no_list_is_an_error_of_the_wire(payload: bytes) -> None:
    with pytest.raises(WireError):
        list(listed(payload, {}))


def test_a_definition_that_is_nested_without_end_is_cut() -> None:
    deep: Any = {"name": "x"}
    for _ in range(200):
        deep = {"features": [deep], "type": "composite"}
    (found,) = read(row(definition={"exposes": [deep]}))
    assert isinstance(found, Listed)


@pytest.mark.parametrize(
    ("payload", "there"),
    [
        (b'{"state":"online"}', True),
        (b"online", True),
        (b'{"state":"offline"}', False),
        (b"offline\n", False),
        (b"", None),
        (b"{", None),
        (b'{"state":7}', None),
        (b'{"state":["online"]}', None),
        (b"ON", None),
        (b"x" * 300, None),
        (b"\xff", None),
    ],
)
def test_both_ways_to_say_whether_somebody_is_there(payload: bytes, there: bool | None) -> None:
    assert read_state(payload) is there


def test_names_that_only_begin_like_the_bridges_topics_are_names() -> None:
    assert unfit("bridge-side lamp") == ""
    assert unfit("bridge")

"""What strangers announce is a device or a refusal, soon, and makes the hub speak for nobody else."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.drivers.mqttdiscovery import tasmota
from gateway.drivers.mqttdiscovery.announcement import entities_of
from gateway.drivers.mqttdiscovery.belonging import ENTITIES
from gateway.drivers.mqttdiscovery.device import FEATURES, Device, device_of
from gateway.drivers.mqttdiscovery.ear import entities_in
from gateway.drivers.mqttdiscovery.group import Book, piece_of
from gateway.drivers.mqttdiscovery.template import template_of
from gateway.errors import WireError
from tests.drivers.mqttdiscovery.announced import payload

ODD: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from([None, True, 0, -5, 1.5, "", "a/b", "{{ value }}", "default", "by", "true"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["topic", "a"]), inner, max_size=2),
    max_leaves=3,
)
OPTIONS = [
    "availability",
    "availability_mode",
    "availability_topic",
    "device_class",
    "entity_category",
    "modes",
    "off_delay",
    "options",
    "qos",
    "retain",
    "payload_on",
    "reports_position",
    "schema",
    "state_class",
    "supported_color_modes",
    "unique_id",
    "unit_of_measurement",
    "value_template",
    "color_temp_kelvin",
    "min_temp",
    "temp_step",
    "position_open",
    "speed_range_min",
    "json_attributes_topic",
    "command_template",
    "~",
]
KINDS = ["light", "switch", "sensor", "climate", "cover", "number", "select", "fan", "valve", "event", "lock", "siren", "vacuum", "update"]


def announced(component: str, object: str = "x", **options: Any) -> Device:
    topic, body = f"homeassistant/{component}/{object}/config", payload(**options)
    found = entities_of(topic, body)
    Book().put(piece_of(topic, body, found))
    return device_of(found)


@given(st.sampled_from(KINDS), st.dictionaries(st.sampled_from(OPTIONS), ODD, max_size=4))
def test_an_option_of_any_type_makes_a_device_or_a_refusal(component: str, options: dict[str, Any]) -> None:
    with suppress(WireError):
        announced(component, **{"state_topic": "acme/s", "command_topic": "acme/c", "mode_command_topic": "acme/m"} | options)


@pytest.mark.parametrize(
    ("component", "options"),
    [
        ("switch", {"availability_topic": ["acme/up"]}),
        ("switch", {"entity_category": ["config"]}),
        ("light", {"schema": "default"}),
        ("valve", {"reports_position": "by"}),
    ],
)
def test_an_option_that_is_no_text_or_one_of_our_own_words_is_no_option(component: str, options: dict[str, Any]) -> None:
    with suppress(WireError):
        assert announced(component, command_topic="acme/c", **options).leaves


@given(st.dictionaries(st.sampled_from(["rl", "lt_st", "state", "tp", "fn", "hn", "mac", "dn", "onln", "sw"]), ODD, max_size=4), ODD)
def test_whatever_a_tasmota_unit_says_is_a_device_or_a_refusal(said: dict[str, Any], measured: Any) -> None:
    body = payload(**{"t": "desk", "ft": "%prefix%/%topic%/", "rl": [2, 1, 3]} | said)
    with suppress(WireError):
        tasmota.piece_of("tasmota/discovery/AABBCCDDEEFF/config", body)
        device_of(*tasmota.entities_of({"config": body, "sensors": payload(sn=measured)}))


@pytest.mark.parametrize("topic", ["homeassistant/status", "tasmota/discovery/AABBCCDDEEFF/sensors", "hulian/1/gw/x/set", "$SYS/x", "a/#"])
def test_a_device_is_not_spoken_to_where_the_hub_home_assistant_or_another_device_is_announced(topic: str) -> None:
    with pytest.raises(WireError, match="its topic"):
        announced("button", command_topic=topic)


@pytest.mark.parametrize(("full", "name"), [("hulian/1/%topic%/%prefix%/", "desk"), ("%prefix%/%topic%/", "#"), ("%topic%/", "$SYS")])
def test_a_tasmota_unit_is_not_asked_on_a_topic_that_is_no_units(full: str, name: str) -> None:
    body = payload(t=name, ft=full, mac="AABBCCDDEEFF")
    with pytest.raises(WireError, match="its topic"):
        tasmota.piece_of("tasmota/discovery/AABBCCDDEEFF/config", body)
    with pytest.raises(WireError, match="its topic"):
        tasmota.entities_of({"config": body})


def test_names_a_device_has_no_more_are_forgotten() -> None:
    book = Book()

    def told(object: str, *names: str) -> None:
        topic, body = f"homeassistant/switch/{object}/config", payload(command_topic="acme/c", dev={"ids": names})
        book.put(piece_of(topic, body, entities_of(topic, body)))

    told("a", "one")
    for number in range(5):
        told("b", "one", f"fresh{number}")
    group = book.group("one")
    assert group is not None
    assert group.names == {"one", "fresh4"}
    assert book.group("fresh3") is None
    book.remove("homeassistant/switch/b/config")
    assert (group.names, book.group("fresh4")) == ({"one"}, None)


def test_of_a_device_of_very_many_entities_no_more_are_looked_at_than_it_may_have_leaves() -> None:
    book, parts = Book(), {f"c{number}": {"p": "switch", "cmd_t": "acme/c"} for number in range(128)}
    for number in range(6):
        topic, body = f"homeassistant/device/d{number}/config", payload(dev={"ids": "one"}, cmps=parts)
        group = book.put(piece_of(topic, body, entities_of(topic, body)))
    found, asks = entities_in(group)
    assert len(found) == ENTITIES
    made = device_of(found, asks)
    assert len(made.leaves) == FEATURES
    assert "no more than" in made.reasons[-1]


DOUBLED = "{% set a=[1] %}{% set b=[1] %}" + "{% set a=[a,a] %}{% set b=[b,b] %}" * 60


@pytest.mark.parametrize(
    "source",
    [
        "{{ ['a'*60000]*60000 }}",
        "{{ (['a'*60000]*6000) | to_json }}",
        "{{ ([1]*4000) | join('a'*60000) }}",
        DOUBLED + "{{ a == b }}",
        DOUBLED + "{{ a }}",
        "{% set a=(1,1) %}" + "{% set a=(a,a) %}" * 60 + "{{ {a: 1} }}",
        "{% set a={1: 1} %}" + "{% set a={1: a, 2: a} %}" * 60 + "{{ a | tojson }}",
    ],
)
def test_a_template_that_puts_one_list_into_another_again_and_again_is_given_up(source: str) -> None:
    with pytest.raises(WireError, match="too large"):
        template_of(source).of("x")

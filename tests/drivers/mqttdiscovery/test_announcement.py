"""Reading announcements: both forms, short words, the base topic, what is wrong with one, and how many of them are one device."""

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.drivers.mqttdiscovery.announcement import COMPONENTS, LIMIT, entities_of, place_of
from gateway.drivers.mqttdiscovery.aside import SILENT, reason_to_leave
from gateway.drivers.mqttdiscovery.belonging import key_of, names_of, roots_of
from gateway.drivers.mqttdiscovery.device import device_of
from gateway.drivers.mqttdiscovery.group import Book, piece_of
from gateway.drivers.mqttdiscovery.piece import Piece
from gateway.drivers.mqttdiscovery.reach import Reach, Sign, reach_of
from gateway.drivers.mqttdiscovery.rows import leaves_of
from gateway.errors import WireError
from gateway.faces.homeassistant.choice import Mode
from gateway.faces.homeassistant.messages import gateway_entity, messages, of_gateway
from gateway.protocol.topics import GatewayTopics
from tests.drivers.mqttdiscovery.announced import LAMP, entity, payload

TOPIC = "homeassistant/light/lamp1/light/config"


def piece(topic: str, **options: Any) -> Piece:
    body = payload(**options)
    return piece_of(topic, body, entities_of(topic, body))


def test_short_words_and_the_base_topic_are_written_out() -> None:
    (found,) = entities_of(
        TOPIC,
        payload(
            **{
                "~": "acme/lamp1",
                "stat_t": "~/state",
                "cmd_t": "set/~",
                "avty": [{"t": "~/up", "val_tpl": "{{ value }}"}],
                "pl_on": "1",
                "uniq_id": "u",
            },
            dev={"ids": "lamp1", "mf": "ACME", "cns": [["mac", "02:00"]], "sw": "3"},
            o={"name": "firmware", "sw": "9"},
        ),
    )
    assert found.options["state_topic"] == "acme/lamp1/state"
    assert found.options["command_topic"] == "set/acme/lamp1"
    assert found.options["availability"] == [{"topic": "acme/lamp1/up", "value_template": "{{ value }}"}]
    assert found.options["payload_on"] == "1"
    assert (found.device["manufacturer"], found.device["sw_version"], found.origin, found.unique) == ("ACME", "3", "firmware", "u")
    assert names_of(found) == {"lamp1", "mac 02:00"}


def test_one_announcement_of_a_whole_device_gives_each_component_what_they_share() -> None:
    shared = {"dev": LAMP, "o": {"name": "f"}, "avty_t": "lamp/up", "stat_t": "lamp/s", "qos": 1}
    parts = {
        "relay": {"p": "switch", "cmd_t": "lamp/c", "uniq_id": "r"},
        "warm": {"platform": "sensor", "stat_t": "own/t", "unit_of_meas": "°C"},
        "gone": {"p": "sensor"},
    }
    found = {each.path: each for each in entities_of("homeassistant/device/lamp1/config", payload(**shared, cmps=parts))}
    assert found.keys() == {"switch/lamp1/relay", "sensor/lamp1/warm"}, "a part with nothing but its platform is taken out"
    assert found["switch/lamp1/relay"].options["state_topic"] == "lamp/s"
    assert found["sensor/lamp1/warm"].options["state_topic"] == "own/t"
    assert {each.options["availability_topic"] for each in found.values()} == {"lamp/up"}
    assert all(names_of(each) == {"lamp1"} for each in found.values())


@pytest.mark.parametrize(
    ("topic", "place"),
    [
        ("homeassistant/light/lamp/config", ("light", "lamp")),
        ("homeassistant/light/node-1/lamp_2/config", ("light", "node-1/lamp_2")),
        ("homeassistant/light/lamp/set", None),
        ("homeassistant/light/a/b/c/config", None),
        ("homeassistant/li-ght/x/config", None),
        ("other/light/lamp/config", None),
        ("homeassistant/light/lämp/config", None),
    ],
)
def test_which_topics_are_announcements(topic: str, place: tuple[str, str] | None) -> None:
    assert place_of(topic, "homeassistant") == place


@pytest.mark.parametrize(
    ("topic", "body", "why"),
    [
        (TOPIC, b"garbage", "not JSON"),
        (TOPIC, b"[1]", "not a JSON object"),
        (TOPIC, b"x" * (LIMIT + 1), "bytes"),
        ("homeassistant/device/x/config", b"{}", "no components"),
        ("homeassistant/device/x/config", payload(cmps={str(n): {"p": "switch"} for n in range(COMPONENTS + 1)}), "no components"),
        ("homeassistant/device/x/config", payload(cmps={"a": 3}), "no object"),
        ("homeassistant/device/x/config", payload(cmps={"a": {"stat_t": "s", "cmd_t": "c"}}), "no platform"),
        ("homeassistant/light/x/y/z/config", b"{}", "topic"),
    ],
)
def test_what_cannot_be_read_says_why(topic: str, body: bytes, why: str) -> None:
    with pytest.raises(WireError) as refused:
        entities_of(topic, body)
    assert why in str(refused.value)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "dev",
                        "ids",
                        "cns",
                        "avty",
                        "t",
                        "stat_t",
                        "cmd_t",
                        "o",
                        "name",
                        "~",
                        "p",
                        "cmps",
                        "min",
                        "max",
                        "ops",
                        "val_tpl",
                        "qos",
                        "uniq_id",
                        "schema",
                        "x",
                    ]
                ),
                inner,
                max_size=5,
            )
        ),
        max_leaves=12,
    ),
    st.sampled_from(["light", "switch", "sensor", "climate", "cover", "device", "number", "select", "fan", "valve", "event"]),
)
def test_whatever_stands_in_an_announcement_is_a_device_or_a_refusal(body: Any, component: str) -> None:
    topic = f"homeassistant/{component}/x/config"
    with suppress(WireError):
        found = entities_of(topic, json.dumps(body).encode())
        made = piece_of(topic, b"", found)
        Book().put(made)
        for each in found:
            reason_to_leave(each)
            with suppress(WireError):
                reach_of(each.options)
            with suppress(WireError):
                leaves_of(each)
        device_of(found)


def test_what_hubs_of_this_make_announce_is_left_aside_whatever_they_are_called() -> None:
    own = payload(
        dev={"identifiers": ["hub-1_lamp"]},
        origin={"name": "hulian"},
        components={"a": {"p": "switch", "command_topic": "hulian/1/hub-1/lamp/p/power/set"}},
    )
    (found,) = entities_of("homeassistant/device/lamp/config", own)
    assert reason_to_leave(found) == SILENT
    assert reason_to_leave(entity("switch", state_topic="hulian/1/other-hub/lamp/s")) == SILENT
    assert reason_to_leave(entity("switch", state_topic="s", origin={"name": "Hulian"})) == SILENT
    assert reason_to_leave(entity("switch", state_topic="hulianish/x")) == ""


@pytest.mark.parametrize("mode", ["device", "entity"])
def test_what_our_own_face_announces_is_left_aside(mode: Mode) -> None:
    topics = GatewayTopics("hub-1")
    said = messages(of_gateway(topics), [gateway_entity(topics)], mode=mode, prefix="homeassistant", version="1")
    assert said.payloads
    for topic, body in said.payloads.items():
        for found in entities_of(topic, body):
            assert reason_to_leave(found) == SILENT
            assert reason_to_leave(replace(found, origin="")) == SILENT, "by its topics as well"


def test_zigbee2mqtt_is_left_to_its_own_driver_and_the_doctor_is_told() -> None:
    assert "driver zigbee2mqtt" in reason_to_leave(entity("switch", state_topic="s", dev={"ids": ["zigbee2mqtt_0x01"]}))
    assert "driver zigbee2mqtt" in reason_to_leave(entity("switch", state_topic="s", o={"name": "Zigbee2MQTT"}))
    assert reason_to_leave(entity("switch", state_topic="zigbee2mqtt/x", dev={"ids": ["own"]})) == ""


def test_announcements_in_any_order_are_one_device() -> None:
    pieces = [
        piece("homeassistant/switch/a/config", state_topic="acme/s", command_topic="acme/c", unique_id="a", dev={"ids": ["one"]}),
        piece("homeassistant/sensor/b/config", state_topic="acme/t", unique_id="b", dev={"ids": ["two"], "cns": [["mac", "02"]]}),
        piece("homeassistant/sensor/c/config", state_topic="acme/u", unique_id="c", dev={"ids": ["one"], "cns": [["mac", "02"]]}),
    ]
    for order in (pieces, pieces[::-1], [pieces[1], pieces[2], pieces[0]]):
        book = Book()
        for each in order:
            book.put(each)
        (group,) = book.groups()
        assert group.names == {"one", "two", "mac 02"}
        assert len(group.pieces) == 3
        assert all(book.group(key_of(name)) is group for name in group.names)


def test_a_second_unique_id_is_refused_until_the_first_is_taken_back() -> None:
    book = Book()
    first = piece("homeassistant/switch/a/config", state_topic="acme/s", unique_id="u", dev={"ids": ["one"]})
    second = piece("homeassistant/switch/b/config", state_topic="evil/s", unique_id="u", dev={"ids": ["two"]})
    book.put(first)
    with pytest.raises(WireError, match="homeassistant/switch/a/config already"):
        book.put(second)
    assert book.group("two") is None
    book.put(piece("homeassistant/sensor/b/config", state_topic="other/s", unique_id="u", dev={"ids": ["four"]}))  # of another component
    book.remove(first.topic)
    assert book.put(second) is book.group("two")


def test_who_speaks_elsewhere_is_no_part_of_a_device_and_puts_no_two_together() -> None:
    book = Book()
    book.put(piece("homeassistant/switch/a/config", state_topic="acme/s", dev={"ids": ["one"]}))
    book.put(piece("homeassistant/switch/b/config", state_topic="other/s", dev={"ids": ["two"]}))
    for names in (["one"], ["one", "two"]):
        with pytest.raises(WireError, match="not believed"):
            book.put(piece("homeassistant/switch/e/config", state_topic="evil/s", command_topic="evil/c", dev={"ids": names}))
    assert len(book.groups()) == 2


OWN = piece("homeassistant/switch/a/config", state_topic="acme/s", command_topic="acme/c", unique_id="u", dev={"ids": ["one"]})
HALF = piece("homeassistant/switch/e/config", state_topic="acme/s", command_topic="evil/c", dev={"ids": ["one"]})
EVIL = piece("homeassistant/switch/e/config", state_topic="evil/s", command_topic="evil/c", dev={"ids": ["one"]})
THIEF = piece("homeassistant/switch/e/config", state_topic="evil/s", command_topic="evil/c", unique_id="u", dev={"ids": ["two"]})


@pytest.mark.parametrize("stranger", [HALF, EVIL])
def test_of_an_accepted_device_only_what_lies_wholly_under_its_own_topics_is_believed(stranger: Piece) -> None:
    book = Book()
    book.pin("one", frozenset({"acme"}))
    book.put(OWN)
    for each in (stranger, replace(stranger, topic=OWN.topic)):
        with pytest.raises(WireError, match="taken in"):
            book.put(each)
    (group,) = book.groups()
    assert list(group.pieces.values()) == [OWN]


@pytest.mark.parametrize("stranger", [HALF, EVIL, THIEF])
@pytest.mark.parametrize("pinned", ["first", "between", "last"])
def test_who_is_heard_first_after_a_start_does_not_take_an_accepted_devices_place(stranger: Piece, pinned: str) -> None:
    book = Book()
    steps = {"first": ["pin", stranger, OWN], "between": [stranger, "pin", OWN], "last": [stranger, OWN, "pin"]}
    for step in steps[pinned]:
        with suppress(WireError):
            if isinstance(step, Piece):
                book.put(step)
            else:
                book.pin("one", frozenset({"acme"}))
    group = book.group("one")
    assert group is not None
    assert list(group.pieces.values()) == [OWN]
    book.unpin("one")
    book.put(replace(OWN, roots=frozenset({"moved"})))


def test_what_is_said_anew_takes_the_place_of_what_was_and_may_be_another_device() -> None:
    book = Book()
    topic = "homeassistant/switch/a/config"
    book.put(piece(topic, state_topic="acme/s", unique_id="u", dev={"ids": ["one"]}))
    book.put(piece(topic, state_topic="acme/t", unique_id="v", dev={"ids": ["one"]}))
    (group,) = book.groups()
    assert [each.uniques for each in group.pieces.values()] == [(("switch", "v"),)]
    book.put(piece(topic, state_topic="acme/t", unique_id="v", dev={"ids": ["two"]}))
    assert book.group("one") is None
    assert book.group("two") is not None
    book.put(piece("homeassistant/switch/z/config", state_topic="acme/t", unique_id="u", dev={"ids": ["three"]}))
    assert book.remove("nobody") is None


def test_there_is_an_end_to_what_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.drivers.mqttdiscovery.group.ANNOUNCEMENTS", 2)
    monkeypatch.setattr("gateway.drivers.mqttdiscovery.group.OF_ONE", 1)
    book = Book()
    book.put(piece("homeassistant/switch/a/config", state_topic="a/s", dev={"ids": ["one"]}))
    with pytest.raises(WireError, match="more than 1"):
        book.put(piece("homeassistant/switch/b/config", state_topic="a/s", dev={"ids": ["one"]}))
    book.put(piece("homeassistant/switch/b/config", state_topic="a/s", dev={"ids": ["two"]}))
    with pytest.raises(WireError, match="too many"):
        book.put(piece("homeassistant/switch/c/config", state_topic="a/s", dev={"ids": ["three"]}))
    book.put(piece("homeassistant/switch/b/config", state_topic="a/t", dev={"ids": ["two"]}))


@pytest.mark.parametrize(
    ("options", "roots"),
    [
        ({"state_topic": "acme/lamp/s", "availability_topic": "elsewhere/up"}, {"acme"}),
        ({"state_topic": "stat/tas1/RESULT", "command_topic": "cmnd/tas1/POWER"}, {"tas1"}),
        ({"state_topic": "homeassistant/sensor/x/state"}, {"homeassistant/sensor/x"}),
        ({"availability_topic": "acme/up"}, {"acme"}),
    ],
)
def test_where_a_device_speaks(options: dict[str, str], roots: set[str]) -> None:
    assert roots_of(entity("switch", **options)) == roots


def test_keys_are_names_or_stand_for_odd_ones() -> None:
    assert key_of("lamp1") == "lamp1"
    assert key_of("mac 02:00") == "mac 02:00"
    for odd in ("a/b", "x" * 65, "ä", "a\n", " "):
        assert len(key_of(odd)) == 32


def signs(*topics: str) -> tuple[Sign, ...]:
    return tuple(Sign(topic, None, "up", "down") for topic in topics)


@pytest.mark.parametrize(
    ("mode", "told", "latest", "verdict"),
    [
        ("all", {}, None, None),
        ("all", {0: True}, 0, None),
        ("all", {0: True, 1: True}, 1, True),
        ("all", {0: True, 1: False}, 0, False),
        ("all", {1: False}, 1, False),
        ("any", {}, None, None),
        ("any", {0: False}, 0, None),
        ("any", {0: False, 1: False}, 1, False),
        ("any", {1: True}, 1, True),
        ("latest", {}, None, None),
        ("latest", {0: True, 1: False}, 1, False),
        ("latest", {0: True, 1: False}, 0, True),
        ("latest", {0: True}, None, True),
    ],
)
def test_availability_of_several_topics(mode: str, told: dict[int, bool], latest: int | None, verdict: bool | None) -> None:
    both = signs("a", "b")
    reach = Reach(both, mode)
    assert reach.verdict({both[n]: up for n, up in told.items()}, None if latest is None else both[latest]) is verdict


def test_availability_as_it_is_announced() -> None:
    assert reach_of({}) == Reach()
    assert Reach().verdict({}, None) is True
    single = reach_of(
        {
            "availability_topic": "up",
            "availability_template": "{{ value_json.s }}",
            "payload_available": "yes",
            "payload_not_available": "no",
        }
    )
    (sign,) = single.signs
    assert [sign.told(text) for text in ('{"s":"yes"}', '{"s":"no"}', '{"s":"x"}', "[")] == [True, False, None, None]
    several = reach_of({"availability": [{"topic": "a"}, {"topic": "b", "payload_available": "1"}], "availability_mode": "any"})
    assert several.mode == "any"
    assert [each.there for each in several.signs] == ["online", "1"]
    with pytest.raises(WireError):
        reach_of({"availability_topic": "a/#"})


def test_devices_of_one_model_describe_themselves_alike() -> None:
    def made(name: str) -> Any:
        body = payload(state_topic=f"acme/{name}/s", command_topic=f"acme/{name}/c", device={"identifiers": [name], "manufacturer": "ACME"})
        return device_of(entities_of(f"homeassistant/switch/{name}_relay/config", body))

    assert made("0x01").claim == made("0x02").claim


def test_several_of_a_group_are_endpoints_and_readings_alike_go_by_their_names() -> None:
    device = device_of(
        [
            entity("switch", "relay_1", state_topic="s", command_topic="c"),
            entity("switch", "relay_2", state_topic="s", command_topic="c"),
            entity("sensor", "a", state_topic="t", device_class="temperature", unit_of_measurement="°C", name="Inside"),
            entity("sensor", "b", state_topic="t", device_class="temperature", unit_of_measurement="°C", name="Outside"),
            entity("device_automation", "p1", topic="t", payload="1", type="button_short_press", subtype="b1"),
            entity("device_automation", "p2", topic="t", payload="2", type="button_short_press", subtype="b2"),
        ]
    )
    features = {feature.key: feature for feature in device.claim.features}
    assert {feature.endpoint for feature in features.values() if feature.group == "switch"} == {"relay_1", "relay_2"}
    assert {feature.name for feature in features.values() if not feature.group and not feature.event} == {"temperature", "outside"}
    (action,) = [feature for feature in features.values() if feature.event]
    assert (action.name, action.words) == ("action", ("b1 button_short_press", "b2 button_short_press"))

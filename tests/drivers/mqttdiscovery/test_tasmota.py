"""Tasmota's own announcement, told on in Home Assistant's words."""

import json
from typing import Any

import pytest

from gateway.drivers.mqttdiscovery import tasmota
from gateway.drivers.mqttdiscovery.device import Device, device_of
from gateway.drivers.mqttdiscovery.leaf import Leaf
from gateway.errors import WireError
from tests.drivers.mqttdiscovery.announced import said, told

MAC = "AABBCC112233"
CONFIG = f"tasmota/discovery/{MAC}/config"


def config(**more: Any) -> bytes:
    usual = {
        "dn": "Desk",
        "fn": ["Desk", "Lamp", None],
        "hn": "tas-1",
        "mac": MAC,
        "md": "Plug",
        "ofln": "Away",
        "onln": "There",
        "state": ["off", "on", "TOGGLE", "HOLD"],
        "sw": "14.1",
        "t": "desk",
        "ft": "%prefix%/%topic%/",
        "tp": ["cmnd", "stat", "tele"],
        "rl": [1, 0],
        "lt_st": 0,
    }
    return json.dumps(usual | more).encode()


def device(sensors: dict[str, Any] | None = None, **more: Any) -> Device:
    halves = {"config": config(**more)} | ({"sensors": json.dumps({"sn": sensors}).encode()} if sensors is not None else {})
    return device_of(*tasmota.entities_of(halves))


def leaf(made: Device, key: str) -> Leaf:
    return next(each for each in made.leaves if each.feature.key == key)


def test_a_plug_with_a_meter() -> None:
    made = device(
        {
            "Time": "now",
            "ENERGY": {"TotalStartTime": "then", "Total": 1.5, "Power": 12, "Factor": 0.9, "Current": [0.1, 0.2]},
            "TempUnit": "C",
        }
    )
    relay = leaf(made, "switch/power/state")
    assert {source.topic for source in relay.sources} == {"stat/desk/RESULT", "tele/desk/STATE"}
    assert told(relay, '{"POWER":"on"}') is True
    assert told(relay, '{"POWER":"off"}') is False
    assert told(relay, '{"Dimmer":5}') is None
    assert relay.sink is not None
    assert (relay.sink.topic, said(relay, True)) == ("cmnd/desk/POWER", b"on")
    power = leaf(made, "sensor/energy_power/state")
    assert [source.topic for source in power.sources] == ["tele/desk/SENSOR", "stat/desk/STATUS10"]
    assert told(power, '{"ENERGY":{"Power":12}}') == 12
    assert told(power, '{"StatusSNS":{"ENERGY":{"Power":13}}}') == 13
    assert (power.feature.name, power.feature.unit) == ("power", "W")
    assert told(leaf(made, "sensor/energy_current2/state"), '{"ENERGY":{"Current":[0.1,0.2]}}') == 0.2
    assert leaf(made, "sensor/energy_totalstarttime/state").feature.type == "string"
    assert made.claim.title == "Desk"
    assert made.identity["firmware"] == "14.1"
    (reach,) = made.reaches
    assert [sign.told("There") for sign in reach.signs] == [True]
    assert [sign.told("Away") for sign in reach.signs] == [False]
    assert made.asks == (("cmnd/desk/STATE", ""), ("cmnd/desk/STATUS", "10"))


def test_several_relays_have_numbers_and_names() -> None:
    made = device(rl=[1, 1])
    second = leaf(made, "switch/power2/state")
    assert told(second, '{"POWER2":"on"}') is True
    assert second.feature.title == "Lamp"
    assert {each.feature.endpoint for each in made.leaves} == {"power1", "power2"}


def test_a_lamp_with_colours_and_white() -> None:
    made = device(rl=[2], lt_st=5)
    assert told(leaf(made, "light/power/state"), '{"POWER":"on"}') is True
    assert told(leaf(made, "light/power/brightness"), '{"Dimmer":40}') == 40
    assert said(leaf(made, "light/power/brightness"), 40) == b"40"
    assert told(leaf(made, "light/power/color_temp"), '{"CT":300}') == 300
    colour = leaf(made, "light/power/color_hs.hue")
    assert told(colour, '{"HSBColor":"120,50,80"}') == {"hue": 120, "saturation": 50}
    assert said(colour, {"hue": 120.4, "saturation": 50}) == b"HsbColor1 120;HsbColor2 50"
    assert colour.sink is not None
    assert colour.sink.topic == "cmnd/desk/Backlog"
    assert {each.feature.name for each in device(rl=[2], lt_st=1).leaves} == {"state", "brightness"}
    assert {each.feature.name for each in device(rl=[2], lt_st=2).leaves} == {"state", "brightness", "color_temp"}


def test_a_shutter_has_a_position() -> None:
    made = device(rl=[3, 3])
    position = leaf(made, "cover/shutter1/position")
    assert told(position, '{"Shutter1":{"Position":30,"Direction":0}}') == 30
    assert said(position, 70) == b"70"
    assert not [each for each in made.leaves if each.feature.group == "switch"]


def test_temperatures_come_in_the_units_unit() -> None:
    made = device({"AM2301": {"Temperature": 70, "Humidity": 40, "DewPoint": 50, "Id": "x"}, "TempUnit": "F"})
    assert leaf(made, "sensor/am2301_temperature/state").feature.unit == "°F"
    assert leaf(made, "sensor/am2301_humidity/state").feature.name == "humidity"
    assert leaf(made, "sensor/am2301_dewpoint/state").feature.name == "dew_point"
    assert len([each for each in made.leaves if each.feature.key.startswith("sensor")]) == 3


def test_topics_are_made_as_the_unit_says() -> None:
    made = device(ft="home/%topic%/%prefix%/%id%/", tp=["c", "s", "t"])
    assert leaf(made, "switch/power/state").sink.topic == "home/desk/c/112233/POWER"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("topic", "body", "why"),
    [
        (CONFIG, b"x", "not JSON"),
        (CONFIG, b"[]", "not a JSON object"),
        (CONFIG, b"{}", "on which topics"),
        (CONFIG, json.dumps({"t": 3, "ft": "x"}).encode(), "on which topics"),
        (CONFIG, b"x" * 300_000, "bytes"),
        ("tasmota/discovery/x/config", b"{}", "topic"),
    ],
)
def test_what_is_no_announcement_says_why(topic: str, body: bytes, why: str) -> None:
    with pytest.raises(WireError, match=why):
        tasmota.piece_of(topic, body)


def test_odd_members_do_no_harm() -> None:
    oddities: tuple[dict[str, Any], ...] = ({"rl": [1, "x", 9]}, {"fn": 3}, {"state": 3}, {"tp": []}, {"lt_st": "x", "rl": [2]})
    for odd in oddities:
        assert device(**odd)
    with pytest.raises(WireError):
        device(rl="x")
    assert device({"A": 3, "B": {"x'y": 1, "ok": True, "fine": 2}, "C": None})
    assert tasmota.entities_of({"sensors": b"{}"}) == ((), ())

"""Which kind a device is, which parts it has, and what becomes of features that fit nowhere."""

import json

import pytest

from gateway.drivers.parts.selfdescribed.feature import Category, Feature
from gateway.drivers.parts.selfdescribed.portrait import portrait
from gateway.drivers.parts.selfdescribed.row import Portrait, Section
from gateway.drivers.parts.selfdescribed.standard import standard_of
from gateway.errors import ReadOnly, SchemaViolation
from gateway.profile.library import Library
from gateway.profile.thing_description import thing_id
from gateway.thing.command import Command, Operation
from gateway.thing.description import Relation
from gateway.thing.principal import LOCAL
from tests.drivers.kit import LIBRARY
from tests.drivers.selfdescribed.kit import claim, feature, instance, made, names, parts, told

SWITCH = feature("switch/state", access="rw")
MODES = ("off", "auto", "cool", "heat", "dry", "fan_only")
CLIMATE = (
    feature("climate/mode", "string", access="rw", words=MODES),
    feature("climate/target_temperature", "number", "°C", "rw", minimum=16, maximum=30, step=1),
    feature("climate/current_temperature", "number", "°C"),
    feature("climate/fan_mode", "string", access="rw", words=("auto", "low", "high")),
)


def invoke(name: str, given: object = None) -> Command:
    """Return a call of an action."""
    return Command(id="1", device="d", operation=Operation.INVOKE_ACTION, name=name, input=given, principal=LOCAL)


@pytest.mark.parametrize(
    ("features", "title", "kind"),
    [
        ((SWITCH,), "Smart plug", "plug"),
        ((SWITCH,), "Zigbee in-wall switch", "wall-switch"),
        ((SWITCH,), "Smart water valve", "valve"),
        ((SWITCH, feature("flow", "number", "m³/h")), "", "valve"),
        ((feature("light/state", access="rw"), feature("power", "number", "W")), "", "light"),
        ((feature("cover/position", "number", "%", "rw"),), "", "curtain"),
        ((feature("lock/state", access="rw"),), "", "door-lock"),
        ((feature("fan/state", access="rw"),), "", "fan"),
        (CLIMATE, "", "air-conditioner"),
        (CLIMATE[:3], "", "thermostat"),
        ((feature("climate/system_mode", "string", access="rw", words=("off", "heat")),), "", "thermostat"),
        ((feature("smoke"), feature("battery", "number", "%")), "", "smoke-gas-alarm"),
        ((feature("occupancy"), feature("temperature", "number", "°C")), "", "presence-sensor"),
        ((feature("warning", "object", access="w"),), "", "siren"),
        ((feature("power", "number", "W"), feature("energy", "number", "kWh")), "", "meter"),
        ((feature("contact"),), "", "sensor"),
        ((feature("temperature", "number", "°C"),), "", "sensor"),
        ((feature("action", "string", access="e", words=("single",)),), "", "remote-control"),
    ],
)
def test_the_closest_kind_is_chosen(features: tuple[Feature, ...], title: str, kind: str) -> None:
    drawn = made(*features, title=title)
    assert drawn.kind == kind
    assert drawn.kindless == ""
    for device in parts(drawn):
        instance(device)


def test_an_air_conditioner_whose_range_is_wider_than_the_kind_is_a_thermostat() -> None:
    wide = feature("climate/target_temperature", "number", "°C", "rw", minimum=5, maximum=35)
    assert made(CLIMATE[0], wide, *CLIMATE[2:]).kind == "thermostat"


def test_a_device_no_kind_fits_says_why_and_keeps_what_it_has() -> None:
    drawn = made(feature("flux_capacity", "number", access="rw"), feature("battery", "number", "%", category=Category.DIAGNOSTIC))
    assert drawn.kind == "other-device"
    assert drawn.kindless == "no kind has battery, flux_capacity"
    assert names(drawn.parts[0]) == {"battery", "x-toy-fluxCapacity"}
    assert made().kindless == "it describes nothing"


def test_one_feature_with_off_is_a_switch_and_a_mode() -> None:
    drawn = made(*CLIMATE)
    assert told(drawn, {"climate/mode": "off"}) == {"power": False}
    assert told(drawn, {"climate/mode": "fan_only"}) == {"power": True, "mode": "fan"}
    (device,) = parts(drawn)
    assert device.words({"power": False}, {}) == {"climate/mode": "off"}
    assert device.words({"mode": "dry"}, {}) == {"climate/mode": "dry"}
    assert device.words({"power": True}, {"climate/mode": "heat"}) == {"climate/mode": "heat"}
    assert device.words({"power": True}, {"climate/mode": "off"}) == {"climate/mode": "auto"}
    assert device.words({"power": False, "mode": "cool"}, {}) == {"climate/mode": "off"}


def test_several_features_are_one_colour() -> None:
    drawn = made(
        feature("light/state", access="rw"),
        feature("light/color.x", "number", access="rw"),
        feature("light/color.y", "number", access="rw"),
        feature("light/color.hue", "number", access="rw"),
        feature("light/color.saturation", "number", access="rw"),
    )
    assert drawn.parts[0].features == ("COL",)
    assert told(drawn, {"light/color.x": 0.3, "light/color.y": 0.4}) == {"colour": {"x": 0.3, "y": 0.4}}
    red = told(drawn, {"light/color.hue": 0, "light/color.saturation": 100})["colour"]
    assert (round(red["x"], 2), round(red["y"], 2)) == (0.64, 0.33)  # the red of sRGB
    (device,) = parts(drawn)
    assert device.words({"colour": {"x": 0.3, "y": 0.4}}, {}) == {"light/color.x": 0.3, "light/color.y": 0.4}


def test_a_colour_in_pieces_of_hue_comes_back_as_it_was() -> None:
    drawn = made(
        feature("light/state", access="rw"),
        feature("light/color.hue", "number", access="rw", maximum=360),
        feature("light/color.saturation", "number", access="rw", maximum=100),
    )
    (device,) = parts(drawn)
    for hue, saturation in ((0, 100), (120, 50), (240, 80), (37, 20)):
        shown = told(drawn, {"light/color.hue": hue, "light/color.saturation": saturation})
        asked = device.words(shown, {})
        assert asked["light/color.hue"] == pytest.approx(hue, abs=1)
        assert asked["light/color.saturation"] == pytest.approx(saturation, abs=1)


def test_red_green_and_blue_are_a_colour_too() -> None:
    light = [feature(f"light/color.{each}", "number", access="rw", maximum=255) for each in "rgb"]
    drawn = made(feature("light/state", access="rw"), *light)
    shown = told(drawn, {"light/color.r": 0, "light/color.g": 0, "light/color.b": 255})["colour"]
    assert (round(shown["x"], 2), round(shown["y"], 2)) == (0.15, 0.06)
    asked = parts(drawn)[0].words({"colour": shown}, {})
    assert [round(asked[f"light/color.{each}"]) for each in "rgb"] == [0, 0, 255]


def test_a_piece_of_a_colour_alone_is_the_vendors_own() -> None:
    drawn = made(feature("light/state", access="rw"), feature("light/color.x", "number", access="rw"))
    assert names(drawn.parts[0]) == {"power", "x-toy-colorX"}


def test_a_cover_in_words_opens_closes_and_stops() -> None:
    drawn = made(feature("cover/state", "string", access="rw", words=("OPEN", "CLOSE", "STOP")))
    (device,) = parts(drawn)
    assert told(drawn, {"cover/state": "CLOSE"}) == {"coverState": "closed"}
    assert device.words({"coverState": "open"}, {}) == {"cover/state": "OPEN"}
    assert device.asked(invoke("stop"), {}) == {"cover/state": "STOP"}
    assert device.description.narrowing["position"]["readOnly"] is True


def test_a_lock_is_locked_and_unlocked_by_actions_only() -> None:
    drawn = made(feature("lock/state", access="rw"))
    (device,) = parts(drawn)
    assert told(drawn, {"lock/state": True}) == {"locked": True}
    assert device.asked(invoke("lock"), {}) == {"lock/state": True}
    assert device.asked(invoke("unlock", {"token": "x"}), {}) == {"lock/state": False}
    with pytest.raises(ReadOnly):
        device.words({"locked": False}, {})


def test_words_of_buttons_are_events() -> None:
    drawn = made(feature("action", "string", access="e", words=("single", "1_double", "hold_left", "frobnicate")))
    (device,) = parts(drawn)
    seen = {word: device.happened({"action": word})[0].data for word in ("single", "1_double", "hold_left", "frobnicate")}
    assert seen == {
        "single": {"gesture": "press", "word": "single"},
        "1_double": {"gesture": "double", "button": "1", "word": "1_double"},
        "hold_left": {"gesture": "hold", "button": "left", "word": "hold_left"},
        "frobnicate": {"gesture": "other", "word": "frobnicate"},
    }
    assert device.happened({"action": "unheard"}) == ()
    for data in seen.values():
        instance(device).check_event("buttonAction", data)


def test_what_can_only_be_set_is_an_action() -> None:
    drawn = made(
        feature("light/state", access="rw"),
        feature("effect", "string", access="w", words=("blink", "colorloop")),
        feature("sing", "string", access="w", words=("la", "do")),
    )
    (device,) = parts(drawn)
    assert device.asked(invoke("startEffect", {"effect": "colour-loop"}), {}) == {"effect": "colorloop"}
    assert device.asked(invoke("x-toy-sing", {"value": "la"}), {}) == {"sing": "la"}
    with pytest.raises(SchemaViolation):
        device.asked(invoke("x-toy-sing"), {})


def test_an_object_that_can_only_be_set_is_one_action_with_its_members() -> None:
    inside = {"properties": {"mode": {"type": "string", "enum": ["stop", "burglar"]}, "duration": {"type": "number", "unit": "s"}}}
    drawn = made(feature("warning", "object", access="w", schema=inside))
    (device,) = parts(drawn)
    assert device.asked(invoke("soundAlarm", {"mode": "burglar", "duration": 5}), {}) == {"warning": {"mode": "burglar", "duration": 5}}


def test_two_gangs_are_a_whole_and_two_switches() -> None:
    drawn = made(
        feature("switch/state", access="rw", key="state_left", endpoint="left"),
        feature("switch/state", access="rw", key="state_right", endpoint="right"),
        feature("countdown_left", "number", "s", "rw", minimum=0, maximum=100),
        feature("linkquality", "number", "lqi"),
        title="Two gangs",
    )
    assert [(part.name, part.kind, names(part)) for part in drawn.parts] == [
        ("", "multi-device", {"linkQuality"}),
        ("left", "wall-switch", {"power", "countdown"}),
        ("right", "wall-switch", {"power"}),
    ]
    whole, left, right = (device.description for device in parts(drawn))
    assert [(link.relation, link.thing, link.name) for link in whole.links] == [
        (Relation.ITEM, thing_id(left.id), "left"),
        (Relation.ITEM, thing_id(right.id), "right"),
    ]
    assert left.links[0].relation is Relation.COLLECTION
    assert left.links[0].thing == thing_id(whole.id)


def test_a_fan_with_a_light_is_two_things() -> None:
    drawn = made(feature("fan/state", access="rw"), feature("light/state", access="rw"), feature("child_lock", access="rw"))
    assert [(part.name, part.kind) for part in drawn.parts] == [("", "light"), ("fan", "fan")]


def test_one_endpoint_alone_makes_no_composite() -> None:
    assert len(made(feature("switch/state", access="rw", endpoint="l1")).parts) == 1


def test_probes_at_several_endpoints_are_sensors_of_their_own() -> None:
    drawn = made(*(feature("temperature", "number", "°C", key=f"t{each}", endpoint=each) for each in ("1", "2", "3")))
    assert [part.kind for part in drawn.parts] == ["multi-device", "sensor", "sensor", "sensor"]


def test_what_fits_nowhere_keeps_type_unit_range_words_and_access() -> None:
    drawn = made(
        SWITCH,
        feature("wobble", "number", "°F", "rw", minimum=32, maximum=212),
        feature("mood", "string", words=("good", "bad")),
        feature("list_of_things", "array", schema={"items": {"type": "string"}}),
        feature("deep", "object", access="rw", schema={"properties": {"a": {"type": "number", "minimum": 0}}}),
    )
    properties = drawn.parts[0].additions["properties"]
    assert properties["x-toy-wobble"] == {"title": "Wobble", "type": "number", "unit": "Cel", "minimum": 0, "maximum": 100}
    assert properties["x-toy-mood"]["enum"] == ["good", "bad"]
    assert properties["x-toy-mood"]["readOnly"] is True
    assert properties["x-toy-listOfThings"] == {"title": "List of things", "items": {"type": "string"}, "type": "array", "readOnly": True}
    assert properties["x-toy-deep"]["properties"] == {"a": {"type": "number", "minimum": 0}}
    assert told(drawn, {"wobble": 212}) == {"x-toy-wobble": 100}
    assert parts(drawn)[0].words({"x-toy-wobble": 0}, {}) == {"wobble": 32}


@pytest.mark.parametrize(
    ("tried", "reason"),
    [
        (feature("temperature", "number", "%"), "unit"),
        (feature("temperature", "number"), "unit"),
        (feature("temperature", "string"), "no-word"),
        (feature("co2", "number", "ppm", minimum=0, maximum=100000), "range"),
        (feature("humidity", "number", "%", "rw"), "access"),
        (feature("freezer_temperature", "number", "°C", device_class="temperature"), "no-word"),
        (feature("battery_low", "string", words=("Low", "Empty")), "words"),
        (feature("relay_status", "string", access="rw", words=("off", "power_off", "on")), "words"),
    ],
)
def test_what_does_not_fit_in_meaning_unit_range_words_or_access_is_the_vendors_own(tried: Feature, reason: str) -> None:
    drawn = made(feature("illuminance", "number", "lx"), tried)
    (row,) = [row for row in drawn.parts[0].rows if tried.key in row.keys]
    assert (row.standard, row.reason) == (False, reason)
    assert row.names[0].startswith("x-toy-")


def test_the_second_of_two_that_mean_the_same_is_the_vendors_own() -> None:
    drawn = made(feature("temperature", "number", "°C"), feature("temperature", "number", "°C", key="again"))
    assert [(row.keys, row.names, row.reason) for row in drawn.parts[0].rows] == [
        (("temperature",), ("temperature",), ""),
        (("again",), ("x-toy-temperature",), "taken"),
    ]


def test_a_class_says_enough_where_it_has_one_meaning() -> None:
    drawn = made(feature("air_in_here", "number", "ppm", device_class="carbon_dioxide"), feature("contact"))
    assert names(drawn.parts[0]) == {"co2", "contactOpen"}
    assert told(made(feature("door", device_class="door")), {"door": True}) == {"contactOpen": True}


def test_what_a_kind_lets_one_set_and_the_device_does_not_is_read_only_with_a_reason() -> None:
    drawn = made(feature("light/state"), feature("light/brightness", "number", access="rw", minimum=0, maximum=254))
    assert drawn.parts[0].narrowing["power"] == {"readOnly": True, "hl:reason": "this device only shows it"}
    with pytest.raises(ReadOnly):
        parts(drawn)[0].words({"power": True}, {})
    assert made(SWITCH, title="plug").parts[0].narrowing["feeds"]["readOnly"] is True
    borrowed = made(SWITCH, feature("countdown", "number", "s")).parts[0].additions["properties"]["countdown"]
    assert borrowed["readOnly"] is True
    assert borrowed["hl:reason"] == "this device only shows it"


def test_colour_temperature_is_the_other_way_round_and_so_are_its_ends() -> None:
    light = feature("light/state", access="rw")
    drawn = made(light, feature("light/color_temp", "number", "mired", "rw", minimum=250, maximum=454))
    assert drawn.parts[0].narrowing["colourTemperature"] == {"minimum": 2203, "maximum": 4000}
    assert told(drawn, {"light/color_temp": 454}) == {"colourTemperature": 2203}
    wide = made(light, feature("light/color_temp", "number", "mired", "rw", minimum=50, maximum=1000))
    assert [(row.names, row.reason) for row in wide.parts[0].rows][1:] == [(("x-toy-colorTemp",), "range")]


def test_steps_finer_than_the_standards_are_the_vendors_own() -> None:
    drawn = made(feature("cover/position", "number", "%", "rw", minimum=0, maximum=100, step=0.1))
    assert [(row.names, row.reason) for row in drawn.parts[0].rows] == [(("x-toy-position",), "resolution")]


def test_a_feature_of_a_kind_comes_with_what_it_requires() -> None:
    standard = standard_of(LIBRARY)
    assert standard.with_required("plug", {"LIM"}) == {"LIM", "OVL"}
    assert standard.with_required("plug", set()) == set()


def test_a_number_is_no_yes() -> None:
    assert told(made(feature("contact"), feature("smoke")), {"contact": 1, "smoke": 0}) == {}
    assert told(made(feature("contact", yes="closed")), {"contact": True}) == {"contactOpen": False}


def test_a_range_of_what_is_set_narrows_the_kind_and_one_of_a_sensor_does_not() -> None:
    drawn = made(*CLIMATE)
    assert drawn.parts[0].narrowing["targetTemperature"] == {"maximum": 30}
    drawn = made(feature("temperature", "number", "°C", minimum=0, maximum=40))
    assert drawn.parts[0].narrowing == {}


def test_devices_that_say_the_same_share_one_portrait() -> None:
    first = portrait(claim(SWITCH, title="Smart plug"), LIBRARY)
    assert portrait(claim(SWITCH, title="Kitchen plug"), LIBRARY) is first
    assert portrait(claim(SWITCH, title="Kitchen"), LIBRARY) is not first


def test_the_second_phase_makes_the_one_without_a_letter_the_first() -> None:
    drawn = made(feature("power", "number", "W"), feature("power_phase_b", "number", "W"), feature("energy", "number", "kWh"))
    assert told(drawn, {"power": 5, "power_phase_b": 6}) == {"powerDrawA": 5, "powerDrawB": 6}


def test_the_voltage_of_what_has_a_battery_is_the_batterys() -> None:
    sensor = made(feature("temperature", "number", "°C"), feature("battery", "number", "%"), feature("voltage", "number", "mV"))
    assert told(sensor, {"voltage": 3000}) == {"batteryVoltage": 3}
    assert told(made(SWITCH, feature("voltage", "number", "V")), {"voltage": 230}) == {"voltage": 230}


def test_more_features_than_a_device_may_add_make_further_parts() -> None:
    drawn = made(*(feature(f"odd_{index}", "number") for index in range(600)))
    assert len(drawn.parts) == 3
    keys = [key for part in drawn.parts for row in part.rows for key in row.keys]
    assert sorted(keys) == sorted(f"odd_{index}" for index in range(600))
    for device in parts(drawn):
        instance(device)


def test_every_description_can_travel_as_json() -> None:
    drawn = made(SWITCH, feature("action", "string", access="e", words=("x",)), feature("effect", "string", access="w", words=("a",)))
    for part in drawn.parts:
        assert json.loads(json.dumps(part.additions)).keys() <= {section.value for section in Section}


def test_a_library_at_the_place_of_one_that_is_gone_gets_portraits_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    room = "gateway.drivers.parts.selfdescribed.portrait"
    monkeypatch.setattr(f"{room}._made", lambda _claim, _standard: Portrait(parts=()))
    monkeypatch.setattr(f"{room}.standard_of", lambda _library: None)
    library, made_anew = Library(), claim(feature("contact"))
    monkeypatch.setattr(f"{room}.id", lambda _thing: 1, raising=False)  # as if every library stood where the one before it was
    kept = portrait(made_anew, library)
    assert portrait(made_anew, library) is kept
    assert portrait(made_anew, Library()) is not kept

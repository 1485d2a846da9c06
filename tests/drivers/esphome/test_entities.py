"""What entities say in our words and how they are asked: each row of `entities.yaml`, on simulated nodes and by hand."""

import time
from typing import Any

import pytest

from gateway.drivers.esphome.entity import Entity, entity_of, kinds, object_id
from gateway.drivers.esphome.message import Message
from gateway.drivers.parts.selfdescribed.feature import Category, Claim
from gateway.drivers.parts.selfdescribed.portrait import portrait
from gateway.errors import SchemaViolation
from gateway.thing.value import Value
from tests.drivers.esphome.kit import node, talk
from tests.drivers.kit import LIBRARY, until

ROUNDS: dict[str, tuple[Value, Value]] = {
    "switch/pump/state": (False, True),
    "number/level/state": (12.5, 77.5),
    "select/scene/state": ("reading", "party"),
    "text/note/state": ("hello", "grüße"),
    "date/holiday/state": ("2026-12-25", "2027-01-02"),
    "time/wake/state": ("06:45:00", "07:30:01"),
    "datetime/appointment/state": ("2027-01-15T08:00:00+00:00", "2030-03-17T17:46:40+00:00"),
    "fan/ceiling/state": (True, False),
    "fan/ceiling/speed": (2, 5),
    "fan/ceiling/oscillating": (False, True),
    "fan/ceiling/direction": ("forward", "reverse"),
    "fan/ceiling/preset_mode": (None, "storm"),
    "light/strip/state": (True, False),
    "light/strip/brightness": (50, 25),
    "light/strip/color_temp": (300, 200),
    "light/strip/color.g": (128, 255),
    "light/strip/effect": ("None", "Rainbow"),
    "cover/blind/position": (25, 80),
    "cover/blind/tilt": (50, 10),
    "valve/garden/position": (0, 100),
    "lock/shed/state": (True, False),
    "siren/siren/state": (False, True),
    "media_player/speaker/volume": (50, 20),
    "media_player/speaker/muted": (False, True),
    "climate/zone_1/mode": ("heat", "cool"),
    "climate/zone_1/target_temperature": (21, 24.5),
    "climate/zone_1/preset_mode": ("home", "party"),
    "climate/zone_2/mode": ("off", "heat"),
}
"""Of the node `everything`: what each feature shows, and what it is set to."""
ONLY_SHOWN: dict[str, Value] = {
    "binary_sensor/door/state": True,
    "sensor/pressure/state": 1013.2,
    "text_sensor/weather/state": "fair",
    "climate/zone_1/current_temperature": 19.5,
    "climate/zone_1/fan_mode": "gentle",
    "cover/blind/current_operation": "idle",
    "valve/garden/current_operation": "idle",
    "media_player/speaker/state": "idle",
    "alarm_control_panel/alarm/state": "disarmed",
    "update/firmware/current_version": "1.0",
    "update/firmware/latest_version": "1.1",
    "update/firmware/in_progress": False,
}


async def test_every_feature_shows_what_the_node_has_and_is_set() -> None:
    async with node("light", "everything") as (_, _, where), talk(where) as held:
        await until(lambda: held.told.keys() >= ROUNDS.keys(), "all states")
        assert {name: held.told[name] for name in ONLY_SHOWN} == ONLY_SHOWN
        assert {name: held.told[name] for name in ROUNDS} == {name: was for name, (was, _) in ROUNDS.items()}
        for name, (_, value) in ROUNDS.items():
            await held.node.set({name: value})
            await until(lambda name=name, value=value: held.told[name] == value, f"{name} becomes {value!r}")  # type: ignore[misc]


async def test_colours_go_together_with_those_that_are_not_asked_for() -> None:
    async with node("light", "everything") as (_, _, where), talk(where) as held:
        await held.node.set({"light/strip/color.b": 51})
        await until(lambda: held.told["light/strip/color.b"] == 51, "blue")
        assert (held.told["light/strip/color.r"], held.told["light/strip/color.g"]) == (255, 128)


async def test_several_values_of_one_entity_are_one_command() -> None:
    async with node("light", "everything") as (_, wire, where), talk(where) as held:
        asked: list[str] = []
        obey = wire.node.obey
        wire.node.obey = lambda name, said: (asked.append(name), obey(name, said))[1]  # type: ignore[method-assign,func-returns-value]
        await held.node.set({"climate/zone_1/mode": "cool", "climate/zone_1/target_temperature": 25, "switch/pump/state": True})
        assert sorted(asked) == ["ClimateCommandRequest", "SwitchCommandRequest"]


async def test_buttons_services_and_words_that_are_commands() -> None:
    async with node("light", "everything") as (_, wire, where), talk(where) as held:
        await held.node.set({"button/doorbell/press": True})
        await held.node.set({"service/mixed": {"on": True, "count": -5, "share": 0.5, "codes": [9000, -4500]}})
        await held.node.set({"media_player/speaker/command": "play"})
        await held.node.set({"cover/blind/stop": True, "valve/garden/stop": True})
        await held.node.set({"lock/shed/open": True})
        await held.node.set({"siren/siren/tone": "fire", "siren/siren/duration": 5, "siren/siren/volume": 50, "siren/siren/state": True})
        await until(lambda: held.told["media_player/speaker/state"] == "playing", "it plays")
        button, mixed = wire.node.calls
        assert (button.name, mixed.name) == ("doorbell", "mixed")
        assert mixed.arguments == {"on": True, "count": -5, "share": 0.5, "codes": [9000, -4500]}


async def test_what_has_no_words_is_refused_before_anything_is_said() -> None:
    async with node("light", "everything") as (_, wire, where), talk(where) as held:
        before = repr(wire.node.states())
        wrongs: tuple[dict[str, Value], ...] = (
            {"select/scene/state": "nothing of the kind"},
            {"switch/pump/state": True, "climate/zone_1/mode": "fan_only"},
            {"date/holiday/state": "tomorrow"},
            {"number/level/state": True},
            {"number/level/state": 90.5},
            {"fan/ceiling/speed": 0},
            {"service/mixed": {"on": 1, "count": 1, "share": 1, "codes": []}},
            {"service/mixed": {"on": True, "count": 1, "share": 1, "codes": [True]}},
            {"service/mixed": {"on": True, "count": 1, "share": 1, "codes": [], "more": 1}},
            {"service/mixed": {}},
        )
        for wrong in wrongs:
            with pytest.raises(SchemaViolation):
                await held.node.set(wrong)
        assert repr(wire.node.states()) == before
        assert wire.node.calls == []


async def test_an_event_is_told_when_it_happens() -> None:
    async with node("light", "everything") as (_, wire, where), talk(where) as held:
        assert "event/knob/event" not in held.told
        key = next(entity.key for entity in wire.node.listed if entity.object_id == "knob")
        wire.push("EventResponse", {"key": key, "event_type": "turned"})
        await until(lambda: held.told.get("event/knob/event") == "turned", "the event")


async def test_what_says_that_it_assumes_is_told_apart() -> None:
    async with node("light", "everything") as (_, _, where), talk(where) as held:
        assert {key.split("/")[1] for key in held.node.optimistic} == {"pump", "blind", "shed"}


def listed(kind: str, **fields: Any) -> Entity:
    return entity_of(kind, {"entity": 7, "object_id": "thing", "name": "Thing", **fields})


def feature(entity: Entity, name: str) -> Any:
    return next(leaf.feature for leaf in entity.leaves.values() if leaf.feature.key.endswith(f"/{name}"))


def test_limits_units_and_classes_are_the_nodes() -> None:
    level = feature(listed("number", min_value=-10.0, max_value=90.0, step=0.5, unit_of_measurement="%", device_class="humidity"), "state")
    assert (level.minimum, level.maximum, level.step, level.unit, level.device_class) == (-10, 90, 0.5, "%", "humidity")
    assert (level.type, level.settable, level.readable, level.group, level.name) == ("number", True, True, "", "thing")
    meter = feature(listed("sensor", state_class=2, entity_category=2, unit_of_measurement="kWh"), "state")
    assert (meter.state_class, meter.category, meter.settable) == ("total_increasing", Category.DIAGNOSTIC, False)
    fan = feature(listed("fan", supported_speed_count=6), "speed")
    assert (fan.minimum, fan.maximum, fan.step, fan.type) == (1, 6, 1, "integer")
    climate = listed("climate", supported_modes=[0, 2], visual_min_temperature=16.0, visual_max_temperature=30.0, temperature_unit=1)
    target = feature(climate, "target_temperature")
    assert (target.minimum, target.maximum, target.unit, target.step) == (16, 30, "°F", None)
    assert feature(climate, "mode").words == ("off", "cool")


def test_a_moment_without_a_zone_is_meant_as_the_nodes_are_whatever_the_hubs_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    try:
        asked = listed("datetime").asked({"datetime/thing/state": "2030-03-17T17:46:40"}, {})
        assert asked.fields == {"entity": 7, "epoch_seconds": 1900000000}
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_sensor_has_as_many_decimals_as_it_says_and_none_without_a_reading() -> None:
    sensor = listed("sensor", accuracy_decimals=1)
    assert sensor.read(Message("SensorStateResponse", {"entity": 7, "state": 21.4567})) == {"sensor/thing/state": 21.5}
    assert sensor.read(Message("SensorStateResponse", {"entity": 7, "state": None})) == {"sensor/thing/state": None}
    assert sensor.read(Message("SensorStateResponse", {"entity": 7, "state": 20.0, "missing_state": True})) == {"sensor/thing/state": None}


def test_two_ends_of_a_range_stand_for_one_temperature() -> None:
    climate = listed("climate", supports_two_point_target_temperature=True)
    names = {leaf.feature.name for leaf in climate.leaves.values()}
    assert {"target_temperature_low", "target_temperature_high"} <= names
    assert "target_temperature" not in names
    newer = listed("climate", feature_flags=2 | 8 | 16 | 32)
    names = {leaf.feature.name for leaf in newer.leaves.values()}
    assert {"target_temperature_low", "current_humidity", "target_humidity", "action"} <= names
    assert "target_temperature" not in names
    asked = newer.asked({"climate/thing/target_temperature_high": 26.0}, {})
    assert asked.fields == {"entity": 7, "target_temperature_high": 26.0, "has_target_temperature_high": True}
    assert newer.read(Message("", {"action": 5, "current_humidity": 40.0}))["climate/thing/action"] == "drying"


def test_a_water_heater_names_what_it_means_in_bits() -> None:
    heater = listed("water_heater", supported_modes=[0, 2, 5], min_temperature=30.0, max_temperature=75.0)
    asked = heater.asked({"water_heater/thing/mode": "heat_pump", "water_heater/thing/target_temperature": 55}, {})
    assert asked.fields == {"entity": 7, "mode": 5, "target_temperature": 55.0, "has_fields": 3}
    assert heater.read(Message("", {"mode": 2, "current_temperature": 44.0}))["water_heater/thing/mode"] == "electric"


def test_a_valve_without_a_position_is_open_or_not() -> None:
    valve = listed("valve")
    assert valve.read(Message("", {"position": 1.0, "current_operation": 1})) == {
        "valve/thing/state": True,
        "valve/thing/current_operation": "opening",
    }
    assert valve.read(Message("", {"position": 0.0}))["valve/thing/state"] is False
    assert valve.asked({"valve/thing/state": False}, {}).fields == {"entity": 7, "has_position": True, "position": 0.0}
    cover = feature(listed("cover"), "position")
    assert cover.step == 100
    assert feature(listed("cover", supports_position=True), "position").step is None


@pytest.mark.parametrize(("number", "value"), [(1, True), (2, False), (7, False), (0, None), (3, None), (4, None), (5, None)])
def test_a_lock_is_locked_or_not_or_on_its_way(number: int, value: Value) -> None:
    assert listed("lock").read(Message("", {"state": number}))["lock/thing/state"] is value


@pytest.mark.parametrize(
    ("kind", "name", "number", "word"),
    [
        ("climate", "mode", 1, "heat_cool"),
        ("climate", "mode", 4, "fan_only"),
        ("climate", "mode", 5, "dry"),
        ("climate", "mode", 6, "auto"),
        ("climate", "fan_mode", 6, "middle"),
        ("climate", "fan_mode", 9, "quiet"),
        ("climate", "swing_mode", 1, "both"),
        ("climate", "swing_mode", 2, "vertical"),
        ("climate", "swing_mode", 3, "horizontal"),
        ("climate", "preset_mode", 3, "boost"),
        ("climate", "preset_mode", 5, "eco"),
        ("climate", "preset_mode", 6, "sleep"),
    ],
)
def test_words_of_a_climate_are_the_public_ones(kind: str, name: str, number: int, word: str) -> None:
    offers = {
        "supported_modes": [number],
        "supported_fan_modes": [number],
        "supported_swing_modes": [number],
        "supported_presets": [number],
    }
    entity = listed(kind, **offers)
    field = {"preset_mode": "preset"}.get(name, name)
    assert entity.read(Message("", {field: number}))[f"climate/thing/{name}"] == word
    assert entity.asked({f"climate/thing/{name}": word}, {}).fields == {"entity": 7, field: number, f"has_{field}": True}


def test_a_word_it_does_not_offer_is_told_to_nobody() -> None:
    assert listed("climate", supported_modes=[0, 2]).read(Message("", {"mode": 3}))["climate/thing/mode"] is None


def test_a_password_is_never_told() -> None:
    secret = listed("text", mode=1)
    assert not feature(secret, "state").readable
    assert secret.read(Message("", {"state": "hidden"})) == {}
    assert feature(listed("text", mode=0), "state").readable


def test_names_are_made_fit_to_be_shown() -> None:
    strange = listed("select", name="Mo\x1b[31mde\n", options=["fine", "bad\x07", "", "x" * 65])
    assert feature(strange, "state").title == "Mo[31mde"
    assert feature(strange, "state").words == ("fine",)
    assert object_id({"name": "Wärme & Licht"}) == "w_rme_licht"
    assert object_id({"entity": 255, "name": "\x00"}) == "entity_000000ff"


def test_a_text_with_control_characters_is_told_to_nobody() -> None:
    assert listed("text_sensor").read(Message("", {"state": "a\x1b[0m"})) == {"text_sensor/thing/state": None}


def test_every_kind_has_messages_of_the_library() -> None:
    from aioesphomeapi.core import MESSAGE_TYPE_TO_PROTO  # noqa: PLC0415 - heavy

    known = {message.__name__: {field.name for field in message.DESCRIPTOR.fields} for message in MESSAGE_TYPE_TO_PROTO.values()}
    for kind, spec in kinds().items():
        for name in ("list", "state", "command"):
            assert name not in spec or spec[name] in known, kind
        for name, row in spec["features"].items():
            fields = known[spec.get("state", spec["list"])]
            assert row["shows"] in fields or row["shows"] is False or "form" in row, f"{kind}.{name}"
            if "sets" in row:
                flag = row.get("has", f"has_{row['sets']}")
                assert row["sets"] in known[spec["command"]], f"{kind}.{name}"
                assert row.get("flagless") or "bit" in row or flag in known[spec["command"]], f"{kind}.{name}"
            for sent in row.get("sends", {}).values():
                assert set(sent) <= known[spec["command"]], f"{kind}.{name}"


def test_a_contact_is_open_while_it_is_on_with_a_class_or_without() -> None:
    for device_class in ("", "door"):
        entity = entity_of("binary_sensor", {"object_id": "contact", "key": 1, "name": "Contact", "device_class": device_class})
        (leaf,) = entity.leaves.values()
        claim = Claim(vendor="esphome", features=(leaf.feature,))
        (row,) = portrait(claim, LIBRARY).parts[0].rows
        assert (row.names, row.conversion.told((True,))) == (("contactOpen",), (True,))

"""Every row of the two files beside this one: on a device of that kind the feature is that affordance, both ways."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from gateway.drivers.parts.selfdescribed.feature import Feature
from gateway.thing.command import Command, Operation
from gateway.thing.principal import LOCAL
from tests.drivers.selfdescribed.kit import feature, instance, made, parts, told

FILES = ("meanings.yaml", "meanings-settings.yaml")
ROWS = [row for file in FILES for row in YAML(typ="safe", pure=True).load(Path(__file__).parent / file)]
DEVICES: dict[str, tuple[Feature, ...]] = {
    "sensor": (feature("temperature", "number", "°C"),),
    "plug": (feature("switch/state", access="rw"),),
    "meter": (feature("power", "number", "W"), feature("energy", "number", "kWh")),
    "light": (feature("light/state", access="rw"),),
    "thermostat": (
        feature("climate/system_mode", "string", access="rw", words=("off", "heat")),
        feature("climate/occupied_heating_setpoint", "number", "°C", "rw", minimum=5, maximum=30),
    ),
    "presence-sensor": (feature("presence"),),
    "smoke-gas-alarm": (feature("smoke"),),
    "curtain": (feature("cover/position", "number", "%", "rw"),),
    "door-lock": (feature("lock/state", access="rw"),),
    "siren": (feature("alarm", access="rw"), feature("melody", "string", access="rw", words=("ring1", "ring2"))),
    "fan": (feature("fan/state", access="rw"),),
    "valve": (feature("switch/state", access="rw"), feature("flow", "number", "m³/h")),
}
TITLES = {"plug": "Smart plug"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}-{row[1]}-{row[5]}-{row[6]}")
def test_a_feature_means(row: list[Any]) -> None:
    kind, name, form, unit, access, affordance, raw, value, *rest = row
    more = dict(rest[0]) if rest else {}
    group = more.pop("group", "")
    tried = feature(f"{group}/{name}" if group else name, form, unit, access, **more)
    others = [each for each in DEVICES[kind] if (each.name, each.group) != (tried.name, tried.group)]
    if name == "occupancy":
        others = []
    drawn = made(*others, tried, title=TITLES.get(kind, ""))
    (device,) = parts(drawn)
    assert device.description.kind == kind
    values, _ = device.told({tried.key}, {tried.key: raw}, ())
    assert values.get(affordance) == pytest.approx(value) if isinstance(value, float) else values == {affordance: value}
    instance(device).check_value(affordance, values[affordance])
    if access == "rw":
        asked = device.words({affordance: values[affordance]}, {})
        assert asked[tried.key] == pytest.approx(raw, rel=0.01) if isinstance(raw, int | float) else asked == {tried.key: raw}
        instance(device).check_write({affordance: values[affordance]}, {}, confirmed=True)


def _object(**members: str) -> dict[str, Any]:
    return {"properties": {name: {"type": kind} for name, kind in members.items()}}


LIGHT, SENSOR, PLUG = DEVICES["light"][0], DEVICES["sensor"][0], DEVICES["plug"][0]
SENT = [
    (SENSOR, feature("effect_color", "string", access="w"), "setEffectColours", {"colours": "#ff0000"}, "#ff0000"),
    (LIGHT, feature("gradient_scene", "string", access="w", words=("blossom",)), "showScene", {"scene": "blossom"}, "blossom"),
    (LIGHT, feature("gradient_scale", "number", access="w"), "setGradientScale", {"scale": 2}, 2),
    (LIGHT, feature("gradient_offset", "number", access="w"), "setGradientOffset", {"offset": 3}, 3),
    (SENSOR, feature("silence", "string", access="w", words=("ON",)), "silence", None, "ON"),
    (SENSOR, feature("trigger_selftest", "string", access="w", words=("test",)), "startSelfTest", None, "test"),
    (SENSOR, feature("button/restart", access="w"), "pressButton", None, True),
    (DEVICES["curtain"][0], feature("cover/stop", access="w"), "stop", None, True),
    (
        DEVICES["door-lock"][0],
        feature("pin_code", "object", access="w", schema=_object(user="number", user_enabled="boolean", pin_code="number")),
        "setPinCode",
        {"user": 1, "enabled": True, "code": 1234},
        {"user": 1, "user_enabled": True, "pin_code": 1234},
    ),
    (
        SENSOR,
        feature("squawk", "object", access="w", schema={"properties": {"state": {"type": "string", "enum": ["system_is_armed"]}}}),
        "squawk",
        {"state": "system-is-armed"},
        {"state": "system_is_armed"},
    ),
    (
        PLUG,
        feature(
            "inching_control_set", "object", access="w", schema={"properties": {"inching_time": {"type": "number", "unit": "seconds"}}}
        ),
        "setInching",
        {"time": 5},
        {"inching_time": 5},
    ),
    (
        LIGHT,
        feature("color_options", "object", access="w", schema=_object(execute_if_off="boolean")),
        "setColourOptions",
        {"executeIfOff": True},
        {"execute_if_off": True},
    ),
    (
        DEVICES["thermostat"][0],
        feature("climate/schedule", "object", access="w", schema=_object(dayofweek="array", transitions="array")),
        "setWeekSchedule",
        {"days": [], "transitions": []},
        {"dayofweek": [], "transitions": []},
    ),
]


@pytest.mark.parametrize(("other", "tried", "action", "given", "raw"), SENT, ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_only_set_is_sent_by(other: Feature, tried: Feature, action: str, given: Any, raw: Any) -> None:
    (device,) = parts(made(other, tried))
    command = Command(id="1", device="d", operation=Operation.INVOKE_ACTION, name=action, input=given, principal=LOCAL)
    assert device.asked(command, {}) == {tried.key: raw}
    instance(device).check_input(action, given, {}, confirmed=True)


COOLER = (
    feature("climate/mode", "string", access="rw", words=("off", "heat_cool", "cool", "dry", "fan_only")),
    feature("climate/target_temperature", "number", "°C", "rw", minimum=16, maximum=30),
    feature("climate/fan_mode", "string", access="rw", words=("auto", "low")),
)
TOP = (
    feature("system_mode", "string", access="rw", words=("off", "auto", "cool", "dry")),
    feature("target_temperature", "number", "°C", "rw", minimum=16, maximum=30, step=1),
)
VALVE = feature("valve/state", access="rw")
METER = (feature("energy", "number", "kWh"), feature("power", "number", "W"))
TOGETHER: list[tuple[tuple[Feature, ...], dict[str, Any], dict[str, Any]]] = [
    (COOLER, {"climate/mode": "heat_cool"}, {"power": True, "mode": "auto"}),
    (
        (*COOLER, feature("climate/action", "string", words=("idle", "drying"))),
        {"climate/action": "drying"},
        {"operatingState": "dehumidifying"},
    ),
    (
        (*COOLER, feature("climate/preset_mode", "string", access="rw", words=("eco",))),
        {"climate/preset_mode": "eco"},
        {"targetPreset": "eco"},
    ),
    (
        (*COOLER, feature("climate/swing_mode", "string", access="rw", words=("off", "vertical"))),
        {"climate/swing_mode": "vertical"},
        {"verticalSwing": True},
    ),
    (
        (*COOLER, feature("climate/target_humidity", "number", "%", "rw", minimum=30, maximum=80, step=5)),
        {"climate/target_humidity": 50},
        {"targetHumidity": 50},
    ),
    (
        (*COOLER[:2], feature("climate/fan_mode", "string", access="rw", words=("focus", "low"))),
        {"climate/fan_mode": "low"},
        {"fanSpeed": "low"},
    ),
    (TOP, {"system_mode": "dry", "target_temperature": 20}, {"power": True, "mode": "dry", "targetTemperature": 20}),
    ((TOP[0], TOP[1], feature("state", access="rw")), {"state": True}, {}),
    (
        (TOP[0], feature("target_temperature", "number", "°C", "rw", minimum=16, maximum=30, step=0.1)),
        {"target_temperature": 20.3},
        {"targetTemperature": 20.5},
    ),
    (
        (
            feature("system_mode", "string", access="rw", words=("off", "heat")),
            feature("target_temperature", "number", "°C", "rw", maximum=45),
        ),
        {"system_mode": "heat", "target_temperature": 40},
        {"power": True, "mode": "heat", "targetTemperature": 40},
    ),
    ((feature("climate/state", access="rw"), COOLER[1]), {"climate/state": True}, {"power": True}),
    (
        (feature("climate/occupied_cooling_setpoint", "number", "°C", "rw"),),
        {"climate/occupied_cooling_setpoint": 25},
        {"targetTemperature": 25},
    ),
    ((feature("climate/target_temperature_low", "number", "°C", "rw"),), {"climate/target_temperature_low": 18}, {"targetTemperature": 18}),
    (
        (*DEVICES["thermostat"], feature("climate/local_temperature", "number", "°C"), feature("temperature", "number", "°C")),
        {"temperature": 19, "climate/local_temperature": 20},
        {"temperature": 19, "roomTemperature": 20},
    ),
    ((*DEVICES["thermostat"], feature("position", "number", "%")), {"position": 30}, {"valveOpening": 30}),
    ((VALVE, feature("valve/position", "number", "%", "rw")), {"valve/state": True, "valve/position": 40}, {"open": True, "position": 40}),
    ((VALVE, feature("flow", "number", "m³/h")), {"flow": 3.6}, {"flow": 1}),
    ((VALVE, feature("water_consumed", "number", "m³")), {"water_consumed": 2}, {"volumeTotal": 2000}),
    ((feature("siren/state", access="rw"),), {"siren/state": True}, {"sounding": True}),
    ((*METER, feature("gas", "number", "m³")), {"gas": 3}, {"gasTotal": 3}),
    ((*METER, feature("water_consumed", "number", "L")), {"water_consumed": 1500}, {"waterTotal": 1.5}),
    ((*METER, feature("power_phase_b", "number", "W")), {"power": 1, "power_phase_b": 2}, {"powerDrawA": 1, "powerDrawB": 2}),
    ((*METER, *(feature(f"current{end}", "number", "A") for end in ("", "_phase_b"))), {"current": 1}, {"currentA": 1}),
    ((*METER, *(feature(f"voltage{end}", "number", "V") for end in ("", "_phase_b"))), {"voltage": 229}, {"voltageA": 229}),
    ((*METER, *(feature(f"power_factor{end}", "number") for end in ("", "_phase_b"))), {"power_factor": 1}, {"powerFactorA": 1}),
    (
        (*METER, *(feature(f"power_apparent{end}", "number", "VA") for end in ("", "_phase_b"))),
        {"power_apparent": 1},
        {"apparentPowerA": 1},
    ),
    (
        (*METER, *(feature(f"power_reactive{end}", "number", "VAR") for end in ("", "_phase_b"))),
        {"power_reactive": 1},
        {"reactivePowerA": 1},
    ),
    ((PLUG, feature("state_of_things", "number", "%", device_class="humidity")), {"state_of_things": 40}, {"humidity": 40}),
    (
        (LIGHT, feature("light/level_config", "object", access="rw", schema=_object(on_level="number", execute_if_off="boolean"))),
        {"light/level_config": {"on_level": 5, "execute_if_off": True}},
        {"levelSettings": {"onLevel": 5, "executeIfOff": True}},
    ),
]


@pytest.mark.parametrize(("features", "raws", "values"), TOGETHER, ids=lambda value: "-".join(value) if isinstance(value, dict) else "")
def test_features_together_mean(features: tuple[Feature, ...], raws: dict[str, Any], values: dict[str, Any]) -> None:
    shown = told(made(*features), raws)
    assert values.items() <= shown.items()
    if not values:
        assert not {"power", "mode"} & shown.keys()


def test_a_plain_state_switches_what_has_no_other_switch() -> None:
    drawn = made(feature("state", access="rw"), feature("power", "number", "W"), title="plug")
    assert told(drawn, {"state": True}) == {"power": True}
    plug = made(PLUG, feature("device_temperature", "number", "°C"), feature("temperature", "number", "°C"), title="plug")
    assert told(plug, {"device_temperature": 30, "temperature": 21}) == {"plugTemperature": 30, "temperature": 21}

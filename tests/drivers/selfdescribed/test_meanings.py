"""Every row of `meanings.yaml`: a feature on a device of that kind is that affordance, and this raw value is that value, both ways."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from gateway.drivers.parts.selfdescribed.feature import Feature
from tests.drivers.selfdescribed.kit import feature, instance, made, parts

ROWS = YAML(typ="safe", pure=True).load(Path(__file__).parent / "meanings.yaml")
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


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[1]}-{row[5]}-{row[6]}")
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

"""What opens a home asks a person whatever a device calls it, and what only sounds like something of the standard is not it."""

from typing import Any

import pytest

from gateway.drivers.parts.selfdescribed.feature import Feature
from gateway.thing.command import Command, Operation
from gateway.thing.principal import LOCAL
from tests.drivers.selfdescribed.kit import feature, instance, made, parts, told

LOCK = (feature("lock/state", access="rw"),)
SENSOR = (feature("temperature", "number", "°C"),)


def dangers(*features: Feature) -> dict[str, int]:
    """Return the danger of everything of the vendor's own that can be set, by its name."""
    found: dict[str, int] = {}
    for part in parts(made(*features)):
        known = instance(part)
        found |= {name: each.danger for name, each in known.properties.items() if name.startswith("x-") and not each.read_only}
        found |= {name: each.danger for name, each in known.actions.items() if name.startswith("x-")}
    return found


@pytest.mark.parametrize(
    ("others", "tried"),
    [
        (LOCK, feature("lock/open", access="w")),
        (LOCK, feature("button/anything", access="w")),
        (LOCK, feature("service_mode", access="rw")),
        (SENSOR, feature("unlock_door", "string", access="rw", words=("ON",))),
        (SENSOR, feature("unlockDoor", access="w")),
        (SENSOR, feature("button/unlatch", access="w")),
        (SENSOR, feature("button/x", access="w", title="Garage opener")),
        (SENSOR, feature("state", "string", access="rw", words=("open", "stop", "UNLOCK"))),
        (SENSOR, feature("alarm_control_panel/command", "string", access="w", words=("disarm", "arm_home"))),
        (SENSOR, feature("quickDisarm", access="rw")),
    ],
    ids=lambda value: value.name if isinstance(value, Feature) else "",
)
def test_a_vendors_own_that_opens_something_asks_a_person(others: tuple[Feature, ...], tried: Feature) -> None:
    assert list(dangers(*others, tried).values()) == [2]


def test_what_is_only_shown_or_opens_nothing_asks_nobody() -> None:
    assert dangers(*SENSOR, feature("sun_blocked", access="rw"), feature("unlocked_by", "string"), feature("clock_face", access="rw")) == {
        "x-toy-sunBlocked": 1,
        "x-toy-clockFace": 1,
    }
    assert not dangers(*SENSOR, feature("button/restart", access="w"))


@pytest.mark.parametrize("name", ["auto_lock", "factory_reset"])
def test_what_the_standard_has_of_these_asks_a_person_too(name: str) -> None:
    (device, *_) = parts(made(*LOCK, feature(name, access="rw")))
    assert [each.danger for name, each in instance(device).properties.items() if name in ("autoLock", "factoryReset")] == [2]


@pytest.mark.parametrize(
    ("tried", "private"),
    [
        (feature("last_used_pin_code", "string"), True),
        (feature("admin_code", "string", access="rw"), True),
        (feature("action_code", "number"), True),
        (feature("action_code", "string"), True),
        (feature("device_password_preset", "string", access="rw"), True),
        (feature("room_status_code", "string"), False),
        (feature("spinning", "string"), False),
    ],
    ids=lambda value: f"{value.name}-{value.type}" if isinstance(value, Feature) else "",
)
def test_a_code_or_a_password_is_told_to_an_owner_only(tried: Feature, private: bool) -> None:
    (device,) = parts(made(*SENSOR, tried))
    (found,) = [
        each
        for name, each in instance(device).properties.items()
        if name in {name for row in device.rows for name in row.names if tried.key in row.keys}
    ]
    assert found.private is private


STATE = ("OPEN", "CLOSE", "STOP")
WAYS_IN = {
    "home-assistant-garage": (feature("cover/state", "string", access="rw", words=STATE, device_class="garage"),),
    "home-assistant-gate": (feature("cover/position", "number", "%", "rw", minimum=0, maximum=100, device_class="gate"),),
    "esphome-door": (feature("cover/tilt", "number", "%", "rw", minimum=0, maximum=100, device_class="door"),),
    "a-cover-called-garage": (feature("cover/state", "string", access="rw", words=STATE, title="Garage"),),
    "relay-by-name": (feature("switch/state", access="rw", title="Garage door"),),
    "relay-by-class": (feature("switch/state", access="rw", device_class="garage"),),
    "button": (feature("button/press", access="w", title="Driveway gate"),),
    "gas-by-class": (feature("valve/state", "string", access="rw", words=("OPEN", "CLOSE"), device_class="gas"),),
    "gas-by-name": (feature("gas_valve_state", access="rw"),),
    "tuya-opener": (feature("trigger", access="rw"), feature("garage_door_contact")),
    "tuya-opener-state": (feature("state", access="rw"), feature("garage_door_contact")),
    "light": (feature("switch/state", access="rw", title="大门"),),
}


def settings(*features: Feature, title: str = "") -> dict[str, int]:
    """Return the danger of everything that a feature sets, whoever's it is, by its name."""
    found: dict[str, int] = {}
    for part in parts(made(*features, title=title)):
        known, set_by = instance(part), {name for row in part.rows if row.settable for name in row.names}
        found |= {name: each.danger for name, each in known.properties.items() if name in set_by and not each.read_only}
        found |= {name: each.danger for name, each in known.actions.items() if name in set_by}
    return found


@pytest.mark.parametrize("features", WAYS_IN.values(), ids=WAYS_IN)
def test_a_garage_door_a_gate_or_a_gas_tap_asks_a_person_first(features: tuple[Feature, ...]) -> None:
    found = settings(*features)
    assert {name: danger for name, danger in found.items() if name != "stop"}
    assert {danger for name, danger in found.items() if name != "stop"} == {2}


@pytest.mark.parametrize(
    ("title", "mark"), [("Smart water/gas valve", "switch/state"), ("Garage door opener", "countdown"), ("Gate motor", "cover/toggle")]
)
def test_what_moves_a_device_that_is_called_a_door_asks_too(title: str, mark: str) -> None:
    assert set(settings(feature(mark, access="rw"), feature("indicator", access="rw"), title=title).values()) == {0, 2}
    assert 2 not in settings(feature(mark, access="rw"), title="Water valve").values()


def test_where_a_garage_door_stands_is_shown_as_ever_and_stopping_it_asks_nobody() -> None:
    state, place = WAYS_IN["home-assistant-garage"][0], feature("cover/position", "number", "%", "rw", device_class="garage")
    (device,) = parts(made(state, place))
    known = instance(device)
    assert told(made(state, place), {"cover/position": 40, "cover/state": "OPEN"}).items() >= {("position", 40), ("coverState", "open")}
    assert known.properties["position"].read_only
    assert "asks a person" in known.properties["position"].reason
    assert known.actions["stop"].danger == 0
    opening = Command(id="1", device="", operation=Operation.INVOKE_ACTION, name="x-toy-position", input={"value": 100}, principal=LOCAL)
    assert device.asked(opening, {}) == {"cover/position": 100}


@pytest.mark.parametrize("kind", ["blind", "curtain", "shutter", "window", ""])
def test_a_blind_asks_nobody(kind: str) -> None:
    assert settings(feature("cover/position", "number", "%", "rw", device_class=kind)) == {"position": 0}


METER = (feature("power", "number", "W"), feature("energy", "number", "kWh"))
VALVE = (feature("switch/state", access="rw"), feature("flow", "number", "m³/h"))
HEATER = (feature("climate/system_mode", "string", access="rw", words=("off", "heat")),)


@pytest.mark.parametrize(
    ("features", "raws", "shown"),
    [
        ((*METER, feature("ac_status")), {"ac_status": True}, {"mainsConnected": False}),
        (
            (*HEATER, feature("external_temperature_input", "number", "°C", "rw", minimum=0, maximum=55)),
            {"external_temperature_input": 19},
            {"roomTemperatureInput": 19},
        ),
        (
            (*VALVE, feature("water_consumed", "number", "L"), feature("last_irrigation_duration", "string")),
            {"water_consumed": 12},
            {"x-toy-waterConsumed": 12},
        ),
        (
            (*SENSOR, feature("alarm_mode", "string", access="rw", words=("arm", "silent"))),
            {"alarm_mode": "arm"},
            {"x-toy-alarmMode": "arm"},
        ),
        ((feature("valve/state", "string", access="rw", words=("OPEN", "CLOSE")),), {"valve/state": "OPEN"}, {"open": True}),
        ((*SENSOR, feature("pressure", "number", "bar", title="Water pressure")), {"pressure": 2}, {"x-toy-pressure": 2000}),
        ((*SENSOR, feature("pressure", "number", "kPa", title="Pressure")), {"pressure": 101}, {"pressure": 1010}),
        ((*SENSOR, feature("humidity", "number", "%", title="Soil humidity")), {"humidity": 30}, {"x-toy-humidity": 30}),
        ((*SENSOR, feature("state", "string", words=("idle", "ring", "open"))), {"state": "ring"}, {"x-toy-state": "ring"}),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_feature_lands_on_what_it_means(features: tuple[Feature, ...], raws: dict[str, Any], shown: dict[str, Any]) -> None:
    assert shown.items() <= told(made(*features), raws).items()


COOLER = (
    feature("climate/mode", "string", access="rw", words=("off", "cool", "dry", "fan_only")),
    feature("climate/fan_mode", "string", access="rw", words=("low", "high")),
)


@pytest.mark.parametrize("title", ["Outdoor temperature", "Compressor", "Coil temperature"])
def test_a_temperature_of_somewhere_else_is_not_the_rooms(title: str) -> None:
    shown = told(made(*COOLER, feature("temperature", "number", "°C", title=title, device_class="temperature")), {"temperature": 70})
    assert not {"roomTemperature", "temperature"} & shown.keys()
    assert shown["x-toy-temperature"] == 70
    assert told(made(*COOLER, feature("temperature", "number", "°C", title="Temperature")), {"temperature": 24})["roomTemperature"] == 24


@pytest.mark.parametrize(
    ("name", "title", "affordance"),
    [
        ("energy", "Energy", "energyTotal"),
        ("energy", "Energy today", "x-toy-energy"),
        ("weekly_energy", "Weekly", "x-toy-weeklyEnergy"),
        ("total_daily_energy", "Total Daily Energy", "energyToday"),
        ("energy_today", "", "energyToday"),
        ("energy", "Energy exported", "x-toy-energy"),
    ],
)
def test_energy_of_a_day_or_the_other_way_is_not_the_total(name: str, title: str, affordance: str) -> None:
    drawn = made(METER[0], feature(name, "number", "kWh", title=title, device_class="energy"))
    assert told(drawn, {name: 3})[affordance] == 3


@pytest.mark.parametrize(
    ("name", "unit"), [("window_detection_time", "min"), ("detection_periode", "min"), ("liquid_depth", "m"), ("lifetime_distance", "m")]
)
def test_a_time_in_m_is_one_in_minutes(name: str, unit: str) -> None:
    (part,) = made(*SENSOR, feature(name, "number", "m")).parts
    (schema,) = part.additions["properties"].values()
    assert schema["unit"] == unit

"""Each component's rows: what it tells, what it is asked with, what it is without its options, and what is refused."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from gateway.drivers.mqttdiscovery.rows import leaves_of
from gateway.drivers.parts.sheet import document
from gateway.errors import SchemaViolation, WireError
from tests.drivers.mqttdiscovery.announced import entity, leaves, said, told

T, C = "state_topic", "command_topic"
ROWS: list[Any] = YAML(typ="safe", pure=True).load(Path(__file__).with_name("rows.yaml"))


@pytest.mark.parametrize(("component", "options", "name", "shown", "asked"), ROWS)
def test_each_leaf_tells_and_asks_in_the_devices_words(
    component: str, options: dict[str, Any], name: str, shown: list[list[Any]], asked: list[list[Any]]
) -> None:
    found = leaves(component, **options)
    leaf = found[name if name in found else next(key for key in found if key.startswith(name.replace("_of_rgb", "")))]
    assert [[message, told(leaf, message)] for message, _ in shown] == shown
    assert [[value, said(leaf, value).decode()] for value, _ in asked] == asked
    assert (leaf.sink is not None) == bool(asked) or not asked
    assert leaf.feature.readable == (bool(leaf.sources) or leaf.optimistic)


def test_every_row_of_the_data_is_tried() -> None:
    data = document(Path("gateway/drivers/mqttdiscovery/components.yaml").resolve())
    tried = {(component, name) for component, _, name, _, _ in ROWS}
    missing = []
    for component, row in data.items():
        for name, leaf in row.get("leaves", {}).items():
            plain = component.removesuffix("_json").removesuffix("_position")
            if not {(plain, name), (plain, leaf.get("name", name))} & tried:
                missing.append((component, name))
    assert missing == []


@pytest.mark.parametrize(
    ("component", "options", "why"),
    [
        ("camera", {"topic": "t"}, "pictures"),
        ("image", {"image_topic": "t"}, "pictures"),
        ("device_tracker", {T: "t"}, "where a person is"),
        ("tag", {"topic": "t"}, "tags"),
        ("light", {"schema": "template", T: "t", C: "c", "command_on_template": "x"}, "use `schema: json`"),
        ("toaster", {T: "t"}, "no component that Home Assistant lists"),
        ("switch", {}, "no topic"),
        ("sensor", {T: "t", "value_template": "{% for a in value %}{% endfor %}"}, "'for'"),
        ("sensor", {T: "t", "value_template": 7}, "no text"),
        ("sensor", {T: "hulian/1/hub/x/s"}, "not a device's"),
        ("switch", {T: "t", C: "hulian/1/hub/x/p/power/set"}, "not a device's"),
        ("switch", {T: "t", C: "homeassistant/light/x/config"}, "not a device's"),
        ("sensor", {T: "a/#"}, "not one topic"),
        ("sensor", {T: "$SYS/x"}, "not one topic"),
        ("sensor", {T: ["a", 3]}, "topics is none"),
        ("sensor", {T: "a\0b"}, "topics is none"),
    ],
)
def test_what_is_refused_says_why(component: str, options: dict[str, Any], why: str) -> None:
    with pytest.raises(WireError) as refused:
        leaves_of(entity(component, **options))
    assert why in str(refused.value)


def test_a_leaf_that_is_not_read_is_left_out_and_the_rest_is_taken() -> None:
    found, reasons = leaves_of(
        entity(
            "light",
            command_topic="c",
            state_topic="s",
            brightness_command_topic="b",
            brightness_state_topic="b",
            brightness_value_template="{{ now() }}",
        )
    )
    assert [leaf.feature.name for leaf in found] == ["state"]
    assert "brightness" in reasons[0]
    assert "now" in reasons[0]


@pytest.mark.parametrize("option", [{"code_format": "number"}, {"code_format": "^\\d{4}$"}])
def test_a_lock_that_wants_a_code_is_only_shown(option: dict[str, Any]) -> None:
    assert leaves("lock", state_topic="s", command_topic="c", **option)["state"].sink is None


def test_what_has_no_state_topic_is_assumed_and_what_is_only_pressed_is_nothing() -> None:
    assert leaves("switch", command_topic="c")["state"].optimistic
    assert not leaves("switch", command_topic="c", state_topic="s")["state"].optimistic
    assert not leaves("button", command_topic="c")["press"].feature.readable
    once = [("vacuum", "command"), ("alarm_control_panel", "command"), ("scene", "activate"), ("notify", "state")]
    assert not [name for component, name in once if leaves(component, command_topic="c")[name].optimistic]
    assert not leaves("lawn_mower", dock_command_topic="c")["dock"].optimistic


def test_what_a_feature_says_of_itself() -> None:
    feature = leaves(
        "sensor",
        state_topic="s",
        device_class="carbon_dioxide",
        unit_of_measurement="ppm",
        state_class="measurement",
        entity_category="diagnostic",
        name="Air",
    )["state"].feature
    assert (feature.name, feature.type, feature.unit, feature.device_class, feature.state_class) == (
        "co2",
        "number",
        "ppm",
        "carbon_dioxide",
        "measurement",
    )
    assert feature.category == "diagnostic"
    number = leaves("number", state_topic="s", command_topic="c", min=2, max=8, step=0.5, unit_of_measurement="s", name="Pump delay")[
        "state"
    ].feature
    assert (number.name, number.minimum, number.maximum, number.step, number.unit, number.settable) == ("pump_delay", 2, 8, 0.5, "s", True)
    mode = leaves("climate", mode_state_topic="s", mode_command_topic="c", modes=["off", "heat"])["mode"].feature
    assert (mode.group, mode.words) == ("climate", ("off", "heat"))
    warmth = leaves(
        "light",
        schema="json",
        state_topic="s",
        command_topic="c",
        supported_color_modes=["color_temp"],
        color_temp_kelvin=True,
        min_kelvin=2200,
    )
    kelvin = warmth["color_temp"].feature
    assert (kelvin.name, kelvin.unit, kelvin.minimum, kelvin.maximum) == ("color_temp_kelvin", "K", 2200, 6535)
    assert leaves("climate", temperature_state_topic="s", temperature_unit="F")["target_temperature"].feature.unit == "°F"
    for kind, name in (
        ("moisture", "water_leak"),
        ("door", "contact"),
        ("window", "contact"),
        ("battery", "battery_low"),
        ("smoke", "smoke"),
    ):
        assert leaves("binary_sensor", state_topic="s", device_class=kind)["state"].feature.name == name
    assert leaves("sensor", state_topic="s", device_class="enum", name="Wash phase")["state"].feature.name == "wash_phase"


def test_values_that_cannot_be_said_are_refused() -> None:
    for leaf, value in (
        (leaves("switch", command_topic="c")["state"], "ON"),
        (leaves("button", command_topic="c")["press"], False),
        (leaves("number", command_topic="c")["state"], "7"),
        (leaves("number", command_topic="c")["state"], True),
        (leaves("select", command_topic="c", options=["a"])["state"], "b"),
        (leaves("text", command_topic="c")["state"], 3),
    ):
        with pytest.raises(SchemaViolation):
            said(leaf, value)
    with pytest.raises(SchemaViolation):
        leaves("number", command_topic="c", max=9)["state"].asked({"number/x/state": 10})


@pytest.mark.parametrize(
    ("kind", "name", "about"),
    [
        ("temperature", "Outdoor temperature", "outdoor_temperature"),
        ("temperature", "Bedroom", "temperature"),
        ("energy", "Energy today", "energy_today"),
        ("energy", "Total", "energy"),
        ("carbon_dioxide", "Battery", "co2"),
        (["x"], "Battery", "battery"),
    ],
)
def test_a_name_that_says_whose_a_reading_is_counts_before_its_class(kind: Any, name: str, about: str) -> None:
    assert leaves("sensor", state_topic="s", device_class=kind, name=name)["state"].feature.name == about

"""Writes and actions: what is refused in which state, and what the refusal names."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import CommandError, NeedsConfirmation, ReadOnly, SchemaViolation, StateConflict, Unknown
from gateway.profile.instance import Instance
from gateway.profile.library import Library
from gateway.thing.description import Description

LIBRARY = Library()


def instance(kind: str, *features: str, **more: Any) -> Instance:
    return LIBRARY.model(kind).instance(Description(id="one", kind=kind, features=features, **more))


AIR = instance("air-conditioner", "HEAT", "AUTO", "ECO", "SLP", "AUX", "MTR")
PLUG = instance("plug", "ENR", "OVL", "LIM")
FRIDGE = instance("refrigerator", "MOD", "HOL", "VAR", "MNS")
BOX = instance("set-top-box", "PLB", "RBT")
LIGHT = instance("light", "CT", "COL", "TRN")


def test_a_temperature_is_refused_in_fan_mode_and_the_refusal_names_the_constraint() -> None:
    with pytest.raises(StateConflict) as caught:
        AIR.check_write({"targetTemperature": 24}, {"mode": "fan"})
    assert (caught.value.constraint, caught.value.property) == ("ac-temp-writable", "targetTemperature")


def test_mode_and_temperature_written_together_are_judged_together() -> None:
    AIR.check_write({"mode": "cool", "targetTemperature": 24}, {"mode": "fan"})
    with pytest.raises(StateConflict):
        AIR.check_write({"mode": "dry", "targetTemperature": 24}, {"mode": "cool"})


def test_heating_narrows_the_range_of_a_written_temperature() -> None:
    AIR.check_write({"targetTemperature": 31}, {"mode": "cool"})
    with pytest.raises(SchemaViolation) as caught:
        AIR.check_write({"targetTemperature": 31}, {"mode": "heat"})
    assert caught.value.constraint == "ac-heat-range"
    with pytest.raises(SchemaViolation):
        AIR.check_write({"targetTemperature": 31, "mode": "heat"}, {"mode": "cool"})


def test_changing_to_heating_at_31_degrees_is_the_appliances_business() -> None:
    AIR.check_write({"mode": "heat"}, {"mode": "cool", "targetTemperature": 31})


def test_what_the_appliance_resets_by_itself_is_not_refused() -> None:
    AIR.check_write({"mode": "cool"}, {"mode": "heat", "auxHeat": True})
    AIR.check_write({"eco": True}, {"fanMode": "turbo"})


@pytest.mark.parametrize("values", [{"auxHeat": True}, {"auxHeat": True, "mode": "dry"}, {"eco": True, "fanMode": "turbo"}])
def test_what_contradicts_itself_is_refused_for_nothing_is_left_to_reset(values: dict[str, Any]) -> None:
    with pytest.raises(CommandError) as caught:
        AIR.check_write(values, {"mode": "cool"})
    assert caught.value.constraint in {"ac-aux-needs-heat", "ac-turbo-excl"}


def test_the_restart_guard_never_holds_a_power_write() -> None:
    AIR.check_write({"power": True}, {"power": False, "operatingState": "off"})


def test_a_value_nobody_knows_refuses_nothing() -> None:
    AIR.check_write({"targetTemperature": 24}, {})


def test_a_read_only_property_an_unknown_one_and_an_empty_write_are_refused() -> None:
    with pytest.raises(ReadOnly) as caught:
        AIR.check_write({"power": True, "roomTemperature": 20}, {})
    assert caught.value.property == "roomTemperature"
    with pytest.raises(Unknown):
        AIR.check_write({"verticalSwing": True}, {})
    with pytest.raises(SchemaViolation):
        AIR.check_write({}, {})


@pytest.mark.parametrize("kind", ["refrigerator", "washing-machine", "elder-care", "smoke-gas-alarm", "gateway"])
def test_a_plug_that_feeds_something_protected_asks_before_it_switches_off(kind: str) -> None:
    with pytest.raises(NeedsConfirmation) as caught:
        PLUG.check_write({"power": False}, {"power": True, "feedsKind": kind})
    assert (caught.value.constraint, caught.value.property) == ("plug-protected", "power")
    PLUG.check_write({"power": False}, {"power": True, "feedsKind": kind}, confirmed=True)
    PLUG.check_write({"power": True}, {"power": False, "feedsKind": kind})


def test_a_plug_that_feeds_a_lamp_or_nothing_switches_off_at_once() -> None:
    PLUG.check_write({"power": False}, {"feedsKind": "light"})
    PLUG.check_write({"power": False}, {"feedsKind": "none"})
    PLUG.check_write({"power": False}, {})


def test_denying_the_refrigerator_in_the_same_write_does_not_get_round_the_question() -> None:
    with pytest.raises(NeedsConfirmation):
        PLUG.check_write({"feedsKind": "none", "power": False}, {"feedsKind": "refrigerator"})
    with pytest.raises(NeedsConfirmation):
        PLUG.check_write({"feedsKind": "refrigerator", "power": False}, {"feedsKind": "none"})


def test_the_limit_of_a_10_ampere_plug() -> None:
    PLUG.check_write({"overloadLimit": 3000}, {"ratedCurrent": 16})
    with pytest.raises(SchemaViolation) as caught:
        PLUG.check_write({"overloadLimit": 3000}, {"ratedCurrent": 10})
    assert caught.value.constraint == "plug-limit-10a"


def test_the_variable_zone_is_never_colder_than_the_freezer() -> None:
    FRIDGE.check_write({"variableZoneTarget": -14}, {"freezerTarget": -18})
    for write in ({"variableZoneTarget": -18}, {"freezerTarget": -14}):
        with pytest.raises(SchemaViolation) as caught:
            FRIDGE.check_write(write, {"freezerTarget": -16, "variableZoneTarget": -16})
        assert caught.value.constraint == "fridge-variable-zone"
    FRIDGE.check_write({"fridgeTarget": 4}, {"freezerTarget": -14, "variableZoneTarget": -18})


def test_holiday_mode_holds_the_refrigerator_at_six_or_more() -> None:
    FRIDGE.check_write({"mode": "holiday"}, {"fridgeTarget": 4})
    with pytest.raises(SchemaViolation):
        FRIDGE.check_write({"fridgeTarget": 4}, {"mode": "holiday"})
    FRIDGE.check_write({"fridgeTarget": 4, "mode": "normal"}, {"mode": "holiday"})


def test_a_box_that_is_off_takes_its_power_key_but_no_channel() -> None:
    off = {"power": False}
    BOX.check_input("sendKey", {"key": "power"}, off)
    with pytest.raises(StateConflict):
        BOX.check_write({"channel": 5}, off)
    with pytest.raises(StateConflict):
        BOX.check_input("setChannel", {"number": 5}, off)
    BOX.check_write({"channel": 5, "power": True}, off)
    BOX.check_input("setChannel", {"name": "CCTV-1"}, {"power": True})


@pytest.mark.parametrize("wrong", [None, {}, {"number": 5, "name": "x"}, {"number": -1}, {"name": ""}, {"channel": 5}, 5, "five", []])
def test_a_channel_is_chosen_by_number_or_by_name(wrong: Any) -> None:
    with pytest.raises(SchemaViolation):
        BOX.check_input("setChannel", wrong, {"power": True})


def test_an_action_without_input_takes_none() -> None:
    BOX.check_input("reboot", None, {})
    BOX.check_input("reboot", {}, {})
    with pytest.raises(SchemaViolation):
        BOX.check_input("reboot", {"when": "now"}, {})
    with pytest.raises(Unknown):
        BOX.check_input("selfClean", None, {})


def test_set_comfort_obeys_the_rules_of_the_properties_it_sets() -> None:
    AIR.check_input("setComfort", {"power": True, "mode": "cool", "targetTemperature": 26.5, "fanMode": "low"}, {"mode": "fan"})
    with pytest.raises(StateConflict) as caught:
        AIR.check_input("setComfort", {"targetTemperature": 26}, {"mode": "fan"})
    assert caught.value.constraint == "ac-temp-writable"
    with pytest.raises(SchemaViolation) as wrong:
        AIR.check_input("setComfort", {"targetTemperature": 26.2}, {"mode": "cool"})
    assert wrong.value.property == "targetTemperature"
    with pytest.raises(SchemaViolation):
        AIR.check_input("setComfort", {"eco": True}, {})


def test_set_comfort_is_as_narrow_as_the_device() -> None:
    cold = instance("air-conditioner", narrowing={"targetTemperature": {"minimum": 18, "maximum": 30, "multipleOf": 1}})
    for wrong in ({"mode": "heat"}, {"mode": "auto"}, {"targetTemperature": 17}, {"targetTemperature": 20.5}):
        with pytest.raises(SchemaViolation):
            cold.check_input("setComfort", wrong, {"mode": "cool"})
    cold.check_input("setComfort", {"mode": "cool", "targetTemperature": 18}, {})


def test_the_danger_and_length_of_actions_are_read() -> None:
    assert (BOX.actions["reboot"].danger, BOX.actions["reboot"].long, BOX.actions["reboot"].cancellable) == (1, True, False)
    clean = instance("air-conditioner", "CLN").actions["selfClean"]
    assert (clean.long, clean.cancellable, clean.max_duration) == (True, True, 3600)
    assert AIR.actions["setComfort"].atomic
    assert AIR.properties["targetTemperature"].latency == 2
    pace = AIR.properties["roomTemperature"].report
    assert (pace.min_interval, pace.max_interval, pace.deadband) == (5, 300, 0.2)


def test_a_reported_state_that_breaks_a_constraint_is_named() -> None:
    assert AIR.broken({"power": False, "operatingState": "cooling", "mode": "cool"}) == ("ac-off-state",)
    assert AIR.broken({"power": False, "operatingState": "drying-coil"}) == ()
    assert AIR.broken({"fanMode": "turbo", "sleepMode": "on", "mode": "heat", "targetTemperature": 31}) == (
        "ac-heat-range",
        "ac-turbo-excl",
    )


def test_a_compressor_that_starts_too_early_and_a_meter_that_runs_back_are_named() -> None:
    off, cooling = {"operatingState": "idle"}, {"operatingState": "cooling"}
    assert AIR.skipped(off, cooling, {"operatingState": 60}) == ("ac-restart",)
    assert AIR.skipped(off, cooling, {"operatingState": 180}) == ()
    assert AIR.skipped(cooling, off, {"operatingState": 1}) == ()
    assert AIR.skipped({"energyTotal": 5.0}, {"energyTotal": 4.9}, {}) == ("ac-energy-grows",)
    assert AIR.skipped({"energyTotal": 5.0}, {"energyTotal": 5.0}, {}) == ()


names = st.sampled_from([*AIR.properties, *PLUG.properties, "", "$", "x-acme-y"]) | st.text(max_size=5) | st.integers() | st.none()
things = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["cool", "heat", "turbo", 10**400, "\ud800"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)


@given(
    st.sampled_from([AIR, PLUG, FRIDGE, BOX, LIGHT]),
    st.dictionaries(names, things, max_size=4) | things,
    st.dictionaries(st.sampled_from([*AIR.properties, *PLUG.properties]), things, max_size=5),
    st.booleans(),
)
@settings(max_examples=300)
def test_no_write_however_hostile_raises_anything_but_a_command_error(
    device: Instance, values: Any, state: dict[str, Any], confirmed: bool
) -> None:
    with suppress(CommandError):
        device.check_write(values, state, confirmed=confirmed)
    device.broken(state)
    device.skipped(state, state, {})


@given(st.sampled_from([AIR, PLUG, FRIDGE, BOX, LIGHT]), names, things)
@settings(max_examples=200)
def test_no_action_however_hostile_raises_anything_but_a_command_error(device: Instance, action: Any, value: Any) -> None:
    for name in (action, *device.actions):
        with suppress(CommandError):
            device.check_input(name, value, {})

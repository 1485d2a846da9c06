"""Loads, latches and lamps."""

from collections.abc import Callable

import pytest

from firmware_sim.appliance import Appliance
from firmware_sim.refusal import Refusal

Build = Callable[..., Appliance]


def test_the_plug_measures_what_it_feeds(build: Build) -> None:
    plug = build("plug", seed=4)
    plug.touch({"load": 1000})
    plug.advance(3600)
    assert plug.values()["powerDraw"] == pytest.approx(1000.6, rel=0.01)
    assert plug.values()["current"] == pytest.approx(1000 / 220, abs=0.06)
    plug.write({"power": False})
    plug.advance(5)
    assert plug.values()["powerDraw"] < 1


def test_energy_is_the_integral_of_power_through_changes_of_load(build: Build) -> None:
    plug = build("plug", seed=4)
    before, integral = plug.truth()["energy"], 0.0
    for load in (60, 2000, 300, 0, 1500):
        plug.touch({"load": load})
        for _ in range(600):
            plug.advance(1)
            integral += plug.truth()["watts"] / 3.6e6
    assert plug.truth()["energy"] - before == pytest.approx(integral, rel=0.02)


def test_too_much_load_trips_latches_and_waits_for_the_button(build: Build) -> None:
    plug = build("plug", seed=4)
    plug.touch({"load": 3900})
    plug.advance(4)
    assert plug.values()["power"] is True
    plug.advance(3)
    assert plug.values()["power"] is False
    assert plug.events("overload")[-1].data == {"power": 3900.0, "limit": 3500.0}
    assert plug.values()["faults"][0]["code"] == "MAINS.OVERLOAD"
    assert plug.values()["faults"][0]["latched"] is True
    with pytest.raises(Refusal) as refused:
        plug.write({"power": True})
    assert refused.value.code == "state-conflict"
    plug.mains("off")
    plug.mains("on")
    assert plug.values()["power"] is False
    plug.touch({"load": 100, "button": True})
    assert plug.values()["faults"] == []
    assert plug.values()["power"] is False
    plug.write({"power": True})
    assert plug.values()["power"] is True


def test_a_lower_limit_trips_earlier(build: Build) -> None:
    plug = build("plug", seed=4)
    plug.write({"overloadLimit": 500})
    plug.touch({"load": 600})
    plug.advance(6)
    assert plug.truth()["tripped"] == "MAINS.OVERLOAD"


def test_a_resistive_load_draws_less_when_the_mains_sags(build: Build) -> None:
    plug = build("plug", seed=4)
    plug.touch({"load": 1000})
    plug.mains("sag", 154)
    plug.advance(10)
    assert plug.truth()["watts"] == pytest.approx(1000 * (154 / 220) ** 2, abs=1)
    assert plug.values()["mains"] == "sag"
    assert plug.values()["voltage"] == 154


def test_what_feeds_a_refrigerator_is_switched_off_only_when_confirmed(build: Build) -> None:
    plug = build("plug", seed=4)
    plug.write({"feeds": "fridge-kitchen", "feedsKind": "refrigerator"})
    with pytest.raises(Refusal) as refused:
        plug.write({"power": False})
    assert (refused.value.code, refused.value.constraint) == ("needs-confirm", "plug-protected")
    plug.write({"power": True})
    plug.write({"power": False}, confirmed=True)
    assert plug.values()["power"] is False


@pytest.mark.parametrize(("before", "after"), [("refrigerator", "none"), ("none", "refrigerator")])
def test_the_question_is_not_got_round_by_saying_something_else_in_the_same_write(build: Build, before: str, after: str) -> None:
    plug = build("plug", seed=4)
    plug.write({"feedsKind": before})
    with pytest.raises(Refusal) as refused:
        plug.write({"feedsKind": after, "power": False})
    assert (refused.value.code, refused.value.constraint, refused.value.property) == ("needs-confirm", "plug-protected", "power")
    assert (plug.values()["feedsKind"], plug.values()["power"]) == (before, True)
    plug.write({"feedsKind": after, "power": False}, confirmed=True)
    assert (plug.values()["feedsKind"], plug.values()["power"]) == (after, False)


@pytest.mark.parametrize(
    ("wish", "before", "after"), [("off", True, False), ("on", False, True), ("last", True, True), ("last", False, False)]
)
@pytest.mark.parametrize("kind", ["plug", "light"])
def test_power_on_state_is_honoured(build: Build, kind: str, wish: str, before: bool, after: bool) -> None:
    unit = build(kind, seed=4)
    unit.write({"power": before, "powerOnState": wish})
    unit.mains("off")
    unit.advance(5)
    unit.mains("on")
    unit.advance(1)
    assert unit.values()["power"] is after
    assert unit.events("powerRestored")[-1].data == {"outage": 5.0, "boot": unit.boot}


def test_light_glides_to_what_was_asked_for(build: Build) -> None:
    light = build("light", seed=5)
    light.write({"transition": 4, "brightness": 100, "power": True})
    assert light.values()["brightness"] == 100
    light.advance(2)
    assert 40 < light.truth()["level"] < 60
    light.advance(3)
    assert light.truth()["level"] == pytest.approx(100)
    assert light.truth()["watts"] == pytest.approx(8.8)


def test_light_goes_out_with_the_mains(build: Build) -> None:
    light = build("light", seed=5)
    light.write({"power": True})
    light.advance(2)
    assert light.truth()["lumens"] > 500
    light.mains("off")
    assert light.truth()["lumens"] == 0


def test_identify_blinks_for_as_long_as_asked(build: Build) -> None:
    light = build("light", seed=5)
    assert light.invoke("identify", {"seconds": 5}).last.state == "completed"
    assert light.truth()["identifying"] is True
    light.advance(6)
    assert light.truth()["identifying"] is False
    with pytest.raises(Refusal) as refused:
        light.invoke("identify", {"seconds": 90})
    assert refused.value.code == "schema"


def test_of_colour_and_colour_temperature_the_one_written_last_holds(build: Build) -> None:
    light = build("light", seed=5, features=("CT", "COL", "TRN"))
    light.write({"power": True, "colour": {"x": 0.6, "y": 0.3}})
    assert light.truth()["coloured"] is True
    light.write({"brightness": 40})
    assert light.truth()["coloured"] is True
    light.write({"colourTemperature": 2700})
    assert light.truth()["coloured"] is False

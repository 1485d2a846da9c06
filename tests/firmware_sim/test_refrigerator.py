"""Cold, doors, power cuts."""

from collections.abc import Callable

import pytest

from firmware_sim.appliance import Appliance
from firmware_sim.refusal import Refusal

Build = Callable[..., Appliance]


def settled(build: Build) -> Appliance:
    unit = build("refrigerator", seed=2)
    unit.advance(6 * 3600)
    return unit


def test_both_compartments_stay_near_their_targets(build: Build) -> None:
    unit = settled(build)
    food = []
    for _ in range(48):
        unit.advance(1800)
        food.append((unit.truth()["fridgeFood"], unit.truth()["freezerFood"]))
    assert all(3 < fridge < 5.5 and -19 < freezer < -16.5 for fridge, freezer in food)


def test_the_compressor_cycles_but_not_too_often(build: Build) -> None:
    unit = settled(build)
    before = unit.truth()["compressorStarts"]
    unit.advance(6 * 3600)
    assert 6 <= unit.truth()["compressorStarts"] - before <= 40


def test_a_colder_setting_makes_it_colder(build: Build) -> None:
    unit = settled(build)
    unit.write({"fridgeTarget": 7, "freezerTarget": -22})
    unit.advance(24 * 3600)
    assert unit.truth()["fridgeFood"] > 6
    assert unit.truth()["freezerFood"] < -21


def test_an_open_door_lets_heat_in_is_complained_about_once_and_recovers(build: Build) -> None:
    unit = settled(build)
    before = unit.truth()["fridgeTemperature"]
    unit.touch({"fridgeDoor": True})
    assert unit.values()["doors"] == [{"id": "fridge", "open": True}, {"id": "freezer", "open": False}]
    unit.advance(100)
    assert unit.events("doorAjar") == ()
    unit.advance(500)
    assert unit.truth()["fridgeTemperature"] > before + 5
    assert len(unit.events("doorAjar")) == 1
    assert unit.events("doorAjar")[0].data["door"] == "fridge"
    assert 120 <= unit.events("doorAjar")[0].data["open"] <= 160
    assert [fault["code"] for fault in unit.values()["faults"]] == ["DOOR.LEFT-OPEN"]
    unit.touch({"fridgeDoor": False})
    assert unit.values()["faults"] == []
    unit.advance(3 * 3600)
    assert unit.truth()["fridgeTemperature"] < before + 2


def test_a_power_cut_warms_the_food_and_is_owned_up_to(build: Build) -> None:
    unit = settled(build)
    boot = unit.boot
    unit.mains("off")
    unit.advance(14 * 3600)
    warm = unit.truth()["fridgeTemperature"]
    assert warm > 10.5
    unit.mains("on")
    unit.advance(1)
    assert unit.boot == boot + 1
    assert unit.events("powerRestored")[-1].data == {"outage": 14 * 3600.0, "boot": boot + 1}
    told = unit.events("powerLossWarm")[-1].data
    assert told["fridge"] == pytest.approx(warm, abs=0.2)
    assert told["outage"] == 14 * 3600
    assert "THERMAL.FOOD-WARM" in [fault["code"] for fault in unit.values()["faults"]]


def test_a_short_cut_warms_nothing(build: Build) -> None:
    unit = settled(build)
    unit.mains("off")
    unit.advance(600)
    unit.mains("on")
    unit.advance(1)
    assert unit.events("powerLossWarm") == ()


def test_holiday_mode_draws_the_setting_up_and_refuses_a_colder_one(build: Build) -> None:
    unit = build("refrigerator", seed=2)
    unit.write({"mode": "holiday"})
    assert unit.values()["fridgeTarget"] == 6
    with pytest.raises(Refusal) as refused:
        unit.write({"fridgeTarget": 4})
    assert (refused.value.code, refused.value.constraint) == ("schema", "fridge-holiday")


def test_quick_freezing_ends_by_itself_within_26_hours(build: Build) -> None:
    unit = settled(build)
    unit.write({"mode": "quick-freeze"})
    unit.advance(25 * 3600)
    assert unit.values()["mode"] == "quick-freeze"
    assert unit.truth()["freezerFood"] < -24
    unit.advance(2 * 3600)
    assert unit.values()["mode"] == "normal"


def test_it_defrosts_after_hours_of_running(build: Build) -> None:
    unit = settled(build)
    seen = False
    for _ in range(24 * 12):
        unit.advance(300)
        seen = seen or unit.truth()["defrosting"]
    assert seen
    assert unit.truth()["freezerFood"] < -16


def test_nobody_can_switch_it_off_from_afar(build: Build) -> None:
    with pytest.raises(Refusal) as refused:
        build("refrigerator").write({"power": False})
    assert refused.value.code == "unknown"


def test_locked_buttons_refuse_hands_but_not_the_home(build: Build) -> None:
    unit = build("refrigerator", seed=2)
    unit.touch({"childLock": True})
    with pytest.raises(Refusal, match="locked"):
        unit.touch({"fridgeTarget": 3})
    unit.write({"fridgeTarget": 3})
    assert unit.values()["fridgeTarget"] == 3


def test_a_variable_zone_is_a_compartment_with_a_door_and_a_temperature_of_its_own(build: Build) -> None:
    unit = build("refrigerator", seed=2, features=("VAR", "AMB", "MTR"))
    assert [door["id"] for door in unit.values()["doors"]] == ["fridge", "freezer", "variable"]
    for target in (3, -15):
        unit.write({"variableZoneTarget": target})
        unit.advance(12 * 3600)
        zone = []
        for _ in range(24):
            unit.advance(600)
            zone.append(unit.values()["variableZoneTemperature"])
        assert sum(zone) / len(zone) == pytest.approx(target, abs=1.2)
    assert 3 < unit.truth()["fridgeFood"] < 5.5
    unit.touch({"variableDoor": True})
    unit.advance(600)
    assert unit.events("doorAjar")[-1].data["door"] == "variable"


def test_one_without_a_variable_zone_has_no_such_door(build: Build) -> None:
    unit = build("refrigerator", seed=2)
    assert "variableZoneTemperature" not in unit.values()
    with pytest.raises(Refusal, match="no variable compartment"):
        unit.touch({"variableDoor": True})


def test_the_ice_maker_turns_water_into_ice_until_the_tank_is_empty(build: Build) -> None:
    unit = build("refrigerator", seed=2, features=("ICE", "MTR"))
    unit.touch({"iceWater": 0.35})
    unit.advance(4 * 3600)
    assert (unit.truth()["ice"], unit.values()["iceTank"]) == (0, "ok")
    unit.write({"iceMaker": "on"})
    unit.advance(8 * 3600)
    assert unit.truth()["ice"] == pytest.approx(0.3)
    assert unit.values()["iceTank"] == "empty"
    unit.touch({"iceWater": 1.2})
    unit.write({"iceMaker": "standby"})
    unit.advance(4 * 3600)
    assert (unit.truth()["ice"], unit.values()["iceTank"]) == (pytest.approx(0.3), "ok")


def test_making_ice_costs_energy(build: Build) -> None:
    used = {}
    for wish in ("off", "on"):
        unit = build("refrigerator", seed=2, features=("ICE", "MTR"))
        unit.write({"iceMaker": wish})
        unit.advance(6 * 3600)
        before = unit.truth()["energy"]
        unit.advance(12 * 3600)
        used[wish] = unit.truth()["energy"] - before
    assert used["on"] > used["off"] * 1.05

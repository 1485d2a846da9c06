"""Appliances that run programs behind a door: dryer, microwave, oven, dishwasher, steriliser, rice cooker."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from firmware_sim.appliance import Appliance
from firmware_sim.refusal import Refusal

Build = Callable[..., Appliance]

SHORT: dict[str, Mapping[str, Any]] = {
    "clothes-dryer": {"program": "cotton", "dryLevel": "low"},
    "microwave": {"powerLevel": 100, "cookTime": 90},
    "oven": {"mode": "bake", "targetTemperature": 100, "cookTime": 600},
    "dishwasher": {"program": "quick"},
    "steriliser": {"mode": "heat", "targetTime": 10},
    "rice-cooker": {"program": "quick"},
}
KINDS = tuple(SHORT)
HAND = dict.fromkeys(KINDS, "door") | {"rice-cooker": "lid"}
GOES_ON_BY_ITSELF = {"rice-cooker"}


def ran(unit: Appliance, seconds: float, *, step: float = 2.0) -> float:
    """Let time pass; return the integral of the true power in kWh."""
    integral = 0.0
    for _ in range(round(seconds / step)):
        unit.advance(step)
        integral += unit.truth()["watts"] * step / 3.6e6
    return integral


def finish(unit: Appliance, *, within: float) -> None:
    """Let time pass until the program is over."""
    passed = 0.0
    while unit.values()["cycleState"] not in ("done", "idle"):
        unit.advance(30)
        passed += 30
        assert passed <= within, f"still {unit.values()['cycleState']} ({unit.values()['phase']}) after {passed} s"


@pytest.mark.parametrize("kind", KINDS)
def test_a_program_ends_with_cycle_done_and_its_energy(build: Build, kind: str) -> None:
    unit = build(kind, seed=7)
    before = unit.truth()["energy"]
    unit.invoke("startProgram", SHORT[kind])
    unit.advance(30)
    assert unit.values()["cycleState"] == "running"
    assert unit.values()["remaining"] > 0
    finish(unit, within=6 * 3600)
    assert (unit.values()["cycleState"], unit.values()["progress"], unit.values()["remaining"]) == ("done", 100, 0)
    (event,) = unit.events("cycleDone")
    assert event.data["result"] == "done"
    assert event.data["energy"] == pytest.approx(unit.truth()["energy"] - before, abs=0.02)


@pytest.mark.parametrize("kind", KINDS)
def test_the_energy_counter_is_the_integral_of_power(build: Build, kind: str) -> None:
    unit = build(kind, seed=7)
    before = unit.truth()["energy"]
    unit.invoke("startProgram", SHORT[kind])
    integral = ran(unit, 900)
    unit.mains("sag", 180)
    integral += ran(unit, 900)
    assert unit.truth()["energy"] - before == pytest.approx(integral, rel=0.02)
    assert integral > 0.005


@pytest.mark.parametrize("kind", KINDS)
def test_with_the_door_open_nothing_starts_and_the_constraint_says_so(build: Build, kind: str) -> None:
    unit = build(kind, seed=7)
    unit.touch({HAND[kind]: True})
    assert unit.values()["interlock"] is False
    with pytest.raises(Refusal) as refused:
        unit.invoke("startProgram", SHORT[kind])
    assert refused.value.code == "state-conflict"
    assert refused.value.constraint is not None
    assert refused.value.constraint.endswith("-start")
    unit.touch({HAND[kind]: False})
    unit.invoke("startProgram", SHORT[kind])
    assert unit.values()["cycleState"] == "running"


@pytest.mark.parametrize("kind", KINDS)
def test_opening_the_door_stops_heat_at_once_and_holds_the_program(build: Build, kind: str) -> None:
    unit = build(kind, seed=7)
    unit.invoke("startProgram", SHORT[kind])
    unit.advance(60)
    unit.touch({HAND[kind]: True})
    assert unit.values()["cycleState"] in ("paused", "error")
    left = unit.values()["remaining"]
    unit.advance(300)
    assert unit.truth()["watts"] < 60
    assert unit.values()["remaining"] >= left - 1
    unit.touch({HAND[kind]: False})
    if kind not in GOES_ON_BY_ITSELF:
        assert unit.values()["cycleState"] == "paused"
        unit.invoke("resume")
    unit.advance(1)
    assert unit.values()["cycleState"] == "running"


@pytest.mark.parametrize("kind", KINDS)
def test_a_broken_door_switch_is_not_a_closed_door(build: Build, kind: str) -> None:
    unit = build(kind, seed=7)
    unit.invoke("startProgram", SHORT[kind])
    unit.raise_fault("DOOR.INTERLOCK")
    assert unit.values()["doors"][0]["open"] is False
    assert (unit.values()["interlock"], unit.values()["cycleState"]) == (False, "error")
    unit.clear_fault("DOOR.INTERLOCK")
    unit.advance(2)
    assert unit.values()["cycleState"] == "running"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("microwave", "rice-cooker")])
def test_switching_off_ends_the_program(build: Build, kind: str) -> None:
    unit = build(kind, seed=7)
    unit.invoke("startProgram", SHORT[kind])
    unit.advance(60)
    unit.write({"power": False})
    assert unit.values()["cycleState"] == "idle"
    assert unit.events("cycleDone")[-1].data["result"] == "stopped"
    with pytest.raises(Refusal) as refused:
        unit.invoke("startProgram", SHORT[kind])
    assert refused.value.code == "state-conflict"


@pytest.mark.parametrize(("kind", "outage", "state"), [("microwave", 5, "idle"), ("oven", 5, "idle"), ("steriliser", 5, "idle")])
def test_what_heats_does_not_go_on_by_itself_after_a_power_cut(build: Build, kind: str, outage: float, state: str) -> None:
    unit = build(kind, seed=7)
    unit.invoke("startProgram", SHORT[kind])
    unit.advance(30)
    unit.mains("off")
    unit.advance(outage)
    unit.mains("on")
    unit.advance(1)
    assert unit.values()["cycleState"] == state
    assert unit.events("cycleDone")[-1].data["result"] == "failed"


@pytest.mark.parametrize(("outage", "state"), [(3600, "running"), (3 * 3600, "idle")])
def test_a_rice_cooker_remembers_its_program_for_two_hours(build: Build, outage: float, state: str) -> None:
    cooker = build("rice-cooker", seed=7)
    cooker.invoke("startProgram", {"program": "rice"})
    cooker.advance(120)
    cooker.mains("off")
    cooker.advance(outage)
    cooker.mains("on")
    cooker.advance(2)
    assert cooker.values()["cycleState"] == state


def test_the_dryer_takes_longer_for_more_laundry_and_for_drier_laundry(build: Build) -> None:
    times: dict[tuple[float, str], float] = {}
    for laundry, level in ((2.0, "low"), (6.0, "low"), (2.0, "max")):
        dryer = build("clothes-dryer", seed=7)
        dryer.touch({"laundry": laundry, "emptyTank": True})
        dryer.invoke("startProgram", {"program": "cotton", "dryLevel": level})
        finish(dryer, within=4 * 3600)
        times[laundry, level] = dryer.events("cycleDone")[-1].data["duration"]
    assert times[6.0, "low"] > 2 * times[2.0, "low"]
    assert times[2.0, "max"] > times[2.0, "low"]


def test_a_full_tank_stands_the_dryer_still_until_it_is_emptied(build: Build) -> None:
    dryer = build("clothes-dryer", seed=7)
    for _ in range(2):
        dryer.touch({"laundry": 8})
        dryer.invoke("startProgram", {"program": "cotton", "dryLevel": "max"})
        dryer.advance(3 * 3600)
        if dryer.values()["tankFull"]:
            break
        dryer.touch({"door": True, "laundry": 0})
        dryer.touch({"door": False})
    assert (dryer.values()["cycleState"], dryer.values()["phase"]) == ("error", "drying")
    assert "WATER.TANK-FULL" in [fault["code"] for fault in dryer.values()["faults"]]
    dryer.touch({"emptyTank": True})
    dryer.advance(2)
    assert (dryer.values()["cycleState"], dryer.values()["faults"]) == ("running", [])


def test_a_dryer_that_was_filled_does_not_start(build: Build) -> None:
    dryer = build("clothes-dryer", seed=7)
    dryer.model.tank = 5.0  # type: ignore[attr-defined]
    dryer.advance(1)
    with pytest.raises(Refusal) as refused:
        dryer.invoke("startProgram")
    assert refused.value.constraint == "dryer-tank-start"


def test_delicates_draw_the_dryness_back(build: Build) -> None:
    dryer = build("clothes-dryer", seed=7)
    dryer.write({"dryLevel": "max"})
    dryer.write({"program": "delicates"})
    assert dryer.values()["dryLevel"] == "low"
    with pytest.raises(Refusal) as refused:
        dryer.write({"dryLevel": "extra"})
    assert refused.value.constraint == "dryer-delicate"


def test_the_microwave_never_goes_beyond_what_its_power_level_allows(build: Build) -> None:
    oven = build("microwave", seed=7)
    oven.write({"powerLevel": 50, "cookTime": 5400})
    oven.write({"powerLevel": 100})
    assert oven.values()["cookTime"] == 3240
    with pytest.raises(Refusal) as refused:
        oven.invoke("startProgram", {"powerLevel": 90, "cookTime": 3300})
    assert refused.value.constraint == "micro-cap-full"
    oven.invoke("startProgram", {"cookTime": 3000})
    oven.invoke("addTime", {"seconds": 200})
    with pytest.raises(Refusal) as refused:
        oven.invoke("addTime", {"seconds": 60})
    assert refused.value.code == "state-conflict"
    oven.advance(60)
    assert oven.values()["remaining"] == pytest.approx(3140, abs=30)


def test_food_gets_hot_and_an_empty_microwave_protects_itself(build: Build) -> None:
    oven = build("microwave", seed=7)
    oven.touch({"food": 0.5})
    oven.invoke("startProgram", {"cookTime": 120})
    finish(oven, within=180)
    assert 55 < oven.truth()["temperature"] < 85
    oven.touch({"food": 0})
    oven.invoke("startProgram", {"cookTime": 1800})
    oven.advance(1800)
    (fault,) = oven.values()["faults"]
    assert (fault["code"], fault["latched"]) == ("SAFETY.OVERHEAT", True)
    assert oven.events("cycleDone")[-1].data["result"] == "failed"
    with pytest.raises(Refusal) as refused:
        oven.invoke("startProgram")
    assert refused.value.code == "device-error"


@pytest.mark.parametrize("kind", ["microwave", "oven"])
def test_it_is_started_from_afar_only_where_that_was_allowed(build: Build, kind: str) -> None:
    unit = build(kind, seed=7)
    unit.touch({"remoteEnabled": False})
    with pytest.raises(Refusal) as refused:
        unit.invoke("startProgram", SHORT[kind])
    assert refused.value.code == "state-conflict"
    assert unit.values()["cycleState"] == "idle"


def test_the_oven_preheats_then_holds_its_temperature(build: Build) -> None:
    oven = build("oven", seed=7)
    oven.invoke("startProgram", {"mode": "bake", "targetTemperature": 200, "cookTime": 1800})
    assert oven.values()["phase"] == "preheating"
    oven.advance(1800)
    assert oven.values()["phase"] == "cooking"
    for _ in range(10):
        oven.advance(60)
        assert oven.truth()["temperature"] == pytest.approx(200, abs=6)


def test_the_oven_draws_the_setting_into_the_range_of_the_mode(build: Build) -> None:
    oven = build("oven", seed=7)
    oven.write({"mode": "ferment"})
    assert oven.values()["targetTemperature"] == 50
    with pytest.raises(Refusal) as refused:
        oven.write({"targetTemperature": 180})
    assert refused.value.constraint == "oven-ferment-range"


def test_an_oven_whose_relay_sticks_cuts_itself_off_and_stays_off(build: Build) -> None:
    oven = build("oven", seed=7)
    oven.touch({"stuckRelay": True})
    oven.advance(7200)
    assert oven.values()["faults"][0]["code"] == "SAFETY.OVERHEAT"
    assert oven.truth()["heating"] is False
    assert oven.truth()["temperature"] < 290
    oven.clear_fault("SAFETY.OVERHEAT")
    oven.advance(60)
    assert oven.truth()["heating"] is False


def test_steam_stops_without_the_tank_and_goes_on_with_it(build: Build) -> None:
    oven = build("oven", seed=7)
    oven.invoke("startProgram", {"mode": "steam", "targetTemperature": 100, "cookTime": 1800})
    oven.advance(60)
    oven.touch({"tank": False})
    assert (oven.values()["waterTank"], oven.values()["cycleState"]) == ("missing", "error")
    oven.touch({"tank": True})
    oven.advance(2)
    assert oven.values()["cycleState"] == "running"


def test_descaling_is_a_run_of_its_own(build: Build) -> None:
    oven = build("oven", seed=7)
    run = oven.invoke("descale")
    with pytest.raises(Refusal) as refused:
        oven.invoke("startProgram", SHORT["oven"])
    assert refused.value.code == "state-conflict"
    oven.advance(2500)
    assert (run.last.state, run.last.output) == ("completed", {"result": "done"})


def test_a_water_cut_holds_the_dishwasher_and_it_goes_on_when_water_is_back(build: Build) -> None:
    washer = build("dishwasher", seed=7)
    washer.touch({"waterSupply": False})
    assert washer.values()["waterSupply"] == "normal", "nobody knows before it fills"
    washer.invoke("startProgram", {"program": "quick"})
    washer.advance(60)
    assert (washer.values()["waterSupply"], washer.values()["cycleState"]) == ("interrupted", "error")
    assert washer.values()["faults"][0]["code"] == "WATER.NO-SUPPLY"
    assert washer.events("supplyInterrupted")[-1].data == {"supply": "water"}
    washer.advance(1200)
    washer.touch({"waterSupply": True})
    washer.advance(4)
    assert (washer.values()["waterSupply"], washer.values()["cycleState"]) == ("normal", "running")
    assert washer.values()["faults"] == []
    assert washer.events("supplyRestored")[-1].data["outage"] == pytest.approx(1260, abs=40)
    finish(washer, within=2 * 3600)
    assert washer.events("cycleDone")[-1].data["water"] == pytest.approx(5.8, abs=0.3)


def test_the_economy_program_of_the_dishwasher_costs_what_one_of_14_settings_does(build: Build) -> None:
    washer = build("dishwasher", seed=7)
    washer.invoke("startProgram", {"program": "eco"})
    finish(washer, within=5 * 3600)
    done = washer.events("cycleDone")[-1].data
    assert 0.4 < done["energy"] < 1.0
    assert 7 < done["water"] < 11


def test_choosing_a_program_brings_its_temperature_and_glass_stays_lukewarm(build: Build) -> None:
    washer = build("dishwasher", seed=7)
    washer.write({"program": "intensive"})
    assert washer.values()["waterTemperature"] == 70
    washer.write({"program": "glass"})
    assert washer.values()["waterTemperature"] == 50
    with pytest.raises(Refusal) as refused:
        washer.write({"waterTemperature": 60})
    assert refused.value.constraint == "dish-glass"


def test_salt_is_filled_up_by_its_name(build: Build) -> None:
    washer = build("dishwasher", seed=7)
    assert {part["id"] for part in washer.values()["consumables"]} == {"salt", "rinse-aid"}
    washer.invoke("resetConsumable", {"id": "salt"})
    assert next(part for part in washer.values()["consumables"] if part["id"] == "salt")["remaining"] == 100
    with pytest.raises(Refusal) as refused:
        washer.invoke("resetConsumable", {"id": "pepper"})
    assert refused.value.code == "unknown"


def test_the_steriliser_keeps_the_door_locked_until_the_ozone_is_gone(build: Build) -> None:
    cabinet = build("steriliser", seed=7)
    cabinet.invoke("startProgram", {"mode": "ozone", "targetTime": 10})
    cabinet.advance(120)
    assert (cabinet.values()["phase"], cabinet.values()["doorLocked"]) == ("ozone", True)
    with pytest.raises(Refusal) as refused:
        cabinet.touch({"door": True})
    assert refused.value.property == "doorLocked"
    cabinet.invoke("stop")
    assert (cabinet.values()["cycleState"], cabinet.values()["doorLocked"]) == ("idle", True)
    cabinet.advance(1800)
    assert cabinet.values()["doorLocked"] is False
    assert cabinet.truth()["ozone"] < 0.1
    cabinet.touch({"door": True})
    assert cabinet.values()["doors"] == [{"id": "door", "open": True}]


def test_ultraviolet_goes_out_with_the_door(build: Build) -> None:
    cabinet = build("steriliser", seed=7)
    cabinet.invoke("startProgram", {"mode": "uv", "targetTime": 30})
    cabinet.advance(10)
    assert cabinet.truth()["lamp"] is True
    cabinet.touch({"door": True})
    assert cabinet.truth()["lamp"] is False


def test_heat_reaches_120_degrees_and_holds_them(build: Build) -> None:
    cabinet = build("steriliser", seed=7)
    cabinet.invoke("startProgram", {"mode": "heat", "targetTime": 30})
    cabinet.advance(2100)
    assert cabinet.truth()["temperature"] == pytest.approx(121.5, abs=3)


def test_rice_boils_dry_rests_and_is_kept_warm_until_somebody_stops_it(build: Build) -> None:
    cooker = build("rice-cooker", seed=7)
    cooker.invoke("startProgram", {"program": "rice", "keepWarm": True})
    finish(cooker, within=2 * 3600)
    assert 1500 < cooker.events("cycleDone")[-1].data["duration"] < 3600
    assert (cooker.values()["cycleState"], cooker.values()["phase"]) == ("done", "keep-warm")
    assert cooker.truth()["spare"] == 0
    cooker.advance(3 * 3600)
    assert cooker.truth()["temperature"] == pytest.approx(70, abs=3)
    cooker.write({"keepWarm": False})
    assert cooker.values()["phase"] == "done"
    cooker.advance(3600)
    assert cooker.truth()["temperature"] < 60


def test_rice_is_ready_at_the_wished_time(build: Build) -> None:
    cooker = build("rice-cooker", seed=7)
    cooker.invoke("startProgram", {"program": "rice", "delay": 7200})
    assert cooker.values()["cycleState"] == "delayed"
    cooker.advance(7100)
    assert cooker.truth()["watts"] < 5
    cooker.advance(200)
    assert cooker.values()["cycleState"] == "running"


def test_without_the_pot_nothing_starts(build: Build) -> None:
    cooker = build("rice-cooker", seed=7)
    cooker.touch({"pot": False})
    with pytest.raises(Refusal) as refused:
        cooker.invoke("startProgram")
    assert refused.value.constraint == "rice-start"

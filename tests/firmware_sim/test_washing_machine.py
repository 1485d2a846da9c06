"""Programs, water, heat, the door, and what goes wrong between them."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.clock import SimulatorClock
from firmware_sim.constraints import broken
from firmware_sim.refusal import Refusal

NOON = 1_795_000_000.0

Build = Callable[..., Appliance]


def load(unit: Appliance, laundry: float = 4.0, **hands: Any) -> Appliance:
    """Switch it on and put laundry in, with a calm drum, cool water and a mild room unless told otherwise."""
    unit.touch({"power": True, "door": True, "laundry": laundry})
    unit.touch({"inletTemperature": 15, "roomTemperature": 22, "unbalance": 0.1, "detergent": 100, "softener": 100, **hands, "door": False})
    return unit


@pytest.fixture
def washer(build: Build) -> Appliance:
    return load(build("washing-machine", seed=3))


def until(unit: Appliance, done: Callable[[Appliance], bool], *, limit: float = 6 * 3600, step: float = 5) -> float:
    """Let time pass until something is so; return the seconds it took."""
    passed = 0.0
    while not done(unit):
        unit.advance(step)
        passed += step
        assert passed < limit, unit.truth()
    return passed


def phase(name: str) -> Callable[[Appliance], bool]:
    return lambda unit: unit.values()["phase"] == name


def state(name: str) -> Callable[[Appliance], bool]:
    return lambda unit: unit.values()["cycleState"] == name


def codes(unit: Appliance) -> list[str]:
    return [fault["code"] for fault in unit.values()["faults"]]


def test_a_program_goes_through_its_phases_in_order_and_says_what_it_used(washer: Appliance) -> None:
    washer.invoke("startProgram", {"program": "cotton", "waterTemperature": 40})
    seen: list[str] = []
    energy = washer.truth()["energy"]
    while washer.values()["cycleState"] != "done":
        washer.advance(10)
        if washer.values()["phase"] not in seen[-1:]:
            seen.append(washer.values()["phase"])
    assert seen == ["wash", "rinse", "spin", "done"]
    told = washer.events("cycleDone")[-1].data
    assert told["result"] == "done"
    assert told["energy"] == pytest.approx(washer.truth()["energy"] - energy, abs=0.002)
    assert told["water"] == pytest.approx(washer.values()["waterUsed"], abs=0.6)
    assert (washer.values()["progress"], washer.values()["remaining"]) == (100, 0)


def test_soaking_comes_first_and_takes_its_time(washer: Appliance) -> None:
    washer.write({"soakTime": 30})
    washer.invoke("startProgram", {"program": "quick", "waterTemperature": 30})
    until(washer, phase("soak"), step=1)
    assert until(washer, phase("wash"), step=1) == pytest.approx(30 * 60 + 60, abs=60)


def test_the_water_becomes_as_warm_as_asked_and_no_warmer(washer: Appliance) -> None:
    washer.invoke("startProgram", {"program": "cotton", "waterTemperature": 60})
    hottest = 0.0
    while washer.values()["cycleState"] != "done":
        washer.advance(10)
        hottest = max(hottest, washer.truth()["drumTemperature"])
    assert 59.5 < hottest < 61


def test_cold_water_is_not_heated(washer: Appliance) -> None:
    washer.invoke("startProgram", {"program": "cotton", "waterTemperature": 0})
    until(washer, state("done"))
    assert washer.events("cycleDone")[-1].data["energy"] < 0.2


def test_heating_takes_as_long_as_the_heat_of_water_cotton_and_steel_says(washer: Appliance) -> None:
    """First principles: (12 kg water + 4 kg cotton + steel) from 15 to 60 Cel with 2 kW; c of cotton 1.3 kJ/(kg K) is from memory (m)."""
    washer.invoke("startProgram", {"program": "cotton", "waterTemperature": 60})
    until(washer, lambda unit: unit.truth()["heating"], step=1)
    truth = washer.truth()
    water = truth["freeWater"] + truth["moisture"] * 4
    joules = (water * 4186 + 4 * 1300 + 8000) * (60 - truth["drumTemperature"])
    assert until(washer, lambda unit: not unit.truth()["heating"], step=1) == pytest.approx(joules / 2000, rel=0.05)


def test_choosing_wool_draws_temperature_and_speed_down_and_refuses_more(washer: Appliance) -> None:
    washer.write({"waterTemperature": 60, "spinSpeed": 1200})
    washer.write({"program": "wool"})
    assert (washer.values()["waterTemperature"], washer.values()["spinSpeed"]) == (30, 800)
    with pytest.raises(Refusal) as refused:
        washer.write({"waterTemperature": 40})
    assert (refused.value.code, refused.value.constraint) == ("schema", "wash-wool-temperature")
    with pytest.raises(Refusal) as refused:
        washer.invoke("startProgram", {"spinSpeed": 1000})
    assert refused.value.constraint == "wash-wool-spin"
    assert washer.values()["cycleState"] == "idle"


def test_members_of_a_start_obey_the_rules_of_the_settings_they_change(washer: Appliance) -> None:
    washer.write({"waterTemperature": 60})
    washer.invoke("startProgram", {"program": "wool"})
    assert (washer.values()["program"], washer.values()["waterTemperature"], washer.values()["spinSpeed"]) == ("wool", 30, 800)


def test_a_refused_start_changes_no_setting(washer: Appliance) -> None:
    washer.touch({"door": True})
    with pytest.raises(Refusal, match="door"):
        washer.invoke("startProgram", {"program": "wool"})
    assert (washer.values()["program"], washer.values()["cycleState"]) == ("cotton", "idle")


def test_what_a_program_runs_with_is_not_changed_under_it(washer: Appliance) -> None:
    washer.invoke("startProgram")
    for values in ({"program": "wool"}, {"waterTemperature": 60}, {"power": False}):
        with pytest.raises(Refusal) as refused:
            washer.write(values)
        assert refused.value.code == "state-conflict"
    washer.write({"rinses": 1, "spinSpeed": 800})
    until(washer, phase("spin"))
    with pytest.raises(Refusal):
        washer.write({"spinSpeed": 1200})


def test_a_rinse_taken_back_is_not_rinsed(build: Build) -> None:
    waters = []
    for rinses in (3, 1):
        unit = load(build("washing-machine", seed=3))
        unit.invoke("startProgram", {"program": "cotton", "waterTemperature": 0, "rinses": 3})
        until(unit, phase("rinse"))
        unit.write({"rinses": rinses})
        until(unit, state("done"))
        waters.append(unit.events("cycleDone")[-1].data["water"])
    assert waters[0] - waters[1] == pytest.approx(2 * 14.6, rel=0.1)


def dryer(build: Build) -> Appliance:
    unit = load(build("washing-machine", seed=3, features=("DRY", "DOS", "CON", "TMP", "MTR")), 3.0)
    unit.write({"spinSpeed": 1200})
    return unit


@pytest.mark.parametrize(("level", "moisture"), [("iron", 0.12), ("normal", 0.03), ("extra", 0.0)])
def test_one_that_dries_leaves_the_moisture_asked_for(build: Build, level: str, moisture: float) -> None:
    unit = dryer(build)
    unit.write({"dryLevel": level})
    unit.invoke("startProgram", {"program": "quick", "waterTemperature": 0})
    until(unit, phase("dry"))
    until(unit, state("done"))
    assert unit.truth()["moisture"] == pytest.approx(moisture, abs=0.01)


def test_drying_takes_the_heat_of_evaporation(build: Build) -> None:
    """2.45 MJ a litre from first principles (heat of evaporation of water at about 20 Cel)."""
    unit = dryer(build)
    unit.write({"dryLevel": "extra"})
    unit.invoke("startProgram", {"program": "rinse-spin", "rinses": 1})
    until(unit, phase("dry"))
    energy, litres = unit.truth()["energy"], 3 * unit.truth()["moisture"]
    until(unit, state("done"))
    assert unit.truth()["energy"] - energy == pytest.approx(litres * 2.45e6 / 3.6e6, rel=0.05)


def test_wool_is_not_dried(build: Build) -> None:
    unit = dryer(build)
    unit.write({"dryLevel": "normal"})
    unit.write({"program": "wool"})
    assert unit.values()["dryLevel"] == "none"
    with pytest.raises(Refusal) as refused:
        unit.write({"dryLevel": "normal"})
    assert refused.value.constraint == "wash-wool-not-dried"


@pytest.mark.parametrize("features", [(), ("SOK",), ("LVL", "DOS", "CON"), ("DRY", "MNS", "VST", "UNB")])
def test_a_plainer_machine_washes_as_well(build: Build, features: tuple[str, ...]) -> None:
    unit = load_plain(build("washing-machine", seed=1, features=features))
    unit.invoke("startProgram", {"program": "quick"})
    until(unit, state("done"))
    assert unit.truth()["moisture"] == pytest.approx(0.63, abs=0.02)


def load_plain(unit: Appliance) -> Appliance:
    unit.touch({"power": True, "door": True, "laundry": 3.0})
    unit.touch({"door": False, "unbalance": 0})
    return unit


def test_a_delayed_start_waits_and_a_wished_end_is_met(washer: Appliance) -> None:
    washer.invoke("startProgram", {"program": "quick", "delay": 3600})
    assert (washer.values()["cycleState"], washer.values()["phase"], washer.values()["doorLocked"]) == ("delayed", "idle", False)
    washer.advance(3590)
    assert washer.values()["cycleState"] == "delayed"
    washer.advance(60)
    assert washer.values()["cycleState"] == "running"
    washer.invoke("stop")
    until(washer, lambda unit: not unit.values()["doorLocked"])
    washer.invoke("startProgram", {"program": "quick", "readyAt": datetime.fromtimestamp(washer.clock.now() + 5 * 3600, UTC).isoformat()})
    assert until(washer, state("done")) == pytest.approx(5 * 3600, abs=300)


@pytest.mark.parametrize("hours", [-1, 30])
def test_an_end_in_the_past_or_beyond_a_day_is_refused(washer: Appliance, hours: int) -> None:
    moment = datetime.fromtimestamp(washer.clock.now(), UTC) + timedelta(hours=hours)
    with pytest.raises(Refusal) as refused:
        washer.invoke("startProgram", {"program": "wool", "readyAt": moment.isoformat()})
    assert (refused.value.code, refused.value.property) == ("schema", "readyAt")
    assert washer.values()["program"] == "cotton"


def test_delay_and_a_wished_end_exclude_each_other(washer: Appliance) -> None:
    with pytest.raises(Refusal, match="exclude"):
        washer.invoke("startProgram", {"delay": 60, "readyAt": "2026-11-20T00:00:00Z"})


def test_a_door_left_open_over_a_delay_holds_the_program_until_it_is_shut(washer: Appliance) -> None:
    washer.invoke("startProgram", {"program": "quick", "delay": 60})
    washer.touch({"door": True})
    washer.advance(120)
    assert washer.values()["cycleState"] == "error"
    assert codes(washer) == ["DOOR.LEFT-OPEN"]
    washer.touch({"door": False})
    washer.advance(5)
    assert (washer.values()["cycleState"], washer.values()["doorLocked"], codes(washer)) == ("running", True, [])


def test_without_water_it_complains_waits_and_goes_on_by_itself(washer: Appliance) -> None:
    washer.touch({"tap": False})
    washer.invoke("startProgram", {"program": "quick"})
    washer.advance(50)
    assert codes(washer) == []
    washer.advance(30)
    assert (washer.values()["cycleState"], codes(washer)) == ("error", ["WATER.NO-SUPPLY"])
    washer.advance(3600)
    assert washer.values()["waterUsed"] == 0
    washer.touch({"tap": True})
    washer.advance(5)
    assert (washer.values()["cycleState"], codes(washer)) == ("running", [])
    until(washer, state("done"))


def test_a_fault_somebody_else_found_stays_until_it_is_repaired(washer: Appliance) -> None:
    washer.raise_fault("WATER.NO-SUPPLY")
    washer.invoke("startProgram", {"program": "quick"})
    washer.advance(600)
    assert (washer.values()["cycleState"], codes(washer)) == ("error", ["WATER.NO-SUPPLY"])
    washer.clear_fault("WATER.NO-SUPPLY")
    washer.advance(30)
    assert washer.values()["cycleState"] == "running"
    assert washer.values()["waterUsed"] > 0


def test_a_blocked_drain_is_complained_about_and_keeps_the_door_locked(washer: Appliance) -> None:
    washer.invoke("startProgram", {"program": "quick"})
    washer.advance(300)
    washer.touch({"drainBlocked": True})
    until(washer, state("error"))
    assert codes(washer) == ["WATER.NOT-DRAINING"]
    washer.invoke("stop")
    washer.advance(600)
    assert (washer.values()["cycleState"], washer.values()["doorLocked"]) == ("idle", True)
    washer.touch({"drainBlocked": False})
    washer.advance(180)
    assert (washer.values()["doorLocked"], codes(washer)) == (False, [])


def test_laundry_that_lies_badly_is_spread_and_spun_in_the_end(washer: Appliance) -> None:
    washer.touch({"unbalance": 0.6})
    washer.invoke("startProgram", {"program": "rinse-spin", "rinses": 0, "spinSpeed": 1200})
    fastest = 0.0
    while washer.values()["cycleState"] != "done":
        washer.advance(5)
        fastest = max(fastest, washer.truth()["drumSpeed"])
    assert [event.data["givenUp"] for event in washer.events("unbalanced")] == [False]
    assert fastest == 1200


def test_a_single_heavy_piece_is_spun_slowly_and_said_so(washer: Appliance) -> None:
    washer.touch({"unbalance": 1.0})
    washer.invoke("startProgram", {"program": "rinse-spin", "rinses": 0, "spinSpeed": 1200})
    fastest = 0.0
    while washer.values()["cycleState"] != "done":
        washer.advance(5)
        fastest = max(fastest, washer.truth()["drumSpeed"])
    assert [event.data["attempt"] for event in washer.events("unbalanced")] == [1, 2, 3]
    assert fastest == 600
    assert codes(washer) == ["MOTION.UNBALANCED"]
    washer.invoke("startProgram", {"program": "rinse-spin"})
    assert codes(washer) == []


def test_the_door_of_a_hot_machine_stays_locked_until_it_has_cooled(washer: Appliance) -> None:
    washer.invoke("startProgram", {"program": "cotton", "waterTemperature": 90})
    until(washer, lambda unit: unit.truth()["drumTemperature"] > 80)
    washer.invoke("stop")
    assert (washer.values()["cycleState"], washer.values()["doorLocked"]) == ("idle", True)
    with pytest.raises(Refusal, match="locked"):
        washer.touch({"door": True})
    until(washer, lambda unit: not unit.values()["doorLocked"])
    assert washer.truth()["drumTemperature"] <= 50
    assert washer.truth()["freeWater"] < 3


def test_a_pause_in_deep_water_does_not_open_the_door_one_in_the_spin_does_once_it_stands(washer: Appliance) -> None:
    washer.invoke("startProgram", {"program": "quick", "waterTemperature": 0})
    washer.advance(300)
    washer.invoke("pause")
    washer.advance(120)
    assert (washer.values()["cycleState"], washer.values()["doorLocked"]) == ("paused", True)
    washer.invoke("resume")
    until(washer, lambda unit: unit.truth()["drumSpeed"] > 1000)
    washer.invoke("pause")
    assert washer.values()["doorLocked"] is True
    washer.advance(90)
    assert (washer.truth()["drumSpeed"], washer.values()["doorLocked"]) == (0, False)
    washer.touch({"door": True})
    with pytest.raises(Refusal, match="door"):
        washer.invoke("resume")
    washer.touch({"door": False})
    washer.invoke("resume")
    until(washer, state("done"))


def test_a_power_cut_in_the_wash_is_slept_through_with_the_door_locked(washer: Appliance) -> None:
    washer.invoke("startProgram", {"program": "cotton", "waterTemperature": 40})
    washer.advance(1800)
    progress = washer.values()["progress"]
    washer.mains("off")
    washer.advance(1800)
    assert washer.truth()["doorLocked"] is True
    washer.mains("on")
    washer.advance(1)
    assert (washer.values()["cycleState"], washer.values()["phase"]) == ("running", "wash")
    assert washer.values()["progress"] >= progress
    assert washer.events("powerRestored")[-1].data["outage"] == 1800
    until(washer, state("done"))


def test_one_that_is_to_stay_off_gives_the_program_up_and_pumps_the_water_out(washer: Appliance) -> None:
    washer.write({"powerOnState": "off"})
    washer.invoke("startProgram", {"program": "quick"})
    washer.advance(300)
    washer.mains("off")
    washer.advance(60)
    washer.mains("on")
    washer.advance(300)
    assert (washer.values()["power"], washer.values()["cycleState"]) == (False, "idle")
    assert washer.events("cycleDone")[-1].data["result"] == "stopped"
    assert (washer.truth()["freeWater"] < 0.5, washer.values()["doorLocked"]) == (True, False)


def test_weak_mains_holds_the_program_until_there_is_enough_to_start_the_motor(washer: Appliance) -> None:
    washer.invoke("startProgram", {"program": "quick"})
    washer.mains("sag", 154)
    washer.advance(10)
    assert (washer.values()["cycleState"], codes(washer)) == ("error", ["MAINS.UNDERVOLTAGE"])
    washer.mains("sag", 170)
    washer.advance(10)
    assert washer.values()["cycleState"] == "error"
    washer.mains("on")
    washer.advance(10)
    assert (washer.values()["cycleState"], codes(washer)) == ("running", [])


def test_a_heater_on_low_voltage_gives_less_by_the_square(washer: Appliance) -> None:
    washer.invoke("startProgram", {"program": "cotton", "waterTemperature": 90})
    until(washer, lambda unit: unit.truth()["heating"], step=1)
    full = washer.truth()["watts"]
    washer.mains("sag", 187)
    washer.advance(1)
    assert full - washer.truth()["watts"] == pytest.approx(2000 * (1 - (187 / 220) ** 2), rel=0.01)


def test_a_motor_that_does_not_turn_ends_the_program(washer: Appliance) -> None:
    washer.invoke("startProgram")
    washer.advance(60)
    washer.raise_fault("MOTION.DRUM-MOTOR")
    washer.advance(5)
    assert washer.events("cycleDone")[-1].data["result"] == "failed"
    with pytest.raises(Refusal):
        washer.invoke("startProgram")


def test_a_blind_temperature_sensor_never_opens_a_hot_door(washer: Appliance) -> None:
    washer.invoke("startProgram", {"program": "cotton", "waterTemperature": 90})
    until(washer, lambda unit: unit.truth()["drumTemperature"] > 70)
    washer.raise_fault("SENSOR.DRUM-TEMPERATURE")
    washer.invoke("stop")
    washer.advance(4 * 3600)
    assert washer.values()["doorLocked"] is True
    washer.clear_fault("SENSOR.DRUM-TEMPERATURE")
    washer.advance(60)
    assert washer.values()["doorLocked"] is False


def test_dispensers_run_low_run_out_and_are_filled(washer: Appliance) -> None:
    washer.write({"detergentDose": 100, "softenerDose": 0})
    washer.touch({"detergent": 16})
    washer.invoke("startProgram", {"program": "quick"})
    until(washer, state("done"))
    assert [event.data["id"] for event in washer.events("consumableLow")] == ["detergent"]
    washer.touch({"detergent": 3})
    washer.invoke("startProgram", {"program": "quick"})
    until(washer, state("done"))
    assert codes(washer) == ["CONSUMABLE.DETERGENT-EMPTY"]
    washer.invoke("resetConsumable", {"id": "detergent"})
    assert codes(washer) == []
    assert {part["id"]: part["remaining"] for part in washer.values()["consumables"]}["detergent"] == 100


def test_the_cleaning_program_cleans_the_drum(washer: Appliance) -> None:
    before = {part["id"]: part["remaining"] for part in washer.values()["consumables"]}["drum"]
    assert before < 100
    washer.invoke("startProgram", {"program": "drum-clean"})
    assert washer.values()["waterTemperature"] == 60
    until(washer, state("done"))
    assert {part["id"]: part["remaining"] for part in washer.values()["consumables"]}["drum"] == 100


def test_the_button_on_the_machine_starts_holds_and_goes_on(washer: Appliance) -> None:
    washer.touch({"button": True})
    washer.advance(5)
    assert washer.values()["cycleState"] == "running"
    washer.touch({"button": True})
    assert washer.values()["cycleState"] == "paused"
    washer.touch({"button": True})
    assert washer.values()["cycleState"] == "running"


def test_a_diagnosis_names_the_closed_tap(washer: Appliance) -> None:
    washer.touch({"tap": False})
    run = washer.invoke("runDiagnostics", {"level": "full", "allow": ["motor", "heat"]})
    washer.advance(200)
    results = {check["name"]: check["result"] for check in run.last.output["checks"]}
    assert (results["water-supply"], results["motor"], results["heater"]) == ("fail", "pass", "pass")
    assert run.last.output["suspects"][0]["code"] == "WATER.NO-SUPPLY"


BREAKS = ("SENSOR.DRUM-TEMPERATURE", "DOOR.NOT-LOCKING", "WATER.NOT-DRAINING", "MOTION.DRUM-MOTOR")
DEEDS = st.one_of(
    st.tuples(st.just("advance"), st.sampled_from([1, 40, 700, 2000])),
    st.tuples(st.just("invoke"), st.sampled_from(["stop", "pause", "resume", "startProgram"])),
    st.tuples(st.just("mains"), st.sampled_from(["off", "on", "sag"])),
    st.tuples(st.just("raise_fault"), st.sampled_from(BREAKS)),
    st.tuples(st.just("clear_fault"), st.sampled_from(BREAKS)),
    st.tuples(st.just("touch"), st.sampled_from([{"door": True}, {"door": False}, {"tap": False}, {"tap": True}, {"drainBlocked": True}])),
    st.tuples(st.just("write"), st.sampled_from([{"power": False}, {"power": True}, {"powerOnState": "off"}, {"spinSpeed": 1400}])),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(DEEDS, max_size=25), st.sampled_from([40, 60, 90]))
def test_nothing_that_happens_opens_the_door_on_heat_water_or_a_turning_drum(deeds: list[tuple[str, Any]], degrees: int) -> None:
    unit = load(make_appliance("washing-machine", clock=SimulatorClock(wall=lambda: NOON)))
    unit.invoke("startProgram", {"program": "cotton", "waterTemperature": degrees})
    energy = unit.truth()["energy"]
    for deed, given_value in [*deeds, ("mains", "on"), ("advance", 30)]:
        before = unit.truth()
        dangerous = before["doorLocked"] and (before["drumTemperature"] > 60 or before["drumSpeed"] > 0 or before["freeWater"] > 5)
        with suppress(Refusal):
            getattr(unit, deed)(given_value)
        truth = unit.truth()
        assert not (dangerous and truth["doorOpen"] and deed == "touch")
        if truth["drumTemperature"] > 60 or truth["drumSpeed"] > 100:
            assert truth["doorLocked"]
            assert not truth["doorOpen"]
        assert truth["drumTemperature"] < 100
        assert truth["energy"] >= energy
        energy = truth["energy"]
        assert broken(unit.profile.constraints, unit.values()) == ()

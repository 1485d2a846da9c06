"""The room, the compressor and its guard, in accelerated time."""

from collections.abc import Callable

import pytest

from firmware_sim.appliance import Appliance
from firmware_sim.models.air_conditioner import HYSTERESIS
from firmware_sim.notice import Notice, Raised, Staged
from firmware_sim.refusal import Refusal

Build = Callable[..., Appliance]
Heard = Callable[[Appliance], list[Notice]]

OVERSHOOT = 0.05
"""Kelvin a room moves in one step of the physics, and a little more."""


def cooling(build: Build, target: float = 26.0) -> Appliance:
    unit = build("air-conditioner", seed=1)
    unit.write({"power": True, "mode": "cool", "targetTemperature": target})
    return unit


@pytest.mark.parametrize("seed", range(3))
def test_room_cools_to_the_target_and_stays_within_the_hysteresis(build: Build, seed: int) -> None:
    unit = build("air-conditioner", seed=seed)
    start = unit.truth()["roomTemperature"]
    unit.write({"power": True, "mode": "cool", "targetTemperature": 26.0})
    unit.advance(3600)
    assert start > 28
    lowest, highest = 99.0, -99.0
    for _ in range(360):
        unit.advance(10)
        room = unit.truth()["roomTemperature"]
        lowest, highest = min(lowest, room), max(highest, room)
    assert lowest >= 26 - HYSTERESIS - OVERSHOOT
    assert highest <= 26 + HYSTERESIS + 0.5, "the guard may let the room warm a little further, not more"


def test_an_idle_room_drifts_towards_the_weather(build: Build) -> None:
    unit = build("air-conditioner", seed=1)
    unit.touch({"roomTemperature": 20.0})
    unit.advance(2 * 3600)
    assert 20.5 < unit.truth()["roomTemperature"] < unit.truth()["outdoorTemperature"] + 3


def test_restart_waits_three_minutes_while_power_completes_at_once(build: Build) -> None:
    unit = cooling(build, 20.0)
    unit.advance(300)
    assert unit.values()["operatingState"] == "cooling"
    unit.write({"power": False})
    assert (unit.values()["power"], unit.values()["operatingState"]) == (False, "off")
    unit.advance(60)
    unit.write({"power": True})
    assert unit.values()["power"] is True
    assert unit.values()["operatingState"] == "idle"
    assert list(unit.pending()) == ["operatingState"]
    assert unit.document()["$"]["pending"] == unit.pending()
    unit.advance(110)
    assert unit.truth()["compressor"] is False
    unit.advance(30)
    assert unit.values()["operatingState"] == "cooling"
    assert unit.pending() == {}


def test_the_time_pending_tells_is_when_the_compressor_starts(build: Build) -> None:
    unit = cooling(build, 20.0)
    unit.advance(300)
    unit.write({"power": False})
    unit.write({"power": True})
    expected = unit.pending()["operatingState"]
    assert expected is not None
    while unit.values()["operatingState"] != "cooling":
        unit.advance(1)
    assert abs(_seconds(unit.timestamp) - _seconds(expected)) <= 2


def test_the_guard_holds_after_a_power_cut_whatever_its_length(build: Build) -> None:
    unit = cooling(build, 20.0)
    unit.advance(300)
    unit.mains("off")
    unit.advance(7200)
    unit.mains("on")
    unit.advance(60)
    assert unit.values()["operatingState"] == "idle"
    unit.advance(150)
    assert unit.values()["operatingState"] == "cooling"


def test_turning_from_cooling_to_heating_stops_the_compressor_for_its_rest(build: Build) -> None:
    unit = cooling(build, 18.0)
    unit.touch({"roomTemperature": 22.0})
    unit.advance(300)
    assert unit.values()["operatingState"] == "cooling"
    unit.write({"mode": "heat", "targetTemperature": 28.0})
    assert unit.truth()["compressor"] is False
    assert list(unit.pending()) == ["operatingState"]
    unit.advance(170)
    assert unit.truth()["compressor"] is False
    unit.advance(120)
    assert unit.values()["operatingState"] == "heating"


def test_a_rested_compressor_starts_with_the_command(build: Build) -> None:
    unit = build("air-conditioner", seed=1)
    unit.write({"power": True, "mode": "fan"})
    unit.advance(300)
    unit.write({"mode": "cool", "targetTemperature": 18.0})
    assert unit.values()["operatingState"] == "cooling"
    assert unit.pending() == {}


def test_energy_is_the_integral_of_power(build: Build) -> None:
    unit = cooling(build)
    before, integral = unit.truth()["energy"], 0.0
    for _ in range(3 * 3600):
        unit.advance(1)
        integral += unit.truth()["watts"] / 3.6e6
    assert unit.truth()["energy"] - before == pytest.approx(integral, rel=0.02)
    assert integral > 0.5


def test_energy_as_reported_never_falls_across_power_cuts(build: Build) -> None:
    unit = cooling(build)
    told = [unit.values()["energyTotal"]]
    for _ in range(6):
        unit.advance(1200)
        told.append(unit.values()["energyTotal"])
        unit.mains("off")
        unit.advance(600)
        unit.mains("on")
        told.append(unit.values()["energyTotal"])
    assert told == sorted(told)
    assert told[-1] > told[0]


def test_heating_in_frost_defrosts_now_and_then(build: Build) -> None:
    unit = build("air-conditioner", seed=1)
    unit.touch({"outdoorTemperature": -8.0, "roomTemperature": 10.0})
    unit.write({"mode": "heat", "targetTemperature": 24.0, "power": True})
    states = set()
    for _ in range(3 * 60):
        unit.advance(60)
        states.add(unit.values()["operatingState"])
    assert {"heating", "defrosting"} <= states
    assert unit.truth()["roomTemperature"] > 14


def test_drying_takes_water_out_of_the_air(build: Build) -> None:
    unit = build("air-conditioner", seed=1)
    unit.touch({"outdoorTemperature": 27.0, "roomTemperature": 26.0})
    unit.advance(3600)
    wet = unit.truth()["roomHumidity"]
    unit.write({"mode": "dry", "targetHumidity": 50, "power": True})
    unit.advance(2 * 3600)
    assert unit.truth()["roomHumidity"] < wet - 8
    assert unit.truth()["roomTemperature"] > 17


def test_fan_mode_moves_air_only(build: Build) -> None:
    unit = build("air-conditioner", seed=1)
    unit.write({"mode": "fan", "power": True})
    unit.advance(600)
    assert unit.values()["operatingState"] == "fan"
    assert unit.truth()["watts"] < 60


def test_a_turbo_fan_makes_the_room_cool_faster(build: Build) -> None:
    rooms = {}
    for mode in ("quiet", "turbo"):
        unit = cooling(build, 18.0)
        unit.write({"fanMode": mode})
        unit.advance(600)
        rooms[mode] = unit.truth()["roomTemperature"]
    assert rooms["turbo"] < rooms["quiet"] - 0.3


def test_a_sagging_mains_keeps_the_compressor_from_starting(build: Build, heard: Heard) -> None:
    unit = build("air-conditioner", seed=1)
    notices = heard(unit)
    unit.mains("sag", 154)
    unit.write({"power": True, "targetTemperature": 20.0})
    unit.advance(600)
    assert unit.values()["operatingState"] == "idle"
    assert unit.pending() == {"operatingState": None}
    assert unit.values()["mains"] == "sag"
    assert [fault["code"] for fault in unit.values()["faults"]] == ["MAINS.UNDERVOLTAGE"]
    unit.mains("on")
    unit.advance(60)
    assert unit.values()["operatingState"] == "cooling"
    assert [notice.event for notice in notices if isinstance(notice, Raised)] == ["faultRaised", "faultCleared"]


def test_set_comfort_is_all_or_nothing(build: Build) -> None:
    unit = build("air-conditioner", seed=1)
    run = unit.invoke("setComfort", {"power": True, "mode": "heat", "targetTemperature": 22, "fanMode": "low"})
    assert run.last.state == "completed"
    assert [unit.values()[name] for name in ("power", "mode", "targetTemperature", "fanMode")] == [True, "heat", 22, "low"]
    before = unit.document()
    with pytest.raises(Refusal) as refused:
        unit.invoke("setComfort", {"power": False, "mode": "fan", "targetTemperature": 25})
    assert (refused.value.code, refused.value.constraint) == ("state-conflict", "ac-temp-writable")
    assert unit.document() == before


def test_self_clean_goes_through_its_phases_and_says_what_it_used(build: Build, heard: Heard) -> None:
    unit = build("air-conditioner", seed=1)
    unit.write({"power": True, "mode": "fan"})
    notices = heard(unit)
    run = unit.invoke("selfClean")
    with pytest.raises(Refusal, match="running already"):
        unit.invoke("selfClean")
    unit.advance(1700)
    stages = [notice.stage for notice in notices if isinstance(notice, Staged)]
    assert list(dict.fromkeys(stage.phase for stage in stages)) == ["frosting", "melting", "drying"]
    percents = [stage.percent or 0 for stage in stages]
    assert percents == sorted(percents)
    assert run.last.state == "completed"
    assert run.last.output["result"] == "done"
    assert 0.02 < run.last.output["energy"] < 1
    cleaned = unit.events("coilCleaned")[-1]
    assert cleaned.data == {"invocation": run.id, "result": "done"}
    assert unit.values()["operatingState"] == "fan"


def test_no_coil_is_frosted_while_the_unit_is_off(build: Build) -> None:
    unit = build("air-conditioner", seed=1)
    with pytest.raises(Refusal, match="switch it on first"):
        unit.invoke("selfClean")
    unit.write({"power": True, "mode": "fan"})
    run = unit.invoke("selfClean")
    unit.advance(60)
    unit.write({"power": False})
    unit.advance(2)
    assert (run.last.state, unit.truth()["compressor"], unit.values()["operatingState"]) == ("failed", False, "off")


def test_self_clean_of_a_running_unit_is_not_called_cooling_before_the_compressor_has_rested(build: Build) -> None:
    unit = cooling(build, 18.0)
    unit.advance(300)
    unit.invoke("selfClean")
    states = [unit.values()["operatingState"]]
    for _ in range(24):
        unit.advance(10)
        states.append(unit.values()["operatingState"])
    assert states[:17] == ["fan"] * 17
    assert states[-1] == "cooling"


def test_self_clean_can_be_cancelled_once(build: Build) -> None:
    unit = build("air-conditioner", seed=1)
    unit.write({"power": True})
    run = unit.invoke("selfClean", id="mine")
    assert unit.invoke("selfClean", id="mine") is run
    unit.advance(700)
    unit.cancel("mine")
    assert (run.last.state, run.last.output["result"]) == ("cancelled", "cancelled")
    with pytest.raises(Refusal) as refused:
        unit.cancel("mine")
    assert refused.value.code == "state-conflict"


def test_a_power_cut_fails_the_run(build: Build) -> None:
    unit = build("air-conditioner", seed=1)
    unit.write({"power": True})
    run = unit.invoke("selfClean")
    unit.mains("off")
    assert run.last.state == "failed"
    assert run.last.error is not None
    assert run.last.error["code"] == "device-error"


def test_a_broken_sensor_leaves_the_last_value_and_marks_it(build: Build) -> None:
    unit = cooling(build, 18.0)
    shown = unit.values()["roomTemperature"]
    unit.raise_fault("SENSOR.ROOM-TEMPERATURE")
    unit.advance(900)
    assert unit.values()["roomTemperature"] == shown
    assert unit.document()["$"]["q"] == {"roomTemperature": "invalid"}
    assert unit.truth()["roomTemperature"] < shown - 1
    unit.clear_fault("SENSOR.ROOM-TEMPERATURE")
    assert unit.quality() == {}
    assert unit.values()["roomTemperature"] < shown - 1


def test_a_compressor_fault_stops_the_cooling(build: Build) -> None:
    unit = cooling(build, 18.0)
    unit.advance(120)
    unit.raise_fault("REFRIG.COMPRESSOR.OVERCURRENT")
    unit.advance(10)
    assert unit.values()["operatingState"] == "idle"
    fault = unit.values()["faults"][0]
    assert (fault["severity"], fault["latched"], fault["effect"]) == ("error", True, ["cooling"])
    assert fault["freeze"]["roomTemperature"] == pytest.approx(unit.truth()["roomTemperature"], abs=1)


def test_the_filter_wears_and_says_so_once(build: Build, heard: Heard) -> None:
    unit = build("air-conditioner", seed=1)
    unit.touch({"filter": 15.4})
    notices = heard(unit)
    unit.write({"mode": "fan", "power": True})
    for _ in range(20):
        unit.advance(3600)
    assert [notice.event for notice in notices if isinstance(notice, Raised)] == ["consumableLow"]
    unit.invoke("resetConsumable", {"id": "filter"})
    assert unit.values()["consumables"][0]["remaining"] == 100


def _seconds(timestamp: str) -> float:
    from datetime import datetime  # noqa: PLC0415

    return datetime.fromisoformat(timestamp).timestamp()


def test_a_speed_in_words_and_another_in_per_cent_contradict_each_other(build: Build) -> None:
    unit = build("air-conditioner", seed=1)
    unit.write({"fanMode": "low", "fanPercent": 50})
    with pytest.raises(Refusal, match="write one of the two"):
        unit.write({"fanMode": "high", "fanPercent": 10})
    assert (unit.values()["fanMode"], unit.values()["fanPercent"]) == ("low", 50)
    unit.write({"fanMode": "auto", "fanPercent": 10})

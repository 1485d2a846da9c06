"""Ventilator, fan, heaters and humidifiers: what they do to the room, and what stops them."""

from collections.abc import Callable

import pytest

from firmware_sim.appliance import Appliance
from firmware_sim.refusal import Refusal

Build = Callable[..., Appliance]


def refusal(unit: Appliance, values: dict[str, object]) -> tuple[str, str | None]:
    with pytest.raises(Refusal) as refused:
        unit.write(values)
    return refused.value.code, refused.value.constraint


def test_fresh_air_in_automatic_speeds_up_for_a_full_room_and_slows_down_after(build: Build) -> None:
    unit = build("fresh-air", seed=1)
    unit.write({"mode": "auto"})
    unit.touch({"people": 10})
    unit.advance(2 * 3600)
    crowded = unit.values()["fanPercent"]
    assert crowded >= 80
    unit.touch({"people": 0})
    unit.advance(4 * 3600)
    assert unit.values()["fanPercent"] <= 40
    assert unit.values()["co2"] < 600


def test_fresh_air_reaches_the_balance_of_breath_and_flow(build: Build) -> None:
    unit = build("fresh-air", seed=1)
    unit.write({"mode": "manual", "fanPercent": 50})
    unit.touch({"people": 4})
    unit.advance(8 * 3600)
    assert unit.truth()["co2"] == pytest.approx(420 + 4 * 0.018e6 / (0.5 * 200 + 20), rel=0.01)


def test_fresh_air_takes_a_speed_only_where_a_person_chooses_it(build: Build) -> None:
    unit = build("fresh-air", seed=1)
    unit.write({"mode": "boost"})
    assert unit.values()["fanPercent"] == 100
    assert refusal(unit, {"fanPercent": 30}) == ("state-conflict", "fresh-speed-writable")
    unit.write({"mode": "manual", "fanPercent": 30})
    assert unit.values()["fanPercent"] == 30


def test_the_preheater_goes_off_with_the_air(build: Build) -> None:
    unit = build("fresh-air", seed=1)
    unit.write({"preheater": True})
    unit.advance(10)
    assert unit.truth()["watts"] > 800
    unit.write({"power": False})
    assert unit.values()["preheater"] is False
    assert refusal(unit, {"preheater": True})[1] == "fresh-preheater-air"


def test_a_fan_switches_off_when_its_timer_is_over(build: Build) -> None:
    fan = build("fan", seed=1)
    assert refusal(fan, {"offTimer": 30}) == ("state-conflict", "fan-timer-writable")
    fan.write({"power": True, "offTimer": 30})
    fan.advance(29 * 60)
    assert (fan.values()["power"], fan.values()["offTimer"]) == (True, 30)
    fan.advance(2 * 60)
    assert (fan.values()["power"], fan.values()["offTimer"]) == (False, 0)


def test_a_fan_keeps_its_speed_while_it_is_off_and_sleep_wind_is_gentle(build: Build) -> None:
    fan = build("fan", seed=1)
    fan.write({"power": True, "fanPercent": 90})
    fan.write({"power": False})
    assert fan.values()["fanPercent"] == 90
    fan.write({"power": True, "mode": "sleep"})
    assert fan.values()["fanPercent"] == 50
    assert refusal(fan, {"fanPercent": 80}) == ("schema", "fan-sleep-range")


def test_half_the_speed_of_a_fan_is_an_eighth_of_its_power(build: Build) -> None:
    fan = build("fan", seed=1)
    fan.write({"power": True, "fanPercent": 50})
    fan.advance(60)
    assert fan.truth()["watts"] == pytest.approx(0.5 + 36 / 8, rel=0.01)


def test_a_heater_keeps_the_room_at_its_target(build: Build) -> None:
    heater = build("space-heater", seed=1)
    heater.write({"power": True, "targetTemperature": 20})
    heater.advance(6 * 3600)
    assert heater.truth()["roomTemperature"] == pytest.approx(20, abs=1)
    assert heater.values()["operatingState"] in ("heating", "idle")


def test_a_heater_that_fell_over_stays_off_until_it_is_reset_at_the_heater(build: Build) -> None:
    heater = build("space-heater", seed=1)
    heater.write({"power": True, "targetTemperature": 30})
    heater.advance(60)
    heater.touch({"tipped": True})
    assert (heater.values()["power"], heater.values()["protection"], heater.values()["operatingState"]) == (False, "tipped", "off")
    assert heater.events("tipOver")[-1].data["power"] > 1900
    assert [fault["code"] for fault in heater.values()["faults"]] == ["SAFETY.TIP-OVER"]
    assert refusal(heater, {"power": True}) == ("state-conflict", "heater-latch-writable")
    heater.touch({"reset": True})
    assert heater.values()["protection"] == "tipped", "it still lies"
    heater.touch({"tipped": False})
    heater.mains("off")
    heater.advance(5)
    heater.mains("on")
    assert heater.values()["protection"] == "tipped"
    heater.advance(600)
    heater.touch({"reset": True})
    assert (heater.values()["protection"], heater.values()["faults"], heater.values()["power"]) == ("normal", [], False)
    heater.write({"power": True})
    assert heater.values()["power"] is True


def test_a_covered_heater_trips_before_it_burns_and_resets_only_when_cool(build: Build) -> None:
    heater = build("space-heater", seed=1)
    heater.write({"power": True, "targetTemperature": 35})
    heater.advance(1800)
    assert heater.values()["protection"] == "normal"
    heater.touch({"covered": True})
    heater.advance(300)
    assert heater.values()["protection"] == "overheated"
    assert heater.truth()["body"] < 125
    heater.touch({"reset": True})
    assert heater.values()["protection"] == "overheated"
    heater.touch({"covered": False})
    heater.advance(600)
    heater.touch({"reset": True})
    assert heater.values()["protection"] == "normal"


def test_a_heater_stays_off_after_a_power_cut(build: Build) -> None:
    heater = build("space-heater", seed=1)
    heater.write({"power": True, "offTimer": 60})
    heater.mains("off")
    heater.advance(2)
    heater.mains("on")
    assert (heater.values()["power"], heater.values()["offTimer"]) == (False, 0)


def test_a_floor_is_never_warmer_than_its_limit(build: Build) -> None:
    floor = build("floor-heating", seed=1)
    floor.touch({"outdoorTemperature": 0})
    floor.write({"floorLimit": 27, "targetTemperature": 27})
    warmest = 0.0
    for _ in range(24 * 6):
        floor.advance(600)
        warmest = max(warmest, floor.truth()["slab"])
    assert 26.5 < warmest < 27.5
    assert floor.truth()["roomTemperature"] < 22, "the room asked for more"
    assert refusal(floor, {"targetTemperature": 28}) == ("schema", "floor-target-limit")


def test_a_week_programme_sets_the_target_when_its_time_comes(build: Build) -> None:
    floor = build("floor-heating", seed=1)
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    floor.model.time_of_day = 5 * 3600.0
    floor.advance(5)
    floor.write({"schedule": [{"day": day, "time": "06:30", "target": 22.5} for day in days]})
    floor.advance(3600)
    assert floor.values()["targetTemperature"] == 20
    floor.advance(3600)
    assert floor.values()["targetTemperature"] == 22.5
    floor.write({"targetTemperature": 18})
    floor.advance(3600)
    assert floor.values()["targetTemperature"] == 18, "a person's wish holds until the next entry"
    floor.advance(23 * 3600)
    assert floor.values()["targetTemperature"] == 22.5


def test_a_humidifier_keeps_its_target_until_the_tank_is_empty(build: Build) -> None:
    unit = build("humidifier", seed=1)
    unit.write({"targetHumidity": 50})
    unit.advance(3 * 3600)
    assert unit.truth()["roomHumidity"] == pytest.approx(50, abs=4)
    unit.touch({"roomHumidity": 30, "tankLitres": 0.02})
    unit.advance(600)
    assert (unit.values()["tank"], unit.values()["operatingState"]) == ("empty", "idle")
    assert [fault["code"] for fault in unit.values()["faults"]] == ["WATER.TANK-EMPTY"]
    unit.touch({"tankLitres": 3})
    unit.advance(10)
    assert (unit.values()["tank"], unit.values()["faults"], unit.values()["operatingState"]) == ("ok", [], "humidifying")


def test_a_dehumidifier_fills_its_tank_with_what_it_takes_out_of_the_air(build: Build) -> None:
    unit = build("humidifier", seed=1, features=("DEHUMID", "MTR"))
    unit.touch({"tankLitres": 3.9, "roomHumidity": 85})
    unit.write({"mode": "laundry"})
    unit.advance(600)
    assert unit.values()["operatingState"] == "dehumidifying"
    unit.advance(3600)
    assert (unit.values()["tank"], unit.values()["operatingState"]) == ("full", "idle")


@pytest.mark.parametrize(("features", "mode", "fits"), [(("HUMIDIFY",), "laundry", False), (("DEHUMID",), "laundry", True)])
def test_drying_laundry_is_for_those_that_dry(build: Build, features: tuple[str, ...], mode: str, fits: bool) -> None:
    assert (mode in build("humidifier", features=features).schema("mode")["enum"]) is fits


def test_a_humidity_is_set_only_where_it_is_kept(build: Build) -> None:
    unit = build("humidifier", seed=1)
    unit.write({"mode": "manual"})
    assert refusal(unit, {"targetHumidity": 60}) == ("state-conflict", "humidity-target-writable")

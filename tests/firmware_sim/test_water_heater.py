"""Heat, standing loss, taps, modes, and protections that hold until somebody resets them.

Published figures: Drazice OKHE 80-SMART, 80 l and 2 kW, table 1 of its manual (https://www.manualslib.de/manual/41838/Dra%C5%BEice-Okhe-80-Smart.html?page=5):
15 to 65 Cel in 2.5 h with 4.8 kWh, standing loss 6.88 Wh a litre and day at 65 Cel in a room of 20. EPREL 29640 (Cata CTR-80-M, 80 l),
https://eprel.ec.europa.eu/informationsheet/Fiche_29640_EN.pdf: load profile M, 37 %, 1382 kWh a year. From memory (m): the taps of load
profile M (sum 5.845 kWh) and annual consumption = 0.6 x 366 x daily electricity, of (EU) 812/2013; 2 kW of the OKHE 80.
"""

from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.clock import SimulatorClock
from firmware_sim.constraints import broken
from firmware_sim.invocation import Invocation
from firmware_sim.models.tank import Tank
from firmware_sim.refusal import Refusal

NOON = 1_795_000_000.0
SMALL, DISHES, WASHING_UP, SHOWER = 0.105, 0.315, 0.735, 1.4
PROFILE_M = (
    *(
        (hour, SMALL)
        for hour in (7.0, 7.5, 7.75, 8.1, 8.4, 8.5, 8.75, 9.0, 9.5, 10.5, 11.5, 11.75, 14.5, 15.5, 16.5, 18.0, 18.25, 18.5, 19.0)
    ),
    *((7.1, SHOWER), (12.75, DISHES), (20.5, WASHING_UP), (21.5, SHOWER)),
)
"""Hour of the day and kWh of heat taken out."""

Build = Callable[..., Appliance]


@pytest.fixture
def heater(build: Build) -> Appliance:
    unit = build("electric-water-heater", seed=4)
    unit.touch({"roomTemperature": 20, "inletTemperature": 15})
    return unit


def until(unit: Appliance, done: Callable[[Appliance], bool], *, limit: float = 12 * 3600, step: float = 10) -> float:
    """Let time pass until something is so; return the seconds it took."""
    passed = 0.0
    while not done(unit):
        unit.advance(step)
        passed += step
        assert passed < limit, unit.truth()
    return passed


def cold(unit: Appliance, target: int = 65) -> Appliance:
    unit.touch({"tankTemperature": 15})
    unit.write({"targetTemperature": target})
    return unit


def codes(unit: Appliance) -> list[str]:
    return [fault["code"] for fault in unit.values()["faults"]]


def test_eighty_litres_are_heated_by_fifty_kelvin_in_the_time_and_with_the_energy_of_the_data_sheet(heater: Appliance) -> None:
    cold(heater)
    energy = heater.truth()["energy"]
    seconds = until(heater, lambda unit: not unit.truth()["heating"])
    assert heater.truth()["tankTemperature"] >= 65
    assert seconds / 3600 == pytest.approx(2.5, rel=0.1)
    assert heater.truth()["energy"] - energy == pytest.approx(4.8, rel=0.05)


def test_heating_follows_first_principles(heater: Appliance) -> None:
    """Mass times specific heat times kelvin over power: 80 kg, 4.186 kJ/(kg K), 50 K, 3 kW, plus what the walls lose meanwhile."""
    heater.write({"heatPower": 3000})
    cold(heater)
    seconds = until(heater, lambda unit: not unit.truth()["heating"])
    lost = 0.49 * 20 * seconds
    assert seconds == pytest.approx((80 * 4186 * 50 + lost) / 3000, rel=0.02)


def test_standing_loss_is_that_of_the_data_sheet(heater: Appliance) -> None:
    heater.touch({"tankTemperature": 62})
    heater.write({"targetTemperature": 65})
    until(heater, lambda unit: not unit.truth()["heating"])
    energy, kelvins, minutes, heated = heater.truth()["energy"], 0.0, 0, False
    while not heated or heater.truth()["heating"]:
        heater.advance(60)
        kelvins += sum(heater.truth()["layers"]) / 10 - 20
        minutes += 1
        heated = heated or heater.truth()["heating"]
    a_day = (heater.truth()["energy"] - energy) / (minutes / 1440)
    assert a_day / (kelvins / minutes) * 45 == pytest.approx(80 * 6.88 / 1000, rel=0.08)


def test_a_day_of_load_profile_m_takes_the_electricity_of_a_real_80_litre_heater(heater: Appliance) -> None:
    assert sum(heat for _, heat in PROFILE_M) == pytest.approx(5.845)
    heater.touch({"inletTemperature": 10, "timeOfDay": 0})
    live_through_a_day(heater)
    energy = heater.truth()["energy"]
    live_through_a_day(heater)
    used = heater.truth()["energy"] - energy
    assert used * 0.6 * 366 == pytest.approx(1382, rel=0.05)
    assert 5.845 / (2.5 * used) == pytest.approx(0.37, abs=0.02)


def live_through_a_day(unit: Appliance) -> None:
    begin = unit.clock.now()
    for hour, heat in sorted(PROFILE_M):
        unit.advance(max(0.0, begin + hour * 3600 - unit.clock.now()))
        wanted = unit.truth()["drawn"] + heat
        unit.touch({"flow": 6})
        while unit.truth()["drawn"] < wanted:
            unit.advance(5)
        unit.touch({"flow": 0})
    unit.advance(begin + 86400 - unit.clock.now())


def test_the_meter_is_the_integral_of_the_power(heater: Appliance) -> None:
    cold(heater)
    energy, joules = heater.truth()["energy"], 0.0
    for _ in range(3 * 720):
        heater.advance(5)
        joules += 5 * heater.truth()["watts"]
    assert heater.truth()["energy"] - energy == pytest.approx(joules / 3.6e6, rel=0.02)


def test_a_shower_draws_hot_water_first_and_the_share_of_it_falls(heater: Appliance) -> None:
    heater.touch({"tankTemperature": 60})
    heater.advance(30)
    assert heater.values()["hotWater"] == 100
    heater.touch({"flow": 8})
    heater.advance(5 * 60)
    assert heater.truth()["outletTemperature"] == pytest.approx(60, abs=2)
    assert 40 <= heater.values()["hotWater"] <= 60
    assert heater.values()["heating"] is True
    heater.advance(10 * 60)
    assert heater.truth()["outletTemperature"] < 40
    assert heater.values()["hotWater"] == 0


@pytest.mark.parametrize("volts", [187, 154])
def test_on_weak_mains_it_heats_less_by_the_square(heater: Appliance, volts: int) -> None:
    cold(heater)
    heater.advance(60)
    full = heater.truth()["watts"]
    heater.mains("sag", volts)
    heater.advance(10)
    assert heater.truth()["watts"] - 1.2 == pytest.approx((full - 1.2) * (volts / 220) ** 2)


def test_the_chosen_power_is_what_it_draws(heater: Appliance) -> None:
    cold(heater)
    for watts in (1000, 2000, 3000):
        heater.write({"heatPower": watts})
        heater.advance(300)
        assert heater.values()["powerDraw"] == pytest.approx(watts, abs=2)
    with pytest.raises(Refusal):
        heater.write({"heatPower": 1500})


def test_vacation_draws_the_temperature_down_and_refuses_more(heater: Appliance) -> None:
    heater.write({"mode": "vacation"})
    assert heater.values()["targetTemperature"] == 45
    with pytest.raises(Refusal) as refused:
        heater.write({"targetTemperature": 60})
    assert (refused.value.code, refused.value.constraint) == ("schema", "ewh-vacation-range")


def test_in_night_mode_it_heats_in_the_hours_of_the_cheap_tariff_only(heater: Appliance) -> None:
    heater.write({"mode": "night"})
    heater.touch({"tankTemperature": 30, "timeOfDay": 20})
    heater.advance(600)
    assert heater.values()["heating"] is False
    until(heater, lambda unit: unit.truth()["heating"])
    assert 23 <= heater.truth()["timeOfDay"] < 23.1
    heater.advance(8 * 3600)
    assert heater.truth()["tankTemperature"] > 55
    heater.touch({"flow": 10})
    heater.advance(600)
    assert heater.values()["heating"] is False


def test_its_clock_is_that_of_the_household(build: Build) -> None:
    """1,795,000,000 is 11:06:40 UTC, 19:06:40 in Shanghai."""
    assert build("electric-water-heater").truth()["timeOfDay"] == pytest.approx(19 + 400 / 3600, abs=0.01)


def test_eco_holds_no_more_than_55_degrees(heater: Appliance) -> None:
    heater.write({"mode": "eco", "targetTemperature": 70})
    heater.touch({"tankTemperature": 30})
    until(heater, lambda unit: not unit.truth()["heating"] and unit.truth()["tankTemperature"] > 50)
    assert heater.truth()["tankTemperature"] == pytest.approx(55, abs=0.5)


def test_a_boost_heats_with_all_it_has_to_its_own_temperature_and_gives_the_mode_back(heater: Appliance) -> None:
    heater.write({"mode": "eco"})
    heater.touch({"tankTemperature": 50})
    heater.invoke("boost", {"duration": 3600, "target": 70})
    heater.advance(60)
    assert (heater.values()["mode"], heater.values()["boostRemaining"]) == ("boost", 59)
    assert heater.values()["powerDraw"] == pytest.approx(3001, abs=2)
    heater.advance(3570)
    assert (heater.values()["mode"], heater.values()["boostRemaining"]) == ("eco", 0)
    assert heater.truth()["tankTemperature"] == pytest.approx(70, abs=3)


def test_what_is_off_is_not_boosted_and_nothing_of_such_a_write_is_taken(heater: Appliance) -> None:
    heater.write({"power": True, "mode": "normal"})
    with pytest.raises(Refusal, match="it is off"):
        heater.write({"power": False, "mode": "boost"})
    assert (heater.values()["power"], heater.values()["mode"]) == (True, "normal")


def test_a_boost_without_a_time_ends_when_the_water_is_hot(heater: Appliance) -> None:
    heater.touch({"tankTemperature": 50})
    heater.write({"mode": "boost"})
    until(heater, lambda unit: unit.values()["mode"] == "normal")
    assert heater.truth()["tankTemperature"] == pytest.approx(60, abs=0.5)


def test_a_boost_on_vacation_does_not_leave_it_hot_for_the_rest_of_it(heater: Appliance) -> None:
    heater.write({"mode": "vacation"})
    heater.write({"mode": "boost", "targetTemperature": 70})
    until(heater, lambda unit: unit.values()["mode"] == "vacation")
    assert heater.values()["targetTemperature"] == 45


def test_killing_legionella_makes_every_drop_hot_and_holds_it_for_an_hour(heater: Appliance) -> None:
    heater.touch({"tankTemperature": 40})
    run = heater.invoke("antiLegionella")
    hot, percent = 0.0, [0]
    while not run.last.terminal:
        heater.advance(60)
        hot += 60 if min(heater.truth()["layers"]) >= 63 else 0
        percent.append(run.last.percent or 0)
    assert (run.last.state, run.last.output["result"]) == ("completed", "done")
    assert run.last.output["energy"] == pytest.approx(80 * 4186 * 27 / 3.6e6, rel=0.1)
    assert hot >= 3600
    assert percent == sorted(percent)
    assert {stage.phase for stage in run._stages} == {"heating", "holding"}


def test_a_shower_while_legionella_are_killed_makes_it_take_longer(build: Build) -> None:
    lengths = []
    for flow in (0, 8):
        unit = build("electric-water-heater", seed=4)
        unit.touch({"tankTemperature": 60, "inletTemperature": 15, "roomTemperature": 20})
        run = unit.invoke("antiLegionella")
        unit.advance(1800)
        unit.touch({"flow": flow})
        unit.advance(300)
        unit.touch({"flow": 0})
        lengths.append(ended(unit, run))
    assert lengths[1] > lengths[0] + 1800


def ended(unit: Appliance, run: Invocation) -> float:
    return until(unit, lambda _: run.last.terminal)


def test_switching_off_ends_the_killing_as_failed(heater: Appliance) -> None:
    run = heater.invoke("antiLegionella")
    heater.advance(60)
    heater.write({"power": False})
    heater.advance(5)
    assert run.last.state == "failed"
    with pytest.raises(Refusal) as refused:
        heater.invoke("antiLegionella")
    assert refused.value.constraint == "ewh-legionella-needs-power"


def test_heating_without_water_trips_within_minutes_and_holds(heater: Appliance) -> None:
    heater.write({"powerOnState": "on"})
    heater.touch({"filled": False})
    heater.advance(240)
    assert (heater.values()["protection"], heater.values()["power"], heater.values()["heating"]) == ("dry-burn", False, False)
    assert codes(heater) == ["SAFETY.DRY-BURN"]
    assert heater.events("dryBurn")[-1].data["temperature"] >= 140
    with pytest.raises(Refusal) as refused:
        heater.write({"power": True})
    assert refused.value.constraint == "ewh-protected-stays-off"
    heater.mains("off")
    heater.advance(60)
    heater.mains("on")
    assert (heater.values()["protection"], heater.values()["power"]) == ("dry-burn", False)


def test_a_reset_at_the_heater_works_once_the_cause_is_gone(heater: Appliance) -> None:
    heater.touch({"leakage": 25})
    heater.advance(2)
    assert heater.events("leakCurrent")[-1].data == {"current": 25}
    assert codes(heater) == ["SAFETY.LEAKAGE-CURRENT"]
    with pytest.raises(Refusal, match="leakage"):
        heater.touch({"reset": True})
    heater.touch({"leakage": 0})
    heater.touch({"reset": True})
    assert (heater.values()["protection"], heater.values()["power"], codes(heater)) == ("none", False, [])
    heater.write({"power": True})
    assert heater.values()["power"] is True


def test_a_stuck_thermostat_is_stopped_before_the_water_boils(heater: Appliance) -> None:
    heater.touch({"thermostatStuck": True})
    hottest = 0.0
    while heater.values()["protection"] == "none":
        heater.advance(30)
        hottest = max(hottest, heater.truth()["outletTemperature"])
    assert (heater.values()["protection"], codes(heater)) == ("overheat", ["SAFETY.WATER-OVERHEAT"])
    assert 89 < hottest < 95


def test_a_protection_outlives_the_program(tmp_path: Any) -> None:
    clock = SimulatorClock(wall=lambda: NOON)
    unit = make_appliance("electric-water-heater", identifier="heater-1", clock=clock, state=tmp_path)
    unit.touch({"leakage": 25})
    unit.advance(2)
    unit.remember(last=True)
    again = make_appliance("electric-water-heater", identifier="heater-1", clock=clock, state=tmp_path)
    assert (again.values()["protection"], again.values()["power"]) == ("leakage", False)
    assert codes(again) == ["SAFETY.LEAKAGE-CURRENT"]


def test_a_blind_sensor_stops_the_heating(heater: Appliance) -> None:
    cold(heater)
    heater.advance(60)
    heater.raise_fault("SENSOR.TANK-TEMPERATURE")
    heater.advance(10)
    assert heater.values()["heating"] is False
    assert heater.quality()["tankTemperature"] == "invalid"


def test_the_anode_wears_faster_in_hotter_water_and_is_replaced(build: Build) -> None:
    wear = []
    for degrees in (45, 75):
        unit = build("electric-water-heater", seed=4)
        unit.touch({"anode": 50, "tankTemperature": degrees})
        unit.write({"targetTemperature": degrees})
        unit.advance(6 * 3600)
        wear.append(0.5 - unit.truth()["anode"])
    assert wear[1] > 2 * wear[0]
    unit.touch({"anode": 0.01})
    unit.advance(6 * 3600)
    assert codes(unit) == ["CONSUMABLE.ANODE-SPENT"]
    unit.invoke("resetConsumable", {"id": "anode"})
    assert codes(unit) == []


def test_a_power_cut_lets_it_cool_slowly_and_it_goes_on_after_it(heater: Appliance) -> None:
    heater.touch({"tankTemperature": 60})
    heater.mains("off")
    heater.advance(12 * 3600)
    assert 56 < heater.truth()["tankTemperature"] < 59
    heater.mains("on")
    heater.advance(12 * 3600)
    assert heater.truth()["tankTemperature"] > 55


@given(st.lists(st.tuples(st.floats(0, 6000), st.floats(0, 12), st.floats(1, 35)), max_size=30))
def test_a_tank_never_boils_never_freezes_and_lies_warm_on_cold(deeds: list[tuple[float, float, float]]) -> None:
    tank = Tank(80, 0.5, 40)
    for watts, litres, inlet in deeds:
        tank.draw(litres, inlet)
        tank.step(30, watts, 20)
        assert all(0 < layer <= 99 for layer in tank.layers)
        assert all(above - below > -1e-6 for below, above in pairwise(tank.layers))


@given(st.floats(0, 100), st.floats(1, 35), st.lists(st.floats(20, 90), min_size=10, max_size=10))
def test_drawing_takes_out_exactly_the_heat_that_is_missing_afterwards(litres: float, inlet: float, layers: list[float]) -> None:
    tank = Tank(80, 0.5, 40)
    tank.layers = sorted(layers)
    before = tank.mean
    taken = tank.draw(litres, inlet)
    assert taken == pytest.approx((before - tank.mean) * 80 * 4186, abs=1)


DEEDS = st.one_of(
    st.tuples(st.just("advance"), st.sampled_from([5, 120, 2000, 8000])),
    st.tuples(st.just("write"), st.sampled_from([{"mode": mode} for mode in ("normal", "eco", "night", "vacation", "boost")])),
    st.tuples(st.just("write"), st.sampled_from([{"power": True}, {"power": False}, {"targetTemperature": 75}, {"powerOnState": "on"}])),
    st.tuples(
        st.just("touch"),
        st.sampled_from([{"flow": 15}, {"flow": 0}, {"filled": False}, {"filled": True}, {"leakage": 50}, {"leakage": 0}, {"reset": True}]),
    ),
    st.tuples(st.just("touch"), st.sampled_from([{"thermostatStuck": True}, {"thermostatStuck": False}, {"tankTemperature": 85}])),
    st.tuples(st.just("invoke"), st.sampled_from(["antiLegionella"])),
    st.tuples(st.just("mains"), st.sampled_from(["off", "on", "sag"])),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(DEEDS, max_size=25))
def test_whatever_happens_a_tripped_heater_stays_cold_until_reset_and_nothing_boils(deeds: list[tuple[str, Any]]) -> None:
    unit = make_appliance("electric-water-heater", clock=SimulatorClock(wall=lambda: NOON))
    for deed, value in deeds:
        tripped = unit.truth()["protection"]
        with suppress(Refusal):
            getattr(unit, deed)(value)
        truth = unit.truth()
        if tripped != "none" and value != {"reset": True}:
            assert truth["protection"] == tripped
        if truth["protection"] != "none":
            assert not truth["heating"]
            assert truth["settings"]["power"] is False
        assert max(truth["layers"]) < 99
        assert truth["element"] < 160
        assert broken(unit.profile.constraints, unit.values()) == ()

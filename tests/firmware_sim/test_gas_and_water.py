"""Flames that only hands light, an induction hob that asks who is there, and water that is filtered."""

from collections.abc import Callable
from typing import Any

import pytest

from firmware_sim.appliance import Appliance
from firmware_sim.refusal import Refusal

Build = Callable[..., Appliance]


def codes(unit: Appliance) -> list[str]:
    return [fault["code"] for fault in unit.values()["faults"]]


def shower(unit: Appliance) -> None:
    """Draw six litres a minute until it is warm."""
    unit.touch({"tap": 0.1})
    unit.advance(60)


def test_drawn_water_lights_the_heater_and_comes_as_hot_as_wanted(build: Build) -> None:
    heater = build("gas-water-heater", seed=3)
    assert heater.values()["burning"] is False
    shower(heater)
    assert heater.values()["burning"] is True
    assert heater.values()["outletTemperature"] == pytest.approx(42, abs=1)
    assert heater.values()["flow"] == pytest.approx(0.1, abs=0.001)
    heater.touch({"tap": 0})
    assert heater.values()["burning"] is False


def test_a_trickle_lights_nothing(build: Build) -> None:
    heater = build("gas-water-heater", seed=3)
    heater.touch({"tap": 0.02})
    heater.advance(30)
    assert heater.values()["burning"] is False


def test_off_is_off_whatever_is_drawn(build: Build) -> None:
    heater = build("gas-water-heater", seed=3)
    shower(heater)
    heater.write({"power": False})
    assert heater.values()["burning"] is False
    heater.advance(60)
    assert heater.values()["burning"] is False


def test_a_flame_failure_shuts_the_gas_until_somebody_resets_it(build: Build) -> None:
    heater = build("gas-water-heater", seed=3)
    shower(heater)
    heater.touch({"flameOut": True})
    assert (heater.values()["burning"], heater.values()["protection"]) == (False, "flame-failure")
    assert heater.events("flameFailure")[-1].data == {"why": "went-out"}
    assert heater.values()["faults"][0]["latched"] is True
    heater.touch({"tap": 0})
    heater.touch({"tap": 0.1})
    heater.write({"power": False})
    heater.write({"power": True})
    heater.mains("off")
    heater.mains("on")
    heater.advance(60)
    assert heater.values()["burning"] is False, "nothing but the reset lifts it"
    heater.touch({"reset": True})
    heater.advance(10)
    assert (heater.values()["burning"], heater.values()["protection"], codes(heater)) == (True, "none", [])


def test_a_gas_cut_locks_the_heater_and_gas_that_is_back_is_found_by_lighting(build: Build) -> None:
    heater = build("gas-water-heater", seed=3)
    shower(heater)
    heater.touch({"gasSupply": False})
    heater.advance(2)
    assert (heater.values()["burning"], heater.values()["gasSupply"]) == (False, "interrupted")
    assert {"GAS.NO-SUPPLY", "GAS.FLAME-FAILURE"} == set(codes(heater))
    assert heater.events("supplyInterrupted")[-1].data == {"supply": "gas"}
    heater.touch({"reset": True})
    heater.advance(20)
    assert heater.values()["protection"] == "flame-failure", "it tried and failed again"
    assert heater.events("flameFailure")[-1].data == {"why": "not-lit"}
    heater.touch({"gasSupply": True})
    heater.advance(5)
    assert heater.values()["gasSupply"] == "interrupted", "nobody knows before it lights"
    heater.touch({"reset": True})
    heater.advance(5)
    assert (heater.values()["burning"], heater.values()["gasSupply"], codes(heater)) == (True, "normal", [])
    assert heater.events("supplyRestored")[-1].data["supply"] == "gas"


def test_a_water_cut_puts_the_flame_out_without_locking_it(build: Build) -> None:
    heater = build("gas-water-heater", seed=3)
    shower(heater)
    heater.touch({"waterSupply": False})
    heater.advance(10)
    assert (heater.values()["waterSupply"], heater.values()["burning"], heater.values()["protection"]) == ("interrupted", False, "none")
    heater.touch({"waterSupply": True})
    heater.advance(10)
    assert (heater.values()["waterSupply"], heater.values()["burning"], codes(heater)) == ("normal", True, [])
    assert heater.events("supplyRestored")[-1].data["outage"] == pytest.approx(10, abs=2)


def test_carbon_monoxide_shuts_the_gas_and_is_not_reset_while_it_lasts(build: Build) -> None:
    heater = build("gas-water-heater", seed=3)
    shower(heater)
    heater.touch({"monoxide": 300})
    heater.advance(1)
    assert heater.values()["protection"] == "carbon-monoxide"
    assert heater.events("coAlarm")[-1].data == {"level": 300.0}
    heater.touch({"reset": True})
    assert heater.values()["protection"] == "carbon-monoxide"
    heater.touch({"monoxide": 5})
    heater.touch({"reset": True})
    assert heater.values()["protection"] == "none"


def test_hot_water_into_the_inlet_ends_in_the_overheat_protection(build: Build) -> None:
    heater = build("gas-water-heater", seed=3)
    heater.touch({"inlet": 70, "tap": 0.045})
    heater.advance(60)
    assert heater.values()["protection"] == "overheat"
    assert codes(heater) == ["SAFETY.WATER-OVERHEAT"]


def test_scalding_temperatures_are_not_set_under_the_shower_or_with_the_child_lock(build: Build) -> None:
    heater = build("gas-water-heater", seed=3)
    heater.write({"targetTemperature": 60})
    heater.write({"childLock": True})
    assert heater.values()["targetTemperature"] == 50
    with pytest.raises(Refusal) as refused:
        heater.write({"targetTemperature": 55})
    assert refused.value.constraint == "gasheater-child"
    heater.write({"childLock": False})
    shower(heater)
    with pytest.raises(Refusal) as refused:
        heater.write({"targetTemperature": 60})
    assert refused.value.constraint == "gasheater-scald"
    heater.write({"targetTemperature": 40})


def test_a_bath_is_told_when_it_is_full(build: Build) -> None:
    heater = build("gas-water-heater", seed=3)
    heater.write({"bathVolume": 10})
    heater.touch({"tap": 0.1})
    heater.advance(90)
    assert len(heater.events("bathFull")) == 0
    heater.advance(30)
    assert len(heater.events("bathFull")) == 1
    assert heater.values()["bathVolume"] == 0


def test_nothing_of_a_gas_appliance_can_be_lit_from_afar(build: Build) -> None:
    hob, heater = build("gas-hob", seed=3), build("gas-water-heater", seed=3)
    assert hob.surface.writable == {"offTimer", "childLock"}
    assert heater.surface.writable == {"power", "targetTemperature", "bathVolume", "childLock", "powerOnState"}
    for name in ("burning", "protection", "burners"):
        with pytest.raises(Refusal) as refused:
            hob.write({name: True})
        assert refused.value.code == "read-only"


def test_all_off_puts_every_burner_out(build: Build) -> None:
    hob = build("gas-hob", seed=3)
    hob.touch({"left": 9, "right": 3})
    assert [burner["level"] for burner in hob.values()["burners"]] == [9, 3]
    hob.invoke("allOff")
    assert hob.values()["burning"] is False
    assert not any(burner["on"] for burner in hob.values()["burners"])


def test_a_timer_is_for_what_burns_and_puts_it_out(build: Build) -> None:
    hob = build("gas-hob", seed=3)
    with pytest.raises(Refusal) as refused:
        hob.write({"offTimer": 10})
    assert refused.value.constraint == "hob-timer"
    hob.touch({"left": 5})
    hob.write({"offTimer": 10})
    hob.advance(301)
    assert (hob.values()["offTimer"], hob.values()["burning"]) == (5, True)
    hob.advance(300)
    assert (hob.values()["offTimer"], hob.values()["burning"]) == (0, False)


@pytest.mark.parametrize(
    ("touch", "protection", "code"),
    [
        ({"flameOut": "left"}, "flame-failure", "GAS.FLAME-FAILURE"),
        ({"leak": 20}, "gas-leak", "GAS.LEAK"),
        ({"potTemperature": 320}, "overheat", "SAFETY.OVERHEAT"),
    ],
)
def test_what_is_dangerous_shuts_the_gas_of_the_hob_until_reset(build: Build, touch: dict[str, Any], protection: str, code: str) -> None:
    hob = build("gas-hob", seed=3)
    hob.touch({"left": 5, "right": 5})
    hob.touch(touch)
    assert (hob.values()["protection"], hob.values()["burning"]) == (protection, False)
    assert (code, True) in [(fault["code"], fault["latched"]) for fault in hob.values()["faults"]]
    hob.touch({"left": 0})
    hob.touch({"left": 5})
    assert hob.values()["burning"] is False
    hob.touch({"leak": 0, "potTemperature": 60, "reset": True})
    hob.touch({"left": 5})
    assert (hob.values()["protection"], hob.values()["burning"], codes(hob)) == ("none", True, [])


def test_a_hob_nobody_looks_after_says_so_and_goes_out(build: Build) -> None:
    hob = build("gas-hob", seed=3)
    hob.touch({"left": 2})
    hob.advance(1300)
    assert hob.events("unattended")[-1].data["minutes"] == pytest.approx(20, abs=0.5)
    hob.advance(6000)
    assert hob.values()["burning"] is False


def test_a_hob_goes_out_with_the_mains_and_is_not_lit_by_their_return(build: Build) -> None:
    hob = build("gas-hob", seed=3)
    hob.touch({"left": 5})
    hob.mains("off")
    hob.advance(5)
    hob.mains("on")
    hob.advance(5)
    assert hob.values()["burning"] is False


def test_from_afar_an_induction_hob_heats_only_while_somebody_is_there(build: Build) -> None:
    hob = build("induction-hob", seed=3)
    assert hob.values()["attended"] is False
    for wish in ({"level": 5}, {"zoneTemperature": 180}):
        with pytest.raises(Refusal) as refused:
            hob.write(wish)
        assert refused.value.code == "state-conflict"
    hob.touch({"key": 3})
    hob.write({"level": 5})
    assert (hob.values()["heating"], hob.values()["level"]) == (True, 5)
    hob.advance(90)
    assert hob.values()["attended"] is False
    with pytest.raises(Refusal):
        hob.write({"level": 6})
    hob.write({"level": 0})
    assert hob.values()["heating"] is False


def test_the_energy_of_an_induction_hob_is_the_integral_of_its_power(build: Build) -> None:
    hob = build("induction-hob", seed=3)
    before, integral = hob.truth()["energy"], 0.0
    hob.touch({"key": 9})
    for second in range(1800):
        if second == 900:
            hob.mains("sag", 180)
        hob.advance(1)
        integral += hob.truth()["watts"] / 3.6e6
    assert hob.truth()["energy"] - before == pytest.approx(integral, rel=0.02)
    assert integral > 0.5


def test_water_boils_in_the_time_physics_asks(build: Build) -> None:
    hob = build("induction-hob", seed=3)
    hob.touch({"water": 1.5})
    hob.touch({"key": 9})
    hob.advance(240)
    assert hob.truth()["temperature"] < 100
    hob.advance(120)
    assert hob.truth()["temperature"] == pytest.approx(100)


def test_a_pot_that_boils_dry_locks_the_hob(build: Build) -> None:
    hob = build("induction-hob", seed=3)
    hob.touch({"water": 0})
    hob.write({"childLock": False})
    hob.touch({"person": True})
    hob.write({"zoneTemperature": 240})
    hob.model.settings["zoneTemperature"] = 300  # a thermostat that fails
    hob.touch({"key": 9})
    hob.advance(1800)
    assert codes(hob) == ["SAFETY.OVERHEAT"]
    assert (hob.values()["level"], hob.values()["heating"]) == (0, False)
    hob.touch({"key": 9})
    assert hob.values()["level"] == 0


@pytest.mark.parametrize("touch", [{"pot": False}, {"timer": 1}])
def test_it_stops_without_a_pot_and_by_its_timer(build: Build, touch: dict[str, Any]) -> None:
    hob = build("induction-hob", seed=3)
    hob.touch({"key": 5})
    hob.touch(touch)
    hob.advance(30)
    assert hob.values()["level"] == 5
    hob.advance(60)
    assert hob.values()["level"] == 0


def test_pure_water_has_few_solids_and_more_as_the_membrane_wears(build: Build) -> None:
    purifier = build("water-purifier", seed=3)
    purifier.invoke("resetConsumable", {"id": "ro"})
    purifier.touch({"tdsIn": 400})
    purifier.advance(600)
    fresh = purifier.values()["tdsOut"]
    assert fresh == pytest.approx(12, abs=2)
    purifier.touch({"tap": 0.03})
    purifier.advance(4 * 86400)
    assert purifier.values()["tdsOut"] > 5 * fresh
    assert "consumableSpent" in purifier.surface.events
    assert purifier.events("consumableSpent")[-1].data["id"] == "ro"


def test_water_is_counted_and_its_energy_too(build: Build) -> None:
    purifier = build("water-purifier", seed=3)
    before, energy, integral = purifier.truth()["total"], purifier.truth()["energy"], 0.0
    purifier.write({"childLock": True})
    purifier.write({"dispenseTemperature": "95"})
    purifier.touch({"tap": 0.005})
    for _ in range(600):
        purifier.advance(1)
        integral += purifier.truth()["watts"] / 3.6e6
    assert purifier.truth()["total"] - before == pytest.approx(3, rel=0.02)
    assert purifier.truth()["energy"] - energy == pytest.approx(integral, rel=0.02)
    assert purifier.truth()["watts"] == pytest.approx(0.005 * 4186 * 77 + 46.2, rel=0.01)


def test_scalding_water_needs_the_child_lock(build: Build) -> None:
    purifier = build("water-purifier", seed=3)
    purifier.write({"dispenseTemperature": "40"})
    with pytest.raises(Refusal) as refused:
        purifier.write({"dispenseTemperature": "95"})
    assert refused.value.constraint == "purifier-scald"
    purifier.write({"childLock": True, "dispenseTemperature": "95"})


def test_a_leak_shuts_the_inlet_until_the_floor_is_dry_and_somebody_resets_it(build: Build) -> None:
    purifier = build("water-purifier", seed=3)
    purifier.touch({"tap": 0.02})
    purifier.touch({"leak": True})
    assert (purifier.values()["inletValve"], purifier.values()["making"]) == ("closed", "fault")
    assert len(purifier.events("leak")) == 1
    purifier.touch({"reset": True})
    assert purifier.values()["inletValve"] == "closed"
    purifier.touch({"leak": False})
    purifier.touch({"reset": True})
    assert (purifier.values()["inletValve"], purifier.values()["making"], codes(purifier)) == ("open", "filtering", [])


def test_a_water_cut_is_noticed_and_its_end_too(build: Build) -> None:
    purifier = build("water-purifier", seed=3)
    purifier.touch({"waterSupply": False})
    purifier.advance(60)
    assert purifier.values()["waterSupply"] == "normal", "nobody drew any"
    purifier.touch({"tap": 0.02})
    purifier.advance(10)
    assert (purifier.values()["waterSupply"], purifier.values()["making"]) == ("interrupted", "idle")
    purifier.touch({"waterSupply": True})
    purifier.advance(2)
    assert (purifier.values()["waterSupply"], purifier.values()["making"]) == ("normal", "filtering")


def test_flushing_is_a_run_that_tells_its_water(build: Build) -> None:
    purifier = build("water-purifier", seed=3)
    run = purifier.invoke("flush", {"seconds": 120})
    purifier.advance(30)
    assert purifier.values()["making"] == "flushing"
    purifier.advance(100)
    assert run.last.state == "completed"
    assert run.last.output == {"result": "done", "water": pytest.approx(2.4, abs=0.1)}


def test_a_leak_fails_the_flushing(build: Build) -> None:
    purifier = build("water-purifier", seed=3)
    run = purifier.invoke("flush")
    purifier.touch({"leak": True})
    assert run.last.state == "failed"

"""A room, its dust, and a filter: against the chamber test of GB/T 18801 and its classes, and as a household meets it."""

import math
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.clock import SimulatorClock
from firmware_sim.models.fouled_air import FouledAir
from firmware_sim.refusal import Refusal

Build = Callable[..., Appliance]

NOMINAL_CADR, NOMINAL_WATTS = 400.0, 39.0
"""What is printed on the made-up product."""
CHAMBER = {"volume": 30, "exchange": 0, "outdoorDust": 0, "dustSource": 0, "people": 0}
"""GB/T 18801: a closed chamber of 30 m3."""


@pytest.fixture
def purifier(build: Build) -> Appliance:
    unit = build("air-purifier", seed=1)
    unit.touch({"filter": 100, "carbon": 100})
    return unit


def decay(unit: Appliance, minutes: int) -> float:
    """Return the constant of decay in 1/h: a least-squares line through the logarithms of the dust in the chamber, one a minute."""
    points: list[tuple[float, float]] = []
    for minute in range(minutes + 1):
        points.append((minute / 60, math.log(unit.truth()["dust"])))
        unit.advance(60)
    mean_t = sum(t for t, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    slope = sum((t - mean_t) * (y - mean_y) for t, y in points) / sum((t - mean_t) ** 2 for t, _ in points)
    return -slope


def test_clean_air_delivery_in_the_chamber_is_the_printed_one(purifier: Appliance) -> None:
    """GB/T 18801 (2015 and 2022): CADR = V (ke - kn), ke and kn the decays with and without the purifier; not below 90 % of nominal."""
    purifier.touch({**CHAMBER, "pm25": 800})
    natural = decay(purifier, 20)
    purifier.touch({"pm25": 800})
    purifier.write({"power": True, "mode": "boost"})
    purifier.advance(30)
    measured = 30 * (decay(purifier, 10) - natural)
    assert 0.02 < natural < 0.2, "a chamber loses a few percent an hour by itself"
    assert 0.9 * NOMINAL_CADR <= measured <= 1.05 * NOMINAL_CADR


def test_the_reported_curve_is_the_exponential_of_the_standard(purifier: Appliance) -> None:
    """C(t) = C0 exp(-(CADR/V + k) t) with the printed CADR and the natural decay of the chamber."""
    purifier.touch({**CHAMBER, "pm25": 800})
    purifier.write({"power": True, "mode": "boost"})
    purifier.advance(30)
    start = purifier.truth()["dust"]
    for _ in range(12):
        purifier.advance(30)
        begun = purifier.truth()["dust"]
        assert purifier.values()["pm25"] == pytest.approx(begun, abs=2.5), "what it tells is what is there"
    expected = start * math.exp(-(NOMINAL_CADR / 30 + 0.1) * 6 / 60)
    assert purifier.truth()["dust"] == pytest.approx(expected, rel=0.03)


def test_its_efficiency_is_of_the_high_grade_as_published(purifier: Appliance) -> None:
    """GB/T 18801-2015: 2 m3/(W h) of clean air pass, 5 are high; values as told by weste.net 2016-03-05. The label says 10.2."""
    purifier.touch({**CHAMBER, "pm25": 500})
    purifier.write({"power": True, "mode": "boost"})
    purifier.advance(30)
    efficiency = purifier.truth()["cadr"] / purifier.truth()["watts"]
    assert purifier.truth()["watts"] == pytest.approx(NOMINAL_WATTS, rel=0.05)
    assert efficiency >= 5
    printed = [label["value"] for label in purifier.values()["energyLabel"] if "value" in label]
    assert all(efficiency == pytest.approx(value, rel=0.03) for value in printed)


def test_half_the_delivery_is_left_when_the_filter_has_caught_what_class_p4_begins_with(build: Build) -> None:
    """GB/T 18801-2015: CCM is the dust caught until CADR is halved; P4 begins at 12,000 mg (zol.com.cn, 2016)."""
    purifier = build("air-purifier", seed=2)
    purifier.touch({**CHAMBER, "filter": 100})
    purifier.write({"power": True, "mode": "boost"})
    purifier.advance(10)
    new = purifier.truth()["cadr"]
    caught = purifier.truth()["filterMilligrams"]
    for _ in range(200):
        purifier.touch({"pm25": 5000})
        purifier.advance(600)
        if purifier.truth()["cadr"] <= new / 2:
            break
    assert purifier.truth()["filterMilligrams"] - caught == pytest.approx(12_000, rel=0.03)
    entry = next(part for part in purifier.values()["consumables"] if part["id"] == "filter")
    assert entry["remaining"] <= 1


@settings(max_examples=60, deadline=None)
@given(dust=st.floats(0, 2000), delivery=st.floats(0, 800), hours=st.floats(0.01, 5), pieces=st.integers(1, 50))
def test_dust_is_neither_made_nor_lost_however_the_time_is_cut(dust: float, delivery: float, hours: float, pieces: int) -> None:
    whole, cut = (FouledAir(dust=dust, dust_source=500.0) for _ in range(2))
    caught = whole.step(hours * 3600, dust_delivery=delivery)
    together = sum(cut.step(hours * 3600 / pieces, dust_delivery=delivery) for _ in range(pieces))
    assert cut.dust == pytest.approx(whole.dust, rel=1e-6, abs=1e-6)
    assert together == pytest.approx(caught, rel=1e-6, abs=1e-3)
    assert whole.dust >= 0


def test_automatic_mode_answers_smoke_and_calms_down(purifier: Appliance) -> None:
    purifier.touch({"pm25": 12, "outdoorDust": 10})
    purifier.write({"power": True, "mode": "auto"})
    purifier.advance(60)
    calm = purifier.values()["fanPercent"]
    purifier.touch({"pm25": 300})
    purifier.advance(10)
    assert purifier.values()["fanPercent"] == 100
    assert purifier.values()["airQuality"] == "very-poor"
    purifier.advance(3600)
    assert purifier.values()["fanPercent"] <= calm + 5
    assert purifier.values()["pm25"] < 15
    assert purifier.values()["airQuality"] == "good"


def test_cooking_with_the_fan_off_fouls_the_room_and_with_it_on_does_not(build: Build) -> None:
    rooms = {}
    for power in (False, True):
        purifier = build("air-purifier", seed=3)
        purifier.touch({"pm25": 20, "dustSource": 30_000, "filter": 100})
        purifier.write({"power": power, "mode": "auto"})
        purifier.advance(3600)
        rooms[power] = purifier.truth()["dust"]
    assert rooms[False] > 300
    assert rooms[True] < 110


def test_in_automatic_mode_the_speed_shows_but_is_not_writable(purifier: Appliance) -> None:
    purifier.write({"power": True, "mode": "auto"})
    for mode in ("auto", "sleep", "boost"):
        purifier.write({"mode": mode})
        with pytest.raises(Refusal) as refused:
            purifier.write({"fanPercent": 50})
        assert (refused.value.code, refused.value.constraint) == ("state-conflict", "purifier-fan-manual")
    purifier.write({"mode": "manual", "fanPercent": 42})
    assert purifier.values()["fanPercent"] == 42


def test_off_means_still_and_the_chosen_speed_comes_back(purifier: Appliance) -> None:
    purifier.write({"power": True, "mode": "manual", "fanPercent": 70})
    purifier.write({"power": False})
    assert purifier.values()["fanPercent"] == 0
    with pytest.raises(Refusal):
        purifier.write({"fanPercent": 10})
    purifier.advance(10)
    assert purifier.truth()["watts"] < 1
    assert purifier.truth()["cadr"] < 5
    purifier.write({"power": True})
    assert purifier.values()["fanPercent"] == 70


def test_sleep_is_slow_and_needs_next_to_nothing(purifier: Appliance) -> None:
    purifier.write({"power": True, "mode": "boost"})
    purifier.write({"mode": "sleep"})
    purifier.touch({"pm25": 40})
    purifier.advance(60)
    assert purifier.values()["fanPercent"] == 15
    assert purifier.truth()["watts"] < 4
    purifier.touch({"pm25": 200})
    purifier.advance(10)
    assert purifier.values()["fanPercent"] == 30, "not above what the standard calls sleep"


def test_an_open_cover_stops_fan_and_lamp_and_is_a_fault_until_it_is_shut(purifier: Appliance) -> None:
    purifier.write({"power": True, "mode": "boost", "uv": True})
    assert purifier.truth()["uvLit"] is True
    purifier.touch({"cover": True})
    assert purifier.values()["fanPercent"] == 0
    assert purifier.truth()["uvLit"] is False
    assert [fault["code"] for fault in purifier.values()["faults"]] == ["DOOR.COVER-OPEN"]
    purifier.touch({"cover": False})
    assert purifier.values()["fanPercent"] == 100
    assert purifier.values()["faults"] == []


def test_formaldehyde_goes_into_the_carbon_and_carbon_dioxide_nowhere(build: Build) -> None:
    rooms = {}
    for power in (False, True):
        purifier = build("air-purifier", seed=4)
        purifier.touch({"hcho": 150, "people": 3})
        purifier.write({"power": power, "mode": "boost"})
        purifier.advance(2 * 3600)
        rooms[power] = purifier.truth()
    assert rooms[True]["hcho"] < rooms[False]["hcho"] / 2
    assert rooms[True]["co2"] == pytest.approx(rooms[False]["co2"])


def test_filters_say_when_they_are_low_and_spent_and_a_new_one_clears_it(purifier: Appliance) -> None:
    purifier.touch({"filter": 15.1, "outdoorDust": 1500, "exchange": 5})
    purifier.write({"power": True, "mode": "boost"})
    purifier.advance(3600)
    assert purifier.events("consumableLow")[-1].data["id"] == "filter"
    purifier.touch({"filter": 0.6})
    purifier.advance(4 * 3600)
    assert purifier.events("consumableSpent")[-1].data == {"id": "filter"}
    assert [fault["code"] for fault in purifier.values()["faults"]] == ["CONSUMABLE.FILTER-SPENT"]
    with pytest.raises(Refusal, match="filter, carbon"):
        purifier.invoke("resetConsumable", {"id": "bag"})
    purifier.invoke("resetConsumable", {"id": "filter"})
    assert purifier.values()["faults"] == []
    assert [part["remaining"] for part in purifier.values()["consumables"] if part["id"] == "filter"] == [100]


def test_energy_is_the_integral_of_power(purifier: Appliance) -> None:
    before, integral = purifier.truth()["energy"], 0.0
    purifier.touch({"dustSource": 8000})
    purifier.write({"power": True, "mode": "auto", "anion": True})
    for step in range(3600):
        if step == 1800:
            purifier.write({"mode": "boost"})
        purifier.advance(1)
        integral += purifier.truth()["watts"] / 3.6e6
    assert purifier.truth()["energy"] - before == pytest.approx(integral, rel=0.02)
    assert integral > 0.01


def test_fan_power_grows_with_the_cube_of_the_speed(purifier: Appliance) -> None:
    purifier.write({"power": True, "mode": "manual"})
    watts = []
    for percent in (50, 100):
        purifier.write({"fanPercent": percent})
        purifier.advance(5)
        watts.append(purifier.truth()["watts"] - 3.0)
    assert watts[1] / watts[0] == pytest.approx(8, rel=0.01)


@pytest.mark.parametrize(("wish", "runs"), [("off", False), ("on", True), ("last", True)])
def test_after_a_power_cut_it_does_as_it_was_told(purifier: Appliance, wish: str, runs: bool) -> None:
    purifier.write({"power": True, "mode": "manual", "fanPercent": 35, "powerOnState": wish})
    purifier.mains("off")
    purifier.advance(600)
    purifier.mains("on")
    assert purifier.values()["power"] is runs
    assert purifier.values()["fanPercent"] == (35 if runs else 0)


def test_a_stalled_fan_is_shown_as_standing_still(purifier: Appliance) -> None:
    purifier.write({"power": True, "mode": "boost"})
    purifier.raise_fault("FAN.PURIFIER.STALLED")
    purifier.advance(30)
    assert purifier.values()["fanPercent"] == 0
    assert purifier.truth()["cadr"] < 1


def test_a_blind_dust_sensor_is_told_as_invalid(purifier: Appliance) -> None:
    purifier.raise_fault("SENSOR.PM25")
    purifier.touch({"pm25": 900})
    purifier.advance(60)
    assert purifier.quality() == {"pm25": "invalid"}
    assert purifier.values()["pm25"] < 200


def test_its_filters_outlive_the_program(tmp_path: Path) -> None:
    clock = SimulatorClock(wall=lambda: 1.8e9)
    before = make_appliance("air-purifier", identifier="p", seed=1, clock=clock, state=tmp_path)
    before.touch({"filter": 33})
    before.write({"power": True, "mode": "manual", "fanPercent": 64})
    before.write({"mode": "auto"})
    before.remember(last=True)
    after = make_appliance("air-purifier", identifier="p", seed=9, clock=clock, state=tmp_path)
    assert next(part["remaining"] for part in after.values()["consumables"]) == 33
    after.write({"power": True, "mode": "manual"})
    assert after.values()["fanPercent"] == 64

"""Sags to 154 V, interruptions from 20 ms to 8 h and flapping (M25): the compressor's guard, meters, settings, recovery."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.clock import SimulatorClock
from firmware_sim.models.air_conditioner import AirConditioner
from firmware_sim.models.compressor import Compressor
from firmware_sim.models.refrigerator import Refrigerator
from firmware_sim.refusal import Refusal

Build = Callable[..., Appliance]

FIVE = ("air-conditioner", "refrigerator", "set-top-box", "plug", "light")
REST = {"air-conditioner": 180.0, "refrigerator": 300.0}
"""Seconds a compressor rests; the profile's constraint asks for 180."""
WANTED: dict[str, list[dict[str, Any]]] = {
    "air-conditioner": [{"targetTemperature": 18.0}, {"targetTemperature": 24.0}, {"power": False}, {"power": True}, {"fanMode": "high"}],
    "refrigerator": [{"fridgeTarget": 2}, {"fridgeTarget": 8}, {"freezerTarget": -24}, {"mode": "eco"}, {"mode": "normal"}],
    "set-top-box": [{"power": False}, {"power": True}, {"powerOnState": "last"}, {"powerOnState": "on"}],
    "plug": [{"power": False}, {"power": True}, {"overloadLimit": 2500}, {"powerOnState": "off"}],
    "light": [{"power": True}, {"power": False}, {"brightness": 30}, {"colourTemperature": 3000}, {"powerOnState": "on"}],
}
PLAY: dict[str, list[dict[str, Any]]] = {
    "air-conditioner": [
        {"power": True, "mode": "cool", "targetTemperature": 18.0},
        {"power": False},
        {"power": True},
        {"mode": "heat"},
        {"mode": "dry"},
        {"mode": "fan"},
    ],
    "refrigerator": [{"fridgeTarget": 2, "freezerTarget": -24}, {"fridgeTarget": 8, "freezerTarget": -14}, {"mode": "quick-freeze"}],
}
"""What people do meanwhile; the first is work for the compressor."""

SECONDS = st.one_of(st.just(0.02), st.floats(0.02, 5), st.floats(5, 400), st.floats(400, 7200), st.just(8 * 3600.0))
"""Mostly short: an interruption of 20 ms is as dangerous for a compressor as one of hours."""
MAINS = st.tuples(st.sampled_from(["on", "sag", "off"]), SECONDS)


@dataclass
class Watch:
    """Looks at a compressor with every step of the physics; `starts` holds the rest before each start, in seconds."""

    compressor: Compressor
    clock: float = 0.0
    rested: float = 1e9
    starts: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        step, guard = self.compressor.step, self.compressor.restart_guard
        running = [self.compressor.running]

        def watched(seconds: float, *, wanted: bool, volts: float) -> None:
            if running[0] and not self.compressor.running:
                self.rested = 0.0
            before = self.compressor.running
            step(seconds, wanted=wanted, volts=volts)
            self.rested += seconds
            if self.compressor.running and not before:
                self.starts.append(self.rested)
            if before and not self.compressor.running:
                self.rested = 0.0
            running[0] = self.compressor.running

        def restarted() -> None:
            self.rested, running[0] = 0.0, False
            guard()

        self.compressor.step, self.compressor.restart_guard = watched, restarted  # type: ignore[method-assign]


def busy(kind: str, seed: int = 1) -> Appliance:
    """Return a unit that has work to do, on a clock that stands still."""
    unit = make_appliance(kind, seed=seed, clock=SimulatorClock(wall=lambda: 1_795_000_000.0))
    if kind == "air-conditioner":
        unit.write({"power": True, "mode": "cool", "targetTemperature": 20.0})
    if kind == "plug":
        unit.touch({"load": 800})
    if kind == "light":
        unit.write({"power": True, "brightness": 70})
    return unit


def watch(unit: Appliance) -> Watch:
    assert isinstance(unit.model, AirConditioner | Refrigerator)
    return Watch(unit.model.compressor)


def assert_recovered(unit: Appliance) -> None:
    """After a minute on good mains everything it says is true."""
    unit.mains("on")
    unit.advance(60)
    told, truth = unit.values(), unit.truth()
    assert told["mains"] == "normal"
    assert all(told[name] == truth["settings"][name] for name in unit.surface.writable)
    assert "MAINS.UNDERVOLTAGE" not in truth["faults"]
    if "operatingState" in told:
        assert isinstance(unit.model, AirConditioner)
        assert told["operatingState"] == unit.model.operating_state()
    assert told["energyTotal"] == pytest.approx(unit.model.readings()["energyTotal"], abs=0.02)


@pytest.mark.parametrize("kind", REST)
@settings(max_examples=15, deadline=None)
@given(turns=st.lists(st.tuples(MAINS, st.integers(0, 9)), min_size=1, max_size=8))
def test_the_compressor_rests_before_every_start_whatever_mains_and_people_do(
    kind: str, turns: list[tuple[tuple[str, float], int]]
) -> None:
    unit = busy(kind)
    seen = watch(unit)
    for (state, seconds), choice in turns:
        unit.mains(state)
        if unit.powered and choice < len(PLAY[kind]):
            unit.write(PLAY[kind][choice])
        unit.advance(seconds)
    assert_recovered(unit)
    unit.write(PLAY[kind][0])
    unit.advance(1200)
    assert all(rest >= REST[kind] >= 180 for rest in seen.starts), seen.starts
    assert seen.starts or unit.truth()["compressor"] or kind == "refrigerator", "twenty minutes of good mains bring it back to work"


@settings(max_examples=25, deadline=None)
@given(turns=st.lists(st.tuples(st.integers(0, 7), st.sampled_from([1, 20, 100, 179, 181, 600])), min_size=2, max_size=12))
def test_no_state_that_is_told_skips_the_rest_before_running(turns: list[tuple[int, int]]) -> None:
    """`ac-restart` as the profile says it: for 180 s it had been nothing but off, idle and the like before it cools, heats or dries."""
    unit = busy("air-conditioner")
    rule = next(rule for rule in unit.profile.constraints if rule["id"] == "ac-restart")
    rested, early = 1e9, []
    told = unit.values()["operatingState"]
    for choice, seconds in turns:
        _play(unit, choice)
        for _ in range(seconds + 1):
            last, told = told, unit.values()["operatingState"]
            if last in rule["from"] and told in rule["to"] and rested < rule["seconds"]:
                early.append((last, told, rested))
            rested = rested + 1 if told in rule["from"] else 0.0
            unit.advance(1)
    assert early == []


def _play(unit: Appliance, choice: int) -> None:
    """Press one of the buttons, clean the coil, or let the mains blink."""
    if choice < len(PLAY["air-conditioner"]):
        unit.write(PLAY["air-conditioner"][choice])
    elif choice == len(PLAY["air-conditioner"]):
        with suppress(Refusal):
            unit.invoke("selfClean")
    else:
        unit.mains("off")
        unit.mains("on")


@pytest.mark.parametrize("kind", REST)
@settings(max_examples=20, deadline=None)
@given(
    beats=st.lists(st.tuples(st.floats(0.02, 20), st.floats(0.02, 100)), min_size=5, max_size=15),
    low=st.sampled_from(["off", "sag"]),
)
def test_flapping_mains_start_no_compressor(kind: str, beats: list[tuple[float, float]], low: str) -> None:
    unit = busy(kind)
    unit.advance(900)
    unit.mains("off")
    unit.mains("on")
    seen = watch(unit)
    for down, up in beats:
        unit.mains(low)
        unit.advance(down)
        unit.mains("off")
        unit.mains("on")
        unit.advance(up)
    assert seen.starts == []


@pytest.mark.parametrize("kind", FIVE)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_what_was_acknowledged_outlives_every_cut_and_meters_never_fall(kind: str, data: st.DataObject) -> None:
    unit = busy(kind)
    boots, energies = [unit.boot], [unit.values()["energyTotal"]]
    wished: dict[str, Any] = {}
    for _ in range(data.draw(st.integers(1, 6))):
        if unit.powered and data.draw(st.booleans()):
            wish = data.draw(st.sampled_from(WANTED[kind]))
            unit.write(wish)
            wished |= wish
        state, seconds = data.draw(st.tuples(st.sampled_from(["on", "sag", "off"]), st.sampled_from([0.02, 1.0, 40.0, 900.0])))
        was = unit.powered
        unit.mains(state)
        unit.advance(seconds)
        if unit.powered:
            boots.append(unit.boot)
            energies.append(unit.values()["energyTotal"])
            wished = wished if was else _after_a_cut(wished)
    wished = wished if unit.powered else _after_a_cut(wished)
    assert_recovered(unit)
    assert {name: unit.values()[name] for name in wished} == wished
    assert boots == sorted(boots)
    assert energies == sorted(energies)


def _after_a_cut(wished: dict[str, Any]) -> dict[str, Any]:
    """Return what a unit shows of what it was told once the mains are back."""
    if wished.get("powerOnState", "last") == "last":
        return wished
    return wished | {"power": wished["powerOnState"] == "on"}


@pytest.mark.parametrize("kind", FIVE)
def test_a_command_in_the_dark_is_refused_and_changes_nothing(kind: str) -> None:
    unit = busy(kind)
    before = unit.values()
    unit.mains("off")
    for wish in WANTED[kind]:
        with pytest.raises(Refusal) as refused:
            unit.write(wish)
        assert refused.value.code == "offline"
    unit.mains("on")
    unit.advance(60)
    assert {name: unit.values()[name] for wish in WANTED[kind] for name in wish} == {
        name: before[name] for wish in WANTED[kind] for name in wish
    }


@pytest.mark.parametrize(
    ("kind", "hours", "piece"),
    [("air-conditioner", 4, 1.0), ("refrigerator", 24, 5.0), ("set-top-box", 24, 10.0), ("plug", 4, 1.0), ("light", 12, 5.0)],
)
def test_g5_energy_is_the_integral_of_the_power_through_cuts_and_sags(kind: str, hours: int, piece: float) -> None:
    unit = busy(kind)
    told, true, integral = unit.values()["energyTotal"], unit.truth()["energy"], 0.0
    turns = {1200: "off", 1300: "on", 2000: "sag", 2100: "on"}
    power = unit.truth()["watts"]
    for number in range(int(hours * 3600 / piece)):
        if (state := turns.get(number % 2400)) is not None:
            unit.mains(state)
        unit.advance(piece)
        last, power = power, unit.truth()["watts"]
        integral += (last + power) / 2 * piece / 3.6e6
    assert integral > 0.04
    assert unit.truth()["energy"] - true == pytest.approx(integral, rel=0.02)
    assert unit.values()["energyTotal"] - told == pytest.approx(integral, rel=0.02, abs=0.011), "what is told lags by its deadband at most"


def test_a_sag_stalls_the_running_compressor_and_low_voltage_keeps_it_from_starting() -> None:
    unit = busy("air-conditioner")
    unit.advance(300)
    assert unit.truth()["compressor"] is True
    unit.mains("sag", 154)
    unit.advance(600)
    assert unit.truth()["compressor"] is False
    unit.mains("sag", 170)
    unit.advance(600)
    assert unit.truth()["compressor"] is False
    unit.mains("on")
    unit.advance(5)
    assert unit.truth()["compressor"] is True, "it has rested long enough meanwhile"


def test_a_compressor_without_a_guard_is_caught() -> None:
    """The seeded bad twin: it starts again as soon as it is wanted."""
    unit = busy("air-conditioner")
    assert isinstance(unit.model, AirConditioner)
    unit.model.compressor.rest = 0.0
    seen = watch(unit)
    for _ in range(3):
        unit.advance(120)
        unit.mains("off")
        unit.advance(1)
        unit.mains("on")
    unit.advance(60)
    assert any(rest < 180 for rest in seen.starts[1:])

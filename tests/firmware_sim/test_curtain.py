"""The way of a curtain: how long it takes, what stops it, what it knows of itself."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.clock import SimulatorClock
from firmware_sim.constraints import broken
from firmware_sim.notice import Changed, Notice, Raised
from firmware_sim.refusal import Refusal

Build = Callable[..., Appliance]
Heard = Callable[[Appliance], list[Notice]]

MAKERS_SPEED = 0.14
"""Metres a second: Dooya's DT82TV/F-1.2/14 bears torque and speed in its name (manualspro.net 108290), 1.2 Nm and 14 cm/s (reading (m))."""
USUAL_SPEEDS = (0.10, 0.30)
"""What makers of controllers give as usual: 10 to 30 cm/s (mingdikeji.cn 8543026)."""
MAKERS_MOTOR_WATTS = 40.0
"""Such motors are rated at about that (m)."""


@pytest.fixture
def curtain(build: Build) -> Appliance:
    return build("curtain", seed=1)


def until_still(curtain: Appliance, step: float = 0.5, most: float = 300.0) -> float:
    """Let time pass until it stands; return the seconds that took."""
    passed = 0.0
    while curtain.values()["movement"] != "stopped" and passed < most:
        curtain.advance(step)
        passed += step
    return passed


def test_one_that_is_set_to_be_closed_begins_closed(build: Build) -> None:
    curtain = build("curtain", seed=1, settings={"position": 0})
    assert (curtain.values()["position"], curtain.truth()["position"], curtain.values()["movement"]) == (0, 0, "stopped")
    curtain.advance(60)
    assert curtain.values()["position"] == 0


@pytest.mark.parametrize("seed", range(4))
def test_it_travels_at_the_speed_makers_print_on_the_motor(build: Build, seed: int) -> None:
    curtain = build("curtain", seed=seed)
    travel = curtain.truth()["travel"]
    curtain.write({"position": 0})
    seconds = until_still(curtain, 0.1)
    assert seconds == pytest.approx(travel / MAKERS_SPEED, rel=0.05)
    assert USUAL_SPEEDS[0] <= travel / seconds <= USUAL_SPEEDS[1]
    assert curtain.truth()["position"] == 0
    curtain.write({"position": 50})
    assert until_still(curtain, 0.1) == pytest.approx(travel / 2 / MAKERS_SPEED, rel=0.05)
    assert curtain.truth()["position"] == pytest.approx(50)


def test_the_position_told_is_where_it_is_and_the_target_is_told_only_on_arrival(curtain: Appliance) -> None:
    curtain.write({"position": 37})
    told: list[tuple[int, str]] = []
    while curtain.values()["movement"] != "stopped":
        assert curtain.values()["position"] != 37
        told.append((curtain.values()["position"], curtain.values()["movement"]))
        assert abs(curtain.values()["position"] - curtain.truth()["position"]) < 8
        curtain.advance(0.5)
    places = [place for place, _ in told]
    assert places == sorted(places, reverse=True)
    assert len(set(places)) >= 10
    assert {movement for _, movement in told} == {"closing"}
    assert (curtain.values()["position"], curtain.values()["movement"]) == (37, "stopped")


def test_it_says_until_when_it_is_on_its_way(curtain: Appliance) -> None:
    curtain.write({"position": 0})
    expected = curtain.pending()["position"]
    until_still(curtain)
    assert curtain.pending() == {}
    assert expected is not None
    assert abs(float(expected[17:23]) - float(curtain.timestamp[17:23])) <= 2


def test_a_written_place_it_is_at_already_moves_nothing(curtain: Appliance) -> None:
    curtain.write({"position": 100})
    assert curtain.values()["movement"] == "stopped"
    assert curtain.pending() == {}


def test_stop_is_accepted_whatever_it_does_and_leaves_it_where_it_is(curtain: Appliance) -> None:
    curtain.invoke("stop")
    curtain.write({"position": 0})
    curtain.advance(5)
    run = curtain.invoke("stop")
    assert run.last.state == "completed"
    place = curtain.truth()["position"]
    assert 20 < place < 95
    assert (curtain.values()["position"], curtain.values()["movement"]) == (round(place), "stopped")
    curtain.advance(60)
    assert curtain.truth()["position"] == place
    curtain.touch({"obstacle": place - 10})
    curtain.write({"position": 0})
    until_still(curtain)
    assert curtain.invoke("stop").last.state == "completed", "also after an obstruction"
    curtain.touch({"clear": True})
    curtain.advance(40)
    calibration = curtain.invoke("calibrate")
    assert curtain.invoke("stop").last.state == "completed"
    curtain.advance(1)
    assert calibration.last.state == "failed"


def test_stop_is_accepted_also_while_remote_control_is_switched_off(build: Build) -> None:
    curtain = build("curtain", seed=1, features=("RMT", "CAL"))
    curtain.write({"position": 0})
    curtain.advance(3)
    curtain.touch({"remoteEnabled": False})
    for refused in (lambda: curtain.write({"position": 100}), lambda: curtain.invoke("calibrate")):
        with pytest.raises(Refusal, match="switched off at the appliance"):
            refused()
    curtain.invoke("stop")
    assert curtain.values()["movement"] == "stopped"


def test_a_new_place_written_on_the_way_turns_it_around(curtain: Appliance) -> None:
    curtain.write({"position": 0})
    curtain.advance(6)
    curtain.write({"position": 100})
    assert curtain.values()["movement"] == "opening"
    until_still(curtain)
    assert curtain.values()["position"] == 100


def test_an_obstruction_stops_it_and_blocks_closing_for_thirty_seconds(curtain: Appliance, heard: Heard) -> None:
    notices = heard(curtain)
    curtain.touch({"obstacle": 40})
    curtain.write({"position": 0})
    until_still(curtain)
    place = curtain.values()["position"]
    assert 40 <= place <= 41
    assert curtain.values()["obstructed"] is True
    assert [fault["code"] for fault in curtain.values()["faults"]] == ["MOTION.CURTAIN-BLOCKED"]
    raised = [notice for notice in notices if isinstance(notice, Raised) and notice.event == "obstruction"]
    assert [notice.data for notice in raised] == [{"position": place, "movement": "closing"}]
    for wish in (0, 20, place - 1):
        with pytest.raises(Refusal) as refused:
            curtain.write({"position": wish})
        assert (refused.value.code, refused.value.constraint) == ("state-conflict", "curtain-blocked")
    with pytest.raises(Refusal):
        curtain.invoke("calibrate")
    curtain.write({"position": 60})
    until_still(curtain)
    assert curtain.values()["position"] == 60, "opening is free"
    curtain.touch({"clear": True})
    curtain.advance(31)
    assert (curtain.values()["obstructed"], curtain.values()["faults"]) == (False, [])
    curtain.write({"position": 0})
    until_still(curtain)
    assert curtain.values()["position"] == 0


def test_what_is_still_in_the_way_stops_it_again(curtain: Appliance) -> None:
    curtain.touch({"obstacle": 40})
    curtain.write({"position": 0})
    until_still(curtain)
    curtain.advance(31)
    curtain.write({"position": 0})
    curtain.advance(2)
    assert curtain.values()["obstructed"] is True
    assert len(curtain.events("obstruction")) == 2
    assert curtain.truth()["position"] >= 40


def test_an_obstruction_while_opening_does_not_block_closing(curtain: Appliance) -> None:
    curtain.write({"position": 10})
    until_still(curtain)
    curtain.touch({"obstacle": 60})
    curtain.write({"position": 100})
    until_still(curtain)
    assert curtain.truth()["position"] == pytest.approx(59.5)
    assert curtain.values()["obstructed"] is False
    assert curtain.events("obstruction")[-1].data["movement"] == "opening"
    curtain.write({"position": 0})
    until_still(curtain)
    assert curtain.values()["position"] == 0


def test_a_power_cut_midway_leaves_it_there_and_not_sure_of_it_until_an_end_is_felt(curtain: Appliance) -> None:
    curtain.write({"position": 0})
    curtain.advance(8)
    curtain.mains("off")
    place = curtain.truth()["position"]
    curtain.advance(3600)
    curtain.mains("on")
    assert curtain.truth()["position"] == place
    assert curtain.values()["position"] == round(place)
    assert curtain.values()["movement"] == "stopped", "it does not go on by itself"
    assert curtain.quality() == {"position": "assumed"}
    curtain.write({"position": 100})
    until_still(curtain)
    assert curtain.quality() == {}


def test_pulled_in_the_dark_it_is_wrong_about_itself_until_an_end_puts_it_right(curtain: Appliance) -> None:
    curtain.write({"position": 50})
    until_still(curtain)
    curtain.mains("off")
    curtain.touch({"pull": -40})
    curtain.mains("on")
    assert (curtain.values()["position"], curtain.truth()["position"]) == (50, 10)
    curtain.write({"position": 20})
    until_still(curtain)
    assert curtain.truth()["position"] == pytest.approx(20), "it met the closed end, and went from there"
    assert curtain.quality() == {}
    assert curtain.values()["position"] == 20


def test_a_pull_starts_the_motor_where_that_is_wished(curtain: Appliance) -> None:
    curtain.touch({"pull": -5})
    assert curtain.values()["movement"] == "closing"
    until_still(curtain)
    assert curtain.values()["position"] == 0
    curtain.write({"pullStart": False})
    curtain.touch({"pull": 5})
    assert (curtain.values()["movement"], curtain.values()["position"]) == ("stopped", 5)
    curtain.write({"pullStart": True})
    curtain.touch({"pull": 1})
    assert curtain.values()["movement"] == "stopped", "a brush of a sleeve is no pull"
    curtain.write({"position": 100})
    curtain.advance(2)
    curtain.touch({"pull": -5})
    assert curtain.values()["movement"] == "stopped", "a hand on a running curtain stops it"


def test_calibration_goes_to_both_ends_and_measures_the_way(curtain: Appliance) -> None:
    curtain.write({"position": 30})
    until_still(curtain)
    curtain.mains("off")
    curtain.touch({"pull": 20})
    curtain.mains("on")
    run = curtain.invoke("calibrate")
    with pytest.raises(Refusal, match="learning its ends"):
        curtain.write({"position": 70})
    seen = set()
    while run.last.state == "running":
        curtain.advance(0.5)
        seen.add((run.last.phase, curtain.values()["movement"]))
    assert {("opening", "opening"), ("closing", "closing")} <= seen
    assert run.last.output == {"result": "done", "travel": curtain.truth()["travel"]}
    assert (curtain.values()["position"], curtain.truth()["position"], curtain.quality()) == (0, 0, {})


def test_something_in_the_way_fails_a_calibration(curtain: Appliance) -> None:
    curtain.touch({"obstacle": 30})
    run = curtain.invoke("calibrate")
    curtain.advance(60)
    assert run.last.state == "failed"
    assert curtain.values()["movement"] == "stopped"


def test_a_motor_that_does_not_turn_is_said_so(curtain: Appliance) -> None:
    curtain.raise_fault("MOTION.CURTAIN-MOTOR")
    with pytest.raises(Refusal) as refused:
        curtain.write({"position": 0})
    assert refused.value.code == "device-error"
    run = curtain.invoke("runDiagnostics", {"level": "full", "allow": ["motor"]})
    curtain.advance(900)
    assert run.last.output["suspects"][0]["code"] == "MOTION.CURTAIN-MOTOR"


def test_energy_is_the_integral_of_power_and_mostly_standby(curtain: Appliance) -> None:
    before, integral = curtain.truth()["energy"], 0.0
    for target in (0, 100, 35):
        curtain.write({"position": target})
        for _ in range(120):
            curtain.advance(0.5)
            integral += curtain.truth()["watts"] * 0.5 / 3.6e6
    assert curtain.truth()["energy"] - before == pytest.approx(integral, rel=0.02)
    seconds = (100 + 100 + 65) / 100 * curtain.truth()["travel"] / MAKERS_SPEED
    assert integral == pytest.approx((40 * seconds + 0.5 * 180) / 3.6e6, rel=0.02)


def test_on_a_battery_it_runs_through_a_power_cut_until_it_is_empty(build: Build) -> None:
    curtain = build("curtain", seed=1, features=("OBS", "BAT", "CHG"))
    curtain.mains("off")
    curtain.write({"position": 0})
    until_still(curtain)
    assert curtain.values()["position"] == 0
    drained = curtain.truth()["battery"]
    for target in (100, 0) * 10:
        curtain.write({"position": target})
        until_still(curtain)
    each = MAKERS_MOTOR_WATTS * curtain.truth()["travel"] / MAKERS_SPEED / 3600 / 16
    assert drained - curtain.truth()["battery"] == pytest.approx(20 * 100 * each, rel=0.02)
    curtain.touch({"battery": 1})
    curtain.write({"position": 100})
    curtain.advance(60)
    assert [fault["code"] for fault in curtain.values()["faults"]] == ["BATTERY.LOW"]
    with pytest.raises(Refusal, match="does not turn"):
        curtain.write({"position": 100})
    curtain.mains("on")
    curtain.touch({"charger": True})
    curtain.advance(3600)
    assert curtain.values()["charging"] is True
    assert curtain.values()["faults"] == []
    curtain.write({"position": 100})
    until_still(curtain)
    assert curtain.values()["position"] == 100


def test_slats_turn_and_say_where_they_are(build: Build) -> None:
    blind = build("curtain", seed=1, features=("TLT",))
    blind.write({"tilt": 0})
    blind.advance(1)
    assert 0 < blind.values()["tilt"] < 100
    blind.advance(5)
    assert blind.values()["tilt"] == 0


def test_its_place_outlives_the_program(tmp_path: Path) -> None:
    clock = SimulatorClock(wall=lambda: 1.8e9)
    before = make_appliance("curtain", identifier="c", seed=1, clock=clock, state=tmp_path)
    before.write({"position": 30})
    before.advance(60)
    before.remember(last=True)
    after = make_appliance("curtain", identifier="c", seed=1, clock=clock, state=tmp_path)
    assert (after.values()["position"], after.truth()["position"]) == (30, 30)
    assert after.values()["movement"] == "stopped"


DEEDS = st.one_of(
    st.tuples(st.just("write"), st.fixed_dictionaries({"position": st.integers(0, 100)})),
    st.tuples(st.just("advance"), st.floats(0.1, 45)),
    st.tuples(st.just("invoke"), st.sampled_from(["stop", "calibrate"])),
    st.tuples(st.just("touch"), st.fixed_dictionaries({"pull": st.integers(-100, 100)})),
    st.tuples(st.just("touch"), st.fixed_dictionaries({"obstacle": st.integers(0, 100)}) | st.just({"clear": True})),
    st.tuples(st.just("mains"), st.sampled_from(["on", "off", "sag"])),
)


@settings(max_examples=150, deadline=None)
@given(deeds=st.lists(DEEDS, max_size=15), seed=st.integers(0, 5))
def test_whatever_happens_it_never_closes_on_an_obstruction_and_comes_to_rest(deeds: list[tuple[str, object]], seed: int) -> None:
    curtain = make_appliance("curtain", seed=seed, clock=SimulatorClock(wall=lambda: 1.8e9))
    notices: list[Notice] = []
    curtain.listen(notices.append)
    for deed, given_ in deeds:
        try:
            getattr(curtain, deed)(given_)
        except Refusal:
            assert (deed, given_) != ("invoke", "stop") or not curtain.powered, "stop is always accepted"
        assert broken(curtain.profile.constraints, curtain.values()) == ()
        assert 0 <= curtain.truth()["position"] <= 100
    curtain.mains("on")
    curtain.advance(120)
    assert curtain.values()["movement"] == "stopped"
    assert curtain.pending() == {}
    still = [notice for notice in notices if isinstance(notice, Changed)]
    curtain.advance(60)
    quiet = [notice for notice in notices if isinstance(notice, Changed)][len(still) :]
    assert all("position" not in notice.names for notice in quiet)

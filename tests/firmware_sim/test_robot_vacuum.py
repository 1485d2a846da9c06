"""A robot that cleans, turns back, gets stuck and is freed."""

from collections.abc import Callable

import pytest

from firmware_sim.appliance import Appliance
from firmware_sim.refusal import Refusal

Build = Callable[..., Appliance]


@pytest.fixture
def robot(build: Build) -> Appliance:
    unit = build("robot-vacuum", seed=1)
    unit.touch({"battery": 95})
    return unit


def test_it_cleans_the_areas_asked_for_and_comes_home(robot: Appliance) -> None:
    robot.invoke("start", {"areas": ["kitchen"]})
    assert robot.values()["state"] == "cleaning"
    robot.advance(20 * 60)
    assert robot.values()["state"] == "docked"
    assert robot.events("cleanDone")[-1].data["result"] == "done"
    assert robot.values()["cleanedArea"] == 9


def test_it_turns_back_before_its_battery_is_empty_and_charges_in_the_dock_only(robot: Appliance) -> None:
    robot.write({"suction": "max"})
    robot.touch({"battery": 22})
    robot.invoke("start")
    assert robot.values()["charging"] is False
    robot.advance(15 * 60)
    assert robot.events("cleanDone")[-1].data["result"] == "failed"
    assert (robot.values()["state"], robot.values()["charging"]) == ("docked", True)
    low = robot.truth()["battery"]
    assert low > 5
    robot.mains("off")
    robot.advance(60)
    assert robot.powered
    assert robot.values()["charging"] is False
    robot.mains("on")
    robot.advance(3 * 3600)
    assert robot.truth()["battery"] > 95


def test_charging_takes_more_from_the_mains_than_goes_into_the_battery(robot: Appliance) -> None:
    robot.touch({"battery": 30})
    before = robot.truth()["energy"]
    robot.advance(3600)
    stored = (robot.truth()["battery"] - 30) / 100 * 60 / 1000
    assert stored > 0.015
    assert robot.truth()["energy"] - before > stored


def test_it_pauses_goes_on_and_stops_wherever_it_is(robot: Appliance) -> None:
    for action in ("pause", "resume"):
        with pytest.raises(Refusal) as refused:
            robot.invoke(action)
        assert refused.value.code == "state-conflict"
    robot.invoke("start")
    robot.advance(60)
    robot.invoke("pause")
    cleaned = robot.truth()["cleaned"]
    robot.advance(600)
    assert robot.truth()["cleaned"] == cleaned
    robot.invoke("resume")
    robot.advance(60)
    assert robot.truth()["cleaned"] > cleaned
    robot.invoke("stop")
    assert robot.values()["state"] == "idle"
    assert robot.events("cleanDone")[-1].data["result"] == "stopped"


@pytest.mark.parametrize("state", ["docked", "cleaning", "paused", "returning", "error", "idle"])
def test_stop_is_accepted_in_every_state(robot: Appliance, state: str) -> None:
    if state != "docked":
        robot.invoke("start")
        robot.advance(30)
    if state == "error":
        robot.touch({"stuck": True})
    elif state in ("paused", "returning", "idle"):
        robot.invoke({"paused": "pause", "returning": "goHome", "idle": "stop"}[state])
    assert robot.values()["state"] == state
    assert robot.invoke("stop").last.state == "completed"
    assert robot.values()["state"] in ("docked", "idle", "error")


def test_stuck_it_waits_for_somebody_to_free_it(robot: Appliance) -> None:
    robot.invoke("start")
    robot.advance(60)
    robot.touch({"stuck": True})
    assert robot.values()["state"] == "error"
    assert robot.values()["faults"][0]["code"] == "MOTION.STUCK"
    robot.advance(3600)
    for action in ("start", "goHome"):
        with pytest.raises(Refusal) as refused:
            robot.invoke(action)
        assert refused.value.code == "state-conflict"
    robot.touch({"stuck": False})
    assert (robot.values()["state"], robot.values()["faults"]) == ("idle", [])
    robot.invoke("goHome")
    robot.advance(60)
    assert robot.values()["state"] == "docked"


def test_an_area_it_does_not_know_is_refused(robot: Appliance) -> None:
    with pytest.raises(Refusal) as refused:
        robot.invoke("start", {"areas": ["attic"]})
    assert refused.value.code == "unknown"
    assert robot.values()["state"] == "docked"


def test_the_plan_of_the_home_is_not_in_its_state(robot: Appliance) -> None:
    assert robot.is_private("areas")
    assert "areas" not in robot.document()
    assert [area["id"] for area in robot.values()["areas"]] == ["living", "kitchen", "bedroom"]

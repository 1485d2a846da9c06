"""The scenes that come along, on whole simulated homes: one file for all, a failure named, the way back seen at the appliances."""

import importlib.util
import time
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.scenes.builtin.built_in import path_of
from tests.kit.demo import Demo, eventually
from tests.scenes.whole_homes import hulian, run_scene, whole_home

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]
BRANDS = "brands" if importlib.util.find_spec("cryptography") else "brands-open"
OTHERS = ("coming-home", "cinema", "good-night", "summer-night", "air-quality", "inactivity")
FAILS = {"city-flat": "heater-bathroom", "village": "heater", BRANDS: "heater-native"}
OBEYS = {"city-flat": ("light-hall", "tv-living"), "village": ("fan", "space-heater"), BRANDS: ("fan-native", "heat-native")}
KNOWN_TO_REFUSE = ("renderer has no word", "nothing tells how", "mode must be one of")
"""What some wires cannot do at all, whatever the scene."""


@pytest.fixture(scope="module", params=list(FAILS))
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with whole_home(request.param, tmp_path_factory.mktemp(request.param)) as demo:
        (demo.data / "name").write_text(request.param)
        taken = hulian(demo, "scene", "import", *(word for name in ("leaving", *OTHERS) for word in ("--builtin", name)))
        assert taken.returncode == 0, taken.stderr
        yield demo


def unit(demo: Demo, begins: str) -> str:
    return next(str(each["id"]) for each in demo.ready["units"] if each["id"].rpartition("-")[0] == begins)


def switch(demo: Demo, device: str) -> None:
    ack = demo.call("command", device=device, operation="writeproperty", name="power", input=True)
    assert ack["state"] == "completed", ack


def truth(demo: Demo, device: str) -> dict[str, Any]:
    return dict(demo.simulator(do="truth", unit=device)["truth"])


def test_leaving_names_who_fails_and_puts_everybody_back(home: Demo) -> None:
    name = (home.data / "name").read_text()
    assert home.call("scene-text", scene="leaving")["text"] == path_of("leaving").read_text(encoding="utf-8")
    failing, obeying = unit(home, FAILS[name]), [unit(home, each) for each in OBEYS[name]]
    for device in (failing, *obeying):
        switch(home, device)
    before = {device: truth(home, device)["obeyed"]["power"] for device in obeying}
    home.simulator(do="touch", unit=failing, set={"remoteEnabled": False})
    eventually(lambda: home.state(failing)["remoteEnabled"] is False, "its switch is seen")
    report = run_scene(home, "leaving")
    lines = {line["device"]: line for line in report["lines"]}
    assert report["good"] is False
    assert "rolled back" in report["why"]
    assert lines[failing]["outcome"] == "failed"
    assert "remote control" in lines[failing]["detail"]
    assert {lines[device]["outcome"] for device in obeying} == {"rolledBack"}
    for device in obeying:  # the appliance's own book: it was told to go off, and to come back
        after = truth(home, device)
        assert (after["obeyed"]["power"] - before[device], after["settings"]["power"]) == (2, True)
    home.simulator(do="touch", unit=failing, set={"remoteEnabled": True})
    report = run_scene(home, "leaving")
    assert report["why"] == ""
    assert {truth(home, device)["settings"]["power"] for device in (failing, *obeying)} == {False}


def pass_time(demo: Demo, seconds: float, steps: int) -> None:
    """Let time pass for the appliances and for the hub, side by side."""
    for _ in range(steps):
        demo.simulator(do="advance", seconds=seconds / steps)
        demo.call("advance", seconds=seconds / steps)
        time.sleep(0.1)


def effect_of(demo: Demo, scene: str) -> dict[str, Any]:
    """Return the effect of a scene's last run once it is known."""
    return dict(
        eventually(lambda: (found := demo.call("scene-effect", scene=scene)["effect"])["over"] and found, f"the effect of {scene}", 90)
    )


@pytest.mark.parametrize("home", ["city-flat"], indirect=True)  # the same physics everywhere, and the time it takes
def test_what_the_scenes_achieve_is_measured_on_the_physics_of_the_rooms(home: Demo) -> None:
    run_scene(home, "air-quality", dust=40)
    cooler = home.device("air-conditioner")
    switch(home, cooler)
    home.call("command", device=cooler, operation="writemultipleproperties", input={"mode": "cool", "sleepMode": "off", "fanMode": "auto"})
    home.simulator(do="touch", unit=unit(home, "ac-living"), set={"roomTemperature": 32, "outdoorTemperature": 34})
    run_scene(home, "coming-home", warmth=25)
    pass_time(home, 3700, 37)
    cooled = effect_of(home, "coming-home")["aims"][0]
    assert (cooled["verdict"], cooled["public"], cooled["limits"]) == ("reached", "temperature", {"atLeast": 23.0, "atMost": 27.0})
    (room,) = cooled["devices"]
    values = [value for _, value in room["curve"]]
    assert len(values) > 8
    assert values[0] > 29
    assert 23 <= values[-1] <= 27
    clean = effect_of(home, "air-quality")["aims"][0]
    assert clean["verdict"] == "reached", clean
    home.simulator(do="touch", unit=unit(home, "purifier-bedroom"), set={"dustSource": 6_000, "pm25": 60})
    run_scene(home, "air-quality", dust=10)
    pass_time(home, 3700, 12)
    assert effect_of(home, "air-quality")["aims"][0]["verdict"] == "notReached"
    shown = hulian(home, "scene", "effect", "coming-home")
    assert shown.returncode == (0 if effect_of(home, "coming-home")["good"] else 1)
    assert "reached after" in shown.stdout


def test_all_the_others_run(home: Demo) -> None:
    for name in OTHERS:
        report = run_scene(home, name)
        assert report["why"] == ""
        for line in report["lines"]:
            if line["outcome"] not in {"done", "already"}:
                assert any(reason in line["detail"] for reason in KNOWN_TO_REFUSE), (name, line)
        if name == "inactivity":
            assert [raising["raised"] for raising in report["alerts"]] == [True]
    alerts = home.call("alerts", waiting=True)
    assert [alert["scene"] for alert in alerts] == ["inactivity"]
    assert "acknowledged" in hulian(home, "alerts", "acknowledge", alerts[0]["id"]).stdout
    assert home.call("alerts", waiting=True) == []

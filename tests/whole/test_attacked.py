"""The whole home under attack: units that share an address or an identity, one that answers as another, and all of them gone at once."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.fleet import units_of
from tests.kit.brokers import needs_mosquitto
from tests.kit.demo import eventually
from tests.kit.hosts import needs_hosts
from tests.kit.island import Island, island
from tests.kit.makes import MAKES

pytestmark = [needs_hosts, needs_mosquitto, pytest.mark.long, pytest.mark.timeout(600)]

FLEET = 500
RETURN = 60.0
LOOKED_AT = 30.0
"""Seconds of the hub's time in which it has searched again, and again."""
WIRES = ("midea-v2", "midea-v3", "gree", "miio", "echonet")


def devices_of(home: Island) -> dict[tuple[str, str], str]:
    """Return the device each registration carries."""
    return {(each["driver"], each["key"]): each["devices"][0] for each in home.call("status")["sessions"] if each["devices"]}


def set_target(home: Island, device: str, value: float) -> dict[str, Any]:
    return dict(home.call("command", device=device, operation="writeproperty", name="targetTemperature", input=value))


def target(home: Island, unit: str) -> float:
    return float(home.simulator(do="truth", unit=unit)["truth"]["settings"]["targetTemperature"])


def look_around(home: Island) -> None:
    """Let the hub search several times more."""
    for _ in range(3):
        home.call("advance", seconds=LOOKED_AT)
        time.sleep(3.5)


def test_four_wires_at_one_address_are_four_devices(tmp_path: Path) -> None:
    """A bridge, or an address that was given away twice: who is there is told by what is said, not by where."""
    units = [MAKES[wire].unit(wire, "air-conditioner", "127.0.28.9", number) for number, wire in enumerate(WIRES) if wire != "midea-v3"]
    with island(tmp_path, units) as home:
        home.all_online(len(units))
        carried = devices_of(home)
        assert len(set(carried.values())) == len(units)
        for unit, value in zip(units, (20, 21, 22, 23), strict=True):
            home.simulator(do="touch", unit=unit["id"], set={"power": True, "mode": "cool", "targetTemperature": 30})
            (device,) = [device for (driver, _), device in carried.items() if driver == MAKES[unit["wire"]].driver]
            home.call("advance", seconds=20)
            eventually(lambda device=device: home.devices()[device]["state"].get("mode") == "cool", "the hub has seen it")
            assert set_target(home, device, value)["state"] == "completed"
        assert [target(home, unit["id"]) for unit in units] == [20, 21, 22, 23]
        home.simulator(do="network", unit="gree", silent=True)
        assert set_target(home, carried[next(name for name in carried if name[0] == "miio")], 25)["state"] == "completed"
        assert len(home.devices()) == len(units)


@pytest.mark.parametrize("wire", [wire for wire in WIRES if wire != "echonet"])
def test_two_units_with_one_identity_are_one_device_and_one_of_them_obeys(tmp_path: Path, wire: str) -> None:
    """Clones off one production line: the hub stays with one, says that it doubts, and never switches to and fro.

    Not on ECHONET Lite: its simulated nodes have an identity each, whatever the home file says.
    """
    units = [
        MAKES[wire].unit(f"{wire}-{who}", "air-conditioner", f"127.0.28.{20 + number}", 7) for number, who in enumerate(("one", "two"))
    ]
    with island(tmp_path, units) as home:
        home.all_online(1)
        look_around(home)
        (device,) = home.devices()
        (entry,) = home.call("inbox")
        assert "two units with one identity" in entry["doubt"]
        (before,) = home.call("status")["sessions"]
        look_around(home)
        (after,) = home.call("status")["sessions"]
        assert after["address"] == before["address"], "it stays where it is"
        for unit in units:
            home.simulator(do="touch", unit=unit["id"], set={"power": True, "mode": "cool", "targetTemperature": 30})
        home.call("advance", seconds=20)
        eventually(lambda: home.devices()[device]["state"].get("mode") == "cool", "the hub has seen it")
        assert set_target(home, device, 21)["state"] == "completed"
        assert sorted(target(home, unit["id"]) for unit in units) == [21, 30]


@pytest.mark.parametrize("wire", ["midea-v3", "miio"])
def test_who_answers_as_another_without_its_secret_gets_no_command(tmp_path: Path, wire: str) -> None:
    """An impostor says on the search that it is the unit. It has not got the key, so nothing is obeyed, and the real one is had back."""
    make = MAKES[wire]
    real = make.unit("real", "air-conditioner", "127.0.28.30", 7)
    stolen = {name: value for name, value in real["facts"].items() if name in ("device", "did")}
    impostor = make.unit("impostor", "air-conditioner", "127.0.28.31", 8, **stolen)
    with island(tmp_path, [impostor, real]) as home:  # told last is what the hub knows: the real one's
        home.simulator(do="network", unit="impostor", silent=True)
        home.all_online(1)
        (device,) = home.devices()
        home.simulator(do="network", unit="impostor", silent=False)
        look_around(home)
        assert list(home.devices()) == [device]
        for unit in ("real", "impostor"):
            home.simulator(do="touch", unit=unit, set={"power": True, "mode": "cool", "targetTemperature": 30})
        back_within(home, {device})
        home.call("advance", seconds=20)
        eventually(lambda: home.devices()[device]["state"].get("mode") == "cool", "the hub has seen it")
        assert set_target(home, device, 21)["state"] == "completed"
        assert (target(home, "real"), target(home, "impostor")) == (21, 30)


def back_within(home: Island, wanted: set[str], seconds: float = RETURN) -> float:
    """Return the seconds until these are online."""
    began = time.monotonic()
    eventually(lambda: wanted <= home.online(), f"{len(wanted)} are back", seconds)
    return time.monotonic() - began


def test_five_hundred_vanish_and_return_at_once(tmp_path: Path) -> None:
    with island(tmp_path, units_of(FLEET), speed=1.0) as home:
        everybody = home.all_online(FLEET, 90)
        home.simulator(do="network", silent=True)
        _until_gone(home.online)
        home.simulator(do="network", silent=False)
        print(f"back after {back_within(home, everybody):.1f} s")
        assert set(home.devices()) == everybody
        assert {entry["state"] for entry in home.call("inbox")} == {"accepted"}
        device = devices_of(home)["gree", "f4911e000001"]
        home.simulator(do="touch", unit="unit-001", set={"power": True, "mode": "cool"})
        eventually(lambda: home.devices()[device]["state"].get("mode") == "cool", "the hub has seen it")
        assert set_target(home, device, 21)["state"] == "completed"
        assert target(home, "unit-001") == 21


def _until_gone(online: Callable[[], set[str]]) -> None:
    eventually(lambda: not online(), "all of them are missed", 200)

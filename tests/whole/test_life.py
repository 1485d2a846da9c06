"""What happens to appliances at home: they move, vanish, lose power, and are switched by hand."""

import json

import pytest

from tests.kit.demo import Demo, eventually
from tests.kit.home import block

pytestmark = pytest.mark.timeout(240)


def availability(demo: Demo, device: str) -> dict[str, str]:
    entry = next(entry for entry in demo.call("devices")["devices"] if entry["id"] == device)
    return dict(entry["availability"])


def online(demo: Demo, device: str) -> bool:
    return availability(demo, device)["state"] == "online"


@pytest.mark.parametrize("kind", ["air-conditioner", "refrigerator", "light"])
def test_a_unit_with_a_new_address_is_still_one_device(demo: Demo, kind: str) -> None:
    device, unit = demo.device(kind), demo.unit(kind)
    before = sorted(entry["id"] for entry in demo.call("devices")["devices"])
    address = f"127.0.0.{block() + 7}"
    demo.simulator(do="network", unit=unit, address=address)

    def moved() -> bool:
        sessions = [session for session in demo.call("status")["sessions"] if device in session["devices"]]
        return online(demo, device) and all(session["address"] == address and session["state"] == "open" for session in sessions)

    eventually(moved, f"{device} at {address}", 90)
    assert sorted(entry["id"] for entry in demo.call("devices")["devices"]) == before
    written = lambda: demo.call("command", device=device, operation="writeproperty", **WRITES[kind])["state"] == "completed"  # noqa: E731
    eventually(written, f"{device} does what is asked at its new address", 60)


WRITES = {
    "air-conditioner": {"name": "targetTemperature", "input": 19},
    "refrigerator": {"name": "fridgeTarget", "input": 6},
    "light": {"name": "brightness", "input": 12},
}


@pytest.mark.parametrize(
    "kind", [pytest.param("air-conditioner", marks=pytest.mark.long), pytest.param("refrigerator", marks=pytest.mark.long), "set-top-box"]
)
def test_a_unit_without_mains_is_offline_with_a_reason_and_comes_back(demo: Demo, kind: str) -> None:
    device, unit = demo.device(kind), demo.unit(kind)
    demo.simulator(do="power", unit=unit, state="off")
    eventually(lambda: not online(demo, device), f"{device} offline", 120)
    gone = availability(demo, device)
    state = demo.state(device)
    demo.simulator(do="power", unit=unit, state="on")
    eventually(lambda: online(demo, device), f"{device} back", 120)
    assert gone["state"] == "offline"
    assert gone["reason"]
    assert set(state["$"]["q"].values()) == {"stale"}
    eventually(lambda: "stale" not in demo.state(device)["$"].get("q", {}).values(), f"{device} fresh again", 60)


@pytest.mark.parametrize(
    ("kind", "hand", "shown"),
    [
        ("plug", {"power": False}, {"power": False}),
        ("light", {"power": True}, {"power": True}),
        ("air-conditioner", {"power": True}, {"power": True}),
        ("set-top-box", {"volume": 11}, {"volume": 11}),
    ],
)
def test_a_hand_on_the_appliance_shows(demo: Demo, kind: str, hand: dict[str, object], shown: dict[str, object]) -> None:
    device = demo.device(kind)
    demo.simulator(do="touch", unit=demo.unit(kind), set=hand)
    eventually(lambda: shown.items() <= demo.state(device).items(), f"{device} shows {shown}", 60)


def test_an_offline_device_refuses_a_command_at_once(demo: Demo) -> None:
    device, unit = demo.device("plug"), demo.unit("plug")
    demo.simulator(do="power", unit=unit, state="off")
    eventually(lambda: not online(demo, device), "plug offline", 90)
    ack = demo.call("command", device=device, operation="writeproperty", name="power", input=True)
    demo.simulator(do="power", unit=unit, state="on")
    eventually(lambda: online(demo, device), "plug back", 90)
    assert (ack["state"], ack["error"]["code"]) == ("rejected", "offline")


def test_state_equals_the_simulators_truth(demo: Demo) -> None:
    device, unit = demo.device("light"), demo.unit("light")
    demo.call("command", device=device, operation="writeproperty", name="power", input=True)
    demo.call("command", device=device, operation="writeproperty", name="brightness", input=44)
    truth = demo.simulator(do="truth", unit=unit)["truth"]["settings"]
    state = demo.state(device)
    assert {name: truth[name] for name in ("power", "brightness")} == {"power": True, "brightness": 44}
    assert {name: state[name] for name in ("power", "brightness")} == {"power": True, "brightness": 44}


def test_names_rooms_and_history_survive_and_show(demo: Demo) -> None:
    device = demo.device("set-top-box")
    demo.call("name", device=device, name="Living room box")
    demo.call("room", device="Living room box", room="living")
    entry = next(entry for entry in demo.call("devices")["devices"] if entry["id"] == device)
    assert (entry["name"], entry["room"]) == ("Living room box", "living")
    demo.call("command", device=device, operation="writeproperty", name="volume", input=23)
    rows = eventually(lambda: demo.call("history", device=device, name="volume"), "history of volume", 30)
    assert rows[-1]["value"] == 23 or any(row["value"] == 23 for row in rows)


def test_the_control_socket_answers_garbage_with_an_error_and_goes_on(demo: Demo) -> None:
    import socket  # noqa: PLC0415

    for line in (b"not json\n", b"[1]\n", b'{"id":1,"call":"nothing"}\n', b'{"id":1,"call":"show","with":5}\n', b"\xff\xfe\n"):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(demo.ready["control"])
            connection.sendall(line)
            assert "error" in json.loads(connection.makefile("rb").readline())
    assert demo.call("status")["gateway"] == demo.gateway

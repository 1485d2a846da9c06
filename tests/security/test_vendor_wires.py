"""A home of four vendors' appliances with a hostile neighbour on its LAN: who is spoken to, what it costs, and what gets out."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.kit.brokers import needs_mosquitto
from tests.kit.demo import eventually
from tests.kit.hosts import needs_hosts
from tests.kit.island import Island, island
from tests.kit.makes import MAKES
from tests.kit.secrets import disguises

pytestmark = [needs_hosts, needs_mosquitto, pytest.mark.long, pytest.mark.timeout(300)]
LOOKED_AT = 30.0
KEYED = ("midea-v3", "miio")


def look_around(home: Island, times: int = 3) -> None:
    """Let the hub search again, and end each search."""
    for _ in range(times):
        home.call("advance", seconds=LOOKED_AT)
        time.sleep(4.0)


def set_target(home: Island, device: str, value: float) -> dict[str, Any]:
    return dict(home.call("command", device=device, operation="writeproperty", name="targetTemperature", input=value))


def target(home: Island, unit: str) -> float:
    return float(home.simulator(do="truth", unit=unit)["truth"]["settings"]["targetTemperature"])


def turn_on(home: Island, *units: str) -> None:
    for unit in units:
        home.simulator(do="touch", unit=unit, set={"power": True, "mode": "cool", "targetTemperature": 30})


@pytest.mark.parametrize("wire", ["midea-v2", "midea-v3", "gree", "miio"])
def test_who_claims_to_be_a_unit_that_answers_gets_none_of_its_commands(tmp_path: Path, wire: str) -> None:
    """Also on wires that can prove nothing: the one that was there first and answers is the one."""
    make = MAKES[wire]
    real = make.unit("real", "air-conditioner", "127.0.32.30", 7)
    impostor = make.unit("impostor", "air-conditioner", "127.0.32.31", 7)
    with island(tmp_path, [real, impostor]) as home:
        home.simulator(do="network", unit="impostor", silent=True)
        eventually(lambda: [each["address"] for each in home.call("status")["sessions"] if each["state"] == "open"], "one is open", 60)
        (first,) = home.call("status")["sessions"]
        other = {"127.0.32.30": "impostor", "127.0.32.31": "real"}[first["address"]]
        mine = {"real": "impostor", "impostor": "real"}[other]
        home.simulator(do="network", unit="impostor", silent=False)
        turn_on(home, mine, other)
        (device,) = home.devices()
        look_around(home)
        assert home.call("inbox")[0]["doubt"], "the other is seen"
        (now,) = home.call("status")["sessions"]
        assert (now["address"], now["state"], now["since"]) == (first["address"], "open", first["since"]), "its session was not even closed"
        home.call("advance", seconds=20)
        eventually(lambda: home.devices()[device]["state"].get("mode") == "cool", "the hub has seen it")
        assert set_target(home, device, 21)["state"] == "completed"
        assert (target(home, mine), target(home, other)) == (21, 30)


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Island]:
    """A home that takes in whoever needs no key, and a neighbour who answers each search three hundred times on three wires."""
    units = [
        MAKES[wire].unit(wire, "air-conditioner", f"127.0.32.{40 + number}", 7) for number, wire in enumerate(MAKES) if wire != "native"
    ]
    folder = tmp_path_factory.mktemp("attacked")
    with island(folder, units) as home:
        home.all_online(len(units))
        words = [sys.executable, "-m", "tests.security.neighbour", "127.0.32.66"]
        neighbour = home.host.start(words, log=folder / "neighbour.log")
        eventually(lambda: "ready" in (folder / "neighbour.log").read_text(), "the neighbour is there")
        look_around(home, 4)
        yield home
        assert neighbour.poll() is None, (folder / "neighbour.log").read_text()


def test_a_neighbour_that_answers_everything_harms_nobody(attacked: Island) -> None:
    invented = [entry for entry in attacked.call("inbox") if entry["address"] == "127.0.32.66"]
    assert invented, "it was heard"
    assert len(invented) <= 1024
    print(f"{len(invented)} invented, {len(attacked.call('status')['sessions'])} sessions, {memory(attacked)} MiB")
    assert "driver.failed" not in attacked.log("gateway")
    assert "Traceback" not in attacked.log("gateway")
    real = {unit["address"] for unit in attacked.units}
    carried = {each["address"]: each["devices"][0] for each in attacked.call("status")["sessions"] if each["devices"]}
    assert carried.keys() >= real
    for unit in attacked.units:
        turn_on(attacked, str(unit["id"]))
        attacked.call("advance", seconds=20)
        device = carried[unit["address"]]
        eventually(lambda device=device: attacked.devices()[device]["state"].get("mode") == "cool", "the hub has seen it")
        assert set_target(attacked, device, 21)["state"] == "completed"
        assert target(attacked, str(unit["id"])) == 21


def memory(home: Island) -> int:
    """Return the resident memory of the hub's processes in MiB, at most."""
    assert home.gateway is not None
    own = (int(word) for word in Path(f"/proc/{home.gateway.pid}/task/{home.gateway.pid}/children").read_text().split())
    sizes = [Path(f"/proc/{pid}/statm").read_text().split()[1] for pid in (home.gateway.pid, *own)]
    return max(int(size) for size in sizes) * 4096 >> 20


def test_nothing_a_neighbour_calls_itself_reaches_a_terminal(attacked: Island) -> None:
    home = attacked
    answers = {"inbox": home.call("inbox"), "doctor": home.call("doctor"), "status": home.call("status")}
    shown = "".join(texts(answers)) + home.log("gateway").replace("\n", "")
    assert [letter for letter in set(shown) if not letter.isprintable()] == []


def texts(document: Any) -> Iterator[str]:
    if isinstance(document, dict):
        for name, value in document.items():
            yield name
            yield from texts(value)
    elif isinstance(document, list):
        for value in document:
            yield from texts(value)
    elif isinstance(document, str):
        yield document


def test_no_key_of_a_vendors_unit_is_anywhere(attacked: Island) -> None:
    """In no answer, no file of the hub, no log and no command line; the simulator knows them, and its own files are not looked at."""
    home = attacked
    device = next(each["devices"][0] for each in home.call("status")["sessions"] if each["address"] == "127.0.32.41" and each["devices"])
    asked = {
        "record": home.call("record", device=device, seconds=2.0),
        **{name: home.call(name) for name in ("status", "doctor", "inbox", "devices", "journal", "credentials", "vault-list")},
        "show": home.call("show", device=device),
    }
    places = {name: repr(answer).encode() for name, answer in asked.items()} | {"log": home.log("gateway").encode()}
    places |= {str(path): path.read_bytes() for path in home.data.rglob("*") if path.is_file()}
    assert home.gateway is not None
    places |= {f"process {pid}": (pid / "cmdline").read_bytes() for pid in Path("/proc").iterdir() if (pid / "cmdline").is_file()}
    known = (home.folder / "home.yaml").read_bytes()
    for wire in KEYED:
        facts = next(unit["facts"] for unit in home.units if unit["wire"] == wire)
        for secret in (facts[name] for name in ("token", "key") if name in facts):
            assert secret.encode() in known, "where it may be, it is found"
            for raw in (secret.encode(), bytes.fromhex(secret)):
                for form, said in disguises(raw).items():
                    assert [where for where, text in places.items() if said in text] == [], f"the {wire} secret, {form}"

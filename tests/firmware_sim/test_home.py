"""Plans, home files, and units whose wires come and go."""

import asyncio
import json
import socket
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from firmware_sim import unit as unit_module
from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.home import running_home
from firmware_sim.home_file import read_home
from firmware_sim.network import Network
from firmware_sim.notice import Moved
from firmware_sim.plan import UnitPlan
from firmware_sim.refusal import SetupMistake
from firmware_sim.wire import WireOptions


class ListeningWire:
    """The smallest wire: a UDP port and a record of what happened."""

    log: list[tuple[str, str, bool]]

    def __init__(self, appliance: Appliance, network: Network, options: WireOptions) -> None:
        self.appliance, self.network, self.options = appliance, network, options
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.port: int | None = None

    async def __aenter__(self) -> Self:
        try:
            self.socket.bind((self.network.address, self.options.port or 0))
        except OSError:
            self.socket.close()
            raise
        self.port = self.socket.getsockname()[1]
        self.log.append(("open", self.network.address, self.network.goodbye))
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.log.append(("close", self.network.address, self.network.goodbye))
        self.socket.close()


@pytest.fixture
def wire_log(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, bool]]:
    log: list[tuple[str, str, bool]] = []
    wire = type("Wire", (ListeningWire,), {"log": log})
    monkeypatch.setattr(unit_module, "wire_factory", lambda _module: wire)
    return log


def plan(**changes: Any) -> UnitPlan:
    return UnitPlan(**{"kind": "light", "wire": "midea-v2", "address": "127.0.31.1", "id": "light-1", "port": 0, **changes})


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.02)


async def test_a_unit_is_ready_once_its_wires_are_and_ends_with_a_goodbye(wire_log: list[tuple[str, str, bool]]) -> None:
    async with running_home([plan(), plan(id="light-2", address="127.0.31.2")]) as home:
        assert [name for name, _, _ in wire_log] == ["open", "open"]
        document = home.unit("light-1").document()
        assert document == {"id": "light-1", "kind": "light", "wire": "midea-v2", "address": "127.0.31.1", "port": document["port"]}
        assert document["port"] > 0
    assert wire_log[2:] == [("close", "127.0.31.1", True), ("close", "127.0.31.2", True)]


async def test_physics_runs_at_the_speed_asked_for(wire_log: list[tuple[str, str, bool]]) -> None:
    async with running_home([plan(kind="plug", id="plug-1")], speed=3600) as home:
        plug = home.unit("plug-1").appliance
        before = plug.truth()["energy"]
        await until(lambda: plug.truth()["energy"] > before + 0.02)
    assert wire_log


async def test_after_a_power_cut_the_wires_are_opened_anew_without_a_goodbye(
    wire_log: list[tuple[str, str, bool]],
) -> None:
    async with running_home([plan()]) as home:
        light = home.unit("light-1")
        light.appliance.mains("off")
        assert light.network.mute
        assert len(wire_log) == 1, "a wire without power is silent, not closed: its clients see nothing at all"
        light.appliance.mains("on")
        assert light.appliance.events("powerRestored") == ()
        await until(lambda: len(wire_log) == 3)
        assert wire_log[1] == ("close", "127.0.31.1", False)
        await until(lambda: len(light.appliance.events("powerRestored")) == 1)


async def test_a_cut_while_the_wires_open_leaves_nothing_that_answers_until_they_open_anew(
    wire_log: list[tuple[str, str, bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    opening, held = asyncio.Event(), asyncio.Event()
    held.set()

    class SlowWire(ListeningWire):
        log = wire_log

        async def __aenter__(self) -> Self:
            await super().__aenter__()
            opening.set()
            await held.wait()
            return self

    monkeypatch.setattr(unit_module, "wire_factory", lambda _module: SlowWire)
    async with running_home([plan()]) as home:
        light = home.unit("light-1")
        opening.clear()
        held.clear()
        light.appliance.mains("off")
        light.appliance.mains("on")
        await opening.wait()
        assert not light.network.mute, "it has booted, and answers while the rest of it opens"
        for _ in range(3):
            light.appliance.mains("off")
            light.appliance.mains("on")
        assert light.network.mute, "what answers now would be gone a moment later, with whoever observes it"
        opening.clear()
        held.set()
        await opening.wait()
        assert not light.network.mute


async def test_what_begins_behind_an_open_relay_is_ready_without_wires_and_opens_them_with_its_power(
    wire_log: list[tuple[str, str, bool]],
) -> None:
    plug = plan(kind="plug", id="plug-1", address="127.0.31.9", feeds="light-1", settings={"power": False})
    async with running_home([plan(), plug]) as home:
        assert [address for name, address, _ in wire_log if name == "open"] == ["127.0.31.9"]
        home.unit("plug-1").appliance.write({"power": True})
        await until(lambda: ("open", "127.0.31.1", True) in wire_log)


async def test_a_new_address_moves_the_wires(wire_log: list[tuple[str, str, bool]]) -> None:
    async with running_home([plan()]) as home:
        light = home.unit("light-1")
        moves: list[Any] = []
        light.appliance.listen(moves.append)
        light.network.set(address="127.0.31.7")
        await until(lambda: len(wire_log) == 3)
        assert wire_log[1:] == [("close", "127.0.31.7", False), ("open", "127.0.31.7", True)]
        assert Moved("127.0.31.7") in moves
        assert light.document()["address"] == "127.0.31.7"


async def test_an_address_that_cannot_be_had_is_tried_again_while_life_goes_on(wire_log: list[tuple[str, str, bool]]) -> None:
    async with running_home([plan(kind="plug")], speed=60) as home:
        plug = home.unit("light-1")
        plug.network.set(address="192.0.2.1")
        await until(lambda: len(wire_log) == 2)
        before = plug.appliance.truth()["energy"]
        await until(lambda: plug.appliance.truth()["energy"] > before)
        plug.network.set(address="127.0.31.8")
        await until(lambda: ("open", "127.0.31.8", True) in wire_log)


async def test_a_taken_port_at_the_start_is_a_mistake_with_advice(wire_log: list[tuple[str, str, bool]]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.31.3", 0))
        port = taken.getsockname()[1]
        with pytest.raises(SetupMistake, match=r"127\.0\.31\.3:\d+ is in use by another program; give it another --address"):
            async with running_home([plan(address="127.0.31.3", port=port)]):
                pass
    assert wire_log == []


async def test_of_several_units_that_cannot_start_one_is_named(wire_log: list[tuple[str, str, bool]]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.31.3", 0))
        port = taken.getsockname()[1]
        with pytest.raises(SetupMistake, match="light-1"):
            async with running_home([plan(id=name, address="127.0.31.3", port=port) for name in ("light-1", "light-2", "light-3")]):
                pass
    assert wire_log == []


async def test_a_start_that_is_broken_off_leaves_nothing_that_goes_on_connecting() -> None:
    with socket.socket() as deaf, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        deaf.bind(("127.0.31.7", 0))
        deaf.listen()  # it takes connections and says nothing
        taken.bind(("127.0.31.8", 0))
        broker, port = f"mqtt://127.0.31.7:{deaf.getsockname()[1]}", taken.getsockname()[1]
        waiting = UnitPlan(kind="light", wire="native-mqtt", address="127.0.31.6", broker=broker)
        failing = UnitPlan(kind="plug", wire="native-coap", address="127.0.31.8", port=port)
        with pytest.raises(SetupMistake, match="in use"):
            async with asyncio.timeout(30), running_home([waiting, failing]):
                pass
    assert [task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("mqtt")] == []


async def test_what_was_set_and_metered_outlives_the_program_in_a_state_folder(
    wire_log: list[tuple[str, str, bool]], tmp_path: Path
) -> None:
    wanted = [plan(kind="plug", id="plug-1")]
    async with running_home(wanted, speed=3600, state=tmp_path) as home:
        plug = home.unit("plug-1").appliance
        plug.write({"feeds": "fridge-1", "overloadLimit": 1200, "power": False})
        before = plug.truth()["energy"]
        plug.advance(3600)
        energy = plug.truth()["energy"]
        assert energy > before
    async with running_home(wanted, state=tmp_path) as home:
        plug = home.unit("plug-1").appliance
        assert {name: plug.values()[name] for name in ("feeds", "overloadLimit", "power")} == {
            "feeds": "fridge-1",
            "overloadLimit": 1200,
            "power": False,
        }
        assert plug.truth()["energy"] >= energy
    assert len(wire_log) == 4


async def test_a_setting_is_stored_at_once(wire_log: list[tuple[str, str, bool]], tmp_path: Path) -> None:
    async with running_home([plan()], state=tmp_path) as home:
        home.unit("light-1").appliance.write({"brightness": 33})
        await until(lambda: make_appliance("light", identifier="light-1", state=tmp_path).values()["brightness"] == 33)
    assert wire_log


def test_an_appliance_comes_up_as_its_power_on_state_says(tmp_path: Path) -> None:
    light = make_appliance("light", identifier="light-1", state=tmp_path)
    light.write({"power": True, "powerOnState": "off", "brightness": 40})
    light.remember(last=True)
    again = make_appliance("light", identifier="light-1", state=tmp_path)
    assert (again.values()["power"], again.values()["brightness"]) == (False, 40)


def test_a_kept_setting_that_does_not_fit_any_more_starts_new(tmp_path: Path) -> None:
    light = make_appliance("light", identifier="light-1", state=tmp_path)
    usual = light.values()["brightness"]
    light.remember(last=True)
    path = tmp_path / "light-1.json"
    kept = json.loads(path.read_text())
    kept["settings"] |= {"brightness": "bright", "wings": 2, "power": True}
    path.write_text(json.dumps(kept))
    again = make_appliance("light", identifier="light-1", state=tmp_path)
    assert (again.values()["brightness"], again.values()["power"]) == (usual, True)
    assert "wings" not in again.truth()["settings"]


async def test_two_units_with_one_id_are_a_mistake(wire_log: list[tuple[str, str, bool]]) -> None:
    with pytest.raises(SetupMistake, match="same id"):
        async with running_home([plan(), plan(address="127.0.31.4")]):
            pass
    assert wire_log == []


def test_the_demo_home_has_five_appliances_two_vendors_worth_of_wires_and_rooms() -> None:
    plans = read_home("demo", broker="mqtt://127.0.0.1:1883").units
    assert {(unit.kind, unit.wire) for unit in plans} == {
        ("air-conditioner", "midea-v2"),
        ("refrigerator", "native-coap"),
        ("set-top-box", "native-mqtt"),
        ("plug", "native-mqtt"),
        ("light", "native"),
    }
    assert len({unit.address for unit in plans}) == len(plans)
    assert all(unit.room and unit.id for unit in plans)


CLASH = """
units:
  - {id: b, kind: light, wire: native-coap, address: 127.0.0.2}
  - {id: d, kind: plug, wire: native-coap, address: 127.0.0.2}
"""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("units: []", "at least one"),
        ("units: [{kind: light}]", "unit 1 needs at least"),
        ("units: [{kind: light, wire: native-coap, colour: red}]", "unknown colour"),
        ("units: [{kind: toaster, wire: native-coap}]", "unit 1: no simulated 'toaster'"),
        ("units: [{kind: light, wire: smoke}]", "no wire 'smoke'"),
        ("units: [{kind: light, wire: native-coap, address: here}]", "no IPv4 address"),
        ("units: [{kind: light, wire: native-mqtt}]", "name the broker"),
        ("units: [{kind: light, wire: native-coap, id: A B}]", "cannot be a device id"),
        ("units: [{kind: light, wire: native-coap, id: a}, {kind: plug, wire: native-coap, id: a}]", "appears twice"),
        (CLASH, "unit b and unit d: 127.0.0.2 is given to two units with the same wire"),
        ("units: 7", "must be a list"),
    ],
)
def test_a_home_file_with_a_mistake_says_which(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "home.yaml"
    path.write_text(text)
    with pytest.raises(SetupMistake, match=words):
        read_home(str(path))


def test_an_unknown_home_lists_the_known_ones() -> None:
    with pytest.raises(SetupMistake, match="demo"):
        read_home("castle")

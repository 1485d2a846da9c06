"""The control socket, over a real unix socket."""

import asyncio
import json
import socket
import stat
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware_sim.control import answer, control_socket
from firmware_sim.home import Home
from firmware_sim.plan import UnitPlan
from firmware_sim.refusal import Refusal, SetupMistake
from firmware_sim.unit import Unit


def make_home(*kinds: str) -> Home:
    plans = (UnitPlan(kind=kind, wire="midea-v2", id=f"{kind}-1", address=f"127.0.32.{number}") for number, kind in enumerate(kinds, 1))
    return Home([Unit(plan) for plan in plans])


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, line: bytes) -> dict[str, Any]:
        self.writer.write(line + b"\n")
        await self.writer.drain()
        document: dict[str, Any] = json.loads(await asyncio.wait_for(self.reader.readline(), 20))
        return document

    async def ask(self, **request: Any) -> dict[str, Any]:
        return await self.send(json.dumps(request).encode())


@pytest.fixture
async def home() -> Home:
    return make_home("refrigerator", "plug")


@pytest.fixture
async def client(home: Home, tmp_path: Path) -> AsyncIterator[Client]:
    path = tmp_path / "sim.sock"
    async with control_socket(home, path):
        reader, writer = await asyncio.open_unix_connection(path)
        yield Client(reader, writer)
        writer.close()
        await writer.wait_closed()
    assert not path.exists()


async def test_units_and_truth(client: Client) -> None:
    units = (await client.ask(do="units"))["units"]
    assert [unit["id"] for unit in units] == ["refrigerator-1", "plug-1"]
    one = await client.ask(do="truth", unit="plug-1")
    assert one["ok"] is True
    assert one["truth"]["powered"] is True
    assert set((await client.ask(do="truth"))["truths"]) == {"refrigerator-1", "plug-1"}


async def test_power_touch_fault_and_advance_reach_the_physics(client: Client, home: Home) -> None:
    plug = home.unit("plug-1").appliance
    assert await client.ask(do="touch", unit="plug-1", set={"load": 500}) == {"ok": True}
    assert (await client.ask(do="advance", unit="plug-1", seconds=3600))["seconds"] == 3600
    assert plug.truth()["watts"] == pytest.approx(500.6)
    await client.ask(do="power", unit="plug-1", state="sag", volts=160)
    assert plug.truth()["volts"] == 160
    await client.ask(do="power", state="off")
    assert not plug.powered
    assert not home.unit("refrigerator-1").appliance.powered
    await client.ask(do="power", state="on")
    await client.ask(do="fault", unit="plug-1", code="THERMAL.PLUG-HOT")
    assert (await client.ask(do="truth", unit="plug-1"))["truth"]["faults"] == ["THERMAL.PLUG-HOT"]
    await client.ask(do="fault", unit="plug-1", code="THERMAL.PLUG-HOT", clear=True)
    assert (await client.ask(do="truth", unit="plug-1"))["truth"]["faults"] == []


async def test_the_network_of_one_or_all(client: Client, home: Home) -> None:
    await client.ask(do="network", loss=0.25, silent=True, delay=0.5)
    assert [(unit.network.loss, unit.network.silent, unit.network.delay) for unit in home.units.values()] == [(0.25, True, 0.5)] * 2
    await client.ask(do="network", unit="plug-1", address="127.0.32.9", silent=False)
    assert home.unit("plug-1").network.address == "127.0.32.9"
    assert home.unit("plug-1").network.loss == 0.25


async def test_without_the_internet_a_unit_leaves_after_its_own_time() -> None:
    patient = UnitPlan(kind="plug", wire="midea-v2", id="patient", address="127.0.32.1")
    leaving = UnitPlan(kind="plug", wire="midea-v2", id="leaving", address="127.0.32.2", facts={"leaves": 7200})
    home = Home([Unit(patient), Unit(leaving)])
    assert await answer(home, {"do": "internet"}) == {"internet": "on", "left": []}
    assert await answer(home, {"do": "internet", "state": "off"}) == {"internet": "off", "left": []}
    await answer(home, {"do": "advance", "unit": "patient", "seconds": 7300})
    assert not home.unit("leaving").network.mute
    await answer(home, {"do": "advance", "seconds": 7300})
    assert await answer(home, {"do": "internet"}) == {"internet": "off", "left": ["leaving"]}
    assert not home.unit("patient").network.mute
    assert await answer(home, {"do": "internet", "state": "on"}) == {"internet": "on", "left": []}
    assert not home.unit("leaving").network.mute


async def test_the_time_of_the_wall_counts_too_as_fast_as_physics_goes() -> None:
    unit = Unit(UnitPlan(kind="plug", wire="midea-v2", id="leaving", address="127.0.32.2", facts={"leaves": 7200}), speed=3600)
    unit.network.reach(False)
    unit._last -= 1.9
    unit.catch_up()
    assert not unit.network.left
    unit._last -= 0.2
    unit.catch_up()
    assert unit.network.left


@pytest.mark.parametrize("seconds", [True, "long", -1])
def test_how_long_a_unit_stays_is_a_number(seconds: object) -> None:
    with pytest.raises(SetupMistake, match="leaves"):
        UnitPlan(kind="plug", wire="midea-v2", facts={"leaves": seconds})


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({}, "unknown"),
        ({"do": 7}, "unknown"),
        ({"do": ["truth"]}, "unknown"),
        ({"do": "dance"}, "unknown"),
        ({"do": "truth", "unit": "ghost"}, "unknown"),
        ({"do": "power", "state": "maybe"}, "schema"),
        ({"do": "power", "state": "on", "volts": "many"}, "schema"),
        ({"do": "touch", "set": {"load": 1}}, "bad-syntax"),
        ({"do": "touch", "unit": "plug-1"}, "bad-syntax"),
        ({"do": "touch", "unit": "plug-1", "set": {"ghost": 1}}, "unknown"),
        ({"do": "touch", "unit": "plug-1", "set": {"load": "heavy"}}, "schema"),
        ({"do": "touch", "unit": "refrigerator-1", "set": {"ambientTemperature": None}}, "schema"),
        ({"do": "fault", "unit": "plug-1", "code": "!"}, "schema"),
        ({"do": "fault", "unit": "plug-1"}, "schema"),
        ({"do": "fault", "unit": "plug-1", "code": "MAINS.OVERLOAD", "clear": "yes"}, "schema"),
        ({"do": "network", "address": "127.0.0.1"}, "bad-syntax"),
        ({"do": "network", "unit": "plug-1", "address": "home"}, "schema"),
        ({"do": "network", "unit": "plug-1", "loss": 2}, "schema"),
        ({"do": "network", "unit": "plug-1", "silent": 1}, "schema"),
        ({"do": "internet", "state": "slow"}, "schema"),
        ({"do": "internet", "state": ["on"]}, "schema"),
        ({"do": "advance", "seconds": -1}, "schema"),
        ({"do": "advance", "seconds": True}, "schema"),
        ({"do": "advance"}, "schema"),
    ],
)
async def test_a_request_that_cannot_be_done_says_why_and_the_talk_goes_on(client: Client, request_: dict[str, Any], code: str) -> None:
    refused = await client.ask(**request_)
    assert refused["ok"] is False
    assert refused["error"]["code"] == code
    assert (await client.ask(do="units"))["ok"] is True


@pytest.mark.parametrize("line", [b"", b"hello", b"[1]", b'"x"', b"{", b"\xff\xfe", b"\0", b"null", b'{"do":"units"} trailing'])
async def test_a_malformed_line_is_answered_and_the_talk_goes_on(client: Client, line: bytes) -> None:
    assert (await client.send(line))["error"]["code"] == "bad-syntax"
    assert (await client.ask(do="units"))["ok"] is True


async def test_a_line_without_end_is_answered_and_the_others_are_served(client: Client, home: Home, tmp_path: Path) -> None:
    path = tmp_path / "second.sock"
    async with control_socket(home, path):
        reader, writer = await asyncio.open_unix_connection(path)
        greedy = Client(reader, writer)
        refused = await greedy.send(b"x" * 200_000)
        assert refused["error"]["code"] == "bad-syntax"
        writer.close()
        assert (await client.ask(do="units"))["ok"] is True


async def test_a_client_that_leaves_in_the_middle_harms_nobody(client: Client, home: Home, tmp_path: Path) -> None:
    path = tmp_path / "third.sock"
    async with control_socket(home, path):
        _, writer = await asyncio.open_unix_connection(path)
        writer.write(b'{"do":"units"}\n{"do":')
        writer.close()
        await asyncio.sleep(0)
        assert (await client.ask(do="units"))["ok"] is True


async def test_the_socket_is_the_owners_alone_and_a_stale_one_is_replaced(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "old.sock"
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))
    async with control_socket(home, path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with pytest.raises(SetupMistake, match="another simulator"):
            async with control_socket(home, path):
                pass
        assert path.exists()


async def test_a_file_in_the_way_is_left_alone(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("mine")
    with pytest.raises(SetupMistake, match="no socket"):
        async with control_socket(home, path):
            pass
    assert path.read_text() == "mine"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 500) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
REQUESTS = st.fixed_dictionaries(
    {"do": st.sampled_from(["truth", "power", "touch", "fault", "network", "units", "internet"])},
    optional={
        "unit": st.sampled_from(["plug-1", "refrigerator-1"]) | JSON,
        "state": st.sampled_from(["on", "off", "sag"]) | JSON,
        "volts": JSON,
        "set": st.dictionaries(st.sampled_from(["load", "power", "button", "fridgeDoor", "feeds", "mode", "ghost"]), JSON, max_size=2)
        | JSON,
        "code": st.just("E5") | JSON,
        "clear": JSON,
        "loss": JSON,
        "delay": JSON,
        "silent": JSON,
    },
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(requests=st.lists(REQUESTS, max_size=6))
def test_any_request_is_answered_or_refused(requests: list[dict[str, Any]]) -> None:
    async def converse() -> None:
        home = make_home("refrigerator", "plug")
        for request in requests:
            with suppress(Refusal):
                json.dumps(await answer(home, request), allow_nan=False)
            for unit in home.units.values():
                unit.appliance.elapse(1)
                json.dumps(unit.appliance.truth(), allow_nan=False)

    asyncio.run(converse())

"""The control socket, spoken to line by line as `hulian` does, and as somebody who does not know how."""

import asyncio
import json
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.discovery import Discovery
from gateway.faces.control.calls import Calls, Operations
from gateway.faces.control.server import CALLS_AT_ONCE, LINE_LIMIT, control_face
from tests.discovery.kit import Home as Finds
from tests.discovery.kit import discovering, sighting
from tests.drivers.kit import until
from tests.faces.conftest import House

PATIENCE = 20.0


class Terminal:
    """One connection to the socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def say(self, line: bytes) -> None:
        self.writer.write(line + b"\n")

    def ask(self, call: str, identifier: int = 1, **arguments: Any) -> None:
        self.say(json.dumps({"id": identifier, "call": call, "with": arguments}).encode())

    async def hear(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            return dict(json.loads(await self.reader.readline()))

    async def result(self, call: str, **arguments: Any) -> Any:
        self.ask(call, **arguments)
        while "item" in (answer := await self.hear()):
            pass
        return answer["result"]

    async def refusal(self, call: str, **arguments: Any) -> dict[str, Any]:
        self.ask(call, **arguments)
        return dict((await self.hear())["error"])


class Desk:
    """A control socket over the house, and a way to it."""

    def __init__(self, path: Path, house: House, discovery: Discovery) -> None:
        self.path = path
        self.house = house
        self.discovery = discovery
        self.forgotten: list[str] = []

    @asynccontextmanager
    async def terminal(self) -> AsyncIterator[Terminal]:
        reader, writer = await asyncio.open_unix_connection(self.path)
        try:
            yield Terminal(reader, writer)
        finally:
            writer.close()


@pytest.fixture
async def desk(house: House, tmp_path: Path) -> AsyncIterator[Desk]:
    async with discovering(Finds()) as discovery:
        desk = Desk(tmp_path / "control.sock", house, discovery)

        async def forget(device: str) -> None:
            desk.forgotten.append(device)

        operations = Operations(status=lambda: {"gateway": "hub-test"}, forget=forget, doctor=lambda: [{"kind": "interface"}])
        async with control_face(desk.path, Calls(house.home, discovery, operations, house.clock).table()):
            yield desk


@pytest.fixture
async def terminal(desk: Desk) -> AsyncIterator[Terminal]:
    async with desk.terminal() as terminal:
        yield terminal


async def test_only_the_owner_can_open_the_socket_and_it_is_gone_at_the_end(house: House, tmp_path: Path) -> None:
    path = tmp_path / "s"
    path.touch()
    async with control_face(path, {}):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_ISSOCK(path.stat().st_mode)
    assert not path.exists()
    assert house.home.devices()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"not json", "bad-syntax"),
        (b"\xff\xfe", "bad-syntax"),
        (b"[1]", "bad-syntax"),
        (b"", "bad-syntax"),
        (b'{"id":1}', "unknown"),
        (b'{"id":1,"call":5}', "unknown"),
        (b'{"id":1,"call":"nothing"}', "unknown"),
        (b'{"id":1,"call":"status","with":5}', "bad-syntax"),
        (b"[" * 5000, "bad-syntax"),
    ],
)
async def test_garbage_is_answered_with_its_error_and_the_connection_goes_on(terminal: Terminal, line: bytes, code: str) -> None:
    terminal.say(line)
    assert (await terminal.hear())["error"]["code"] == code
    assert await terminal.result("status") == {"gateway": "hub-test"}


async def test_a_line_without_an_end_is_refused_and_harms_no_other_connection(desk: Desk, terminal: Terminal) -> None:
    async with desk.terminal() as greedy:
        greedy.writer.write(b"x" * (LINE_LIMIT + 2))
        assert (await greedy.hear())["error"]["code"] == "bad-syntax"
        assert await greedy.reader.read() == b""
    assert await terminal.result("status") == {"gateway": "hub-test"}


@pytest.mark.parametrize(
    ("call", "arguments", "code"),
    [
        ("show", {}, "bad-syntax"),
        ("show", {"device": "nobody"}, "unknown"),
        ("show", {"device": ""}, "bad-syntax"),
        ("td", {"device": "nobody"}, "unknown"),
        ("history", {"device": "light-1", "limit": 0}, "bad-syntax"),
        ("history", {"device": "light-1", "limit": True}, "bad-syntax"),
        ("history", {"device": "light-1", "limit": 10**6}, "bad-syntax"),
        ("history", {"device": "light-1", "since": 2**63}, "bad-syntax"),
        ("history", {"device": "light-1", "since": "monday"}, "bad-syntax"),
        ("history", {"device": "light-1", "name": 5}, "bad-syntax"),
        ("command", {"device": "light-1", "operation": "explode"}, "bad-syntax"),
        ("command", {"device": "nobody", "operation": "writeproperty"}, "unknown"),
        ("command", {"device": "light-1", "operation": "writeproperty", "ttl": "soon"}, "bad-syntax"),
        ("accept", {}, "bad-syntax"),
        ("accept", {"unit": "test:nobody"}, "unknown"),
        ("accept", {"unit": "test:nobody", "answers": [1]}, "bad-syntax"),
        ("ignore", {"unit": "test:nobody"}, "unknown"),
        ("name", {"device": "light-1"}, "bad-syntax"),
        ("name", {"device": "light-1", "name": "x" * 65}, "schema"),
        ("room", {"device": "light-1", "room": 5}, "bad-syntax"),
        ("tag", {"device": "light-1", "tags": "kitchen"}, "bad-syntax"),
        ("tag", {"device": "light-1", "tags": [1]}, "bad-syntax"),
        ("forget", {"device": "nobody"}, "unknown"),
        ("advance", {"seconds": 0}, "bad-syntax"),
        ("advance", {"seconds": True}, "bad-syntax"),
        ("advance", {"seconds": 10**9}, "bad-syntax"),
        ("watch", {"device": "nobody"}, "unknown"),
    ],
)
async def test_what_cannot_be_asked_is_refused_in_words(terminal: Terminal, call: str, arguments: dict[str, Any], code: str) -> None:
    refusal = await terminal.refusal(call, **arguments)
    assert refusal["code"] == code
    assert refusal["detail"]
    assert await terminal.result("status") == {"gateway": "hub-test"}


async def test_a_device_is_meant_by_id_by_name_or_by_enough_of_its_id(terminal: Terminal) -> None:
    await terminal.result("name", device="light-1", name="Hall")
    for meant in ("light-1", "Hall", "li"):
        assert (await terminal.result("show", device=meant))["id"] == "light-1"
    await terminal.result("name", device="plug-1", name="Hall")
    refusal = await terminal.refusal("show", device="Hall")
    assert "more than one" in refusal["detail"]
    assert "light-1 (Hall), plug-1 (Hall)" in refusal["detail"], "the ids of what is called alike, and the names of what begins alike"
    await terminal.result("name", device="plug-1", name="")
    assert (await terminal.result("show", device="Desk plug"))["id"] == "plug-1"


async def test_a_device_is_shown_with_all_that_a_person_may_see_and_set(desk: Desk, terminal: Terminal) -> None:
    await terminal.result("room", device="light-1", room="hall")
    await terminal.result("tag", device="light-1", tags=["night"])
    shown = await terminal.result("show", device="light-1")
    assert (shown["room"], shown["tags"], shown["availability"]["state"]) == ("hall", ["night"], "online")
    assert shown["state"]["brightness"] == 80
    assert shown["properties"]["brightness"]["schema"]["maximum"] == 100
    assert not shown["properties"]["brightness"]["readOnly"]
    assert shown["actions"]["runDiagnostics"]["long"]
    assert "faultRaised" in shown["events"]
    assert (await terminal.result("td", device="light-1")) == desk.house.home.thing_description("light-1").document
    listed = await terminal.result("devices")
    assert {entry["id"]: entry["room"] for entry in listed["devices"]} == {"light-1": "hall", "plug-1": ""}
    assert listed["waiting"] == 0


async def test_what_an_appliance_only_shows_is_told_with_the_reason_and_a_command_for_it_is_refused(desk: Desk, terminal: Terminal) -> None:
    properties = (await terminal.result("show", device="plug-1"))["properties"]
    assert properties["powerOnState"]["readOnly"]
    assert properties["powerOnState"]["withheld"] == "the plug has a switch for it underneath"
    assert not [name for name, spec in properties.items() if "withheld" in spec and name != "powerOnState"]
    terminal.ask("command", device="plug-1", operation="writeproperty", name="powerOnState", input="off")
    error = (await terminal.hear())["item"]["error"]
    assert (error["code"], "a switch for it underneath" in error["detail"]) == ("read-only", True)
    assert desk.house.plug.executed == []


async def test_a_command_tells_every_ack_and_ends_with_the_last(desk: Desk, terminal: Terminal) -> None:
    terminal.ask("command", device="light-1", operation="writeproperty", name="brightness", input=33, why="test", ttl=60)
    heard = [await terminal.hear() for _ in range(3)]
    assert [message["item"]["state"] for message in heard[:2]] == ["accepted", "completed"]
    assert heard[2]["result"]["state"] == "completed"
    assert heard[2]["result"]["dev"] == "light-1"
    [command] = desk.house.light.executed
    assert (command.why, command.principal.name) == ("test", "local")
    assert command.expires is not None


async def test_a_refused_command_is_a_result_with_its_error(desk: Desk, terminal: Terminal) -> None:
    ack = await terminal.result("command", device="light-1", operation="writeproperty", name="brightness", input=500)
    assert (ack["state"], ack["error"]["code"], ack["error"]["property"]) == ("rejected", "schema", "brightness")
    assert desk.house.light.executed == []


async def test_watching_gives_what_is_and_then_what_happens(desk: Desk, terminal: Terminal) -> None:
    terminal.ask("watch", device="light-1")
    first = (await terminal.hear())["item"]
    assert (first["change"], first["device"], first["state"]["brightness"]) == ("snapshot", "light-1", 80)
    house = desk.house
    house.plug.show({"power": False})
    house.light.show({"brightness": 7})
    state = (await terminal.hear())["item"]
    assert (state["change"], state["device"], state["values"]) == ("state", "light-1", {"brightness": 7})
    await house.home.rename("light-1", "Hall")
    house.home.detach("light-1", "unplugged")
    await house.home.forget("light-1")
    seen = []
    while "removed" not in seen:
        item = (await terminal.hear())["item"]
        seen.append(item["change"])
        if item["change"] == "availability":
            assert (item["state"], item["reason"]) == ("offline", "unplugged")
    assert {"described", "availability"} <= set(seen)


async def test_a_watcher_that_never_reads_holds_nobody_up(desk: Desk, terminal: Terminal) -> None:
    async with desk.terminal() as deaf:
        deaf.ask("watch")
        for number in range(3000):
            desk.house.light.show({"brightness": 1 + number % 100})
            if number % 100 == 0:
                await asyncio.sleep(0)
        ack = await terminal.result("command", device="plug-1", operation="writeproperty", name="power", input=False)
    assert ack["state"] == "completed"


async def test_many_watchers_all_hear_the_same(desk: Desk) -> None:
    async def last_heard() -> int:
        async with desk.terminal() as watcher:
            watcher.ask("watch", device="light-1")
            await watcher.hear()
            ready.release()
            while (item := (await watcher.hear())["item"])["values"].get("brightness") != 99:
                assert item["change"] == "state"
            return int(item["$"]["seq"])

    ready = asyncio.Semaphore(0)
    async with asyncio.TaskGroup() as group:
        watchers = [group.create_task(last_heard()) for _ in range(64)]
        for _ in watchers:
            await ready.acquire()
        for brightness in (1, 50, 99):
            desk.house.light.show({"brightness": brightness})
    assert len({watcher.result() for watcher in watchers}) == 1


async def test_calls_run_side_by_side_up_to_a_limit_and_end_with_the_connection(desk: Desk) -> None:
    async with desk.terminal() as busy:
        for number in range(CALLS_AT_ONCE):
            busy.ask("watch", number, device="light-1")
        for _ in range(CALLS_AT_ONCE):
            assert "item" in await busy.hear()
        refusal = await busy.refusal("status")
        assert str(CALLS_AT_ONCE) in refusal["detail"]
        assert len(desk.house.home._stream._readers) >= CALLS_AT_ONCE
    await until(lambda: len(desk.house.home._stream._readers) < CALLS_AT_ONCE, "the watchers are gone")


async def test_history_is_the_newest_changes_oldest_first(desk: Desk, terminal: Terminal) -> None:
    for brightness in (10, 20, 30, 40):
        desk.house.light.show({"brightness": brightness})
    rows = await terminal.result("history", device="light-1", name="brightness", limit=2)
    assert [row["value"] for row in rows] == [30, 40]
    assert await terminal.result("history", device="light-1", since=rows[-1]["at"] + 1) == []


async def test_the_inbox_lists_what_waits_until_it_is_accepted_or_ignored(desk: Desk, terminal: Terminal) -> None:
    for key in ("unit-1", "unit-2"):
        desk.discovery.see(sighting(key, k="plug"))
    await until(lambda: len(desk.discovery.inbox()) == 2, "both units")
    assert {entry["unit"]: entry["state"] for entry in await terminal.result("inbox")} == {
        "test:unit-1": "pending",
        "test:unit-2": "pending",
    }
    assert (await terminal.result("devices"))["waiting"] == 2
    assert await terminal.result("accept", unit="test:unit-1", answers={}) == {"driver": "test", "key": "unit-1"}
    assert await terminal.result("ignore", unit="test:unit-2") is None
    assert (await terminal.result("devices"))["waiting"] == 0


async def test_looking_around_asks_everywhere_at_once(desk: Desk, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    monkeypatch.setattr(desk.discovery, "ask", lambda: asked.append(True))
    assert await terminal.result("look") is None
    assert asked == [True]


async def test_what_touches_more_than_one_room_is_handed_on(desk: Desk, terminal: Terminal) -> None:
    assert await terminal.result("forget", device="light-1") == {"id": "light-1"}
    assert desk.forgotten == ["light-1"]
    assert await terminal.result("doctor") == [{"kind": "interface"}]


async def test_advancing_the_clock_moves_it_and_expires_what_waited(desk: Desk, terminal: Terminal) -> None:
    desk.house.home.detach("plug-1", "unplugged")
    before = desk.house.clock.now()
    terminal.ask("command", 2, device="plug-1", operation="writeproperty", name="power", input=False, ttl=3600)
    assert (await terminal.hear())["item"]["state"] == "accepted"
    async with desk.terminal() as other:
        assert (await other.result("advance", seconds=86400))["now"] >= before + 86400
    while "item" in (answer := await terminal.hear()):
        pass
    assert answer["result"]["state"] == "expired"

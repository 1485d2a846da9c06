"""The laboratory's hands: what is documented is what there is, and whatever was done is put right again."""

import asyncio
import json
import re
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, cast

import pytest

from firmware_sim.control import control_socket
from firmware_sim.home import Home, running_home
from firmware_sim.plan import UnitPlan
from gateway.conformance import laboratory
from gateway.conformance.bench import Bench
from gateway.conformance.checks.table import checks
from gateway.conformance.control import Control, controlled
from gateway.conformance.failure import Untried
from gateway.conformance.restoring import set_right
from gateway.profile.library import PROFILES
from tests.kit.addresses import address

DOCUMENT = (PROFILES / "vendor-kit" / "control.md").read_text(encoding="utf-8")
UNIT = "plug-1"


class Hands:
    """All of a bench that a laboratory looks at."""

    def __init__(self, hands: Control) -> None:
        self.hands = hands


def bench(hands: Control) -> Bench:
    return cast("Bench", Hands(hands))


def plug() -> AbstractAsyncContextManager[Home]:
    return running_home([UnitPlan(kind="plug", wire="native-coap", id=UNIT, address=address())])


def documented() -> set[str]:
    table = DOCUMENT.partition("## What can be asked")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))


def test_every_check_that_needs_hands_says_so_in_the_document() -> None:
    table = DOCUMENT.partition("## What each test needs")[2]
    for check in checks():
        rows = "".join(row for row in table.splitlines() if re.search(rf"\b{check.requirement}\b", row))
        assert all(f"`{hand}`" in rows for hand in check.hands), check.name
        assert check.hands <= documented()


async def test_the_simulator_has_exactly_the_hands_of_the_document_and_its_homes_mains(tmp_path: Path) -> None:
    async with plug() as home, control_socket(home, tmp_path / "sock"), controlled(tmp_path / "sock") as hands:
        assert hands.abilities == documented() - {"do", "abilities", "units"} | {"mains"}
        assert [unit["id"] for unit in (await hands.do("units"))["units"]] == [UNIT]
        with pytest.raises(Untried, match="dance"):
            await hands.do("dance")


BLOCKS: dict[str, tuple[str, dict[str, Any]]] = {
    "without_power": ("powered", {}),
    "without_network": ("silent", {}),
    "without_internet": ("internet", {}),
    "bad_network": ("loss", {"loss": 0.5, "delay": 0.1, "twice": 0.1}),
}
"""Block of the laboratory -> what of the unit's network shows it, and its arguments."""


async def test_what_was_done_is_put_right_when_a_check_is_broken_off(tmp_path: Path) -> None:
    async with plug() as home, control_socket(home, tmp_path / "sock"), controlled(tmp_path / "sock") as hands:
        network = home.unit(UNIT).network
        for block, (shown, more) in BLOCKS.items():
            usual, begun = getattr(network, shown), asyncio.Event()
            task = asyncio.create_task(held(hands, block, more, begun))
            await begun.wait()
            assert getattr(network, shown) != usual, block
            task.cancel()
            await asyncio.wait({task})
            await hands.finished()
            assert getattr(network, shown) == usual, block


async def held(hands: Control, block: str, more: dict[str, Any], begun: asyncio.Event) -> None:
    async with getattr(laboratory, block)(bench(hands), **more):
        begun.set()
        await asyncio.Event().wait()


async def test_who_is_broken_off_leaves_no_answer_for_the_next_one(tmp_path: Path) -> None:
    answers = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            asked = json.loads(line)["do"]
            if asked == "power":
                await answers.wait()
            writer.write(json.dumps({"ok": True, "abilities": ["power", "truth"], "did": asked}).encode() + b"\n")
        writer.close()

    server = await asyncio.start_unix_server(serve, tmp_path / "sock")
    async with server, controlled(tmp_path / "sock") as hands:
        first = asyncio.create_task(hands.do("power", state="off"))
        await asyncio.sleep(0.05)
        first.cancel()
        await asyncio.wait({first})
        second = asyncio.create_task(hands.do("truth"))
        await asyncio.sleep(0.05)
        answers.set()
        assert (await second)["did"] == "truth"


async def test_hands_that_can_only_silence_are_put_right_too_and_hands_that_fell_silent_are_told(tmp_path: Path) -> None:
    asked: list[dict[str, Any]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            asked.append(request := json.loads(line))
            if request["do"] == "dance":
                break
            fine = request.keys() <= {"do", "silent", "state"}
            writer.write(json.dumps({"ok": fine, "abilities": ["network", "internet"], "error": {"code": "unknown"}}).encode() + b"\n")
        writer.close()

    server = await asyncio.start_unix_server(serve, tmp_path / "sock")
    async with server, controlled(tmp_path / "sock") as hands:
        await set_right(hands, frozenset({"power", "network", "internet"}))
        assert [request["do"] for request in asked] == ["abilities", "network", "network", "internet"]
        assert asked[1] == {"do": "network", "silent": False}
        assert asked[2].items() >= {"loss": 0, "delay": 0, "twice": 0}.items()
        for _ in range(2):
            with pytest.raises(Untried, match="did not answer dance"):
                await hands.do("dance")

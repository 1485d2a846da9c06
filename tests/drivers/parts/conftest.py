"""A made-up wire, as small as one can be: named columns, and a unit in this process."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from gateway.drivers.parts.session import Heard
from gateway.drivers.parts.sheet import Sheet
from gateway.errors import ReadOnly, TimedOut, Unknown
from gateway.thing.clock import SystemClock
from gateway.thing.value import Value


@dataclass(frozen=True)
class Column:
    """A named number of a made-up wire."""

    name: str

    def get(self, shown: Mapping[str, Value]) -> Value:
        return shown.get(self.name)

    def put(self, asked: dict[str, Value], raw: Value) -> None:
        asked[self.name] = raw

    def fits(self, raw: Value) -> bool:
        return isinstance(raw, int | float) and abs(raw) < 1000


class Unit:
    """Shows `values`, takes what `writable` allows, and can be made silent; `asks` counts questions. `tells`: a set's answer shows it."""

    def __init__(self, **values: Value) -> None:
        self.heard: Heard = lambda _: None
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.values = values
        self.writable = {"power", "mode", "targetTemperature"}
        self.silent = False
        self.tells = False
        self.asks = 0
        self.sets: list[dict[str, Value]] = []

    async def begin(self) -> None:
        await self.ask()

    async def ask(self) -> bool:
        self.asks += 1
        await asyncio.sleep(0)
        if self.silent:
            raise TimedOut("no answer")
        self.heard(dict(self.values))
        return True

    async def probe(self) -> None:
        await self.ask()

    async def set(self, asked: Mapping[str, Value]) -> bool:
        for name in asked:
            if name not in self.writable:
                raise ReadOnly(f"{name} cannot be set", property=name)
        self.sets.append(dict(asked))
        self.values |= asked
        if self.tells:
            self.heard(dict(asked))
        return self.tells

    async def invoke(self, name: str, argument: Value) -> Value:
        if name != "echo":
            raise Unknown(f"no {name}")
        return argument


@pytest.fixture
def sheet() -> Sheet:
    return sheet_with()


def sheet_with(**more: Any) -> Sheet:
    """Return the sheet of a made-up air conditioner."""
    usual: dict[str, Any] = {
        "kind": "air-conditioner",
        "major": 1,
        "prefix": "ac",
        "title": "Made-up air conditioner",
        "maker": "Nobody",
        "interval": 15.0,
        "gives": {"eco": "ECO"},
        "unknown": {"claims": []},
        "actions": {"setComfort": frozenset({"power", "mode"})},
        "fault_number": "_error",
        "faults": {7: {"code": "REFRIG.LOW-CHARGE", "severity": "error"}},
    }
    return Sheet(**usual | more)


@pytest.fixture
def clock() -> SystemClock:
    return SystemClock()

"""The one appliance of the matrix: something of every danger, something private, and a party that goes on until it is stopped."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from gateway.home.home import Home
from gateway.thing.ack import AckState
from gateway.thing.command import Command, Operation
from gateway.thing.description import Description
from gateway.thing.report import Report
from gateway.thing.session import Progress

LAMP = "lamp-1"
CANARY = "Nachtkästchen"
"""The lamp's title: whoever sees it has seen something of the home."""
SECRET = "what only the owner may know"
VALUES: Mapping[str, Any] = {
    "power": False,
    "brightness": 50,
    "faults": [],
    "life": {"entries": []},
    "claims": [],
    "x-acme-diary": SECRET,
    "x-acme-boost": False,
    "x-acme-burn": False,
}
DESCRIPTION = Description(
    id=LAMP,
    kind="light",
    title=CANARY,
    additions={
        "properties": {
            "x-acme-diary": {"type": "string", "hl:private": True},
            "x-acme-boost": {"type": "boolean", "hl:danger": 2},
            "x-acme-burn": {"type": "boolean", "hl:danger": 3},
        },
        "actions": {
            "x-acme-blink": {"hl:danger": 1},
            "x-acme-heat": {"hl:danger": 2},
            "x-acme-melt": {"hl:danger": 3},
            "x-acme-party": {"synchronous": False, "hl:cancellable": True},
        },
    },
)


class Lamp:
    """A session that does at once what it gets: `got` and `stopped` say what that was."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.got: list[Command] = []
        self.stopped: list[str] = []
        self._parties: dict[str, asyncio.Event] = {}

    def describe(self) -> tuple[Description, ...]:
        return (DESCRIPTION,)

    async def reports(self) -> AsyncIterator[Report]:
        await asyncio.Event().wait()
        yield Report(device=LAMP)

    async def execute(self, command: Command) -> AsyncIterator[Progress]:
        self.got.append(command)
        if command.name == "x-acme-party":
            self._parties[command.id] = asyncio.Event()
            yield Progress(state=AckState.RUNNING)
            await self._parties[command.id].wait()
            yield Progress(state=AckState.CANCELLED)
            return
        if command.operation is not Operation.INVOKE_ACTION:
            values = {command.name: command.input} if command.operation is Operation.WRITE_PROPERTY else command.input
            self.home.report(Report(device=LAMP, values=values))
        yield Progress(state=AckState.COMPLETED)

    async def cancel(self, command_id: str) -> None:
        self.stopped.append(command_id)
        self._parties[command_id].set()


async def lit(home: Home) -> Lamp:
    """Bring the lamp into the home."""
    lamp = Lamp(home)
    await home.attach(DESCRIPTION, lamp)
    home.report(Report(device=LAMP, values=VALUES))
    return lamp

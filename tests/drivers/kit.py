"""What the driver tests share: a sink that remembers, and waiting for something to become true."""

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any

from gateway.drivers.spi import Context
from gateway.profile.library import Library
from gateway.protocol.mqtt import MqttClient
from gateway.thing.availability import AvailabilityState
from gateway.thing.clock import SystemClock
from gateway.thing.command import Command, Operation
from gateway.thing.description import Description
from gateway.thing.principal import LOCAL
from gateway.thing.report import Event, Report
from gateway.thing.session import Progress, Session
from gateway.thing.value import Quality, Value

PATIENCE = 25.0
LIBRARY = Library()
"""Read by all, changed by none."""


class RecordingSink:
    """A home that only remembers; `only`: nothing but this one of the devices a session carries."""

    def __init__(self, only: str = "") -> None:
        self.only = only
        self.sessions: dict[str, Session] = {}
        self.descriptions: dict[str, Description] = {}
        self.attached: list[str] = []
        self.detached: list[tuple[str, str]] = []
        self.reports: list[Report] = []
        self.values: dict[str, dict[str, Value]] = {}
        self.quality: dict[str, dict[str, Quality]] = {}
        self.events: list[Event] = []
        self.online: dict[str, bool] = {}
        self.reasons: dict[str, str] = {}
        self.refuse: dict[str, Exception] = {}

    async def attach(self, description: Description, session: Session) -> None:
        if description.id in self.refuse:
            raise self.refuse[description.id]
        if self.only not in {"", description.id}:
            return
        self.attached.append(description.id)
        self.sessions[description.id] = session
        self.descriptions[description.id] = description
        self.online[description.id] = True

    def report(self, report: Report) -> None:
        if self.only not in {"", report.device}:
            return
        self.reports.append(report)
        self.values.setdefault(report.device, {}).update(report.values)
        told = self.quality.setdefault(report.device, {})
        told.update({name: report.quality.get(name, Quality.GOOD) for name in report.values})
        self.events.extend(report.events)
        if report.availability is not None:
            self.online[report.device] = report.availability.state is not AvailabilityState.OFFLINE
            self.reasons[report.device] = report.availability.reason

    def detach(self, device: str, reason: str) -> None:
        if self.only not in {"", device}:
            return
        self.detached.append((device, reason))
        self.online[device] = False
        self.reasons[device] = reason


async def until(condition: Callable[[], Any], what: str, patience: float | None = None) -> None:
    """Return when `condition` holds; fail naming `what` did not happen."""
    try:
        async with asyncio.timeout(patience or PATIENCE):
            while not condition():
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(f"never happened: {what}") from None


def context(gateway: str = "gw-test", mqtt: MqttClient | None = None, seed: int = 1) -> Context:
    return Context(gateway=gateway, clock=SystemClock(), random=Random(seed), library=LIBRARY, mqtt=mqtt)


_COUNT = iter(range(1, 1_000_000))


def write(device: str, name: str, value: Value, **more: Any) -> Command:
    return Command(
        id=f"w{next(_COUNT)}", device=device, operation=Operation.WRITE_PROPERTY, name=name, input=value, principal=LOCAL, **more
    )


def write_many(device: str, values: dict[str, Value]) -> Command:
    return Command(id=f"w{next(_COUNT)}", device=device, operation=Operation.WRITE_MULTIPLE, name="", input=values, principal=LOCAL)


def invoke(device: str, name: str, input: Value = None, **more: Any) -> Command:
    return Command(id=f"a{next(_COUNT)}", device=device, operation=Operation.INVOKE_ACTION, name=name, input=input, principal=LOCAL, **more)


async def stages(session: Session, command: Command) -> list[Progress]:
    """Return every stage of a command, the terminal one last."""
    async with asyncio.timeout(PATIENCE):
        return [progress async for progress in session.execute(command)]

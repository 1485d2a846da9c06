"""What the home's tests share: a kettle profile, a clock moved by hand, a session that does what the test says, a home."""

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.home.home import Home
from gateway.home.run import Run
from gateway.profile.library import Library
from gateway.storage.history import HistoryStore
from gateway.storage.state import StateStore
from gateway.thing.ack import Ack, AckState
from gateway.thing.command import Command, Operation, Version
from gateway.thing.description import Description
from gateway.thing.principal import LOCAL, Principal, Role
from gateway.thing.report import Report
from gateway.thing.session import Progress
from gateway.thing.value import Quality, Value

KETTLE = """
"@context": [https://www.w3.org/2022/wot/td/v1.1]
"@type": ["tm:ThingModel", "hl:Kettle"]
title: Kettle
titles: {en: Kettle, zh-Hans: 电水壶}
version: {model: 1.0.0}
hl:kind: kettle
hl:class: appliance
hl:maturity: draft
hl:features: {}
hl:constraints:
  - {id: kettle-hot, type: guardWritable, property: target, when: {power: [true]}, else: state-conflict}
  - {id: kettle-lock, type: guardWritable, property: lock, values: [false], unless: {mode: [warm]}, else: needs-confirm}
properties:
  power: {title: Power, type: boolean, observable: true, hl:latency: PT1S}
  target: {title: Target, type: number, unit: Cel, minimum: 40, maximum: 100, multipleOf: 0.5, observable: true, hl:latency: PT2S}
  mode: {title: Mode, type: string, enum: [brew, warm], observable: true}
  lock: {title: Lock, type: boolean, observable: true}
  boost: {title: Boost, type: boolean, observable: true, hl:danger: 2}
  gas: {title: Gas, type: boolean, observable: true, hl:danger: 3}
  level: {title: Level, type: number, unit: l, minimum: 0, maximum: 2, readOnly: true, observable: true, hl:report: {maxInterval: PT10S}}
  owner: {title: Owner, type: string, maxLength: 20, observable: true, hl:private: true}
actions:
  descale:
    title: Descale
    synchronous: false
    hl:cancellable: true
    hl:maxDuration: PT10M
    output: {type: object, properties: {result: {type: string, enum: [done, cancelled]}}}
  beep: {title: Beep, synchronous: true}
  rinse: {title: Rinse, synchronous: false, hl:maxDuration: PT5M}
  setAll:
    title: Set all
    synchronous: true
    hl:atomic: true
    input: {type: object, properties: {power: {type: boolean}, mode: {type: string, enum: [brew, warm]}}}
events:
  boiled: {title: Boiled, data: {type: object, properties: {at: {type: number, minimum: 0, maximum: 100}}}}
"""

DEVICE = "kettle-1"
USER = Principal("ann", Role.USER)
VIEWER = Principal("eve", Role.VIEWER)
START = 1_800_000_000.0
_numbers = itertools.count(1)


class HandClock:
    """A clock that stands still until the test moves it; `jump` moves the wall only."""

    def __init__(self, now: float = START) -> None:
        self._wall = now
        self._monotonic = 1000.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> float:
        return self._wall

    def monotonic(self) -> float:
        return self._monotonic

    async def sleep(self, seconds: float) -> None:
        future = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._monotonic + seconds, next(_numbers), future))
        await future

    def jump(self, seconds: float) -> None:
        self._wall += seconds

    async def advance(self, seconds: float, step: float = 0.5) -> None:
        """Let time pass in steps, giving every task its turn after each."""
        end = self._monotonic + seconds
        while self._monotonic < end:
            part = min(step, end - self._monotonic)
            self._monotonic += part
            self._wall += part
            while self._sleepers and self._sleepers[0][0] <= self._monotonic:
                future = heapq.heappop(self._sleepers)[2]
                if not future.done():
                    future.set_result(None)
            await turns()


async def turns(count: int = 10) -> None:
    """Let every task that can go on do so."""
    for _ in range(count):
        await asyncio.sleep(0)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what real threads and tasks bring about; the test's own timeout ends a vain wait."""
    while not condition():
        await asyncio.sleep(0.001)


Play = Callable[[Command], AsyncIterator[Progress]]


async def done(_: Command) -> AsyncIterator[Progress]:
    """Say done at once."""
    yield Progress(state=AckState.COMPLETED)


async def hang(_: Command) -> AsyncIterator[Progress]:
    """Never say anything."""
    await asyncio.Event().wait()
    yield Progress(state=AckState.COMPLETED)


class Stub:
    """A session: `got` is what it was asked, `play` what it answers, `cancelled` what it was asked to stop."""

    def __init__(self, play: Play = done) -> None:
        self.play = play
        self.got: list[Command] = []
        self.cancelled: list[str] = []
        self.refuse_cancel: Exception | None = None

    def describe(self) -> tuple[Description, ...]:
        return (kettle(),)

    async def reports(self) -> AsyncIterator[Report]:
        return
        yield

    async def execute(self, command: Command) -> AsyncIterator[Progress]:
        self.got.append(command)
        async for progress in self.play(command):
            yield progress

    async def cancel(self, command_id: str) -> None:
        self.cancelled.append(command_id)
        if self.refuse_cancel is not None:
            raise self.refuse_cancel


class Obedient(Stub):
    """Does each write and reports it, through the wire as it were."""

    home: Home

    async def execute(self, command: Command) -> AsyncIterator[Progress]:
        self.got.append(command)
        values = {command.name: command.input} if command.operation is Operation.WRITE_PROPERTY else command.input
        await asyncio.sleep(0)
        self.home.report(Report(device=command.device, values=values))
        yield Progress(state=AckState.COMPLETED)


class NoForms:
    """Forms of a device that is reached nowhere in particular."""

    def security(self) -> dict[str, Any]:
        return {"securityDefinitions": {"nosec": {"scheme": "nosec"}}, "security": ["nosec"]}

    def thing(self) -> list[dict[str, Any]]:
        return [{"href": "mqtt://127.0.0.1/s", "op": ["readallproperties"]}]

    def property(self, name: str, *, read_only: bool, private: bool, numeric: bool) -> list[dict[str, Any]]:
        return [] if private else [{"href": f"mqtt://127.0.0.1/p/{name}", "op": ["readproperty"], "x": [read_only, numeric]}]

    def action(self, name: str, *, long: bool) -> list[dict[str, Any]]:
        return [{"href": f"mqtt://127.0.0.1/a/{name}", "op": ["invokeaction"], "x": long}]

    def event(self, name: str) -> list[dict[str, Any]]:
        return [{"href": f"mqtt://127.0.0.1/e/{name}", "op": ["subscribeevent"]}]


@dataclass
class House:
    """A home with its clock and store."""

    home: Home
    clock: HandClock
    store: StateStore
    history: HistoryStore

    async def kettle(self, session: Stub | None = None, device: str = DEVICE, **values: Value) -> Stub:
        """Attach a kettle that reported these values."""
        session = session or Obedient()
        if isinstance(session, Obedient):
            session.home = self.home
        await self.home.attach(kettle(device), session)
        self.home.report(Report(device=device, values={"power": True, "target": 60, "mode": "warm", "lock": True, "boost": False} | values))
        return session

    async def handed(self, device: str = DEVICE) -> None:
        """Wait until the session has every command of a device and has said what it says at once."""
        await until(lambda: all(errand.handed_at is not None for errand in self.home._docket.of(device)))
        await turns(50)

    def report(self, device: str = DEVICE, /, *, quality: Mapping[str, Quality] | None = None, **values: Value) -> None:
        """Let the device say these values."""
        self.home.report(Report(device=device, values=values, quality=quality or {}))

    async def write(self, name: str, value: Value, **more: Any) -> Run:
        """Submit a write."""
        return await self.home.submit(write(name, value, **more))


def kettle(device: str = DEVICE, **facts: Any) -> Description:
    """Describe a kettle."""
    return Description(id=device, kind="kettle", title="Kitchen kettle", **facts)


def write(name: str, value: Value, **more: Any) -> Command:
    """Make a write command."""
    return command(Operation.WRITE_PROPERTY, name, value, **more)


def command(
    operation: Operation,
    name: str,
    value: Value = None,
    *,
    id: str | None = None,
    device: str = DEVICE,
    principal: Principal = LOCAL,
    expires: float | None = None,
    expected: Version | None = None,
    confirmation: str | None = None,
    why: str = "",
) -> Command:
    """Make a command with an id of its own."""
    return Command(
        id=id or f"c{next(_numbers)}",
        device=device,
        operation=operation,
        name=name,
        input=value,
        principal=principal,
        expires=expires,
        expected=expected,
        confirmation=confirmation,
        why=why,
    )


async def ended(run: Run) -> Ack:
    """Return a run's terminal ack."""
    ack = await run.terminal(30)
    assert ack is not None, f"no terminal ack, only {run.history}"
    return ack


def states(run: Run) -> list[str]:
    """Return the states of a run's acks."""
    return [ack.state.value for ack in run.history]


def profiles(folder: Path) -> Path:
    """Write the kettle's profile into a folder of profiles."""
    root = folder / "profiles"
    root.mkdir(parents=True, exist_ok=True)
    (root / "kettle-1.yaml").write_text(KETTLE)
    return root


@asynccontextmanager
async def living(folder: Path, clock: HandClock | None = None, library: Library | None = None) -> AsyncIterator[House]:
    """Open the home kept in a folder."""
    clock = clock or HandClock()
    library = library or Library(profiles(folder))
    async with StateStore(folder / "state.db") as store, HistoryStore(folder / "history.db", clock) as history:
        boot = await store.begin_boot()
        home = Home(
            identifier="gw01",
            boot=boot,
            store=store,
            history=history,
            library=library,
            clock=clock,
            forms=lambda _: NoForms(),
        )
        async with home:
            yield House(home, clock, store, history)

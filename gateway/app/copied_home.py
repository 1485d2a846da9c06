"""A home for one rehearsal: simulated appliances on fresh loopback addresses, and a hub without doors that carries them.

It is made of the same rooms as the real one, home, driver and scenes, so that it does what the real one would. Nobody can reach it, it
looks for nobody, and all it writes lies in a folder that is removed with it.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

from gateway.app.hurry import SceneClock
from gateway.app.simulator import simulator
from gateway.drivers.native import DRIVER
from gateway.drivers.spi import Context, Registration
from gateway.drivers.supervisor import Supervisor
from gateway.errors import SetupError
from gateway.home.home import Home
from gateway.profile.library import Library
from gateway.protocol.forms import DeviceForms
from gateway.scenes.alerts.alerts import Alerts
from gateway.scenes.rehearsal.copy import WIRE
from gateway.scenes.rehearsal.order import Order
from gateway.scenes.scenes import Scenes
from gateway.storage.history import HistoryStore
from gateway.storage.state import StateStore
from gateway.thing.ack import AckState
from gateway.thing.clock import SystemClock
from gateway.thing.command import Command

PATIENCE: Final = 90.0
"""Real seconds until every copy must have been heard."""
LOOK: Final = 0.05
HUB: Final = "rehearsal"


class BusyHome(Home):
    """A home that knows whether it waits for a device."""

    def waited_for(self) -> frozenset[str]:
        """Return the commands that were given and neither ended nor went on to run for long."""
        self._open = [run for run in getattr(self, "_open", []) if not run.done and run.last.state is not AckState.RUNNING]
        return frozenset(f"{run.device} {run.command.id}" for run in self._open)

    async def submit(self, command: Command) -> Any:
        """Take a command, and remember that it is open."""
        run = await super().submit(command)
        self._open = [*getattr(self, "_open", []), run]
        return run


class Wires:
    """The control socket of the simulator."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._lock = asyncio.Lock()

    async def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer to one request; one that is refused has `ok` false. Raise SetupError where the simulator is gone."""
        async with self._lock:
            self._writer.write(json.dumps(request).encode() + b"\n")
            await self._writer.drain()
            line = await self._reader.readline()
        if not line:
            raise SetupError("the simulator went away in the middle of a rehearsal")
        answer: dict[str, Any] = json.loads(line)
        return answer


@dataclass(frozen=True, kw_only=True)
class CopiedHome:
    """`scene_clock` is the one the scenes go by; `clock` everybody else's. `units` as the simulator reported them."""

    home: BusyHome
    scenes: Scenes
    supervisor: Supervisor
    wires: Wires
    clock: SystemClock
    scene_clock: SceneClock
    units: Sequence[Mapping[str, Any]]

    async def let_go(self, device: str, reason: str) -> None:
        """Have a device be away, known to the hub."""
        await self.wires.ask({"do": "network", "unit": device, "silent": True})
        await self.supervisor.remove(DRIVER.name, device)
        self.home.detach(device, reason)

    async def watts(self) -> float:
        """Return what is drawn from the wall."""
        return float((await self.wires.ask({"do": "mains"}))["watts"])


@asynccontextmanager
async def copied_home(order: Order, folder: Path, library: Library, random: Random) -> AsyncIterator[CopiedHome]:
    """Build the copy in a folder of its own; yields once every appliance has been heard. Raise SetupError where that cannot be."""
    clock = SystemClock()
    scene_clock = SceneClock(clock)
    async with AsyncExitStack() as stack:
        appliances = await stack.enter_async_context(simulator(_arguments(order, folder, random)))
        reader, writer = await asyncio.open_unix_connection(folder / "wires")
        stack.callback(writer.close)
        store = await stack.enter_async_context(StateStore(folder / "state.db"))
        history = await stack.enter_async_context(HistoryStore(folder / "history.db", clock))
        for name, text in order.texts.items():
            await store.scenes.put(name, "1", {"text": text, "by": HUB, "at": clock.now()})
        home = BusyHome(
            identifier=HUB,
            boot=await store.begin_boot(),
            store=store,
            history=history,
            library=library,
            clock=clock,
            forms=lambda device: DeviceForms(HUB, device),
        )
        await stack.enter_async_context(home)
        alerts = await stack.enter_async_context(Alerts(store.alerts, clock))
        scenes = Scenes(home, library, scene_clock, texts=store.scenes, reports=store.scene_reports, alerts=alerts, line_limit=order.limit)
        await stack.enter_async_context(scenes)
        lent = Context(gateway=HUB, clock=clock, random=random, library=library)
        supervisor = await stack.enter_async_context(Supervisor(home, lent, lambda _: DRIVER))
        for unit in appliances.units:
            supervisor.add(_registration(unit))
        await _all_heard(home, appliances.units)
        yield CopiedHome(
            home=home,
            scenes=scenes,
            supervisor=supervisor,
            wires=Wires(reader, writer),
            clock=clock,
            scene_clock=scene_clock,
            units=appliances.units,
        )


def _arguments(order: Order, folder: Path, random: Random) -> list[str]:
    source = order.home
    if order.copy is not None:
        path = folder / "home.yaml"
        path.write_text(json.dumps(order.copy.home), encoding="utf-8")  # JSON is YAML
        source = str(path)
    base = f"127.{random.randrange(64, 250)}.{random.randrange(1, 250)}.1"
    rewired = [] if order.copy is not None else ["--rewire", WIRE]
    return ["--home", source, "--base-address", base, "--control", str(folder / "wires"), *rewired, "--with-parent"]


def _registration(unit: Mapping[str, Any]) -> Registration:
    return Registration(driver=DRIVER.name, key=unit["id"], facts={"coap": "1"}, address=unit["address"], port=unit["port"] or 0)


async def _all_heard(home: Home, units: Sequence[Mapping[str, Any]]) -> None:
    waiting, due = [str(unit["id"]) for unit in units], time.monotonic() + PATIENCE
    while waiting := [device for device in waiting if not _is_heard(home, device)]:
        if time.monotonic() > due:
            raise SetupError(f"of the copy of the home never heard: {', '.join(waiting)}")
        await asyncio.sleep(LOOK)


def _is_heard(home: Home, device: str) -> bool:
    if device not in home.devices():
        return False
    twin = home.twin(device)
    return twin.online and twin.silent_since is None

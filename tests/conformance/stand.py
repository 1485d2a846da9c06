"""A simulated appliance on CoAP in a thread of its own, so that a command line or pytest can be run against it in the test's own thread."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any

from firmware_sim.control import control_socket
from firmware_sim.home import Home, running_home
from firmware_sim.plan import UnitPlan
from firmware_sim.twins.table import twin as twin_named
from firmware_sim.unit import Unit
from tests.kit.addresses import address


class Stand:
    """One appliance that answers at `target`; `twin`: the defect it has."""

    def __init__(self, folder: Path, twin: str = "") -> None:
        self.host = address()
        self.target = f"coap://{self.host}"
        self.control = folder / "control"
        self._make: Callable[..., Unit] = twin_named(twin).maker() if twin else Unit
        self._plan = UnitPlan(kind="plug", wire="native-coap", address=self.host, id=f"stand-{self.host.replace('.', '-')}")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="stand", daemon=True)
        self._stack = AsyncExitStack()
        self._home: Home

    def open(self) -> None:
        self._thread.start()
        self.do(self._begin())

    def close(self) -> None:
        self.do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _begin(self) -> None:
        self._opened, self._over = asyncio.Event(), asyncio.Event()
        self._life = asyncio.create_task(self._live())
        await asyncio.wait({self._life, asyncio.create_task(self._opened.wait())}, return_when=asyncio.FIRST_COMPLETED)
        if self._life.done():
            await self._life

    async def _live(self) -> None:
        async with running_home([self._plan], make=self._make) as home, control_socket(home, self.control):
            self._home = home
            self._opened.set()
            await self._over.wait()

    async def _end(self) -> None:
        self._over.set()
        await self._life

    def vanish(self) -> None:
        """Let nothing through to it any more."""

        async def silence() -> None:
            for unit in self._home.units.values():
                unit.network.set(silent=True)

        self.do(silence())


@contextmanager
def stand(folder: Path, twin: str = "") -> Iterator[Stand]:
    made = Stand(folder, twin)
    made.open()
    try:
        yield made
    finally:
        made.close()

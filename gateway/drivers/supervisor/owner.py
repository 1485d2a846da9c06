"""The owner of all keepers: one task group, one named task per registration."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Self

from gateway.drivers.spi import Context, Driver, Registration, Remote, Sink
from gateway.drivers.supervisor.keeper import Keeper
from gateway.drivers.supervisor.limits import Limits
from gateway.drivers.supervisor.naming import Door, Names, OwnNames, RenamedRemote
from gateway.drivers.supervisor.status import SessionState, SessionStatus
from gateway.thing.internet import Internet, Untold


class Supervisor:
    """Keeps the sessions of all registrations alive; `async with` is its life.

    `drivers`: name to driver (`table.load`), called when a registration is first opened. `internet`: tells whether it is there.
    `names`: which unit is which device of the home; everything that is asked and told here goes by the ids of the home.
    """

    def __init__(
        self,
        sink: Sink,
        context: Context,
        drivers: Callable[[str], Driver],
        *,
        limits: Limits | None = None,
        internet: Internet | None = None,
        names: Names | None = None,
    ) -> None:
        self._names = names or OwnNames()
        self._sink = Door(sink, self._names) if names is not None else sink
        self._context = context
        self._drivers = drivers
        self._limits = limits or Limits()
        self._internet = internet or Untold()
        self._watch: asyncio.Task[None] | None = None
        self._group = asyncio.TaskGroup()
        self._keepers: dict[tuple[str, str], tuple[Keeper, asyncio.Task[None]]] = {}
        self._carriers: dict[str, Keeper] = {}

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        self._watch = self._group.create_task(self._watch_internet(), name="internet watch")
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for task in (self._watch, *(task for _, task in self._keepers.values())):
            if task is not None:
                task.cancel()
        await self._group.__aexit__(kind, error, trace)

    def add(self, registration: Registration) -> None:
        """Keep a session for `registration`; one that is kept already is only told its new address, facts and credentials."""
        name = (registration.driver, registration.key)
        if name in self._keepers:
            self._keepers[name][0].take(registration)
            return
        keeper = self._keeper(registration)
        waiting = sum(other.state is SessionState.QUEUED for other, _ in self._keepers.values())
        pause = self._limits.stagger(waiting, self._context.random)
        self._keepers[name] = keeper, self._group.create_task(keeper.run(pause), name=f"keeper {':'.join(name)}")

    async def remove(self, driver: str, key: str) -> None:
        """Close the session of a registration and forget it; returns when no report of it can follow."""
        keeper, task = self._keepers.pop((driver, key), (None, None))
        if keeper is None or task is None:
            return
        task.cancel()
        await asyncio.wait({task})
        for device in [device for device, carrier in self._carriers.items() if carrier is keeper]:
            del self._carriers[device]

    def moved(self, driver: str, key: str, address: str, port: int, facts: Mapping[str, str]) -> None:
        """Tell where the unit is said to be: a change opens its session again, once it is silent where it was; else it shortens a pause."""
        keeper, _ = self._keepers.get((driver, key), (None, None))
        if keeper is not None:
            keeper.moved(address, port, facts)

    def again(self, driver: str, key: str) -> None:
        """Open the session of a unit anew at once, if there is one."""
        keeper, _ = self._keepers.get((driver, key), (None, None))
        if keeper is not None:
            keeper.again()

    def status(self) -> tuple[SessionStatus, ...]:
        """Return one line for each registration, in the order they were added."""
        return tuple(self._named(keeper.status()) for keeper, _ in self._keepers.values())

    def _named(self, status: SessionStatus) -> SessionStatus:
        """Return a status with the ids of the home; of one that was not open yet, what it carried the last time."""
        devices = status.devices or self._names.carried_by(status.driver, status.key)
        return replace(status, devices=tuple(map(self._names.shown, devices)))

    def away(self) -> dict[tuple[str, str], float]:
        """Return the registrations (driver and key) that have no session, and for how many seconds."""
        return {name: seconds for name, (keeper, _) in self._keepers.items() if (seconds := keeper.away()) is not None}

    def reached(self, driver: str, key: str) -> tuple[str, int] | None:
        """Return address and port at which a unit is asked and answers; None where nothing proves that it is there."""
        keeper, _ = self._keepers.get((driver, key), (None, None))
        return None if keeper is None else keeper.reached()

    def remote(self, device: str) -> Remote | None:
        """Return the transmitter that carries a device, itself or one it speaks for; None for any other, and while it is away."""
        own = self._names.own(device)
        keeper = self._carriers.get(own)
        remote = None if keeper is None or own not in keeper.devices else keeper.remote()
        return None if remote is None else RenamedRemote(remote, self._names)

    async def _watch_internet(self) -> None:
        """Try those that are away as soon as the internet is back: some left for want of it."""
        gone = False
        while True:
            there = self._internet.look().there
            if gone and there:
                for keeper, _ in self._keepers.values():
                    keeper.nudged()
            gone = there is False
            await self._context.clock.sleep(self._limits.internet)

    def _keeper(self, registration: Registration) -> Keeper:
        return Keeper(
            registration,
            driver=self._drivers,
            sink=self._sink,
            context=self._context,
            limits=self._limits,
            claim=self._may_carry,
            carried=self._names.carried,
            internet=self._internet,
        )

    def _may_carry(self, device: str, keeper: Keeper) -> bool:
        return self._carriers.setdefault(device, keeper) is keeper

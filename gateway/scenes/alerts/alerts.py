"""The alerts of a home: kept before they are told, told when they are due, acknowledged by people; all of it across a restart.

A telling is written down before it begins. One that a restart interrupts is told once more, as a repetition: so nobody misses an alert, and
nobody hears twice of a new one.
"""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Final, Self

from gateway.errors import CommandError, StateConflict, StorageFailed, Unknown
from gateway.scenes.alerts.alert import Alert, AlertState
from gateway.scenes.alerts.notice import Notify
from gateway.scenes.alerts.outlets import Outlet
from gateway.scenes.shelf import Table
from gateway.thing.clock import Clock
from gateway.thing.log import Log
from gateway.thing.principal import Principal
from gateway.trust.roles import Permission, require

MOST: Final = 200
"""Alerts that wait for somebody."""
KEPT: Final = 200
"""Alerts that are over and still shown."""
_log = Log()
Told = Callable[[], None]


class Alerts:
    """`async with` it: what was due in the hub's absence is told at once. `outlets`: the ways out of the hub."""

    def __init__(self, table: Table, clock: Clock, outlets: tuple[Outlet, ...] = ()) -> None:
        self._table = table
        self._clock = clock
        self._outlets = outlets
        self._alerts: dict[str, Alert] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._told: list[Told] = []

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            self._group = await stack.enter_async_context(asyncio.TaskGroup())
            stack.callback(self._stop)
            for entry in await self._table.all():
                self._alerts[entry.key] = Alert.of(entry.document)
            for alert in self._alerts.values():
                if alert.begun:
                    alert.next = self._clock.now()
                self._attend(alert)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._stack.aclose()

    def on_told(self, told: Told) -> None:
        """Have `told` called whenever an alert is raised, told, acknowledged or over."""
        self._told.append(told)

    # What there is

    def listing(self, *, waiting: bool = False) -> list[Alert]:
        """Return the alerts, the newest first; with `waiting` those that wait for somebody."""
        found = [alert for alert in self._alerts.values() if alert.waits or not waiting]
        return sorted(found, key=lambda alert: alert.raised, reverse=True)

    def alert(self, name: str) -> Alert:
        """Return an alert by its id, or by enough of it to be the only one; raise Unknown."""
        found = [alert for alert in self._alerts.values() if name and name in {alert.id, alert.id.removeprefix("alert-")}]
        found = found or [alert for alert in self._alerts.values() if name and alert.id.removeprefix("alert-").startswith(name)]
        if len(found) != 1:
            raise Unknown(f"no alert is called {name[:80]!r}; `hulian alerts` shows them")
        return found[0]

    def open(self, scene: str) -> bool:
        """Return whether an alert of a scene waits for somebody."""
        return any(alert.waits for alert in self._alerts.values() if alert.scene == scene)

    def acknowledged(self, scene: str) -> bool:
        """Return whether the newest alert of a scene was acknowledged."""
        newest = max((alert for alert in self._alerts.values() if alert.scene == scene), key=lambda alert: alert.raised, default=None)
        return newest is not None and newest.state is AlertState.ACKNOWLEDGED

    # What is done

    async def notify(self, id: str, scene: str, run: str, notice: Notify) -> None:
        """Keep an alert and have it told; the same id is raised once. Raises StateConflict when too many wait for somebody."""
        if id in self._alerts:
            return
        if len(self.listing(waiting=True)) >= MOST:
            raise StateConflict(f"{MOST} alerts wait to be acknowledged already")
        alert = Alert(id=id, scene=scene, run=run, notice=notice, raised=self._clock.now(), next=self._clock.now())
        self._alerts[id] = alert
        await self._keep(alert)
        self._attend(alert)

    async def acknowledge(self, name: str, principal: Principal) -> Alert:
        """Note that somebody has seen it, and tell it no more; twice is once. Raises Unknown, Forbidden, CommandError."""
        require(principal, Permission.CONTROL)
        alert = self.alert(name)
        if alert.state is AlertState.ACKNOWLEDGED:
            return alert
        before = (alert.by, alert.at, alert.next)
        alert.acknowledge(principal.name, self._clock.now())
        try:
            await self._table.put(alert.scene, alert.id, alert.document())
        except StorageFailed as error:
            alert.by, alert.at, alert.next = before
            raise CommandError("it could not be written down, so it is not acknowledged; the hub's disk may be full") from error
        if (task := self._tasks.pop(alert.id, None)) is not None:
            task.cancel()
        await self._forget_old()
        self._news()
        return alert

    # Inside

    def _attend(self, alert: Alert) -> None:
        if alert.next is not None and alert.id not in self._tasks:
            self._tasks[alert.id] = self._group.create_task(self._live(alert), name=alert.id)

    async def _live(self, alert: Alert) -> None:
        """Tell an alert each time it is due, until it is over."""
        while alert.next is not None:
            await self._clock.sleep(max(0.0, alert.next - self._clock.now()))
            alert.begin()
            await self._keep(alert)
            came = await self._tell(alert)
            alert.end(self._clock.now(), came)
            await self._keep(alert)
        self._tasks.pop(alert.id, None)
        await self._forget_old()

    async def _tell(self, alert: Alert) -> dict[str, str]:
        message = alert.message()
        said = await asyncio.gather(*(outlet.tell(message) for outlet in self._outlets))
        came = {outlet.name: each for outlet, each in zip(self._outlets, said, strict=True)}
        _log.warning("alert", alert=alert.id, text=alert.text["en"], telling=alert.tellings, **came)
        return came

    async def _keep(self, alert: Alert) -> None:
        try:
            await self._table.put(alert.scene, alert.id, alert.document())
        except StorageFailed as error:
            _log.error("an alert is not stored", alert=alert.id, reason=str(error))
        self._news()

    async def _forget_old(self) -> None:
        over = [alert for alert in reversed(self.listing()) if not alert.waits and alert.next is None]
        for alert in over[: max(0, len(over) - KEPT)]:
            del self._alerts[alert.id]
            try:
                await self._table.remove(alert.scene, alert.id)
            except StorageFailed as error:
                _log.error("an old alert is still stored", alert=alert.id, reason=str(error))

    def _news(self) -> None:
        for told in self._told:
            told()

    def _stop(self) -> None:
        for task in self._tasks.values():
            task.cancel()

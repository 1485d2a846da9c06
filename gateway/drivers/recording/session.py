"""A session with a listener around it: what is asked of it, and what it reports."""

from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol

from gateway.drivers.parts.tap import Tap, tapped
from gateway.drivers.spi import Polled, Pushed
from gateway.errors import HulianError
from gateway.thing.command import Command
from gateway.thing.description import Description
from gateway.thing.report import Report
from gateway.thing.session import Progress, Session


class Listener(Tap, Protocol):
    """A tap that also hears of what goes on above the wire."""

    def note(self, what: str, about: Any = None) -> None:
        """Take one thing that happened."""
        ...


class Listened:
    """A session that tells what it does."""

    def __init__(self, session: Session, listener: Listener) -> None:
        self._session = session
        self._listener = listener
        self._described: tuple[Description, ...] = ()
        self.describe()

    def describe(self) -> tuple[Description, ...]:
        """Return the devices, and tell them when they are others than before."""
        devices = self._session.describe()
        if devices != self._described:
            self._described = devices
            self._listener.note("described", [described(device) for device in devices])
        return devices

    async def reports(self) -> AsyncIterator[Report]:
        """Pass on and tell what the unit says."""
        async for report in self._session.reports():
            self.told(report)
            yield report

    def told(self, report: Report) -> None:
        """Tell one report; a device is known by its place among those described: its id says whose it is."""
        self._listener.note("report", reported(report, self._names()))

    def _names(self) -> list[str]:
        return [device.id for device in self.describe()]

    async def execute(self, command: Command) -> AsyncIterator[Progress]:
        """Pass on a command; tell it and how it ended."""
        place = place_of(command.device, self._names())
        asked = {"operation": command.operation, "do": command.name, "input": command.input}
        self._listener.note("command", {"of": place, **asked, "id": command.id, "by": command.principal.name, "why": command.why})
        stages = self._session.execute(command)
        try:
            while True:
                with tapped(self._listener):
                    stage = await anext(stages, None)
                if stage is None:
                    return
                if stage.state.terminal:
                    self._listener.note("done", {"state": stage.state, "output": stage.output})
                yield stage
        except HulianError as error:
            self._listener.note("done", {"failed": type(error).__name__})
            raise
        finally:
            close = getattr(stages, "aclose", None)
            if close is not None:
                await close()

    async def cancel(self, command_id: str) -> None:
        """Pass it on."""
        await self._session.cancel(command_id)


class ListenedPolled(Listened):
    """Of one that is asked now and then."""

    _session: Any

    @property
    def interval(self) -> float:
        """Return the pause between two questions, in seconds."""
        return float(self._session.interval)

    async def refresh(self) -> None:
        """Pass it on, and tell how it ended."""
        self._listener.note("refresh")
        try:
            with tapped(self._listener):
                await self._session.refresh()
        except (HulianError, OSError) as error:
            self._listener.note("refreshed", type(error).__name__)
            raise
        self._listener.note("refreshed", "")


class ListenedPushed(Listened):
    """Of one that reports by itself."""

    _session: Any

    def push(self, deliver: Callable[[Report], None]) -> None:
        """Pass on and tell every report."""

        def listening(report: Report) -> None:
            self.told(report)
            deliver(report)

        self._session.push(listening)

    async def changed(self) -> None:
        """Pass it on."""
        await self._session.changed()


class ListenedBoth(ListenedPushed, ListenedPolled):
    """Of one that reports by itself and is asked besides."""


def listened(session: Session, listener: Listener) -> Session:
    """Return the session with a listener around it, of the same sort."""
    if isinstance(session, Pushed) and isinstance(session, Polled):
        return ListenedBoth(session, listener)
    if isinstance(session, Pushed):
        return ListenedPushed(session, listener)
    return ListenedPolled(session, listener) if isinstance(session, Polled) else Listened(session, listener)


def place_of(device: str, names: list[str]) -> int:
    """Return the place of a device among those a session carries, -1 when it carries none of that id."""
    return names.index(device) if device in names else -1


def described(device: Description) -> dict[str, Any]:
    """Return what of a device a player compares."""
    return {
        "kind": device.kind,
        "major": device.major,
        "features": list(device.features),
        "narrowing": dict(device.narrowing),
        "locality": device.locality.value,
    }


def reported(report: Report, names: list[str]) -> dict[str, Any]:
    """Return what of a report a player compares."""
    return {
        "of": place_of(report.device, names),
        "values": dict(report.values),
        "quality": dict(report.quality),
        "events": [{"event": event.name, "data": event.data} for event in report.events],
        "complete": report.complete,
    }

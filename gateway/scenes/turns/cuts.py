"""What every device showed before the mains were last cut: read from the stream of changes, and after a start from what is stored.

A device was cut off when it says so (`powerRestored`, with how long it was dark), and, where it says nothing, when others of the home were
while it could not be reached. What it shows as it comes back is the cut's doing; what it shows later somebody has done, and that is left
alone. After a start of the hub, which the same cut may have put out, everything stored is from before.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

from gateway.home.change import AvailabilityChanged, EventRaised, Removed, Snapshot, StateChanged
from gateway.scenes.house import House
from gateway.thing.availability import AvailabilityState
from gateway.thing.clock import Clock
from gateway.thing.value import Value

RESTORED: Final = "powerRestored"
AT_WILL: Final = "powerOnState"
SETTLING: Final = 20.0
"""Seconds after its return in which what a device shows is the cut's doing."""
RECENT: Final = 900.0
"""Seconds after the return of the mains in which one that was not heard of yet may have been cut off as well."""
CHANGES: Final = 4
"""Changes of one property that are remembered."""
LATE: Final = 300.0
"""Seconds after its return in which a device's word on when that was is taken: over CoAP it may be heard minutes later."""
SLACK: Final = 2.0
"""Seconds by which a device's word on how long it was dark may be off."""


@dataclass(slots=True)
class _Past:
    """One device. `values`: what it shows; `changed`: property to its last changes; `before`: from before the cut.

    `since`: when it first showed anything, of one that came after the start; nothing is known from before that.
    """

    values: dict[str, Value] = field(default_factory=dict)
    changed: dict[str, tuple[tuple[float, Value], ...]] = field(default_factory=dict)
    lost: dict[str, Value] | None = None
    before: dict[str, Value] | None = None
    since: float = 0.0
    back_at: float = 0.0
    said_so: bool = False


class Cuts:
    """`async with` it. Times are seconds since the epoch."""

    def __init__(self, house: House, clock: Clock) -> None:
        self._house = house
        self._clock = clock
        self._devices: dict[str, _Past] = {}
        self._restored = 0.0

    async def __aenter__(self) -> Self:
        now = self._clock.now()
        for device in self._house.devices():
            past = self._past(device)
            past.values = dict(self._house.twin(device).values)
            past.lost = dict(past.values)
        self._restored = now
        self._group = asyncio.TaskGroup()
        await self._group.__aenter__()
        self._reading = self._group.create_task(self._read(), name="scenes: cuts of the mains")
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._reading.cancel()
        await self._group.__aexit__(kind, error, trace)

    def before(self, device: str, name: str) -> Value:
        """Return what a property was before the last cut, None where that is not known, or is nobody's to bring back."""
        past, now = self._past(device), self._clock.now()
        if past.before is not None and (past.said_so or abs(past.back_at - self._restored) < RECENT):
            value = past.before.get(name)
        else:
            value = (past.lost or past.values).get(name) if now - self._restored < RECENT else None
        comes_on_by_wish = name == "power" and value is False and past.values.get(AT_WILL) == "on"
        return None if comes_on_by_wish else value

    async def _read(self) -> None:
        async with self._house.subscribe() as changes:
            async for change in changes:
                match change:
                    case Snapshot(devices=devices):
                        for device in devices:
                            self._show(device, self._house.twin(device).values, self._clock.now())
                    case StateChanged():
                        self._show(change.device, change.document, self._clock.now())
                    case AvailabilityChanged():
                        self._available(change)
                    case EventRaised() if change.event.name == RESTORED:
                        self._restore(change)
                    case Removed():
                        self._devices.pop(change.device, None)

    def _past(self, device: str) -> _Past:
        return self._devices.setdefault(device, _Past())

    def _show(self, device: str, document: Mapping[str, Value], at: float) -> None:
        past = self._past(device)
        if new := not past.values:
            past.since = at
        for name, value in document.items():
            old = past.values.get(name)
            if name == "$" or old == value:
                continue
            if not new:
                past.changed[name] = (*past.changed.get(name, ())[-CHANGES + 1 :], (at, old))
            past.values[name] = value
            if past.before is not None and past.lost is None and at > past.back_at + SETTLING and past.before.get(name) != value:
                past.before.pop(name, None)  # somebody has said otherwise since

    def _available(self, change: AvailabilityChanged) -> None:
        past = self._past(change.device)
        if change.availability.state is AvailabilityState.OFFLINE:
            past.lost = past.lost or dict(past.values)
        elif past.lost is not None:
            known = past.lost or None  # of one that is new nothing is known from before
            past.back_at, past.before, past.lost, past.said_so = self._clock.now(), known, None, False

    def _restore(self, change: EventRaised) -> None:
        """Take a device's word for it; one whose absence was not noticed showed the cut's doing since it went dark."""
        past, outage = self._past(change.device), change.event.data.get("outage", 0.0) if isinstance(change.event.data, Mapping) else 0.0
        now = self._clock.now()
        self._restored, past.said_so = now, True
        back = change.at if 0 <= now - change.at <= LATE else now
        if past.before is not None and abs(back - past.back_at) < SETTLING:
            return
        dark = back - (float(outage) if isinstance(outage, int | float) else 0.0) - SLACK
        known = past.values if dark > past.since else {}
        past.before = {name: _at(dark, past.changed.get(name, ()), value) for name, value in known.items()}
        past.back_at, past.lost = back, None


def _at(moment: float, changes: Sequence[tuple[float, Value]], now: Value) -> Value:
    """Return what a property was at a moment: what the first change since then was from, else what it is."""
    return next((old for at, old in changes if at >= moment), now)

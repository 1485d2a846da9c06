"""A conversation with one self-described device: what it says becomes reports of its parts, what is asked of a part goes to its wire.

Evidence only: a value is reported when the device told it, never because it was asked for. The one exception is what the wire itself calls
optimistic, and that is `assumed`. A value that does not fit (a text for a number, a word it never claimed) is told to nobody.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Mapping

from gateway.drivers.parts.diagnosis import ACTION as DIAGNOSIS
from gateway.drivers.parts.diagnosis import diagnosis
from gateway.drivers.parts.selfdescribed.carried import Carried, Naming, carried
from gateway.drivers.parts.selfdescribed.row import Portrait
from gateway.drivers.parts.selfdescribed.wire import SelfDescribedWire
from gateway.errors import Offline, StateConflict, Unknown
from gateway.profile.library import Library
from gateway.profile.plain_value import MAX_LENGTH
from gateway.thing.ack import AckState
from gateway.thing.availability import Availability, AvailabilityState
from gateway.thing.clock import Clock
from gateway.thing.command import Command, Operation
from gateway.thing.description import Description
from gateway.thing.log import Log
from gateway.thing.report import Report
from gateway.thing.session import Progress
from gateway.thing.value import Quality, Value

_WAITING = 64
_MOST_ENTRIES = 256
log = Log()


class SelfDescribedSession:
    """A Pushed session that carries the device and its parts; `begin` before anything else. The wire is opened and closed by the driver."""

    def __init__(self, wire: SelfDescribedWire, portrait: Portrait, naming: Naming, library: Library, clock: Clock) -> None:
        self._wire = wire
        self._clock = clock
        self._carried = carried(portrait, naming, library)
        self._by_device = {each.description.id: each for each in self._carried}
        self._known = portrait.keys
        self._raws: dict[str, Value] = {}
        self._availability: Availability | None = None
        self._waiting: deque[Report] | None = None
        self._deliver: Callable[[Report], None] | None = None
        wire.heard = self._heard
        wire.reached = self._reached

    async def begin(self) -> None:
        """Learn what the device shows; raise TimedOut or Offline when nobody is there."""
        await self._wire.begin()
        log.debug("self-described device opened", kinds=[each.description.kind for each in self._carried], told=len(self._raws))

    def describe(self) -> tuple[Description, ...]:
        """Return the whole and its parts."""
        return tuple(each.description for each in self._carried)

    def push(self, deliver: Callable[[Report], None]) -> None:
        """Deliver what was said so far, then everything as it comes."""
        self._deliver = deliver
        self._tell(self._raws.keys(), complete=False, first=True)
        waiting, self._waiting = self._waiting, None
        for report in waiting or ():
            deliver(report)

    async def changed(self) -> None:
        """Raise ConnectionResetError when the conversation is over; what the device is does not change within one."""
        await asyncio.shield(self._wire.closed)
        raise ConnectionResetError("the conversation is over")

    async def reports(self) -> AsyncIterator[Report]:
        """Yield nothing: this session pushes. Raise when the conversation is over."""
        await self.changed()
        yield Report(device="")  # never: it is an iterator all the same

    async def look(self) -> None:
        """Ask for everything; raise TimedOut or Offline when the device does not answer."""
        if await self._wire.ask():
            self._tell(self._raws.keys(), complete=True)

    async def execute(self, command: Command) -> AsyncIterator[Progress]:
        """Ask for it at once; raise a CommandError when this device has no words for it or does not answer."""
        device = self._device(command)
        if command.operation is Operation.INVOKE_ACTION and command.name == DIAGNOSIS:
            yield Progress(state=AckState.COMPLETED, output=await self._diagnosed())
            return
        asked = device.asked(command, self._raws)
        if asked:
            await self._wire.set(asked)
            self._assume(asked)
        yield Progress(state=AckState.COMPLETED)

    async def cancel(self, command_id: str) -> None:
        """Refuse: nothing this session does takes long enough to be stopped."""
        raise StateConflict(f"command {command_id} cannot be stopped any more")

    def _device(self, command: Command) -> Carried:
        device = self._by_device.get(command.device)
        if device is None:
            raise Unknown(f"this session does not carry {command.device}")
        return device

    async def _diagnosed(self) -> Value:
        try:
            answered = await self._wire.ask()
        except Offline:
            answered = False
        return diagnosis(answered=answered or bool(self._raws), faults=None)

    def _heard(self, raws: Mapping[str, Value]) -> None:
        """Take what the device says; keys nobody claimed, and what no value of the profile is as long as, are left aside."""
        news = {key: raw for key, raw in raws.items() if key in self._known and not _endless(raw)}
        self._doubt([key for key, raw in news.items() if raw is None and key in self._raws])
        told = {key: raw for key, raw in news.items() if raw is not None}
        self._raws |= told
        self._tell(told.keys(), complete=False)
        for each in self._carried:
            if events := each.happened(news):
                self._say(Report(device=each.description.id, events=events))

    def _doubt(self, keys: Collection[str]) -> None:
        """Show what the device says it does not know any more as what it was, and no longer is known to be."""
        for each in self._carried if keys else ():
            values, _ = each.told(keys, self._raws, ())
            if values:
                self._say(Report(device=each.description.id, values=values, quality=dict.fromkeys(values, Quality.STALE)))
        for key in keys:
            del self._raws[key]

    def _assume(self, asked: Mapping[str, Value]) -> None:
        optimistic = {key: raw for key, raw in asked.items() if key in self._wire.optimistic}
        if optimistic:
            self._raws |= optimistic
            self._tell(optimistic.keys(), complete=False)

    def _reached(self, state: AvailabilityState, reason: str) -> None:
        self._availability = Availability(state, self._clock.now(), reason)
        for each in self._carried:
            self._say(Report(device=each.description.id, availability=self._availability))

    def _tell(self, keys: Collection[str], *, complete: bool, first: bool = False) -> None:
        if self._deliver is None:
            return  # it is all told at once when somebody listens
        for each in self._carried:
            values, quality = each.told(keys, self._raws, self._wire.optimistic)
            if first or complete:
                values = {**each.unknown, **values}
            if values or complete:
                self._say(Report(device=each.description.id, values=values, quality=quality, complete=complete))

    def _say(self, report: Report) -> None:
        if self._deliver is not None:
            self._deliver(report)
        elif report.events or report.availability:
            self._waiting = self._waiting or deque(maxlen=_WAITING)
            self._waiting.append(report)


class AskedSelfDescribedSession(SelfDescribedSession):
    """The same for a device that has to be asked: the supervisor calls `refresh` every `interval` seconds."""

    def __init__(
        self, wire: SelfDescribedWire, portrait: Portrait, naming: Naming, library: Library, clock: Clock, *, interval: float
    ) -> None:
        super().__init__(wire, portrait, naming, library, clock)
        self.interval = interval

    async def refresh(self) -> None:
        """Ask for everything; raise TimedOut or Offline when the device does not answer."""
        await self.look()


def _endless(raw: Value) -> bool:
    """Return whether a raw value is longer than any the profile takes: it is not kept."""
    return (isinstance(raw, str) and len(raw) > MAX_LENGTH) or (isinstance(raw, list | dict) and len(raw) > _MOST_ENTRIES)

"""Which triggers fire now: by what a device says, and by what the clock says. Nothing here waits, and nothing here runs a scene."""

from collections.abc import Iterator
from typing import Final, TypeAlias

from gateway.home.change import Change, EventRaised, Removed, Snapshot, StateChanged
from gateway.scenes.house import House, is_meant
from gateway.scenes.rules import crossing, mains, timing
from gateway.scenes.rules.book import Book
from gateway.scenes.rules.calendar import next_due
from gateway.scenes.rules.place import Place
from gateway.scenes.rules.readiness import waited_for
from gateway.scenes.rules.rule import AtSun, AtTime, Crossing, Happening, Mains, OfMains, Unused
from gateway.scenes.rules.said import said
from gateway.scenes.rules.standing import Cause, Standing
from gateway.scenes.rules.usage import Usage, unused
from gateway.thing.clock import Clock

LONGEST_REST: Final = 20.0
"""Seconds after which the clock is looked at again, whatever it said: somebody may have set it."""
Fired: TypeAlias = tuple[Standing, Cause]


class Attention:
    """Looks for whatever the standings of `book` wait for."""

    def __init__(self, book: Book, house: House, place: Place, clock: Clock) -> None:
        self._book = book
        self._house = house
        self._place = place
        self._clock = clock
        self._usages: dict[tuple[str, str], Usage] = {}
        self._crossings: dict[str, list[Standing]] = {}
        self._others: list[tuple[tuple[str, str], Standing]] = []
        self._looked: float | None = None

    @property
    def needs_changes(self) -> bool:
        """Return whether any trigger waits for what devices say."""
        return any(not isinstance(standing.trigger, AtTime | AtSun) for standing in self._book.standings.values())

    async def match(self) -> None:
        """Find out what was before, for triggers that are new here, and which property concerns which of them."""
        self._crossings, self._others = {}, []
        for key, standing in self._book.standings.items():
            if isinstance(standing.trigger, Crossing):
                self._crossings.setdefault(standing.trigger.name, []).append(standing)
            elif isinstance(standing.trigger, OfMains | Unused):
                self._others.append((key, standing))
        for key, standing in self._book.standings.items():
            if isinstance(standing.trigger, Unused) and key not in self._usages:
                usage = self._usages[key] = Usage(standing.trigger, self._house)
                await usage.look_back(standing.seen, self._clock.now(), self._clock.monotonic())
        for key in self._usages.keys() - self._book.standings.keys():
            del self._usages[key]

    # What devices say

    def heard(self, change: Change) -> Iterator[Fired]:
        """Yield what fires by a change."""
        match change:
            case Snapshot(devices=devices):
                for device in devices:
                    yield from self._showed(device, None)
            case StateChanged(device=device, changed=changed):
                yield from self._showed(device, changed)
            case EventRaised(device=device):
                yield from self._raised(device, change.event.name)
            case Removed(device=device):
                for standing in self._book.standings.values():
                    standing.drop(device)

    def _showed(self, device: str, changed: frozenset[str] | None) -> Iterator[Fired]:
        """Yield what fires by what a device shows; `changed`: names that are new, None: perhaps all."""
        if device not in self._house.devices():
            return
        twin, now, monotonic = self._house.twin(device), self._clock.now(), self._clock.monotonic()
        names = twin.instance.properties.keys() if changed is None else changed
        for name in self._crossings.keys() & names:
            for standing in self._crossings[name]:
                trigger = standing.trigger
                if isinstance(trigger, Crossing) and is_meant(trigger.select, twin):
                    cause = crossing.crossed(standing, trigger, twin, now, monotonic)
                    if cause is not None:
                        yield standing, cause
        for key, standing in self._others:
            cause = None
            match standing.trigger:
                case OfMains() as trigger if changed is None or mains.PROPERTY in changed:
                    cause = self._once(standing, mains.told(standing, trigger, twin, now))
                case Unused() as trigger if key in self._usages and is_meant(trigger.select, twin):
                    self._usages[key].heard(twin, monotonic, changed)
            if cause is not None:
                yield standing, cause

    def _raised(self, device: str, name: str) -> Iterator[Fired]:
        twin, now = self._house.twin(device), self._clock.now()
        for standing in self._book.standings.values():
            match standing.trigger:
                case Happening() as trigger if trigger.name == name and is_meant(trigger.select, twin):
                    more = {"device": device, "name": name}
                    yield standing, Cause(said("event", device=twin.name, name=name), now, more=more)
                case OfMains(mains=Mains.RESTORED) if name == mains.EVENT:
                    if (cause := self._once(standing, mains.raised(standing, twin, now))) is not None:
                        yield standing, cause

    def _once(self, standing: Standing, cause: Cause | None) -> Cause | None:
        """Return a cause, but for one that tells once more of mains that are back."""
        again = cause is not None and isinstance(standing.trigger, OfMains) and standing.trigger.mains is Mains.RESTORED
        return None if again and mains.same_cut(standing, self._clock.now(), self._clock.monotonic()) else cause

    # What the clock says

    def looked(self) -> Iterator[Fired]:
        """Yield what fires because its time has come."""
        now, monotonic = self._clock.now(), self._clock.monotonic()
        awake_since = now if self._looked is None else now - (monotonic - self._looked)
        self._looked = monotonic
        for key, standing in self._book.standings.items():
            match standing.trigger:
                case AtTime() | AtSun() as trigger:
                    if (due := timing.come(standing, trigger, self._place, now, awake_since)) is not None:
                        yield standing, timing.cause_of(trigger, due, self._place, now)
                case Crossing() as trigger if standing.since:
                    yield from self._held(standing, trigger)
                case Unused() as trigger:
                    if (cause := self._idle(standing, trigger, self._usages[key], awake_since)) is not None:
                        yield standing, cause
        if self._book.life.cut:
            for standing in self._book.standings.values():
                if isinstance(standing.trigger, OfMains) and standing.trigger.mains is Mains.RESTORED:
                    yield standing, mains.cut_cause(self._book.life, now)

    def _held(self, standing: Standing, trigger: Crossing) -> Iterator[Fired]:
        for device in tuple(standing.since):
            if device not in self._house.devices():
                continue
            twin = self._house.twin(device)
            if is_meant(trigger.select, twin):
                cause = crossing.crossed(standing, trigger, twin, self._clock.now(), self._clock.monotonic())
                if cause is not None:
                    yield standing, cause

    def _idle(self, standing: Standing, trigger: Unused, usage: Usage, awake_since: float) -> Cause | None:
        now, monotonic = self._clock.now(), self._clock.monotonic()
        if trigger.minutes is None:
            return unused(standing, trigger, usage, now, monotonic)
        due = timing.come(standing, trigger, self._place, now, awake_since)
        if due is None or usage.idle(monotonic) - (now - due.at) < trigger.seconds:
            return None
        return usage.cause(now, usage.idle(monotonic), due.occasion)

    def rest(self) -> float:
        """Return after how many seconds to look again, where nothing happens before."""
        return max(0.01, min([LONGEST_REST, *(left for left in map(self._left, tuple(self._book.standings)) if left is not None)]))

    def _left(self, key: tuple[str, str]) -> float | None:
        standing, monotonic = self._book.standings[key], self._clock.monotonic()
        match standing.trigger:
            case Crossing() as trigger:
                left = crossing.left(standing, trigger, monotonic)
                return None if left is None or left <= 0 else left  # whoever is over it and is not heard fires when heard
            case Unused(minutes=None) as trigger if standing.armed.get("*", True) and key in self._usages:
                return trigger.seconds - self._usages[key].idle(monotonic)
            case AtTime() | AtSun() | Unused() as trigger:
                due = next_due(trigger, self._place, self._clock.now())
                return None if due is None else due.at - self._clock.now()
        return None

    def next(self, standing: Standing) -> float | None:
        """Return when a trigger is due next as far as the clock decides that, seconds since the epoch."""
        if isinstance(standing.trigger, AtTime | AtSun | Unused):
            due = next_due(standing.trigger, self._place, max(self._clock.now(), standing.through))
            return None if due is None else due.at
        return None

    def meant(self, standing: Standing) -> tuple[str, ...]:
        """Return the devices a trigger waits for just now."""
        return waited_for(standing.trigger, self._house)

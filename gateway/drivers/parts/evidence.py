"""What one appliance has said so far, and the reports made of it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from gateway.drivers.parts.faults import PROPERTY as FAULTS
from gateway.drivers.parts.faults import FaultWatch
from gateway.drivers.parts.inference import INFERENCES
from gateway.drivers.parts.inference import PROPERTY as DOING
from gateway.drivers.parts.sheet import HIDDEN, Sheet
from gateway.thing.clock import Clock
from gateway.thing.description import Description
from gateway.thing.report import Event, Report
from gateway.thing.value import Quality, Value

Describe = Callable[[Collection[str]], Description]
"""From the names of the readings there have been to the device."""
GUESSED = "_guessed"
"""The hidden reading that names those a driver is not sure of this time."""
_DECIDING = frozenset({"power", "mode", "targetTemperature"})


class Evidence:
    """`readings`: everything said, by the profile's names and hidden ones; `describe` is asked anew whenever something is said."""

    def __init__(self, sheet: Sheet, describe: Describe, clock: Clock) -> None:
        self.readings: dict[str, Value] = {}
        self._sheet = sheet
        self._describe = describe
        self._clock = clock
        self._faults = FaultWatch(sheet)
        self._described: tuple[Description, ...] = ()

    def take(self, said: Mapping[str, Value]) -> Collection[str]:
        """Take note of what the unit says; return the names."""
        self.readings |= said
        return said.keys()

    def describe(self) -> tuple[Description, ...]:
        """Return the device; the same object as long as nothing new is known about it."""
        new = (self._describe(self.readings.keys()),)
        if new != self._described:
            self._described = new
        return self._described

    def answers(self, names: Collection[str], *, complete: bool) -> Report:
        """Return readings the unit was just asked for; what it does follows from them. `complete`: it answered every question."""
        report = self._report(names, {name: self.readings[name] for name in names}, complete=complete)
        return replace(report, values={**self._sheet.unknown, **report.values})

    def news(self, names: Collection[str]) -> Report:
        """Return readings the unit told unasked; what it does follows from them alone, not from older measurements."""
        visible = {name: value for name, value in self.readings.items() if not name.startswith(HIDDEN)}
        return self._report(names, visible if _DECIDING.intersection(names) else {}, complete=False)

    def faults(self, names: Collection[str]) -> list[dict[str, Value]] | None:
        """Return the present faults as last reported, None when their number is not among what was said."""
        return self._faults.value() if self._sheet.fault_number in names else None

    def _report(self, names: Collection[str], basis: Mapping[str, Value], *, complete: bool) -> Report:
        (device,) = self.describe()
        values = {name: self.readings[name] for name in names if not name.startswith(HIDDEN) and self._exposed(name, device)}
        events: tuple[Event, ...] = ()
        if (number := self._sheet.fault_number) is not None and number in names:
            events = self._faults.see(self.readings[number], self._clock.now())
            values[FAULTS] = self._faults.value()
        guessed = {*self._sheet.assumed, *(self.readings.get(GUESSED) or ())}
        quality = {name: Quality.ASSUMED for name in values if name in guessed}
        doing = INFERENCES[self._sheet.infer](basis) if self._sheet.infer else None
        if doing is not None:
            values[DOING] = doing[0]
            quality |= {} if doing[1] is Quality.GOOD else {DOING: doing[1]}
        return Report(device=device.id, values=values, quality=quality, events=events, complete=complete)

    def _exposed(self, name: str, device: Description) -> bool:
        return name not in self._sheet.gives or self._sheet.gives[name] in device.features

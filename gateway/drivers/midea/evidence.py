"""What one unit has said so far, and the reports made of it."""

from collections.abc import Collection
from collections.abc import Mapping as MappingOf
from dataclasses import replace

from gateway.drivers.midea.capabilities import Capabilities
from gateway.drivers.midea.description import describe
from gateway.drivers.midea.faults import PROPERTY as FAULTS
from gateway.drivers.midea.faults import FaultWatch
from gateway.drivers.midea.frame import Frame
from gateway.drivers.midea.inference import INFERENCES
from gateway.drivers.midea.inference import PROPERTY as DOING
from gateway.drivers.midea.mapping import HIDDEN, Mapping, Message
from gateway.thing.clock import Clock
from gateway.thing.description import Description
from gateway.thing.report import Event, Report
from gateway.thing.value import Quality, Value

_DECIDING = frozenset({"power", "mode", "targetTemperature"})


class Evidence:
    """`readings`: everything said, by name; `status`: the body of the latest status; `messages`: those the unit is known to send."""

    def __init__(self, mapping: Mapping, device: int, facts: MappingOf[str, str], clock: Clock) -> None:
        self.readings: dict[str, Value] = {}
        self.status = b""
        self.messages: dict[str, Message] = dict(mapping.messages)
        self._mapping = mapping
        self._device = device
        self._facts = facts
        self._clock = clock
        self._capabilities = Capabilities()
        self._faults = FaultWatch(mapping)
        self._described: tuple[Description, ...] = ()

    def able(self, capabilities: Capabilities) -> None:
        """Take note of what the unit says it can do: messages it cannot send are not looked for any more."""
        self._capabilities = capabilities
        self.messages = {name: message for name, message in self.messages.items() if message.when.holds(capabilities)}

    def take(self, frame: Frame) -> Collection[str]:
        """Take what a frame says; return the names of its readings, none for a frame that says nothing known."""
        said: dict[str, Value] = {}
        if frame.appliance == self._mapping.appliance:
            for message in self.messages.values():
                if message.matches(frame.body):
                    said |= message.read(frame.body)
                    self.status = frame.body if message.name == self._mapping.set.source else self.status
        self.readings |= said
        return said.keys()

    def describe(self) -> tuple[Description, ...]:
        """Return the device; the same object as long as nothing new is known about it."""
        new = (describe(self._mapping, self._device, self._facts, self._capabilities, self.readings.keys()),)
        if new != self._described:
            self._described = new
        return self._described

    def answers(self, names: Collection[str], *, complete: bool) -> Report:
        """Return readings the unit was just asked for; what it does follows from them. `complete`: it answered every question."""
        report = self._report(names, {name: self.readings[name] for name in names}, complete=complete)
        return replace(report, values={**self._mapping.unknown, **report.values})

    def news(self, names: Collection[str]) -> Report:
        """Return readings the unit told unasked; what it does follows from them alone, not from older measurements."""
        visible = {name: value for name, value in self.readings.items() if not name.startswith(HIDDEN)}
        return self._report(names, visible if _DECIDING.intersection(names) else {}, complete=False)

    def faults(self, names: Collection[str]) -> list[dict[str, Value]] | None:
        """Return the present faults as last reported, None when their number is not among what was said."""
        return self._faults.value() if self._mapping.fault_number in names else None

    def _report(self, names: Collection[str], basis: MappingOf[str, Value], *, complete: bool) -> Report:
        (device,) = self.describe()
        values = {name: self.readings[name] for name in names if not name.startswith(HIDDEN) and self._exposed(name, device)}
        events: tuple[Event, ...] = ()
        if (number := self._mapping.fault_number) is not None and number in names:
            events = self._faults.see(int(self.readings[number]), self._clock.now())
            values[FAULTS] = self._faults.value()
        doing = INFERENCES[self._mapping.infer](basis) if self._mapping.infer else None
        quality: dict[str, Quality] = {}
        if doing is not None:
            values[DOING] = doing[0]
            quality = {} if doing[1] is Quality.GOOD else {DOING: doing[1]}
        return Report(device=device.id, values=values, quality=quality, events=events, complete=complete)

    def _exposed(self, name: str, device: Description) -> bool:
        return name not in self._mapping.gives or self._mapping.gives[name] in device.features

"""The number on the unit's display as the profile's `faults`: what it means only some models' data know."""

from collections.abc import Mapping as MappingOf

from gateway.drivers.parts.sheet import Sheet
from gateway.thing.report import Event
from gateway.thing.timestamp import iso
from gateway.thing.value import Value

PROPERTY = "faults"
_UNKNOWN: MappingOf[str, Value] = {"code": "VENDOR.UNKNOWN", "severity": "error"}


class FaultWatch:
    """Remembers what is wrong since when; the state found when the session opens raises no event."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._number: int | str | None = None
        self._fault: dict[str, Value] | None = None

    def see(self, number: int | str, now: float) -> tuple[Event, ...]:
        """Take the number the unit shows (0 or "": none) at `now`, seconds since the epoch; return the events it makes."""
        if number == self._number:
            return ()
        first, before = self._number is None, self._fault
        self._number = number
        self._fault = self._made(number, now) if number else None
        cleared = () if before is None else (Event("faultCleared", before),)
        raised = () if self._fault is None or first else (Event("faultRaised", self._fault),)
        return cleared + raised

    def value(self) -> list[dict[str, Value]]:
        """Return the property's value."""
        return [] if self._fault is None else [self._fault]

    def _made(self, number: int | str, now: float) -> dict[str, Value]:
        known = self._sheet.faults.get(number, _UNKNOWN)
        return {**known, "vendor": f"error {number}", "since": iso(now)}

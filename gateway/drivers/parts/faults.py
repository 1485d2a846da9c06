"""The number on the unit's display as the profile's `faults`, or several: what each means only some models' data know."""

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
        self._first = True
        self._faults: dict[int | str, dict[str, Value]] = {}

    def see(self, shown: int | str | list[int | str], now: float) -> tuple[Event, ...]:
        """Take the number the unit shows (0 or "": none), or all of them, at `now`, seconds since the epoch; return the events it makes."""
        numbers = [number for number in (shown if isinstance(shown, list) else [shown]) if number]
        before, first = self._faults, self._first
        self._faults = {number: before.get(number) or self._made(number, now) for number in numbers}
        self._first = False
        cleared = [Event("faultCleared", fault) for number, fault in before.items() if number not in self._faults]
        raised = [Event("faultRaised", fault) for number, fault in self._faults.items() if number not in before]
        return (*cleared, *(() if first else raised))

    def value(self) -> list[dict[str, Value]]:
        """Return the property's value."""
        return list(self._faults.values())

    def _made(self, number: int | str, now: float) -> dict[str, Value]:
        return {"vendor": f"error {number}", **self._sheet.faults.get(number, _UNKNOWN), "since": iso(now)}

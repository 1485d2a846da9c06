"""The board of a device: reads its properties and obeys what is written, one after the other, as real ones do.

The order counts: a fan ignores a speed that stands before the power in the same request. What the appliance refuses, the board answers with
an internal error, and a `deaf` one (a quirk) with a cheerful zero.
"""

from enum import IntEnum
from typing import Any

from firmware_sim.appliance import Appliance
from firmware_sim.refusal import Refusal
from firmware_sim.wires.miio.entry import Entry
from firmware_sim.wires.miio.sheet import Sheet
from firmware_sim.wires.press import press


class Code(IntEnum):
    """What a device answers about one property, as the maker's own firmware kit numbers it."""

    OK = 0
    CANNOT_READ = -4001
    CANNOT_WRITE = -4002
    NOT_THERE = -4003
    INTERNAL = -4004
    WRONG_VALUE = -4005
    WRONG_INPUT = -4006


class Board:
    """The board of one appliance of one model."""

    def __init__(self, appliance: Appliance, sheet: Sheet, *, deaf: bool = False) -> None:
        self._appliance = appliance
        self._sheet = sheet
        self._deaf = deaf
        self._kept: dict[str, Any] = {key: entry.spec.get("keeps") for key, entry in sheet.entries.items()}

    def get(self, key: str) -> tuple[Code, Any]:
        """Return the code and the value of a property."""
        entry = self._sheet.entries.get(key)
        if entry is None:
            return Code.NOT_THERE, None
        value = entry.shown(self._appliance, self._kept[key]) if entry.readable else None
        return (Code.CANNOT_READ, None) if value is None else (Code.OK, value)

    def set(self, key: str, raw: Any) -> Code:
        """Do what writing a property asks; return how it went."""
        entry = self._sheet.entries.get(key)
        if entry is None:
            return Code.NOT_THERE
        if not entry.writable:
            return Code.CANNOT_WRITE
        try:
            code = self._obey(entry, raw)
        except ValueError:
            return Code.WRONG_VALUE
        again = entry.spec.get("then", {}).get(raw)
        if again is not None and code is Code.OK:
            self._obey(self._sheet.entries[again], self._kept[again])
        return Code.OK if self._deaf and code is Code.INTERNAL else code

    def act(self, key: str) -> Code:
        """Do an action."""
        action = self._sheet.actions.get(key)
        if action is None:
            return Code.NOT_THERE
        if "toggles" in action:
            _, now = self.get(action["toggles"])
            return self.set(action["toggles"], not now)
        try:
            self._appliance.invoke(action["invokes"], action.get("input"))
        except Refusal:
            return Code.INTERNAL
        return Code.OK

    def _obey(self, entry: Entry, raw: Any) -> Code:
        name = entry.name
        if name is None or name not in self._appliance.values():
            self._kept[entry.key] = self._remembered(entry, raw)
            return Code.OK
        instead = {value: (other, word) for other, told in entry.spec.get("instead", {}).items() for word, value in told.items()}
        if not isinstance(raw, list | dict) and raw in instead:
            name, value = instead[raw]
        else:
            value = entry.asked(raw, self._appliance.schema(name))
        self._kept[entry.key] = raw
        press(self._appliance, {name: value})
        taken = "presses" in entry.spec or self._appliance.aims_at(name, value)
        return Code.OK if taken else Code.INTERNAL

    @staticmethod
    def _remembered(entry: Entry, raw: Any) -> Any:
        """Return what is kept of a written value; ValueError when it is of another type, or out of range."""
        if entry.words:
            entry.asked(raw, {})
            return raw
        if isinstance(entry.spec.get("keeps"), bool):
            return bool(raw) if isinstance(raw, bool | int) else False
        return raw if isinstance(entry.spec.get("keeps"), str) and isinstance(raw, str) else entry.number(raw)

"""The range hood's board (type B6), in the form of boards whose protocol has the version 0 or 1.

Query 31 shows the light at 1, the state at 2, the level at 3, oil cup and cleaning hint at 5. Command 22 has the light at 2, on and off at
3, the level at 4; FF leaves a thing alone. Its answer shows light, state and level from its third byte on.
"""

from typing import Any

from firmware_sim.wires.midea.fault import Unreadable
from firmware_sim.wires.midea.range_hood import LEVELS, SPENT
from firmware_sim.wires.midea.speech import Notices, Speech, Told
from firmware_sim.wires.press import press

QUERY, NOTICE, COMMAND = 0x31, 0x41, 0x22
OFF, ON = 0x03, 0x02
LIT, UNCHANGED = 0x1A, 0xFF
CLEANING = 0x02
LENGTH = 10


class OlderHood(Speech):
    """See the module."""

    type = 0xB6
    version = 0
    silent = True

    def ask(self, body: bytes) -> bytes | None:
        """Show everything."""
        return _status(QUERY, self._appliance.values()) if body[0] == QUERY else None

    def obey(self, body: bytes) -> bytes | None:
        """Switch the fan or the light; the answer shows both in a form of its own."""
        if body[0] != COMMAND:
            return None
        if len(body) < 5:  # noqa: PLR2004 - up to the level
            raise Unreadable("a command is cut short")
        press(self._appliance, _wanted(body))
        shown = _status(COMMAND, self._appliance.values())
        return bytes([COMMAND, 0x01, *shown[1:4], *bytes(5)])

    def notices(self) -> Notices:
        """Tell everything."""
        return {"status": Told(_status(NOTICE, self._appliance.values()))}


def _wanted(body: bytes) -> dict[str, Any]:
    wanted: dict[str, Any] = {} if body[2] == UNCHANGED else {"light": bool(body[2])}
    if body[3] == UNCHANGED:
        return wanted
    wanted["power"] = body[3] == ON
    level = next((mode for mode, code in LEVELS.items() if code == body[4]), None)
    return wanted | ({"fanMode": level} if level and wanted["power"] else {})


def _status(first: int, values: dict[str, Any]) -> bytes:
    body = bytearray(LENGTH)
    body[0], body[1] = first, LIT if values["light"] else 0
    body[2] = ON if values["power"] else OFF
    body[3] = LEVELS.get(values["fanMode"], 0) if values["power"] else 0
    body[5] = CLEANING if any(fault["code"] == SPENT for fault in values.get("faults", ())) else 0
    return bytes(body)

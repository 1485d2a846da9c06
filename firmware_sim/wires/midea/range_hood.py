"""The range hood's board (type B6), in the form newer boards have.

Query 31 (or 11) shows a pack behind three bytes: state at 1 of the pack, level at 2, light at 6, oil cup and cleaning hint at 18. Command
11 carries a target (byte 2): 01 is the fan (02 and a level is on, 01 is off), 02 is the light. Its answer only says that it came.
"""

from typing import Any

from firmware_sim.wires.midea.fault import Unreadable
from firmware_sim.wires.midea.speech import Notices, Speech, Told
from firmware_sim.wires.press import press

QUERIES, NOTICE, COMMAND = (0x11, 0x31), 0x41, 0x11
FAN, LIGHT = 0x01, 0x02
OFF, ON = 0x01, 0x02
LEVELS = {"low": 1, "medium": 2, "high": 3, "boost": 4}
AUTOMATIC = 0x16
PACK, PACK_LENGTH = 3, 20
CUP, CLEANING = 0x02, 0x04
SPENT = "CONSUMABLE.FILTER-SPENT"


class RangeHood(Speech):
    """See the module."""

    type = 0xB6
    silent = True

    def ask(self, body: bytes) -> bytes | None:
        """Show everything."""
        return _status(body[0], self._appliance.values()) if body[0] in QUERIES else None

    def obey(self, body: bytes) -> bytes | None:
        """Switch the fan or the light; the answer repeats the head of the command."""
        if body[0] != COMMAND:
            return None
        if len(body) < 6:  # noqa: PLR2004 - up to the level
            raise Unreadable("a command is cut short")
        press(self._appliance, _wanted(body))
        return bytes([COMMAND, 0x01, 0x00])

    def notices(self) -> Notices:
        """Tell everything."""
        return {"status": Told(_status(NOTICE, self._appliance.values()))}


def _wanted(body: bytes) -> dict[str, Any]:
    if body[2] == LIGHT:
        return {"light": bool(body[4])}
    if body[2] != FAN:
        return {}
    level = next((mode for mode, code in LEVELS.items() if code == body[5]), None)
    if body[4] != ON:
        return {"power": False}
    return {"power": True} | ({"fanMode": level} if level else {})


def _status(first: int, values: dict[str, Any]) -> bytes:
    pack = bytearray(PACK_LENGTH)
    pack[1] = ON if values["power"] else OFF
    pack[2] = LEVELS.get(values["fanMode"], AUTOMATIC) if values["power"] else 0
    pack[6] = values["light"]
    pack[18] = CLEANING if any(fault["code"] == SPENT for fault in values.get("faults", ())) else 0
    return bytes([first, 0x01, PACK_LENGTH]) + bytes(pack)

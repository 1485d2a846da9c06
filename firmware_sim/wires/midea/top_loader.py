"""The top loader's board (type DA): see `laundry` for what its commands are.

In the status stand the state at 2, the program at 4, the water level in the low half of 5, the number of rinses in the low half of 10,
minutes of soaking at 12, what it is doing as a bit at 16, minutes and hours left at 17 and 18, and the number of a fault at 24.
"""

from typing import Any

from firmware_sim.appliance import Appliance
from firmware_sim.wires.midea.frame import FrameKind
from firmware_sim.wires.midea.laundry import COMMAND, NOTICE, STATUS, Laundry, word
from firmware_sim.wires.midea.speaking import Notices, Told

PROGRAMS = {"quick": 1, "wool": 3, "baby": 6, "drum-clean": 10}
STANDARD = 0
"""The program of everything the others are not for."""
STATES = {"idle": 1, "running": 2, "paused": 3, "done": 4, "error": 5, "delayed": 6}
OFF = 0
DOING = {"spin": 0x02, "rinse": 0x04, "wash": 0x08, "soak": 0x08, "dry": 0x40}
ERRORS = {"WATER.NO-SUPPLY": 1, "WATER.NOT-DRAINING": 2, "DOOR.LEFT-OPEN": 3, "MOTION.UNBALANCED": 4, "MOTION.DRUM-MOTOR": 5}
"""The standard's fault code to the number this simulated make shows; 99 for any other."""
OTHER_ERROR = 99
LENGTH, WITH_SETTINGS = 30, 11
_LOW = 0x0F


class TopLoader:
    """See the module."""

    type = 0xDA
    version = 3
    numbered = False
    silent = False

    def __init__(self, appliance: Appliance, quirks: frozenset[str]) -> None:  # noqa: ARG002 - it has none
        self._appliance = appliance
        self._laundry = Laundry(appliance)

    def ask(self, body: bytes) -> bytes | None:
        """Show the status."""
        return self._status(STATUS) if body[0] == STATUS else None

    def obey(self, body: bytes) -> bytes | None:
        """Switch, start, hold; the answer is the status."""
        if body[0] != COMMAND:
            return None
        self._laundry.obey(body, self._wanted(body))
        return self._status(COMMAND)

    def notices(self) -> Notices:
        """Tell the status."""
        return {"status": Told(FrameKind.MEASURED, self._status(NOTICE))}

    def _wanted(self, body: bytes) -> dict[str, Any]:
        """Return the settings a start brings that differ from those the machine has."""
        if len(body) < WITH_SETTINGS:
            return {}
        shown = self._status(COMMAND)
        program = word(PROGRAMS, body[4]) if body[4] != shown[4] else None
        rinses = body[10] & _LOW if body[10] & _LOW != shown[10] & _LOW else None
        return {name: value for name, value in (("program", program), ("rinses", rinses)) if value is not None}

    def _status(self, first: int) -> bytes:
        values = self._appliance.values()
        hours, minutes = divmod(self._laundry.minutes_left(), 60)
        body = bytearray(LENGTH)
        body[0], body[1] = first, values["power"]
        body[2] = STATES[values["cycleState"]] if values["power"] else OFF
        body[4] = PROGRAMS.get(values["program"], STANDARD)
        body[5] = values.get("waterLevel", 0) & _LOW
        body[10] = values["rinses"] & _LOW
        body[12] = values.get("soakTime", 0)
        body[16] = DOING.get(values["phase"], 0)
        body[17], body[18] = minutes, min(hours, 255)
        body[24] = _error(values)
        return bytes(body)


def _error(values: dict[str, Any]) -> int:
    faults = values.get("faults") or []
    return ERRORS.get(str(faults[0].get("code")), OTHER_ERROR) if faults else 0

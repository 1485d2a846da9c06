"""The top loader's board (type DA): see `laundry` for what its commands are.

In the status stand the state at 2, the program at 4, the water level in the low half of 5, the number of rinses in the low half of 10,
minutes of soaking at 12, what it is doing as a bit at 16, minutes and hours left at 17 and 18, and the number of a fault at 24.
"""

from typing import Any

from firmware_sim.wires.midea.laundry import COMMAND, Laundry, word
from firmware_sim.wires.midea.speech import error_number

PROGRAMS = {"quick": 1, "wool": 3, "baby": 6, "drum-clean": 10}
STANDARD = 0
"""The program of everything the others are not for."""
STATES = {"idle": 1, "running": 2, "paused": 3, "done": 4, "error": 5, "delayed": 6}
OFF = 0
DOING = {"spin": 0x02, "rinse": 0x04, "wash": 0x08, "soak": 0x08, "dry": 0x40}
ERRORS = {"WATER.NO-SUPPLY": 1, "WATER.NOT-DRAINING": 2, "DOOR.LEFT-OPEN": 3, "MOTION.UNBALANCED": 4, "MOTION.DRUM-MOTOR": 5}
"""The standard's fault code to the number this simulated make shows."""
LENGTH, WITH_SETTINGS = 30, 11
_LOW = 0x0F


class TopLoader(Laundry):
    """See the module."""

    type = 0xDA

    def brought(self, body: bytes) -> dict[str, Any]:
        """See Laundry; program and rinses stand in parts of their bytes."""
        if len(body) < WITH_SETTINGS:
            return {}
        shown = self.status(COMMAND)
        program = word(PROGRAMS, body[4]) if body[4] != shown[4] else None
        rinses = body[10] & _LOW if body[10] & _LOW != shown[10] & _LOW else None
        return {name: value for name, value in (("program", program), ("rinses", rinses)) if value is not None}

    def status(self, first: int) -> bytes:
        """See Laundry."""
        values = self._appliance.values()
        hours, minutes = divmod(self.minutes_left(), 60)
        body = bytearray(LENGTH)
        body[0], body[1] = first, values["power"]
        body[2] = STATES[values["cycleState"]] if values["power"] else OFF
        body[4] = PROGRAMS.get(values["program"], STANDARD)
        body[5] = values.get("waterLevel", 0) & _LOW
        body[10] = values["rinses"] & _LOW
        body[12] = values.get("soakTime", 0)
        body[16] = DOING.get(values["phase"], 0)
        body[17], body[18] = minutes, min(hours, 255)
        body[24] = error_number(values, ERRORS)
        return bytes(body)

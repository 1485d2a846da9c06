"""The dryer's board (type DC): see `laundry` for what its commands are.

In the status stand the state at 2, the program at 4, minutes and hours left at 17 and 18, and the number of a fault at 24.
"""

from typing import Any, ClassVar

from firmware_sim.wires.midea.laundry import Laundry, Places
from firmware_sim.wires.midea.speech import error_number

PROGRAMS = {"cotton": 0, "synthetics": 1, "bedding": 4, "delicates": 8, "quick": 17, "timed": 26}
STATES = {"idle": 1, "running": 2, "paused": 3, "done": 4, "error": 7, "delayed": 8}
OFF, SMOOTHING = 0, 5
ERRORS = {
    "WATER.TANK-FULL": 1,
    "CONSUMABLE.LINT-FULL": 2,
    "HEATER.ELEMENT": 3,
    "MOTION.DRUM-MOTOR": 4,
    "FAN.DRYER.STALLED": 5,
    "DOOR.INTERLOCK": 6,
}
"""The standard's fault code to the number this simulated make shows."""
LENGTH = 30


class ClothesDryer(Laundry):
    """See the module."""

    type = 0xDC
    places: ClassVar[Places] = {"program": (4, PROGRAMS)}

    def status(self, first: int) -> bytes:
        """See Laundry."""
        values = self._appliance.values()
        hours, minutes = divmod(self.minutes_left(), 60)
        body = bytearray(LENGTH)
        body[0], body[1], body[2] = first, values["power"], _state(values)
        body[4] = PROGRAMS[values["program"]]
        body[17], body[18] = minutes, min(hours, 255)
        body[24] = error_number(values, ERRORS)
        return bytes(body)


def _state(values: dict[str, Any]) -> int:
    if not values["power"]:
        return OFF
    return SMOOTHING if values["phase"] == "anticrease" and values["cycleState"] == "running" else STATES[values["cycleState"]]

"""The dryer's board (type DC): see `laundry` for what its commands are.

In the status stand the state at 2, the program at 4, minutes and hours left at 17 and 18, and the number of a fault at 24.
"""

from typing import Any

from firmware_sim.appliance import Appliance
from firmware_sim.wires.midea.frame import FrameKind
from firmware_sim.wires.midea.laundry import COMMAND, NOTICE, STATUS, Laundry, settings
from firmware_sim.wires.midea.speaking import Notices, Told

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
"""The standard's fault code to the number this simulated make shows; 99 for any other."""
OTHER_ERROR = 99
PLACES = {"program": (4, PROGRAMS)}
LENGTH = 30


class ClothesDryer:
    """See the module."""

    type = 0xDC
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
        self._laundry.obey(body, settings(body, PLACES))
        return self._status(COMMAND)

    def notices(self) -> Notices:
        """Tell the status."""
        return {"status": Told(FrameKind.MEASURED, self._status(NOTICE))}

    def _status(self, first: int) -> bytes:
        values = self._appliance.values()
        hours, minutes = divmod(self._laundry.minutes_left(), 60)
        body = bytearray(LENGTH)
        body[0], body[1], body[2] = first, values["power"], _state(values)
        body[4] = PROGRAMS[values["program"]]
        body[17], body[18] = minutes, min(hours, 255)
        body[24] = _error(values)
        return bytes(body)


def _state(values: dict[str, Any]) -> int:
    if not values["power"]:
        return OFF
    return SMOOTHING if values["phase"] == "anticrease" and values["cycleState"] == "running" else STATES[values["cycleState"]]


def _error(values: dict[str, Any]) -> int:
    faults = values.get("faults") or []
    return ERRORS.get(str(faults[0].get("code")), OTHER_ERROR) if faults else 0

"""The electric water heater's board (type E2).

Query 01 shows everything in whole degrees. Commands: 01 switches on, 02 off, 04 sets the target (byte 5) and what goes with it, 14 sets one
thing by its tag (07 is the target). Whoever sets a target writes it in half degrees, though it is shown in whole ones: 60 is sent as 120.
The quirk `tags`: a newer board, which answers 04 and does not heed it.
"""

from typing import Any

from firmware_sim.wires.midea.fault import Unreadable
from firmware_sim.wires.midea.speech import Notices, Speech, Told, error_number
from firmware_sim.wires.press import press

STATUS, ON, OFF, SET, SET_ONE = 0x01, 0x01, 0x02, 0x04, 0x14
TARGET = 0x07
TAGS = "tags"
ERRORS = {
    "SENSOR.TANK-TEMPERATURE": 1,
    "SAFETY.DRY-BURN": 2,
    "SAFETY.WATER-OVERHEAT": 3,
    "SAFETY.LEAKAGE-CURRENT": 4,
    "HEATER.ELEMENT": 5,
}
"""The standard's fault code to the number this simulated make shows."""
NIGHT, WHOLE_TANK = 0x80, 0x08
LENGTH = 36


class WaterHeater(Speech):
    """See the module."""

    type = 0xE2

    def ask(self, body: bytes) -> bytes | None:
        """Show everything."""
        return _status(STATUS, self._appliance.values()) if body[0] == STATUS else None

    def obey(self, body: bytes) -> bytes | None:
        """Switch, or set the target; the answer shows everything."""
        wanted = _wanted(body)
        if wanted is None:
            return None
        if body[0] != SET or TAGS not in self._quirks:
            press(self._appliance, wanted)
        return _status(body[0], self._appliance.values())

    def notices(self) -> Notices:
        """Tell everything."""
        return {"status": Told(_status(STATUS, self._appliance.values()))}


def _wanted(body: bytes) -> dict[str, Any] | None:
    if body[0] in (ON, OFF):
        return {"power": body[0] == ON}
    if body[0] == SET:
        if len(body) < 6:  # noqa: PLR2004 - up to the target
            raise Unreadable("a setting is cut short")
        return {"targetTemperature": body[5] // 2}
    if body[0] == SET_ONE and len(body) > 2:  # noqa: PLR2004 - tag and value
        return {"targetTemperature": body[2] // 2} if body[1] == TARGET else {}
    return None


def _status(first: int, values: dict[str, Any]) -> bytes:
    body = bytearray(LENGTH)
    body[0], body[1] = first, 1
    body[2] = values["power"] | values["heating"] << 2 | (values["power"] and not values["heating"]) << 3
    body[3] = error_number(values, ERRORS)
    body[4] = min(max(round(values["tankTemperature"]), 0), 255)
    body[7] = WHOLE_TANK | (NIGHT if values.get("mode") == "night" else 0)
    body[11] = values["targetTemperature"]
    body[27] = min(round(values.get("tankVolume", 0)), 255)
    body[28] = values.get("heatPower", 0) // 100
    body[34] = min(round(values.get("powerDraw", 0) / 100), 255)
    return bytes(body)

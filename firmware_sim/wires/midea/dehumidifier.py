"""The dehumidifier's board (type A1): see `all_at_once` for its commands.

Mode 1 keeps the humidity that is set, 2 runs on, 3 chooses the humidity itself, 4 dries clothes. The tank's level is shown in percent.
"""

from typing import Any

from firmware_sim.appliance import Appliance
from firmware_sim.refusal import SetupMistake
from firmware_sim.wires.midea.all_at_once import STATUS, AllAtOnce

MODES = {"auto": 1, "manual": 2, "sleep": 3, "laundry": 4}
SPEED, TANK_AT = 60, 100
LOCK, SWING_SHOWN, SWING_SET = 0x80, 0x20, 0x08
ERRORS = {"WATER.TANK-FULL": 38}
LENGTH = 24
MIDDLE = 50


class Dehumidifier(AllAtOnce):
    """See the module; what the standard does not know (fan speed, swing) it remembers itself."""

    type = 0xA1
    shortest = 14

    def __init__(self, appliance: Appliance, quirks: frozenset[str]) -> None:
        if "DEHUMID" not in appliance.features:
            raise SetupMistake("the make's LAN knows no humidifier: give it the feature DEHUMID")
        super().__init__(appliance, quirks)
        self._speed = SPEED
        self._swing = False

    def wanted(self, body: bytes, have: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - nothing in it depends on what is set now
        """See AllAtOnce."""
        self._speed, self._swing = body[3] & 0x7F, bool(body[10] & SWING_SET)
        mode = next((name for name, code in MODES.items() if code == body[2] & 0x0F), None)
        wanted: dict[str, Any] = {"power": bool(body[1] & 0x01), "targetHumidity": body[7], "childLock": bool(body[8] & LOCK)}
        return wanted | ({"mode": mode} if mode else {})

    def status(self) -> bytes:
        """See AllAtOnce."""
        values = self._appliance.values()
        body = bytearray(LENGTH)
        body[0], body[1], body[2], body[3] = STATUS, values["power"], MODES[values["mode"]], self._speed
        body[7] = values["targetHumidity"]
        body[8] = LOCK if values.get("childLock") else 0
        body[10] = TANK_AT if values["tank"] == "full" else 0
        body[15] = TANK_AT
        body[16] = round(values["roomHumidity"])
        body[17] = min(max(round(2 * values.get("roomTemperature", 0)) + MIDDLE, 0), 255)
        body[19] = SWING_SHOWN if self._swing else 0
        body[21] = next((ERRORS[fault["code"]] for fault in values.get("faults", ()) if fault["code"] in ERRORS), 0)
        return bytes(body)

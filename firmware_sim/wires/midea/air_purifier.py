"""The air purifier's board (type FC): see `all_at_once` for its commands.

The speed is in percent, from 5 on; below that it is a code: 1 while it chooses itself, 4 when it hardly turns.
"""

from typing import Any

from firmware_sim.appliance import Appliance
from firmware_sim.wires.midea.all_at_once import STATUS, AllAtOnce

MODES = {"auto": 0x10, "manual": 0x20, "sleep": 0x30, "boost": 0x40}
SLOWEST, FASTEST = 5, 100
ITSELF, HARDLY = 1, 4
NOT_FITTED = 0xFF
LOCK, ION_SHOWN, ION_SET = 0x80, 0x40, 0x20
LENGTH = 40
NO_STANDBY = 0x08


class AirPurifier(AllAtOnce):
    """See the module."""

    type = 0xFC
    shortest = 11

    def __init__(self, appliance: Appliance, quirks: frozenset[str]) -> None:
        super().__init__(appliance, quirks)
        self._screen = 0

    def wanted(self, body: bytes, have: dict[str, Any]) -> dict[str, Any]:
        """See AllAtOnce."""
        self._screen = body[9] & 0x07
        mode = next((name for name, code in MODES.items() if code == body[2] & 0xF0), None)
        wanted: dict[str, Any] = {"power": bool(body[1] & 0x01), "anion": bool(body[10] & ION_SET), "childLock": bool(body[8] & LOCK)}
        wanted |= {"mode": mode} if mode else {}
        speed = body[3] & 0x7F
        if mode == "manual" and wanted["power"] and SLOWEST <= speed <= FASTEST and speed != _speed(have):
            wanted["fanPercent"] = speed
        return wanted

    def status(self) -> bytes:
        """See AllAtOnce."""
        values = self._appliance.values()
        body = bytearray(LENGTH)
        body[0], body[1] = STATUS, values["power"]
        body[2], body[3] = MODES[values["mode"]], _speed(values)
        body[8] = LOCK if values.get("childLock") else 0
        body[9] = self._screen
        body[13:15] = round(values["pm25"]).to_bytes(2, "little")
        body[15] = NOT_FITTED
        body[19] = ION_SHOWN if values.get("anion") else 0
        body[23:25] = bytes(round(part["remaining"]) for part in values["consumables"][:2])
        body[34] = NO_STANDBY
        body[37:39] = round(values["hcho"]).to_bytes(2, "little") if "hcho" in values else bytes([NOT_FITTED] * 2)
        return bytes(body)


def _speed(values: dict[str, Any]) -> int:
    if not values["power"] or values["mode"] == "sleep":
        return HARDLY
    if values["mode"] == "auto":
        return ITSELF
    return max(SLOWEST, int(values["fanPercent"]))

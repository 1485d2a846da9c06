"""The air purifier's board (type FC): like the air conditioner's, all settings travel in every command (48), and C8 shows them.

The speed is in percent, from 5 on; below that it is a code: 1 while it chooses itself, 4 when it hardly turns.
"""

from typing import Any

from firmware_sim.appliance import Appliance
from firmware_sim.wires.midea.fault import Unreadable
from firmware_sim.wires.midea.frame import FrameKind
from firmware_sim.wires.midea.speaking import Notices, Told
from firmware_sim.wires.press import press

QUERY, COMMAND, STATUS = 0x41, 0x48, 0xC8
MODES = {"auto": 0x10, "manual": 0x20, "sleep": 0x30, "boost": 0x40}
SLOWEST, FASTEST = 5, 100
ITSELF, HARDLY = 1, 4
NOT_FITTED = 0xFF
LOCK, ION_SHOWN, ION_SET = 0x80, 0x40, 0x20
LENGTH, COMMAND_LENGTH = 40, 11
NO_STANDBY = 0x08


class AirPurifier:
    """See the module."""

    type = 0xFC
    version = 3
    numbered = True
    silent = False

    def __init__(self, appliance: Appliance, quirks: frozenset[str]) -> None:  # noqa: ARG002 - it has none
        self._appliance = appliance
        self._screen = 0

    def ask(self, body: bytes) -> bytes | None:
        """Show everything."""
        return self._status() if body[0] == QUERY else None

    def obey(self, body: bytes) -> bytes | None:
        """Set everything at once; the answer shows what came of it."""
        if body[0] != COMMAND:
            return None
        if len(body) < COMMAND_LENGTH:
            raise Unreadable("a command is cut short")
        self._screen = body[9] & 0x07
        have = self._appliance.values()
        press(self._appliance, {name: value for name, value in _wanted(body, have).items() if name in have and have[name] != value})
        return self._status()

    def notices(self) -> Notices:
        """Tell everything."""
        return {"status": Told(FrameKind.MEASURED, self._status())}

    def _status(self) -> bytes:
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


def _wanted(body: bytes, have: dict[str, Any]) -> dict[str, Any]:
    mode = next((name for name, code in MODES.items() if code == body[2] & 0xF0), None)
    wanted: dict[str, Any] = {"power": bool(body[1] & 0x01), "anion": bool(body[10] & ION_SET), "childLock": bool(body[8] & LOCK)}
    wanted |= {"mode": mode} if mode else {}
    speed = body[3] & 0x7F
    if mode == "manual" and wanted["power"] and SLOWEST <= speed <= FASTEST and speed != _speed(have):
        wanted["fanPercent"] = speed
    return wanted


def _speed(values: dict[str, Any]) -> int:
    if not values["power"] or values["mode"] == "sleep":
        return HARDLY
    if values["mode"] == "auto":
        return ITSELF
    return max(SLOWEST, int(values["fanPercent"]))

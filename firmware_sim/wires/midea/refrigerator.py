"""The refrigerator's board (type CA): it shows, and obeys nobody on the LAN.

Query 00 shows everything: settings of the compartments in byte 2 (four bits each, the freezer counted down from -12), those of the variable
zone in byte 3, doors in byte 15, temperatures in half degrees from -50 in bytes 17 to 20. Query 02 shows what is wrong: doors open too long
in byte 1, sensors in byte 2. A door that moves is told at once (notice 00), and so is everything when a setting changes (notice 02).
"""

from typing import Any

from firmware_sim.wires.midea.speech import Notices, Speech, Told

EVERYTHING, WRONG, CHANGED = 0x00, 0x02, 0x02
SETTINGS = 9
"""Where the settings end in what it shows."""
MODES = {"quick-cool": 0x01, "quick-freeze": 0x02, "eco": 0x08, "holiday": 0x10}
DOORS = {"fridge": 0x01, "freezer": 0x02, "variable": 0x10}
OPEN_TOO_LONG = {"fridge": 0x01, "freezer": 0x02, "variable": 0x08}
BROKEN = {"SENSOR.FRIDGE-TEMPERATURE": 0x01, "THERMAL.FOOD-WARM": 0x20, "SENSOR.FREEZER-TEMPERATURE": 0x40}
LEFT_OPEN = "DOOR.LEFT-OPEN"
LENGTH = 32
_WARMEST_FREEZER, _COLDEST_ABOVE = -12, -18


class Refrigerator(Speech):
    """See the module."""

    type = 0xCA
    silent = True

    def ask(self, body: bytes) -> bytes | None:
        """Show everything, or what is wrong."""
        values = self._appliance.values()
        if body[0] == EVERYTHING:
            return _everything(values)
        return _wrong(values) if body[0] == WRONG else None

    def obey(self, body: bytes) -> bytes | None:  # noqa: ARG002 - it hears no commands
        """Stay silent: this type takes no commands."""
        return None

    def notices(self) -> Notices:
        """Tell of doors, and everything when a setting changed."""
        values = self._appliance.values()
        everything = _everything(values)
        return {
            "doors": Told(bytes([0x00, _doors(values, DOORS), 0, 0])),
            "settings": Told(bytes([CHANGED]) + everything[1:], about=everything[1:SETTINGS]),
        }


def _everything(values: dict[str, Any]) -> bytes:
    body = bytearray(LENGTH)
    body[0] = EVERYTHING
    body[1] = MODES.get(values.get("mode", "normal"), 0)
    body[2] = (_WARMEST_FREEZER - values["freezerTarget"]) << 4 | values["fridgeTarget"]
    body[3] = _zone(values.get("variableZoneTarget"))
    body[15] = _doors(values, DOORS)
    body[16] = bool(_faults(values) & BROKEN.keys())
    body[17] = _half_degrees(values["fridgeTemperature"])
    body[18] = _half_degrees(values["freezerTemperature"])
    body[19] = _half_degrees(values.get("variableZoneTemperature"))
    return bytes(body)


def _wrong(values: dict[str, Any]) -> bytes:
    faults = _faults(values)
    doors = _doors(values, OPEN_TOO_LONG) if LEFT_OPEN in faults else 0
    return bytes([WRONG, doors, sum(bit for code, bit in BROKEN.items() if code in faults), *bytes(13)])


def _faults(values: dict[str, Any]) -> set[str]:
    return {fault["code"] for fault in values.get("faults", ())}


def _doors(values: dict[str, Any], bits: dict[str, int]) -> int:
    return sum(bits[door["id"]] for door in values["doors"] if door["open"] and door["id"] in bits)


def _zone(degrees: int | None) -> int:
    """Return the setting of the variable zone: 1 to 29 is -18 to 10 degrees, 49 on is -19 and colder, 0: there is none."""
    if degrees is None:
        return 0
    return degrees + 19 if degrees >= _COLDEST_ABOVE else 30 - degrees


def _half_degrees(degrees: float | None) -> int:
    return 0 if degrees is None else min(max(round(degrees * 2) + 100, 1), 255)

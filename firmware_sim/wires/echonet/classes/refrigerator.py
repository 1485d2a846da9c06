"""Refrigerator, 0x03B7."""

from collections.abc import Callable, Mapping
from typing import Any

from firmware_sim.appliance import Appliance
from firmware_sim.wires.echonet.property import Property, choice, measured, setting, shown, written

OPEN, CLOSED = b"\x41", b"\x42"
NORMAL, QUICK = b"\x41", b"\x42"
_DOORS = {0xB2: "fridge", 0xB3: "freezer", 0xB6: "variable"}
FASTEST = 255


def properties() -> tuple[Property, ...]:
    """Return them."""
    return (
        Property(code=0xB0, shows=lambda values: OPEN if any(door["open"] for door in values["doors"]) else CLOSED, told=True),
        Property(code=0xB1, shows=_left_open, told=True),
        *(Property(code=code, shows=_door(name), told=True) for code, name in _DOORS.items() if name != "variable"),
        Property(code=0xB6, shows=_door("variable"), needs=("variableZoneTarget",), told=True),
        setting(0xE2, "fridgeTarget", signed=True),
        setting(0xE3, "freezerTarget", signed=True),
        setting(0xE6, "variableZoneTarget", signed=True),
        measured(0xD1, "fridgeTemperature", signed=True),
        measured(0xD2, "freezerTemperature", signed=True),
        measured(0xD5, "variableZoneTemperature", signed=True),
        _quick(0xA0, "quick-freeze"),
        _quick(0xA1, "quick-cool"),
        choice(0xA4, "iceMaker", {"on": 0x41, "off": 0x42, "standby": 0x43}),
        shown(0xA6, "iceTank", {"ok": 0x41, "empty": 0x42}),
        Property(code=0x8F, shows=lambda values: b"\x41" if values["mode"] == "eco" else b"\x42", takes=_save, needs=("mode",), told=True),
        Property(code=0xD8, shows=_compressor, needs=("compressorSpeed",)),
    )


def _door(name: str) -> Callable[[Mapping[str, Any]], bytes | None]:
    def shows(values: Mapping[str, Any]) -> bytes | None:
        return next((OPEN if door["open"] else CLOSED for door in values["doors"] if door["id"] == name), None)

    return shows


def _left_open(values: Mapping[str, Any]) -> bytes:
    return b"\x41" if any(str(fault["code"]).startswith("DOOR") for fault in values.get("faults") or ()) else b"\x42"


def _quick(code: int, mode: str) -> Property:
    """Return a mode of the appliance as a switch of its own; ending the one that does not run changes nothing."""

    def takes(appliance: Appliance, data: bytes) -> bool:
        if data == QUICK:
            return written(appliance, {"mode": mode})
        return data == NORMAL and (appliance.values()["mode"] != mode or written(appliance, {"mode": "normal"}))

    return Property(code=code, shows=lambda values: QUICK if values["mode"] == mode else NORMAL, takes=takes, needs=("mode",), told=True)


def _save(appliance: Appliance, data: bytes) -> bool:
    if data == b"\x41":
        return written(appliance, {"mode": "eco"})
    return data == b"\x42" and (appliance.values()["mode"] != "eco" or written(appliance, {"mode": "normal"}))


def _compressor(values: Mapping[str, Any]) -> bytes:
    """Return the highest level there is, and the present one: it is no speed."""
    return bytes([FASTEST, min(round(values["compressorSpeed"] / 6000 * FASTEST), FASTEST)])

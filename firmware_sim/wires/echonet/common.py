"""What every device object has: on or off, who made it, what is wrong, what it draws."""

import hashlib
from collections.abc import Mapping
from typing import Any

from firmware_sim.wires.echonet.property import Property, fixed, measured, switch

MAKER = bytes.fromhex("ffffff")
"""The code for makers that have none."""
RELEASE = b"\x00\x00R\x01"
FAULT, NO_FAULT = b"\x41", b"\x42"
_CLASSES = {
    "SENSOR": 0x001E,
    "REFRIG": 0x003C,
    "FAN": 0x003C,
    "MOTION": 0x003C,
    "PUMP": 0x003C,
    "HEATER": 0x003C,
    "WATER": 0x0004,
    "CONSUMABLE": 0x0005,
    "DOOR": 0x0003,
    "THERMAL": 0x000A,
    "SAFETY": 0x000A,
    "COMM": 0x005A,
}
OTHER_FAULT = 0x03FF
_HOURS = b"\x43"


def identification(identifier: str, salt: str = "") -> bytes:
    """Return the 17 bytes that name a node or device for ever, made from the unit's id."""
    return b"\xfe" + MAKER + hashlib.sha256(f"{identifier}{salt}".encode()).digest()[:13]


def product(kind: str, identifier: str) -> tuple[Property, ...]:
    """Return the maker's code for the product and the number of this piece, twelve characters each."""
    number = hashlib.sha256(identifier.encode()).hexdigest()[:12].upper()
    code = f"HS-{kind}"[:12].upper().encode().ljust(12, b"\x00")
    return fixed(0x8A, MAKER), fixed(0x8C, code), fixed(0x8D, number.encode())


def device_properties(*, switchable: bool) -> tuple[Property, ...]:
    """Return the properties of the super class that depend on nothing but what the appliance shows."""
    power = switch(0x80, "power", 0x30, 0x31) if switchable else fixed(0x80, b"\x30")
    return (
        power,
        fixed(0x81, b"\x00"),
        fixed(0x82, RELEASE),
        measured(0x84, "powerDraw", size=2),
        measured(0x85, "energyTotal", size=4, scale=1000),
        Property(code=0x88, shows=lambda values: FAULT if values.get("faults") else NO_FAULT, told=True),
        Property(code=0x89, shows=lambda values: fault_number(values).to_bytes(2, "big")),
        Property(code=0x9A, shows=lambda values: _HOURS + int(values["operatingHours"]).to_bytes(4, "big"), needs=("operatingHours",)),
    )


def fault_number(values: Mapping[str, Any]) -> int:
    """Return the number of the standard's table of faults for the first one, zero without any."""
    faults = values.get("faults") or []
    return _CLASSES.get(str(faults[0].get("code", "")).split(".")[0], OTHER_FAULT) if faults else 0

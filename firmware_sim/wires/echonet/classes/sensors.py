"""Sensors: somebody is there (0x0007), a door stands open (0x0029), how bright it is (0x000D)."""

from collections.abc import Mapping
from typing import Any

from firmware_sim.wires.echonet.property import Property, fixed, measured, shown

MIDDLE = fixed(0xB0, b"\x34")
"""The threshold, of eight levels."""
CLOSED, OPEN_SOMEHOW = b"\x30", b"\x39"


def presence() -> tuple[Property, ...]:
    """Return the properties of a human detection sensor."""
    return MIDDLE, shown(0xB1, "occupied", {True: 0x41, False: 0x42})


def opening() -> tuple[Property, ...]:
    """Return the properties of an open/close sensor: it knows whether, not how far."""
    return (
        MIDDLE,
        Property(code=0xE0, shows=lambda values: OPEN_SOMEHOW if _open(values) else CLOSED, needs=("doors",), told=True),
        Property(code=0xB1, shows=lambda values: b"\x41" if _open(values) else b"\x42", needs=("doors",), told=True),
    )


def illuminance() -> tuple[Property, ...]:
    """Return the properties of an illuminance sensor: lux, and thousands of them."""
    return measured(0xE0, "illuminance", size=2), measured(0xE1, "illuminance", size=2, scale=0.001)


def _open(values: Mapping[str, Any]) -> bool:
    return any(door["open"] for door in values["doors"])

"""Air cleaner, 0x0135: eight steps of air flow or automatic, and three things it notices."""

from collections.abc import Mapping
from typing import Any

from firmware_sim.appliance import Appliance
from firmware_sim.wires.echonet.property import Property, fixed, written

AUTOMATIC, LOWEST, STEPS = 0x41, 0x31, 8
DIRTY = 75
"""Micrograms of fine dust in a cubic metre."""
SPENT = 5
"""Percent of a filter's life."""


def properties() -> tuple[Property, ...]:
    """Return them."""
    return (
        Property(code=0xA0, shows=_flow, takes=_blow, told=True),
        Property(code=0xC0, shows=lambda values: b"\x41" if values["pm25"] > DIRTY else b"\x42", told=True),
        fixed(0xC1, b"\x42"),
        Property(code=0xE1, shows=_filter, told=True),
    )


def _flow(values: Mapping[str, Any]) -> bytes:
    if values["mode"] == "auto":
        return bytes([AUTOMATIC])
    return bytes([LOWEST + min(max(round(values["fanPercent"] / 100 * STEPS) - 1, 0), STEPS - 1)])


def _blow(appliance: Appliance, data: bytes) -> bool:
    if len(data) != 1 or not (data[0] == AUTOMATIC or LOWEST <= data[0] < LOWEST + STEPS):
        return False
    if data[0] == AUTOMATIC:
        return written(appliance, {"mode": "auto"})
    by_hand: dict[str, Any] = {"mode": "manual"}
    if appliance.values()["power"]:  # while it is off it keeps that it is set by hand, and blows nothing
        by_hand["fanPercent"] = (data[0] - LOWEST + 1) * 100 // STEPS
    return written(appliance, by_hand)


def _filter(values: Mapping[str, Any]) -> bytes:
    return b"\x41" if any(part["remaining"] <= SPENT for part in values["consumables"]) else b"\x42"

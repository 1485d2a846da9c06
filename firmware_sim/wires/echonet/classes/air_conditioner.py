"""Home air conditioner, 0x0130. Temperatures are whole degrees: half of one is rounded away."""

from collections.abc import Mapping
from typing import Any

from firmware_sim.appliance import Appliance
from firmware_sim.wires.echonet.property import Property, choice, measured, setting, switch, written

MODES = {"auto": 0x41, "cool": 0x42, "heat": 0x43, "dry": 0x44, "fan": 0x45}
FLOWS = {"auto": 0x41, "quiet": 0x31, "low": 0x31, "medium": 0x34, "high": 0x38, "turbo": 0x38}
FLOWS_MEANT = {0x41: "auto"} | dict.fromkeys((0x31, 0x32, 0x33), "low") | dict.fromkeys((0x34, 0x35), "medium")
FLOWS_MEANT |= dict.fromkeys((0x36, 0x37, 0x38), "high")
NORMAL, FAST, SILENT = 0x41, 0x42, 0x43
SPECIAL = {"defrosting": 0x41, "preheating": 0x42}
COMPRESSING = frozenset({"cooling", "heating", "dehumidifying", "defrosting", "preheating"})


def properties() -> tuple[Property, ...]:
    """Return them."""
    return (
        switch(0x8F, "eco"),
        choice(0xB0, "mode", MODES),
        setting(0xB3, "targetTemperature"),
        setting(0xB4, "targetHumidity"),
        measured(0xBA, "roomHumidity"),
        measured(0xBB, "roomTemperature", signed=True),
        measured(0xBE, "outdoorTemperature", signed=True),
        Property(code=0xA0, shows=_flow, takes=_blow, needs=("fanMode",), told=True),
        Property(code=0xB2, shows=_haste, takes=_hasten, needs=("fanMode",), told=True),
        choice(0xA3, "verticalSwing", {True: 0x41, False: 0x31}, also={0x43: True, 0x42: False}),
        Property(code=0xAA, shows=lambda values: bytes([SPECIAL.get(values["operatingState"], 0x40)]), told=True),
        Property(code=0xCD, shows=_parts),
    )


def _flow(values: Mapping[str, Any]) -> bytes:
    return bytes([FLOWS[values["fanMode"]]])


def _blow(appliance: Appliance, data: bytes) -> bool:
    return len(data) == 1 and data[0] in FLOWS_MEANT and written(appliance, {"fanMode": FLOWS_MEANT[data[0]]})


def _haste(values: Mapping[str, Any]) -> bytes:
    return bytes([{"turbo": FAST, "quiet": SILENT}.get(values["fanMode"], NORMAL)])


def _hasten(appliance: Appliance, data: bytes) -> bool:
    if len(data) != 1 or data[0] not in (NORMAL, FAST, SILENT):
        return False
    if data[0] == NORMAL:
        return appliance.values()["fanMode"] not in ("turbo", "quiet") or written(appliance, {"fanMode": "auto"})
    return written(appliance, {"fanMode": "turbo" if data[0] == FAST else "quiet"})


def _parts(values: Mapping[str, Any]) -> bytes:
    """Bit 0: the compressor runs; bit 1: the thermostat wants it to."""
    return bytes([3 if values["operatingState"] in COMPRESSING else 0])

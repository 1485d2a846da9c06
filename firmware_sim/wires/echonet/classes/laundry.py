"""Washer and dryer, 0x03D3, and washing machine, 0x03C5: a program is chosen, started, suspended and stopped by one property (0xB2)."""

from collections.abc import Mapping
from typing import Any

from firmware_sim.appliance import Appliance
from firmware_sim.refusal import Refusal
from firmware_sim.wires.echonet.property import Property, choice, setting, shown, written

RUN, SUSPEND, STOP = 0x41, 0x42, 0x43
COURSES = {
    "cotton": 0x61,
    "wool": 0x67,
    "custom": 0x6C,
    "quick": 0x6F,
    "drum-clean": 0x7F,
    "eco": 0x80,
    "synthetics": 0x81,
    "baby": 0x82,
    "rinse-spin": 0x83,
}
"""Those from 0x80 on are this make's own."""
STAGES = {"soak": 0x41, "wash": 0x41, "rinse": 0x42, "spin": 0x43, "dry": 0x52, "done": 0x45}
SUSPENDED, COMPLETED, STANDING_BY = 0x44, 0x45, 0x61
DRYNESS = {"iron": 0x31, "normal": 0x38, "extra": 0x40}
COLD = 0xFE


def washer_and_dryer() -> tuple[Property, ...]:
    """Return the properties of the class that washes, and may dry."""
    return (
        *_both(),
        choice(0xD0, "program", COURSES),
        setting(0xD7, "spinSpeed", size=2),
        setting(0xE6, "rinses"),
        Property(code=0xEA, shows=_warm, takes=_warming, needs=("waterTemperature",), told=True),
        Property(code=0xE1, shows=lambda values: _clock(values["soakTime"] * 60)[:2], takes=_soak, needs=("soakTime",), told=True),
        choice(0xE4, "waterLevel", {level: 0x30 + level for level in range(1, 11)}),
        Property(code=0xD2, shows=_drying, takes=_dry, needs=("dryLevel",), told=True),
        Property(code=0xD8, shows=_dryness, takes=_dry_so, needs=("dryLevel",), told=True),
        Property(code=0xE2, shows=lambda values: bytes([stage(values)]), told=True),
        Property(code=0xED, shows=lambda values: _clock(values["remaining"])[:2]),
        shown(0xEE, "doorLocked", {True: 0x41, False: 0x42}),
    )


def washing_machine() -> tuple[Property, ...]:
    """Return the properties of the class that only washes, and tells little."""
    return (
        *_both(),
        Property(code=0xE1, shows=lambda values: bytes([min(stage(values), COMPLETED)]), told=True),
        Property(code=0xE6, shows=lambda values: _clock(values["remaining"])),
    )


def _both() -> tuple[Property, ...]:
    door = Property(code=0xB0, shows=lambda values: b"\x41" if any(door["open"] for door in values["doors"]) else b"\x42", told=True)
    return door, Property(code=0xB2, shows=lambda values: bytes([running(values)]), takes=_run, told=True)


def running(values: Mapping[str, Any]) -> int:
    """Return how 0xB2 names what the program does; one that waits for its time counts as started."""
    return {"running": RUN, "delayed": RUN, "paused": SUSPEND}.get(values["cycleState"], STOP)


def stage(values: Mapping[str, Any]) -> int:
    """Return the stage; a program that has not begun is completed as well, or stands by."""
    if values["cycleState"] == "paused":
        return SUSPENDED
    if values["cycleState"] == "delayed":
        return STANDING_BY
    return STAGES.get(values["phase"], STANDING_BY)


def _run(appliance: Appliance, data: bytes) -> bool:
    state = appliance.values()["cycleState"]
    busy = state in ("running", "paused", "delayed")
    wishes = {
        RUN: "resume" if state == "paused" else "" if busy else "startProgram",
        SUSPEND: "pause" if state == "running" else None if not busy else "",
        STOP: "stop" if busy else "",
    }
    if len(data) != 1 or (wish := wishes.get(data[0])) is None:
        return False
    try:
        if wish:
            appliance.invoke(wish, {} if wish == "startProgram" else None, confirmed=True)
    except Refusal:
        return False
    return True


def _warm(values: Mapping[str, Any]) -> bytes:
    return bytes([values["waterTemperature"] or COLD])


def _warming(appliance: Appliance, data: bytes) -> bool:
    return len(data) == 1 and written(appliance, {"waterTemperature": 0 if data[0] == COLD else data[0]})


def _soak(appliance: Appliance, data: bytes) -> bool:
    return len(data) == 2 and written(appliance, {"soakTime": 60 * data[0] + data[1]})  # noqa: PLR2004 - hours and minutes


def _drying(values: Mapping[str, Any]) -> bytes:
    return b"\xa0" if values["dryLevel"] == "none" else b"\xa1"


def _dry(appliance: Appliance, data: bytes) -> bool:
    if data == b"\xa0":
        return written(appliance, {"dryLevel": "none"})
    return data == b"\xa1" and (appliance.values()["dryLevel"] != "none" or written(appliance, {"dryLevel": "normal"}))


def _dryness(values: Mapping[str, Any]) -> bytes:
    return bytes([DRYNESS.get(values["dryLevel"], 0xFF)])


def _dry_so(appliance: Appliance, data: bytes) -> bool:
    level = next((word for word, byte in DRYNESS.items() if data == bytes([byte])), None)
    return level is not None and written(appliance, {"dryLevel": level})


def _clock(seconds: int) -> bytes:
    return bytes([min(seconds // 3600, 0xFE), seconds // 60 % 60, seconds % 60])

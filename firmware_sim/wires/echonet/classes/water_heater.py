"""Electric water heater, 0x026B. Manual heating (0xB0 = 0x42) is a boost, and 0xB5 how long it goes on, as hours and minutes."""

from collections.abc import Mapping
from typing import Any

from firmware_sim.appliance import Appliance
from firmware_sim.refusal import Refusal
from firmware_sim.wires.echonet.property import Property, measured, setting, shown, written

AUTOMATIC, BY_HAND, STOPPED = b"\x41", b"\x42", b"\x43"
STANDARD, SAVING, EXTRA = b"\x41", b"\x42", b"\x43"
EMPTY_PERCENT = 5
LEAK = 0b010
_HOUR = 60


def properties() -> tuple[Property, ...]:
    """Return them."""
    return (
        Property(code=0xB0, shows=_heating, takes=_heat, told=True),
        shown(0xB2, "heating", {True: 0x41, False: 0x42}),
        setting(0xB3, "targetTemperature"),
        Property(code=0xB5, shows=_left, takes=_for_long, needs=("boostRemaining",)),
        Property(code=0xB6, shows=lambda values: SAVING if values["mode"] == "eco" else STANDARD, takes=_save, told=True),
        Property(code=0xC0, shows=lambda values: b"\x42" if values["mode"] == "night" else b"\x41", takes=_by_day, told=True),
        measured(0xC1, "tankTemperature"),
        Property(code=0xC2, shows=_alarm, told=True),
        Property(code=0xE1, shows=_litres, needs=("hotWater", "tankVolume")),
        measured(0xE2, "tankVolume", size=2),
        Property(code=0xE3, shows=lambda _: b"\x42", takes=lambda _, data: data == b"\x42"),
    )


def _heating(values: Mapping[str, Any]) -> bytes:
    return {"boost": BY_HAND, "vacation": STOPPED}.get(values["mode"], AUTOMATIC)


def _heat(appliance: Appliance, data: bytes) -> bool:
    mode = appliance.values()["mode"]
    if data == AUTOMATIC:
        return mode not in ("boost", "vacation") or written(appliance, {"mode": "normal"})
    return data in (BY_HAND, STOPPED) and written(appliance, {"mode": "boost" if data == BY_HAND else "vacation"})


def _left(values: Mapping[str, Any]) -> bytes:
    return bytes(divmod(values["boostRemaining"], _HOUR))


def _for_long(appliance: Appliance, data: bytes) -> bool:
    if len(data) != 2 or not any(data):  # noqa: PLR2004 - hours and minutes
        return False
    try:
        appliance.invoke("boost", {"duration": 60 * (_HOUR * data[0] + data[1])}, confirmed=True)
    except Refusal:
        return False
    return True


def _save(appliance: Appliance, data: bytes) -> bool:
    if data == SAVING:
        return written(appliance, {"mode": "eco"})
    return data == STANDARD and (appliance.values()["mode"] != "eco" or written(appliance, {"mode": "normal"}))


def _by_day(appliance: Appliance, data: bytes) -> bool:
    if data == b"\x42":
        return written(appliance, {"mode": "night"})
    return data == b"\x41" and (appliance.values()["mode"] != "night" or written(appliance, {"mode": "normal"}))


def _alarm(values: Mapping[str, Any]) -> bytes:
    empty = values.get("hotWater", 100) <= EMPTY_PERCENT
    leaks = any(str(fault["code"]).startswith("WATER.LEAK") for fault in values.get("faults") or ())
    return bytes([empty | LEAK * leaks, 0, 0, 0])


def _litres(values: Mapping[str, Any]) -> bytes:
    litres: int = round(values["hotWater"] / 100 * values["tankVolume"])
    return litres.to_bytes(2, "big")

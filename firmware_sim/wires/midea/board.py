"""The unit's own board: turns the simulated air conditioner into Midea's settings, and a set command into what a person could have pressed.

A real board never refuses a set command: what it cannot do it leaves out, and the answer shows what it did. So here a setting the
appliance refuses is dropped and the others are tried again. What the standard does not know (sideways swing, purifier, display, beeps)
the board remembers itself.

Quirks seen in real units: `seventeen` turns 16 degrees into 17, `whole` ignores half degrees; `fahrenheit`: its display is switched to
these when it is new, and shows what a set command says afterwards (on the wire everything stays in Celsius).
"""

from dataclasses import replace
from typing import Any

from firmware_sim.appliance import Appliance
from firmware_sim.refusal import Refusal
from firmware_sim.wires.midea.answers import Measurements
from firmware_sim.wires.midea.settings import FAN_AUTO, Sensors, Settings
from firmware_sim.wires.midea.speech import error_number
from firmware_sim.wires.press import press

MODES = {"auto": 1, "cool": 2, "dry": 3, "heat": 4, "fan": 5}
MODE_NAMES = {number: name for name, number in MODES.items()} | {6: "dry"}
FANS = {"quiet": 20, "low": 40, "medium": 60, "high": 80, "turbo": 100, "auto": FAN_AUTO}
FAN_STEPS = ((30, "quiet"), (50, "low"), (70, "medium"), (100, "high"), (127, "auto"))
RUNNING = frozenset({"cooling", "heating", "dehumidifying", "defrosting", "preheating"})
ERRORS = {
    "SENSOR.ROOM-TEMPERATURE": 1,
    "SENSOR.COIL-TEMPERATURE": 2,
    "SENSOR.OUTDOOR-TEMPERATURE": 3,
    "REFRIG.COMPRESSOR.OVERCURRENT": 4,
    "REFRIG.COMPRESSOR.NO-START": 5,
    "REFRIG.LOW-CHARGE": 6,
    "MAINS.UNDERVOLTAGE": 7,
    "FAN.INDOOR.STALLED": 8,
    "FAN.OUTDOOR.STALLED": 9,
    "COMM.INDOOR-OUTDOOR": 10,
    "MAINS.OVERVOLTAGE": 11,
    "WATER.DRAIN-FULL": 12,
}
"""The standard's fault code to the number this simulated make shows."""
SEVENTEEN, WHOLE, FAHRENHEIT = "seventeen", "whole", "fahrenheit"


class Board:
    """The board of one unit."""

    def __init__(self, appliance: Appliance, quirks: frozenset[str] = frozenset()) -> None:
        self.display = True
        self._appliance = appliance
        self._quirks = quirks
        self._remembered = Settings(fahrenheit=FAHRENHEIT in quirks)

    def settings(self) -> Settings:
        """Return what is set now."""
        values = self._appliance.values()
        return replace(
            self._remembered,
            power=bool(values.get("power")),
            mode=MODES.get(values.get("mode", ""), MODES["auto"]),
            temperature=float(values.get("targetTemperature", 26)),
            fan=FANS.get(values.get("fanMode", "auto"), FAN_AUTO),
            turbo=values.get("fanMode") == "turbo",
            swing_vertical=bool(values.get("verticalSwing")),
            eco=bool(values.get("eco")),
            sleep=values.get("sleepMode") == "on",
            aux_heat=bool(values.get("auxHeat")),
            humidity=int(values.get("targetHumidity", self._remembered.humidity)),
        )

    def sensors(self) -> Sensors:
        """Return what is measured and shown."""
        values = self._appliance.values()
        return Sensors(
            room=values.get("roomTemperature"),
            outdoor=values.get("outdoorTemperature"),
            error=error_number(values, ERRORS),
            display=self.display,
        )

    def readings(self) -> Measurements:
        """Return what the measuring groups tell."""
        values = self._appliance.values()
        running = values.get("operatingState") in RUNNING
        watts = float(values.get("powerDraw") or (900 if running else 0))
        return Measurements(
            room=values.get("roomTemperature"),
            outdoor=values.get("outdoorTemperature"),
            humidity=values.get("roomHumidity"),
            watts=watts,
            kilowatt_hours=values.get("energyTotal"),
            hertz=min(max(round(watts / 20), 20), 120) if running else 0,
            fan_speed=900 if values.get("power") else 0,
            defrosting=values.get("operatingState") == "defrosting",
            swinging=bool(values.get("verticalSwing")),
        )

    def apply(self, wanted: Settings) -> None:
        """Do what a set command asks, as far as the appliance can."""
        asked = self._asked(replace(wanted, temperature=self._degrees(wanted.temperature)))
        have = self._appliance.values()
        self._remembered = replace(wanted, humidity=wanted.humidity or self._remembered.humidity)
        press(self._appliance, {name: value for name, value in asked.items() if name in have and have[name] != value})

    def self_clean(self, on: bool) -> None:
        """Start cleaning the coil, where the unit can."""
        if on and "CLN" in self._appliance.features:
            try:
                self._appliance.invoke("selfClean")
            except Refusal:
                return

    def _asked(self, wanted: Settings) -> dict[str, Any]:
        fan = "turbo" if wanted.turbo else next(name for most, name in FAN_STEPS if wanted.fan <= most)
        asked: dict[str, Any] = {
            "power": wanted.power,
            "mode": MODE_NAMES.get(wanted.mode, "auto"),
            "targetTemperature": wanted.temperature,
            "fanMode": fan,
            "verticalSwing": wanted.swing_vertical,
            "eco": wanted.eco,
            "sleepMode": "on" if wanted.sleep else "off",
            "auxHeat": wanted.aux_heat,
        }
        if wanted.humidity:
            asked["targetHumidity"] = wanted.humidity
        return asked

    def _degrees(self, degrees: float) -> float:
        if WHOLE in self._quirks:
            degrees = float(int(degrees))
        return 17.0 if SEVENTEEN in self._quirks and degrees < 17 else degrees  # noqa: PLR2004 - as real units do

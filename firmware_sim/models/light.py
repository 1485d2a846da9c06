"""A white and coloured lamp that glides to the brightness asked for within `transition` seconds.

Brightness is what the eye sees: half of it is a quarter of the light. The driver takes its share whenever there is light.
"""

from collections.abc import Collection, Mapping
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.model import Model

STANDBY_WATTS, DRIVER_WATTS, LED_WATTS = 0.4, 0.5, 7.9
LUMENS = 800.0
AT_ONCE = 0.3
"""Seconds a change takes when no transition is set: nothing electric is instant."""


class Light(Model):
    """An 8.8 W lamp of 800 lm."""

    KIND = "light"
    PREFIX = "light"
    FEATURES = ("CT", "TRN", "MTR", "MNS", "HRS", "IDF")
    PRODUCT = "HS-L9"
    STEP = 0.1
    SETTINGS: ClassVar[Mapping[str, Any]] = {
        "power": False,
        "brightness": 80,
        "colourTemperature": 4000,
        "colour": {"x": 0.38, "y": 0.38},
        "transition": 0.5,
        "powerOnState": "last",
    }

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.level = 0.0
        self.kelvin = float(self.settings["colourTemperature"])
        self.coloured = False
        self._glide = 0.0

    def run(self, seconds: float) -> None:
        """Glide, then draw power in proportion to the light."""
        share = 1.0 if self._glide <= seconds else seconds / self._glide
        self._glide = max(0.0, self._glide - seconds)
        self.level += (self._wanted() - self.level) * share
        self.kelvin += (self.settings["colourTemperature"] - self.kelvin) * share
        if not self.powered:
            self.level = 0.0
        self.watts = STANDBY_WATTS if self.powered else 0.0
        if self.level > 0:
            self.watts += DRIVER_WATTS + LED_WATTS * self.output

    @property
    def output(self) -> float:
        """Share of the full light that comes out, 0..1."""
        return (self.level / 100) ** 2

    def _wanted(self) -> float:
        return float(self.settings["brightness"]) if self.settings["power"] and self.powered else 0.0

    def changed(self, names: Collection[str]) -> None:
        """Start gliding; of colour and colour temperature the one written last holds."""
        if {"colour", "colourTemperature"} & set(names):
            self.coloured = "colour" in names
        if set(names) & {"power", "brightness", "colourTemperature", "colour"}:
            self._glide = max(AT_ONCE, float(self.settings["transition"]))

    def dark(self) -> None:
        """Light goes out at once."""
        self.level = 0.0

    def lit(self, outage: float) -> None:
        """Come back as `powerOnState` says, without a glide."""
        super().lit(outage)
        self._glide = AT_ONCE

    def truth(self) -> dict[str, Any]:
        """Light that really comes out."""
        blink = 0.5 if self.identify_left > 0 else 1.0
        return super().truth() | {
            "level": self.level,
            "lumens": LUMENS * blink * self.output,
            "kelvin": self.kelvin,
            "coloured": self.coloured,
        }

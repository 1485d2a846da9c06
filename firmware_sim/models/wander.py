"""A measured number nobody has written physics for: it wanders about its middle, within what is usual for its unit."""

import math
from collections.abc import Mapping
from random import Random
from typing import Any

USUAL: Mapping[str, tuple[float, float]] = {
    "Cel": (19.0, 27.0),
    "%RH": (40.0, 60.0),
    "lx": (80.0, 400.0),
    "ppm": (450.0, 900.0),
    "ug/m3": (5.0, 40.0),
    "V": (215.0, 225.0),
    "dB": (35.0, 45.0),
    "dBW": (-95.0, -80.0),
    "hPa": (1000.0, 1025.0),
    "Hz": (49.95, 50.05),
}
"""Unit -> what one reads at home; of other units the lower half of the range."""
MEMORY = 900.0
"""Seconds after which a value has forgotten where it was."""


class Wander:
    """One number; `middle` is what it wanders about, `reach` how far (one standard deviation)."""

    def __init__(self, schema: Mapping[str, Any], random: Random) -> None:
        self._random = random
        self.low, self.high = _band(schema)
        self.middle = random.uniform(self.low, self.high)
        self.reach = (self.high - self.low) / 20
        self.value = self.middle

    def step(self, seconds: float, aim: float | None = None) -> None:
        """Let time pass; `aim` is what draws it instead of its middle."""
        kept = math.exp(-seconds / MEMORY)
        middle = self.middle if aim is None else aim
        stir = self._random.gauss(0, self.reach) * math.sqrt(1 - kept * kept)
        self.value = middle + (self.value - middle) * kept + stir * (1.0 if aim is None else 0.2)

    def put(self, value: float) -> None:
        """Be there, and stay about there."""
        self.value = self.middle = value


def _band(schema: Mapping[str, Any]) -> tuple[float, float]:
    low, high = float(schema.get("minimum", 0)), float(schema.get("maximum", 100))
    usual_low, usual_high = USUAL.get(str(schema.get("unit")), (low + 0.1 * (high - low), low + 0.5 * (high - low)))
    usual_low, usual_high = max(low, usual_low), min(high, usual_high)
    return (usual_low, usual_high) if usual_low <= usual_high else (low, high)

"""A room with one wall to the outside: heat and moisture balances, one lump each."""

import math
from random import Random

AIR_KILOGRAMS = 48.0
"""About 40 cubic metres."""


class Room:
    """Temperature (Cel) and moisture (g/kg) of the room, driven by outdoors and by what the appliance adds or takes."""

    def __init__(self, random: Random, *, capacity: float = 400_000.0) -> None:
        self.capacity = capacity  # J/K: air, furniture and the inner skin of the walls
        self.conductance = 70.0  # W/K through walls, window and gaps
        self.gains = 150.0  # W: people, lamps
        self.outdoor_mean = random.uniform(32.0, 35.0)
        self.outdoor_swing = 3.0
        self.outdoor_moisture = 17.0  # g/kg
        self.temperature = random.uniform(29.0, 31.0)
        self.moisture = 15.0  # g/kg
        self.seconds = random.uniform(9, 15) * 3600  # of the local day

    @property
    def outdoor(self) -> float:
        """Outdoor temperature: a daily wave, warmest at three in the afternoon."""
        return self.outdoor_mean + self.outdoor_swing * math.cos((self.seconds / 3600 - 15) * math.pi / 12)

    @property
    def humidity(self) -> float:
        """Relative humidity in percent, 0..100."""
        return min(100.0, 100.0 * self.moisture / saturation(self.temperature))

    def step(self, seconds: float, heat: float, drying: float) -> None:
        """Let `heat` watts flow in (negative: out) and `drying` grams of water a second be taken from the air."""
        self.seconds += seconds
        flow = self.conductance * (self.outdoor - self.temperature) + self.gains + heat
        self.temperature += flow * seconds / self.capacity
        exchange = (self.outdoor_moisture - self.moisture) / 5400
        self.moisture += (exchange - drying / AIR_KILOGRAMS) * seconds
        self.moisture = min(max(self.moisture, 1.0), saturation(self.temperature))


def saturation(temperature: float) -> float:
    """Return the grams of water a kilogram of air can hold at `temperature` (Magnus formula, sea level)."""
    pressure = 6.112 * math.exp(17.62 * temperature / (243.12 + temperature))
    return 622 * pressure / (1013 - pressure)

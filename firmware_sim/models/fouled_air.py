"""The air of a closed room and what is in it: fine dust, formaldehyde and carbon dioxide, one well-mixed volume each.

Each follows dC/dt = (source + V k_out C_out - (V k + delivery) C) / V, solved exactly for each step, so that a step may be long.
Concentrations in micrograms a cubic metre (carbon dioxide in ppm), air changes and settling in 1/h, sources in micrograms an hour.
"""

import math
from dataclasses import dataclass

PENETRATION = 0.8
"""Share of outdoor dust that comes in through gaps with the air."""
SETTLING = 0.1
"""Dust that settles by itself, 1/h: the natural decay of GB/T 18801's chamber is of this size (m)."""
BREATH = 20_000.0
"""ppm m3/h of a resting person: 20 l of carbon dioxide an hour."""
OUTDOOR_CO2 = 420.0


@dataclass(slots=True)
class FouledAir:
    """`volume` in m3, `exchange` with outdoors in 1/h; the rest as above."""

    volume: float = 60.0
    exchange: float = 0.5
    outdoor_dust: float = 80.0
    dust_source: float = 0.0
    hcho_source: float = 1200.0
    people: float = 1.0
    dust: float = 60.0
    hcho: float = 60.0
    co2: float = 700.0

    def step(self, seconds: float, *, dust_delivery: float = 0.0, hcho_delivery: float = 0.0) -> float:
        """Let time pass with clean-air deliveries in m3/h; return the micrograms of dust that were taken out by them."""
        hours = seconds / 3600
        incoming = self.volume * self.exchange
        rate = self.exchange + SETTLING + dust_delivery / self.volume
        source = self.dust_source + incoming * PENETRATION * self.outdoor_dust
        self.dust, mean = _decay(self.dust, source / self.volume, rate, hours)
        self.hcho, _ = _decay(self.hcho, self.hcho_source / self.volume, self.exchange + hcho_delivery / self.volume, hours)
        fresh = self.people * BREATH / self.volume + self.exchange * OUTDOOR_CO2
        self.co2, _ = _decay(self.co2, fresh, self.exchange, hours)
        return dust_delivery * mean * hours


def _decay(now: float, gain: float, rate: float, hours: float) -> tuple[float, float]:
    """Return the concentration after `hours` of dC/dt = gain - rate C, and its mean over them."""
    if rate * hours < 1e-9:  # noqa: PLR2004 - nothing decays: the exponential would divide by nothing
        return now + gain * hours, now + gain * hours / 2
    rest, share = gain / rate, math.exp(-rate * hours)
    later = rest + (now - rest) * share
    return later, rest + (now - rest) * (1 - share) / (rate * hours)

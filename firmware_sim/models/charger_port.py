"""One port of a charger and the battery that hangs on it."""

from typing import Any

from firmware_sim.models.battery_powered import CHARGE_LOSS, taper

NEGOTIATION, FULL = 2.0, 99.9
"""Seconds the two sides need to agree; per cent at which a battery counts as full."""
TRICKLE = 0.02
"""Share of its full current a full battery still takes."""


class Port:
    """`watts` is what it gives now; `load` whether something hangs on it."""

    def __init__(self, identifier: str, protocol: str, volts: float, most: float) -> None:
        self.identifier = identifier
        self.protocol = protocol
        self.volts = volts
        self.most = most
        self.load = False
        self.watt_hours = 0.0
        self.percent = 0.0
        self.watts = 0.0
        self.state = "idle"
        self._agreeing = 0.0

    def connect(self, watt_hours: float, percent: float) -> None:
        """Plug in a battery of `watt_hours`, `percent` full."""
        self.load, self.watt_hours, self.percent = True, float(watt_hours), float(percent)
        self.rest()

    def disconnect(self) -> None:
        """Pull the plug out."""
        self.load = False
        self.rest()

    def rest(self) -> float:
        """Give nothing; agree anew afterwards. Return 0."""
        self.watts, self._agreeing, self.state = 0.0, 0.0, "idle"
        return 0.0

    def step(self, seconds: float, most: float) -> float:
        """Agree, then charge with at most `most` watts; return the watts given."""
        if not self.load:
            return self.rest()
        self._agreeing += seconds
        if self._agreeing <= NEGOTIATION:
            self.state, self.watts = "negotiating", 0.0
            return 0.0
        full = self.percent >= FULL
        self.state = "full" if full else "charging"
        self.watts = min(most, self.most * (TRICKLE if full else taper(self.percent)))
        self.percent = min(100.0, self.percent + self.watts * CHARGE_LOSS * seconds / 36.0 / self.watt_hours)
        return self.watts

    def document(self) -> dict[str, Any]:
        """Return the entry of `ports`; rounded down, so that the sum never shows more than there is."""
        watts = int(self.watts * 10) / 10
        agreed = self.state in ("charging", "full")
        return {
            "id": self.identifier,
            "protocol": self.protocol if agreed else "none",
            "volts": self.volts if agreed else 0,
            "amps": round(watts / self.volts, 2) if agreed else 0,
            "watts": watts,
        }

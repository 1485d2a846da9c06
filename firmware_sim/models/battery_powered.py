"""Kinds with a battery, perhaps beside the mains: what the mains charge, what the rest of the day draws, and the warning when it is low."""

from collections.abc import Mapping
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.model import BROWN_OUT, Check, Model
from firmware_sim.surface import Surface

LOW_PERCENT, FINE_PERCENT = 15.0, 20.0
TAPER_PERCENT, LEAST_SHARE = 80.0, 0.05
"""From the first on a cell takes less and less; at the end it takes the second share of what it took at first."""
CHARGE_LOSS = 0.9
LOW = "BATTERY.LOW"


class BatteryPowered(Model):
    """`charge` in percent of `WATT_HOURS`; charged with at most `CHARGER_WATTS` while `plugged()` and the mains are there."""

    WATT_HOURS: ClassVar[float] = 10.0
    CHARGER_WATTS: ClassVar[float] = 5.0

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.has_battery = True
        self.corded = False
        self.charge = random.uniform(60.0, 90.0)
        self.charging = False
        self._told_low = False

    def furnish(self, surface: Surface) -> None:
        """Learn whether this unit has a battery and a cord; one with neither property stands at the mains."""
        super().furnish(surface)
        self.has_battery = "battery" in surface.properties
        self.corded = "mains" in surface.properties or not self.has_battery

    def plugged(self) -> bool:
        """Whether it is connected to the mains at all."""
        return self.corded

    def supply(self) -> str:
        """Name the state of the mains; what is not plugged in does not see them."""
        return super().supply() if self.plugged() else "normal"

    def runs_at(self, volts: float) -> bool:
        """Run without mains as long as there is a battery."""
        return self.has_battery or super().runs_at(volts)

    def spend(self, load: float, seconds: float) -> None:
        """Draw `load` watts from the mains, or else from the battery; charge what is not full."""
        fed = self.plugged() and self.volts >= BROWN_OUT
        self.charging = fed and self.has_battery and self.charge < (100.0 if self.charging else 99.0)
        taken = self.CHARGER_WATTS * taper(self.charge) if self.charging else 0.0
        self.watts = load + taken if fed and self.powered else 0.0
        stored = taken * CHARGE_LOSS if fed else -load
        if self.has_battery:
            self.charge = min(100.0, max(0.0, self.charge + stored * seconds / 36.0 / self.WATT_HOURS))
            self._watch_charge()

    def _watch_charge(self) -> None:
        low = self.charge < (FINE_PERCENT if self._told_low else LOW_PERCENT)
        if low != self._told_low:
            self._told_low = low
            self.trouble(LOW, on=low, freeze={"battery": round(self.charge)})

    def readings(self) -> dict[str, Any]:
        """Charge, and whether it is being charged."""
        return super().readings() | {"battery": self.charge, "charging": self.charging and self.plugged()}

    def checks(self) -> list[Check]:
        """Check the supply where there is a cord, and the battery."""
        supply = super().checks() if self.plugged() else []
        return [*supply, Check("battery", passed=self.charge >= LOW_PERCENT, suspects=(LOW,))] if self.has_battery else supply

    def touch(self, name: str, value: Any) -> None:
        """Put in other batteries, or cells of another charge."""
        if name == "battery":
            self.charge = float(value)
            self._watch_charge()
        else:
            super().touch(name, value)

    @classmethod
    def hands(cls) -> Mapping[str, Mapping[str, Any]]:
        """Return what hands can do, other batteries among it."""
        return {**super().hands(), "battery": {"type": "number", "unit": "%", "minimum": 0, "maximum": 100}}

    def kept(self) -> dict[str, Any]:
        """Keep the charge, coarsely: what is kept is written down with every change."""
        return {"charge": round(self.charge)}

    def recalled(self, kept: Mapping[str, Any]) -> None:
        """Take back the charge."""
        self.charge = float(kept.get("charge", self.charge))

    def truth(self) -> dict[str, Any]:
        """Return the charge, unrounded."""
        return super().truth() | {"battery": self.charge, "charging": self.charging}


def taper(percent: float) -> float:
    """Return the share of its full current a cell takes at `percent` of its charge."""
    over = max(0.0, percent - TAPER_PERCENT) / (100.0 - TAPER_PERCENT)
    return 1.0 - (1.0 - LEAST_SHARE) * min(1.0, over)

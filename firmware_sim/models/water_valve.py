"""A shut-off valve at the water meter with a leak sensor on the floor. A spring closes it, so that it closes without power too.

A leak closes it at once. That it was a leak stays in mind, over power cuts and restarts, until somebody opens the valve.
"""

from collections.abc import Collection, Mapping
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.battery_powered import BatteryPowered
from firmware_sim.models.model import Check
from firmware_sim.refusal import Refusal

IDLE_WATTS, HOLD_WATTS = 0.004, 0.02
LEAK, STUCK = "WATER.LEAK", "MOTION.VALVE-STUCK"


class WaterValve(BatteryPowered):
    """A three-quarter-inch ball valve with flow meter."""

    KIND = "water-valve"
    PREFIX = "valve"
    FEATURES = ("FLW", "BAT", "HRS", "IDF")
    PRODUCT = "HS-W20"
    WATT_HOURS = 24.0
    SETTINGS: ClassVar[Mapping[str, Any]] = {"open": True}
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "leak": {"type": "boolean"},
        "demand": {"type": "number", "unit": "l/s", "minimum": 0, "maximum": 2},
    }

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.leak = False
        self.closed_by_leak = False
        self.demand = 0.0
        self.litres = 0.0

    @property
    def flow(self) -> float:
        """Litres a second that go through."""
        return self.demand if self.settings["open"] else 0.0

    def run(self, seconds: float) -> None:
        """Let water through, watch the floor."""
        self._watch()
        self.litres += self.flow * seconds
        self.spend(HOLD_WATTS if self.settings["open"] else IDLE_WATTS, seconds)

    def _watch(self) -> None:
        if self.leak and self.settings["open"]:
            self.settings["open"] = False
        if self.leak and not self.closed_by_leak:
            self.closed_by_leak = True
            self.trouble(LEAK)

    def veto(self, changes: Mapping[str, Any]) -> None:
        """Refuse when the motor is stuck."""
        if "open" in changes and changes["open"] != self.settings["open"] and "valve" in self.disabled:
            raise Refusal("device-error", "the valve does not move", property="open")

    def changed(self, names: Collection[str]) -> None:
        """Forget the leak when somebody opened the valve."""
        if "open" in names and self.settings["open"] and self.closed_by_leak:
            self.closed_by_leak = False
            self.trouble(LEAK, on=False)

    def repaired(self, code: str) -> None:
        """Dry the floor."""
        if code == LEAK:
            self.leak = self.closed_by_leak = False

    def readings(self) -> dict[str, Any]:
        """Floor, memory, flow."""
        return super().readings() | {"leak": self.leak, "closedByLeak": self.closed_by_leak, "flow": self.flow}

    def touch(self, name: str, value: Any) -> None:
        """Spill water or dry it; open a tap."""
        match name:
            case "leak":
                self.leak = value
                self._watch()
            case "demand":
                self.demand = float(value)
            case _:
                super().touch(name, value)

    def lit(self, outage: float) -> None:
        """Stay shut over a leak."""
        super().lit(outage)
        self._watch()

    def kept(self) -> dict[str, Any]:
        """Keep that a leak closed it."""
        return super().kept() | {"closedByLeak": self.closed_by_leak}

    def recalled(self, kept: Mapping[str, Any]) -> None:
        """Remember that a leak closed it, and its fault."""
        super().recalled(kept)
        self.closed_by_leak = bool(kept["closedByLeak"])
        if self.closed_by_leak:
            self.trouble(LEAK)

    def checks(self) -> list[Check]:
        """Battery, floor, motor."""
        motor = Check("motor", passed="valve" not in self.disabled, needs="motor", suspects=(STUCK,))
        return [*super().checks(), Check("floor", passed=not self.leak, suspects=(LEAK,)), motor]

    def truth(self) -> dict[str, Any]:
        """Water."""
        return super().truth() | {"leak": self.leak, "flow": self.flow, "litres": self.litres}

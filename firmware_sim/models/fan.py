"""An electric fan with a brushless motor; its power grows with the cube of its speed."""

from collections.abc import Collection, Mapping
from math import sin
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.model import Check, Model
from firmware_sim.models.off_timer import OffTimer

STANDBY_WATTS, FULL_WATTS, SWING_WATTS = 0.5, 36.0, 3.0
STALLED = "FAN.STALLED"


class Fan(Model):
    """A stand fan, 40 cm, 36 W at full speed."""

    KIND = "fan"
    PREFIX = "fan"
    FEATURES = ("MOD", "TMR", "MTR", "MNS", "HRS", "CHL", "IDF")
    PRODUCT = "HS-F40"
    SETTINGS: ClassVar[Mapping[str, Any]] = {
        "power": False,
        "fanPercent": 40,
        "swing": False,
        "mode": "normal",
        "offTimer": 0,
        "childLock": False,
        "powerOnState": "last",
    }
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {"blocked": {"type": "boolean"}}

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.timer = OffTimer(self.settings)
        self.speed = 0.0
        self.blocked = False
        self._seconds = 0.0

    def run(self, seconds: float) -> None:
        """Timer, wind, draw."""
        if self.powered:
            self.timer.step(seconds)
        self._seconds += seconds
        wanted = self._wanted() if self.powered and self.settings["power"] else 0.0
        self.speed += (wanted - self.speed) * min(1.0, seconds / 3.0)
        turning = SWING_WATTS if wanted and self.settings["swing"] else 0.0
        self.watts = STANDBY_WATTS + FULL_WATTS * self.speed**3 + turning

    def _wanted(self) -> float:
        if self.blocked or "fan" in self.disabled:
            return 0.0
        share = float(self.settings["fanPercent"]) / 100
        return share * (0.7 + 0.3 * sin(self._seconds / 7)) if self.settings["mode"] == "natural" else share

    def changed(self, names: Collection[str]) -> None:
        """Let the timer follow."""
        self.timer.changed(names)

    def touch(self, name: str, value: Any) -> None:
        """Put something into the blades, or take it out."""
        if name == "blocked":
            self.blocked = value
            self.trouble(STALLED, on=value)
        else:
            super().touch(name, value)

    def repaired(self, code: str) -> None:
        """Let the blades turn again."""
        self.blocked = self.blocked and code != STALLED

    def lit(self, outage: float) -> None:
        """Come back as `powerOnState` says; the timer is lost."""
        super().lit(outage)
        self.timer.end()

    def checks(self) -> list[Check]:
        """Supply and motor."""
        return [*super().checks(), Check("motor", passed=not self.blocked, needs="motor", suspects=(STALLED,))]

    def truth(self) -> dict[str, Any]:
        """Real speed, 0..1, and what is left of the timer."""
        return super().truth() | {"speed": self.speed, "timerLeft": self.timer.left}

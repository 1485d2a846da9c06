"""A robot vacuum cleaner and its dock: it cleans room by room until it is done or its battery is low, and finds its way home.

Stuck, it waits for somebody to free it. Only in the dock do the mains matter.
"""

from collections.abc import Mapping
from datetime import timedelta
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.battery_powered import BatteryPowered
from firmware_sim.models.consumable import Consumable
from firmware_sim.models.model import Check
from firmware_sim.models.procedure import Procedure
from firmware_sim.refusal import Refusal

ROOMS = {"living": ("Living room", 22.0), "kitchen": ("Kitchen", 9.0), "bedroom": ("Bedroom", 14.0)}
"""Id -> name and square metres of the home it knows."""
PACE = 1.1 / 60
"""Square metres a second."""
WATTS = {"quiet": 25.0, "standard": 32.0, "strong": 42.0, "max": 55.0}
WAY_HOME, TURN_HOME = 40.0, 15.0
"""Seconds it needs back to the dock; per cent of charge at which it turns back."""
IDLE_WATTS, DOCK_WATTS = 2.0, 1.2
STUCK = "MOTION.STUCK"


class RobotVacuum(BatteryPowered):
    """A robot of 60 Wh that sweeps and mops."""

    KIND = "robot-vacuum"
    PREFIX = "robot"
    FEATURES = ("SUC", "MOP", "ARE", "SQM", "CHG", "CON", "MTR", "HRS", "IDF")
    PRODUCT = "HS-R60"
    WATT_HOURS = 60.0
    CHARGER_WATTS = 28.0
    SETTINGS: ClassVar[Mapping[str, Any]] = {"suction": "standard", "cleanMode": "vacuum"}
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "stuck": {"type": "boolean"},
        "place": {"type": "string", "enum": ["dock", "floor"]},
    }

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.state = "docked"
        self.plan: list[float] = []
        self.cleaned = 0.0
        self.duration = 0.0
        self.way_home = 0.0
        self.resumes = "idle"
        since = self.papers.made + timedelta(days=30)
        self.parts = [
            Consumable(
                "brush", "brush", life=300, used=random.uniform(0, 200), part="HS-RB1", installed=since, fault="CONSUMABLE.BRUSH-WORN"
            ),
            Consumable("filter", "filter-hepa", life=150, used=random.uniform(0, 100), part="HS-RF1", installed=since),
        ]

    def plugged(self) -> bool:
        """Touch the contacts of the dock."""
        return self.state == "docked"

    def working(self) -> bool:
        """Count the hours on the way."""
        return self.state in ("cleaning", "returning")

    def run(self, seconds: float) -> None:
        """Clean, drive home, charge."""
        if self.state == "cleaning":
            self._clean(seconds)
        elif self.state == "returning":
            self.way_home -= seconds
            if self.way_home <= 0:
                self.state = "docked"
        moving = self.state in ("cleaning", "returning")
        load = (
            WATTS[self.settings["suction"]]
            if self.state == "cleaning"
            else 12.0
            if moving
            else DOCK_WATTS
            if self.plugged()
            else IDLE_WATTS
        )
        self.spend(load, seconds)
        if moving and self.charge <= 0:
            self._end("failed", "error")

    def _clean(self, seconds: float) -> None:
        self.duration += seconds
        done = min(PACE * seconds, sum(self.plan))
        self.cleaned += done
        self._sweep(done)
        for part in self.parts:
            self.wear(part, seconds)
        if not self.plan:
            self._end("done", "returning")
        elif self.charge < TURN_HOME:
            self._end("failed", "returning")

    def _sweep(self, area: float) -> None:
        while self.plan and area >= self.plan[0] - 1e-9:
            area -= self.plan.pop(0)
        if self.plan:
            self.plan[0] -= area

    def _end(self, result: str, state: str) -> None:
        """Leave off cleaning, if it was at it."""
        if self.plan or self.state == "cleaning":
            self.happen("cleanDone", result=result, area=round(self.cleaned), duration=round(self.duration))
        self.plan = []
        self.state, self.way_home = state, WAY_HOME

    def readings(self) -> dict[str, Any]:
        """State, map, parts."""
        return super().readings() | {
            "state": self.state,
            "areas": [{"id": key, "name": name} for key, (name, _) in ROOMS.items()],
            "cleanedArea": self.cleaned,
            "consumables": [part.document() for part in self.parts],
        }

    def begin(self, action: str, input: Any) -> Procedure | Any:
        """Start, pause, go on, stop, go home, reset a part."""
        match action:
            case "start":
                self._start((input or {}).get("areas") or list(ROOMS))
            case "pause":
                self._pause()
            case "resume":
                self.state = self.resumes
            case "stop":
                if self.state not in ("docked", "error"):
                    self._end("stopped", "idle")
            case "goHome":
                self._go_home()
            case "resetConsumable":
                self.renew_one(self.parts, input)
            case _:
                return super().begin(action, input)
        return None

    def _start(self, areas: list[str]) -> None:
        """Begin anew, or go on where it paused."""
        unknown = [area for area in areas if area not in ROOMS]
        if unknown:
            raise Refusal("unknown", f"there is no area {', '.join(unknown)}")
        if self.charge < TURN_HOME + 5:
            raise Refusal("state-conflict", "the battery is too low to start", property="battery")
        if self.state == "cleaning":
            return
        if not (self.state == "paused" and self.plan):
            self.plan = [ROOMS[area][1] for area in areas]
            self.cleaned = self.duration = 0.0
        self.state = "cleaning"

    def _pause(self) -> None:
        if self.state != "paused":
            self.resumes, self.state = self.state, "paused"

    def _go_home(self) -> None:
        if self.state == "error":
            raise Refusal("state-conflict", "it is stuck", property="state")
        if self.state not in ("docked", "returning"):
            self._end("stopped", "returning")

    def touch(self, name: str, value: Any) -> None:
        """Tangle it in a curtain, free it, carry it."""
        match name:
            case "stuck" if value and self.state in ("cleaning", "returning"):
                self._end("failed", "error")
                self.trouble(STUCK)
            case "stuck" if not value:
                self._free("idle")
            case "place":
                self._end("stopped", "idle")
                self._free("docked" if value == "dock" else "idle")
                self.state = "docked" if value == "dock" else "idle"
            case "stuck":
                pass
            case _:
                super().touch(name, value)

    def _free(self, state: str) -> None:
        if self.state == "error":
            self.state = state
        self.trouble(STUCK, on=False)

    def repaired(self, code: str) -> None:
        """Somebody freed it."""
        if code == STUCK:
            self._free("idle")

    def checks(self) -> list[Check]:
        """Battery, wheels, parts."""
        return [
            *super().checks(),
            Check("wheels", passed=self.state != "error", needs="motor", suspects=(STUCK,)),
            *(Check(part.identifier, passed=part.remaining > 0, suspects=(part.fault,)) for part in self.parts),
        ]

    def truth(self) -> dict[str, Any]:
        """Where it is in its work."""
        return super().truth() | {"state": self.state, "left": sum(self.plan), "cleaned": self.cleaned}

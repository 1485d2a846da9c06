"""What runs only behind a closed door: an open one holds the program, a broken door switch keeps it from starting.

A kind says its program (`plan`), its physics (`work`, which leaves `watts`) and which effects of faults its programs cannot do without.
"""

from collections.abc import Collection, Mapping
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.model import NOMINAL_VOLTS, Check
from firmware_sim.models.program import Programmed
from firmware_sim.refusal import Refusal


class Interlocked(Programmed):
    """One door; a program is given up after `SURVIVES` seconds without mains."""

    DOOR: ClassVar[str] = "door"
    NEEDS: ClassVar[Collection[str]] = ("heating",)
    SURVIVES: ClassVar[float] = 0.0
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {"door": {"type": "boolean"}}

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.open = False

    @property
    def interlock(self) -> bool:
        """Whether every switch that must be closed is."""
        return not self.open and "starting" not in self.disabled

    @property
    def at_work(self) -> bool:
        """Whether a program moves on now."""
        return self.powered and self.program.running

    def stuck(self) -> str | None:
        """Return why a running program cannot go on now, None when it can."""
        if not self.interlock:
            return f"the {self.DOOR} is open or its switch is broken"
        broken = [effect for effect in self.NEEDS if effect in self.disabled]
        return f"a fault prevents {broken[0]}" if broken else None

    def resistive(self, watts: float) -> float:
        """Return what a heater of so many watts at 220 V draws at the present voltage."""
        return watts * (self.volts / NOMINAL_VOLTS) ** 2 if self.powered else 0.0

    def work(self, seconds: float) -> None:
        """Physics of the kind for some seconds, as `self.program` stands."""

    def run(self, seconds: float) -> None:
        """Look at the switches, work, let the program move on."""
        self.program.trouble = self.stuck() is not None
        self.work(seconds)
        self.program.step(seconds if self.powered else 0.0)

    def check_start(self) -> None:
        """Refuse where it would not run."""
        if not self.interlock:
            raise Refusal("state-conflict", str(self.stuck()), property="interlock")
        if (reason := self.stuck()) is not None:
            raise Refusal("device-error", reason)

    def changed(self, names: Collection[str]) -> None:
        """Switching off ends a program."""
        if "power" in names and not self.settings["power"]:
            self.program.halt()
            self.program.forget()

    def touch(self, name: str, value: Any) -> None:
        """Open (true) or close the door."""
        if name == "door":
            self.set_open(value)
        else:
            super().touch(name, value)

    def set_open(self, open: bool) -> None:
        """Open it, which holds what runs and takes out what is done, or close it."""
        self.open = open
        if open:
            self.program.pause()
            self.program.forget()

    def lit(self, outage: float) -> None:
        """Give up a program that stood still too long to go on by itself."""
        super().lit(outage)
        if outage > self.SURVIVES:
            self.program.halt("failed")

    def readings(self) -> dict[str, Any]:
        """Where door, interlock and program stand; a fault that has just come holds the program at once."""
        self.program.trouble = self.stuck() is not None
        return super().readings() | {"doors": [{"id": self.DOOR, "open": self.open}], "interlock": self.interlock}

    def checks(self) -> list[Check]:
        """Supply and door switch."""
        return [*super().checks(), Check("interlock", passed=self.interlock or self.open, suspects=("DOOR.INTERLOCK",))]

    def truth(self) -> dict[str, Any]:
        """Return the door beside what every program appliance tells."""
        return super().truth() | {"open": self.open}

"""A laser printer with a queue, or a projector with a lamp: its features say which."""

from collections.abc import Mapping
from datetime import timedelta
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.consumable import Consumable
from firmware_sim.models.model import Check, Model
from firmware_sim.models.procedure import Procedure
from firmware_sim.surface import Surface

STANDBY_WATTS, READY_WATTS, PRINT_WATTS, LAMP_WATTS = 0.5, 6.0, 380.0, 220.0
PAGE_SECONDS = 3.0
JAM = "MOTION.PAPER-JAM"


class OfficeDevice(Model):
    """20 pages a minute, 1,500 pages of toner; or a lamp of 4,000 hours."""

    KIND = "office-device"
    PREFIX = "office"
    FEATURES = ("PRT", "MTR", "MNS", "HRS", "IDF")
    PRODUCT = "HS-O20"
    SETTINGS: ClassVar[Mapping[str, Any]] = {"power": True, "input": "hdmi-1", "powerOnState": "last"}
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "job": {"type": "integer", "minimum": 1, "maximum": 200},
        "jam": {"type": "boolean"},
        "toner": {"type": "number", "unit": "%", "minimum": 0, "maximum": 100},
    }

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.projects = False
        self.jobs: list[float] = []
        self.pages = float(random.randrange(0, 5000))
        self.jammed = False
        self.testing: Procedure | None = None
        installed = self.papers.made + timedelta(days=60)
        self.part = Consumable(
            "toner-black",
            "toner",
            life=1500,
            used=random.uniform(0, 1000),
            part="HS-OT1",
            installed=installed,
            fault="CONSUMABLE.TONER-SPENT",
        )

    def furnish(self, surface: Surface) -> None:
        """Learn which of the two it is."""
        super().furnish(surface)
        self.projects = "input" in surface.properties
        if self.projects:
            self.part.identifier, self.part.kind, self.part.life, self.part.part = "lamp", "lamp", 4000.0, "HS-OL1"

    def run(self, seconds: float) -> None:
        """Print what waits, or light the wall."""
        if self.projects:
            self._project(seconds)
        else:
            self._print(seconds)

    def _project(self, seconds: float) -> None:
        lit = self._ready()
        self.watts = LAMP_WATTS if lit else STANDBY_WATTS
        if lit:
            self.wear(self.part, seconds)

    def _print(self, seconds: float) -> None:
        busy = self.printing()
        self.watts = PRINT_WATTS if busy else READY_WATTS if self._ready() else STANDBY_WATTS
        if busy and self.jobs:
            done = min(seconds / PAGE_SECONDS, self.jobs[0])
            self.jobs[0] -= done
            self._count(done)
            self.jobs = [pages for pages in self.jobs if pages > 1e-9]  # noqa: PLR2004 - rounding of a page's thirds

    def _count(self, pages: float) -> None:
        self.pages += pages
        self.wear(self.part, 3600 * pages)

    def _ready(self) -> bool:
        return self.powered and bool(self.settings["power"])

    def _stopped(self) -> bool:
        return self.jammed or "printing" in self.disabled or (self.part.remaining <= 0 and not self.projects)

    def printing(self) -> bool:
        """Whether paper moves."""
        return self._ready() and not self._stopped() and bool(self.jobs or self.testing is not None)

    def readings(self) -> dict[str, Any]:
        """Queue, counter, parts."""
        busy = self._ready() if self.projects else self.printing()
        return super().readings() | {
            "state": "error" if self._stopped() else "busy" if busy else "idle",
            "jobs": len(self.jobs),
            "pages": self.pages,
            "consumables": [self.part.document()],
        }

    def begin(self, action: str, input: Any) -> Procedure | Any:
        """Print a test page, or reset the toner or lamp."""
        if action == "resetConsumable":
            self.renew(self.part, input)
            return None
        if action == "printTestPage":
            self.testing = Procedure(
                [("warming", 10.0), ("printing", 5.0)], finish=self._tested, held=lambda: self._stopped() or not self._ready()
            )
            return self.testing
        return super().begin(action, input)

    def _tested(self, result: str) -> dict[str, Any]:
        self.testing = None
        if result == "done":
            self._count(1)
        return {"result": result}

    def touch(self, name: str, value: Any) -> None:
        """Send pages, crumple paper, put in a cartridge that is not new."""
        match name:
            case "job" if not self.projects:
                self.jobs = [*self.jobs, float(value)][:1000]
            case "job":
                pass
            case "jam":
                self.jammed = value and not self.projects
                self.trouble(JAM, on=self.jammed)
            case "toner":
                self.part.used = self.part.life * (1 - float(value) / 100)
                self.wear(self.part, 0.0)
            case _:
                super().touch(name, value)

    def repaired(self, code: str) -> None:
        """Take the paper out."""
        self.jammed = self.jammed and code != JAM

    def checks(self) -> list[Check]:
        """Supply, paper, toner or lamp."""
        return [
            *super().checks(),
            Check("paper-path", passed=not self.jammed, needs="motor", suspects=(JAM,)),
            Check(self.part.identifier, passed=self.part.remaining > 0, suspects=(self.part.fault,)),
        ]

    def truth(self) -> dict[str, Any]:
        """Queue and counter."""
        return super().truth() | {"jobs": list(self.jobs), "pages": self.pages, "printing": self.printing(), "projects": self.projects}

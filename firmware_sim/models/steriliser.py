"""A dish steriliser cabinet: heat to 120 degrees, ozone, ultraviolet, drying.

The lock holds the door while there is ozone in the cabinet, whatever the program does; ozone falls to half every two minutes. Ultraviolet
goes out the moment the door opens.
"""

import math
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.consumable import Consumable
from firmware_sim.models.interlocked import Interlocked
from firmware_sim.models.lump import Lump
from firmware_sim.models.procedure import Procedure
from firmware_sim.models.program import Step
from firmware_sim.refusal import Refusal

HEATER, DRYER, OZONE, LAMP, STANDBY = 600.0, 300.0, 10.0, 16.0, 0.6
HOT, DRY, SWING = 120.0, 65.0, 3.0
HALF_LIFE, SAFE, MADE = 120.0, 0.1, 40.0 / 300
"""Seconds in which half of the ozone is gone; mg/m3 at which the lock opens; mg/m3 made a second."""


class Steriliser(Interlocked):
    """90 litres, all methods."""

    KIND = "steriliser"
    PREFIX = "steril"
    FEATURES = ("OZN", "UVC", "CMB", "MTR", "CON", "MNS", "HRS", "CHL", "IDF")
    PRODUCT = "HS-X90"
    RATED_WATTS = HEATER
    SETTINGS: ClassVar[Mapping[str, Any]] = {"power": True, "mode": "heat", "targetTime": 20, "powerOnState": "last"}

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.cabinet = Lump(6000.0, 2.0)
        self.ozone = 0.0
        bought, used = self.papers.bought, random.uniform(100, 3000)
        fault = "CONSUMABLE.UV-LAMP-SPENT"
        self.lamp = Consumable("uv-lamp", "uv-lamp", life=6000.0, used=used, part="UVC-16", installed=bought, fault=fault)

    @property
    def locked(self) -> bool:
        """Whether the door is held shut."""
        return self.ozone > SAFE or self.program.phase in ("ozone", "airing")

    def plan(self) -> Sequence[Step]:
        """Put the phases of the mode in a row; ozone is followed by airing until the lock may open."""
        length = self.settings["targetTime"] * 60.0
        air = Step("airing", 1100.0, left=lambda: max(0.0, HALF_LIFE * math.log2(max(self.ozone, SAFE) / SAFE)))
        heat = Step("heating", 900.0, left=lambda: self.cabinet.time_to(HOT, self.resistive(HEATER)))
        return {
            "heat": [heat, Step("heating", length)],
            "ozone": [Step("ozone", length), air],
            "uv": [Step("uv", length)],
            "dry": [Step("drying", length)],
            "combined": [heat, Step("heating", length), Step("uv", length), Step("drying", 600.0)],
        }[str(self.settings["mode"])]

    def work(self, seconds: float) -> None:
        """Heat as the phase asks; make ozone or light; let ozone decay."""
        phase = self.program.phase if self.at_work else "idle"
        target = {"heating": HOT, "drying": DRY}.get(phase, 0.0)
        heat = self.resistive(HEATER if phase == "heating" else DRYER) if self.cabinet.temperature < target + SWING else 0.0
        self.cabinet.loss = 20.0 if self.open else 2.0
        self.cabinet.heat(heat, seconds)
        self.ozone *= 0.5 ** (seconds / HALF_LIFE)
        if phase == "ozone":
            self.ozone += MADE * seconds
        if phase == "uv":
            self.wear(self.lamp, seconds)
        self.watts = heat + {"ozone": OZONE, "uv": LAMP}.get(phase, 0.0) + STANDBY

    def set_open(self, open: bool) -> None:
        """Open or close the door, unless it is locked."""
        if open and self.locked:
            raise Refusal("state-conflict", "the door is locked: there is ozone inside", property="doorLocked")
        super().set_open(open)

    def begin(self, action: str, input: Any) -> Procedure | Any:
        """Take note of a new lamp."""
        if action != "resetConsumable":
            return super().begin(action, input)
        self.renew(self.lamp, input)
        return None

    def readings(self) -> dict[str, Any]:
        """Return lock and lamp beside the program."""
        return super().readings() | {"doorLocked": self.locked, "consumables": [self.lamp.document()]}

    def truth(self) -> dict[str, Any]:
        """Temperature, ozone (mg/m3), whether the lamp shines."""
        shines = self.at_work and self.program.phase == "uv"
        return super().truth() | {"temperature": self.cabinet.temperature, "ozone": self.ozone, "lamp": shines}

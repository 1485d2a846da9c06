"""A humidifier in a winter room, or a dehumidifier in a damp one: its features say which. Both stop when their tank says so."""

from collections.abc import Mapping
from datetime import timedelta
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.consumable import Consumable
from firmware_sim.models.model import Check, Model
from firmware_sim.models.procedure import Procedure
from firmware_sim.models.room import Room
from firmware_sim.surface import Surface

LITRES, GRAMS = 4.0, 0.09
"""Of the tank; a second of water into or out of the air at full output."""
STANDBY_WATTS, MIST_WATTS, COMPRESSOR_WATTS = 0.8, 28.0, 210.0
REACH = 2.0
"""Per cent of relative humidity to each side of the target."""
TANK_FAULT = {"empty": "WATER.TANK-EMPTY", "full": "WATER.TANK-FULL"}


class Humidifier(Model):
    """320 ml an hour either way."""

    KIND = "humidifier"
    PREFIX = "hum"
    FEATURES = ("HUMIDIFY", "TMP", "MTR", "CON", "MNS", "HRS", "CHL", "IDF")
    PRODUCT = "HS-M4"
    STEP = 5.0
    SETTINGS: ClassVar[Mapping[str, Any]] = {
        "power": True,
        "mode": "auto",
        "targetHumidity": 50,
        "childLock": False,
        "powerOnState": "last",
    }
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "tankLitres": {"type": "number", "unit": "l", "minimum": 0, "maximum": LITRES},
        "tankIn": {"type": "boolean"},
        "roomHumidity": {"type": "number", "unit": "%RH", "minimum": 10, "maximum": 95},
    }

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.room = Room(random)
        self.dries, self.moistens = False, True
        self.running = False
        self.litres = random.uniform(1.0, 3.0)
        self.tank_in = True
        self._told: str | None = None
        self.wick = Consumable(
            "wick", "wick", life=2000, used=random.uniform(0, 900), part="HS-MW1", installed=self.papers.made + timedelta(days=40)
        )

    def furnish(self, surface: Surface) -> None:
        """Learn which of the two it is, and stand in a room that needs it."""
        super().furnish(surface)
        states = surface.properties["tank"]["enum"]
        self.dries, self.moistens = "full" in states, "empty" in states
        self.room.outdoor_mean = 22.0 if self.dries else 4.0
        self.room.temperature = 24.0 if self.dries else 19.0
        self.room.moisture, self.room.outdoor_moisture = (15.0, 16.0) if self.dries else (4.5, 4.0)

    @property
    def tank(self) -> str:
        """State of the tank in the profile's words."""
        if not self.tank_in:
            return "missing"
        if self.dries:
            return "full" if self.litres >= LITRES else "ok"
        return "empty" if self.moistens and self.litres <= 0 else "ok"

    def run(self, seconds: float) -> None:
        """Hygrostat, water, room."""
        self.running = self._wanted()
        grams = GRAMS * (0.5 if self.settings["mode"] == "sleep" else 1.0) if self.running else 0.0
        heating = 0.0 if self.dries else (20.0 - self.room.temperature) * 200.0
        self.room.step(seconds, heating, grams if self.dries else -grams)
        self.litres = min(LITRES, max(0.0, self.litres + (grams if self.dries else -grams) * seconds / 1000))
        self.watts = STANDBY_WATTS + ((COMPRESSOR_WATTS if self.dries else MIST_WATTS) if self.running else 0.0)
        if self.running:
            self.wear(self.wick, seconds)
        self._watch()

    def _wanted(self) -> bool:
        if not self.powered or not self.settings["power"] or self.tank != "ok" or not (self.dries or self.moistens):
            return False
        if self.settings["mode"] in ("manual", "laundry"):
            return True
        missing = self.room.humidity - self.settings["targetHumidity"]
        return bool((missing if self.dries else -missing) > (-REACH if self.running else REACH))

    def _watch(self) -> None:
        """Stop for the tank and say what is wrong with it."""
        self.running = self.running and self.tank == "ok"
        wrong = TANK_FAULT.get(self.tank)
        if wrong != self._told:
            for code, on in ((self._told, False), (wrong, True)):
                if code is not None:
                    self.trouble(code, on=on)
            self._told = wrong

    def readings(self) -> dict[str, Any]:
        """Room, tank, what it does."""
        busy = "dehumidifying" if self.dries else "humidifying"
        return super().readings() | {
            "roomHumidity": self.room.humidity,
            "roomTemperature": self.room.temperature,
            "operatingState": "off" if not self.settings["power"] else busy if self.running else "idle",
            "tank": self.tank,
            "consumables": [self.wick.document()],
        }

    def begin(self, action: str, input: Any) -> Procedure | Any:
        """Reset the wick."""
        if action == "resetConsumable":
            self.renew(self.wick, input)
            return None
        return super().begin(action, input)

    def touch(self, name: str, value: Any) -> None:
        """Fill, empty or take out the tank; open a window."""
        match name:
            case "tankLitres":
                self.litres = float(value)
            case "tankIn":
                self.tank_in = value
            case "roomHumidity":
                self.room.moisture *= float(value) / self.room.humidity
            case _:
                super().touch(name, value)
        self._watch()

    def checks(self) -> list[Check]:
        """Supply and tank."""
        return [*super().checks(), Check("tank", passed=self.tank == "ok", suspects=tuple(TANK_FAULT.values()))]

    def truth(self) -> dict[str, Any]:
        """Room, water."""
        return super().truth() | {"roomHumidity": self.room.humidity, "litres": self.litres, "running": self.running, "dries": self.dries}

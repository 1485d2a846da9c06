"""An alarm for smoke, carbon monoxide and gas.

Smoke and gas alarm by their concentration (GB 20517: 0.05 to 0.5 dB/m; GB 15322.2: 5 to 25 % LEL). Carbon monoxide alarms by its dose, as
EN 50291 asks: 50 ppm within 60 to 90 minutes, 100 ppm within 10 to 40 minutes, 300 ppm within 3 minutes. Of the three it senses what its
features say.
"""

from collections.abc import Mapping
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.battery_powered import BatteryPowered
from firmware_sim.models.model import Check
from firmware_sim.models.procedure import Procedure
from firmware_sim.surface import Surface

SMOKE_LEVELS, GAS_LEVELS = (0.08, 0.15), (5.0, 10.0)
"""Where warning and critical begin: dB/m, per cent of the lower explosive limit."""
DOSES = ((300.0, 120.0), (100.0, 25 * 60.0), (50.0, 75 * 60.0))
"""At so many ppm and more the alarm comes after so many seconds."""
FRESH_PPM, RECOVERY = 30.0, 900.0
WARNING_DOSE = 0.5
LIFE_HOURS = 10 * 365 * 24.0
IDLE_WATTS, SIREN_WATTS = 0.6, 2.5
END = "LIFE.SENSOR-END"
LEVELS = ("normal", "warning", "critical")


class SmokeGasAlarm(BatteryPowered):
    """A kitchen alarm with all three sensors and a battery beside its cord."""

    KIND = "smoke-gas-alarm"
    PREFIX = "alarm"
    FEATURES = ("SMK", "CO", "GAS", "BAT", "MNS", "HRS", "IDF")
    PRODUCT = "HS-A3"
    WATT_HOURS = 8.0
    CHARGER_WATTS = 1.0
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "smokeDensity": {"type": "number", "minimum": 0, "maximum": 5},
        "coPpm": {"type": "number", "unit": "ppm", "minimum": 0, "maximum": 5000},
        "gasLel": {"type": "number", "unit": "%", "minimum": 0, "maximum": 100},
        "age": {"type": "number", "unit": "h", "minimum": 0, "maximum": 200000},
    }

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.air = {"smokeDensity": 0.0, "coPpm": 0.0, "gasLel": 0.0}
        self.dose = 0.0
        self.levels = {"smoke": "normal", "co": "normal", "gas": "normal"}
        self.senses: tuple[str, ...] = ("smoke", "co", "gas")
        self.age = random.uniform(200, 30000)
        self.testing: Procedure | None = None
        self._ended = False

    def furnish(self, surface: Surface) -> None:
        """Learn which sensors are built in."""
        super().furnish(surface)
        self.senses = tuple(name for name in ("smoke", "co", "gas") if name in surface.properties)

    def run(self, seconds: float) -> None:
        """Breathe the air, grow older."""
        self.age += seconds / 3600
        rate = next((1 / after for ppm, after in DOSES if self.air["coPpm"] >= ppm), None)
        if rate is not None:
            self.dose = min(1.0, self.dose + rate * seconds)
        elif self.air["coPpm"] < FRESH_PPM:
            self.dose = max(0.0, self.dose - seconds / RECOVERY)
        if self.powered:
            self._judge()
        self.spend(SIREN_WATTS if self.sounding() else IDLE_WATTS, seconds)

    def _judge(self) -> None:
        """Say what changed for better or worse."""
        now = {
            "smoke": _level(self.air["smokeDensity"], SMOKE_LEVELS),
            "co": _level(self.dose, (WARNING_DOSE, 1.0 - 1e-9)),
            "gas": _level(self.air["gasLel"], GAS_LEVELS),
        }
        for kind in self.senses:
            if now[kind] != self.levels[kind]:
                self.levels[kind] = now[kind]
                self.happen("alarm", kind=kind, level=now[kind])
        if self._worn() and not self._ended:
            self._ended = True
            self.trouble(END)

    def _worn(self) -> bool:
        return self.age >= LIFE_HOURS

    def sounding(self) -> bool:
        """Whether the siren sounds."""
        alarmed = any(self.levels[kind] == "critical" for kind in self.senses)
        return self.powered and (alarmed or (self.testing is not None and self.testing.phase == "sounding"))

    def readings(self) -> dict[str, Any]:
        """Levels of the air, end of life."""
        return super().readings() | {
            "smoke": self.levels["smoke"],
            "co": self.levels["co"],
            "gas": self.air["gasLel"],
            "gasAlarm": self.levels["gas"],
            "endOfService": self._worn(),
        }

    def begin(self, action: str, input: Any) -> Procedure | Any:
        """Test sensors and siren for half a minute."""
        if action == "selfTest":
            self.testing = Procedure([("sensing", 20.0), ("sounding", 10.0)], finish=self._tested)
            return self.testing
        return super().begin(action, input)

    def _tested(self, result: str) -> dict[str, Any]:
        self.testing = None
        return {"result": "passed" if result == "done" and not self._worn() else "failed"}

    def touch(self, name: str, value: Any) -> None:
        """Fill the air with something; make it older."""
        if name in self.air:
            self.air[name] = float(value)
        elif name == "age":
            self.age = float(value)
        else:
            super().touch(name, value)
        if self.powered:
            self._judge()

    def repaired(self, code: str) -> None:
        """Put in another sensor."""
        if code == END:
            self.age, self._ended = 0.0, False

    def checks(self) -> list[Check]:
        """Supply, battery, sensors, siren."""
        worn = Check("sensors", passed=not self._worn(), suspects=(END,))
        return [*super().checks(), worn, Check("siren", passed=True, needs="sound")]

    def kept(self) -> dict[str, Any]:
        """Keep the age."""
        return super().kept() | {"age": round(self.age)}

    def recalled(self, kept: Mapping[str, Any]) -> None:
        """Take the age back."""
        super().recalled(kept)
        self.age = float(kept["age"])

    def truth(self) -> dict[str, Any]:
        """Air, dose, siren."""
        return super().truth() | self.air | {"dose": self.dose, "age": self.age, "sounding": self.sounding()}


def _level(value: float, levels: tuple[float, float]) -> str:
    return LEVELS[sum(value >= level for level in levels)]

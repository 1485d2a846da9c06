"""A smart plug with a load behind it: relay, meter, heat in the contacts, and a cut-off that stays off until its button is pressed.

The load is a resistance: its power falls with the square of the voltage. Too much power for five seconds trips the cut-off. The meter is a
little off, each unit in its own way, as meters of class 1 are; what is true is in `truth`.
"""

from collections.abc import Mapping
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.model import NOMINAL_VOLTS, Check, Model
from firmware_sim.refusal import Refusal

TRIP_SECONDS = 5.0
METER_ERROR = 0.005
"""Share by which the meter of a unit may be off."""
CONTACT_OHMS, HOT = 0.02, 95.0
OVERLOAD, TOO_HOT = "MAINS.OVERLOAD", "THERMAL.PLUG-HOT"


class Plug(Model):
    """16 A at 220 V; the load (watts at 220 V) is what somebody plugged in."""

    KIND = "plug"
    PREFIX = "plug"
    FEATURES = ("ENR", "VLT", "CUR", "OVL", "LIM", "TMP", "MNS", "IDF")
    PRODUCT = "HS-P16"
    STEP = 0.5
    SETTINGS: ClassVar[Mapping[str, Any]] = {
        "power": True,
        "powerOnState": "last",
        "feeds": "",
        "feedsKind": "none",
        "overloadLimit": 3500,
    }
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "load": {"type": "number", "unit": "W", "minimum": 0, "maximum": 20000},
        "ambient": {"type": "number", "unit": "Cel", "minimum": -20, "maximum": 70},
        "button": {"type": "boolean", "const": True},
    }

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.load = round(random.uniform(20, 120), 1)
        self.gain = random.uniform(1 - METER_ERROR, 1 + METER_ERROR)
        self.rated = 16
        self.temperature = 25.0
        self.ambient = 25.0
        self.tripped: str | None = None
        self._over = 0.0

    def run(self, seconds: float) -> None:
        """Load, heat, cut-off."""
        on = self.powered and bool(self.settings["power"])
        drawn = self._drawn() if on else 0.0
        self.watts = drawn + (0.6 if self.powered else 0.0)
        amperes = drawn / self.volts if on else 0.0
        heat = CONTACT_OHMS * amperes**2 + (0.6 if self.powered else 0.0)
        self.temperature += (heat * 5.0 - (self.temperature - self.ambient)) * min(1.0, seconds / 600)
        self._watch(seconds, drawn)

    def _drawn(self) -> float:
        """Return the watts of the appliances plugged in; where there are none, of a resistance."""
        return sum(load() for load in self.loads) if self.loads else self.load * (self.volts / NOMINAL_VOLTS) ** 2

    def outlet(self) -> float:
        """Pass the mains on while the relay is closed."""
        return super().outlet() if self.settings["power"] else 0.0

    def limit(self) -> float:
        """Watts above which it trips: the adjustable limit or the rated current, whichever is lower."""
        return min(float(self.settings["overloadLimit"]), self.rated * NOMINAL_VOLTS)

    def _watch(self, seconds: float, drawn: float) -> None:
        self._over = self._over + seconds if drawn > self.limit() else 0.0
        if self._over >= TRIP_SECONDS:
            self._trip(OVERLOAD, drawn)
            self.happen("overload", power=round(drawn, 1), limit=self.limit())
        elif self.temperature >= HOT and self.tripped is None:
            self._trip(TOO_HOT, drawn)

    def _trip(self, code: str, drawn: float) -> None:
        self._over = 0.0
        self.tripped = code
        self.settings["power"] = False
        self.watts = 0.6
        self.trouble(code, freeze={"power": round(drawn, 1), "voltage": round(self.volts, 1), "temperature": round(self.temperature, 1)})

    def veto(self, changes: Mapping[str, Any]) -> None:
        """Refuse to switch a tripped plug on from afar."""
        if changes.get("power") and self.tripped is not None:
            raise Refusal("state-conflict", f"{self.tripped} tripped the plug: press its button", property="power")

    def repaired(self, code: str) -> None:
        """Let the latch go with its fault; the relay stays off."""
        self.tripped = None if code == self.tripped else self.tripped

    def readings(self) -> dict[str, Any]:
        """Meter, rating, temperature."""
        told = super().readings()
        metered = {name: told[name] * self.gain for name in ("powerDraw", "current", "energyTotal")}
        return told | metered | {"ratedCurrent": self.rated, "plugTemperature": self.temperature}

    def touch(self, name: str, value: Any) -> None:
        """Plug something in, heat the corner, press the button: it resets the cut-off, else toggles the relay."""
        match name:
            case "load":
                self.load = float(value)
            case "ambient":
                self.ambient = float(value)
            case "button":
                self._press()
            case _:
                super().touch(name, value)

    def _press(self) -> None:
        if self.tripped is None:
            self.settings["power"] = not self.settings["power"]
            return
        self.trouble(self.tripped, on=False)
        self.tripped = None

    def lit(self, outage: float) -> None:
        """As `powerOnState` says, unless the cut-off holds: its latch outlives a power cut."""
        super().lit(outage)
        if self.tripped is not None:
            self.settings["power"] = False

    def checks(self) -> list[Check]:
        """Supply, relay, temperature."""
        relay = "SAFETY.RELAY-WELDED"
        return [
            *super().checks(),
            Check("relay", passed="relay" not in self.disabled and self.tripped is None, needs="motor", suspects=(relay,)),
            Check("temperature", passed=self.temperature < HOT - 15, suspects=(TOO_HOT,)),
        ]

    def truth(self) -> dict[str, Any]:
        """Load, contacts, latch."""
        return super().truth() | {
            "load": self.load,
            "relay": bool(self.settings["power"]),
            "plugTemperature": self.temperature,
            "tripped": self.tripped,
        }

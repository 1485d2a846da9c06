"""A bracelet for an elder who lives alone. It closes a loop: a call runs until a carer takes it on, and escalates at its deadline.

A press, a fall and a day without a sign of life all begin the same call. A second press during a call changes nothing.
"""

from collections.abc import Collection, Mapping
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.battery_powered import BatteryPowered
from firmware_sim.models.procedure import Procedure

IDLE_WATTS, CALL_WATTS = 0.01, 0.4
PRESSURE = {"type": "integer", "minimum": 20, "maximum": 300}


class ElderCare(BatteryPowered):
    """Button, fall sensor, pulse; charged on a dock."""

    KIND = "elder-care"
    PREFIX = "care"
    FEATURES = ("FAL", "ACT", "HRT", "BPR", "MED", "VOI", "CHG", "HRS", "IDF")
    PRODUCT = "HS-E1"
    WATT_HOURS = 1.5
    CHARGER_WATTS = 1.0
    SETTINGS: ClassVar[Mapping[str, Any]] = {"escalateAfter": 120, "inactivityLimit": 12, "voicePrompt": True}
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "press": {"type": "string", "enum": ["pendant", "wrist", "bedside", "bathroom", "cord"]},
        "fall": {"type": "boolean", "const": True},
        "move": {"type": "boolean", "const": True},
        "docked": {"type": "boolean"},
        "medicine": {"type": "integer", "minimum": 1, "maximum": 64},
        "pulse": {"type": "integer", "unit": "beat/min", "minimum": 20, "maximum": 250},
        "pressure": {
            "type": "object",
            "required": ["sys", "dia"],
            "properties": {"sys": PRESSURE, "dia": PRESSURE},
            "additionalProperties": False,
        },
    }

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.docked = False
        self.state = "none"
        self.called = 0.0
        self.still = 0.0
        self._alarmed = False
        self.pulse = self.rest = random.uniform(62, 78)
        self.pressure = {"sys": random.randrange(118, 142), "dia": random.randrange(70, 88)}

    def plugged(self) -> bool:
        """Lie on the dock."""
        return self.docked

    def run(self, seconds: float) -> None:
        """Let the call age, watch for signs of life."""
        if self.state != "none":
            self.called += seconds
        if self.state == "calling" and self.called >= self.settings["escalateAfter"]:
            self.state = "escalated"
            self.happen("sosEscalated", after=round(self.called, 1))
        self.still += seconds
        if self.still >= 3600 * self.settings["inactivityLimit"] and not self._alarmed:
            self._alarmed = True
            self.happen("inactive", limit=self.settings["inactivityLimit"])
            self._call("inactivity")
        self.pulse += (self.rest - self.pulse) * min(1.0, seconds / 600) + self.random.gauss(0, 0.1) * seconds**0.5
        self.spend(CALL_WATTS if self.state != "none" else IDLE_WATTS, seconds)

    def _call(self, button: str) -> None:
        """Begin a call, unless there is one."""
        if self.state == "none":
            self.state, self.called = "calling", 0.0
            self.happen("sos", button=button, location="home")

    def _moved(self) -> None:
        self.still, self._alarmed = 0.0, False

    def changed(self, names: Collection[str]) -> None:
        """Take a longer watch as a new one."""
        if "inactivityLimit" in names:
            self._alarmed = self.still >= 3600 * self.settings["inactivityLimit"] and self._alarmed

    def begin(self, action: str, input: Any) -> Procedure | Any:
        """Close the call: a carer took it on."""
        if action == "acknowledgeSos":
            self.state = "none"
            self.happen("sosClosed", by=input["by"], after=round(self.called, 1))
            return None
        return super().begin(action, input)

    def readings(self) -> dict[str, Any]:
        """Call, signs of life, values of the body."""
        return super().readings() | {
            "sosState": self.state,
            "lastActivity": self.still / 3600,
            "heartRate": self.pulse,
            "bloodPressure": dict(self.pressure),
        }

    def touch(self, name: str, value: Any) -> None:
        """Press, fall, move; take a pulse."""
        match name:
            case "press":
                self._moved()
                self._call(value)
            case "fall":
                self.happen("fall", confidence=0.9, location="home")
                self._call("fall")
            case "move":
                self._moved()
            case "docked":
                self.docked = value
            case "medicine":
                self.happen("medicineDue", slot=value)
            case "pulse":
                self.pulse = float(value)
            case "pressure":
                self.pressure = dict(value)
            case _:
                super().touch(name, value)

    def kept(self) -> dict[str, Any]:
        """Keep a call that nobody took on yet."""
        return super().kept() | {"state": self.state}

    def recalled(self, kept: Mapping[str, Any]) -> None:
        """Go on calling."""
        super().recalled(kept)
        self.state = str(kept["state"])

    def truth(self) -> dict[str, Any]:
        """Call and signs of life."""
        return super().truth() | {"sosState": self.state, "called": self.called, "still": self.still}

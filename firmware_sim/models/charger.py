"""A charger with three ports, or one for a car: each port agrees on a protocol, charges what hangs on it, and tapers off as it fills.

All ports together never give more than the charger has: the first ones are served first. Too hot it trips; it is reset by its button once
it is cool.
"""

from collections.abc import Mapping
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.charger_port import Port
from firmware_sim.models.model import Check, Model
from firmware_sim.surface import Surface

STANDBY_WATTS, LOSS = 0.1, 0.09
HOT, COOL = 95.0, 60.0
"""Cel at which it trips, and below which it can be reset."""
FREE, BODY = 0.25, 45.0
"""Watts a kelvin that leave the case; joules a kelvin."""
TOO_HOT = "THERMAL.CHARGER-HOT"
BUSIEST = ("charging", "negotiating", "full", "idle")


class Charger(Model):
    """100 W on two C and one A port; with the feature EV 7 kW on one plug."""

    KIND = "charger"
    PREFIX = "charger"
    FEATURES = ("LIM", "PRO", "TMP", "OVT", "MTR", "MNS", "HRS", "IDF")
    PRODUCT = "HS-G100"
    SETTINGS: ClassVar[Mapping[str, Any]] = {"power": True, "limitCurrent": 32.0, "powerOnState": "last"}
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "plugIn": {
            "type": "object",
            "required": ["port", "wattHours", "percent"],
            "properties": {
                "port": {"type": "string", "enum": ["c1", "c2", "a1", "ev"]},
                "wattHours": {"type": "number", "minimum": 1, "maximum": 120000},
                "percent": {"type": "number", "minimum": 0, "maximum": 100},
            },
            "additionalProperties": False,
        },
        "plugOut": {"type": "string", "enum": ["c1", "c2", "a1", "ev"]},
        "ambient": {"type": "number", "unit": "Cel", "minimum": -20, "maximum": 90},
        "button": {"type": "boolean", "const": True},
    }

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.rated = 100.0
        self.ports = [Port("c1", "PD", 20.0, 100.0), Port("c2", "PPS", 11.0, 33.0), Port("a1", "QC", 9.0, 18.0)]
        self.ambient = 25.0
        self.temperature = 25.0
        self.tripped = False
        self.session = 0.0

    def furnish(self, surface: Surface) -> None:
        """Learn whether it charges cars."""
        super().furnish(surface)
        if "sessionEnergy" in surface.properties:
            self.rated, self.ports = 7040.0, [Port("ev", "AC-EV", 220.0, 7040.0)]

    def run(self, seconds: float) -> None:
        """Serve the ports, warm up, watch the heat."""
        on = self.powered and self.settings["power"] and "charging" not in self.disabled
        left = self.rated
        for port in self.ports:
            most = min(left, port.volts * self.settings["limitCurrent"])
            left -= port.step(seconds, most) if on else port.rest()
        given = sum(port.watts for port in self.ports)
        self.session += given * seconds / 3.6e6 if any(port.load for port in self.ports) else 0.0
        self.watts = given * (1 + LOSS) + STANDBY_WATTS
        rise = given * LOSS / (FREE * self.rated / 100)
        self.temperature += (self.ambient + rise - self.temperature) * min(1.0, seconds * FREE / BODY)
        if self.temperature >= HOT and self.powered and not self.tripped:
            self._trip()

    def _trip(self) -> None:
        self.tripped, self.settings["power"] = True, False
        for port in self.ports:
            port.rest()
        self.watts = STANDBY_WATTS
        self.trouble(TOO_HOT, freeze={"temperature": round(self.temperature, 1)})
        self.happen("overTemperature", temperature=round(self.temperature, 1))

    def _press(self) -> None:
        """Reset when it is cool, else toggle; a hot one does not react."""
        if not self.tripped:
            self.settings["power"] = not self.settings["power"]
            self._settings_followed()
        elif self.temperature < COOL:
            self.tripped = False
            self.trouble(TOO_HOT, on=False)

    def _settings_followed(self) -> None:
        if not self.settings["power"]:
            for port in self.ports:
                port.rest()

    def changed(self, names: Any) -> None:
        """Let go of the ports when it is switched off."""
        del names
        self._settings_followed()

    def repaired(self, code: str) -> None:
        """Let it cool down."""
        if code == TOO_HOT and self.tripped:
            self.tripped, self.temperature = False, self.ambient

    @property
    def state(self) -> str:
        """The busiest port counts."""
        if self.tripped:
            return "fault"
        return min((port.state for port in self.ports), key=BUSIEST.index)

    def readings(self) -> dict[str, Any]:
        """Ports, state, heat."""
        return super().readings() | {
            "ports": [port.document() for port in self.ports],
            "state": self.state,
            "maxPower": self.rated,
            "protocols": sorted({port.protocol for port in self.ports}),
            "chargerTemperature": self.temperature,
            "sessionEnergy": self.session,
        }

    def touch(self, name: str, value: Any) -> None:
        """Plug something in or out, heat the corner, press the button."""
        match name:
            case "plugIn":
                self._port(value["port"], lambda port: port.connect(value["wattHours"], value["percent"]))
            case "plugOut":
                self._port(value, Port.disconnect)
            case "ambient":
                self.ambient = float(value)
            case "button":
                self._press()
            case _:
                super().touch(name, value)

    def _port(self, identifier: str, deed: Any) -> None:
        """Do something at a port, if it has that one; a new cable begins a new session."""
        for port in self.ports:
            if port.identifier == identifier:
                deed(port)
                self.session = 0.0 if port.load else self.session

    def lit(self, outage: float) -> None:
        """Come back as `powerOnState` says, unless the cut-off holds; agree with every port anew."""
        super().lit(outage)
        self.settings["power"] = self.settings["power"] and not self.tripped
        for port in self.ports:
            port.rest()

    def kept(self) -> dict[str, Any]:
        """Keep the latch."""
        return {"tripped": self.tripped}

    def recalled(self, kept: Mapping[str, Any]) -> None:
        """Take the latch back, and its fault."""
        self.tripped = bool(kept["tripped"])
        if self.tripped:
            self.trouble(TOO_HOT)

    def checks(self) -> list[Check]:
        """Supply and heat."""
        return [*super().checks(), Check("temperature", passed=self.temperature < HOT - 15 and not self.tripped, suspects=(TOO_HOT,))]

    def truth(self) -> dict[str, Any]:
        """Ports, heat, latch."""
        return super().truth() | {
            "given": sum(port.watts for port in self.ports),
            "temperature": self.temperature,
            "tripped": self.tripped,
            "percent": {port.identifier: port.percent for port in self.ports if port.load},
        }

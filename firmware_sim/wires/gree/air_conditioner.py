"""The board of an air conditioner: its columns from the simulated appliance, and what a `cmd` presses on it.

What the standard has no word for (sideways louvre, display, ioniser, fresh air, fan after-run, frost guard) the board remembers itself.
Quirks: `add-half` keeps half degrees in a column of its own, `whole` knows none, `plain-sensor` adds no 40 to what it measures.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from firmware_sim.appliance import Appliance
from firmware_sim.wires.gree.degrees import fahrenheit, from_fahrenheit, halves, sensed
from firmware_sim.wires.press import press

MODES = ("auto", "cool", "dry", "fan", "heat")
"""`Mod` counts them from 0."""
SPEEDS = {0: "auto", 1: "low", 2: "low", 3: "medium", 4: "medium", 5: "high"}
"""`WdSpd` to fan mode; five-speed units have all, three-speed ones 1, 3 and 5."""
HUSH = 2
"""What `Quiet` shows once it is on."""
RANGES = {
    "Pow": (0, 1), "Mod": (0, 4), "SetTem": (16, 30), "TemUn": (0, 1), "TemRec": (0, 1), "Add0.5": (0, 1), "WdSpd": (0, 5),
    "SwUpDn": (0, 11), "SwingLfRig": (0, 6), "Quiet": (0, 3), "Tur": (0, 1), "SwhSlp": (0, 1), "SlpMod": (0, 3), "Lig": (0, 1),
    "Health": (0, 1), "Air": (0, 1), "Blo": (0, 1), "StHt": (0, 1), "SvSt": (0, 1), "Dmod": (0, 15), "Dwet": (0, 13),
}  # fmt: skip
"""What can be written, and from where to where; anything else is left out."""
PART = {"SvSt": "ECO", "SwUpDn": "SWV", "SwhSlp": "SLP", "SlpMod": "SLP", "Dmod": "HUM", "Dwet": "HUM"}
"""Columns that only units with a feature have."""
OWN = ("TemUn", "SwingLfRig", "Lig", "Health", "Air", "Blo", "StHt")
SWINGING = (1, 7, 8, 9, 10, 11)
"""`SwUpDn` when the louvre moves; 0 and 2 to 6 are places where it stands."""


class AirConditioner:
    """The board of one unit; `columns` counts what it shows now."""

    MID: ClassVar[str] = "10001"

    def __init__(self, appliance: Appliance, quirks: frozenset[str]) -> None:
        self._appliance = appliance
        self._plain = "plain-sensor" in quirks
        self._half = None if "whole" in quirks else "Add0.5" if "add-half" in quirks else "TemRec"
        self._kept = dict.fromkeys(OWN, 0) | {"Lig": 1, "WdSpd": 0, "Louvre": 0, "Quiet": HUSH, "TemUn": int("fahrenheit" in quirks)}

    def columns(self) -> dict[str, int]:
        """Return everything it shows now."""
        values = self._appliance.values()
        told = {
            "Pow": int(bool(values.get("power"))),
            "Mod": MODES.index(values["mode"]) if values.get("mode") in MODES else 0,
            "SwUpDn": self._louvre(bool(values.get("verticalSwing"))),
            "SwhSlp": int(values.get("sleepMode") == "on"),
            "SlpMod": int(values.get("sleepMode") == "on"),
            "SvSt": int(bool(values.get("eco"))),
            "HeatCoolType": 0,
            "AllErr": int(bool(values.get("faults"))),
            "TemSen": sensed(values.get("roomTemperature"), plain=self._plain),
        }
        told |= self._target(float(values.get("targetTemperature", 26))) | self._fan(str(values.get("fanMode", "auto")))
        told |= {name: self._kept[name] for name in OWN} | self._extras(values)
        return {name: number for name, number in told.items() if PART.get(name) in {None, *self._appliance.features}}

    def obey(self, asked: Mapping[str, Any]) -> None:
        """Do what it can of what is asked."""
        known = {name: value for name, value in asked.items() if _fits(name, value)}
        shown = self.columns() | known
        have = self._appliance.values()
        self._kept |= {name: known[name] for name in (*OWN, "WdSpd") if name in known}
        self._kept |= {"Louvre": known["SwUpDn"]} if "SwUpDn" in known else {}
        self._kept |= {"Quiet": known["Quiet"]} if known.get("Quiet") else {}
        wanted = self._wanted(known, shown)
        press(self._appliance, {name: value for name, value in wanted.items() if name in have and have[name] != value})

    def _wanted(self, known: Mapping[str, int], shown: Mapping[str, int]) -> dict[str, Any]:
        wanted: dict[str, Any] = {}
        if "Pow" in known:
            wanted["power"] = bool(known["Pow"])
        if "Mod" in known:
            wanted["mode"] = MODES[known["Mod"]]
        if known.keys() & {"SetTem", "TemRec", "Add0.5"}:
            wanted["targetTemperature"] = self._degrees(shown)
        if known.keys() & {"WdSpd", "Quiet", "Tur"}:
            wanted["fanMode"] = "turbo" if shown["Tur"] else "quiet" if shown["Quiet"] else SPEEDS[shown["WdSpd"]]
        if "SwUpDn" in known:
            wanted["verticalSwing"] = known["SwUpDn"] in SWINGING
        if "SwhSlp" in known:
            wanted["sleepMode"] = "on" if known["SwhSlp"] else "off"
        if "SvSt" in known:
            wanted["eco"] = bool(known["SvSt"])
        if known.get("Dwet"):
            wanted["targetHumidity"] = known["Dwet"] * 5 + 15
        return wanted

    def _degrees(self, shown: Mapping[str, int]) -> float:
        if shown["TemUn"]:
            return halves((fahrenheit(shown["SetTem"], shown["TemRec"]) - 32) / 1.8)
        return shown["SetTem"] + (0.5 if self._half is not None and shown[self._half] else 0.0)

    def _target(self, degrees: float) -> dict[str, int]:
        own = {"Add0.5": 0} if self._half == "Add0.5" else {}
        if self._kept["TemUn"]:
            whole, above = from_fahrenheit(round(degrees * 1.8 + 32))
            return own | {"SetTem": whole, "TemRec": above}
        half = {self._half: int(degrees % 1 >= 0.5)} if self._half is not None else {}  # noqa: PLR2004 - half a degree
        return {"SetTem": int(degrees), "TemRec": 0} | own | half

    def _fan(self, mode: str) -> dict[str, int]:
        if mode in SPEEDS.values() and SPEEDS[self._kept["WdSpd"]] != mode:
            self._kept["WdSpd"] = next(number for number in (0, 1, 3, 5) if SPEEDS[number] == mode)
        return {"WdSpd": self._kept["WdSpd"], "Quiet": self._kept["Quiet"] if mode == "quiet" else 0, "Tur": int(mode == "turbo")}

    def _louvre(self, swinging: bool) -> int:
        if (self._kept["Louvre"] in SWINGING) is not swinging:
            self._kept["Louvre"] = int(swinging)
        return self._kept["Louvre"]

    def _extras(self, values: Mapping[str, Any]) -> dict[str, int]:
        """Return what only some units measure, and the dryness they aim at."""
        extras = {}
        if "OUT" in self._appliance.features:
            extras["OutEnvTem"] = sensed(values.get("outdoorTemperature"), plain=self._plain)
        if "HUM" in self._appliance.features:
            extras["DwatSen"] = round(values.get("roomHumidity") or 0)
            extras |= {"Dmod": 0, "Dwet": (int(values.get("targetHumidity") or 15) - 15) // 5}
        return extras


def _fits(name: str, value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int) or name not in RANGES:
        return False
    return RANGES[name][0] <= value <= RANGES[name][1]

"""The board of a dehumidifier: it shares the words of the air conditioners and has some of its own.

`Dwet` 3 to 13 is the humidity it keeps, in steps of five per cent from 30. `Dmod` 0 keeps it, 1 runs on whatever the air is like, 2 is
the make's own idea of comfort (it shows 30 per cent then). `DwatFul`: the tank is full; `Dfltr`: the filter wants cleaning.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from firmware_sim.appliance import Appliance
from firmware_sim.wires.gree.degrees import sensed
from firmware_sim.wires.press import press

MODES = {0: "auto", 1: "manual", 2: "auto"}
SHOWN = {"auto": 0, "sleep": 0, "manual": 1, "laundry": 1}
RANGES = {"Pow": (0, 1), "Dmod": (0, 2), "Dwet": (3, 13), "WdSpd": (1, 3), "Lig": (0, 1), "Health": (0, 1), "Dfltr": (0, 1)}
OWN = ("WdSpd", "Lig", "Health", "Dfltr")


class Dehumidifier:
    """The board of one unit."""

    MID: ClassVar[str] = "13802"

    def __init__(self, appliance: Appliance, quirks: frozenset[str]) -> None:
        self._appliance = appliance
        self._plain = "plain-sensor" in quirks
        self._kept = {"WdSpd": 1, "Lig": 1, "Health": 0, "Dfltr": 0}

    def columns(self) -> dict[str, int]:
        """Return everything it shows now."""
        values = self._appliance.values()
        told = {
            "Pow": int(bool(values.get("power"))),
            "Dmod": SHOWN.get(str(values.get("mode")), 0),
            "Dwet": (int(values.get("targetHumidity", 50)) - 15) // 5,
            "DwatSen": round(values.get("roomHumidity") or 0),
            "DwatFul": int(values.get("tank") == "full"),
            "AllErr": int(bool(values.get("faults"))),
            "TemUn": 0,
            "TemRec": 0,
        }
        if "roomTemperature" in values:
            told["TemSen"] = sensed(values["roomTemperature"], plain=self._plain)
        return told | self._kept

    def obey(self, asked: Mapping[str, Any]) -> None:
        """Do what it can of what is asked."""
        known = {name: value for name, value in asked.items() if _fits(name, value)}
        self._kept |= {name: known[name] for name in OWN if name in known}
        wanted: dict[str, Any] = {}
        if "Pow" in known:
            wanted["power"] = bool(known["Pow"])
        if "Dmod" in known:
            wanted["mode"] = MODES[known["Dmod"]]
        if "Dwet" in known:
            wanted["targetHumidity"] = known["Dwet"] * 5 + 15
        have = self._appliance.values()
        press(self._appliance, {name: value for name, value in wanted.items() if have.get(name) != value})


def _fits(name: str, value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int) or name not in RANGES:
        return False
    return RANGES[name][0] <= value <= RANGES[name][1]

"""The appliance's own list of what is wrong with it, worded by the standard's fault catalogue."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from firmware_sim.profile import FOLDER, read

UNKNOWN = "VENDOR.UNKNOWN"
_SHAPE = re.compile(r"[A-Z]+(\.[A-Z0-9-]+)+\Z")


@cache
def catalogue(folder: Path = FOLDER) -> Mapping[str, Mapping[str, Any]]:
    """Return code -> entry of the fault catalogue."""
    entries: Mapping[str, Mapping[str, Any]] = read(folder / "reference" / "faults-1.yaml")["faults"]
    return entries


class FaultBook:
    """Present faults by code, each a fault object of the base profile, and how often each was seen."""

    def __init__(self) -> None:
        self._present: dict[str, dict[str, Any]] = {}
        self._count: dict[str, int] = {}

    def add(self, code: str, since: str, freeze: Mapping[str, Any]) -> dict[str, Any] | None:
        """Enter a fault; return its object, or None when it was there already. A code without an entry travels as the vendor's own."""
        if code in self._present:
            return None
        self._count[code] = self._count.get(code, 0) + 1
        entry = catalogue().get(code)
        fault: dict[str, Any] = {"code": code if entry else UNKNOWN, "since": since, "count": self._count[code]}
        if entry is None:
            fault["vendor"] = code[:64]
        entry = entry or catalogue()[UNKNOWN]
        kept = ("severity", "component", "latched", "effect", "remedy", "hint", "map")
        fault |= {name: entry[name] for name in kept if name in entry} | {"freeze": dict(freeze)}
        self._present[code] = fault
        return fault

    def remove(self, code: str) -> dict[str, Any] | None:
        """Take a fault out; return its object, or None when it was not there."""
        return self._present.pop(code, None)

    def latched(self, code: str) -> bool:
        """Whether a present fault stays until somebody resets it."""
        return bool(self._present.get(code, {}).get("latched"))

    def document(self) -> list[dict[str, Any]]:
        """Return the value of the `faults` property, oldest first."""
        return [dict(fault) for fault in self._present.values()]

    def effects(self) -> frozenset[str]:
        """Return what no longer works."""
        return frozenset(effect for fault in self._present.values() for effect in fault.get("effect", ()))

    def codes(self) -> tuple[str, ...]:
        """Return the codes as they were raised."""
        return tuple(self._present)


def well_formed(code: str) -> bool:
    """Whether a text looks like a fault code, such as REFRIG.LOW-CHARGE or E5 of a vendor."""
    return bool(_SHAPE.match(code)) or bool(re.fullmatch(r"[A-Za-z0-9._-]{1,64}", code))


def blind_property(code: str) -> str:
    """Return the property whose sensor a code is about: SENSOR.ROOM-TEMPERATURE means roomTemperature; empty for other faults."""
    family, _, rest = code.partition(".")
    if family != "SENSOR":
        return ""
    first, *others = rest.lower().split("-")
    return first + "".join(word.capitalize() for word in others)

"""What comes in the box: identity, life record header, safe-use term and label of a made-up maker.

Years, standards and catalogue numbers come from the tables of the standard (`profiles/reference`), read here on the simulator's own: a
label names the standard that was in force when the unit was made. A kind of which the tables know nothing shows an empty list and
`unknown`.
"""

import hashlib
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Any

from firmware_sim.profile import FOLDER, read

PRINTED: dict[str, dict[str, Any]] = {
    "air-conditioner": {"grade": 3, "value": 4.1},
    "refrigerator": {"grade": 2, "value": 0.62, "annual": {"v": 226, "u": "kWh"}},
    "washing-machine": {"grade": 1},
    "uhd-tv": {"grade": 2},
    "set-top-box": {"grade": 2},
    "electric-water-heater": {"grade": 1},
    "gas-water-heater": {"grade": 2},
    "range-hood": {"grade": 1},
    "gas-hob": {"grade": 2},
    "induction-hob": {"grade": 3},
    "microwave": {"grade": 2},
    "dishwasher": {"grade": 2},
    "rice-cooker": {"grade": 3},
    "water-purifier": {"grade": 2},
    "air-purifier": {"grade": 2, "value": 10.2},
    "fan": {"grade": 1},
    "office-device": {"grade": 2},
}
"""Kind -> what the label of the simulated product says beside the standard; `value` in the metric of the standard.

While the number of grades of a standard is not known, its label is left out.
"""

REFRIGERANTS: dict[str, tuple[str, float]] = {"air-conditioner": ("R32", 0.68), "refrigerator": ("R600a", 0.052)}
"""Kind -> refrigerant and charge in kg."""

MAKER = "Hulian Simulator Works"
MOUNTED = timedelta(days=4)
"""From the purchase to the fitter's visit, for what is installed by a professional."""


class Papers:
    """Drawn once per unit from its seed; dates lie within the years before 2026-07."""

    def __init__(self, product: str, kind: str, random: Random) -> None:
        self.product = product
        self.kind = kind
        self.serial = f"SIM{random.randrange(10**10):010d}"
        self.made = date(2026, 6, 30) - timedelta(days=random.randrange(60, 1500))
        self.bought = self.made + timedelta(days=random.randrange(10, 60))
        self.facts: dict[str, Any] = {}
        self.claims: list[str] = []

    @property
    def installed(self) -> date | None:
        """The day a professional installed it; None for what its owner plugs in."""
        return self.bought + MOUNTED if _term(self.kind).get("start") == "installation" else None

    def readings(self) -> dict[str, Any]:
        """Return identity, life, safeUse, claims and energyLabel as the base profile names them."""
        return {
            "identity": self._identity(),
            "life": self._life(),
            "safeUse": self._safe_use(),
            "claims": list(self.claims),
            "energyLabel": self._labels(),
        }

    def _identity(self) -> dict[str, Any]:
        return {
            "maker": MAKER,
            "brand": "Hulian Sim",
            "model": self.product,
            "hw": "1",
            "sw": "1.0.0",
            "made": self.made.isoformat(),
            "serialHash": hashlib.sha256(self.serial.encode()).hexdigest(),
        }

    def _life(self) -> dict[str, Any]:
        header: dict[str, Any] = {
            "maker": MAKER,
            "brand": "Hulian Sim",
            "model": self.product,
            "serialHash": hashlib.sha256(self.serial.encode()).hexdigest(),
            "made": self.made.isoformat(),
            "purchased": self.bought.isoformat(),
        }
        if self.installed is not None:
            header |= {"installed": self.installed.isoformat(), "proInstalled": True}
        if (years := _term(self.kind).get("years")) is not None:
            header |= {"safeUseYears": years, "basis": _term(self.kind)["basis"]}
        if (number := _waste_number(self.kind)) is not None:
            header["weee"] = number
        if self.kind in REFRIGERANTS:
            refrigerant, charge = REFRIGERANTS[self.kind]
            header["hazards"] = [{"kind": refrigerant, "kg": charge}]
        return {"header": header, "entries": []}

    def _safe_use(self) -> dict[str, Any]:
        """Only the term's end is the unit's to tell; what is left of it depends on today and is the gateway's."""
        years = _term(self.kind).get("years")
        if years is None:
            return {"state": "unknown"}
        start = self.installed or self.bought
        last_day = 28 if (start.month, start.day) == (2, 29) and years % 4 else start.day
        return {"until": start.replace(year=start.year + years, day=last_day).isoformat(), "state": "ok"}

    def _labels(self) -> list[dict[str, Any]]:
        """Return one label for each scheme of the standard in force on the day it was made."""
        printed = PRINTED.get(self.kind)
        standard = _label_standard(self.kind, self.made.isoformat())
        if printed is None or standard is None or standard["grades"] is None or _left_out(standard, self.facts):
            return []
        label = {"std": standard["id"], "gradesTotal": standard["grades"], **printed}
        if standard["metric"] is not None:
            label["metric"] = standard["metric"]
        return [{"scheme": scheme, **label} for scheme in standard["schemes"]]


def _table(name: str) -> Mapping[str, Any]:
    return read(FOLDER / "reference" / f"{name}-1.yaml")


@cache
def _term(kind: str) -> Mapping[str, Any]:
    rows: list[Mapping[str, Any]] = _table("safe-use-years")["kinds"]
    return next((row for row in rows if row["kind"] == kind), {})


@cache
def _waste_number(kind: str) -> int | None:
    rows: list[Mapping[str, Any]] = _table("waste-catalogue")["items"]
    return next((int(row["number"]) for row in rows if kind in row["kinds"]), None)


@cache
def _label_standard(kind: str, day: str) -> Mapping[str, Any] | None:
    """Return the standard in force on a day (ISO, so texts compare as days do), the newest where there are two."""
    rows: list[Mapping[str, Any]] = _table("label-standards")["standards"]
    fitting = [row for row in rows if kind in row["kinds"] and row["from"] is not None and row["from"] <= day]
    return max((row for row in fitting if row["until"] is None or day <= row["until"]), key=lambda row: str(row["from"]), default=None)


def _left_out(standard: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
    """Whether a standard leaves out units with these facts, as that of set-top boxes leaves out direct broadcast satellite."""
    return any(facts.get(name) in values for name, values in standard.get("except", {}).items())

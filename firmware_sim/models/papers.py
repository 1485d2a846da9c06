"""What comes in the box: identity, life record header, safe-use term and label of a made-up maker."""

import hashlib
from datetime import date, timedelta
from random import Random
from typing import Any

SAFE_YEARS: dict[str, tuple[int, str]] = {
    "refrigerator": (10, "T/CHEAA 0011.1-2020"),
    "washing-machine": (8, "T/CHEAA 0011.2-2020"),
    "air-conditioner": (10, "T/CHEAA 0011.3-2020"),
}
"""Kind -> years of safe use and the document they stand in; other kinds have none."""

LABELS: dict[str, dict[str, Any]] = {
    "air-conditioner": {"scheme": "CEL", "std": "GB 21455-2019", "grade": 2, "gradesTotal": 5, "metric": "APF", "value": 4.6},
}
"""Kind -> its energy label; a kind without one shows an empty list."""

MAKER = "Hulian Simulator Works"


class Papers:
    """Drawn once per unit from its seed; dates lie within the years before 2026-07."""

    def __init__(self, product: str, kind: str, random: Random) -> None:
        self.product = product
        self.kind = kind
        self.serial = f"SIM{random.randrange(10**10):010d}"
        self.made = date(2026, 6, 30) - timedelta(days=random.randrange(60, 1500))
        self.bought = self.made + timedelta(days=random.randrange(10, 60))

    def readings(self) -> dict[str, Any]:
        """Return identity, life, safeUse, claims and energyLabel as the base profile names them."""
        return {
            "identity": self._identity(),
            "life": self._life(),
            "safeUse": self._safe_use(),
            "claims": [],
            "energyLabel": [LABELS[self.kind]] if self.kind in LABELS else [],
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
        if self.kind in SAFE_YEARS:
            years, basis = SAFE_YEARS[self.kind]
            header |= {"safeUseYears": years, "basis": basis}
        return {"header": header, "entries": []}

    def _safe_use(self) -> dict[str, Any]:
        """Only the term's end is the unit's to tell; what is left of it depends on today and is the gateway's."""
        if self.kind not in SAFE_YEARS:
            return {"state": "unknown"}
        end = self.bought.replace(year=self.bought.year + SAFE_YEARS[self.kind][0], day=min(self.bought.day, 28))
        return {"until": end.isoformat(), "state": "ok"}

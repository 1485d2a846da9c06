"""A part that wears out: how much is left of it, and when to say so."""

from datetime import date
from typing import Any


class Consumable:
    """One entry of `consumables`; `life` in hours of use (or another measure the kind wears it by), `fault` its code when spent."""

    def __init__(
        self,
        identifier: str,
        kind: str,
        *,
        life: float,
        used: float,
        part: str,
        installed: date,
        fault: str = "CONSUMABLE.FILTER-SPENT",
    ) -> None:
        self.identifier = identifier
        self.kind = kind
        self.life = life
        self.used = used
        self.part = part
        self.installed = installed
        self.fault = fault
        self.order_at = 15
        self.told = self._state()

    @property
    def remaining(self) -> int:
        """Percent left, 0..100."""
        return max(0, min(100, round(100 * (1 - self.used / self.life))))

    def wear(self, hours: float) -> str | None:
        """Use it; return `consumableLow` or `consumableSpent` once, when it becomes so."""
        self.used += hours
        before, self.told = self.told, self._state()
        return self.told if self.told != before else None

    def _state(self) -> str | None:
        if self.remaining > self.order_at:
            return None
        return "consumableLow" if self.remaining > 0 else "consumableSpent"

    def recall(self, used: float) -> None:
        """Take over how much of it was used before; nothing is said about it."""
        self.used = used
        self.told = self._state()

    def reset(self) -> None:
        """Put a new one in."""
        self.used, self.told = 0.0, None

    def document(self) -> dict[str, Any]:
        """Return the entry as the profile writes it."""
        return {
            "id": self.identifier,
            "kind": self.kind,
            "remaining": self.remaining,
            "orderAt": self.order_at,
            "partNo": self.part,
            "installed": self.installed.isoformat(),
            "genuine": "unknown",
        }

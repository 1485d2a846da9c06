"""Between what a measured value has to be: near something, at most, at least, or one of several words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from gateway.home.merge import same
from gateway.thing.value import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of one effect; `low` and `high` in the property's unit, None where there is none; `words`: what it may be instead."""

    low: float | None = None
    high: float | None = None
    words: tuple[Value, ...] = ()

    def hold(self, value: Value) -> bool:
        """Return whether a value is within."""
        if self.words:
            return any(same(value, word) for word in self.words)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def document(self) -> dict[str, Any]:
        """Return them as JSON."""
        if self.words:
            return {"is": list(self.words)}
        return {name: end for name, end in (("atLeast", self.low), ("atMost", self.high)) if end is not None}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Return the limits a document says."""
        return cls(low=document.get("atLeast"), high=document.get("atMost"), words=tuple(document.get("is", ())))

"""What a unit says it can do (answer B5): numbered entries, perhaps in two parts, and rules over them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.drivers.midea.frame import QUERY, Frame

ANSWER = 0xB5
ASK = bytes([ANSWER, 1, 0])
ASK_MORE = bytes([ANSWER, 1, 1, 1])
_HEAD = 3
_TAIL = 2
_NEVER_NAMED = -1
"""A capability that no unit names."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Number of a capability to its bytes; `more`: the unit has a second part to tell."""

    entries: Mapping[int, bytes] = field(default_factory=dict)
    more: bool = False

    def first(self, number: int) -> int | None:
        """Return the first byte of an entry, None when the unit did not name it."""
        value = self.entries.get(number)
        return value[0] if value else None


def is_answer(frame: Frame) -> bool:
    """Whether a frame answers the question (some units send something else under the same number unasked)."""
    return frame.purpose == QUERY and frame.body[:1] == bytes([ANSWER])


def decode_capabilities(body: bytes) -> Capabilities:
    """Read an answer as far as it goes: what is cut off is left out."""
    entries: dict[int, bytes] = {}
    at = 2
    for _ in range(body[1] if len(body) > 1 else 0):
        if len(body) < at + _HEAD:
            break
        size = body[at + 2]
        if size and len(body) >= at + _HEAD + size:
            entries[int.from_bytes(body[at : at + 2], "little")] = body[at + _HEAD : at + _HEAD + size]
        at += _HEAD + size
    rest = body[at:]
    return Capabilities(entries, more=len(rest) >= _TAIL and rest[-_TAIL] != 0)


@dataclass(frozen=True, slots=True)
class Rule:
    """When a feature or a word is there: the capability's first byte is in `values`; `unsaid` decides when the unit does not name it.

    `feature`: another feature that must be there. `shown`: a property the unit must have shown a value of.
    """

    capability: int | None = None
    values: frozenset[int] = frozenset()
    unsaid: bool = False
    feature: str | None = None
    shown: str | None = None

    def holds(self, capabilities: Capabilities) -> bool:
        """Whether the capability allows it; `feature` and `shown` are the asker's to check."""
        if self.capability is None:
            return True
        value = capabilities.first(self.capability)
        return self.unsaid if value is None else value in self.values


def rule(spec: Mapping[str, Any]) -> Rule:
    """Return the rule written as `{capability, in, unsaid, requires, shows}`, or as `{never: true}`."""
    return Rule(
        capability=_NEVER_NAMED if spec.get("never") else spec.get("capability"),
        values=frozenset(spec.get("in", ())),
        unsaid=bool(spec.get("unsaid", False)),
        feature=spec.get("requires"),
        shown=spec.get("shows"),
    )

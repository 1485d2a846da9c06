"""The step that tells people something.

    - notify:
        text: {en: The kettle was not used this morning, zh-Hans: 今天早上没有用过水壶}
        until: acknowledged
        again: PT10M
        times: 3
        escalate:
          - {after: PT30M, text: {en: Nobody has answered. Please look in, zh-Hans: 无人应答}}

Told once where `until` is left out. `until: acknowledged`: told again every `again`, `times` times in all, until somebody acknowledges it.
Each step of `escalate` begins so long after the one before, with a text of its own, and is told as often.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from gateway.scenes.words import Text

AGAIN: Final = 600.0
TIMES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """One step further: `after` seconds without an answer, in these words."""

    after: float
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """A step that tells people something; `again` in seconds, `times` it is told at each level."""

    line: int
    at: str = ""
    text: Text
    acknowledged: bool = False
    again: float = AGAIN
    times: int = 1
    escalate: tuple[Escalation, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        told = {"line": self.line, "text": dict(self.text), "until": "acknowledged" if self.acknowledged else "told"}
        steps = [{"after": step.after, "text": dict(step.text)} for step in self.escalate]
        return told | {"again": self.again, "times": self.times, "escalate": steps}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Return what a document says."""
        return cls(
            line=document["line"],
            text=document["text"],
            acknowledged=document["until"] == "acknowledged",
            again=document["again"],
            times=document["times"],
            escalate=tuple(Escalation(after=step["after"], text=step["text"]) for step in document["escalate"]),
        )

"""What became of a scene: every device with its outcome, nothing left unsaid; kept so that it can be undone, and told after a restart."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gateway.thing.value import Value


class Outcome(StrEnum):
    """How one task ended on one device."""

    DONE = "done"
    ALREADY = "already"
    LATE = "late"
    FAILED = "failed"
    UNREACHABLE = "unreachable"
    ROLLED_BACK = "rolledBack"
    NOT_ROLLED_BACK = "notRolledBack"
    NOT_TRIED = "notTried"

    @property
    def good(self) -> bool:
        """Return whether the device is as the scene wants it."""
        return self in {Outcome.DONE, Outcome.ALREADY}


@dataclass(slots=True, kw_only=True)
class Line:
    """One device in one wave. `asked`: values, or the action; `seconds` it took; `detail`: why, in words."""

    device: str
    asked: Mapping[str, Value]
    action: str
    outcome: Outcome
    detail: str = ""
    seconds: float = 0.0
    lines: tuple[int, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        what: dict[str, Any] = {"invoke": self.action} if self.action else {"set": dict(self.asked)}
        more = {"detail": self.detail} if self.detail else {}
        return {
            "device": self.device,
            **what,
            "outcome": self.outcome.value,
            "seconds": round(self.seconds, 3),
            "lines": list(self.lines),
            **more,
        }


@dataclass(slots=True, kw_only=True)
class Report:
    """A run of a scene. `before`: what each device showed before the first command, of what was to be changed; times are epoch seconds."""

    id: str
    scene: str
    by: str
    began: float
    ended: float | None = None
    lines: list[Line] = field(default_factory=list)
    before: dict[str, dict[str, Value]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    why: str = ""
    """Why it ended before its end, "" where it did not."""

    @property
    def good(self) -> bool:
        """Return whether every device is as the scene wants it."""
        return self.ended is not None and not self.why and all(line.outcome.good for line in self.lines)

    def document(self) -> dict[str, Any]:
        """Return it as JSON, as it is kept and told."""
        head = {
            "id": self.id,
            "scene": self.scene,
            "by": self.by,
            "began": self.began,
            "ended": self.ended,
            "good": self.good,
            "why": self.why,
        }
        return head | {"lines": [line.document() for line in self.lines], "before": self.before, "notes": self.notes}


def report_of(document: Mapping[str, Any]) -> Report:
    """Return the report that was kept as a document."""
    lines = [
        Line(
            device=line["device"],
            asked=line.get("set", {}),
            action=line.get("invoke", ""),
            outcome=Outcome(line["outcome"]),
            detail=line.get("detail", ""),
            seconds=line["seconds"],
            lines=tuple(line["lines"]),
        )
        for line in document["lines"]
    ]
    told = {name: document[name] for name in ("id", "scene", "by", "began", "ended", "why")}
    return Report(**told, lines=lines, before=dict(document["before"]), notes=list(document["notes"]))

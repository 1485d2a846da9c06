"""What became of a scene: every device with its outcome, nothing left unsaid; kept so that it can be undone, and told after a restart.

A line is there, and on disk, before its device is asked: `open` until it is known how it ended.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from gateway.scenes.alerts.notice import Notify
from gateway.scenes.document import DEADLINE, OnFail
from gateway.scenes.effects.effect import Effect
from gateway.thing.principal import Principal, Role
from gateway.thing.value import Value


class Outcome(StrEnum):
    """How one task ended on one device. `late`: done, but after its deadline. `unreachable`: nobody knows, for it says nothing."""

    OPEN = "open"
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
        """Return whether the device is as the scene wants it, in time."""
        return self in {Outcome.DONE, Outcome.ALREADY}


OBEYED: Final = frozenset({Outcome.DONE, Outcome.LATE})
"""The device did it: this is what can be taken back."""


@dataclass(slots=True, kw_only=True)
class Line:
    """One device in one wave. `asked`: values, or the action with its input; `lines`: where that stands in the file.

    `seconds` it took; `detail`: why, in words. `asked_at_all`: a command has gone out, so that it may have obeyed.
    """

    device: str
    asked: Mapping[str, Value]
    action: str = ""
    input: Value = None
    outcome: Outcome = Outcome.OPEN
    detail: str = ""
    seconds: float = 0.0
    lines: tuple[int, ...] = ()
    deadline: float = DEADLINE
    on_fail: OnFail = OnFail.CONTINUE
    asked_at_all: bool = False

    def end(self, outcome: Outcome, detail: str = "") -> None:
        """Say how it ended."""
        self.outcome, self.detail = outcome, detail

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        what: dict[str, Any] = {"invoke": self.action, "input": self.input} if self.action else {"set": dict(self.asked)}
        more = {"detail": self.detail} if self.detail else {}
        ends = {"deadline": self.deadline, "onFail": self.on_fail.value, "asked": self.asked_at_all}
        told = {"outcome": self.outcome.value, "seconds": round(self.seconds, 3), "lines": list(self.lines)}
        return {"device": self.device, **what, **told, **ends, **more}


@dataclass(slots=True, kw_only=True)
class Raising:
    """An alert of a run; `raised`: it is kept, and told by itself from then on."""

    id: str
    notice: Notify
    raised: bool = False

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"id": self.id, "raised": self.raised, "notice": self.notice.document()}


@dataclass(slots=True, kw_only=True)
class Report:
    """A run of a scene. `before`: what each device showed before the first command, of what was to be changed; times are epoch seconds."""

    id: str
    scene: str
    by: Principal
    began: float
    ended: float | None = None
    lines: list[Line] = field(default_factory=list)
    before: dict[str, dict[str, Value]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    why: str = ""
    """Why it ended before its end, "" where it did not."""
    undoes: str = ""
    """The run that this one takes back, "" where it is a run of the scene itself."""
    rolling: bool = False
    """What was done is being taken back."""
    effect: Effect | None = None
    """What is, or was, measured after it; None where that is nothing."""
    alerts: list[Raising] = field(default_factory=list)
    power: dict[str, Any] = field(default_factory=dict)
    """The watts while it ran, and who was switched on when (`turns`); empty where nothing was measured."""

    trigger: dict[str, Any] | None = None
    """What made it run by itself (`rules`): kind, line, text in both languages, at, and whose value or event; None where somebody asked."""

    @property
    def good(self) -> bool:
        """Return whether every device is as the scene wants it."""
        return self.ended is not None and not self.why and all(line.outcome.good for line in self.lines)

    def document(self) -> dict[str, Any]:
        """Return it as JSON, as it is kept and told."""
        head = {
            "id": self.id,
            "scene": self.scene,
            "by": self.by.name,
            "role": self.by.role.value,
            "known": self.by.known,
            "began": self.began,
            "ended": self.ended,
            "good": self.good,
            "why": self.why,
            "undoes": self.undoes,
            "rolling": self.rolling,
            "trigger": self.trigger,
        }
        more = {"effect": None if self.effect is None else self.effect.document(), "alerts": [each.document() for each in self.alerts]}
        more |= {"power": self.power}
        return head | more | {"lines": [line.document() for line in self.lines], "before": self.before, "notes": self.notes}


def report_of(document: Mapping[str, Any]) -> Report:
    """Return the report that was kept as a document."""
    told = {name: document[name] for name in ("id", "scene", "began", "ended", "why", "undoes", "rolling")}
    return Report(
        **told,
        by=Principal(document["by"], Role(document["role"]), known=document["known"]),
        lines=[_line_of(line) for line in document["lines"]],
        before=dict(document["before"]),
        notes=list(document["notes"]),
        trigger=document.get("trigger"),
        effect=None if document.get("effect") is None else Effect.of(document["effect"]),
        alerts=[Raising(id=each["id"], notice=Notify.of(each["notice"]), raised=each["raised"]) for each in document.get("alerts", ())],
        power=dict(document.get("power", {})),
    )


def _line_of(line: Mapping[str, Any]) -> Line:
    return Line(
        device=line["device"],
        asked=line.get("set", {}),
        action=line.get("invoke", ""),
        input=line.get("input"),
        outcome=Outcome(line["outcome"]),
        detail=line.get("detail", ""),
        seconds=line["seconds"],
        lines=tuple(line["lines"]),
        deadline=line["deadline"],
        on_fail=OnFail(line["onFail"]),
        asked_at_all=line["asked"],
    )

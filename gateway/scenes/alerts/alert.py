"""One alert and its life: raised, told, told again, escalated, acknowledged; all of it as numbers and moments that can be written down."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Self

from gateway.scenes.alerts.notice import Notify
from gateway.scenes.words import Text

WAYS: Final = ("hulian alerts acknowledge {id}",)


class AlertState(StrEnum):
    """Where it stands. `UNANSWERED`: told often enough, and still waiting for somebody; `TOLD`: it asked for no answer."""

    OPEN = "open"
    UNANSWERED = "unanswered"
    ACKNOWLEDGED = "acknowledged"
    TOLD = "told"


@dataclass(slots=True, kw_only=True)
class Alert:
    """Moments are epoch seconds.

    `level` counts the escalations, `told` how often it was told at this level, `tellings` in all; `begun`: a telling has begun that is not
    known to have ended; `next`: when it is told again, None: not by itself. `came`: what became of the last telling, by way out.
    """

    id: str
    scene: str
    run: str
    notice: Notify
    raised: float
    level: int = 0
    told: int = 0
    tellings: int = 0
    begun: bool = False
    next: float | None = None
    last: float | None = None
    by: str = ""
    at: float | None = None
    came: dict[str, str] = field(default_factory=dict)

    @property
    def state(self) -> AlertState:
        """Return where it stands."""
        if self.at is not None:
            return AlertState.ACKNOWLEDGED
        if self.next is not None:
            return AlertState.OPEN
        return AlertState.UNANSWERED if self.notice.acknowledged else AlertState.TOLD

    @property
    def waits(self) -> bool:
        """Return whether somebody has still to acknowledge it, or it has still to be told."""
        return self.state in {AlertState.OPEN, AlertState.UNANSWERED}

    @property
    def text(self) -> Text:
        """Return the words of its level."""
        return self.notice.text if self.level == 0 else self.notice.escalate[self.level - 1].text

    def begin(self) -> None:
        """Note that it is being told: written down before, so that what a restart interrupts is told again, but not as new."""
        self.tellings += 1
        self.begun = True

    def end(self, now: float, came: Mapping[str, str]) -> None:
        """Note what became of a telling, and when the next one is."""
        self.begun, self.last, self.came = False, now, dict(came)
        self.told += 1
        if not self.notice.acknowledged:
            self.next = None
        elif self.told < self.notice.times:
            self.next = now + self.notice.again
        elif self.level < len(self.notice.escalate):
            self.next = now + self.notice.escalate[self.level].after
            self.level += 1
            self.told = 0
        else:
            self.next = None

    def acknowledge(self, by: str, now: float) -> None:
        """Note who has seen it."""
        self.by, self.at, self.next = by, now, None

    def message(self) -> dict[str, Any]:
        """Return what is told of it, as JSON; `new` the first time and never again."""
        head = {"id": self.id, "new": self.tellings == 1, "telling": self.tellings, "level": self.level, "text": dict(self.text)}
        return head | {"scene": self.scene, "run": self.run, "raised": self.raised, "acknowledge": WAYS[0].format(id=self.id)}

    def document(self) -> dict[str, Any]:
        """Return it as JSON, as it is kept."""
        names = ("id", "scene", "run", "raised", "level", "told", "tellings", "begun", "next", "last", "by", "at", "came")
        return {name: getattr(self, name) for name in names} | {"notice": self.notice.document()}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Return what a document says."""
        plain = {name: value for name, value in document.items() if name != "notice"}
        return cls(**plain, notice=Notify.of(document["notice"]))

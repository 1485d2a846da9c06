"""What was measured of one device for one effect, and the verdict on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Self

from gateway.scenes.effects.curve import Curve
from gateway.scenes.effects.limits import Limits
from gateway.scenes.effects.target import Target
from gateway.thing.value import Value

GRACE: Final = 60.0
"""Seconds a reading may be late: devices are asked, or tell, now and then."""
NOTHING: Final = "it was too slow: heard again only when it was due"


class Verdict(StrEnum):
    """What came of one effect on one device. `OPEN`: it is still measured."""

    OPEN = "measuring"
    REACHED = "reached"
    NOT_REACHED = "notReached"
    UNMEASURABLE = "cannotBeMeasured"
    CUT_OFF = "cutOff"


@dataclass(slots=True, kw_only=True)
class Measured:
    """One device. Times are seconds since the end of the run; `since`: from when on it has been within the limits without a break."""

    device: str
    curve: Curve = field(default_factory=Curve)
    lowest: float | None = None
    highest: float | None = None
    since: float | None = None
    verdict: Verdict = Verdict.OPEN
    detail: str = ""

    def take(self, seconds: float, value: Value, limits: Limits) -> None:
        """Take one believable value."""
        self.curve.add(seconds, value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            self.lowest = value if self.lowest is None else min(self.lowest, value)
            self.highest = value if self.highest is None else max(self.highest, value)
        if not limits.hold(value):
            self.since = None
        elif self.since is None:
            self.since = seconds

    def judge(self, target: Target, silence: str) -> None:
        """Say what came of it; `silence`: why it shows nothing that could be believed by now, "" where it does."""
        if silence or not self.curve.points:
            self.verdict, self.detail = Verdict.UNMEASURABLE, silence or NOTHING
        elif self.since is not None and self.since <= target.after + GRACE:
            self.verdict = Verdict.REACHED
        else:
            self.verdict = Verdict.NOT_REACHED
            self.detail = f"it was so only after {self.since:.0f} s" if self.since is not None else ""

    def document(self) -> dict[str, Any]:
        """Return it as JSON; `curve`: seconds since the end of the run, and the value."""
        told = {"device": self.device, "verdict": self.verdict.value, "since": self.since, "lowest": self.lowest, "highest": self.highest}
        return told | {"detail": self.detail, "curve": self.curve.points}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Return what a document says."""
        plain = {name: document[name] for name in ("device", "since", "lowest", "highest", "detail")}
        return cls(**plain, verdict=Verdict(document["verdict"]), curve=Curve([list(point) for point in document["curve"]]))

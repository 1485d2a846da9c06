"""What a check says when it ends otherwise than well: a requirement was broken, it could not be tried, or the target is gone."""

from typing import Any

from gateway.errors import HulianError


class Failure(HulianError):
    """A requirement is broken. `sent`, `came` and `expected` are for people; values among them may be any JSON."""

    def __init__(self, expected: str, *, sent: Any = None, came: Any = None) -> None:
        super().__init__(expected)
        self.expected = expected
        self.sent = sent
        self.came = came


class Silence(Failure):
    """Nothing came in time, where something had to."""


class Gone(Failure):
    """The target does not answer any more: a finding about whatever was asked of it last."""


class Untried(HulianError):
    """This cannot be tried on this target, for the reason given: the check counts as skipped."""


class TurnedAway(Untried):
    """The broker does not let whoever the judge was let in as publish there: what is published there cannot be tried in this role."""


class NotAsked(Untried):
    """It turned out that this is not asked of this target at all: it does not make a run incomplete."""


class Defect(HulianError):
    """The judge itself failed: no verdict on the target in either direction, and a fault of ours to be reported."""

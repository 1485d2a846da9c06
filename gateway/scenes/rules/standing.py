"""How one trigger of one scene stands: armed for whom, held since when, dealt with up to which moment, and why it did not fire last."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.scenes.rules.rule import Trigger
from gateway.scenes.words import Text


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a trigger fires. `occasion`: what tells it from every other time, "" where they are only counted; `at`: when it came."""

    text: Text
    at: float
    occasion: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Standing:
    """`seen`, `since`, `through`: seconds since the epoch; `held_from`, `fired_from`: of this life, by the monotonic clock.

    `armed`: whether it may fire for a device; who is not in it has not been heard since the trigger was there. `through`: up to which
    moment a time was dealt with. `missed`, `why`: the last time it was too late, or something else kept it from running.
    """

    scene: str
    trigger: Trigger
    seen: float
    through: float
    armed: dict[str, bool] = field(default_factory=dict)
    since: dict[str, float] = field(default_factory=dict)
    count: int = 0
    missed: dict[str, Any] | None = None
    why: dict[str, Any] | None = None
    fired: dict[str, Any] | None = None
    held_from: dict[str, float] = field(default_factory=dict)
    fired_from: float | None = None
    changed: bool = False

    def document(self) -> dict[str, Any]:
        """Return what is kept of it."""
        names = ("seen", "through", "armed", "since", "count", "missed", "why", "fired")
        return {name: getattr(self, name) for name in names}

    def arm(self, device: str, *, armed: bool) -> None:
        """Say whether it may fire for a device."""
        if self.armed.get(device) is not armed:
            self.armed[device] = armed
            self.changed = True

    def hold(self, device: str, now: float, monotonic: float) -> float:
        """Return for how many seconds it has held for a device, from now on where it did not before."""
        if device not in self.since or self.since[device] > now:
            self.since[device], self.held_from[device] = now, monotonic
            self.changed = True
        start = self.held_from.setdefault(device, monotonic - (now - self.since[device]))
        return monotonic - start

    def let_go(self, device: str) -> None:
        """Say that it holds for a device no longer."""
        if self.since.pop(device, None) is not None:
            self.changed = True
        self.held_from.pop(device, None)

    def deal(self, through: float) -> None:
        """Say up to which moment it was dealt with."""
        self.through, self.changed = through, True

    def drop(self, device: str) -> None:
        """Forget a device that is in the home no longer."""
        self.let_go(device)
        if self.armed.pop(device, None) is not None:
            self.changed = True


def standing_of(scene: str, trigger: Trigger, document: Mapping[str, Any] | None, now: float) -> Standing:
    """Return how a trigger stands by what was kept of it; of a new one everything begins now."""
    return Standing(scene, trigger, **document) if document else Standing(scene, trigger, seen=now, through=now, changed=True)

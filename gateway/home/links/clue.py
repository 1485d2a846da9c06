"""What a plug's power proves about an appliance of one kind: a row of `evidence.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.thing.value import Quality, Value

FILE = Path(__file__).with_name("evidence.yaml")
POWER = "power"
SLACK = 0.8
"""One that works is idle below this share of what says that it works."""

Finding = Mapping[str, tuple[Value, Quality]]
"""Property to what is concluded of it, and how far that can be believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """What follows for the property that says what it is doing; the terms are those of `evidence.yaml`."""

    property: str
    off: str
    idle: str | None = None
    works: float | None = None
    word: str | None = None
    mode: str | None = None
    words: Mapping[str, str]
    always: tuple[str, ...] = ()

    def conclude(self, watts: float, *, on: bool, state: Mapping[str, Value]) -> tuple[Value, Quality] | None:
        """Return what it is doing, None when that cannot be told. `state`: what it is said to be, what it was doing among it."""
        if not on:
            return self.off, Quality.GOOD
        if self.works is None:
            return None
        mode = str(state.get(self.mode or "", ""))
        if mode in self.always:
            return self.words[mode], Quality.ASSUMED
        busy = state.get(self.property) not in {None, self.off, self.idle}
        if watts < self.works * (SLACK if busy else 1):
            return None if self.idle is None else (self.idle, Quality.GOOD)
        if self.word is not None:
            return self.word, Quality.GOOD
        return (self.words[mode], Quality.ASSUMED) if mode in self.words else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clue:
    """One kind. `on`, `off` in watts (`off` None: little power proves nothing); `settle_on`, `settle_off` in seconds."""

    on: float
    off: float | None
    settle_on: float
    settle_off: float
    doing: Doing | None

    @property
    def names(self) -> tuple[str, ...]:
        """Return the properties anything is concluded about."""
        return (POWER,) if self.doing is None else (POWER, self.doing.property)

    def verdict(self, watts: float, before: bool | None) -> bool | None:
        """Return whether it is on, `before` between the two thresholds, None when nothing is known."""
        if watts >= self.on:
            return True
        if self.off is None:
            return None
        return False if watts <= self.off else before

    def settle(self, *, on: bool) -> float:
        """Return how long a verdict must hold, in seconds."""
        return self.settle_on if on else self.settle_off

    def finding(self, watts: float, *, on: bool, state: Mapping[str, Value]) -> Finding:
        """Return what is concluded; `state`: what else the appliance is said to be."""
        doing = self.doing.conclude(watts, on=on, state=state) if self.doing is not None else None
        found: dict[str, tuple[Value, Quality]] = {POWER: (on, Quality.GOOD)}
        return found if doing is None or self.doing is None else {**found, self.doing.property: doing}


def clues() -> dict[str, Clue]:
    """Read the table, by kind; raise ProfileInvalid. It takes tens of milliseconds."""
    from gateway.profile.resolver import read_yaml  # noqa: PLC0415 - the YAML reader: only where something hangs on a plug

    return {kind: _clue(row) for kind, row in read_yaml(FILE).items()}


def _clue(row: Mapping[str, Any]) -> Clue:
    doing = row.get("doing")
    return Clue(
        on=float(row["on"]),
        off=None if "off" not in row else float(row["off"]),
        settle_on=float(row["settle"]["on"]),
        settle_off=float(row["settle"]["off"]),
        doing=None if doing is None else Doing(**{"words": {}, **doing, "always": tuple(doing.get("always", ()))}),
    )

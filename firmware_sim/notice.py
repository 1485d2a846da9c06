"""What an appliance tells its listeners, in the order it happens; listeners are plain calls and must not block."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from firmware_sim.invocation import Invocation, Stage


@dataclass(frozen=True, slots=True)
class Changed:
    """Reported values or `pending` moved; `names` are the properties (empty when only `pending` or a quality moved)."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Raised:
    """An event of the profile, with the position it has in the appliance's life."""

    event: str
    data: Mapping[str, Any]
    boot: int
    seq: int
    ts: str

    def document(self) -> dict[str, Any]:
        """Return the data as it travels: `seq`, `boot` and `ts` added."""
        return {**self.data, "seq": self.seq, "boot": self.boot, "ts": self.ts}


@dataclass(frozen=True, slots=True)
class Staged:
    """An action's run reached a new stage."""

    invocation: Invocation
    stage: Stage


@dataclass(frozen=True, slots=True)
class Power:
    """The mains went (`on` false: silent at once, without goodbye) or came back (a new boot has begun)."""

    on: bool


@dataclass(frozen=True, slots=True)
class Supplied:
    """The mains bring another voltage now, enough to run at as before."""

    volts: float


@dataclass(frozen=True, slots=True)
class Moved:
    """The appliance lives at another IPv4 address now."""

    address: str


Notice = Changed | Raised | Staged | Power | Supplied | Moved

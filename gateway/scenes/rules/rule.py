"""A rule of a scene: what fires it, and what must hold when it does. Plain rows, no programming language.

    triggers:                       # any one of them fires the scene
      - time: "22:30"
        days: [mon, tue]
      - sun: sunset
        offset: -PT20M
      - property: {select: {kind: air-conditioner}, name: roomTemperature, above: 28, rearm: 27, for: PT5M}
      - event: {select: {kind: door-lock}, name: operated}
      - mains: restored
      - unused: {select: {kind: kettle}, for: PT12H, at: "09:00"}
    conditions:                     # all of them must hold
      - property: {select: {tag: bedside}, name: power, is: true, who: any}
      - between: ["22:00", sunrise]
      - days: [sat, sun]
      - state: {scene: leaving, is: "off"}
      - alert: {scene: inactivity, is: open}

`above` is beyond the number, not at it; it fires again once the value has been at `rearm` or below it, which is the number itself where
nothing is said. `below` likewise. Times are those of the home's clock on the wall.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Final, TypeAlias

from gateway.scenes.words import Selector
from gateway.thing.value import Value

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST: Final = 32
"""Triggers of one scene, and conditions."""
LONGEST_HELD: Final = 24 * 3600.0
"""Seconds of `for` of a property."""
LONGEST_UNUSED: Final = 31 * 86400.0
LONGEST_OFFSET: Final = 12 * 3600.0
EVERY_DAY: Final = frozenset(range(7))


class Sun(StrEnum):
    """What the sun does at the horizon."""

    RISE = "sunrise"
    SET = "sunset"


class Mains(StrEnum):
    """What is heard of the mains: they are back after a cut; they are weak; they are gone for who lives on a battery."""

    RESTORED = "restored"
    SAGGING = "sagging"
    INTERRUPTED = "interrupted"


class Who(StrEnum):
    """Whether a condition must hold of all who are meant, or of one of them."""

    ALL = "all"
    ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Which values are meant: beyond a number, or one of some. Exactly one of the three is said."""

    above: float | None = None
    below: float | None = None
    values: tuple[Value, ...] = ()

    def words(self) -> str:
        """Return it as people say it."""
        if self.above is not None:
            return f"above {self.above:g}"
        return f"below {self.below:g}" if self.below is not None else f"is {' or '.join(map(plain, self.values))}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trigger:
    line: int = field(compare=False)
    at: str = field(default="", compare=False)

    @property
    def key(self) -> str:
        """Return a name that only what it says decides: it keeps what is known of it wherever it moves in its file."""
        return sha256(repr(self.meaning()).encode()).hexdigest()[:16]

    def meaning(self) -> tuple[object, ...]:
        """Return what it says, without where."""
        return (type(self).__name__, *(getattr(self, name) for name in type(self).__slots__))


@dataclass(frozen=True, slots=True, kw_only=True)
class AtTime(_Trigger):
    """A time of the day on the wall, in minutes after midnight; `days`: 0 is Monday."""

    minutes: int
    days: frozenset[int] = EVERY_DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class AtSun(_Trigger):
    """Sunrise or sunset; `offset` in seconds, negative before it."""

    sun: Sun
    offset: float = 0.0
    days: frozenset[int] = EVERY_DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing(_Trigger):
    """A property that comes to be within a limit on one of those who are meant, `held` for so many seconds."""

    select: Selector
    name: str
    limit: Limit
    rearm: float | None = None
    held: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening(_Trigger):
    """An event of one of those who are meant."""

    select: Selector
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfMains(_Trigger):
    """What the hub or a device with the property `mains` says of the mains."""

    mains: Mains


@dataclass(frozen=True, slots=True, kw_only=True)
class Unused(_Trigger):
    """Nothing was done with any of those who are meant for so many seconds; `minutes`: when of a day it is looked, None: always."""

    select: Selector
    seconds: float
    minutes: int | None = None
    name: str = ""


Trigger: TypeAlias = AtTime | AtSun | Crossing | Happening | OfMains | Unused


@dataclass(frozen=True, slots=True, kw_only=True)
class Holds:
    """A property is within a limit."""

    line: int
    at: str = ""
    select: Selector
    name: str
    limit: Limit
    who: Who = Who.ALL


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """The time on the wall is from the first on and before the second; each is minutes after midnight, or the sun's."""

    line: int
    at: str = ""
    first: int | Sun
    second: int | Sun


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDays:
    """It is one of these days."""

    line: int
    at: str = ""
    days: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneIs:
    """A scene is on, partly or off."""

    line: int
    at: str = ""
    scene: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertIs:
    """An alert of a scene waits for somebody, or does not: `is_open`."""

    line: int
    at: str = ""
    scene: str
    is_open: bool


Condition: TypeAlias = Holds | Between | OnDays | SceneIs | AlertIs


def clock_words(minutes: int) -> str:
    """Return a time of the day as a clock shows it."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def plain(value: Value) -> str:
    """Return a value as a file has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)

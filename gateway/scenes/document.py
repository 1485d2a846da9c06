"""What a scene is: who is meant by kind, feature, room, tag or id, what is done with them, and what happens where one cannot.

    scene: leaving
    names: {en: Leaving home, zh-Hans: 离家}
    parameters:
      warmth: {type: number, minimum: 16, maximum: 30, default: 18}
    steps:
      - select: {kind: [light, uhd-tv]}
        set: {power: false}
      - select: {kind: air-conditioner, not: {room: nursery}}
        set: {targetTemperature: {parameter: warmth}}
        deadline: PT20S
        onFail: rollback
      - wait: {select: {kind: door-lock}, until: {locked: true}}
        deadline: PT1M
      - delay: PT2S
      - scene: good-night
        with: {dark: true}

Steps that follow one another without a `wait`, a `delay` or a `scene` between them are one wave: they are done side by side. A file names
kinds rather than appliances, so that it serves the next home as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Final, TypeAlias

from gateway.scenes.alerts.notice import Notify
from gateway.scenes.effects.aim import Aim
from gateway.scenes.rules.rule import Condition, Trigger
from gateway.scenes.words import Before, Given, Selector, Text, Wanted
from gateway.thing.value import Value

__all__ = ["Before", "Given", "Selector", "Text", "Wanted"]

DEADLINE: Final = 10.0
"""Seconds a device has in a report that does not say how many."""
MOST_STEPS: Final = 200
LONGEST: Final = 64 * 1024
"""Characters of one scene's text."""
ASKS: Final = 2
"""The level of `hl:danger` from which a person is asked: no scene is one."""


class OnFail(StrEnum):
    """What becomes of the rest where a device does not do a step: it goes on, it stops, or everything done is undone."""

    CONTINUE = "continue"
    STOP = "stop"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a home may say otherwise: a value with a data schema and a default."""

    name: str
    schema: Mapping[str, Any]
    default: Value
    titles: Text = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Return its data schema with its default and its titles."""
        return {**self.schema, "default": self.default} | ({"titles": dict(self.titles)} if self.titles else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """A step that asks devices for something: values to be set together, or an action. `line` and `at`: where it stands in its file.

    `deadline`: seconds, None: as long as such devices take (`deadlines`).
    """

    line: int
    at: str = ""
    select: Selector
    values: Wanted = field(default_factory=dict)
    action: str = ""
    input: Value | Given = None
    deadline: float | None = None
    on_fail: OnFail = OnFail.CONTINUE
    alone: ClassVar[bool] = False
    """Whether it takes its time, and so is no part of a wave (`turns`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A step that waits until all who are meant show one of the values of each property named."""

    line: int
    at: str = ""
    select: Selector
    until: Mapping[str, tuple[Value | Given, ...]]
    deadline: float | None = None
    on_fail: OnFail = OnFail.CONTINUE


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A step that lets time pass, in seconds."""

    line: int
    at: str = ""
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Nested:
    """A step that is a scene of its own."""

    line: int
    at: str = ""
    scene: str
    arguments: Wanted = field(default_factory=dict)


Step: TypeAlias = Doing | Waiting | Pause | Nested | Notify


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One document."""

    id: str
    names: Text
    steps: tuple[Step, ...]
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    triggers: tuple[Trigger, ...] = ()
    """What it runs by itself for (`rules`), where all `conditions` hold."""
    conditions: tuple[Condition, ...] = ()
    effect: tuple[Aim, ...] = ()
    """What is measured after its run."""

    def nested(self) -> tuple[Nested, ...]:
        """Return the steps that are scenes of their own."""
        return tuple(step for step in self.steps if isinstance(step, Nested))

    def waves(self) -> tuple[tuple[Step, ...], ...]:
        """Return the steps in the groups that are done side by side; a pause, a wait and a nested scene stand alone."""
        waves: list[list[Step]] = []
        for step in self.steps:
            if _goes_along(step) and waves and _goes_along(waves[-1][-1]):
                waves[-1].append(step)
            else:
                waves.append([step])
        return tuple(map(tuple, waves))


def _goes_along(step: Step) -> bool:
    return isinstance(step, Doing) and not step.alone

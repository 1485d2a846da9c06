"""A trigger that would fire itself: by its own steps, those of scenes inside it, or those of scenes that these fire in turn."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from gateway.profile.model import Model
from gateway.scenes.document import Doing, Given, Scene
from gateway.scenes.meeting import may_meet
from gateway.scenes.rules.crossing import within
from gateway.scenes.rules.rule import Crossing
from gateway.scenes.words import Selector
from gateway.thing.value import Value

Meant = Callable[[Selector], list[Model]]


@dataclass(frozen=True, slots=True)
class Setting:
    """What a scene sets: a property to one of some values; `scene` and `line`: where that stands."""

    scene: str
    line: int
    select: Selector
    name: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A setting that fires a trigger of a scene."""

    setting: Setting
    scene: str
    trigger: Crossing


def circles(scene: Scene, scenes: Mapping[str, Scene], meant: Meant) -> Iterator[tuple[Link, ...]]:
    """Yield the shortest way on which a scene would fire each trigger of its own, where there is one."""
    for trigger in scene.triggers:
        if isinstance(trigger, Crossing) and (way := _way(scene, trigger, {**scenes, scene.id: scene}, meant)):
            yield way


def _way(home: Scene, wanted: Crossing, scenes: Mapping[str, Scene], meant: Meant) -> tuple[Link, ...]:
    ways: list[tuple[Link, ...]] = [()]
    passed: set[str] = set()
    for way in ways:
        start = way[-1].scene if way else home.id
        for setting in tuple(settings(scenes[start], scenes)):
            if fires(setting, wanted, meant):
                return (*way, Link(setting, home.id, wanted))
            for other in scenes.values():
                if other.id in passed or other.id == home.id:
                    continue
                for trigger in other.triggers:
                    if isinstance(trigger, Crossing) and fires(setting, trigger, meant):
                        passed.add(other.id)
                        ways.append((*way, Link(setting, other.id, trigger)))
                        break
    return ()


def settings(scene: Scene, scenes: Mapping[str, Scene], above: frozenset[str] = frozenset()) -> Iterator[Setting]:
    """Yield what a scene sets, and the scenes inside it."""
    for step in scene.steps:
        if isinstance(step, Doing):
            for name, value in step.values.items():
                yield Setting(scene.id, step.line, step.select, name, possible(value, scene))
    for nested in scene.nested():
        inner = scenes.get(nested.scene)
        if inner is not None and inner.id not in above:
            yield from settings(inner, scenes, above | {scene.id})


def possible(value: object, scene: Scene) -> tuple[Value, ...]:
    """Return what a value can be: of a parameter its default, its ends and its choices."""
    if not isinstance(value, Given):
        return (value,)
    parameter = scene.parameters.get(value.parameter)
    if parameter is None:
        return ()
    ends = [parameter.schema[term] for term in ("minimum", "maximum") if term in parameter.schema]
    return (parameter.default, *ends, *parameter.schema.get("enum", ()))


def fires(setting: Setting, trigger: Crossing, meant: Meant) -> bool:
    """Return whether a setting fires a trigger in some home."""
    if setting.name != trigger.name or not any(within(trigger.limit, value) for value in setting.values):
        return False
    if not may_meet(setting.select, trigger.select):
        return False
    return not {model.kind for model in meant(setting.select)}.isdisjoint(
        model.kind for model in meant(trigger.select) if trigger.name in model.document.get("properties", {})
    )

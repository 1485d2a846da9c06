"""What scenes want of one device, held against another: which line would find nobody, or ask for what is not there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from gateway.errors import CommandError
from gateway.home.twin import Twin
from gateway.scenes.document import Given, Scene, Selector
from gateway.scenes.house import is_meant


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A line of a scene that the other device cannot serve, and why not, in words."""

    scene: str
    line: int
    text: str


def unmet(scenes: Mapping[str, Scene], old: Twin, new: Twin) -> tuple[Need, ...]:
    """Return every line of these scenes that means `old` and that `new`, were it in its place, could not do."""
    return tuple(
        Need(scene=name, line=_line(part), text=text)
        for name, scene in sorted(scenes.items())
        for part in parts(scene)
        for text in _unmet(part, scene, old, new)
    )


def mentions(scenes: Mapping[str, Scene], *words: str) -> tuple[Need, ...]:
    """Return every line that names one of these ids."""
    return tuple(
        Need(scene=name, line=_line(part), text=f"names {word}")
        for name, scene in sorted(scenes.items())
        for part in parts(scene)
        for word in words
        if word in part.select.ids
    )


def parts(scene: Any) -> Iterator[Any]:
    """Yield everything in a scene that says who is meant, whatever it is: steps, triggers, conditions, effects."""
    for field in fields(scene):
        value = getattr(scene, field.name)
        for each in value if isinstance(value, tuple | list) else (value,):
            if is_dataclass(each) and not isinstance(each, type | Selector):
                if isinstance(getattr(each, "select", None), Selector):
                    yield each
                yield from parts(each)


def _unmet(part: Any, scene: Scene, old: Twin, new: Twin) -> Iterator[str]:
    if not is_meant(part.select, old):
        return
    if not is_meant(part.select, new):
        yield f"means {_wanted(part.select, old)}, which the new one is not: it will be left out"
        return
    action = getattr(part, "action", "")
    if action and action in old.instance.actions and action not in new.instance.actions:
        yield f"asks for {action}, which the new one has not"
    for name, values in _asked(part, scene).items():
        if name in old.instance.events and name not in new.instance.events:
            yield f"waits for {name}, which the new one never says"
        if name not in old.instance.properties:
            continue
        if name not in new.instance.properties:
            yield f"needs {name}, which the new one has not"
        elif text := next((problem for value in values if (problem := _refusal(new, name, value))), ""):
            yield f"{text}"


def _asked(part: Any, scene: Scene) -> dict[str, tuple[Any, ...]]:
    """Return the properties a part names, each with the values it wants, as its parameters stand where nothing is said."""
    named = [getattr(part, word, None) for word in ("name", "property")]
    asked: dict[str, tuple[Any, ...]] = {name: () for name in named if isinstance(name, str) and name}
    for wanted in (getattr(part, "values", None), getattr(part, "until", None)):
        for name, value in wanted.items() if isinstance(wanted, Mapping) else ():
            each = value if isinstance(value, tuple) else (value,)
            asked[name] = tuple(scene.parameters[one.parameter].default if isinstance(one, Given) else one for one in each)
    return asked


def _refusal(new: Twin, name: str, value: Any) -> str:
    try:
        new.instance.check_value(name, value)
    except CommandError as error:
        return error.detail
    return f"sets {name}, which the new one only shows" if new.instance.properties[name].read_only else ""


def _wanted(select: Selector, old: Twin) -> str:
    if select.features:
        return f"devices with {' or '.join(select.features)}"
    return f"the kind {' or '.join(select.kinds) or old.description.kind}"


def _line(part: Any) -> int:
    return int(getattr(part, "line", 0))

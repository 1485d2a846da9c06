"""The grammar of Home Assistant hooks (`hl:map.ha`) as tables: platforms, the parts of composite ones, terms, classes, units.

`check_map_ha` judges profiles by it and the face makes discovery messages with it, so that the two cannot differ.
What Home Assistant takes was read in its releases 2024.3 and 2025.4.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

BOOLEAN, CHOICE, NUMBER, TEXT, LIST, RECORD = "boolean", "choice", "number", "text", "list", "record"
"""Shapes of a schema: true or false; one of given values; a number; a free string; an array; an object."""
MANY_OPTIONS = 64
"""A number with more steps than this is no choice."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a composite platform.

    `shapes`: of the properties that can play it. `writes`: Home Assistant can set it. `section`: where it stands.
    `words`: the only values Home Assistant knows, None: any. `repeats`: several properties may play it together.
    """

    shapes: frozenset[str] = frozenset()
    writes: bool = False
    section: str = "properties"
    words: frozenset[str] | None = None
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class Platform:
    """One platform: for a simple one (no `parts`) where it may stand, which shapes fit and whether it writes.

    `needs`: each group names parts of which at least one must be there; those in `written` must be writable.
    """

    sections: tuple[str, ...] = ("properties",)
    shapes: frozenset[str] = frozenset()
    writes: bool = False
    parts: Mapping[str, Part] = field(default_factory=dict)
    needs: tuple[tuple[str, ...], ...] = ()
    written: frozenset[str] = frozenset()


def _set(*shapes: str, words: tuple[str, ...] | None = None, repeats: bool = False) -> Part:
    return Part(frozenset(shapes), writes=True, words=None if words is None else frozenset(words), repeats=repeats)


def _shown(*shapes: str, words: tuple[str, ...] | None = None) -> Part:
    return Part(frozenset(shapes), words=None if words is None else frozenset(words))


_DONE = Part(section="actions")
_CLIMATE_MODES = ("auto", "cool", "heat", "heat_cool", "dry", "fan_only", "off")
_CLIMATE_ACTIONS = ("off", "heating", "cooling", "drying", "idle", "fan", "preheating", "defrosting")
_SWITCHED = (BOOLEAN, CHOICE)
_WARM = {
    "power": _set(BOOLEAN),
    "temperature": _set(NUMBER),
    "current_temperature": _shown(NUMBER),
}
_MOVED = {
    "position": _set(NUMBER),
    "state": _set(BOOLEAN, CHOICE, words=("open", "closed")),
    "movement": _shown(CHOICE, words=("opening", "closing", "stopped")),
    "stop": _DONE,
}

PLATFORMS: Mapping[str, Platform] = MappingProxyType(
    {
        "device": Platform(shapes=frozenset({RECORD})),
        "sensor": Platform(shapes=frozenset({BOOLEAN, CHOICE, NUMBER, TEXT, LIST, RECORD})),
        "binary_sensor": Platform(shapes=frozenset({BOOLEAN, CHOICE, LIST, RECORD})),
        "device_tracker": Platform(shapes=frozenset({BOOLEAN})),
        "switch": Platform(shapes=frozenset(_SWITCHED), writes=True),
        "number": Platform(("properties", "actions"), frozenset({NUMBER}), writes=True),
        "select": Platform(("properties", "actions"), frozenset({CHOICE, NUMBER}), writes=True),
        "text": Platform(("properties", "actions"), frozenset({TEXT, LIST, RECORD}), writes=True),
        "notify": Platform(("actions",), frozenset({TEXT})),
        "button": Platform(("actions",)),
        "scene": Platform(("actions",)),
        "event": Platform(("events",)),
        "climate": Platform(
            parts=_WARM
            | {
                "mode": _set(BOOLEAN, CHOICE, words=_CLIMATE_MODES),
                "target_humidity": _set(NUMBER),
                "current_humidity": _shown(NUMBER),
                "fan_mode": _set(CHOICE),
                "swing_mode": _set(BOOLEAN, CHOICE),
                "preset_mode": _set(BOOLEAN, CHOICE, repeats=True),
                "action": _shown(CHOICE, words=_CLIMATE_ACTIONS),
            },
            needs=(("mode", "power"),),
        ),
        "water_heater": Platform(parts=_WARM | {"mode": _set(BOOLEAN, CHOICE)}, needs=(("mode", "power"), ("temperature",))),
        "fan": Platform(
            parts={
                "state": _set(*_SWITCHED),
                "percentage": _set(NUMBER),
                "preset_mode": _set(BOOLEAN, CHOICE, repeats=True),
                "oscillation": _set(BOOLEAN),
            },
            needs=(("state",),),
            written=frozenset({"state"}),
        ),
        "light": Platform(
            parts={"state": _set(*_SWITCHED), "brightness": _set(NUMBER), "color_temp": _set(NUMBER), "xy": _set(RECORD)},
            needs=(("state",),),
            written=frozenset({"state"}),
        ),
        "cover": Platform(parts=_MOVED | {"tilt": _set(NUMBER)}, needs=(("position", "state"),)),
        "valve": Platform(parts=_MOVED, needs=(("position", "state"),)),
        "humidifier": Platform(
            parts={
                "state": _set(*_SWITCHED),
                "mode": _set(CHOICE),
                "target_humidity": _set(NUMBER),
                "current_humidity": _shown(NUMBER),
                "action": _shown(CHOICE, words=("humidifying", "drying", "idle", "off")),
            },
            needs=(("state",), ("target_humidity",)),
            written=frozenset({"state", "target_humidity"}),
        ),
        "lock": Platform(
            parts={
                "state": _shown(BOOLEAN, CHOICE, words=("locked", "locking", "unlocked", "unlocking", "jammed")),
                "lock": _DONE,
                "unlock": _DONE,
            },
            needs=(("state",), ("lock",)),
        ),
        "vacuum": Platform(
            parts={
                "state": _shown(CHOICE, words=("idle", "docked", "error", "paused", "returning", "cleaning")),
                "start": _DONE,
                "pause": _DONE,
                "stop": _DONE,
                "return_to_base": _DONE,
                "locate": _DONE,
            },
            needs=(("state",), ("start",)),
        ),
    }
)

_TERMS = """
platform topic entity enum value fold each member of values input device_class state_class icon category on off lossy
"""
TERMS = frozenset(_TERMS.split())
CATEGORIES = frozenset({"config", "diagnostic"})
STATE_CLASSES = frozenset({"measurement", "total", "total_increasing"})
FOLDS = frozenset({"power+mode", "any"})

_SOUND: Mapping[str, Any] = MappingProxyType(
    {
        "type": str,
        "unit": str,
        "enum": list,
        "required": list,
        "minimum": int | float,
        "maximum": int | float,
        "multipleOf": int | float,
        "readOnly": bool,
        "hl:danger": int,
        "hl:private": bool,
    }
)


def sound(schema: Any) -> dict[str, Any]:
    """Return what of a data schema can be relied on, whatever it is: the terms used here, each of its own kind, all the way down."""
    if not isinstance(schema, Mapping):
        return {}
    good = {term: schema[term] for term, kind in _SOUND.items() if isinstance(schema.get(term), kind)}
    for term in ("enum", "required"):
        if term in good and not all(isinstance(value, str | int | float) for value in good[term]):
            del good[term]
    good |= {term: sound(schema[term]) for term in ("items", "input", "data") if isinstance(schema.get(term), Mapping)}
    if isinstance(schema.get("oneOf"), list):
        good["oneOf"] = [sound(option) for option in schema["oneOf"]]
    if isinstance(schema.get("properties"), Mapping):
        good["properties"] = {str(name): sound(member) for name, member in schema["properties"].items()}
    return good


def shape_of(schema: Mapping[str, Any]) -> str | None:
    """Return the shape of a data schema, None where it has none."""
    kind = schema.get("type")
    if kind == "boolean":
        return BOOLEAN
    if kind == "array":
        return LIST
    if kind == "object":
        return RECORD
    if kind in ("number", "integer"):
        return NUMBER
    if kind == "string":
        return CHOICE if "enum" in schema else TEXT
    return None


def options_of(schema: Mapping[str, Any]) -> list[Any]:
    """Return the values a choice has: the enum, or every step of a number with few; empty when they are not to be listed."""
    if "enum" in schema:
        return list(schema["enum"])
    low, high = schema.get("minimum"), schema.get("maximum")
    step = schema.get("multipleOf", 1 if schema.get("type") == "integer" else None)
    if low is None or high is None or not step or not 0 <= (high - low) / step < MANY_OPTIONS:
        return []
    return [low + step * number for number in range(int((high - low) / step) + 1)]

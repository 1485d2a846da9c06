"""Which entities a device becomes: its affordances with their hooks, grouped, each group handed to its platform.

A private affordance, and one that a person must confirm, is never offered. What a vendor added has no hook; it is shown, not set.
What a device does not let be set though its kind does is shown by a sensor; where an entity of several parts cannot be without it,
each of the parts is an entity of its own.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from gateway.faces.homeassistant.entity import Config, Entity, Part, Site
from gateway.faces.homeassistant.moving import cover, lock, vacuum, vacuum_state, valve
from gateway.faces.homeassistant.parting import alone
from gateway.faces.homeassistant.parts import Parts
from gateway.faces.homeassistant.pressing import presses, sends
from gateway.faces.homeassistant.reading import binary_sensors, device_trackers, events, sensors
from gateway.faces.homeassistant.setting import numbers, selects, switches, texts
from gateway.faces.homeassistant.shining import fan, light
from gateway.faces.homeassistant.warming import climate, humidifier, water_heater
from gateway.profile.additions import is_addition
from gateway.profile.homeassistant import BOOLEAN, CHOICE, NUMBER, PLATFORMS, TEXT, shape_of
from gateway.profile.instance import Instance

OFFERED_DANGER = 1
_COMMON = ("device_class", "icon")
_MAIN = ("state", "mode", "power", "position")
"""The part that names an entity, the first that is there."""

_SIMPLE: Mapping[tuple[str, str], Callable[[Part, Site], list[Entity]]] = {
    ("properties", "sensor"): sensors,
    ("properties", "binary_sensor"): binary_sensors,
    ("properties", "device_tracker"): device_trackers,
    ("properties", "switch"): switches,
    ("properties", "number"): numbers,
    ("properties", "select"): selects,
    ("properties", "text"): texts,
    ("actions", "number"): sends,
    ("actions", "select"): sends,
    ("actions", "text"): sends,
    ("actions", "notify"): sends,
    ("actions", "button"): presses,
    ("actions", "scene"): presses,
    ("events", "event"): events,
}
_COMPOSITE: Mapping[str, Callable[[Parts, Site], Config]] = {
    "climate": climate,
    "water_heater": water_heater,
    "humidifier": humidifier,
    "fan": fan,
    "light": light,
    "cover": cover,
    "valve": valve,
    "lock": lock,
}


def entities_of(instance: Instance, site: Site) -> list[Entity]:
    """Return everything of one device that Home Assistant is shown, in the order of its profile; keys are unique."""
    parts = list(_parts(instance))
    whole, apart = _groups(parts)
    made = [*_composites(whole, site), *(entity for part in (*parts, *apart) for entity in _simple(part, site))]
    return list({entity.key: entity for entity in made}.values())


def listed_by(instance: Instance) -> frozenset[str]:
    """Return the properties whose entries decide which entities there are."""
    hooks = [(part.name, part.hook) for part in _parts(instance) if "each" in part.hook]
    return frozenset(hook.get("of", name) for name, hook in hooks if name in instance.properties or "of" in hook)


def _parts(instance: Instance) -> Iterator[Part]:
    for name, known in instance.properties.items():
        if known.private or known.danger > OFFERED_DANGER:
            continue
        part = Part("properties", name, {}, known.schema, writable=not known.read_only, withheld=known.withheld)
        yield from _hooked(part, _plain_hook(part) if is_addition(name) else None)
    for name, action in instance.actions.items():
        if action.danger <= OFFERED_DANGER:
            yield from _hooked(Part("actions", name, {}, action.schema))
    for name, event in instance.events.items():
        yield from _hooked(Part("events", name, {}, event.schema))


def _hooked(part: Part, hook: Mapping[str, Any] | None = None) -> Iterator[Part]:
    found = part.schema.get("hl:map", {}).get("ha") if hook is None else hook
    if isinstance(found, Mapping) and found.get("platform") in PLATFORMS:
        hooked = replace(part, hook=found)
        yield alone(hooked) if part.withheld and not hooked.composite else hooked


def _plain_hook(part: Part) -> Mapping[str, Any]:
    shape = shape_of(part.schema)
    if shape == BOOLEAN:
        return {"platform": "binary_sensor", "category": "diagnostic"}
    return {"platform": "sensor", "category": "diagnostic"} if shape in (CHOICE, NUMBER, TEXT) else {}


def _simple(part: Part, site: Site) -> list[Entity]:
    make = _SIMPLE.get((part.section, part.platform))
    return [] if part.composite or make is None else make(part, site)


def _groups(parts: Iterable[Part]) -> tuple[dict[tuple[str, str], Parts], list[Part]]:
    """Return the parts of each composite entity, and those that stand alone: what is withheld, and all that needs it."""
    groups: dict[tuple[str, str], dict[str, list[Part]]] = {}
    for part in parts:
        if part.composite:
            groups.setdefault((part.platform, str(part.hook.get("entity", ""))), {}).setdefault(part.topic, []).append(part)
    complete: dict[tuple[str, str], Parts] = {}
    apart: list[Part] = []
    for (platform, name), group in groups.items():
        left = {topic: kept for topic, same in group.items() if (kept := [part for part in same if not part.withheld])}
        gone = [part for same in group.values() for part in same if part.withheld]
        if _complete(platform, left) and not (platform == "climate" and "mode" in group and "mode" not in left):
            complete[platform, name] = left  # a climate that only knows on and off would say that it heats
            apart += gone
        elif gone and _complete(platform, group):
            apart += [part for same in group.values() for part in same if part.section == "properties"]
    return complete, [alone(part) for part in apart]


def _composites(groups: Mapping[tuple[str, str], Parts], site: Site) -> Iterator[Entity]:
    first = True
    for (platform, name), group in groups.items():
        key = f"{platform}_{name}" if name else platform
        yield _composite(platform, key, group, site, title=not first or bool(name))
        first = False


def _complete(platform: str, group: Parts) -> bool:
    """Return whether the parts a platform cannot be without are there, by the kind's word: with some features they may not be."""
    known = PLATFORMS[platform]
    there = {topic for topic, parts in group.items() if topic not in known.written or parts[0].writable or parts[0].withheld}
    return all(there & set(one_of) for one_of in known.needs)


def _composite(platform: str, key: str, group: Parts, site: Site, *, title: bool) -> Entity:
    main = next((group[topic][0] for topic in _MAIN if topic in group), next(iter(group.values()))[0])
    config: Config = {"name": site.title(main.schema, main.name) if title else None}
    for term in _COMMON:
        found = next((part.hook[term] for parts in group.values() for part in parts if term in part.hook), None)
        if found is not None:
            config[term] = found
    if platform == "vacuum":
        return Entity(key, platform, config | vacuum(group, site, key), projection=vacuum_state(group))
    return Entity(key, platform, config | _COMPOSITE[platform](group, site))

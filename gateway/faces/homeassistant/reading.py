"""Platforms that only show: sensor, binary_sensor, device_tracker and event."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gateway.faces.homeassistant.common import base, unit
from gateway.faces.homeassistant.entity import Config, Entity, Part, Site, key_of
from gateway.faces.homeassistant.templates import LONGEST_STATE, UNKNOWN, VALUE, listed, literal, mapped, member, shown
from gateway.profile.homeassistant import BOOLEAN, CHOICE, LIST, NUMBER, RECORD, shape_of
from gateway.profile.homeassistant_units import SCALED

Schema = Mapping[str, Any]
Reading = Callable[[Part, Schema, str], Config]
"""From a part, the schema of what is shown and the expression of its value to the options that show it."""


def sensors(part: Part, site: Site) -> list[Entity]:
    """Return a sensor, or one for each entry of a list."""
    return _entities("sensor", part, site, _sensed)


def binary_sensors(part: Part, site: Site) -> list[Entity]:
    """Return a binary sensor, or one for each entry of a list."""
    return _entities("binary_sensor", part, site, _yes_or_no)


def device_trackers(part: Part, site: Site) -> list[Entity]:
    """Return a device tracker: at home or not."""
    home = {"payload_home": "true", "payload_not_home": "false", "source_type": "router"}
    return [Entity(f"device_tracker_{part.name}", "device_tracker", base(part, site) | _state(part, site) | home)]


def events(part: Part, site: Site) -> list[Entity]:
    """Return an event entity: its type is the event's name, or the member the hook names, which has a few values."""
    named = str(part.hook.get("member", ""))
    types = part.schema.get("data", {}).get("properties", {}).get(named, {}).get("enum")
    kind = literal(part.name) if not types else member(named, default=types[0])
    config = base(part, site) | {
        "state_topic": site.topics.event(part.name),
        "event_types": list(types or [part.name]),
        "value_template": shown(f"dict({VALUE}, event_type={kind}) | tojson"),
    }
    return [Entity(f"event_{part.name}", "event", config)]


def _entities(platform: str, part: Part, site: Site, reading: Reading) -> list[Entity]:
    key, state = f"{platform}_{part.name}", _state(part, site)
    if "each" not in part.hook:
        schema, value = _pick(part, VALUE)
        config = base(part, site) | state | reading(part, schema, value)
        if "json_attributes_template" in config:
            config["json_attributes_topic"] = site.topics.property(part.name)
        return [Entity(key, platform, config)]
    items, by = part.schema.get("items", {}), part.hook["each"]
    one = _member_schema(items, part.hook.get("member"))
    return [
        Entity(
            f"{key}_{key_of(entry)}",
            platform,
            base(part, site, addition=entry) | state | reading(part, one, _entry(entry, by, part.hook.get("member"))),
        )
        for entry in entries(site.state.get(part.name), by)
    ]


def entries(value: Any, by: str) -> Sequence[str]:
    """Return the names of a list's entries, each once, in order."""
    found = [entry.get(by) for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []
    return tuple(dict.fromkeys(str(name) for name in found if isinstance(name, str | int) and not isinstance(name, bool)))


def _state(part: Part, site: Site) -> Config:
    return {"state_topic": site.topics.property(part.name)}


def _pick(part: Part, value: str) -> tuple[Schema, str]:
    """Return schema and expression of what is shown: the whole value, or one member of it (of a list: of its first entry)."""
    named = part.hook.get("member")
    if named is None or "fold" in part.hook:
        return part.schema, value
    if part.shape == LIST:
        return _member_schema(part.schema.get("items", {}), named), member(named, f"({value} | first | default({{}}))")
    return _member_schema(part.schema, named), member(named, value)


def _member_schema(schema: Schema, named: str | None) -> Schema:
    found = schema.get("properties", {}).get(named, {}) if named else schema
    return found if isinstance(found, Mapping) else {}


def _entry(entry: str, by: str, named: str | None) -> str:
    chosen = f"({VALUE} | selectattr({literal(by)}, 'eq', {literal(entry)}) | first | default({{}}))"
    return chosen if named is None else member(named, chosen)


def _sensed(part: Part, schema: Schema, value: str) -> Config:
    shape = shape_of(schema)
    if shape == NUMBER:
        return _measured(part, schema, value)
    if shape == CHOICE:
        return _worded(part, schema, value)
    if shape == BOOLEAN:
        return {"value_template": shown(f"'on' if {value} else 'off'")}
    if shape == LIST:
        return _counted(schema, value)
    if shape == RECORD:
        return {"value_template": shown(f"({value} | tojson)[:{LONGEST_STATE}]")}
    return {"value_template": shown(f"(({value}) or {literal(UNKNOWN)})[:{LONGEST_STATE}]")}


def _measured(part: Part, schema: Schema, value: str) -> Config:
    classes = {"state_class": part.hook["state_class"]} if "state_class" in part.hook else {}
    factor = SCALED[schema["unit"]][1] if schema.get("unit") in SCALED else 1
    if value != VALUE:
        number = value if factor == 1 else f"(({value}) or 0) * {factor}"
        return classes | unit(schema) | {"value_template": shown(number)}
    return classes | unit(schema) | ({} if factor == 1 else {"value_template": shown(f"{value} * {factor}")})


def _worded(part: Part, schema: Schema, value: str) -> Config:
    words = part.hook.get("enum", {})
    options = list(dict.fromkeys(str(words.get(word, word)) for word in schema["enum"]))
    config: Config = {"value_template": shown(mapped(words, value))}
    if schema.get("hl:openEnum"):
        return config | ({"device_class": None} if part.hook.get("device_class") == "enum" else {})
    return config | {"device_class": "enum", "options": options}


def _counted(schema: Schema, value: str) -> Config:
    """Show a list of words as they are; of a list of records how many there are, and in an attribute what they say."""
    if shape_of(schema.get("items", {})) == RECORD:
        attributes = f"{{'entries': {value}}} | tojson"
        return {
            "value_template": shown(f"{value} | count"),
            "json_attributes_template": shown(attributes),
        }
    return {"value_template": shown(f"({value} | join(', '))[:{LONGEST_STATE}]")}


def _yes_or_no(part: Part, schema: Schema, value: str) -> Config:
    true = value
    if part.hook.get("fold") == "any":
        true = _any(schema, part.hook.get("member"), value)
    elif shape_of(schema) == CHOICE:
        words = part.hook.get("enum", {})
        on = [word for word in schema["enum"] if words.get(word) == "ON"]
        true = f"({value}) in {listed(on)}"
    elif value == VALUE:
        return {"payload_on": "true", "payload_off": "false"}
    return {"value_template": shown(f"'ON' if ({true}) else 'OFF'")}


def _any(schema: Schema, named: str | None, value: str) -> str:
    """Return what is true while a list has entries (or one whose member is true), or while any member of a record is true."""
    if shape_of(schema) == RECORD:
        return f"{value}.values() | select | list | count"
    return f"{value} | count" if named is None else f"{value} | selectattr({literal(named)}) | list | count"

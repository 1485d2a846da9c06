"""Platforms that show and set one value: switch, number, select and text."""

from typing import Any

from gateway.faces.homeassistant.common import base, limits, step_of, unit
from gateway.faces.homeassistant.entity import Config, Entity, Part, Site
from gateway.faces.homeassistant.templates import COMMAND, LONGEST_STATE, VALUE, as_json, known, literal, mapped, payload, shown, table
from gateway.profile.homeassistant import CHOICE, LIST, NUMBER, TEXT, options_of, shape_of

SMALLEST_STEP = 0.001
NONE = "(none)"
"""The option of the value `none`: Home Assistant reads the bare word as not known."""


def switches(part: Part, site: Site) -> list[Entity]:
    """Return a switch: on and off are true and false, or the two values the hook names."""
    return [Entity(f"switch_{part.name}", "switch", base(part, site) | topics(part, site) | switched(part))]


def numbers(part: Part, site: Site) -> list[Entity]:
    """Return a number with the limits, the step and the unit of its schema."""
    config = base(part, site) | topics(part, site) | ranged(part.schema)
    return [Entity(f"number_{part.name}", "number", config)]


def selects(part: Part, site: Site) -> list[Entity]:
    """Return a select; its options are words, whatever the values are."""
    config = base(part, site) | topics(part, site) | chosen(part)
    options = config["options"]
    config["value_template"] = shown(known(_word(part, VALUE), options))
    return [Entity(f"select_{part.name}", "select", config)]


def texts(part: Part, site: Site) -> list[Entity]:
    """Return a text: a string, words with commas between them, or anything else as JSON."""
    config = base(part, site) | topics(part, site) | written(part.schema)
    if part.shape == TEXT:
        config["value_template"] = shown(VALUE)
    elif _is_words(part.schema):
        config["value_template"] = shown(f"{VALUE} | join(', ')")
    return [Entity(f"text_{part.name}", "text", config)]


def topics(part: Part, site: Site) -> Config:
    """Return where a property is shown and set."""
    return {"state_topic": site.topics.property(part.name), "command_topic": site.topics.property_set(part.name)}


def switched(part: Part, *, template: str = "value_template") -> Config:
    """Return the payloads of on and off; of a property with more values everything but off is on."""
    on, off = payload(part.hook.get("on", True)), payload(part.hook.get("off", False))
    config: Config = {"payload_on": on, "payload_off": off}
    if part.shape == CHOICE and len(part.schema["enum"]) > len((on, off)):
        dark = literal(part.hook.get("off", False))
        config[template] = shown(f"{literal(off)} if {VALUE} == {dark} else {literal(on)}")
    return config


def ranged(schema: Any) -> Config:
    """Return limits, step and unit of a number."""
    step = step_of(schema)
    fine = {"step": max(step, SMALLEST_STEP)} if step else {"step": 0.1}
    return limits(schema, "min", "max") | fine | unit(schema)


def chosen(part: Part) -> Config:
    """Return options and the way back from a word to its value."""
    values = options_of(part.schema)
    words = {str(_named(part, value)): value for value in reversed(values)}
    options = list(dict.fromkeys(str(_named(part, value)) for value in values))
    if all(word == value for word, value in words.items()):
        return {"options": options, "command_template": as_json(COMMAND)}
    return {"options": options, "command_template": as_json(f"{table(words)}[{COMMAND}]")}


def written(schema: Any) -> Config:
    """Return the limits of a text and the way to the value it stands for."""
    if shape_of(schema) == TEXT:
        config: Config = {
            "min": schema.get("minLength", 0),
            "max": min(schema.get("maxLength", LONGEST_STATE), LONGEST_STATE),
            "command_template": as_json(COMMAND),
        }
        return config | ({"pattern": schema["pattern"]} if "pattern" in schema else {})
    if _is_words(schema):
        return {"command_template": as_json(f"{COMMAND}.split(',') | map('trim') | select | list")}
    return {"command_template": shown(COMMAND)}


def _is_words(schema: Any) -> bool:
    return shape_of(schema) == LIST and shape_of(schema.get("items", {})) in (TEXT, CHOICE)


def _named(part: Part, value: Any) -> Any:
    words = part.hook.get("enum", {})
    word = words.get(value, words.get(str(value), value))
    return NONE if word == "none" else word


def _word(part: Part, expression: str) -> str:
    """Return the expression of a value as its option; numbers as they are written in the list."""
    values = options_of(part.schema)
    if part.shape == NUMBER:
        return f"{table((value, str(_named(part, value))) for value in values)}.get({expression}, '')"
    return mapped({value: word for value in values if (word := str(_named(part, value))) != value}, expression)

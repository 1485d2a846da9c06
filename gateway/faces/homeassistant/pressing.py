"""What does something: button and scene, and the one value a number, select, text or notify sends to an action."""

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.faces.homeassistant.common import base
from gateway.faces.homeassistant.entity import Config, Entity, Part, Site, key_of
from gateway.faces.homeassistant.reading import entries
from gateway.faces.homeassistant.setting import chosen, ranged, written
from gateway.faces.homeassistant.templates import COMMAND, payload, shown
from gateway.profile.homeassistant import options_of

_PAYLOAD = {"button": "payload_press", "scene": "payload_on"}


def presses(part: Part, site: Site) -> list[Entity]:
    """Return a button or scene, or one for each value of a member of the input."""
    option, key = _PAYLOAD[part.platform], f"{part.platform}_{part.name}"
    topic = {"command_topic": site.topics.action(part.name)}
    fixed = dict(part.hook.get("input", {}))
    by = part.hook.get("each")
    if by is None:
        return [Entity(key, part.platform, base(part, site) | topic | {option: payload(fixed)})]
    return [
        Entity(
            f"{key}_{key_of(str(value))}",
            part.platform,
            base(part, site, addition=str(value)) | topic | {option: payload({**fixed, by: value})},
        )
        for value in _values(part, site, by)
    ]


def sends(part: Part, site: Site) -> list[Entity]:
    """Return a number, select, text or notify whose value is one member of the input."""
    named, platform = part.hook["member"], part.platform
    schema = member_of(part, named)
    value = Part(part.section, part.name, part.hook, schema)
    options: Config = {}
    if platform == "number":
        options = ranged(schema)
    elif platform == "select":
        options = chosen(value)
    elif platform == "text" or site.older:
        platform, options = "text", written(schema)
    inner = str(options.get("command_template", shown(f"{COMMAND} | tojson")))
    fixed = payload(dict(part.hook.get("input", {}))).removesuffix("}")
    comma = "," if len(fixed) > 1 else ""
    config = base(part, site) | options | {"command_topic": site.topics.action(part.name)}
    config["command_template"] = f"{fixed}{comma}{payload(named)}: {inner}}}"
    return [Entity(f"{platform}_{part.name}", platform, config)]


def member_of(part: Part, named: str) -> Mapping[str, Any]:
    """Return the schema of one member of an action's input."""
    found = part.schema.get("input", {}).get("properties", {}).get(named, {})
    return found if isinstance(found, Mapping) else {}


def _values(part: Part, site: Site, by: str) -> Sequence[Any]:
    if "values" in part.hook:
        able = member_of(part, by).get("enum", part.hook["values"])  # a device may have fewer than its kind
        return [value for value in part.hook["values"] if value in able]
    if "of" in part.hook:
        return entries(site.state.get(part.hook["of"]), by)
    return options_of(member_of(part, by))

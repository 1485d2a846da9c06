"""Reads one announcement: `<prefix>/<component>/[<node>/]<object>/config`, or `<prefix>/device/<id>/config` with many components.

Short words are made long, `~` is put in, what a device announcement says for all of its components is given to each. Nothing is believed:
sizes, types and topics are looked at here, and what does not fit is a WireError in words for the owner.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from gateway.drivers.parts.body import json_object
from gateway.drivers.parts.sheet import document
from gateway.errors import WireError

LIMIT: Final = 256 * 1024
"""Bytes of an announcement that are read."""
COMPONENTS: Final = 128
"""Components of one announcement."""
_TOPIC = re.compile(r"(?P<component>\w+)/(?:(?P<node>[A-Za-z0-9_-]+)/)?(?P<object>[A-Za-z0-9_-]+)/config").fullmatch
_LONGEST_TOPIC = 512
_SHARED: Final = frozenset(
    {
        "availability",
        "availability_mode",
        "availability_template",
        "availability_topic",
        "command_topic",
        "encoding",
        "payload_available",
        "payload_not_available",
        "qos",
        "state_topic",
        "~",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """One component of a device: what it is announced as, under which name, and all its options in long words."""

    topic: str
    component: str
    path: str
    options: Mapping[str, Any]
    device: Mapping[str, Any]
    origin: str = ""

    @property
    def unique(self) -> str:
        """Return what makes it one of a kind for Home Assistant, "" where it says nothing."""
        found = self.options.get("unique_id")
        return found[:256] if isinstance(found, str) else ""


def place_of(topic: str, prefix: str) -> tuple[str, str] | None:
    """Return component and path of an announcement's topic, None for a topic that is none."""
    found = _TOPIC(topic.removeprefix(f"{prefix}/"))
    if found is None or not topic.startswith(f"{prefix}/"):
        return None
    return found["component"], "/".join(part for part in (found["node"], found["object"]) if part)


def entities_of(topic: str, payload: bytes, prefix: str = "homeassistant") -> tuple[Entity, ...]:
    """Return what is announced; raise WireError that says what is wrong with it."""
    place = place_of(topic, prefix)
    if place is None:
        raise WireError("its topic is none of an announcement")
    body = json_object(payload, "it", LIMIT)
    component, path = place
    if body.get("migrate_discovery") is True or body.get("migr_discvry") is True:
        return ()
    if component != "device":
        return (_entity(topic, component, path, _lengthened(body), body),)
    return tuple(_components(topic, path, _lengthened(body)))


def _components(topic: str, path: str, body: dict[str, Any]) -> Iterator[Entity]:
    components = body.get("components")
    if not isinstance(components, dict) or len(components) > COMPONENTS:
        raise WireError(f"it names no components, or more than {COMPONENTS}")
    shared = {name: value for name, value in body.items() if name in _SHARED}
    for key, options in components.items():
        if not isinstance(options, dict):
            raise WireError(f"its component {key[:64]!r} is no object")
        own = shared | _lengthened(options)
        component = own.get("platform")
        if len(own) <= len(shared) + 1 and set(own) <= {*shared, "platform"}:
            continue  # a component with nothing but its platform is taken out of the device
        if not isinstance(component, str):
            raise WireError(f"its component {key[:64]!r} has no platform")
        yield _entity(topic, component, f"{path}/{key[:64]}", own, body)


def _entity(topic: str, component: str, path: str, options: dict[str, Any], body: Mapping[str, Any]) -> Entity:
    device = body.get("device", body.get("dev", {}))
    origin = body.get("origin", body.get("o", {}))
    name = origin.get("name", "") if isinstance(origin, dict) else ""
    return Entity(
        topic=topic,
        component=component,
        path=f"{component}/{path}",
        options=_based(options),
        device=_renamed(device, "device") if isinstance(device, dict) else {},
        origin=name[:64] if isinstance(name, str) else "",
    )


def _lengthened(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message, or one of its components, in long words."""
    long = _renamed(body, "entity")
    told = long.get("availability")
    if isinstance(told, list):
        long["availability"] = [_renamed(each, "entity") for each in told if isinstance(each, dict)]
    elif isinstance(told, dict):
        long["availability"] = [_renamed(told, "entity")]
    return long


def _renamed(body: Mapping[str, Any], table: str) -> dict[str, Any]:
    long = _abbreviations()[table]
    return {long.get(name, name): value for name, value in body.items()}


def _based(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options with `~` put in where a topic begins or ends with it."""
    base = options.pop("~", None)
    if not isinstance(base, str):
        return options
    made = {name: _with_base(value, base) if name.endswith("topic") else value for name, value in options.items()}
    if isinstance(reach := made.get("availability"), list):
        made["availability"] = [{**each, "topic": _with_base(each.get("topic"), base)} for each in reach]
    return made


def _with_base(topic: Any, base: str) -> Any:
    if not isinstance(topic, str) or not topic:
        return topic
    whole = f"{base}{topic[1:]}" if topic[0] == "~" else topic
    return f"{whole[:-1]}{base}" if whole[-1:] == "~" else whole


def topic_in(value: Any, gateway_root: str = "hulian") -> str:
    """Return a topic a device may speak on; raise WireError for one that is none, or is the hub's or the broker's."""
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_TOPIC or not value.isprintable():
        raise WireError("one of its topics is none")
    if any(sign in value for sign in "+#") or value.startswith("$"):
        raise WireError(f"its topic {value[:64]!r} is not one topic")
    if value.split("/", 1)[0] == gateway_root or value.endswith("/config"):
        raise WireError(f"its topic {value[:64]!r} is not a device's to speak on")
    return value


def sink_topic(value: Any) -> str:
    """Return a topic a device may be spoken to on; raise WireError for one on which others hear who announces what."""
    topic = topic_in(value)
    if topic == "homeassistant/status" or topic.startswith("tasmota/discovery/"):
        raise WireError(f"its topic {topic[:64]!r} is not a device's to be spoken to on")
    return topic


@cache
def _abbreviations() -> Mapping[str, Mapping[str, str]]:
    data = document(Path(__file__).with_name("abbreviations.yaml"))
    return {table: {short: long for long, short in words.items()} for table, words in data.items()}

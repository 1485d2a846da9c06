"""Whose an entity is: what its device is known by, and where that speaks. All that is needed to put announcements together."""

import hashlib

from gateway.drivers.mqttdiscovery.announcement import Entity

ENTITIES = 512
"""Entities of one device that are looked at."""
_PLAIN_KEY = 64
_PREFIXES = frozenset({"stat", "tele", "cmnd"})


def names_of(entity: Entity) -> frozenset[str]:
    """Return what a device is known by: its identifiers and connections, or the entity's own place where it belongs to no device."""
    told = entity.device.get("identifiers")
    names = {each for each in (told if isinstance(told, list) else [told]) if isinstance(each, str) and each}
    connections = entity.device.get("connections")
    for pair in connections if isinstance(connections, list) else []:
        if isinstance(pair, list) and len(pair) == 2 and all(isinstance(part, str) for part in pair):  # noqa: PLR2004 - a pair
            names.add(" ".join(pair))
    return frozenset(names) or frozenset({entity.path})


def key_of(name: str) -> str:
    """Return the key of a unit by one of its names: the name, or what stands for one that is long or odd."""
    plain = len(name) <= _PLAIN_KEY and name.isascii() and name.isprintable() and not name.isspace() and "/" not in name
    return name if plain else hashlib.sha256(name.encode(errors="replace")).hexdigest()[:32]


def roots_of(entity: Entity) -> frozenset[str]:
    """Return where a device speaks and is spoken to: the first level of its topics, the second where Tasmota has its own words first."""
    topics = [value for name, value in entity.options.items() if name.endswith("topic") and isinstance(value, str) and value]
    own = [topic for topic in topics if topic != entity.options.get("availability_topic")]
    return frozenset(_root(topic) for topic in own or topics)


def _root(topic: str) -> str:
    levels = topic.split("/")
    if levels[0] in _PREFIXES and len(levels) > 1:
        return levels[1]
    return "/".join(levels[:3]) if levels[0] == "homeassistant" else levels[0]

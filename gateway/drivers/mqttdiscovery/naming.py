"""What a reading of an entity is about, in the words of `names.yaml`."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from gateway.drivers.mqttdiscovery.announcement import Entity
from gateway.drivers.parts.selfdescribed.vocabulary import vocabulary
from gateway.drivers.parts.sheet import document
from gateway.drivers.parts.text import shown

_SLUG = re.compile(r"[^a-z0-9]+")


def about(entity: Entity) -> str:
    """Return what a reading is about: what its class is, else what it is called.

    A class such as temperature does not tell whose it is: a name that is known for itself (outdoor temperature) counts before it.
    """
    called = class_names().get(entity.component, {})
    kind = entity.options.get("device_class")
    own = slug(shown(entity.options.get("name")))
    if entity.component == "sensor" and kind in class_names()["whose classes"] and own in vocabulary().by_name:
        return own
    if isinstance(kind, str) and (topic := called.get(kind, kind)) and entity.component in {"sensor", "binary_sensor"}:
        return slug(topic)
    return own or slug(entity.path.rpartition("/")[2]) or entity.component


def slug(name: str) -> str:
    """Return a name in snake case, "" where nothing of it is left."""
    return _SLUG.sub("_", name.lower()).strip("_")[:64]


@cache
def class_names() -> Mapping[str, Any]:
    """Return the words themselves."""
    return document(Path(__file__).with_name("names.yaml"))

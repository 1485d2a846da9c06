"""Announcements as firmwares write them, in pieces to put together."""

import json
from typing import Any

from gateway.drivers.mqttdiscovery.announcement import Entity, entities_of
from gateway.drivers.mqttdiscovery.codec import hints_of
from gateway.drivers.mqttdiscovery.leaf import Leaf
from gateway.drivers.mqttdiscovery.rows import leaves_of

LAMP = {"identifiers": ["lamp1"], "name": "Lamp", "manufacturer": "ACME", "model": "L1", "sw_version": "2"}


def payload(**options: Any) -> bytes:
    return json.dumps(options).encode()


def entity(component: str, object: str = "x", **options: Any) -> Entity:
    """Return the one entity of an announcement."""
    (found,) = entities_of(f"homeassistant/{component}/{object}/config", payload(**options))
    return found


def leaves(component: str, **options: Any) -> dict[str, Leaf]:
    """Return the leaves by the last part of their keys."""
    found, _ = leaves_of(entity(component, **options))
    return {leaf.feature.key.rpartition("/")[2]: leaf for leaf in found}


def told(leaf: Leaf, message: str, source: int = 0) -> Any:
    """Return what a leaf makes of a message: the value, or several by the last part of their keys; None for nothing."""
    found = leaf.told(leaf.sources[source], message)
    if len(leaf.features) == 1:
        return found.get(leaf.feature.key)
    return {key.rpartition(".")[2]: value for key, value in found.items()} or None


def said(leaf: Leaf, value: Any) -> bytes:
    """Return the message a leaf is asked with."""
    assert leaf.sink is not None
    return leaf.sink.payload(leaf.codec.said(value), hints_of(leaf.codec, value))

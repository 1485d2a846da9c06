"""Who a device is: what the list of its bridge says about it, for the inbox."""

from gateway.drivers.parts.text import shown
from gateway.drivers.zigbee2mqtt.bridge import Bridge
from gateway.drivers.zigbee2mqtt.listing import Listed

DRIVER = "zigbee2mqtt"
PREFIX = "zb"
BASE = "base"
"""The fact that says which bridge a device was taken in from."""


def title_of(device: Listed) -> str:
    """Return what to call a device: its friendly name, and what it is where that is only its address."""
    name = shown(device.name)
    return f"{device.maker} {device.model} {name[-4:]}".strip() if name.lower() == device.ieee else name


def facts_of(bridge: Bridge, device: Listed, kind: str) -> dict[str, str]:
    """Return what a sighting says of a device; the name it has at the moment is none of it, for the device stays when it is renamed."""
    facts = {BASE: bridge.base, "maker": device.maker, "model": device.model, "kind": kind}
    return {name: shown(fact) for name, fact in facts.items() if fact}

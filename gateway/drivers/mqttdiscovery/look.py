"""What a device that announces itself will be: its facts for the inbox, and what was left out of it and why."""

from collections.abc import Sequence

from gateway.drivers.mqttdiscovery.device import device_of
from gateway.drivers.mqttdiscovery.ear import entities_in
from gateway.drivers.mqttdiscovery.group import Group
from gateway.drivers.parts.selfdescribed.portrait import made_ready, portrait
from gateway.profile.library import Library

__all__ = ["look", "made_ready"]


def look(group: Group, library: Library) -> tuple[dict[str, str], Sequence[str]]:
    """Return the facts of a device and the reasons; raise a HulianError where it is none."""
    device = device_of(*entities_in(group))
    seen = portrait(device.claim, library)
    facts = {"title": device.claim.title or device.claim.model, "kind": "" if seen.kindless else seen.kind}
    return facts, device.reasons

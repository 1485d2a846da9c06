"""What kind a device will be of, by what its bridge says it has."""

from typing import Any

from gateway.drivers.parts.selfdescribed.portrait import made_ready, portrait
from gateway.drivers.zigbee2mqtt.exposes import exposed
from gateway.profile.library import Library

__all__ = ["kind_of", "made_ready"]


def kind_of(definition: dict[str, Any], library: Library) -> str:
    """Return the kind; raise a CommandError where there is none for it."""
    return portrait(exposed(definition).claim, library).kind

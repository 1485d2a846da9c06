"""Words of the command line that stand for one of a few kinds."""

from gateway.errors import ConfigurationInvalid
from gateway.faces.homeassistant.choice import Mode
from gateway.protocol.broker.private import Kind

KINDS: dict[str, Kind] = {"mosquitto": "mosquitto", "amqtt": "amqtt"}
MODES: dict[str, Mode] = {"off": "off", "device": "device", "entity": "entity"}


def broker_kind(asked: str | None) -> Kind | None:
    """Return the broker asked for; None leaves the choice to what is installed."""
    if asked is None:
        return None
    if asked not in KINDS:
        raise ConfigurationInvalid(f"{asked!r} is no private broker: say {' or '.join(KINDS)}")
    return KINDS[asked]


def discovery_mode(asked: str) -> Mode:
    """Return the discovery for Home Assistant asked for."""
    if asked not in MODES:
        raise ConfigurationInvalid(f"{asked!r} is no discovery for Home Assistant: say {', '.join(MODES)}")
    return MODES[asked]

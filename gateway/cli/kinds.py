"""Which private broker is asked for."""

from gateway.errors import ConfigurationInvalid
from gateway.protocol.broker.private import Kind

KINDS: dict[str, Kind] = {"mosquitto": "mosquitto", "amqtt": "amqtt"}


def broker_kind(asked: str | None) -> Kind | None:
    """Return the broker asked for; None leaves the choice to what is installed."""
    if asked is None:
        return None
    if asked not in KINDS:
        raise ConfigurationInvalid(f"{asked!r} is no private broker: say {' or '.join(KINDS)}")
    return KINDS[asked]

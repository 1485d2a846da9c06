"""One demo: its options, and which of its appliances can be reached."""

from dataclasses import dataclass
from pathlib import Path

from gateway.app import Gateway
from gateway.thing.availability import AvailabilityState


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """The options of one demo; ports None: the usual one if it is free, else any."""

    home: str
    seed: int
    speed: float
    mqtt_port: int | None
    coap_port: int | None
    data: Path
    broker_kind: str | None
    homeassistant: str
    plain: bool
    http_port: int | None = None
    http: bool = True


def online(gateway: Gateway) -> list[str]:
    """Return the devices that can be reached now."""
    home = gateway.home
    return [device for device in home.devices() if home.twin(device).availability.state is AvailabilityState.ONLINE]
